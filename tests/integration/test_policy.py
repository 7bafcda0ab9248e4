"""`ecs-autoscale policy`: which actions definitions lead to, and on what. That the policy is sufficient, and that
nothing in it can be left out, is shown with IAM's enforcement on in test_policy_enforced.py."""
import json

import pytest
import yaml

GROUP = "autoscaling:{}:{}:autoScalingGroup:*:autoScalingGroupName/asg"
ANY = {"autoscaling:DescribeAutoScalingGroups", "cloudwatch:GetMetricData", "ecs:DescribeTaskDefinition"}

CLOUDWATCH = {"cloudwatch": [{"metric_name": "CPUUtilization", "dimensions": [{"name": "ClusterName", "value": "c"}],
                              "statistics": [{"name": "Average", "alias": "cpu"}]}]}
HTTP = {"third_party": [{"url": "https://example.com/", "statistics": [{"name": "n", "alias": "n"}]}]}


def service(**more):
    return {"min": 1, "max": 3, "metric_sources": HTTP, "events": [{"metric": "n", "action": 1, "min": 5}], **more}


def definition(**more):
    return {"autoscale_group": "asg", "services": {"w": service()}, **more}


READ_GROUP = {"autoscaling:DescribeAutoScalingGroups", "ecs:ListContainerInstances", "ecs:DescribeContainerInstances",
              "ecs:DescribeCapacityProviders"}
EMPTY = {"autoscaling:TerminateInstanceInAutoScalingGroup", "ecs:ListTasks", "ecs:DescribeTasks"}
RESIZE = {"autoscaling:SetDesiredCapacity", "ecs:UpdateContainerInstancesState", "ecs:ListServices"}
SERVICES = {"ecs:DescribeServices", "ecs:UpdateService"}
SIZES = {"ecs:DescribeTaskDefinition"}
BOUNDS = {"autoscaling:UpdateAutoScalingGroup"}
METRIC = {"cloudwatch:GetMetricData"}
LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}

CASES = {
    "a group with its own bounds": (definition(), READ_GROUP | EMPTY | RESIZE | SERVICES | SIZES),
    "bounds in the definition": (definition(min=1, max=4), READ_GROUP | EMPTY | RESIZE | SERVICES | SIZES | BOUNDS),
    "a min alone": (definition(min=1), READ_GROUP | EMPTY | RESIZE | SERVICES | SIZES | BOUNDS),
    "no group": (definition(autoscale_group=None), SERVICES),
    "a fixed size": (definition(min=2, max=2), READ_GROUP | EMPTY | SERVICES | SIZES | BOUNDS),
    "switched off by max 0": (definition(max=0), READ_GROUP | {"ecs:DescribeServices"} | BOUNDS),
    "a service that is switched off": (definition(services={"w": service(enabled=False)}),
                                       READ_GROUP | EMPTY | RESIZE | {"ecs:DescribeServices"} | SIZES),
    "no services": (definition(services={}),
                    (READ_GROUP | EMPTY | RESIZE | SIZES | {"ecs:DescribeServices"}) - {"autoscaling:SetDesiredCapacity"}),
    "no services, a buffer": (definition(services={}, cpu_buffer=100),
                              READ_GROUP | EMPTY | RESIZE | SIZES | {"ecs:DescribeServices"}),
    "CloudWatch": (definition(autoscale_group=None, services={"w": service(
        metric_sources=CLOUDWATCH, events=[{"metric": "cpu", "action": 1, "min": 5}])}), SERVICES | METRIC),
    "CloudWatch that no event uses": (definition(autoscale_group=None, services={"w": service(
        metric_sources={**CLOUDWATCH, **HTTP})}), SERVICES),
    "CloudWatch of a service that is switched off": (definition(autoscale_group=None, services={
        "w": service(enabled=False, metric_sources=CLOUDWATCH, events=[{"metric": "cpu", "action": 1, "min": 5}])}),
        {"ecs:DescribeServices"}),
}


