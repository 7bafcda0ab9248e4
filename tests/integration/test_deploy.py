"""Deploying the Lambda function, against moto's Lambda, IAM, EventBridge and Logs; boto3 looks at
what is there. The package holds a program of two instructions: what a real one does is tested in
test_lambda_*.py and test_package.py."""
import base64
import hashlib
import io
import itertools
import json
import os
import pathlib
import pty
import signal
import subprocess
import time
import zipfile

import pytest

import aws_emulator

NUMBERS = itertools.count(1)
TAG = "ecs-autoscale:managed"
DEFINITION = """
autoscale_group: group-a
min: 1
max: 4
services:
  worker:
    min: 1
    max: 3
    metric_sources:
      third_party:
        - url: https://%(USERNAME):%(PASSWORD)@queue.example.com/api
          statistics: [{name: messages_ready, alias: queue}]
    events: [{metric: queue, action: 1, min: 5}]
"""
SECRETS = {"USERNAME": "sEcret-user", "PASSWORD": "pAss wörd\"=#1"}


@pytest.fixture(scope="session")
def static_program(tmp_path_factory):
    """A static ELF program of this machine's kind."""
    folder = tmp_path_factory.mktemp("static")
    (folder / "bootstrap.c").write_text("void _start(void) { __builtin_trap(); }\n")
    subprocess.run(["cc", "-static", "-nostdlib", "-o", folder / "bootstrap", folder / "bootstrap.c"], check=True)
    return folder / "bootstrap"


@pytest.fixture
def account(aws, run_program, tested, tmp_path, static_program):
    return Account(aws, run_program, tested, tmp_path, static_program)


