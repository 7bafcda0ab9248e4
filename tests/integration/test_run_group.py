"""The group under the cluster: bounds, room, buffers, scale-out, draining, terminating."""
import pytest

from world import launch_foreign, scaled_service


@pytest.fixture
def two(make_cluster):
    """Two instances of 1024 CPU units and 2048 MiB in a group of 1 to 4. The first holds the smaller
    block, and it fits on the second."""
    cluster = make_cluster(min=1, max=4, desired=2)
    small, large = cluster.group_instances()
    cluster.fill(small, cpu_left=768, mem_left=1536)
    cluster.fill(large, cpu_left=512, mem_left=1024)
    cluster.small, cluster.large = small, large
    return cluster


# --- bounds -----------------------------------------------------------------------------------

@pytest.mark.parametrize("group,wanted,after", [
    ((1, 1, 4), (2, 6), (2, 2, 6)),
    ((1, 4, 4), (1, 3), (1, 3, 3)),
    ((1, 2, 4), (None, 5), (1, 2, 5)),
    ((1, 2, 4), (2, None), (2, 2, 4)),
    ((2, 2, 3), (0, 9), (0, 2, 9)),
    ((1, 2, 4), (1, 4), (1, 2, 4)),
])
def test_group_bounds_are_corrected(group, wanted, after, make_cluster, autoscale):
    low, desired, high = group
    cluster = make_cluster(min=low, desired=desired, max=high)
    for instance in cluster.group_instances():
        cluster.fill(instance, cpu_left=100, mem_left=100)  # nothing to drain
    cluster.definition.update({key: value for key, value in zip(("min", "max"), wanted) if value is not None})
    result = autoscale(cluster)
    assert cluster.capacity() == after
    assert len(result.mutations) == (0 if group == after else 1)


def test_max_zero_scales_nothing(make_cluster, metrics, autoscale):
    cluster = make_cluster(min=0, desired=0, max=0)
    scaled_service(metrics, cluster, "worker", 9, running=1)
    result = autoscale(cluster)
    assert result.mutations == []
    assert "max" in result.text


# --- room -------------------------------------------------------------------------------------

@pytest.mark.parametrize("buffer,desired", [
    ({"cpu_buffer": 512}, 1), ({"cpu_buffer": 513}, 2), ({"mem_buffer": 1024}, 1), ({"mem_buffer": 1025}, 2),
    ({"cpu_buffer": 512, "mem_buffer": 1024}, 1), ({}, 1)])
def test_buffers_are_kept_free(buffer, desired, make_cluster, autoscale):
    cluster = make_cluster(min=1, max=2, desired=1)
    cluster.fill(cluster.group_instances()[0], cpu_left=512, mem_left=1024)
    cluster.definition.update(buffer)
    result = autoscale(cluster)
    assert cluster.capacity()[1] == desired


@pytest.mark.parametrize("left,desired", [((256, 512), 1), ((255, 512), 2), ((256, 511), 2)])
def test_scale_out_when_there_is_no_room(left, desired, make_cluster, metrics, autoscale):
    """An exact fit fits."""
    cluster = make_cluster(min=1, max=2, desired=1)
    cluster.fill(cluster.group_instances()[0], *left)
    scaled_service(metrics, cluster, "worker", 9, cpu=256, mem=512)
    result = autoscale(cluster)
    assert cluster.capacity()[1] == desired
    assert cluster.services() == {"worker": 2}


def test_no_room_at_max(make_cluster, metrics, autoscale):
    cluster = make_cluster(min=1, max=1, desired=1)
    cluster.fill(cluster.group_instances()[0], 100, 100)
    scaled_service(metrics, cluster, "worker", 9)
    result = autoscale(cluster)
    assert cluster.capacity() == (1, 1, 1) and cluster.services() == {"worker": 2}
    assert [call.operation for call in result.mutations] == ["UpdateService"]
    assert "max" in result.text


def test_an_arriving_instance_is_waited_for(make_cluster, metrics, autoscale):
    """Desired is 2, one has joined: the other one is on its way, and has room."""
    cluster = make_cluster(min=1, max=4, desired=1)
    cluster.fill(cluster.group_instances()[0], 100, 100)
    scaled_service(metrics, cluster, "worker", 9, cpu=512, mem=512)
    autoscale(cluster)
    assert cluster.capacity()[1] == 2 and len(cluster.instances()) == 1
    cluster.set_service("worker", running_count=1, pending_count=0)
    again = autoscale(cluster)
    assert again.mutations == [], again.text
    assert cluster.capacity()[1] == 2


def test_an_arriving_instance_is_not_room_for_everything(make_cluster, autoscale):
    cluster = make_cluster(min=1, max=4, desired=1)
    cluster.fill(cluster.group_instances()[0], 100, 100)
    cluster.service("worker", desired=3, running=0, cpu=512, mem=512)
    autoscale(cluster)
    assert cluster.capacity()[1] == 2
    autoscale(cluster)
    assert cluster.capacity()[1] == 3  # two of three fit on the one that arrives
    assert autoscale(cluster).mutations == []


