"""The simulated account on the wire: boto3 and the AWS CLI work against it as against AWS, its answers have the
shapes of botocore's models (every one is checked, see sim_server.py), and it takes hostile requests."""
import datetime
import json
import pathlib
import re
import signal
import socket
import subprocess
import sys
import urllib.parse

import botocore.exceptions
import botocore.model
import botocore.parsers
import pytest

import sim_server

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CLUSTER = "my_cluster"
GROUP = "EC2ContainerService-my_cluster-EcsInstanceAsg-AAAAA"
DEFINITION = (ROOT / "contrib/scenarios/clusters/my_cluster.yml").read_text()
DIMENSIONS = [{"Name": "ClusterName", "Value": CLUSTER}, {"Name": "ServiceName", "Value": "backend"}]


@pytest.fixture
def tested(request):
    """The sanitized program where it has been built, so that what these tests send is looked at by it."""
    path = ROOT / request.config.getoption("--sanitized")
    return path if path.exists() else request.getfixturevalue("program")


@pytest.fixture
def sim(tested, clean_env):
    with sim_server.SimServer(tested, clean_env(), "--speed", "0", "--latency", "0ms") as running:
        running.advance("10m")
        yield running


def instance_ids(sim):
    groups = sim.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    return [instance["InstanceId"] for instance in groups[0]["Instances"]]


def last_minutes(minutes):
    now = datetime.datetime.now(datetime.timezone.utc)
    return {"StartTime": now - datetime.timedelta(minutes=minutes), "EndTime": now}


def cpu_query(statistic="Average", **more):
    metric = {"Namespace": "AWS/ECS", "MetricName": "CPUUtilization", "Dimensions": DIMENSIONS}
    return {"Id": "cpu", "MetricStat": {"Metric": metric, "Period": 60, "Stat": statistic}, **more}


def test_ecs(sim):
    ecs = sim.client("ecs")
    arn = ecs.list_clusters()["clusterArns"][0]
    assert arn.endswith(f":cluster/{CLUSTER}")
    for name in (CLUSTER, arn):
        described = ecs.describe_clusters(clusters=[name, "nothing"], include=["STATISTICS"])
        assert described["clusters"][0]["registeredContainerInstancesCount"] == 1
        assert described["failures"][0]["reason"] == "MISSING"
    pages = ecs.get_paginator("list_services").paginate(cluster=CLUSTER, PaginationConfig={"PageSize": 1})
    arns = [arn for page in pages for arn in page["serviceArns"]]
    assert [arn.rpartition("/")[2] for arn in arns] == ["backend", "worker"]
    service = ecs.describe_services(cluster=CLUSTER, services=[arns[1]], include=["TAGS"])["services"][0]
    assert (service["serviceName"], service["status"], service["desiredCount"]) == ("worker", "ACTIVE", 1)
    definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    assert definition["containerDefinitions"][0]["cpu"] == 512
    assert ecs.describe_task_definition(taskDefinition=definition["family"])["taskDefinition"] == definition
    assert service["taskDefinition"] in ecs.list_task_definitions()["taskDefinitionArns"]
    instances = ecs.list_container_instances(cluster=CLUSTER, status="ACTIVE")["containerInstanceArns"]
    instance = ecs.describe_container_instances(cluster=CLUSTER, containerInstances=instances)["containerInstances"][0]
    assert instance["ec2InstanceId"] == instance_ids(sim)[0]
    tasks = ecs.list_tasks(cluster=CLUSTER, containerInstance=instances[0])["taskArns"]
    assert len(tasks) == instance["runningTasksCount"] == 2
    groups = {task["group"] for task in ecs.describe_tasks(cluster=CLUSTER, tasks=tasks)["tasks"]}
    assert groups == {"service:worker", "service:backend"}
    assert {provider["name"] for provider in ecs.describe_capacity_providers()["capacityProviders"]} >= {"FARGATE"}
    assert sim.client("ecs", "us-west-2").list_clusters()["clusterArns"] == []
    assert sim.client("sts").get_caller_identity()["Account"] == "123456789012"