class Account:
    """A deployment under a name of its own, and what boto3 sees of it."""

    def __init__(self, aws, run_program, tested, tmp_path, static_program):
        self.aws, self.run_program, self.tested, self.static_program = aws, run_program, tested, static_program
        self.name = f"scaler-{os.getpid()}-{next(NUMBERS)}"
        self.role = f"{self.name}-{aws_emulator.REGION}"
        self.log_group = f"/aws/lambda/{self.name}"
        self.folder = tmp_path / f"clusters-{self.name}"
        self.folder.mkdir()
        (self.folder / "my_cluster.yml").write_text(DEFINITION)
        self.env_file = tmp_path / f"{self.name}.txt"
        self.write_env()

    def write_env(self, extra="", **values):
        lines = "".join(f"{name}={value}\n" for name, value in {**SECRETS, **values}.items())
        self.env_file.write_text(f"# access.txt\n\n{lines}{extra}")

    def arguments(self, *args, yes=True):
        return ["deploy", "--name", self.name, "--definitions", self.folder, "--env-file", self.env_file,
                "--program", self.static_program, *(["--yes"] if yes else []), *args]

    def command(self, *args, code=0, env=None, **options):
        mark = self.aws.mark()
        result = self.run_program(args, env=self.aws.env(**(env or {})), binary=self.tested, **options)
        print(f"$ ecs-autoscale {' '.join(map(str, args))}\n{result.stdout}{result.stderr}")
        assert result.returncode == code, f"exit status {result.returncode} instead of {code}"
        result.calls = self.aws.calls(mark)
        result.mutations = [call.operation for call in result.calls if call.is_mutating]
        for value in SECRETS.values():
            assert value not in result.stdout + result.stderr
        return result

    def deploy(self, *args, yes=True, **options):
        return self.command(*self.arguments(*args, yes=yes), **options)

    def steps(self, *args):
        """What a dry run says: step → action."""
        document = json.loads(self.deploy("--dry-run", "--json", *args, yes=False).stdout)
        return {step["step"]: step["action"] for step in document["steps"]}

    # What boto3 sees. Absent things are None.

    def ask(self, service, operation, path, **arguments):
        client = self.aws.client(service)
        try:
            answer = getattr(client, operation)(**arguments)
        except client.exceptions.ClientError as problem:
            assert problem.response["Error"]["Code"] in ("ResourceNotFoundException", "NoSuchEntity", "NoSuchEntityException")
            return None
        return answer[path] if path else answer

    def function(self):
        return self.ask("lambda", "get_function", None, FunctionName=self.name)

    def seen(self):
        function = self.function()
        configuration = function["Configuration"]
        rule = self.ask("events", "describe_rule", None, Name=self.name)
        statement, = json.loads(self.ask("lambda", "get_policy", "Policy", FunctionName=self.name))["Statement"]
        group, = self.ask("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=self.log_group)
        role = self.ask("iam", "get_role", "Role", RoleName=self.role)
        tags = [
            {"Key": TAG, "Value": function["Tags"][TAG]}, *role["Tags"],
            *self.ask("events", "list_tags_for_resource", "Tags", ResourceARN=rule["Arn"]),
            *({"Key": key, "Value": value} for key, value in self.ask(
                "logs", "list_tags_for_resource", "tags", resourceArn=group["arn"].removesuffix(":*")).items())]
        return {
            "function": {key: configuration[key] for key in
                         ("Runtime", "Handler", "MemorySize", "Timeout", "Architectures", "Role", "CodeSha256")},
            "logging": configuration["LoggingConfig"],
            "variables": configuration.get("Environment", {}).get("Variables", {}),
            "concurrency": function["Concurrency"]["ReservedConcurrentExecutions"],
            "schedule": (rule["ScheduleExpression"], rule["State"]),
            "targets": self.ask("events", "list_targets_by_rule", "Targets", Rule=self.name),
            "permission": {key: statement[key] for key in ("Sid", "Effect", "Action", "Principal", "Condition")},
            "retention": group["retentionInDays"],
            "trust": role["AssumeRolePolicyDocument"],
            "policy": self.policy(),
            "tags": tags,
        }

    def policy(self):
        return self.ask("iam", "get_role_policy", "PolicyDocument", RoleName=self.role, PolicyName="ecs-autoscale")

    def package(self):
        """The digest of what the function consists of."""
        return self.function()["Configuration"]["CodeSha256"]

    def nothing_left(self):
        groups = self.ask("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=self.log_group)
        return (self.function() is None and self.ask("events", "describe_rule", None, Name=self.name) is None
                and self.ask("iam", "get_role", "Role", RoleName=self.role) is None and groups == [])


WHOLE = ["CreateLogGroup", "PutRetentionPolicy", "CreateRole", "PutRolePolicy", "CreateFunction",
         "PutFunctionConcurrency", "PutRule", "AddPermission", "PutTargets"]


def check_wanted(account, schedule="rate(5 minutes)", memory=128, timeout=60, variables=None):
    seen = account.seen()
    arn = f"arn:aws:lambda:{aws_emulator.REGION}:123456789012:function:{account.name}"
    rule = f"arn:aws:events:{aws_emulator.REGION}:123456789012:rule/{account.name}"
    assert seen["function"]["Runtime"] == "provided.al2023"
    assert seen["function"]["Handler"] == "bootstrap"
    assert (seen["function"]["MemorySize"], seen["function"]["Timeout"]) == (memory, timeout)
    assert seen["function"]["Architectures"] == ["x86_64"]
    assert seen["function"]["Role"] == f"arn:aws:iam::123456789012:role/{account.role}"
    assert seen["logging"] == {"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "LogGroup": account.log_group}
    assert seen["variables"] == (variables or SECRETS)
    assert seen["concurrency"] == 1
    assert seen["schedule"] == (schedule, "ENABLED")
    assert seen["targets"] == [{"Id": "ecs-autoscale", "Arn": arn}]
    assert seen["permission"] == {
        "Sid": "ecs-autoscale-schedule", "Effect": "Allow", "Action": "lambda:InvokeFunction",
        "Principal": {"Service": "events.amazonaws.com"}, "Condition": {"ArnLike": {"AWS:SourceArn": rule}}}
    assert seen["retention"] == 30
    assert seen["trust"]["Statement"] == [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    actions = {action for statement in seen["policy"]["Statement"]
               for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])}
    assert {"ecs:UpdateService", "autoscaling:SetDesiredCapacity", "logs:PutLogEvents"} <= actions
    assert seen["tags"] == [{"Key": TAG, "Value": account.name}] * 4
    return seen


def test_deploys_and_changes_nothing_the_second_time(account):
    first = account.deploy()
    assert first.mutations == WHOLE
    assert first.stdout.count("\n  create ") == 8 and "already right" not in first.stdout
    seen = check_wanted(account)
    second = account.deploy()
    assert second.mutations == []
    assert second.stdout.count("already right") == 8 and "everything is as it should be" in second.stdout
    assert account.seen() == seen


def test_the_function_is_what_package_writes(account, tmp_path):
    real = aws_emulator_root() / "build" / "static" / "x86_64" / "ecs-autoscale"
    if not real.exists():
        pytest.skip("no static program: make static builds it")
    packed = account.command("package", "--definitions", account.folder, "-o", tmp_path / "a.zip", "--program", real,
                             env=SECRETS)
    account.deploy("--program", real)
    digest = base64.b64encode(hashlib.sha256((tmp_path / "a.zip").read_bytes()).digest()).decode()
    assert account.package() == digest and f"sha256 {digest}" in packed.stdout


def aws_emulator_root():
    return pathlib.Path(__file__).resolve().parent.parent.parent


def test_a_dry_run_touches_nothing(account):
    result = account.deploy("--dry-run", yes=False)
    assert result.mutations == [] and account.nothing_left()
    assert "create         function" in result.stdout and "PASSWORD, USERNAME" in result.stdout
    assert account.steps()["rule"] == "create"


def test_everything_is_described_together(account):
    calls = account.deploy("--dry-run", yes=False).calls
    assert len(calls) == 8  # and no tags: nothing is there
    assert calls[0].operation == "GetCallerIdentity"
    assert aws_emulator.most_in_flight(calls) > 1


CHANGES = {
    "definitions": (lambda a: (a.folder / "other.yml").write_text(DEFINITION.replace("group-a", "group-b")),
                    [], {"policy": "change", "function": "change"}, ["PutRolePolicy", "UpdateFunctionCode"]),
    "bounds": (lambda a: (a.folder / "my_cluster.yml").write_text(DEFINITION.replace("max: 4", "max: 5")),
               [], {"function": "change"}, ["UpdateFunctionCode"]),
    "schedule": (lambda a: None, ["--cron", "0/10 8-18 ? * MON-FRI *"], {"rule": "change"}, ["PutRule"]),
    "size": (lambda a: None, ["--memory", "256", "--timeout", "120"], {"function": "change"},
             ["UpdateFunctionConfiguration"]),
    "variables": (lambda a: a.write_env(PASSWORD="other", LOG_LEVEL="debug"), [], {"function": "change"},
                  ["UpdateFunctionConfiguration"]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_changed_and_nothing_else(account, change):
    prepare, args, steps, mutations = CHANGES[change]
    account.deploy()
    prepare(account)
    planned = account.steps(*args)
    assert {step: action for step, action in planned.items() if action != "none"} == steps
    assert account.deploy(*args).mutations == mutations
    assert set(account.steps(*args).values()) == {"none"}


def test_log_level_and_the_rest_of_the_env_file_go_onto_the_function(account):
    account.write_env("LOG_LEVEL=debug\nHTTPS_PROXY=http://proxy:3128\nAWS_REGION=ap-south-1\n")
    account.command(*account.arguments(), env={"AWS_REGION": None})
    client = account.aws.client("lambda", "ap-south-1")
    configuration = client.get_function(FunctionName=account.name)["Configuration"]
    assert configuration["Environment"]["Variables"] == {
        **SECRETS, "LOG_LEVEL": "debug", "HTTPS_PROXY": "http://proxy:3128"}
    assert configuration["LoggingConfig"]["ApplicationLogLevel"] == "DEBUG"
    assert "ap-south-1" in configuration["FunctionArn"]  # the file's AWS_* are for the deployment


def test_credentials_in_the_env_file_are_used_for_the_deployment(account):
    account.write_env(f"AWS_ACCESS_KEY_ID={aws_emulator.ACCESS_KEY}\nAWS_SECRET_ACCESS_KEY={aws_emulator.SECRET_KEY}\n")
    wrong = {"AWS_ACCESS_KEY_ID": "AKIAWRONG", "AWS_SECRET_ACCESS_KEY": "wrong", "AWS_SESSION_TOKEN": "of another"}
    account.command(*account.arguments(), env=wrong)
    check_wanted(account)
    for command in (["status"], ["logs"], ["invoke"], ["destroy", "--yes"]):
        account.command(*command, "--name", account.name, "--env-file", account.env_file, env=wrong)
    assert account.nothing_left()


# --- Drift: somebody else changed something ----------------------------------------------------

def drift_policy(a):
    a.aws.client("iam").put_role_policy(RoleName=a.role, PolicyName="ecs-autoscale", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))


def drift_permission(a):
    client = a.aws.client("lambda")
    client.remove_permission(FunctionName=a.name, StatementId="ecs-autoscale-schedule")
    client.add_permission(FunctionName=a.name, StatementId="ecs-autoscale-schedule", Principal="sns.amazonaws.com",
                          Action="lambda:InvokeFunction")


def drift_target(a):
    a.aws.client("events").put_targets(Rule=a.name, Targets=[
        {"Id": "ecs-autoscale", "Arn": "arn:aws:lambda:eu-central-1:123456789012:function:other"}])


def drift_role_gone(a):
    client = a.aws.client("iam")
    client.delete_role_policy(RoleName=a.role, PolicyName="ecs-autoscale")
    client.delete_role(RoleName=a.role)


DRIFTS = {
    "policy": (drift_policy, ["PutRolePolicy"]),
    "trust": (lambda a: a.aws.client("iam").update_assume_role_policy(
        RoleName=a.role, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})),
        ["UpdateAssumeRolePolicy"]),
    "variable by hand": (lambda a: a.aws.client("lambda").update_function_configuration(
        FunctionName=a.name, Environment={"Variables": {**SECRETS, "EXTRA": "1"}}), ["UpdateFunctionConfiguration"]),
    "rule off": (lambda a: a.aws.client("events").disable_rule(Name=a.name), ["PutRule"]),
    "target": (drift_target, ["PutTargets"]),
    "target gone": (lambda a: a.aws.client("events").remove_targets(Rule=a.name, Ids=["ecs-autoscale"]), ["PutTargets"]),
    "permission": (drift_permission, ["RemovePermission", "AddPermission"]),
    "permission gone": (lambda a: a.aws.client("lambda").remove_permission(
        FunctionName=a.name, StatementId="ecs-autoscale-schedule"), ["AddPermission"]),
    "concurrency gone": (lambda a: a.aws.client("lambda").delete_function_concurrency(FunctionName=a.name),
                         ["PutFunctionConcurrency"]),
    "retention gone": (lambda a: a.aws.client("logs").delete_retention_policy(logGroupName=a.log_group),
                       ["PutRetentionPolicy"]),
    "role gone": (drift_role_gone, ["CreateRole", "PutRolePolicy", "UpdateFunctionConfiguration"]),
    "function gone": (lambda a: a.aws.client("lambda").delete_function(FunctionName=a.name),
                      ["CreateFunction", "PutFunctionConcurrency", "AddPermission"]),
}


@pytest.mark.parametrize("drift", DRIFTS)
def test_drift_is_seen_and_put_right(account, drift):
    change, mutations = DRIFTS[drift]
    account.deploy()
    change(account)
    assert account.deploy().mutations == mutations
    check_wanted(account)
    assert account.deploy().mutations == []


# --- Interrupted -------------------------------------------------------------------------------

@pytest.mark.parametrize("k", range(len(WHOLE)))
def test_killed_after_each_call_and_completed(account, start_program, k):
    account.aws.rule(operation="*", mutating=True, after=k, times=1, hold=True)
    mark = account.aws.mark()
    process = start_program(account.arguments(), env=account.aws.env(), binary=account.tested)
    deadline = time.monotonic() + 60
    while not account.aws.control("is_held"):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=10)
    account.aws.control("clear_rules")
    done = [call.operation for call in account.aws.mutations(mark)]
    assert done == WHOLE[:k + 1]
    rest = account.deploy().mutations
    assert rest == WHOLE[k + 1:]
    check_wanted(account)
    assert account.deploy().mutations == []


