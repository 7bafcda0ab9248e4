"""Random worlds, pass after pass: what must never happen does not, and quiet worlds come to rest.

A failure names its seed: pytest … --seed N plays that one alone (more of them: --seeds COUNT)."""
import json
import random

import pytest

import iam_evaluator
from world import http_source, launch_foreign, up_and_down

FAULTS = (
    {"operation": "DescribeServices", "status": 500, "body": ""},
    {"operation": "DescribeContainerInstances", "drop": "before"},
    {"operation": "DescribeAutoScalingGroups", "status": 200, "body": "<nonsense"},
    {"operation": "ListContainerInstances", "status": 200, "body": '{"containerInstanceArns": []}'},
    {"operation": "DescribeTaskDefinition", "error": {"code": "AccessDeniedException"}},
    {"operation": "UpdateService", "error": {"code": "ServerException", "status": 500}},
    {"operation": "SetDesiredCapacity", "drop": "after"},
    {"operation": "TerminateInstanceInAutoScalingGroup", "drop": "after"},
    {"operation": "UpdateContainerInstancesState", "drop": "after"},
)
SIZES = ((128, 256), (256, 512), (512, 512), (600, 300), (1024, 2048))


class World:
    def __init__(self, seed, make_cluster, metrics, aws):
        self.random = random.Random(seed)
        self.metrics, self.aws = metrics, aws
        low = self.random.randint(0, 2)
        high = low + self.random.randint(0, 4)
        desired = self.random.randint(low, high)
        self.cluster = make_cluster(min=low, max=high, desired=desired)
        self.cluster.control("join", group=self.cluster.group, cluster=self.cluster.name, cpu=1024, mem=2048)
        self.cluster.control("schedule", cluster=self.cluster.name)
        self.foreign = launch_foreign(aws, 1) if self.random.random() < 0.3 else []
        self.cluster.register(self.foreign)
        definition = self.cluster.definition
        if self.random.random() < 0.5:
            definition["cpu_buffer"] = self.random.choice((0, 128, 512))
            definition["mem_buffer"] = self.random.choice((0, 256))
        if self.random.random() < 0.3:
            definition["min"] = self.random.randint(0, high)
        self.bounds = {}
        for number in range(self.random.randint(1, 4)):
            self.add_service(f"service-{number}")
        if self.random.random() < 0.3:
            self.cluster.service("daemon", cpu=64, mem=64, schedulingStrategy="DAEMON")

    def add_service(self, name):
        cpu, mem = self.random.choice(SIZES)
        low = self.random.randint(0, 2)
        high = low + self.random.randint(0, 4)
        fargate = {"launchType": "FARGATE"} if self.random.random() < 0.15 else {}
        self.cluster.service(name, desired=self.random.randint(0, 5), cpu=cpu, mem=mem, min=low, max=high,
                             sources=http_source(self.metrics, self.cluster, f"{name}-load", 4),
                             events=up_and_down(f"{name}-load"), **fargate)
        self.bounds[name] = low, high

    def new_metrics(self):
        for name in self.bounds:
            value = self.random.choice((1, 4, 9, 9, None if self.random.random() < 0.2 else 4))
            self.metrics.set(f"/{self.cluster.name}/{name}-load", {"value": value},
                             status=500 if self.random.random() < 0.05 else 200)

    def disturb(self):
        """What happens at AWS without us."""
        members = self.cluster.group_instances()
        if members and self.random.random() < 0.2:
            self.cluster.control("set_group_instance", instance=self.random.choice(members),
                                 protected_from_scale_in=self.random.random() < 0.5)
        self.aws.control("clear_rules")
        if self.random.random() < 0.3:
            self.aws.rule(**self.random.choice(FAULTS))

    def tasks(self):
        """{EC2 id: (status, tasks)} of the container instances."""
        arns = self.cluster.ecs.list_container_instances(cluster=self.cluster.name)["containerInstanceArns"]
        if not arns:
            return {}
        answer = self.cluster.ecs.describe_container_instances(cluster=self.cluster.name, containerInstances=arns)
        return {row["ec2InstanceId"]: (row["status"], row["runningTasksCount"])
                for row in answer["containerInstances"]}

    def waiting(self):
        """Services with tasks that have no room."""
        answer = self.cluster.ecs.describe_services(cluster=self.cluster.name, services=list(self.bounds))
        return [row["serviceName"] for row in answer["services"] if row["runningCount"] < row["desiredCount"]]

    def step(self, autoscale):
        """One pass, and what has to hold whatever happened."""
        instances, members = self.tasks(), self.cluster.group_instances()
        low, desired, high = self.cluster.capacity()
        services = self.cluster.services()
        result = autoscale(self.cluster, code=None)
        assert result.code in (0, 1)
        after = self.tasks()
        new_low, new_desired, new_high = self.cluster.capacity()
        assert new_low <= new_desired <= new_high
        assert new_desired <= max(desired, new_low) + 1, "more than one instance at a time"
        for gone in set(instances) - set(after):
            assert instances[gone] == ("DRAINING", 0) and gone in members, f"{gone} was {instances[gone]}"
        drained = [one for one in after
                   if after[one][0] == "DRAINING" and instances.get(one, after[one])[0] != "DRAINING"]
        assert len(drained) <= 1
        if drained:
            active = [one for one in self.cluster.group_instances() if after.get(one, ("",))[0] == "ACTIVE"]
            assert len(active) >= new_low, "drained below min"
            assert drained[0] not in self.foreign
            assert new_desired <= desired, "drained and grew in one pass"
        for one in self.foreign:
            assert after[one][0] == "ACTIVE"
        for name, count in self.cluster.services().items():
            if name in self.bounds and count != services[name]:
                floor, ceiling = self.bounds[name]
                assert floor <= count <= ceiling
        return result