@pytest.fixture
def policy(run_program, tested, tmp_path):
    """Writes definitions and gives what `policy` says of them."""
    def run(definitions, *args, code=0, env=None):
        folder = tmp_path / "clusters"
        folder.mkdir(exist_ok=True)
        for path in folder.iterdir():
            path.unlink()
        for name, content in definitions.items():
            (folder / f"{name}.yml").write_text(yaml.safe_dump(content))
        result = run_program(["policy", "--definitions", folder, *args], binary=tested,
                             env={"AWS_REGION": "eu-central-1", **(env or {})})
        assert result.returncode == code, result.stderr
        return result
    return run


def grants(result):
    """{action: {resource}}; a condition's clusters count as resources, as "in ARN"."""
    found = {}
    for statement in json.loads(result.stdout)["Statement"]:
        assert statement["Effect"] == "Allow"
        clusters = statement.get("Condition", {}).get("ArnEquals", {}).get("ecs:cluster", [])
        resources = {f"in {arn}" for arn in clusters} or set(statement["Resource"])
        assert not clusters or statement["Resource"] == ["*"]
        for action in statement["Action"]:
            assert action not in found, "an action in two statements"
            found[action] = resources
    return found


@pytest.mark.parametrize("name", CASES)
def test_actions(policy, name):
    content, expected = CASES[name]
    assert set(grants(policy({"c": content}))) == expected


def test_a_cluster_that_is_switched_off_needs_nothing(policy):
    result = policy({"c": definition(enabled=False)}, code=1)
    assert "there is nothing to allow" in result.stderr and not result.stdout
    assert set(grants(policy({"c": definition(enabled=False)}, "--name", "f"))) == LOG


def test_resources(policy):
    ecs, scaling = "arn:aws:ecs:eu-central-1:123456789012:", "arn:aws:autoscaling:eu-central-1:123456789012:"
    group = {scaling + "autoScalingGroup:*:autoScalingGroupName/asg"}
    result = policy({"c": definition(min=1, max=4, services={"w": service(), "off": service(enabled=False)})},
                    "--account", "123456789012", "--name", "scaler")
    assert grants(result) == {
        "autoscaling:DescribeAutoScalingGroups": {"*"},
        "autoscaling:SetDesiredCapacity": group,
        "autoscaling:TerminateInstanceInAutoScalingGroup": group,
        "autoscaling:UpdateAutoScalingGroup": group,
        "ecs:DescribeCapacityProviders": {ecs + "capacity-provider/*"},
        "ecs:DescribeContainerInstances": {ecs + "container-instance/c/*"},
        "ecs:DescribeServices": {ecs + "service/c/*"},
        "ecs:DescribeTaskDefinition": {"*"},
        "ecs:DescribeTasks": {ecs + "task/c/*"},
        "ecs:ListContainerInstances": {ecs + "cluster/c"},
        "ecs:ListServices": {f"in {ecs}cluster/c"},
        "ecs:ListTasks": {ecs + "container-instance/c/*"},
        "ecs:UpdateContainerInstancesState": {ecs + "container-instance/c/*"},
        "ecs:UpdateService": {ecs + "service/c/w"},
        "logs:CreateLogStream": {"arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/scaler:*"},
        "logs:PutLogEvents": {"arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/scaler:*"},
    }
    assert ("on every resource ('*'), since IAM knows no narrower one: autoscaling:DescribeAutoScalingGroups, "
            "ecs:DescribeTaskDefinition, ecs:ListServices") in result.stderr


def test_services_are_read_by_name_where_no_instance_can_be_spared(policy):
    found = grants(policy({"c": definition(autoscale_group=None, services={"w": service(), "x": service(enabled=False)})}))
    assert found == {
        "ecs:DescribeServices": {"arn:aws:ecs:eu-central-1:*:service/c/w", "arn:aws:ecs:eu-central-1:*:service/c/x"},
        "ecs:UpdateService": {"arn:aws:ecs:eu-central-1:*:service/c/w"}}


