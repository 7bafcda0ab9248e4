"""Builds what the tests scale: clusters, groups, instances, services, metrics and definitions; and
looks at it afterwards, through boto3 alone."""
import datetime
import json
import pathlib
import time

import yaml

from aws_emulator import REGION

IMAGE = "ami-12c6146b"  # any image will do for moto


class Cluster:
    """A cluster with its group and services in the emulator, and the definition that goes with it.

    `definition` is a plain dict; write() puts it into a folder as the program wants it."""

    def __init__(self, aws, name, region=REGION, group=True, min=1, max=4, desired=1, cpu=1024, mem=2048,
                 register=True):
        self.aws, self.name, self.region = aws, name, region
        self.group = f"{name}-group" if group is True else group or None
        self.cpu, self.mem = cpu, mem
        self.ecs.create_cluster(clusterName=name)
        self.definition = {"autoscale_group": self.group, "services": {}}
        if group:
            make_group(aws, self.group, min, max, desired, region)
            if register:
                self.register_missing()

    @property
    def ecs(self):
        return self.aws.client("ecs", self.region)

    @property
    def autoscaling(self):
        return self.aws.client("autoscaling", self.region)

    def control(self, name, **arguments):
        return self.aws.control(name, region=self.region, **arguments)

    # -- building

    def register(self, instances, cpu=None, mem=None):
        return self.control("register_instances", cluster=self.name, instances=list(instances),
                            cpu=cpu or self.cpu, mem=mem or self.mem)

    def register_missing(self):
        """Every instance of the group that has not joined yet joins now."""
        known = set(self.instances())
        return self.register(one for one in self.group_instances() if one not in known)

    def task_definition(self, cpu=256, mem=512, **more):
        """`container`: members of its container; `task`: of the whole."""
        family = f"{self.name}-{cpu}-{mem}-{abs(hash(json.dumps(more, sort_keys=True))) % 10**8}"
        container = {"name": "main", "image": "busybox", "cpu": cpu, "memory": mem, "essential": True}
        container.update(more.pop("container", {}))
        container = {key: value for key, value in container.items() if value is not None}
        answer = self.ecs.register_task_definition(family=family, containerDefinitions=[container],
                                                   **more.pop("task", {}), **more)
        return answer["taskDefinition"]["taskDefinitionArn"]

    def service(self, name, desired=1, running=None, cpu=256, mem=512, min=1, max=3, sources=None, events=None,
                task_definition=None, **more):
        """A service on ECS and in the definition. `running`: not what is desired, and held there."""
        self.ecs.create_service(cluster=self.name, serviceName=name, desiredCount=desired,
                                taskDefinition=task_definition or self.task_definition(cpu, mem), **more)
        if running is not None:
            self.set_service(name, running_count=running, pending_count=0, held=True)
        entry = {"min": min, "max": max}
        if sources:
            entry["metric_sources"] = sources
        if events:
            entry["events"] = events
        self.definition["services"][name] = entry
        return entry

    def set_service(self, name, **values):
        self.control("set_service", cluster=self.name, service=name, **values)

    def set_instance(self, instance, **values):
        self.control("set_instance", cluster=self.name, instance=instance, **values)

    def fill(self, instance, cpu_left, mem_left, tasks=1):
        """As if tasks were running there."""
        self.set_instance(instance, cpu_left=cpu_left, mem_left=mem_left, running_tasks_count=tasks)

    def put_metric(self, name, value, service=None, periods_ago=1, age_s=None, namespace="AWS/ECS",
                   dimensions=None):
        """A datapoint in the middle of that complete period of five minutes (or that old); gives the
        source that reads its average."""
        if age_s is None:
            age_s = time.time() % 300 + periods_ago * 300 - 150
        if dimensions is None:
            dimensions = {"ClusterName": self.name, **({"ServiceName": service} if service else {})}
        rows = [{"Name": key, "Value": text} for key, text in dimensions.items()]
        at = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=age_s)
        self.aws.client("cloudwatch", self.region).put_metric_data(Namespace=namespace, MetricData=[
            {"MetricName": name, "Value": value, "Timestamp": at, "Dimensions": rows}])
        return {"namespace": namespace, "metric_name": name, "period": 300,
                "dimensions": [{"name": key, "value": text} for key, text in dimensions.items()],
                "statistics": [{"name": "Average", "alias": name}]}

    def write(self, folder, text=None):
        path = pathlib.Path(folder) / f"{self.name}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if text is not None else yaml.safe_dump(self.definition, sort_keys=False))
        return path.parent

    # -- looking

    def group_facts(self):
        return self.autoscaling.describe_auto_scaling_groups(
            AutoScalingGroupNames=[self.group])["AutoScalingGroups"][0]

    def group_instances(self):
        return [row["InstanceId"] for row in self.group_facts()["Instances"]]

    def capacity(self):
        group = self.group_facts()
        return group["MinSize"], group["DesiredCapacity"], group["MaxSize"]

    def instances(self):
        """{EC2 id: status} of all container instances."""
        arns = [arn for page in self.ecs.get_paginator("list_container_instances").paginate(cluster=self.name)
                for arn in page["containerInstanceArns"]]
        found = {}
        for start in range(0, len(arns), 100):
            answer = self.ecs.describe_container_instances(cluster=self.name,
                                                           containerInstances=arns[start:start + 100])
            found.update((row["ec2InstanceId"], row["status"]) for row in answer["containerInstances"])
        return found

    def instance_arn(self, instance):
        """The ARN of that EC2 instance as a container instance."""
        arns = self.ecs.list_container_instances(cluster=self.name)["containerInstanceArns"]
        rows = self.ecs.describe_container_instances(cluster=self.name, containerInstances=arns)["containerInstances"]
        return next((row["containerInstanceArn"] for row in rows if row["ec2InstanceId"] == instance), None)

    def services(self):
        """{service: desired count}"""
        arns = [arn for page in self.ecs.get_paginator("list_services").paginate(cluster=self.name)
                for arn in page["serviceArns"]]
        found = {}
        for start in range(0, len(arns), 10):
            answer = self.ecs.describe_services(cluster=self.name, services=arns[start:start + 10])
            found.update((row["serviceName"], row["desiredCount"]) for row in answer["services"])
        return found

    def state(self):
        """All there is to see, for a comparison of before and after."""
        return {"services": self.services(), "instances": self.instances(),
                "group": self.capacity() if self.group else None}