def test_answers_that_get_lost(account):
    """Each call is carried out, and its answer dropped: the retry meets what is there already."""
    for operation in WHOLE:
        account.aws.rule(operation=operation, times=1, drop="after")
    account.deploy(timeout=120)
    account.aws.control("clear_rules")
    check_wanted(account)
    assert account.deploy().mutations == []


# --- What AWS does in its own time -------------------------------------------------------------

def test_a_new_role_and_a_pending_function_are_waited_for(account):
    account.aws.control("lambda_knobs", role_calls=1, function_calls=1)
    assert account.deploy().mutations.count("CreateFunction") == 2
    account.aws.control("lambda_knobs", role_calls=0, function_calls=1)
    (account.folder / "my_cluster.yml").write_text(DEFINITION.replace("max: 4", "max: 6"))
    account.deploy("--memory", "256")
    check_wanted(account, memory=256)


@pytest.mark.parametrize("operation, error", [
    ("CreateFunction", {"code": "TooManyRequestsException", "status": 429}),
    ("PutRolePolicy", {"code": "ConcurrentModification", "status": 409}),
    ("PutFunctionConcurrency", {"code": "ResourceConflictException", "status": 409}),
    ("GetRole", {"code": "Throttling", "status": 400}),
    ("PutRule", {"code": "InternalException", "status": 500}),
])
def test_throttles_and_conflicts_pass(account, operation, error):
    account.aws.rule(operation=operation, error=error, times=1)
    account.deploy()
    check_wanted(account)


