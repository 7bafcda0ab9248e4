"""Credentials, region and endpoints as users set them up, with botocore as the independent witness:
under the same environment it must come to the same key, region and host."""
import hashlib
import http.server
import itertools
import json
import pathlib
import random
import re
import subprocess
import sys
import threading

import botocore.endpoint_provider
import botocore.loaders
import pytest

ROLE = "arn:aws:iam::123456789012:role/scaler"
FAR = "2038-01-01T00:00:00Z"
ORACLE = pathlib.Path(__file__).with_name("botocore_oracle.py")


@pytest.fixture(scope="session")
def driver(driver_dir):
    path = driver_dir / "driver_credentials"
    if not path.exists():
        pytest.skip(f"no driver at {path} (build it first)")
    return path


@pytest.fixture(scope="module")
def oracle():
    """oracle(env, profile=None) → what botocore makes of it."""
    process = subprocess.Popen([sys.executable, str(ORACLE)], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)

    def ask(env, profile=None):
        timer = threading.Timer(60, process.kill)
        timer.start()
        try:
            process.stdin.write(json.dumps({"env": env, "profile": profile}) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())
        finally:
            timer.cancel()

    yield ask
    process.stdin.close()
    process.wait(timeout=10)
    process.stdout.close()


class Home:
    """A home directory with shared files; env() leads to it."""

    def __init__(self, path, clean_env):
        self.path = path
        self.clean_env = clean_env
        (path / ".aws" / "sso" / "cache").mkdir(parents=True, exist_ok=True)

    def write(self, config="", credentials=""):
        (self.path / ".aws" / "config").write_text(config)
        (self.path / ".aws" / "credentials").write_text(credentials)

    def env(self, **extra):
        return self.clean_env({"HOME": self.path, "AWS_EC2_METADATA_DISABLED": "true", **extra})


@pytest.fixture
def home(tmp_path, clean_env):
    return Home(tmp_path / "home", clean_env)


@pytest.fixture
def resolve(driver, run_program, home):
    """resolve(profile=None, **env) → the driver's JSON; `problem` where it refused the files."""
    def run(profile=None, what="get", **env):
        arguments = ["--profile", profile] if profile else []
        result = run_program([*arguments, what], env=home.env(**env), binary=driver)
        if result.returncode != 0:
            return {"problem": result.stderr.strip()}
        assert result.stderr == ""
        return json.loads(result.stdout) if what == "get" else result.stdout.strip()
    return run


class Server:
    """An HTTP server whose answers are (METHOD, path prefix) → function(handler) → (status, body)."""

    def __init__(self, answers):
        owner = self
        self.seen = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 30

            def answer(self):
                headers = {name.lower(): value for name, value in self.headers.items()}
                owner.seen.append((self.command, self.path, headers))
                status, body = 404, "nothing here"
                for (method, path), function in answers.items():
                    if self.command == method and self.path.split("?")[0] == path:
                        status, body = function(headers)
                data = (body if isinstance(body, str) else json.dumps(body)).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_PUT = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def keys(key_id, token="Token"):
    return {"AccessKeyId": key_id, "SecretAccessKey": "secret", token: "token", "Expiration": FAR}


def metadata_server(role="my-role", key_id="ASIAMETADATA"):
    def needs_token(answer):
        return lambda headers: ((200, answer) if headers.get("x-aws-ec2-metadata-token") == "TOKEN"
                                else (401, "no token"))
    base = "/latest/meta-data/iam/security-credentials/"
    return Server({
        ("PUT", "/latest/api/token"): lambda headers: (
            (200, "TOKEN") if headers.get("x-aws-ec2-metadata-token-ttl-seconds") == "21600"
            else (400, "")),
        ("GET", base): needs_token(role),
        ("GET", base + role): needs_token({"Code": "Success", **keys(key_id)}),
    })


def process_script(path, text):
    path.write_text(text)
    path.chmod(0o755)
    return path


# --- one source after another ------------------------------------------------------------------

def test_environment(resolve, home, oracle):
    env = {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "secret/+=", "AWS_SESSION_TOKEN": "t"}
    answer = resolve(**env)
    assert answer["source"] == "environment" and answer["expires"] is None
    assert answer["access_key_id"] == oracle(home.env(**env))["access_key_id"] == "AKIAENV"
    assert (answer["secret_bytes"], answer["token_bytes"]) == (9, 1)