def test_changes_take_their_time(sim):
    ecs = sim.client("ecs")
    groups = sim.client("autoscaling")
    assert ecs.update_service(cluster=CLUSTER, service="worker", desiredCount=3)["service"]["desiredCount"] == 3
    groups.set_desired_capacity(AutoScalingGroupName=GROUP, DesiredCapacity=2)
    sim.advance("1s")
    first = groups.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])["AutoScalingGroups"][0]
    assert [i["LifecycleState"] for i in first["Instances"]].count("InService") == 1
    sim.advance("20m")
    service = ecs.describe_services(cluster=CLUSTER, services=["worker"])["services"][0]
    assert service["runningCount"] == 3 and service["deployments"][0]["rolloutState"] == "COMPLETED"
    arns = ecs.list_container_instances(cluster=CLUSTER)["containerInstanceArns"]
    assert len(arns) == 2 and len(instance_ids(sim)) == 2
    groups.set_instance_protection(AutoScalingGroupName=GROUP, InstanceIds=instance_ids(sim), ProtectedFromScaleIn=True)
    described = groups.describe_auto_scaling_instances(InstanceIds=instance_ids(sim))["AutoScalingInstances"]
    assert all(instance["ProtectedFromScaleIn"] for instance in described)
    ecs.update_container_instances_state(cluster=CLUSTER, containerInstances=arns[:1], status="DRAINING")
    assert ecs.list_container_instances(cluster=CLUSTER, status="DRAINING")["containerInstanceArns"] == arns[:1]
    instance = ecs.describe_container_instances(cluster=CLUSTER, containerInstances=arns[:1])["containerInstances"][0]
    activity = groups.terminate_instance_in_auto_scaling_group(
        InstanceId=instance["ec2InstanceId"], ShouldDecrementDesiredCapacity=True)["Activity"]
    assert instance["ec2InstanceId"] in activity["Description"]
    sim.advance("10m")
    assert len(instance_ids(sim)) == 1
    groups.update_auto_scaling_group(AutoScalingGroupName=GROUP, MinSize=1, MaxSize=3)
    group = groups.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])["AutoScalingGroups"][0]
    assert (group["MinSize"], group["MaxSize"], group["DesiredCapacity"]) == (1, 3, 1)


@pytest.mark.parametrize("protocol", ["smithy-rpc-v2-cbor", "json", "query"])
def test_cloudwatch(sim, protocol, monkeypatch):
    """Every protocol in which CloudWatch is spoken gives the same."""
    monkeypatch.setattr(botocore.model, "PRIORITY_ORDERED_SUPPORTED_PROTOCOLS", (protocol,))
    metrics = sim.client("cloudwatch")
    assert metrics.meta.service_model.resolved_protocol == protocol
    listed = metrics.list_metrics(Namespace="AWS/ECS", Dimensions=[{"Name": "ServiceName", "Value": "backend"}])
    assert {metric["MetricName"] for metric in listed["Metrics"]} == {"CPUUtilization", "MemoryUtilization"}
    window = last_minutes(8)
    data = metrics.get_metric_data(MetricDataQueries=[cpu_query(), cpu_query("p90") | {"Id": "p"}], **window)
    average = data["MetricDataResults"][0]
    assert average["StatusCode"] == "Complete" and 4 <= len(average["Values"]) <= 8
    assert average["Timestamps"] == sorted(average["Timestamps"], reverse=True)
    statistics = metrics.get_metric_statistics(
        Namespace="AWS/ECS", MetricName="CPUUtilization", Dimensions=DIMENSIONS, Period=60,
        Statistics=["Average", "Maximum"], **window)
    points = sorted(statistics["Datapoints"], key=lambda point: point["Timestamp"], reverse=True)
    assert [point["Average"] for point in points] == average["Values"] and points[0]["Unit"] == "Percent"
    high = metrics.get_metric_statistics(
        Namespace="AWS/ECS", MetricName="CPUUtilization", Dimensions=DIMENSIONS, Period=60,
        ExtendedStatistics=["p90"], **window)
    assert len(high["Datapoints"]) == len(points) and "p90" in high["Datapoints"][0]["ExtendedStatistics"]
    pages = metrics.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[cpu_query(), cpu_query("Sum") | {"Id": "s"}], MaxDatapoints=3, **window)
    paged = [result for page in pages for result in page["MetricDataResults"]]
    assert sum((result["Values"] for result in paged if result["Id"] == "cpu"), []) == average["Values"]
    assert [result["StatusCode"] for result in paged][0] == "PartialData"
    with pytest.raises(metrics.exceptions.ClientError) as error:
        metrics.get_metric_statistics(Namespace="a", MetricName="b", Period=60, Statistics=["Average"],
                                      **last_minutes(60 * 48))
    assert error.value.response["Error"]["Code"] == "InvalidParameterCombination"
    assert error.value.response["ResponseMetadata"]["RequestId"]