# --- Destroying --------------------------------------------------------------------------------

def test_destroys_exactly_what_it_made(account):
    other = f"{account.name}-other"
    account.deploy()
    role = account.ask("iam", "get_role", "Role", RoleName=account.role)["Arn"]
    account.aws.client("lambda").create_function(
        FunctionName=other, Role=role, Runtime="provided.al2023", Handler="bootstrap",
        Code={"ZipFile": zip_of({"bootstrap": b"x"})})
    listed = account.command("destroy", "--name", account.name, "--dry-run")
    assert listed.mutations == [] and listed.stdout.count("remove ") == 4
    gone = account.command("destroy", "--name", account.name, "--yes")
    assert gone.mutations == ["RemoveTargets", "DeleteRule", "DeleteFunction", "DeleteRolePolicy", "DeleteRole",
                              "DeleteLogGroup"]
    assert account.nothing_left() or account.ask("lambda", "get_function", None, FunctionName=other)
    assert account.function() is None
    again = account.command("destroy", "--name", account.name, "--yes")
    assert again.mutations == [] and "nothing to remove" in again.stdout
    account.deploy()
    check_wanted(account)


def test_destroy_leaves_what_is_not_ours(account):
    account.deploy()
    account.aws.client("iam").untag_role(RoleName=account.role, TagKeys=[TAG])
    result = account.command("destroy", "--name", account.name, "--yes")
    assert f"leave   role       {account.role}" in result.stdout
    assert account.function() is None and account.ask("iam", "get_role", "Role", RoleName=account.role)


