"""Who the program is at AWS, and what it says when AWS does not let it in."""
import json

import pytest

from aws_emulator import ACCESS_KEY, SECRET_KEY
from world import scaled_service

NO_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_EC2_METADATA_DISABLED": "true"}

# What docs/running.md tells people to allow.
NEEDED = {
    "ecs:DescribeServices", "ecs:ListServices", "ecs:UpdateService", "ecs:ListContainerInstances",
    "ecs:DescribeContainerInstances", "ecs:UpdateContainerInstancesState", "ecs:DescribeTaskDefinition",
    "ecs:ListTasks", "ecs:DescribeTasks", "ecs:DescribeCapacityProviders", "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:SetDesiredCapacity", "autoscaling:UpdateAutoScalingGroup",
    "autoscaling:TerminateInstanceInAutoScalingGroup", "cloudwatch:GetMetricData"}


@pytest.fixture
def cluster(make_cluster, metrics):
    """Something to do for all three services of AWS."""
    one = make_cluster()
    scaled_service(metrics, one, "worker", 9)
    one.definition["max"] = 5
    source = one.put_metric("CPUUtilization", 4, service="other")
    one.service("other", sources={"cloudwatch": [source]},
                events=[{"metric": "CPUUtilization", "action": 1, "min": 4}])
    return one


def is_scaled(cluster):
    return cluster.services() == {"worker": 2, "other": 2} and cluster.capacity()[2] == 5


def test_session_token(cluster, aws, autoscale):
    token = "FwoGZXIvYXdzEXAMPLE/token+with=signs//////////wEaD" * 8
    aws.control("put_key", access_key="ASIAIOSFODNN7EXAMPLE", secret="secret/with+signs", token=token)
    result = autoscale(cluster, env={"AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE",
                                     "AWS_SECRET_ACCESS_KEY": "secret/with+signs", "AWS_SESSION_TOKEN": token})
    assert is_scaled(cluster), result.text
    assert {call.access_key for call in result.calls} == {"ASIAIOSFODNN7EXAMPLE"}


@pytest.mark.parametrize("how", ["--profile", "AWS_PROFILE"])
def test_assume_role(how, cluster, aws, autoscale, tmp_path):
    config = tmp_path / "config"
    config.write_text("[profile ops]\nrole_arn = arn:aws:iam::123456789012:role/scaler\nsource_profile = base\n"
                      "external_id = our/id\nregion = eu-central-1\n")
    credentials = tmp_path / "credentials"
    credentials.write_text(f"[base]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n")
    env = {**NO_KEYS, "AWS_CONFIG_FILE": config, "AWS_SHARED_CREDENTIALS_FILE": credentials, "AWS_REGION": None}
    args = ["--profile", "ops"] if how == "--profile" else []
    result = autoscale(cluster, args=args, env=env if args else {**env, "AWS_PROFILE": "ops"})
    assert is_scaled(cluster), result.text
    first, *others = result.calls
    assert (first.operation, first.access_key) == ("AssumeRole", ACCESS_KEY)
    assert first.params["RoleArn"].endswith("role/scaler") and first.params["ExternalId"] == "our/id"
    assert [call.operation for call in others].count("AssumeRole") == 0
    assert all(call.access_key.startswith("ASIA") for call in others)
    assert all(call.status == 200 for call in result.calls)


def test_every_operation_is_signed(cluster, autoscale):
    """The emulator refuses what is not signed, and signed right."""
    result = autoscale(cluster)
    assert {call.status for call in result.calls} == {200}
    assert {call.service for call in result.calls} == {"ecs", "autoscaling", "monitoring"}


def test_no_credentials(cluster, autoscale):
    result = autoscale(cluster, env=NO_KEYS, code=1)
    assert result.calls == []
    for tried in ("AWS_ACCESS_KEY_ID", "credentials"):
        assert tried in result.text
    assert cluster.name in result.text


def test_no_region(cluster, make_cluster, metrics, autoscale):
    """One that says its region goes on."""
    with_region = make_cluster()
    scaled_service(metrics, with_region, "worker", 9)
    with_region.definition["region"] = "eu-central-1"
    result = autoscale(cluster, with_region, env={"AWS_REGION": None}, code=1)
    assert "region" in result.text and "AWS_REGION" in result.text
    assert cluster.services()["worker"] == 1 and with_region.services() == {"worker": 2}