def test_each_region_and_its_partition(policy):
    alone = definition(autoscale_group=None)
    found = grants(policy({"a": alone, "b": {**alone, "region": "us-gov-west-1"}, "d": {**alone, "region": "cn-north-1"}},
                          "--region", "eu-west-1"))
    assert found["ecs:UpdateService"] == {
        "arn:aws:ecs:eu-west-1:*:service/a/w", "arn:aws-us-gov:ecs:us-gov-west-1:*:service/b/w",
        "arn:aws-cn:ecs:cn-north-1:*:service/d/w"}


def test_names_are_no_patterns(policy):
    found = grants(policy({"c": definition(autoscale_group="a*b?c${aws:username}")}))
    assert found["autoscaling:SetDesiredCapacity"] == {
        "arn:aws:autoscaling:eu-central-1:*:autoScalingGroup:*:autoScalingGroupName/a${*}b${?}c${$}{aws:username}"}


def test_a_name_out_of_the_environment(policy):
    result = policy({"c": definition(autoscale_group="asg-%(STAGE)")}, env={"STAGE": "live"})
    assert any("autoScalingGroupName/asg-live" in arn for arn in grants(result)["autoscaling:SetDesiredCapacity"])
    assert "the group 'asg-%(STAGE)' is named by the environment: its value stands in the policy" in result.stderr


def test_the_same_bytes_in_any_order(policy, tmp_path):
    names = ["b", "a", "c"]
    first = policy({"c": definition(services={name: service() for name in names})}).stdout
    assert policy({"c": definition(services={name: service() for name in sorted(names)})}).stdout == first


def test_over_the_limit(policy):
    services = {f"service-with-a-name-{i:03}": service() for i in range(200)}
    result = policy({"c": definition(services=services)}, code=1)
    assert "over the 10240 that IAM takes in the inline policies of a role; " in result.stderr
    assert "--scope cluster" in result.stderr and not result.stdout
    found = grants(policy({"c": definition(services=services)}, "--scope", "cluster"))
    assert found["ecs:UpdateService"] == {"arn:aws:ecs:eu-central-1:*:service/c/*"}
    clusters = {f"cluster-with-a-name-{i:03}": definition(autoscale_group=f"group-{i}") for i in range(60)}
    (result,) = [policy(clusters, "--scope", "cluster", code=1)]
    assert "--scope region" in result.stderr
    found = grants(policy(clusters, "--scope", "region"))
    assert found["ecs:UpdateService"] == {"arn:aws:ecs:eu-central-1:*:service/*"}
    assert found["autoscaling:SetDesiredCapacity"] == {
        "arn:aws:autoscaling:eu-central-1:*:autoScalingGroup:*:autoScalingGroupName/*"}
    assert found["ecs:ListServices"] == {"in arn:aws:ecs:eu-central-1:*:cluster/*"}


def test_the_limit_itself(policy):
    """White space does not count: 10,240 characters pass, one more does not."""
    def of(spare, count):
        names = ["x" * 20 + "y" * (spare if i == 0 else 0) + f"{i:03}" for i in range(count)]
        return {"c": definition(autoscale_group=None, services={name: service() for name in names})}

    def characters(content):
        return len(json.dumps(json.loads(policy(content).stdout), separators=(",", ":")))
    more, spare = divmod(10240 - characters(of(0, 2)), characters(of(0, 3)) - characters(of(0, 2)))
    assert characters(of(spare, 2 + more)) == 10240
    assert "have 10241 characters" in policy(of(spare + 1, 2 + more), code=1).stderr


def test_wrong_use(policy):
    content = {"c": definition()}
    assert "12 digits" in policy(content, "--account", "12345", code=2).stderr
    assert "64 letters" in policy(content, "--name", "a b", code=2).stderr
    assert "no region" in policy(content, "--region", "EU_1", code=1).stderr
    no_region = policy(content, code=1, env={"AWS_REGION": ""})
    assert "cluster 'c' has no region: give --region" in no_region.stderr
    broken = policy({"c": {**definition(), "evnts": 1, "min": "x"}}, code=1)
    assert "no policy for definitions with errors" in broken.stderr and not broken.stdout