ERRORS = [
    ("ecs", "describe_services", {"cluster": "other", "services": ["a"]}, "ClusterNotFoundException"),
    ("ecs", "describe_services", {"cluster": CLUSTER, "services": list("abcdefghijk")}, "InvalidParameterException"),
    ("ecs", "update_service", {"cluster": CLUSTER, "service": "other", "desiredCount": 1}, "ServiceNotFoundException"),
    ("ecs", "list_services", {"cluster": CLUSTER, "nextToken": "x"}, "InvalidParameterException"),
    ("ecs", "create_cluster", {}, "UnknownOperationException"),
    ("autoscaling", "set_desired_capacity", {"AutoScalingGroupName": GROUP, "DesiredCapacity": 99}, "ValidationError"),
    ("autoscaling", "describe_auto_scaling_groups", {"AutoScalingGroupNames": [str(i) for i in range(51)]},
     "ValidationError"),
    ("autoscaling", "describe_policies", {}, "InvalidAction"),
    ("autoscaling", "terminate_instance_in_auto_scaling_group",
     {"InstanceId": "i-0", "ShouldDecrementDesiredCapacity": True}, "ValidationError"),
    ("cloudwatch", "get_metric_data", {"MetricDataQueries": [cpu_query() | {"Id": "A"}], "StartTime": 0, "EndTime": 9},
     "ValidationError"),
    ("sts", "get_session_token", {}, "InvalidAction"),
]


def test_errors(sim):
    for service, operation, arguments, code in ERRORS:
        with pytest.raises(botocore.exceptions.ClientError) as error:
            getattr(sim.client(service), operation)(**arguments)
        answer = error.value.response
        assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, 400), operation
        assert answer["Error"]["Message"] and answer["ResponseMetadata"]["RequestId"]
    lost = sim.client("ecs").exceptions
    with pytest.raises(lost.ClusterNotFoundException):
        sim.client("ecs").list_tasks(cluster="other")


def members(value, path=""):
    """The paths of all members in a parsed answer."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name != "ResponseMetadata":
                yield f"{path}.{name}"
                yield from members(item, f"{path}.{name}")
    elif isinstance(value, list):
        for item in value:
            yield from members(item, path + "[]")


def test_like_moto(sim, make_cluster):
    """What moto's answers hold and these do not is in this list, and a reason with it."""
    missing = {
        # moto's services have a network, its instances a network's attributes; tags are asked for
        ".services[].networkConfiguration", ".services[].tags", ".services[].roleArn", ".services[].createdBy",
        ".services[].taskSets", ".services[].deployments[].platformFamily",
        # of a registration that this account does not show
        ".containerInstances[].registeredAt", ".containerInstances[].agentUpdateStatus",
        ".containerInstances[].versionInfo.agentHash", ".containerInstances[].remainingResources[].stringSetValue",
        ".AutoScalingGroups[].LaunchConfigurationName", ".AutoScalingGroups[].VPCZoneIdentifier",
        ".AutoScalingGroups[].Instances[].LaunchConfigurationName", ".AutoScalingGroups[].ServiceLinkedRoleARN",
        ".AutoScalingGroups[].CapacityRebalance",
    }
    theirs = make_cluster(min=1, max=3, desired=1)
    theirs.service("worker")
    names = {"ecs": (theirs.ecs, theirs.name), "sim": (sim.client("ecs"), CLUSTER)}
    found = {}
    for side, (ecs, cluster) in names.items():
        arns = ecs.list_container_instances(cluster=cluster)["containerInstanceArns"]
        answers = [ecs.describe_services(cluster=cluster, services=["worker"]),
                   ecs.describe_container_instances(cluster=cluster, containerInstances=arns)]
        found[side] = {path for answer in answers for path in members(answer)}
    found["ecs"] |= set(members(theirs.autoscaling.describe_auto_scaling_groups(
        AutoScalingGroupNames=[theirs.group])))
    found["sim"] |= set(members(sim.client("autoscaling").describe_auto_scaling_groups()))
    lacking = {path for path in found["ecs"] - found["sim"] if not any(path.startswith(m) for m in missing)}
    assert lacking == set()