def make_group(aws, name, min=0, max=1, desired=0, region=REGION):
    autoscaling = aws.client("autoscaling", region)
    try:
        autoscaling.create_launch_configuration(LaunchConfigurationName="any", ImageId=IMAGE,
                                                InstanceType="t3.medium")
    except autoscaling.exceptions.AlreadyExistsFault:
        pass
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name, LaunchConfigurationName="any", MinSize=min, MaxSize=max,
        DesiredCapacity=desired, AvailabilityZones=[f"{region}a"])


def launch_foreign(aws, count=1, region=REGION):
    """EC2 instances that belong to no group."""
    answer = aws.client("ec2", region).run_instances(ImageId=IMAGE, MinCount=count, MaxCount=count)
    return [row["InstanceId"] for row in answer["Instances"]]


# Up when there is 5 or more of it, down at 3 or less: the quick start's events.
def up_and_down(alias):
    return [{"metric": alias, "action": 1, "min": 5}, {"metric": alias, "action": -1, "max": 3}]


def http_source(metrics, cluster, alias, value, **source):
    """metric_sources with one alias that a metric server gives that value for."""
    path = f"/{cluster.name}/{alias}"
    metrics.set(path, {"value": value})
    return {"third_party": [{"url": metrics.url(path), "statistics": [{"name": "value", "alias": alias}], **source}]}


def scaled_service(metrics, cluster, name, value, **options):
    """A service that follows one HTTP metric, whose value is such."""
    cluster.service(name, sources=http_source(metrics, cluster, f"{name}_load", value),
                    events=up_and_down(f"{name}_load"), **options)