@pytest.mark.parametrize("k", range(6))
def test_destroy_interrupted_and_completed(account, k):
    account.deploy()
    account.aws.rule(operation="*", mutating=True, after=k, times=1, error={"code": "AccessDenied", "status": 403})
    account.command("destroy", "--name", account.name, "--yes", code=1)
    account.aws.control("clear_rules")
    account.command("destroy", "--name", account.name, "--yes")
    assert account.nothing_left()


# --- Asking ------------------------------------------------------------------------------------

def test_without_a_terminal_and_yes_nothing_is_changed(account):
    result = account.deploy(yes=False, code=2)
    assert result.mutations == [] and "give --yes" in result.stderr
    account.deploy()
    assert account.deploy(yes=False).mutations == []  # there is nothing to ask about
    assert account.command("destroy", "--name", account.name, code=2).mutations == []


@pytest.mark.parametrize("answer, code, count", [("y\n", 0, len(WHOLE)), ("\n", 1, 0), ("no\n", 1, 0)])
def test_asks_on_a_terminal(account, answer, code, count):
    ours, theirs = pty.openpty()
    try:
        os.write(ours, answer.encode())
        result = ask_on(account, theirs, code)
    finally:
        os.close(ours)
        os.close(theirs)
    assert len(result.mutations) == count and "Carry this out?" in result.stderr