def test_profile_keys(resolve, home, oracle):
    home.write("[profile ops]\nregion = eu-north-1\n",
               "[ops]\naws_access_key_id = AKIAOPS\naws_secret_access_key = s\n")
    answer = resolve(profile="ops")
    assert answer["source"] == "profile 'ops' (keys)"
    assert answer["access_key_id"] == oracle(home.env(), "ops")["access_key_id"] == "AKIAOPS"
    assert resolve(profile="ops", what="region") == "eu-north-1"


def test_credential_process(resolve, home, oracle, tmp_path):
    script = process_script(tmp_path / "give keys", "#!/bin/sh\n"
                            "[ \"$1\" = 'a b' ] || exit 9\n"
                            f"echo '{json.dumps({'Version': 1, **keys('ASIAPROCESS', 'SessionToken')})}'\n")
    home.write(f"[default]\ncredential_process = '{script}' \"a b\"\n")
    answer = resolve()
    assert answer["access_key_id"] == oracle(home.env())["access_key_id"] == "ASIAPROCESS"
    assert answer["expires"] == FAR


def test_credential_process_that_fails(resolve, home, tmp_path):
    script = process_script(tmp_path / "fails", "#!/bin/sh\necho 'session closed, log in' >&2\nexit 4\n")
    home.write(f"[default]\ncredential_process = {script}\n")
    answer = resolve()
    assert answer["code"] == "E_CREDENTIALS"
    assert "ended with status 4: session closed, log in" in answer["message"]


def test_container(resolve, home, oracle, tmp_path):
    token = tmp_path / "token"
    token.write_text("Bearer xyz")

    def answer(headers):
        return (200, keys("ASIABOX")) if headers.get("authorization") == "Bearer xyz" else (403, {})

    with Server({("GET", "/creds"): answer}) as server:
        env = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url + "/creds",
               "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": token,
               "http_proxy": "http://127.0.0.1:9"}
        found = resolve(**env)
        assert found["source"] == "container"
        assert found["access_key_id"] == oracle(home.env(**env))["access_key_id"] == "ASIABOX"
        env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = tmp_path / "gone"
        assert "cannot open" in resolve(**env)["message"]


