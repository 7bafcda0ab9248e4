"""The cloud's view of an account against boto3's, on the AWS emulator: every query and every act."""
import json
import time

import pytest


@pytest.fixture
def cloud(aws, run_program, driver_dir):
    """cloud(queries, acts) → (answers in order, [[operation, depth], …])"""
    def run(queries=(), acts=(), **env):
        document = {"queries": list(queries), "acts": list(acts)}
        result = run_program([], binary=driver_dir / "driver_cloud", env=aws.env(**env),
                             input=json.dumps(document), timeout=60)
        assert result.returncode == 0, result.stderr
        *lines, calls = [json.loads(line) for line in result.stdout.splitlines()]
        assert len(lines) == len(queries) + len(acts)
        return lines, calls["calls"]
    return run


def names_of(calls):
    return sorted(name for name, _ in calls)


def test_everything_is_read_as_boto3_reads_it(cloud, make_cluster, aws):
    cluster = make_cluster(min=1, max=6, desired=3)
    cluster.service("worker", desired=2, running=1)
    cluster.service("agent", schedulingStrategy="DAEMON")
    cluster.service("thin", launchType="FARGATE", task_definition=cluster.task_definition(
        requiresCompatibilities=["FARGATE"], networkMode="awsvpc"))
    source = cluster.put_metric("CPUUtilization", 42.5, service="worker")
    now = int(time.time())
    name = cluster.name
    queries = [
        {"kind": "group", "name": cluster.group},
        {"kind": "service", "cluster": name, "name": "worker"},
        {"kind": "service", "cluster": name, "name": "agent"},
        {"kind": "service", "cluster": name, "name": "thin"},
        {"kind": "instances", "cluster": name},
        {"kind": "daemons", "cluster": name},
        {"kind": "task_definition", "name": cluster.task_definition(cpu=128, mem=300)},
        {"kind": "statistic", "namespace": "AWS/ECS", "metric": "CPUUtilization", "stat": "Average",
         "dimensions": source["dimensions"], "start_s": now - 1200, "end_s": now},
    ]
    (group, worker, agent, thin, instances, daemons, task, statistic), calls = cloud(queries)

    facts = cluster.group_facts()
    assert (group["min"], group["desired"], group["max"]) == cluster.capacity()
    assert group["instances"] == {row["InstanceId"]: row["LifecycleState"] for row in facts["Instances"]}
    seen = {row["serviceName"]: row for row in cluster.ecs.describe_services(
        cluster=name, services=["worker", "agent", "thin"])["services"]}
    for answer in (worker, agent, thin):
        row = seen[answer["name"]]
        assert (answer["desired"], answer["running"], answer["pending"], answer["status"],
                answer["strategy"], answer["launch_type"], answer["task_definition"]) == (
            row["desiredCount"], row["runningCount"], row["pendingCount"], row["status"],
            row["schedulingStrategy"], row.get("launchType", "EC2"), row["taskDefinition"])
    assert (worker["desired"], worker["running"]) == (2, 1)
    assert agent["strategy"] == "DAEMON" and thin["launch_type"] == "FARGATE"
    assert {row["id"]: row["status"] for row in instances["instances"]} == cluster.instances()
    assert [row["id"] for row in instances["instances"]] == sorted(cluster.instances())
    assert {(row["registered_cpu"], row["remaining_mem"]) for row in instances["instances"]} == {
        (cluster.cpu, cluster.mem)}
    assert daemons["daemons"] == ["agent"]
    assert (task["cpu"], task["mem"]) == (128, 300)
    assert statistic["values"] == [42.5]
    assert names_of(calls) == [
        "DescribeAutoScalingGroups", "DescribeContainerInstances", "DescribeServices",
        "DescribeServices", "DescribeTaskDefinition", "GetMetricData", "ListContainerInstances",
        "ListServices"]
    assert max(depth for _, depth in calls) == 2


def test_lists_are_read_to_their_end(cloud, make_cluster, aws):
    cluster = make_cluster(min=0, max=200, desired=130)
    queries = [{"kind": "instances", "cluster": cluster.name}]
    (instances,), calls = cloud(queries)
    assert len(instances["instances"]) == 130
    assert names_of(calls) == ["DescribeContainerInstances"] * 2 + ["ListContainerInstances"] * 2


def test_what_does_not_exist(cloud, make_cluster, aws):
    cluster = make_cluster()
    answers, _ = cloud([
        {"kind": "group", "name": "no-such-group"},
        {"kind": "service", "cluster": cluster.name, "name": "nobody"},
        {"kind": "service", "cluster": "no-such-cluster", "name": "worker"},
        {"kind": "instances", "cluster": "no-such-cluster"},
        {"kind": "task_definition", "name": "nothing:1"},
    ])
    region = cluster.region
    assert [row["fact"] for row in answers] == ["missing", "missing", "failed", "failed", "failed"]
    assert answers[0]["reason"] == f"no Auto Scaling group 'no-such-group' in region '{region}'"
    assert answers[1]["reason"] == f"no service 'nobody' in cluster '{cluster.name}'"
    for row in answers[2:4]:
        assert f"no cluster 'no-such-cluster' in region '{region}'" in row["reason"]


