"""The policy of `ecs-autoscale policy`, with IAM's enforcement on: passes under a role that has it succeed, and fail for
each action taken away, with that permission named. So it is sufficient, and not more."""
import copy
import json
import re

import pytest

import iam_evaluator
from world import http_source, make_group, scaled_service, up_and_down

ACCOUNT = "123456789012"
TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}]}


@pytest.fixture
def policy_of(run_program, tested, tmp_path):
    """The policy for definitions, as a document."""
    def policy(*clusters, args=()):
        folder = tmp_path / "policy" / clusters[0].name
        for cluster in clusters:
            cluster.write(folder)
        result = run_program(["policy", "--definitions", folder, "--account", ACCOUNT, *args], binary=tested,
                             env={"AWS_REGION": clusters[0].region})
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)
    return policy


@pytest.fixture
def run_as(aws, autoscale):
    """A pass as a session of a role that may do what the document says, and nothing else."""
    def run(document, *clusters, **options):
        iam, role = aws.client("iam"), f"role-of-{clusters[0].name}"
        try:
            iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(TRUST))
        except iam.exceptions.EntityAlreadyExistsException:
            pass
        iam.put_role_policy(RoleName=role, PolicyName="scaling", PolicyDocument=json.dumps(document))
        keys = aws.client("sts").assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{role}",
                                             RoleSessionName="pass")["Credentials"]
        aws.control("enforce_iam", on=True)
        try:
            return autoscale(*clusters, env={
                "AWS_ACCESS_KEY_ID": keys["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
                "AWS_SESSION_TOKEN": keys["SessionToken"]}, **options)
        finally:
            aws.control("enforce_iam", on=False)
    return run


def growing(make_cluster, metrics):
    """Bounds to correct, no room, a service to scale out, by CloudWatch, and one to scale in."""
    cluster = make_cluster(min=1, max=2, desired=1)
    cluster.fill(cluster.group_instances()[0], 100, 100)
    cluster.definition.update(min=1, max=4)
    source = cluster.put_metric("CPUUtilization", 90, "worker")
    cluster.service("worker", sources={"cloudwatch": [source]}, events=up_and_down("CPUUtilization"))
    scaled_service(metrics, cluster, "idle", 0, desired=2)
    return cluster


def shrinking(make_cluster, metrics):
    """A drained instance to terminate; of two others one to drain, which only fits elsewhere without its DAEMON task;
    both come from a capacity provider that leaves the group alone."""
    cluster = make_cluster(min=1, max=4, desired=3)
    drained, small, large = cluster.group_instances()
    arns = cluster.ecs.list_container_instances(cluster=cluster.name)["containerInstanceArns"]
    arn = next(row["containerInstanceArn"] for row in cluster.ecs.describe_container_instances(
        cluster=cluster.name, containerInstances=arns)["containerInstances"] if row["ec2InstanceId"] == drained)
    task = cluster.ecs.start_task(cluster=cluster.name, taskDefinition=cluster.task_definition(),
                                  containerInstances=[arn])["tasks"][0]["taskArn"]
    cluster.control("set_task", cluster=cluster.name, task=task, desired_status="STOPPED", last_status="STOPPED")
    cluster.set_instance(drained, status="DRAINING", cpu_left=cluster.cpu, mem_left=cluster.mem, running_tasks_count=0,
                         pending_tasks_count=0)
    cluster.fill(small, cpu_left=768, mem_left=1536)
    cluster.fill(large, cpu_left=200, mem_left=500)
    cluster.service("daemon", cpu=64, mem=64, schedulingStrategy="DAEMON")
    del cluster.definition["services"]["daemon"]  # no definition names it
    cluster.service("worker", sources=http_source(metrics, cluster, "load", 4), events=up_and_down("load"))
    cluster.ecs.create_capacity_provider(name=f"{cluster.name}-provider", autoScalingGroupProvider={
        "autoScalingGroupArn": cluster.group_facts()["AutoScalingGroupARN"], "managedScaling": {"status": "DISABLED"}})
    for instance in (small, large):
        cluster.set_instance(instance, capacity_provider_name=f"{cluster.name}-provider")
    return cluster


READING = {"autoscaling:DescribeAutoScalingGroups", "ecs:DescribeContainerInstances", "ecs:DescribeServices",
           "ecs:DescribeTaskDefinition", "ecs:ListContainerInstances"}
WORLDS = {
    growing: READING | {"autoscaling:SetDesiredCapacity", "autoscaling:UpdateAutoScalingGroup",
                        "cloudwatch:GetMetricData", "ecs:UpdateService"},
    shrinking: READING | {"autoscaling:TerminateInstanceInAutoScalingGroup", "ecs:DescribeCapacityProviders",
                          "ecs:DescribeTasks", "ecs:ListServices", "ecs:ListTasks",
                          "ecs:UpdateContainerInstancesState"},
}
EVERY = set().union(*WORLDS.values())


def actions(document):
    return {action for statement in document["Statement"] for action in statement["Action"]}


def without(document, action):
    document = copy.deepcopy(document)
    for statement in document["Statement"]:
        statement["Action"] = [one for one in statement["Action"] if one != action]
    document["Statement"] = [one for one in document["Statement"] if one["Action"]]
    return document


def called(result):
    return {iam_evaluator.action_of(call.service, call.operation) for call in result.calls}


def denied(result):
    return set(re.findall(r"add the permission '([^']+)'", result.text))


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.__name__)
def test_sufficient(world, make_cluster, metrics, policy_of, run_as):
    cluster = world(make_cluster, metrics)
    result = run_as(policy_of(cluster), cluster)
    assert called(result) == WORLDS[world]
    assert denied(result) == set()


