"""The signatures that go over the wire, computed again from what arrived by botocore's signer."""
import json
import re

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

from http_server import serve

KEY = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
# Long, and with every character that session tokens hold.
TOKEN = "IQoJb3JpZ2luX2VjEA8a+/=" * 60

LIMITS = json.dumps({"cluster": "c", "services": [f"service-{n}" for n in range(10)]})
UNICODE = json.dumps({"cluster": "größe \U0001F600", "services": ["a b", "c/d?e&f"]},
                     ensure_ascii=False)
LARGE = json.dumps({"cluster": "c", "services": ["x" * 1000] * 1500})  # over libcurl's 1 MiB


def fixed_time(when):
    """botocore's signer takes the time of day from a function of its own."""
    import datetime
    parsed = datetime.datetime.strptime(when, "%Y%m%dT%H%M%SZ")
    return lambda *args, **kwargs: parsed


def signature_of(received, url, region, service, token, monkeypatch):
    """The Authorization header that botocore makes for this very request."""
    given = received.header("Authorization")
    signed = re.search(r"SignedHeaders=([^,]+)", given).group(1).split(";")
    request = botocore.awsrequest.AWSRequest(method=received.method, url=url, data=received.body)
    for name, value in received.headers:
        if name.lower() in signed and name.lower() not in ("host", "x-amz-date",
                                                           "x-amz-security-token"):
            request.headers[name] = value
    when = received.header("X-Amz-Date")
    monkeypatch.setattr(botocore.auth, "get_current_datetime", fixed_time(when), raising=True)
    credentials = botocore.credentials.Credentials(KEY, SECRET, token)
    signer = botocore.auth.SigV4Auth(credentials, service, region)
    signer.add_auth(request)
    assert request.headers["X-Amz-Date"] == when
    return request.headers["Authorization"]


def parts(authorization):
    match = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), "
                         r"?Signature=([0-9a-f]{64})", authorization)
    assert match, authorization
    return match.groups()


CASES = [
    pytest.param("ecs", "DescribeServices", LIMITS, "eu-west-1", "", id="json"),
    pytest.param("ecs", "ListClusters", "", "us-gov-west-1", "", id="json-without-body"),
    pytest.param("ecs", "DescribeServices", UNICODE, "eu-west-1", "", id="json-beyond-ascii"),
    pytest.param("ecs", "DescribeServices", LARGE, "eu-west-1", "", id="json-large"),
    pytest.param("ecs", "DescribeServices", LIMITS, "eu-west-1", "/base/path",
                 id="json-endpoint-with-path"),
    pytest.param("autoscaling", "SetDesiredCapacity",
                 "AutoScalingGroupName=a%20b%2Fc%2B%7E&DesiredCapacity=3&HonorCooldown=false",
                 "ap-southeast-2", "", id="query"),
    pytest.param("autoscaling", "DescribeAutoScalingGroups", "", "eu-west-1", "",
                 id="query-without-parameters"),
    pytest.param("monitoring", "GetMetricData",
                 "&".join(f"MetricDataQueries.member.{n}.Id=q{n}" for n in range(1, 501)),
                 "us-east-1", "", id="query-long"),
    pytest.param("sts", "GetCallerIdentity", "", "cn-north-1", "", id="sts"),
]


@pytest.mark.parametrize("token", [None, TOKEN], ids=["keys", "session-token"])
@pytest.mark.parametrize("service,operation,body,region,path", CASES)
def test_botocore_computes_the_same_signature(run_program, driver_dir, monkeypatch, service,
                                              operation, body, region, path, token):
    protocol_answer = (b"{}" if service == "ecs"
                       else f"<{operation}Response/>".encode())
    with serve(lambda received: (200, {}, protocol_answer)) as server:
        result = run_program([service, operation], binary=driver_dir / "driver_aws_call",
                             input=body, env={
                                 "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET,
                                 "AWS_SESSION_TOKEN": token, "AWS_REGION": region,
                                 "AWS_ENDPOINT_URL": server.url + path})
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["code"] == "E_OK", result.stdout
    [received] = server.received
    assert received.method == "POST"
    assert received.path == path + "/"
    if service == "ecs":
        assert received.body.decode() == (body or "{}")
        assert received.header("X-Amz-Target").endswith("." + operation)
    else:
        assert received.body.decode().startswith(f"Action={operation}&Version=")
    url = server.url + received.path
    expected = signature_of(received, url, region, service, token, monkeypatch)
    assert parts(received.header("Authorization")) == parts(expected)
    signed = parts(expected)[1].split(";")
    assert "host" in signed and "x-amz-date" in signed
    assert ("x-amz-security-token" in signed) == (token is not None)
    assert received.header("X-Amz-Security-Token") == token
    # Every header arrives once: a second one would change what is signed.
    names = [name.lower() for name, _ in received.headers]
    assert len(names) == len(set(names))
    assert SECRET not in result.stdout + result.stderr


def test_secrets_stay_out_of_errors(run_program, driver_dir):
    result = run_program(["ecs", "ListClusters"], binary=driver_dir / "driver_aws_call", input="",
                         env={"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET,
                              "AWS_SESSION_TOKEN": TOKEN, "AWS_REGION": "eu-west-1",
                              "AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    answer = json.loads(result.stdout)
    assert answer["code"] == "E_NETWORK"
    assert answer["attempts"] == 3
    assert answer["message"] == "could not connect to '127.0.0.1:1': connection refused"
    for secret in (KEY, SECRET, TOKEN):
        assert secret not in result.stdout + result.stderr


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:1/a%20b", "http://127.0.0.1:1/a?b=c",
                                      "http://user:pass@127.0.0.1:1"])
def test_what_cannot_be_signed_is_not_sent(run_program, driver_dir, endpoint):
    result = run_program(["ecs", "ListClusters"], binary=driver_dir / "driver_aws_call", input="",
                         env={"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET,
                              "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": endpoint})
    answer = json.loads(result.stdout)
    assert answer["code"] in ("E_PROTOCOL", "E_SYNTAX"), answer
    assert answer["may_have_arrived"] is False
    assert "pass" not in result.stdout.replace("password", "")