def test_a_capacity_provider_says_who_sizes_the_group(cloud, make_cluster, aws):
    cluster = make_cluster()
    arn = cluster.group_facts()["AutoScalingGroupARN"]
    for name, status in (("managed", "ENABLED"), ("unmanaged", "DISABLED")):
        cluster.ecs.create_capacity_provider(
            name=f"{cluster.name}-{name}",
            autoScalingGroupProvider={"autoScalingGroupArn": arn, "managedScaling": {"status": status}})
    answers, calls = cloud([{"kind": "capacity_provider", "name": f"{cluster.name}-{name}"}
                            for name in ("managed", "unmanaged", "none")])
    assert [row["fact"] for row in answers] == ["present", "present", "missing"]
    assert [row.get("managed_scaling") for row in answers] == [True, False, None]
    assert names_of(calls) == ["DescribeCapacityProviders"]


def test_every_act_changes_what_it_says(cloud, make_cluster, aws):
    cluster = make_cluster(min=1, max=6, desired=3)
    cluster.service("worker", desired=1)
    doomed, drained, *_ = cluster.group_instances()
    arns = {row["ec2InstanceId"]: row["containerInstanceArn"]
            for row in cluster.ecs.describe_container_instances(
                cluster=cluster.name, containerInstances=cluster.ecs.list_container_instances(
                    cluster=cluster.name)["containerInstanceArns"])["containerInstances"]}
    common = {"cluster": cluster.name, "group": cluster.group, "service": "worker"}

    def act(kind, **more):
        (answer,), calls = cloud(acts=[{"kind": kind, **common, **more}])
        assert answer["outcome"] == "applied", answer
        assert len(calls) == 1

    act("bounds", min=2, max=5, **{"from": 3, "to": 4})
    assert cluster.capacity() == (2, 4, 5)
    act("capacity", to=5)
    assert cluster.capacity() == (2, 5, 5)
    act("drain", arn=arns[drained])
    assert cluster.instances()[drained] == "DRAINING"
    act("terminate", instance=doomed, decrement=True)
    assert cluster.capacity() == (2, 4, 5)
    assert doomed not in cluster.group_instances()
    act("service_out", to=3)
    assert cluster.services() == {"worker": 3}
    act("service_in", to=1)
    assert cluster.services() == {"worker": 1}


def test_an_act_that_is_refused_has_failed(cloud, make_cluster, aws):
    cluster = make_cluster()
    aws.rule(operation="UpdateService", error={"code": "AccessDeniedException"})
    (service, drain), _ = cloud(acts=[
        {"kind": "service_out", "cluster": cluster.name, "service": "worker", "to": 2},
        {"kind": "drain", "cluster": cluster.name,
         "arn": f"arn:aws:ecs:eu-central-1:123456789012:container-instance/{cluster.name}/00000000"},
    ])
    assert service["outcome"] == "failed" and "ecs:UpdateService" in service["reason"]
    assert drain["outcome"] == "failed" and drain["reason"]


def test_tasks_on_an_instance_are_counted(cloud, make_cluster, aws):
    cluster = make_cluster(min=0, max=3, desired=2)
    definition = cluster.task_definition(cpu=64, mem=64)
    arns = cluster.ecs.list_container_instances(cluster=cluster.name)["containerInstanceArns"]
    answer = cluster.ecs.start_task(cluster=cluster.name, taskDefinition=definition,
                                    containerInstances=[arns[0]])
    assert not answer["failures"]

    def count():
        queries = [{"kind": "instance_tasks", "cluster": cluster.name, "name": arn} for arn in arns]
        queries += [{"kind": "instance", "cluster": cluster.name, "name": arn} for arn in arns]
        answers, calls = cloud(queries)
        assert [row["instances"][0]["arn"] for row in answers[2:]] == arns
        assert names_of(calls).count("DescribeContainerInstances") == 1
        return [row["tasks"] for row in answers[:2]]
    assert count() == [1, 0]
    cluster.ecs.stop_task(cluster=cluster.name, task=answer["tasks"][0]["taskArn"])
    assert count() == [0, 0]


def test_http_sources(cloud, metrics):
    """The driver shows every URL as http://shown/: user-info and host must not come out."""
    metrics.set("/depth", {"messages_ready": 7})
    metrics.set("/broken", {}, status=404)
    metrics.set("/dropped", {}, drop=True)
    urls = [metrics.url(path, user_info="me:hunter2@") for path in ("/depth", "/broken", "/dropped")]
    urls.append("http://me:hunter2@127.0.0.1:1/refused")
    answers, calls = cloud([{"kind": "http", "name": url} for url in urls])
    assert [row["fact"] for row in answers] == ["present", "failed", "failed", "failed"]
    assert json.loads(answers[0]["body"]) == {"messages_ready": 7}
    assert metrics.requests("/depth")[0].header("Authorization").startswith("Basic ")
    assert answers[1]["reason"] == "GET http://shown/: the answer's status is 404"
    # Three attempts; libcurl sends again by itself what a kept connection died under.
    assert 3 <= len(metrics.requests("/dropped")) <= 6
    for row in answers[1:]:
        assert row["reason"].startswith("GET http://shown/: ")
        assert "127.0.0.1" not in row["reason"] and "hunter2" not in row["reason"]
    assert calls == [["http://shown/", 1]] * 4