def test_the_program_works_on_it(sim, tested, run_program, tmp_path):
    """The normal program, over the wire: what it decides is done, and boto3 sees it."""
    (tmp_path / "clusters").mkdir()
    (tmp_path / "clusters/my_cluster.yml").write_text(DEFINITION)
    host = urllib.parse.urlsplit(sim.url).netloc
    env = {**sim.env(), "USERNAME": "u", "PASSWORD": "p", "QUEUE_HOST": host}
    sim.client("ecs").update_service(cluster=CLUSTER, service="worker", desiredCount=0)
    sim.advance("20m")
    result = run_program(["run", "--json"], env=env, binary=tested)
    assert result.returncode == 0, result.stderr
    plan = json.loads(result.stdout)["plan"]
    worker = next(service for service in plan["services"] if service["name"] == "worker")
    assert worker["target"] == sim.client("ecs").describe_services(
        cluster=CLUSTER, services=["worker"])["services"][0]["desiredCount"] == 1


def test_documents(sim):
    status, body = sim.get("/api/queues/celery")
    assert status == 200 and {"messages_ready", "messages"} <= set(json.loads(body))
    assert sim.get("/api/queues/other")[0] == 404
    assert CLUSTER in sim.get("/")[1].decode()
    assert sim.get("/_sim/advance", b"soon")[0] == 400


def talk(sim, data, answer=True):
    """Raw bytes to the server, and what it says to them."""
    host, _, port = urllib.parse.urlsplit(sim.url).netloc.partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(data)
        received = b""
        while answer:
            part = connection.recv(65536)
            received += part
            if not part or received.endswith((b"}", b"</ErrorResponse>", b"\n")):
                return received
    return received


def test_hostile_requests(sim):
    head = b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
    scope = b"Authorization: AWS4-HMAC-SHA256 Credential=a/b/eu-central-1/autoscaling/aws4_request, x\r\n"
    talk(sim, b"\x16\x03\x01\x00\xa5\x01\r\n\r\n", answer=False)
    assert b" 403 " in talk(sim, head + b"Content-Length: 2\r\n\r\n{}").split(b"\r\n")[0]
    assert b"InvalidAction" in talk(sim, head + scope + b"Content-Length: 0\r\n\r\n")
    assert b"MalformedQueryString" in talk(sim, head + scope + b"Content-Length: 3\r\n\r\n%%%")
    many = b"&".join(b"a.%d=1" % i for i in range(450000))
    answer = talk(sim, head + scope + b"Content-Length: %d\r\n\r\n" % len(many) + many)
    assert b" 413 " in answer.split(b"\r\n")[0] or b"MalformedQueryString" in answer
    deep = b'{"a":' * 300
    target = b"X-Amz-Target: AmazonEC2ContainerServiceV20141113.ListClusters\r\n"
    assert b"SerializationException" in talk(
        sim, head + scope + target + b"Content-Length: %d\r\n\r\n" % len(deep) + deep)
    talk(sim, head + b"Content-Length: 5000000\r\n\r\n", answer=False)
    talk(sim, head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", answer=False)
    talk(sim, b"GET /" + b"x" * 100000 + b" HTTP/1.1\r\n\r\n")
    held = [socket.create_connection(tuple(urllib.parse.urlsplit(sim.url).netloc.split(":"))) for _ in range(100)]
    assert sim.client("ecs").list_clusters()["clusterArns"]
    for connection in held:
        connection.close()


def test_faults(tested, clean_env, tmp_path):
    faults = tmp_path / "faults"
    faults.write_text("throttle operation=ListClusters count=1\nstatus operation=ListServices status=503\n"
                      "reset operation=ListTasks\nmalformed operation=DescribeClusters\n")
    with sim_server.SimServer(tested, clean_env(), "--speed", "0", "--latency", "1ms", "--faults", faults,
                              "--log") as sim:
        ecs = sim.client("ecs")
        with pytest.raises(botocore.exceptions.ClientError) as error:
            ecs.list_clusters()
        assert error.value.response["Error"]["Code"] == "ThrottlingException"
        assert ecs.list_clusters()["clusterArns"]
        with pytest.raises(botocore.exceptions.ClientError) as error:
            ecs.list_services(cluster=CLUSTER)
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        with pytest.raises(botocore.exceptions.ConnectionClosedError):
            ecs.list_tasks(cluster=CLUSTER)
        with pytest.raises((botocore.parsers.ResponseParserError, ValueError)):
            ecs.describe_clusters()
        log = sim.stop()
    assert "POST ListClusters 400" in log and "POST ListTasks no answer" in log


def test_time_goes_by_itself(tested, clean_env):
    """A day in a second or so; and now is now, whatever the speed."""
    with sim_server.SimServer(tested, clean_env(), "--speed", "86400x", "--latency", "0ms") as sim:
        metrics = sim.client("cloudwatch")
        for _ in range(200):
            now = datetime.datetime.now(datetime.timezone.utc)
            window = {"StartTime": now - datetime.timedelta(minutes=60), "EndTime": now}
            data = metrics.get_metric_data(MetricDataQueries=[cpu_query()], **window)["MetricDataResults"][0]
            if len(data["Values"]) >= 50:
                break
        assert len(data["Values"]) >= 50
        assert all(window["StartTime"] <= time < window["EndTime"] for time in data["Timestamps"])


def test_aws_cli(sim, clean_env):
    aws = pathlib.Path(sys.executable).parent / "aws"

    def cli(*arguments):
        result = subprocess.run([sys.executable, aws, *arguments, "--output", "json"], env=clean_env(sim.env()),
                                capture_output=True, text=True, timeout=120, check=False)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout) if result.stdout.strip() else None

    services = cli("ecs", "describe-services", "--cluster", CLUSTER, "--services", "worker", "backend")["services"]
    assert {service["serviceName"] for service in services} == {"worker", "backend"}
    cli("autoscaling", "set-desired-capacity", "--auto-scaling-group-name", GROUP, "--desired-capacity", "2")
    sim.advance("10m")
    group = cli("autoscaling", "describe-auto-scaling-groups")["AutoScalingGroups"][0]
    assert len(group["Instances"]) == 2
    assert cli("cloudwatch", "list-metrics", "--namespace", "AWS/ECS")["Metrics"]


