"""The set-up itself: the AWS emulator answers as AWS does where moto does not (each row of the list
in aws_emulator_server.py), and RabbitMQ is a real one. With boto3 alone; the program is not run."""
import datetime
import http.client
import time

import boto3
import botocore.exceptions
import pytest

from aws_emulator import ACCESS_KEY, REGION
from world import launch_foreign, make_group


def refused(code, call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == code
    return caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_container_instances_are_filtered_and_paged(make_cluster, aws):
    cluster = make_cluster(max=3, desired=3)
    first, *_ = cluster.group_instances()
    cluster.set_instance(first, status="DRAINING")
    listed = cluster.ecs.list_container_instances
    assert len(listed(cluster=cluster.name)["containerInstanceArns"]) == 3
    assert len(listed(cluster=cluster.name, status="DRAINING")["containerInstanceArns"]) == 1
    page = listed(cluster=cluster.name, status="ACTIVE", maxResults=1)
    rest = listed(cluster=cluster.name, status="ACTIVE", maxResults=1, nextToken=page["nextToken"])
    assert page["containerInstanceArns"] != rest["containerInstanceArns"]
    assert "nextToken" not in rest
    refused("InvalidParameterException", cluster.ecs.describe_container_instances,
            cluster=cluster.name, containerInstances=["x"] * 101)
    refused("ClusterNotFoundException", listed, cluster="nowhere")


def test_describing_unknown_instances_of_an_empty_cluster(make_cluster):
    cluster = make_cluster(group=False)
    answer = cluster.ecs.describe_container_instances(cluster=cluster.name, containerInstances=["gone"])
    assert [row["reason"] for row in answer["failures"]] == ["MISSING"]


def test_service_limits(make_cluster):
    cluster = make_cluster()
    cluster.service("worker", desired=2)
    cluster.service("daemon", schedulingStrategy="DAEMON")
    cluster.service("strategy", capacityProviderStrategy=[{"capacityProvider": "any"}])
    describe = cluster.ecs.describe_services
    assert describe(cluster=cluster.name, services=["worker"])["services"][0]["runningCount"] == 2
    assert "launchType" not in describe(cluster=cluster.name, services=["strategy"])["services"][0]
    refused("InvalidParameterException", describe, cluster=cluster.name, services=[f"s{n}" for n in range(11)])
    update = cluster.ecs.update_service
    refused("InvalidParameterException", update, cluster=cluster.name, service="daemon", desiredCount=2)
    refused("ServiceNotFoundException", update, cluster=cluster.name, service="none", desiredCount=2)
    cluster.set_service("worker", held=True)
    update(cluster=cluster.name, service="worker", desiredCount=3)
    worker = describe(cluster=cluster.name, services=["worker"])["services"][0]
    assert (worker["desiredCount"], worker["runningCount"]) == (3, 2)


def test_group_bounds_are_enforced(make_cluster):
    cluster = make_cluster(min=1, max=2, desired=1)
    client, name = cluster.autoscaling, cluster.group
    assert refused("ValidationError", client.set_desired_capacity, AutoScalingGroupName=name, DesiredCapacity=3) == 400
    refused("ValidationError", client.set_desired_capacity, AutoScalingGroupName=name, DesiredCapacity=0)
    refused("ValidationError", client.set_desired_capacity, AutoScalingGroupName="none", DesiredCapacity=1)
    refused("ValidationError", client.update_auto_scaling_group, AutoScalingGroupName=name, MinSize=3)
    refused("ValidationError", client.terminate_instance_in_auto_scaling_group,
            InstanceId=cluster.group_instances()[0], ShouldDecrementDesiredCapacity=True)
    refused("ValidationError", client.describe_auto_scaling_groups,
            AutoScalingGroupNames=[f"g{number}" for number in range(51)])
    client.update_auto_scaling_group(AutoScalingGroupName=name, MinSize=2, MaxSize=5)
    assert cluster.capacity() == (2, 2, 5)


def test_terminated_instances_leave_and_new_ones_join(make_cluster):
    cluster = make_cluster(min=1, max=2, desired=2)
    gone, stays = cluster.group_instances()
    cluster.autoscaling.terminate_instance_in_auto_scaling_group(InstanceId=gone, ShouldDecrementDesiredCapacity=True)
    assert cluster.instances() == {stays: "ACTIVE"} and cluster.capacity() == (1, 1, 2)
    cluster.control("join", group=cluster.group, cluster=cluster.name, delay_s=0.3)
    cluster.autoscaling.set_desired_capacity(AutoScalingGroupName=cluster.group, DesiredCapacity=2)
    deadline = time.monotonic() + 10
    while len(cluster.instances()) == 1 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert set(cluster.instances()) == set(cluster.group_instances())


def test_groups_are_paged(aws):
    for number in range(60):
        make_group(aws, f"paged-{number}")
    first = aws.client("autoscaling").describe_auto_scaling_groups()
    assert len(first["AutoScalingGroups"]) == 50 and first["NextToken"]


def test_statistics_start_at_period_boundaries(make_cluster, aws):
    cluster = make_cluster(group=False)
    cluster.put_metric("Load", 4, age_s=400)
    cluster.put_metric("Load", 8, age_s=0)
    now = datetime.datetime.now(datetime.timezone.utc)
    metric = {"Namespace": "AWS/ECS", "MetricName": "Load", "Dimensions": [
        {"Name": "ClusterName", "Value": cluster.name}]}

    def ask(metric, stat="Average"):
        query = {"Id": "q", "MetricStat": {"Metric": metric, "Period": 300, "Stat": stat}}
        return aws.client("cloudwatch").get_metric_data(
            StartTime=now - datetime.timedelta(seconds=1200), EndTime=now + datetime.timedelta(seconds=1),
            MetricDataQueries=[query])["MetricDataResults"][0]

    answer = ask(metric)
    assert answer["Values"] == [8, 4]
    assert all(at.timestamp() % 300 == 0 for at in answer["Timestamps"])
    assert ask(metric, "p50")["Values"] == [8, 4]
    assert ask({**metric, "Dimensions": []})["Values"] == []
    assert ask({**metric, "Namespace": "Other"})["Values"] == []


def test_credentials_are_checked(aws):
    def client(service, **keys):
        return boto3.client(service, region_name=REGION, endpoint_url=aws.url, **{
            "aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": "wrong", **keys})

    refused("InvalidSignatureException", client("ecs").list_clusters)
    refused("SignatureDoesNotMatch", client("autoscaling").describe_auto_scaling_groups)
    refused("UnrecognizedClientException", client("ecs", aws_access_key_id="AKIAUNKNOWN").list_clusters)
    aws.control("put_key", access_key="ASIAEXPIRED", secret="s", token="t", expired=True)
    keys = {"aws_access_key_id": "ASIAEXPIRED", "aws_secret_access_key": "s"}
    refused("ExpiredTokenException", client("ecs", aws_session_token="t", **keys).list_clusters)
    refused("UnrecognizedClientException", client("ecs", aws_session_token="other", **keys).list_clusters)
    role = aws.client("sts").assume_role(RoleArn="arn:aws:iam::123456789012:role/r", RoleSessionName="session")
    role = role["Credentials"]
    client("ecs", aws_access_key_id=role["AccessKeyId"], aws_secret_access_key=role["SecretAccessKey"],
           aws_session_token=role["SessionToken"]).list_clusters()


def test_rules_break_answers(aws):
    ecs = aws.client("ecs")
    aws.rule(operation="ListClusters", times=1, boto3=True, error={"code": "ThrottlingException"})
    assert refused("ThrottlingException", ecs.list_clusters) == 400
    aws.rule(operation="ListClusters", times=1, boto3=True, drop="before")
    with pytest.raises(botocore.exceptions.ConnectionClosedError):
        ecs.list_clusters()
    aws.rule(operation="ListClusters", times=1, truncate=5)
    connection = http.client.HTTPConnection(aws.url.removeprefix("http://"), timeout=10)
    connection.request("POST", "/", "{}", {"X-Amz-Target": "AmazonEC2ContainerServiceV20141113.ListClusters"})
    with pytest.raises(http.client.IncompleteRead):
        connection.getresponse().read()
    connection.close()
    aws.rule(operation="ListClusters", error={"code": "ServerException"})
    assert "clusterArns" in ecs.list_clusters()  # boto3 is let alone


def test_the_log_tells_requests_and_overlap(aws):
    mark = aws.mark()
    aws.client("ecs").list_clusters()
    entry, = aws.control("log", since=mark)
    assert (entry["operation"], entry["region"], entry["status"]) == ("ListClusters", REGION, 200)
    assert aws.calls(mark) == []  # boto3's own are not the program's


def test_connections_stay_open(aws):
    connection = http.client.HTTPConnection(aws.url.removeprefix("http://"), timeout=10)
    for _ in range(2):
        connection.request("POST", "/_control", '{"name": "ping", "arguments": {}}')
        port = connection.sock.getsockname()[1]
        assert connection.getresponse().read() == b'{"result": "pong"}'
        assert connection.sock is not None and connection.sock.getsockname()[1] == port
    connection.close()


def test_foreign_instances(aws, make_cluster):
    cluster = make_cluster()
    foreign, = launch_foreign(aws)
    cluster.register([foreign])
    assert foreign in cluster.instances() and foreign not in cluster.group_instances()


def test_rabbitmq_counts_messages(rabbitmq):
    rabbitmq.set_ready(3)
    login = f"{rabbitmq.user}:{rabbitmq.password}"
    assert rabbitmq.api("GET", "/api/queues/%2F/celery", login=login)["messages_ready"] == 3
    with pytest.raises(RuntimeError, match="401"):
        rabbitmq.api("GET", "/api/queues/%2F/celery", login="scaler:wrong")
