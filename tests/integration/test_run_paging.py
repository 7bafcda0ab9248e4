"""Large accounts: every list is read to its end, in as few calls as the APIs allow."""
import collections
import math

from world import make_group, scaled_service, up_and_down


def counted(result):
    return collections.Counter(result.operations)


def test_steady_state_calls(make_cluster, metrics, autoscale):
    """ceil(S/10) + 2 · ceil(I/100) for S services and I instances, one for the group, one for the
    statistics, and nothing else."""
    cluster = make_cluster(min=130, max=140, desired=130)
    for number in range(25):
        name = f"service-{number:02}"
        source = cluster.put_metric("CPUUtilization", 4, service=name)
        cluster.service(name, sources={"cloudwatch": [source]}, events=up_and_down("CPUUtilization"))
    result = autoscale(cluster)
    assert result.mutations == [], result.text
    assert counted(result) == {
        "DescribeServices": math.ceil(25 / 10), "ListContainerInstances": math.ceil(130 / 100),
        "DescribeContainerInstances": math.ceil(130 / 100), "DescribeAutoScalingGroups": 1, "GetMetricData": 1}


def test_instances_and_services_beyond_the_first_page(make_cluster, metrics, autoscale):
    """What is on the last page counts: the only room, the only drained instance, the last service."""
    cluster = make_cluster(min=1, max=140, desired=130)
    arns = cluster.ecs.get_paginator("list_container_instances").paginate(cluster=cluster.name)
    *others, last = [arn for page in arns for arn in page["containerInstanceArns"]]
    for arn in others:
        cluster.fill(arn, 0, 0)
    cluster.set_instance(last, status="DRAINING", running_tasks_count=0)
    for number in range(25):
        scaled_service(metrics, cluster, f"service-{number:02}", 9 if number == 24 else 4)
    result = autoscale(cluster)
    desired = cluster.services()
    assert [name for name in desired if desired[name] == 2] == ["service-24"]
    # One terminated with a decrement, one more for the task that has no room.
    assert cluster.capacity()[1] == 130
    assert {call.operation for call in result.mutations} == {
        "TerminateInstanceInAutoScalingGroup", "SetDesiredCapacity", "UpdateService"}
    assert last not in cluster.ecs.list_container_instances(cluster=cluster.name)["containerInstanceArns"]


def test_groups_are_asked_for_by_fifty(make_cluster, metrics, autoscale):
    clusters = [make_cluster(min=0, max=1, desired=0) for _ in range(120)]
    scaled_service(metrics, clusters[-1], "worker", 9, desired=0, min=0)
    result = autoscale(*clusters)
    asked = [call.params for call in result.calls if call.operation == "DescribeAutoScalingGroups"]
    names = [value for params in asked for key, value in params.items() if "AutoScalingGroupNames" in key]
    assert len(asked) == 3
    assert sorted(names) == sorted(cluster.group for cluster in clusters)
    assert clusters[-1].services() == {"worker": 1}
    assert clusters[-1].capacity() == (0, 1, 1)


def test_statistics_are_asked_for_by_five_hundred(make_cluster, aws, autoscale):
    """520 statistics of one period: two calls; all of one page and every further page are read."""
    cluster = make_cluster(group=False)
    for service in range(26):
        source = cluster.put_metric("Load", 5, dimensions={"Cluster": cluster.name, "Service": f"s{service}"})
        source["statistics"] = [{"name": f"p{percent}", "alias": f"p{percent}"} for percent in range(50, 70)]
        total = " + ".join(f"p{percent}" for percent in range(50, 70))
        cluster.service(f"s{service}", sources={"cloudwatch": [source]},
                        events=[{"metric": total, "action": 1, "min": 100, "max": 100}])
    first = autoscale(cluster, args=["--dry-run"])
    assert counted(first)["GetMetricData"] == 2
    aws.control("set_knob", statistics_a_page=100)
    second = autoscale(cluster)
    assert counted(second)["GetMetricData"] == math.ceil(500 / 100) + 1
    assert set(cluster.services().values()) == {2}


def test_one_call_a_period_and_region(make_cluster, autoscale):
    clusters = [make_cluster(), make_cluster(region="us-west-2")]
    for cluster in clusters:
        cluster.definition["region"] = cluster.region
        for period in (60, 300):
            source = cluster.put_metric("Load", 9, dimensions={"Of": f"{cluster.name}-{period}"})
            source["period"] = period
            cluster.service(f"every-{period}", sources={"cloudwatch": [source]}, events=up_and_down("Load"))
    result = autoscale(*clusters)
    calls = collections.Counter((call.operation, call.region) for call in result.calls)
    for region in ("eu-central-1", "us-west-2"):
        assert calls["GetMetricData", region] == 2
        assert calls["DescribeAutoScalingGroups", region] == 1
        assert calls["DescribeServices", region] == 1
    assert [cluster.services()["every-300"] for cluster in clusters] == [2, 2]


def test_clusters_of_one_group_each_do_not_mix(make_cluster, aws, metrics, autoscale):
    """Groups that nobody asked for, on other pages, change nothing."""
    for number in range(60):
        make_group(aws, f"a-bystander-{number}")
    cluster = make_cluster()
    scaled_service(metrics, cluster, "worker", 9)
    result = autoscale(cluster)
    assert cluster.services() == {"worker": 2}, result.text
    assert counted(result)["DescribeAutoScalingGroups"] == 1