def test_the_page(sim):
    """docs/simulated-account.md shows what `sim` prints, its operations, and faults that can be read."""
    page = (ROOT / "docs/simulated-account.md").read_text()
    shown = re.search(r"```text\n(.*?)```", page, re.S).group(1)
    assert "".join(sim.lines) == shown.replace("http://127.0.0.1:4566", sim.url)
    operations = {name for table in (ROOT / "src/cloud/sim").glob("wire_*.c")
                  for name in re.findall(r'\.name = "([A-Z]\w+)", ?\s*\.answer', table.read_text())}
    assert len(operations) >= 22 and all(name in page for name in operations)


def test_faults_of_the_page(tested, clean_env, tmp_path):
    page = (ROOT / "docs/simulated-account.md").read_text()
    (tmp_path / "faults").write_text(re.search(r"<!-- run: faults -->\n```\n(.*?)```", page, re.S).group(1))
    with sim_server.SimServer(tested, clean_env(), "--faults", tmp_path / "faults") as sim:
        with pytest.raises(botocore.exceptions.ClientError):
            sim.client("ecs").describe_services(cluster=CLUSTER, services=["worker"])


@pytest.mark.parametrize("arguments, message", [
    (["--speed", "fast"], "takes a factor like 60x"),
    (["--speed", "-1"], "takes a factor like 60x"),
    (["--listen", "somewhere"], "is no address to listen on"),
    (["--listen", "127.0.0.1:70000"], "is no address to listen on"),
    (["--faults", "nothing"], "nothing"),
    (["nothing.yml"], "nothing.yml"),
])
def test_wrong_usage(run_program, arguments, message):
    listen = [] if "--listen" in arguments else ["--listen", ":0"]
    result = run_program(["sim", *listen, *arguments])
    assert result.returncode in (1, 2) and message in result.stderr, result.stderr


def test_a_port_in_use(sim, run_program):
    result = run_program(["sim", "--listen", urllib.parse.urlsplit(sim.url).netloc])
    assert result.returncode == 1 and "is something else listening there?" in result.stderr


def test_others_can_reach_it(start_program, tested):
    process = start_program(["sim", "--listen", "0.0.0.0:0"], binary=tested)
    assert "A simulated account" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0 and "others on the network can reach 0.0.0.0" in err