def assert_allowed(policy, calls, cluster):
    """The policy of `ecs-autoscale policy` would have let every one of these requests through."""
    group = f"arn:aws:autoscaling:{cluster.region}:123456789012:autoScalingGroup:x:autoScalingGroupName/{cluster.group}"
    for call in calls:
        refused = iam_evaluator.refused([policy], call.service, call.operation, call.params, call.region,
                                        "123456789012", lambda params: group)
        assert refused is None, f"{call.operation} on {refused}"


def pytest_generate_tests(metafunc):
    if "seed" in metafunc.fixturenames:
        single = metafunc.config.getoption("--seed")
        seeds = [single] if single is not None else range(metafunc.config.getoption("--seeds"))
        metafunc.parametrize("seed", seeds)


def test_invariants(seed, make_cluster, metrics, aws, autoscale, run_program, tested):
    world = World(seed, make_cluster, metrics, aws)
    mark = aws.mark()
    for _ in range(6):
        world.new_metrics()
        world.disturb()
        world.step(autoscale)
    policy = run_program(["policy", "--definitions", autoscale.folder, "--region", world.cluster.region], binary=tested)
    assert_allowed(json.loads(policy.stdout), aws.calls(mark), world.cluster)


def test_quiet_worlds_come_to_rest(seed, make_cluster, metrics, aws, autoscale):
    world = World(seed + 1_000_000, make_cluster, metrics, aws)
    for name in world.bounds:
        metrics.set(f"/{world.cluster.name}/{name}-load", {"value": world.random.choice((1, 4, 9))})
    seen = []
    for _ in range(25):
        result = world.step(autoscale)
        seen.append(sorted(call.operation for call in result.mutations))
        if not result.mutations:
            break
    else:
        pytest.fail(f"never at rest: {seen}")
    waiting = world.waiting()
    _, desired, high = world.cluster.capacity()
    assert not waiting or desired == high, f"{waiting} wait for room, and the group does not grow"