def test_instance_metadata(resolve, home, oracle):
    with metadata_server() as server:
        env = {"AWS_EC2_METADATA_DISABLED": None, "http_proxy": "http://127.0.0.1:9",
               "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url + "/"}
        found = resolve(**env)
        assert found["source"] == "instance metadata" and found["expires"] == FAR
        env.pop("http_proxy")
        assert found["access_key_id"] == oracle(home.env(**env))["access_key_id"] == "ASIAMETADATA"


def test_metadata_that_does_not_answer_is_given_up_soon(resolve):
    import socket
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        answer = resolve(AWS_EC2_METADATA_DISABLED=None,
                         AWS_EC2_METADATA_SERVICE_ENDPOINT=f"http://127.0.0.1:{listener.getsockname()[1]}")
    assert "instance metadata: no answer" in answer["message"]  # and not the loop's deadline


def test_sso(resolve, home, oracle):
    def answer(headers):
        if headers.get("x-amz-sso_bearer_token") != "tok":
            return 401, {"message": "Session token not found or invalid"}
        return 200, {"roleCredentials": {"accessKeyId": "ASIASSO", "secretAccessKey": "s",
                                         "sessionToken": "t", "expiration": 2145916800000}}

    home.write("[default]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Ops\n"
               "[profile old]\nsso_start_url = https://old.example/start\nsso_region = eu-west-1\n"
               "sso_account_id = 123456789012\nsso_role_name = Ops\n"
               "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.example/start\n")
    cache = home.path / ".aws" / "sso" / "cache"

    def login(name, token="tok", expires=FAR):
        path = cache / (hashlib.sha1(name.encode()).hexdigest() + ".json")
        path.write_text(json.dumps({"accessToken": token, "expiresAt": expires, "region": "eu-west-1"}))

    with Server({("GET", "/federation/credentials"): answer}) as server:
        env = {"AWS_ENDPOINT_URL_SSO": server.url, "AWS_DEFAULT_REGION": "eu-west-1"}
        for profile, name in (("default", "corp"), ("old", "https://old.example/start")):
            assert f"aws sso login --profile {profile}" in resolve(profile, **env)["message"]
            login(name)
            found = resolve(profile, **env)
            assert found["source"] == f"profile '{profile}' (SSO)"
            assert found["access_key_id"] == "ASIASSO"
            assert oracle(home.env(**env), profile).get("access_key_id") == "ASIASSO"
            assert found["expires"] == FAR
        assert {path for _, path, _ in server.seen} == {
            "/federation/credentials?account_id=123456789012&role_name=Ops",
            "/federation/credentials?role_name=Ops&account_id=123456789012"}
        login("corp", token="other")
        assert "aws sso login --profile default" in resolve(**env)["message"]
        login("corp", expires="2020-01-01T00:00:00Z")
        assert "the session has expired" in resolve(**env)["message"]


# --- roles, with the emulator's STS, which checks signatures -----------------------------------

def comparable(call):
    """What must be the same in our request and botocore's: all but the made-up session name."""
    fields = dict(call.params)
    if re.fullmatch(r"(ecs-autoscale|botocore-session)-\d+", fields["RoleSessionName"]):
        fields["RoleSessionName"] = "made up"
    return {"operation": call.operation, "access_key": call.access_key, "region": call.region, **fields}


def compare_role_calls(aws, resolve, oracle, home, profile=None, count=1, **env):
    mark = aws.mark()
    found = resolve(profile, **env)
    ours = aws.calls(mark)
    assert found["access_key_id"].startswith("ASIA"), found
    assert found["token_bytes"] > 0 and found["expires"] is not None
    mark = aws.mark()
    theirs = oracle(home.env(**env), profile)
    assert theirs["access_key_id"].startswith("ASIA"), theirs
    theirs = [call for call in aws.calls(mark)]
    assert len(ours) == len(theirs) == count
    for our, their in zip(ours, theirs):
        our, their = comparable(our), comparable(their)
        # A key that an earlier call of the same run made up is another one each time.
        if our["access_key"].startswith("ASIA") and their["access_key"].startswith("ASIA"):
            our["access_key"] = their["access_key"] = "made up"
        assert our == their
    return found


def test_assumed_role(aws, resolve, oracle, home):
    env = {"AWS_ENDPOINT_URL_STS": aws.url, "AWS_DEFAULT_REGION": "eu-central-1"}
    base = aws.env()
    home.write(f"[profile ops]\nrole_arn = {ROLE}\nsource_profile = base\nexternal_id = x y&z\n"
               "duration_seconds = 1800\nrole_session_name = night\n"
               f"[profile second]\nrole_arn = {ROLE}-2\nsource_profile = ops\n"
               f"[profile self]\nrole_arn = {ROLE}\nsource_profile = self\n"
               f"aws_access_key_id = {base['AWS_ACCESS_KEY_ID']}\n"
               f"aws_secret_access_key = {base['AWS_SECRET_ACCESS_KEY']}\n",
               f"[base]\naws_access_key_id = {base['AWS_ACCESS_KEY_ID']}\n"
               f"aws_secret_access_key = {base['AWS_SECRET_ACCESS_KEY']}\n")
    found = compare_role_calls(aws, resolve, oracle, home, "ops", **env)
    assert found["source"] == "profile 'ops' (assumed role)"
    compare_role_calls(aws, resolve, oracle, home, "second", count=2, **env)
    compare_role_calls(aws, resolve, oracle, home, AWS_PROFILE="self", **env)


def test_credential_source(aws, resolve, oracle, home):
    base = aws.env()
    home.write(f"[default]\nrole_arn = {ROLE}\ncredential_source = Environment\n")
    env = {"AWS_ENDPOINT_URL_STS": aws.url, "AWS_DEFAULT_REGION": "eu-central-1",
           "AWS_ACCESS_KEY_ID": base["AWS_ACCESS_KEY_ID"],
           "AWS_SECRET_ACCESS_KEY": base["AWS_SECRET_ACCESS_KEY"]}
    compare_role_calls(aws, resolve, oracle, home, "default", **env)


def test_web_identity(aws, resolve, oracle, home, tmp_path):
    token = tmp_path / "token"
    token.write_text("header.payload.signature")
    env = {"AWS_ENDPOINT_URL_STS": aws.url, "AWS_DEFAULT_REGION": "eu-central-1"}
    found = compare_role_calls(aws, resolve, oracle, home, AWS_ROLE_ARN=ROLE,
                               AWS_WEB_IDENTITY_TOKEN_FILE=token, AWS_ROLE_SESSION_NAME="pod", **env)
    assert found["source"] == "web identity"
    home.write(f"[profile web]\nrole_arn = {ROLE}\nweb_identity_token_file = {token}\n")
    compare_role_calls(aws, resolve, oracle, home, "web", **env)


def test_role_with_a_wrong_secret(aws, resolve, home):
    aws.rule(operation="AssumeRole", error={"code": "AccessDenied", "status": 403,
                                            "message": "not authorized to perform sts:AssumeRole"})
    base = aws.env()
    home.write(f"[default]\nrole_arn = {ROLE}\nsource_profile = default\n"
               f"aws_access_key_id = {base['AWS_ACCESS_KEY_ID']}\n"
               f"aws_secret_access_key = {base['AWS_SECRET_ACCESS_KEY']}\n")
    answer = resolve(AWS_ENDPOINT_URL_STS=aws.url, AWS_REGION="eu-central-1")
    assert answer["code"] == "E_CREDENTIALS"
    assert f"AssumeRole of '{ROLE}': AccessDenied: not authorized" in answer["message"]
    assert "trust policy" in answer["message"]
    assert base["AWS_SECRET_ACCESS_KEY"] not in answer["message"]


# --- what there is nothing of, or something wrong with -----------------------------------------

def test_none_found(resolve, home, oracle):
    answer = resolve()
    assert answer["code"] == "E_CREDENTIALS"
    for part in ("environment: AWS_ACCESS_KEY_ID is not set", "profile 'default': no such section in",
                 "container: neither", "AWS_EC2_METADATA_DISABLED", "docs/credentials.md"):
        assert part in answer["message"]
    assert oracle(home.env())["error"] == "none"


def test_broken_set_ups(resolve, home, oracle):
    """botocore refuses each of them, too."""
    cases = [
        ("", {"AWS_ACCESS_KEY_ID": "A"}, None, "AWS_SECRET_ACCESS_KEY is not"),
        ("", {"AWS_PROFILE": "gone"}, None, "no profile 'gone'"),
        ("", {}, "gone", "no profile 'gone'"),
        (f"[default]\nrole_arn = {ROLE}\n", {}, None, "needs a source_profile or a credential_source"),
        (f"[default]\nrole_arn = {ROLE}\nsource_profile = a\n[profile a]\nrole_arn = {ROLE}\n"
         "source_profile = default\n", {}, None, "'default' leads to 'a' leads to 'default'"),
        (f"[default]\nrole_arn = {ROLE}\nsource_profile = gone\n", {}, None, "does not exist"),
        (f"[default]\nrole_arn = {ROLE}\ncredential_source = Moon\n", {}, None, "credential_source must be"),
        ("[default]\ncredential_process = /nonexistent/x\n", {}, None, "cannot start"),
        ("[default]\ncredential_process = echo 'x\n", {}, None, "open quote"),
        ("region = x\n", {}, None, "config:1"),
        ("", {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://10.0.0.1/x"}, None, "loopback"),
        ("", {"AWS_WEB_IDENTITY_TOKEN_FILE": "/nonexistent/token", "AWS_ROLE_ARN": ROLE,
              "AWS_DEFAULT_REGION": "eu-west-1"}, None, "cannot open"),
        ("", {"AWS_WEB_IDENTITY_TOKEN_FILE": "/nonexistent/token"}, None, "set AWS_ROLE_ARN"),
    ]
    for config, env, profile, message in cases:
        home.write(config)
        answer = resolve(profile, **env)
        assert message in answer.get("message", "") + answer.get("problem", ""), (config, env, answer)
        theirs = oracle(home.env(**env), profile)
        assert "error" in theirs and theirs["error"] != "none", (config, env, theirs)


# --- order --------------------------------------------------------------------------------------

def test_order_of_the_chain_is_botocores(resolve, home, oracle, tmp_path):
    """Every combination of sources gives the key that botocore takes."""
    script = process_script(tmp_path / "give", "#!/bin/sh\n"
                            f"echo '{json.dumps({'Version': 1, **keys('ASIAPROCESS', 'SessionToken')})}'\n")
    with metadata_server() as metadata, \
            Server({("GET", "/c"): lambda headers: (200, keys("ASIABOX"))}) as container:
        cases = list(itertools.product((False, True), repeat=6))
        for explicit in (None, "default", "ops"):
            for env_keys, file_keys, process, config_keys, in_container, on_ec2 in cases:
                section = "ops" if explicit == "ops" else "default"
                header = "[profile ops]" if section == "ops" else "[default]"
                lines = [header, "region = eu-west-1"]
                if process:
                    lines.append(f"credential_process = {script}")
                if config_keys:
                    lines += ["aws_access_key_id = AKIACONFIG", "aws_secret_access_key = s"]
                home.write("\n".join(lines) + "\n",
                           f"[{section}]\naws_access_key_id = AKIAFILE\naws_secret_access_key = s\n"
                           if file_keys else "")
                env = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata.url,
                       "AWS_EC2_METADATA_DISABLED": None if on_ec2 else "true"}
                if env_keys:
                    env |= {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "s"}
                if in_container:
                    env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = container.url + "/c"
                ours = resolve(explicit, **env)
                theirs = oracle(home.env(**env), explicit)
                case = (explicit, env_keys, file_keys, process, config_keys, in_container, on_ec2)
                assert ours.get("access_key_id") == theirs.get("access_key_id"), (case, ours, theirs)


def test_regions_are_botocores(resolve, home, oracle):
    """Files made at random: comments, nesting, spacing; region by file and environment."""
    randomness = random.Random(20261124)
    for number in range(60):
        lines = []
        for name in randomness.sample(["default", "profile a", "profile b", "profile \"c d\"",
                                       "sso-session s", "services t", "plugins"], 4):
            lines.append(f"[{name}]")
            if randomness.random() < 0.5:
                lines += ["# region = comment", "", "; region = comment"]
            if randomness.random() < 0.5:
                lines += ["s3 =", "  region = nested", "  other = 1"]
            if randomness.random() < 0.7:
                space = randomness.choice(["", " ", "\t"])
                lines.append(f"region{space}={space}eu-west-{number}")
            lines.append("output = json")
        home.write("\n".join(lines) + randomness.choice(["\n", "\r\n", ""]))
        env = {name: value for name, value in (
            ("AWS_DEFAULT_REGION", "us-east-9"), ("AWS_PROFILE", "a")) if randomness.random() < 0.3}
        profile = randomness.choice([None, "a", "b", "c d"])
        ours = resolve(profile, what="region", **env)
        theirs = oracle(home.env(**env), profile)
        if theirs.get("error") == "ProfileNotFound":
            assert "no profile" in ours["problem"], (lines, env, profile)
        else:
            assert ours == (theirs["region"] or ""), (lines, env, profile, ours, theirs)


# --- endpoints ----------------------------------------------------------------------------------

SERVICES = {"ecs": "ecs", "autoscaling": "autoscaling", "cloudwatch": "monitoring", "sqs": "sqs",
            "sts": "sts", "ssm": "ssm", "secretsmanager": "secretsmanager", "lambda": "lambda",
            "events": "events", "scheduler": "scheduler", "logs": "logs",
            "application-autoscaling": "application-autoscaling", "ec2": "ec2", "sso": "portal.sso",
            "iam": "iam"}
REGIONS = ["us-east-1", "eu-west-1", "ap-southeast-7", "mx-central-1", "us-gov-west-1", "us-gov-east-1",
           "cn-north-1", "cn-northwest-1", "eusc-de-east-1", "us-iso-east-1", "us-isob-east-1",
           "eu-isoe-west-1", "us-isof-south-1"]


@pytest.mark.parametrize("fips", [False, True])
@pytest.mark.parametrize("dualstack", [False, True])
def test_endpoints_are_botocores(run_program, driver, home, fips, dualstack):
    loader = botocore.loaders.Loader()
    partitions = loader.load_data("partitions")
    questions, expected = [], []
    for service, name in SERVICES.items():
        if service == "iam" and (fips or dualstack):
            continue  # its global variants are not offered
        provider = botocore.endpoint_provider.EndpointProvider(
            loader.load_service_model(service, "endpoint-rule-set-1"), partitions)
        for region in REGIONS:
            if service == "secretsmanager" and fips and dualstack and region.startswith("cn-"):
                continue  # an exception to its exception
            more = {"UseGlobalEndpoint": False} if service == "sts" else {}
            endpoint = provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dualstack, **more)
            schemes = endpoint.properties.get("authSchemes") or [{}]
            questions.append(f"{name} NONE {region}")
            expected.append(f"{endpoint.url} {schemes[0].get('signingRegion', region)}")
    env = home.env(AWS_USE_FIPS_ENDPOINT=str(fips).lower(), AWS_USE_DUALSTACK_ENDPOINT=str(dualstack).lower())
    result = run_program(["endpoints"], env=env, binary=driver, input="\n".join(questions) + "\n")
    answers = result.stdout.splitlines()
    assert len(answers) == len(questions)
    wrong = [row for row in zip(questions, answers, expected) if row[1] != row[2]]
    assert not wrong


# --- docs/credentials.md ------------------------------------------------------------------------

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "credentials.md"


def blocks(language, page=PAGE):
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(), re.S)