def test_region_of_the_command_line(make_cluster, metrics, autoscale):
    cluster = make_cluster(region="us-east-2")
    scaled_service(metrics, cluster, "worker", 9)
    result = autoscale(cluster, args=["--region", "us-east-2"])
    assert cluster.services() == {"worker": 2}, result.text


@pytest.mark.parametrize("key", [
    {"expired": True, "token": "t"}, {"token": "another"}, {"secret": "another", "token": "t"}],
    ids=["expired", "wrong token", "wrong secret"])
def test_credentials_that_aws_refuses(key, cluster, aws, autoscale):
    aws.control("put_key", **{"access_key": "ASIAREFUSED", "secret": "sssecret", **key})
    result = autoscale(cluster, env={"AWS_ACCESS_KEY_ID": "ASIAREFUSED", "AWS_SECRET_ACCESS_KEY": "sssecret",
                                     "AWS_SESSION_TOKEN": "t"}, code=1)
    assert result.mutations == [], result.text
    assert cluster.name in result.text
    if key.get("expired"):
        assert "expired" in result.text
    assert "sssecret" not in result.text


@pytest.mark.parametrize("operation,action", [
    ("DescribeServices", "ecs:DescribeServices"), ("ListContainerInstances", "ecs:ListContainerInstances"),
    ("DescribeContainerInstances", "ecs:DescribeContainerInstances"),
    ("DescribeAutoScalingGroups", "autoscaling:DescribeAutoScalingGroups"),
    ("GetMetricData", "cloudwatch:GetMetricData"), ("UpdateService", "ecs:UpdateService"),
    ("UpdateAutoScalingGroup", "autoscaling:UpdateAutoScalingGroup")])
def test_access_denied_names_the_permission(operation, action, cluster, aws, autoscale):
    code, status = ("AccessDeniedException", 400) if action.startswith("ecs") else ("AccessDenied", 403)
    aws.rule(operation=operation, error={"code": code, "status": status, "message": (
        "User: arn:aws:iam::123456789012:user/scaler is not authorized to perform: this")})
    result = autoscale(cluster, code=1)
    assert action in result.text


def test_documented_permissions_are_enough(cluster, aws, autoscale):
    """With moto checking policies: all that is documented lets a pass through, one missing is named."""
    iam = aws.client("iam")
    iam.create_user(UserName="scaler")
    keys = iam.create_access_key(UserName="scaler")["AccessKey"]
    env = {"AWS_ACCESS_KEY_ID": keys["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"]}

    def allow(actions):
        iam.put_user_policy(UserName="scaler", PolicyName="scaling", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": sorted(actions), "Resource": "*"}]}))

    allow(NEEDED - {"ecs:DescribeServices"})
    aws.control("enforce_iam", on=True)
    result = autoscale(cluster, env=env, code=1)
    aws.control("enforce_iam", on=False)
    assert "ecs:DescribeServices" in result.text
    allow(NEEDED)
    aws.control("enforce_iam", on=True)
    result = autoscale(cluster, env=env)
    aws.control("enforce_iam", on=False)
    assert is_scaled(cluster), result.text


def test_unknown_names(make_cluster, metrics, autoscale):
    good, no_cluster, no_group, no_service = (make_cluster() for _ in range(4))
    for cluster in (good, no_cluster, no_group, no_service):
        scaled_service(metrics, cluster, "worker", 9)
    no_cluster.ecs.delete_cluster(cluster=no_cluster.name)
    no_cluster.name += "-gone"
    no_group.definition["autoscale_group"] = "no-such-group"
    no_service.definition["services"]["no-such-service"] = {"min": 1, "max": 2}
    result = autoscale(good, no_cluster, no_group, no_service, code=1)
    for name in (no_cluster.name, "no-such-group", "no-such-service"):
        assert name in result.text
    assert good.services() == {"worker": 2}
    assert no_service.services() == {"worker": 2}