def ask_on(account, terminal, code):
    mark = account.aws.mark()
    home = account.folder.parent
    result = subprocess.run(
        [str(part) for part in (account.tested, *account.arguments(yes=False))], stdin=terminal,
        env={**account.aws.env(), "HOME": str(home), "PATH": os.environ["PATH"], "ASAN_OPTIONS": "exitcode=99"},
        capture_output=True, text=True, timeout=90, check=False)
    assert result.returncode == code, result.stderr
    result.mutations = [call.operation for call in account.aws.mutations(mark)]
    return result


# --- Bad input ---------------------------------------------------------------------------------

def zip_of(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def foreign_function(a):
    a.aws.client("iam").create_role(RoleName=f"{a.name}-mine", AssumeRolePolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
                                                "Action": "sts:AssumeRole"}]}))
    a.aws.client("lambda").create_function(
        FunctionName=a.name, Role=f"arn:aws:iam::123456789012:role/{a.name}-mine", Runtime="python3.12",
        Handler="a.b", Code={"ZipFile": zip_of({"a.py": b"pass"})})


FOREIGN = {
    "function": foreign_function,
    "role": lambda a: a.aws.client("iam").create_role(RoleName=a.role, AssumeRolePolicyDocument="{}"),
    "rule": lambda a: a.aws.client("events").put_rule(Name=a.name, ScheduleExpression="rate(1 hour)"),
    "log group": lambda a: a.aws.client("logs").create_log_group(logGroupName=a.log_group),
}


@pytest.mark.parametrize("thing", FOREIGN)
def test_a_name_that_is_taken_is_refused_unless_adopted(account, thing):
    FOREIGN[thing](account)
    refused = account.deploy(code=1)
    assert refused.mutations == [] and f"the {thing} '" in refused.stderr and "--adopt" in refused.stderr
    account.deploy("--adopt")
    check_wanted(account)
    assert account.deploy().mutations == []


def test_missing_permissions_are_named(account):
    account.aws.rule(operation="CreateFunction", error={"code": "AccessDeniedException", "status": 403})
    result = account.deploy(code=1)
    assert "lambda:CreateFunction" in result.stderr
    account.aws.control("clear_rules")
    account.aws.rule(operation="CreateFunction", error={
        "code": "AccessDeniedException", "status": 403,
        "message": "User: x is not authorized to perform: iam:PassRole on resource: y"})
    assert "add the permission 'iam:PassRole'" in account.deploy(code=1).stderr
    account.aws.control("clear_rules")
    account.aws.rule(operation="GetRole", error={"code": "AccessDenied", "status": 403})
    assert "iam:GetRole" in account.deploy(code=1).stderr
    account.aws.rule(operation="DescribeRule", error={"code": "AccessDeniedException", "status": 400})
    assert "the permissions iam:GetRole, events:DescribeRule to" in account.deploy(code=1).stderr
    account.aws.control("clear_rules")
    account.deploy()
    check_wanted(account)


def test_values_that_aws_quotes_are_not_shown(account):
    """Lambda's own validation errors hold the whole request."""
    quoted = ", ".join(f"{name}={value}" for name, value in SECRETS.items())
    account.aws.rule(operation="CreateFunction", error={
        "code": "ValidationException", "status": 400,
        "message": f"1 validation error detected: Value '{{{quoted}}}' at 'environment.variables' failed to satisfy constraint"})
    assert "PASSWORD=%(PASSWORD)" in account.deploy(code=1).stderr