def test_a_group_without_a_registered_instance(make_cluster, autoscale):
    cluster = make_cluster(min=0, max=2, desired=0, register=False)
    cluster.service("worker", desired=1, running=0)
    autoscale(cluster)
    assert cluster.capacity()[1] == 1
    assert autoscale(cluster).mutations == []  # of unknown size, and taken to be enough


@pytest.mark.parametrize("trouble", [{"status": "DRAINING", "running_tasks_count": 1}, {"agent_connected": False}])
def test_unusable_instances_are_no_room(trouble, make_cluster, autoscale):
    cluster = make_cluster(min=1, max=3, desired=2)
    first, second = cluster.group_instances()
    cluster.fill(first, 100, 100)
    cluster.set_instance(second, **trouble)
    cluster.service("worker", desired=1, running=0)
    autoscale(cluster)
    assert cluster.capacity()[1] == 3


@pytest.mark.parametrize("definition,size", [
    ({"task": {"cpu": "512", "memory": "1024"}}, (512, 1024)),
    ({"container": {"cpu": 100, "memory": 900, "memoryReservation": 300}}, (100, 300)),
    ({"container": {"cpu": 100, "memory": None, "memoryReservation": 300}}, (100, 300)),
])
def test_size_of_a_task(definition, size, make_cluster, autoscale):
    for short, desired in ((0, 1), (1, 2)):
        cluster = make_cluster(min=1, max=2, desired=1)
        cluster.fill(cluster.group_instances()[0], size[0], size[1] - short)
        cluster.service("worker", running=0, task_definition=cluster.task_definition(**definition))
        autoscale(cluster)
        assert cluster.capacity()[1] == desired


def test_fargate_and_daemon_tasks_need_no_room(make_cluster, autoscale):
    cluster = make_cluster(min=1, max=2, desired=1)
    cluster.fill(cluster.group_instances()[0], 0, 0)
    cluster.service("fargate", desired=2, running=0, launchType="FARGATE")
    cluster.service("daemon", desired=1, running=0, schedulingStrategy="DAEMON")
    result = autoscale(cluster)
    assert result.mutations == []


# --- scale-in ---------------------------------------------------------------------------------

def test_drain_and_terminate(two, autoscale):
    result = autoscale(two)
    assert two.instances() == {two.small: "DRAINING", two.large: "ACTIVE"}
    assert two.capacity() == (1, 2, 4)
    assert [call.operation for call in result.mutations] == ["UpdateContainerInstancesState"]

    waiting = autoscale(two)  # its task has not moved yet
    assert waiting.mutations == [], waiting.text

    two.set_instance(two.small, running_tasks_count=0, pending_tasks_count=0)
    result = autoscale(two)
    assert two.instances() == {two.large: "ACTIVE"} and two.capacity() == (1, 1, 4)
    assert [call.operation for call in result.mutations] == ["TerminateInstanceInAutoScalingGroup"]


def test_terminate_at_min_lets_the_group_replace_it(two, autoscale):
    two.set_instance(two.small, status="DRAINING", running_tasks_count=0)
    two.control("set_group", group=two.group, min_size=2)
    result = autoscale(two)
    assert two.capacity() == (2, 2, 4)
    assert two.small not in two.group_instances() and len(two.group_instances()) == 2


def test_a_draining_instance_counts_as_gone(two, autoscale):
    """desired − draining > min: with one draining already, nothing more is drained."""
    two.set_instance(two.small, status="DRAINING")
    two.set_instance(two.large, cpu_left=1024, mem_left=2048, running_tasks_count=0)
    assert autoscale(two).mutations == []


@pytest.mark.parametrize("why", ["min", "arriving", "missing metric", "failed metric", "buffer", "demand"])
def test_nothing_is_drained(why, two, make_cluster, metrics, autoscale):
    if why == "min":
        two.definition["min"] = 2
        two.control("set_group", group=two.group, min_size=2)
    elif why == "arriving":
        two.autoscaling.set_desired_capacity(AutoScalingGroupName=two.group, DesiredCapacity=3)
    elif why in ("missing metric", "failed metric"):
        scaled_service(metrics, two, "worker", None if why == "missing metric" else 4, desired=2)
        if why == "failed metric":
            metrics.set(f"/{two.name}/worker_load", "down", status=503)
    elif why == "buffer":
        two.definition["cpu_buffer"] = 300
    else:
        two.service("worker", desired=2, running=1, cpu=400, mem=100)
    before = two.state()
    result = autoscale(two, code=1 if why == "failed metric" else 0)
    assert result.mutations == [], result.text
    assert two.state() == before


def test_protected_instances_are_not_drained(two, autoscale):
    two.control("set_group_instance", instance=two.small, protected_from_scale_in=True)
    autoscale(two)
    # The larger block fits on the protected one: that one goes.
    assert two.instances() == {two.small: "ACTIVE", two.large: "DRAINING"}


