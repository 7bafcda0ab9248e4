"""What botocore resolves in a given environment: an independent answer to compare ours with.

Standard input: a JSON line {"env": {…}, "profile": …} a question. Standard output: a JSON line each,
{"method", "access_key_id", "token", "region"} or {"error": "NameOfTheException"}.
"""
import json
import os
import sys

import botocore.credentials
import botocore.session
import botocore.tokens


def resolve(env, profile):
    os.environ.clear()
    os.environ.update(env)
    # botocore looks for the home directory when it is imported.
    cache = os.path.expanduser("~/.aws/sso/cache")
    botocore.credentials.SSOProvider._SSO_TOKEN_CACHE_DIR = cache
    botocore.tokens.SSOTokenProvider._SSO_TOKEN_CACHE_DIR = cache
    try:
        session = botocore.session.Session(profile=profile)
        region = session.get_config_variable("region")
        credentials = session.get_credentials()
        if credentials is None:
            return {"error": "none", "region": region}
        frozen = credentials.get_frozen_credentials()
    except Exception as problem:
        return {"error": type(problem).__name__}
    return {"method": credentials.method, "access_key_id": frozen.access_key,
            "token": frozen.token, "region": region}


for line in sys.stdin:
    question = json.loads(line)
    print(json.dumps(resolve(question["env"], question.get("profile"))), flush=True)
