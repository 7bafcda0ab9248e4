"""One cluster's trouble stays its own, and nothing is scaled in on what could not be read."""
import pytest

from world import scaled_service


def error(code, status=400):
    return {"error": {"code": code, "status": status}}


# How the cluster in the middle is broken: a rule for its requests, or a change of its definition.
TROUBLE = {
    "throttled for good": {"operation": "DescribeServices", **error("ThrottlingException")},
    "server errors": {"operation": "DescribeServices", **error("ServerException", 500)},
    "bare 503": {"operation": "DescribeServices", "status": 503, "body": ""},
    "access denied": {"operation": "DescribeServices", **error("AccessDeniedException")},
    "HTML": {"operation": "DescribeServices", "status": 200, "body": "<html><body>captive portal</body></html>"},
    "not JSON": {"operation": "DescribeServices", "status": 200, "body": '{"services": ['},
    "wrong types": {"operation": "DescribeServices", "status": 200,
                    "body": '{"services": [{"serviceName": "worker", "desiredCount": "many"}]}'},
    "somebody else's answer": {"operation": "DescribeServices", "status": 200,
                               "body": '{"services": [{"serviceName": "other", "desiredCount": 1, "runningCount": 1}]}'},
    "an empty answer": {"operation": "DescribeServices", "status": 200, "body": "{}"},
    "cut off": {"operation": "DescribeServices", "truncate": 40},
    "hung up": {"operation": "DescribeServices", "drop": "before"},
    "instances unlisted": {"operation": "ListContainerInstances", **error("ServerException", 500)},
    "instances undescribed": {"operation": "DescribeContainerInstances", "drop": "before"},
    "no instances": {"operation": "DescribeContainerInstances", "status": 200,
                     "body": '{"containerInstances": [], "failures": []}'},
    "instances of wrong types": {"operation": "DescribeContainerInstances", "status": 200,
                                 "body": '{"containerInstances": [{"ec2InstanceId": 7, "status": null}]}'},
    "a token loop": {"operation": "ListContainerInstances", "status": 200,
                     "body": '{"containerInstanceArns": [], "nextToken": "again"}'},
    "no task definition": {"operation": "DescribeTaskDefinition", **error("ClientException")},
}


@pytest.fixture
def three(make_cluster, metrics):
    """Each wants one service out, one in, and could do with one instance less afterwards."""
    clusters = [make_cluster(min=1, max=4, desired=2) for _ in range(3)]
    for cluster in clusters:
        scaled_service(metrics, cluster, "worker", 9)
        scaled_service(metrics, cluster, "idle", 1, desired=3)
        for instance in cluster.group_instances():
            cluster.fill(instance, 700, 1400)
    return clusters


def is_as_planned(cluster):
    return (cluster.services() == {"worker": 2, "idle": 2}
            and sorted(cluster.instances().values()) == ["ACTIVE", "DRAINING"])


@pytest.mark.parametrize("kind", TROUBLE)
def test_trouble_with_one_cluster(kind, three, aws, autoscale):
    left, broken, right = three
    aws.rule(contains=broken.name, **TROUBLE[kind])
    result = autoscale(*three, args=["--deadline", "20s"], code=1)
    assert is_as_planned(left) and is_as_planned(right), result.text
    assert set(broken.instances().values()) == {"ACTIVE"}
    assert broken.capacity()[1] >= 2
    assert broken.name in result.text


@pytest.mark.parametrize("text,word", [
    ("autoscale_group: [", ""), ("services: {}\n", "autoscale_group"), ("autoscale_group: %(NOT_SET)\n", "NOT_SET"),
    ("autoscale_group: g\nmni: 3\n", "mni"), ("\xff\xfe", ""), ("", ""), ("a: &a [*a, *a]\n", ""),
    ("autoscale_group: g\nservices: {s: {min: 3, max: 1}}\n", "min"),
    ("autoscale_group: g\nservices: {s: {min: 1, max: 3, events: [{metric: nothing, action: 1}]}}\n", "nothing"),
    ("autoscale_group: g\nservices: {s: {min: 1, max: 3, events: [{metric: 1 +, action: 1}]}}\n", "metric")])
def test_a_bad_file(text, word, three, autoscale):
    left, broken, right = three
    broken.write = lambda folder: (folder / f"{broken.name}.yml").write_bytes(text.encode("latin-1"))
    before = broken.state()
    result = autoscale(*three, code=1)
    assert is_as_planned(left) and is_as_planned(right), result.text
    assert broken.state() == before
    assert f"{broken.name}.yml" in result.text and word in result.text