def test_all_protected(two, autoscale):
    for instance in (two.small, two.large):
        two.control("set_group_instance", instance=instance, protected_from_scale_in=True)
    assert autoscale(two).mutations == []


@pytest.mark.parametrize("status", ["ACTIVE", "DRAINING"])
def test_foreign_instances_are_not_touched(status, two, aws, autoscale):
    foreign, = launch_foreign(aws)
    two.register([foreign])
    two.set_instance(foreign, status=status, cpu_left=0, mem_left=0 if status == "ACTIVE" else 2048,
                     running_tasks_count=0)
    for _ in range(2):
        autoscale(two)
    assert two.instances()[foreign] == status
    state, = aws.client("ec2").describe_instances(InstanceIds=[foreign])["Reservations"][0]["Instances"]
    assert state["State"]["Name"] == "running"


@pytest.mark.parametrize("lifecycle", ["Pending:Wait", "Terminating:Wait", "Standby"])
def test_instances_not_in_service_are_not_drained(lifecycle, two, autoscale):
    two.control("set_group_instance", instance=two.small, lifecycle_state=lifecycle)
    autoscale(two)
    assert two.instances()[two.small] == "ACTIVE"


# --- the second look before what cannot be undone -----------------------------------------------

def second_look(aws, cluster, change, skip=1):
    """The world changes between what the decision saw and the look right before acting."""
    aws.rule(operation="DescribeContainerInstances", contains=cluster.name, after=skip, times=1, do=[change])


@pytest.mark.parametrize("change", [{"running_tasks_count": 1}, {"pending_tasks_count": 1}, {"status": "ACTIVE"}])
def test_termination_is_dropped_when_things_changed(change, two, aws, autoscale):
    two.set_instance(two.small, status="DRAINING", running_tasks_count=0)
    second_look(aws, two, ["set_instance", {"region": two.region, "cluster": two.name, "instance": two.small, **change}])
    result = autoscale(two)
    assert two.small in two.group_instances()
    assert "TerminateInstanceInAutoScalingGroup" not in [call.operation for call in result.mutations]
    assert "dropped" in result.text


def test_termination_waits_for_stopping_tasks(two, autoscale):
    """runningCount leaves out tasks that are stopping."""
    arns = {row["ec2InstanceId"]: row["containerInstanceArn"] for row in two.ecs.describe_container_instances(
        cluster=two.name, containerInstances=two.ecs.list_container_instances(cluster=two.name)["containerInstanceArns"],
    )["containerInstances"]}
    task = two.ecs.start_task(cluster=two.name, taskDefinition=two.task_definition(),
                              containerInstances=[arns[two.small]])["tasks"][0]["taskArn"]
    two.control("set_task", cluster=two.name, task=task, desired_status="STOPPED", last_status="STOPPING")
    two.set_instance(two.small, status="DRAINING", running_tasks_count=0)
    result = autoscale(two)
    assert result.mutations == [] and two.small in two.group_instances(), result.text
    two.control("set_task", cluster=two.name, task=task, desired_status="STOPPED", last_status="STOPPED")
    autoscale(two)
    assert two.small not in two.group_instances()


@pytest.mark.parametrize("change", [{"status": "DRAINING"}, {"cpu_left": 100, "mem_left": 100}])
def test_draining_is_dropped_when_things_changed(change, two, aws, autoscale):
    second_look(aws, two, ["set_instance", {"region": two.region, "cluster": two.name, "instance": two.small, **change}])
    result = autoscale(two)
    assert result.mutations == [], result.text
    assert "dropped" in result.text


def test_nothing_is_undone_when_the_second_look_fails(two, aws, autoscale):
    two.set_instance(two.small, status="DRAINING", running_tasks_count=0)
    aws.rule(operation="DescribeContainerInstances", after=1, error={"code": "AccessDeniedException"})
    result = autoscale(two, code=1)
    assert result.mutations == [], result.text


# --- who owns the group -------------------------------------------------------------------------

@pytest.mark.parametrize("status", ["ENABLED", "DISABLED"])
def test_managed_scaling_owns_its_group(status, two, metrics, autoscale):
    group = two.group_facts()["AutoScalingGroupARN"]
    two.ecs.create_capacity_provider(name=f"{two.name}-provider", autoScalingGroupProvider={
        "autoScalingGroupArn": group, "managedScaling": {"status": status}})
    for instance in (two.small, two.large):
        two.set_instance(instance, capacity_provider_name=f"{two.name}-provider")
    scaled_service(metrics, two, "worker", 9, cpu=1024, mem=2048)
    two.definition["max"] = 6
    result = autoscale(two)
    assert two.services() == {"worker": 2}
    assert two.capacity() == ((1, 2, 4) if status == "ENABLED" else (1, 3, 6))


def test_without_a_group_only_services_are_scaled(make_cluster, metrics, autoscale):
    cluster = make_cluster(group=False)
    scaled_service(metrics, cluster, "worker", 9, launchType="FARGATE")
    result = autoscale(cluster)
    assert cluster.services() == {"worker": 2}
    assert sorted(result.operations) == ["DescribeServices", "UpdateService"]