def test_the_two_worlds_use_everything(make_cluster, metrics, policy_of):
    """One definition that leads to all of it."""
    assert actions(policy_of(growing(make_cluster, metrics))) == EVERY


@pytest.mark.parametrize("action", sorted(EVERY))
def test_not_more(action, make_cluster, metrics, policy_of, run_as):
    world = next(world for world in WORLDS if action in WORLDS[world])
    cluster = world(make_cluster, metrics)
    document = policy_of(cluster)
    assert action in actions(document)
    result = run_as(without(document, action), cluster, code=1)
    assert denied(result) == {action}, result.text
    names = [call.operation for call in result.calls if call.status not in (200, None)]
    assert set(names) == {action.partition(":")[2]}


def test_resources_are_the_cluster_s_own(make_cluster, metrics, policy_of, run_as):
    """Under one cluster's policy another one of the same make is as good as closed."""
    own, other = growing(make_cluster, metrics), growing(make_cluster, metrics)
    before = other.state()
    result = run_as(policy_of(own), own, other, code=1)
    assert other.state() == before
    assert own.services() == {"worker": 2, "idle": 1} and own.capacity() == (1, 2, 4)
    assert {"ecs:DescribeServices", "ecs:ListContainerInstances"} <= denied(result)


def test_only_what_is_named_is_changed(make_cluster, metrics, policy_of, run_as):
    """A service, and a group, that the definition does not name any more."""
    cluster = growing(make_cluster, metrics)
    document = policy_of(cluster)
    scaled_service(metrics, cluster, "newcomer", 9)
    result = run_as(document, cluster, code=1)
    assert cluster.services() == {"worker": 2, "idle": 1, "newcomer": 1}
    assert denied(result) == {"ecs:UpdateService"}
    assert f"service/{cluster.name}/newcomer" in result.text
    other = growing(make_cluster, metrics)
    cluster.definition["autoscale_group"] = other.group
    result = run_as(document, cluster, code=1)
    assert other.capacity() == (1, 1, 2)
    assert "autoscaling:UpdateAutoScalingGroup" in denied(result)


@pytest.mark.parametrize("scope", ["cluster", "region"])
def test_wider_scopes_suffice(scope, make_cluster, metrics, policy_of, run_as):
    cluster = growing(make_cluster, metrics)
    run_as(policy_of(cluster, args=("--scope", scope)), cluster)
    cluster = shrinking(make_cluster, metrics)
    run_as(policy_of(cluster, args=("--scope", scope)), cluster)


def test_a_group_with_hostile_letters(make_cluster, metrics, policy_of, run_as, aws):
    """What would be a wildcard in the policy is none: the group of that name, and no other one."""
    cluster = make_cluster(group=False)
    for name in (f"{cluster.name}-*", f"{cluster.name}-b"):
        make_group(aws, name, min=0, max=1, desired=0)
    cluster.definition.update(autoscale_group=f"{cluster.name}-*", max=2)
    document = policy_of(cluster)
    run_as(document, cluster)
    cluster.definition.update(autoscale_group=f"{cluster.name}-b")
    result = run_as(document, cluster, code=1)
    assert denied(result) == {"autoscaling:UpdateAutoScalingGroup"}


@pytest.mark.parametrize("pattern, value, expected", [
    ("ecs:Update*", "ecs:UpdateService", True), ("arn:a:*:c", "arn:a:x:y:c", True), ("a?c", "abc", True),
    ("a?c", "ac", False), ("a${*}", "ab", False), ("a${*}", "a*", True), ("a${$}{x}", "a${x}", True),
    ("a.c", "abc", False), ("*", "anything", True)])
def test_the_evaluator_s_patterns(pattern, value, expected):
    assert iam_evaluator.matches([pattern], value) == expected


def test_the_evaluator_s_rules():
    allow = {"Statement": [{"Effect": "Allow", "Action": ["ecs:ListServices"], "Resource": ["*"],
                            "Condition": {"ArnEquals": {"ecs:cluster": ["arn:1"]}}}]}
    deny = {"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    assert iam_evaluator.is_allowed([allow], "ecs:ListServices", "*", {"ecs:cluster": "arn:1"})
    assert not iam_evaluator.is_allowed([allow], "ecs:ListServices", "*", {"ecs:cluster": "arn:2"})
    assert not iam_evaluator.is_allowed([allow], "ecs:ListServices", "*", {})
    assert not iam_evaluator.is_allowed([allow], "ecs:ListTasks", "*", {"ecs:cluster": "arn:1"})
    assert not iam_evaluator.is_allowed([allow, deny], "ecs:ListServices", "*", {"ecs:cluster": "arn:1"})