def test_the_pages_profiles_work(aws, resolve, oracle, home):
    """All of the page's ini blocks as one file; each profile comes to what the page says of it."""
    config = "\n".join(blocks("ini"))
    home.write(config)
    base = aws.env()
    assert base["AWS_ACCESS_KEY_ID"] in config and base["AWS_SECRET_ACCESS_KEY"] in config
    env = {"AWS_ENDPOINT_URL_STS": aws.url, "AWS_DEFAULT_REGION": "eu-central-1"}
    assert resolve("keys", **env)["access_key_id"] == base["AWS_ACCESS_KEY_ID"]
    compare_role_calls(aws, resolve, oracle, home, "scaler", **env)
    with Server({("GET", "/c"): lambda headers: (200, {
            **keys("x"), "AccessKeyId": base["AWS_ACCESS_KEY_ID"], "Token": "",
            "SecretAccessKey": base["AWS_SECRET_ACCESS_KEY"]})}) as container:
        found = resolve("scaler-from-task", **env,
                        AWS_CONTAINER_CREDENTIALS_FULL_URI=container.url + "/c")
        assert found["source"] == "profile 'scaler-from-task' (assumed role)"
    assert "aws sso login --profile sso" in resolve("sso", **env)["message"]
    assert "cannot start '/usr/local/bin/give-credentials'" in resolve("vault", **env)["message"]