def test_no_concurrency_to_reserve(account):
    account.aws.rule(operation="PutFunctionConcurrency", error={
        "code": "InvalidParameterValueException", "message": "decreases account's UnreservedConcurrentExecution below"})
    result = account.deploy(code=1)
    assert "--unreserved" in result.stderr
    assert "PutTargets" in account.deploy("--unreserved").mutations
    assert account.deploy("--unreserved").mutations == []


def test_an_unknown_region(account):
    result = account.deploy("--region", "eu-nowhere-9", code=1, env={
        "AWS_ENDPOINT_URL": None, "AWS_ENDPOINT_URL_STS": account.aws.url, "AWS_ENDPOINT_URL_IAM": account.aws.url})
    assert "is there a region 'eu-nowhere-9'?" in result.stderr
    assert "takes a region like" in account.deploy("--region", "Frankfurt!", code=2).stderr


@pytest.mark.parametrize("args, words, code", [
    (["--rate", "5 minute"], "rate(5 minutes)", 1),
    (["--rate", "90 seconds"], "is no rate", 1),
    (["--rate", "0 minutes"], "at least 1 minute", 1),
    (["--cron", "*/5 * * * *"], "has 5 fields, not six", 1),
    (["--cron", "0 25 * * ? *"], "the hours of a schedule", 1),
    (["--cron", "0 12 ? * MON *", "--rate", "1 hour"], "--rate or --cron, not both", 2),
    (["--name", "my function"], "no function can be named", 2),
    (["--name", "x" * 60], "too long", 2),
    (["--memory", "64"], "from 128 to 10240", 2),
    (["--arch", "mips"], "x86_64|arm64", 2),
    (["--json"], "--json cannot ask", 2),
    (["--env-file", "/nowhere/access.txt"], "/nowhere/access.txt", 1),
    (["--program", "/bin/true"], "static", 1),
])
def test_wrong_options(account, args, words, code):
    yes = args != ["--json"]
    arguments = [*account.arguments(yes=yes), *args]
    result = account.command(*arguments, code=code)
    assert words in result.stderr and result.mutations == []


def test_all_missing_variables_in_one_error(account):
    (account.folder / "other.yml").write_text(DEFINITION.replace("%(USERNAME)", "%(THIRD)"))
    account.env_file.write_text("")
    result = account.deploy(code=1)
    assert "3 variables that are not set: USERNAME, PASSWORD, THIRD" in result.stderr and result.calls == []
    account.deploy("--dry-run", yes=False, env={"USERNAME": "a", "PASSWORD": "b", "THIRD": "c"})


def test_broken_definitions_stop_it(account):
    (account.folder / "my_cluster.yml").write_text(DEFINITION.replace("events:", "evnts:"))
    result = account.deploy(code=1)
    assert "my_cluster.yml:13" in result.stderr and "unknown key 'evnts'" in result.stderr and result.calls == []


def test_variables_over_4_kilobytes(account):
    account.write_env("BIG=" + "x" * 3000 + "\nLARGE=" + "y" * 1500 + "\n")
    result = account.deploy(code=1)
    assert "BIG 3003" in result.stderr and "LARGE 1505" in result.stderr and result.calls == []
    assert "xxx" not in result.stderr


def test_a_package_over_lambdas_limits(account, program, tmp_path):
    # A program of 51 MB that nothing can make smaller.
    noise = tmp_path / "noise.s"
    noise.write_text('.globl _start\n_start: jmp _start\n.data\n.incbin "noise.bin"\n')
    (tmp_path / "noise.bin").write_bytes(os.urandom(51 * 1024 * 1024))
    subprocess.run(["cc", "-static", "-nostdlib", "-o", "big", "noise.s"], cwd=tmp_path, check=True)
    account.tested = program  # the sanitized one packs slowly
    result = account.command(*account.arguments(), "--program", tmp_path / "big", code=1)
    assert result.calls == [] and "Lambda" in result.stderr