def test_both_endings_of_one_name(three, autoscale):
    left, twice, right = three
    autoscale.folder.mkdir(exist_ok=True)
    for cluster in three:
        cluster.write(autoscale.folder)
    (autoscale.folder / f"{twice.name}.yaml").write_text("autoscale_group: null\n")
    result = autoscale(write=False, code=1)
    assert is_as_planned(left) and is_as_planned(right)
    assert twice.services() == {"worker": 1, "idle": 3}


@pytest.mark.parametrize("operation", ["UpdateService", "UpdateContainerInstancesState"])
def test_a_change_that_is_refused(operation, three, aws, autoscale):
    """Told, and the other changes are made."""
    left, broken, right = three
    aws.rule(operation=operation, contains=broken.name, error={"code": "AccessDeniedException"})
    result = autoscale(*three, code=1)
    assert "fail" in result.text, result.text
    assert is_as_planned(left) and is_as_planned(right)
    if operation == "UpdateService":
        assert sorted(broken.instances().values()) == ["ACTIVE", "DRAINING"]
    else:
        assert broken.services() == {"worker": 2, "idle": 2}


def test_a_broken_group_call_holds_all_groups_of_the_region(three, aws, autoscale):
    """It is one call for all of them; services go on."""
    aws.rule(operation="DescribeAutoScalingGroups", status=200, body="<DescribeAutoScalingGroupsResponse>")
    result = autoscale(*three, code=1)
    for cluster in three:
        assert set(cluster.instances().values()) == {"ACTIVE"} and cluster.capacity() == (1, 2, 4)


def test_throttled_twice_then_well(three, aws, autoscale):
    for operation in ("DescribeServices", "UpdateService", "DescribeAutoScalingGroups"):
        aws.rule(operation=operation, times=1, **error("ThrottlingException" if "Service" in operation else "Throttling"))
    result = autoscale(*three)
    assert all(is_as_planned(cluster) for cluster in three)


def test_a_lost_answer_to_a_change(three, aws, autoscale):
    """AWS did it, the answer never came: repeating it is harmless for a desired count."""
    aws.rule(operation="UpdateService", times=1, drop="after")
    result = autoscale(*three)
    assert all(is_as_planned(cluster) for cluster in three)


def test_a_lost_answer_to_a_termination_is_not_repeated(make_cluster, aws, autoscale):
    cluster = make_cluster(min=0, max=4, desired=3)
    drained, *others = cluster.group_instances()
    for instance in others:
        cluster.fill(instance, 100, 100)
    cluster.set_instance(drained, status="DRAINING", running_tasks_count=0)
    aws.rule(operation="TerminateInstanceInAutoScalingGroup", times=1, drop="after")
    result = autoscale(cluster, code=1)
    assert [call.operation for call in result.mutations] == ["TerminateInstanceInAutoScalingGroup"]
    assert cluster.capacity() == (0, 2, 4)
    assert autoscale(cluster).mutations == []


def test_no_scale_in_of_services_on_what_failed(make_cluster, aws, metrics, autoscale):
    """CloudWatch does not answer: services that follow it stay, others go on."""
    cluster = make_cluster()
    source = cluster.put_metric("CPUUtilization", 1, service="held")
    cluster.service("held", desired=3, sources={"cloudwatch": [source]},
                    events=[{"metric": "CPUUtilization", "action": -1, "max": 3}])
    scaled_service(metrics, cluster, "free", 1, desired=3)
    aws.rule(operation="GetMetricData", error={"code": "InternalFailure", "status": 500})
    result = autoscale(cluster, code=1)
    assert cluster.services() == {"held": 3, "free": 2}, result.text


def test_partial_data_is_not_complete(make_cluster, aws, autoscale):
    cluster = make_cluster()
    source = cluster.put_metric("CPUUtilization", 1, service="worker")
    cluster.service("worker", desired=3, sources={"cloudwatch": [source]},
                    events=[{"metric": "CPUUtilization", "action": -1, "max": 3}])
    answer = ("<GetMetricDataResponse><GetMetricDataResult><MetricDataResults><member><Id>m0</Id><StatusCode>"
              "InternalError</StatusCode><Timestamps/><Values/></member></MetricDataResults></GetMetricDataResult>"
              "</GetMetricDataResponse>")
    aws.rule(operation="GetMetricData", status=200, body=answer, headers={"Content-Type": "text/xml"})
    result = autoscale(cluster, code=1)
    assert result.mutations == [], result.text