def test_the_pages_endpoints_and_environment_work(run_program, driver, home, resolve):
    home.write("\n".join(blocks("ini")))
    result = run_program(["--profile", "local", "endpoints"], env=home.env(), binary=driver,
                         input="ecs ECS eu-central-1\nsts STS eu-central-1\n")
    assert result.stdout.split() == ["http://127.0.0.1:5001", "eu-central-1", "http://127.0.0.1:5000",
                                     "eu-central-1"]
    lines = blocks("sh")[0].split()
    env = dict(word.split("=", 1) for word in lines if word != "export")
    assert resolve(**env)["access_key_id"] == env["AWS_ACCESS_KEY_ID"]
    assert resolve(what="region", **env) == "eu-central-1"


def test_the_pages_policy_is_what_the_program_calls():
    source = "\n".join(path.read_text() for path in (ROOT / "src" / "cloud" / "aws").glob("*.c"))
    called = set(re.findall(r'\.permission = "([a-z]+:[A-Z]\w+)"', source))
    called |= {f"ecs:{name}" for name in re.findall(r'\bOPERATION\("(\w+)"\)', source)}
    assert len(called) > 10
    policy = json.loads(blocks("json", PAGE.with_name("running.md"))[0])
    actions = [action for statement in policy["Statement"] for action in statement["Action"]]
    assert sorted(actions) == sorted(called)


def test_the_pages_account_of_nothing_found_is_the_programs(resolve):
    told = blocks("text")[0].strip()
    ours = resolve()["message"]
    ours = re.sub(r"/\S*/\.aws", "/root/.aws", ours)
    ours = ours.replace("AWS_EC2_METADATA_DISABLED is true", "no answer from http://169.254.169.254")
    assert ours == told
