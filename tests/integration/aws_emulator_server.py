"""The AWS emulator's process: moto's server, with what differs from AWS put right around it.

Started by aws_emulator.py, which is what tests talk to. Everything here stands between the
program and moto: the program under test knows nothing of it, and nothing in the program makes up
for moto. moto is patched in this process only, before its first request.

Where moto 5.1 differs from AWS, and what is done about it here:

  ECS
    ListContainerInstances    ignores `status` and `maxResults`: both are honoured, 100 a page
    DescribeContainerInstances takes any number, fails with HTML where a cluster has no instance:
                              more than 100 are refused, unknown ones are `failures`
    RegisterContainerInstance ignores `totalResources`: they become the instance's size
    UpdateContainerInstancesState takes any number: more than 10 are refused
    DescribeServices          takes any number: more than 10, or none, are refused
    ListServices, ListTasks   answer everything at once: paged (10 and 100); ListTasks takes
                              desiredStatus RUNNING where none is asked for
    CreateService             leaves runningCount 0, drops capacityProviderStrategy: running is
                              desired at once (unless held), launchType is left out where a
                              strategy is given
    UpdateService             takes a desiredCount for DAEMON services and for INACTIVE ones:
                              refused; its tasks run at once, or not at all while a test holds them
    tasks of services         take no room on instances: a test sets what remains, or switches on
                              the small scheduler below for a cluster
  Auto Scaling
    SetDesiredCapacity        accepts values outside min and max, answers HTML for an unknown
                              group: ValidationError, HTTP 400
    UpdateAutoScalingGroup    accepts min > max, and compares the bounds with the number of
                              instances, not with the desired capacity: refused; desired follows
    TerminateInstanceInAutoScalingGroup  decrements below min, answers HTML for unknown
                              instances: ValidationError, HTTP 400
    DescribeAutoScalingGroups accepts any number of names: refused over MaxRecords (50)
    instances                 do not join or leave clusters by themselves: terminated ones leave at
                              once, new ones join after a delay or when a test says so
  CloudWatch
    GetMetricData             starts its buckets at the first datapoint, mixes up metrics where no
                              dimension or another namespace is asked for, knows no percentiles,
                              never pages: replaced as a whole
  Lambda, EventBridge         see aws_emulator_lambda.py
  All services
    connections               are closed after each answer: kept open
    credentials               are not looked at: an unknown key, a wrong or an expired session
                              token and a wrong signature are refused; the signature is computed
                              again from what was received, by botocore's signer
    enforced IAM policies     look at actions alone, CloudWatch's as `monitoring:…`: for ECS, Auto
                              Scaling and CloudWatch, resources and the condition ecs:cluster count,
                              and each name in a request is looked at (iam_evaluator.py)

What tests get on top: a log of all requests, rules that break answers or change the world when
a request comes, and direct access to counts that AWS itself would change in its own time.
"""
import base64
import datetime
import http.server
import io
import json
import os
import signal
import socket
import struct
import sys
import threading
import time
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials
from moto import settings
from moto.autoscaling import models as asg_models
from moto.autoscaling import responses as asg_responses
from moto.autoscaling.exceptions import ValidationError
from moto.cloudwatch import models as cw_models
from moto.cloudwatch import responses as cw_responses
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.exceptions import AccessDeniedError
from moto.core.responses import ActionResult
from moto.ecs import models as ecs_models
from moto.ecs import responses as ecs_responses
from moto.ecs.exceptions import ECSException
from moto.iam import access_control
from moto.iam.models import iam_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.sts.models import sts_backends

import aws_emulator
import aws_emulator_lambda
import iam_evaluator

# moto's models are not written for threads. One request at a time is in moto; delays and everything
# else of this layer happen outside, so that requests still overlap.
MOTO = threading.RLock()


def ecs(region):
    return ecs_models.ecs_backends[DEFAULT_ACCOUNT_ID][region]


def autoscaling(region):
    return asg_models.autoscaling_backends[DEFAULT_ACCOUNT_ID][region]


def ecs_refuses(message, code="InvalidParameterException"):
    return ECSException(code, message)


def page_of(items, token, size, refuse):
    """A page and the token of the next one; tokens are opaque, as AWS's."""
    start = 0
    if token:
        try:
            start = int(base64.urlsafe_b64decode(token.encode()).decode().removeprefix("page:"))
        except (ValueError, UnicodeDecodeError):
            raise refuse("Invalid token.") from None
    page = items[start:start + size]
    end = start + len(page)
    following = base64.urlsafe_b64encode(f"page:{end}".encode()).decode() if end < len(items) else None
    return page, following


# --- ECS --------------------------------------------------------------------------------------

def instance_resource(instance, kind, name):
    return next(row for row in getattr(instance, f"{kind}_resources") if row["name"] == name)


def find_instances(backend, cluster):
    return list(backend.container_instances.get(backend._get_cluster(cluster).name, {}).values())


class EcsResponses(ecs_responses.EC2ContainerServiceResponse):
    """The operations that are put right, in terms of moto's own."""

    def list_container_instances(self):
        status = self._get_param("status")
        size = self._get_int_param("maxResults", 100)
        if not 1 <= size <= 100:
            raise ecs_refuses("maxResults must be between 1 and 100.")
        found = [instance.container_instance_arn
                 for instance in find_instances(self.ecs_backend, self._get_param("cluster", "default"))
                 if (instance.status == status if status else instance.status != "INACTIVE")]
        arns, token = page_of(sorted(found), self._get_param("nextToken"), size, ecs_refuses)
        return ActionResult({"containerInstanceArns": arns, "nextToken": token})

    def describe_container_instances(self):
        arns = self._get_param("containerInstances", [])
        if not 1 <= len(arns) <= 100:
            raise ecs_refuses("Container instances must have between 1 and 100 items.")
        cluster = self.ecs_backend._get_cluster(self._get_param("cluster", "default"))
        self.ecs_backend.container_instances.setdefault(cluster.name, {})
        return self.original("describe_container_instances")

    def register_container_instance(self):
        cluster = self.ecs_backend._get_cluster(self._get_param("cluster", "default"))
        result = self.original("register_container_instance")
        instance = result.result["containerInstance"]
        for row in self._get_param("totalResources", []):
            if row["name"] in ("CPU", "MEMORY"):
                for kind in ("registered", "remaining"):
                    instance_resource(instance, kind, row["name"])["integerValue"] = row["integerValue"]
        Scheduler.run(self.region, cluster.name)
        return result

    def update_container_instances_state(self):
        arns = self._get_param("containerInstances", [])
        if not 1 <= len(arns) <= 10:
            raise ecs_refuses("Container instances must have between 1 and 10 items.")
        cluster = self.ecs_backend._get_cluster(self._get_param("cluster", "default"))
        self.ecs_backend.container_instances.setdefault(cluster.name, {})
        result = self.original("update_container_instances_state")
        Scheduler.run(self.region, cluster.name)
        return result

    def describe_services(self):
        if not 1 <= len(self._get_param("services", [])) <= 10:
            raise ecs_refuses("Services must have between 1 and 10 items.")
        return self.original("describe_services")

    def list_services(self):
        size = self._get_int_param("maxResults", 10)
        if not 1 <= size <= 100:
            raise ecs_refuses("maxResults must be between 1 and 100.")
        cluster = self.ecs_backend._get_cluster(self._get_param("cluster", "default"))
        strategy = self._get_param("schedulingStrategy")
        launch_type = self._get_param("launchType")
        found = [service.arn for service in self.ecs_backend.services.values()
                 if service.cluster_name == cluster.name
                 and strategy in (None, service.scheduling_strategy)
                 and launch_type in (None, service.launch_type)]
        arns, token = page_of(sorted(found), self._get_param("nextToken"), size, ecs_refuses)
        return ActionResult({"serviceArns": arns, "nextToken": token})

    def list_tasks(self):
        size = self._get_int_param("maxResults", 100)
        if not 1 <= size <= 100:
            raise ecs_refuses("maxResults must be between 1 and 100.")
        backend = self.ecs_backend
        cluster = backend._get_cluster(self._get_param("cluster", "default"))
        desired = self._get_param("desiredStatus", "RUNNING")
        instance = self._get_param("containerInstance")
        service = self._get_param("serviceName")
        found = [task.task_arn for task in backend.tasks.get(cluster.name, {}).values()
                 if task.desired_status == desired
                 and (instance is None
                      or (task.container_instance_arn or "").split("/")[-1] == instance.split("/")[-1])
                 and (service is None or task.group == f"service:{service.split('/')[-1]}")]
        arns, token = page_of(sorted(found), self._get_param("nextToken"), size, ecs_refuses)
        return ActionResult({"taskArns": arns, "nextToken": token})

    def describe_tasks(self):
        arns = self._get_param("tasks", [])
        if not 1 <= len(arns) <= 100:
            raise ecs_refuses("Tasks must have between 1 and 100 items.")
        cluster = self.ecs_backend._get_cluster(self._get_param("cluster", "default"))
        tasks = {task.task_arn: task
                 for task in self.ecs_backend.tasks.get(cluster.name, {}).values()}
        # Not moto's own: that one lets tasks age each time somebody looks.
        return ActionResult({
            "tasks": [tasks[arn] for arn in arns if arn in tasks],
            "failures": [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in tasks]})

    def create_service(self):
        result = self.original("create_service")
        service = result.result["service"]
        service.running_count, service.pending_count = service.desired_count, 0
        strategy = self._get_param("capacityProviderStrategy")
        if strategy:
            service.capacity_provider_strategy = strategy
            service.launch_type = None
        Scheduler.run(self.region, service.cluster_name)
        return result

    def update_service(self):
        cluster = self.ecs_backend._get_cluster(self._get_param("cluster", "default"))
        service = self.ecs_backend._get_service(cluster.name, self._get_param("service").split("/")[-1])
        if service.status != "ACTIVE":
            raise ecs_refuses("Service was not ACTIVE.", "ServiceNotActiveException")
        desired = self._get_param("desiredCount")
        if desired is not None and service.scheduling_strategy == "DAEMON":
            raise ecs_refuses("The daemon scheduling strategy does not support a desired count for services.")
        if desired is not None and desired < 0:
            raise ecs_refuses("desiredCount cannot be negative.")
        counts = service.running_count, service.pending_count
        result = self.original("update_service")
        if getattr(service, "held", False):
            service.running_count, service.pending_count = counts
        Scheduler.run(self.region, cluster.name)
        return result

    def original(self, operation):
        return ORIGINALS[operation](self)


class Scheduler:
    """Places tasks of a cluster's services on its instances, for clusters it is switched on for.

    What ECS does in its own time happens here at once: missing tasks start where there is room,
    surplus ones stop, tasks leave draining instances as soon as they fit elsewhere."""
    clusters = {}  # (region, cluster) → [(service, instance id)]

    @classmethod
    def run(cls, region, cluster):
        tasks = cls.clusters.get((region, cluster))
        if tasks is None:
            return
        backend = ecs(region)
        instances = {one.ec2_instance_id: one for one in find_instances(backend, cluster)}
        tasks[:] = [(name, host) for name, host in tasks if host in instances]
        for service in [one for one in backend.services.values() if one.cluster_name == cluster]:
            if service.launch_type == "FARGATE":
                service.running_count, service.pending_count = service.desired_count, 0
                continue
            cls.place(backend, service, tasks, instances)
            service.running_count = sum(1 for name, _ in tasks if name == service.name)
            service.pending_count = 0
        for host, instance in instances.items():
            cls.account(backend, cluster, instance, [name for name, at in tasks if at == host])

    @classmethod
    def place(cls, backend, service, tasks, instances):
        def room(host):
            cpu, mem = cls.left(backend, service.cluster_name, instances[host],
                                [name for name, at in tasks if at == host])
            need_cpu, need_mem = cls.size(backend, service)
            return min(cpu - need_cpu, mem - need_mem)

        def placeable():
            return sorted((host for host, one in instances.items()
                           if one.status == "ACTIVE" and one.agent_connected and room(host) >= 0),
                          key=lambda host: (-room(host), host))

        active = service.status == "ACTIVE"
        if service.scheduling_strategy == "DAEMON":
            tasks[:] = [task for task in tasks if task[0] != service.name]
            tasks.extend((service.name, host) for host in placeable() if active)
            service.desired_count = sum(1 for task in tasks if task[0] == service.name)
            return
        own = [task for task in reversed(tasks) if task[0] == service.name]
        own.sort(key=lambda task: instances[task[1]].status != "DRAINING")
        for task in own[:max(0, len(own) - (service.desired_count if active else 0))]:
            tasks.remove(task)
        missing = service.desired_count - min(len(own), service.desired_count) if active else 0
        for _ in range(missing):
            for host in placeable()[:1]:
                tasks.append((service.name, host))
        for task in [task for task in tasks
                     if task[0] == service.name and instances[task[1]].status == "DRAINING"]:
            for host in placeable()[:1]:
                tasks.remove(task)
                tasks.append((service.name, host))

    @staticmethod
    def size(backend, service):
        definition = backend.describe_task_definition(service.task_definition)
        containers = definition.container_definitions
        cpu = int(definition.cpu or 0) or sum(one.get("cpu") or 0 for one in containers)
        mem = int(definition.memory or 0) or sum(
            one.get("memoryReservation") or one.get("memory") or 0 for one in containers)
        return cpu, mem

    @classmethod
    def left(cls, backend, cluster, instance, names):
        cpu = instance_resource(instance, "registered", "CPU")["integerValue"]
        mem = instance_resource(instance, "registered", "MEMORY")["integerValue"]
        for name in names:
            need_cpu, need_mem = cls.size(backend, backend._get_service(cluster, name))
            cpu, mem = cpu - need_cpu, mem - need_mem
        return cpu, mem

    @classmethod
    def account(cls, backend, cluster, instance, names):
        cpu, mem = cls.left(backend, cluster, instance, names)
        instance_resource(instance, "remaining", "CPU")["integerValue"] = cpu
        instance_resource(instance, "remaining", "MEMORY")["integerValue"] = mem
        instance.running_tasks_count, instance.pending_tasks_count = len(names), 0


# --- Auto Scaling -----------------------------------------------------------------------------

def find_group(backend, name):
    if name not in backend.autoscaling_groups:
        raise ValidationError(f"AutoScalingGroup name not found - AutoScalingGroup {name} not found")
    return backend.autoscaling_groups[name]


class AutoScalingResponses(asg_responses.AutoScalingResponse):
    def describe_auto_scaling_groups(self):
        size = self._get_int_param("MaxRecords", 50)
        names = self._get_param("AutoScalingGroupNames", [])
        if not 1 <= size <= 100 or len(names) > size:
            raise ValidationError("The number of names must not be greater than MaxRecords, 1 to 100.")
        return ORIGINALS["describe_auto_scaling_groups"](self)

    def set_desired_capacity(self):
        name, wanted = self._get_param("AutoScalingGroupName"), self._get_int_param("DesiredCapacity")
        group = find_group(self.autoscaling_backend, name)
        for bound, beyond, word in ((group.max_size, wanted > group.max_size, "above max"),
                                    (group.min_size, wanted < group.min_size, "below min")):
            if beyond:
                raise ValidationError(f"New SetDesiredCapacity value {wanted} is {word} value {bound} "
                                      "for the AutoScalingGroup.")
        result = ORIGINALS["set_desired_capacity"](self)
        follow_group(self.region, group)
        return result

    def update_auto_scaling_group(self):
        group = find_group(self.autoscaling_backend, self._get_param("AutoScalingGroupName"))
        low = self._get_int_param("MinSize")
        high = self._get_int_param("MaxSize")
        wanted = self._get_int_param("DesiredCapacity")
        low = group.min_size if low is None else low
        high = group.max_size if high is None else high
        if low > high:
            raise ValidationError(f"Max bound, {high}, must be greater than or equal to min bound, {low}")
        if wanted is not None and not low <= wanted <= high:
            raise ValidationError(f"Desired capacity:{wanted} must be between the specified min size:{low} "
                                  f"and max size:{high}")
        before = group.desired_capacity
        result = ORIGINALS["update_auto_scaling_group"](self)
        # AWS drags the desired capacity along; moto looks at the number of instances instead.
        group.set_desired_capacity(wanted if wanted is not None else min(max(before, low), high))
        follow_group(self.region, group)
        return result

    def terminate_instance_in_auto_scaling_group(self):
        instance_id = self._get_param("InstanceId")
        group = next((one for one in self.autoscaling_backend.autoscaling_groups.values()
                      for state in one.instance_states if state.instance.id == instance_id), None)
        if group is None:
            raise ValidationError(f"Instance Id not found - No managed instance found for instance ID {instance_id}")
        if self._get_bool_param("ShouldDecrementDesiredCapacity", False) and \
                group.desired_capacity <= group.min_size:
            raise ValidationError(
                f"Currently, desiredSize equals minSize ({group.min_size}). Terminating instance without "
                "replacement will violate group's min size constraint. Either set "
                "shouldDecrementDesiredCapacity flag to false or lower group's min size.")
        result = ORIGINALS["terminate_instance_in_auto_scaling_group"](self)
        follow_group(self.region, group)
        return result


JOINING = {}  # (region, group) → (cluster, seconds until a new instance joins, cpu, mem)
LAUNCHED = {}  # instance id → when it was first seen


def follow_group(region, group):
    """What AWS's instances do by themselves: terminated ones leave, new ones join in a while."""
    backend = ecs(region)
    for cluster, instances in backend.container_instances.items():
        gone = [key for key, one in instances.items() if one.ec2_instance_id in dead_instances(region)]
        for key in gone:
            del instances[key]
        if gone:
            backend.clusters[cluster].registered_container_instances_count = len(instances)
            Scheduler.run(region, cluster)
    for state in group.instance_states:
        LAUNCHED.setdefault(state.instance.id, time.monotonic())
    join_instances(region, group)


def dead_instances(region):
    reservations = autoscaling(region).ec2_backend.reservations.values()
    return {instance.id for reservation in reservations for instance in reservation.instances
            if instance.state == "terminated"}


def join_instances(region, group):
    if (region, group.name) not in JOINING:
        return
    cluster, delay, cpu, mem = JOINING[region, group.name]
    known = {one.ec2_instance_id for one in find_instances(ecs(region), cluster)}
    for state in group.instance_states:
        due = LAUNCHED.setdefault(state.instance.id, time.monotonic()) + delay
        if state.instance.id not in known and time.monotonic() >= due:
            register(region, cluster, state.instance.id, cpu, mem)


def register(region, cluster, instance_id, cpu, mem):
    instance = ecs(region).register_container_instance(cluster, instance_id)
    for name, value in (("CPU", cpu), ("MEMORY", mem)):
        for kind in ("registered", "remaining"):
            if value is not None:
                instance_resource(instance, kind, name)["integerValue"] = value
    Scheduler.run(region, cluster)
    return instance.container_instance_arn


# --- CloudWatch -------------------------------------------------------------------------------

def statistic_of(data, stat):
    """One statistic over the datapoints of a bucket; None where moto's data cannot give it."""
    whole = cw_models.Statistics([stat], None)
    whole.metric_data = data
    if stat in ("Sum", "Average", "Minimum", "Maximum", "SampleCount"):
        return whole.get_statistics_for_type(stat)
    values = sorted(one.value for one in data if isinstance(one, cw_models.MetricDatum))
    kind, percent = stat.rstrip("0123456789."), float(stat.lstrip("ptmc") or 0)
    if not values or kind not in ("p", "tm", "tc") or not 0 <= percent <= 100:
        return None
    place = (len(values) - 1) * percent / 100
    low = int(place)
    high = min(low + 1, len(values) - 1)
    quantile = values[low] + (values[high] - values[low]) * (place - low)
    if kind == "p":
        return quantile
    trimmed = [value for value in values if value <= quantile]
    return len(trimmed) if kind == "tc" else sum(trimmed) / len(trimmed)


class CloudWatchResponses(cw_responses.CloudWatchResponse):
    def get_metric_data(self):
        params = self._get_params()
        queries = params.get("MetricDataQueries", [])
        start, end = params["StartTime"].timestamp(), params["EndTime"].timestamp()
        if len(queries) > 500:
            raise cw_responses.ValidationError("The collection MetricDataQueries must not have a size greater than 500.")
        if start >= end:
            raise cw_responses.ValidationError("The parameter StartTime must be less than the parameter EndTime.")
        results = []
        for query in queries:
            points = self.points(query["MetricStat"], start, end)
            points.sort(reverse=params.get("ScanBy") != "TimestampAscending")
            utc = datetime.timezone.utc
            results.append({
                "id": query["Id"], "label": query.get("Label") or query["MetricStat"]["Metric"]["MetricName"],
                "timestamps": [datetime.datetime.fromtimestamp(at, utc) for at, _ in points],
                "values": [value for _, value in points], "status_code": "Complete"})
        page, token = page_of(results, params.get("NextToken"), KNOBS["statistics_a_page"],
                              cw_responses.ValidationError)
        return ActionResult({"MetricDataResults": page, "NextToken": token})

    def points(self, stat, start, end):
        metric, period = stat["Metric"], int(stat["Period"])
        if period not in (1, 5, 10, 20, 30) and (period <= 0 or period % 60):
            raise cw_responses.ValidationError("The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.")
        wanted = sorted((row["Name"], row["Value"]) for row in metric.get("Dimensions", []))
        buckets = {}
        for datum in self.cloudwatch_backend.get_all_metrics():
            if (datum.namespace, datum.name) != (metric["Namespace"], metric["MetricName"]):
                continue
            if sorted((row.name, row.value) for row in datum.dimensions) != wanted:
                continue
            at = datum.timestamp
            at = (at if at.tzinfo else at.replace(tzinfo=datetime.timezone.utc)).timestamp()
            bucket = int(at // period * period)
            if start <= bucket < end:
                buckets.setdefault(bucket, []).append(datum)
        points = [(bucket, statistic_of(data, stat["Stat"])) for bucket, data in buckets.items()]
        return [(bucket, float(value)) for bucket, value in points if value is not None]


KNOBS = {"statistics_a_page": 500}
ORIGINALS = {}


def patch(target, source):
    for name, function in vars(source).items():
        if callable(function) and not name.startswith("__"):
            if hasattr(target, name):
                ORIGINALS[name] = getattr(target, name)
            setattr(target, name, function)


patch(ecs_responses.EC2ContainerServiceResponse, EcsResponses)
patch(asg_responses.AutoScalingResponse, AutoScalingResponses)
patch(cw_responses.CloudWatchResponse, CloudWatchResponses)


# --- Credentials ------------------------------------------------------------------------------

def group_arn(region, params):
    """Of the group that a request is about: by its name, or as the group of an instance."""
    name = params.get("AutoScalingGroupName")
    for group in autoscaling(region).autoscaling_groups.values():
        if group.name == name or any(one.instance.id == params.get("InstanceId") for one in group.instance_states):
            return group.arn
    return f"arn:aws:autoscaling:{region}:{DEFAULT_ACCOUNT_ID}:autoScalingGroup:none:autoScalingGroupName/{name}"


def check_action_permitted(self, resource):
    request = Request.in_moto
    if request.service not in iam_evaluator.SERVICES:
        return ORIGINALS["check_action_permitted"](self, resource)
    policies = [access_control.IAMPolicy(policy)._policy_json for policy in self._access_key.collect_policies()]
    refused = iam_evaluator.refused(policies, request.service, request.operation, request.params, request.region,
                                    DEFAULT_ACCOUNT_ID, lambda params: group_arn(request.region, params))
    if refused is not None:
        action = iam_evaluator.action_of(request.service, request.operation)
        raise AccessDeniedError(user_arn=self._access_key.arn, action=f"{action} on resource: {refused}")
    return None


ORIGINALS["check_action_permitted"] = access_control.IAMRequestBase.check_action_permitted
access_control.IAMRequestBase.check_action_permitted = check_action_permitted

KEYS = {}  # access key id → {"secret", "token", "expired"}


class Refusal(Exception):
    """An answer that does not come from moto: code for JSON services, code for XML ones, status."""

    def __init__(self, json_code, xml_code, json_status, xml_status, message):
        super().__init__(message)
        self.codes = json_code, xml_code
        self.statuses = json_status, xml_status
        self.message = message


class ReceivedSigner(botocore.auth.SigV4Auth):
    """Signs what was received, at the time it says."""

    def sign(self, request):
        text = self.string_to_sign(request, self.canonical_request(request))
        return self.signature(text, request)


def secret_of(key):
    known = KEYS.get(key)
    if known:
        return known
    for backend in sts_backends[DEFAULT_ACCOUNT_ID].values():
        role = backend.get_assumed_role_from_access_key(key)
        if role:
            return {"secret": role.secret_access_key, "token": role.session_token, "expired": False}
    for backend in iam_backends[DEFAULT_ACCOUNT_ID].values():
        for user in backend.users.values():
            for one in user.access_keys:
                if one.access_key_id == key:
                    return {"secret": one.secret_access_key, "token": None, "expired": False}
    raise Refusal("UnrecognizedClientException", "InvalidClientTokenId", 400, 403,
                  "The security token included in the request is invalid.")


def check_credentials(request):
    if request.operation == "AssumeRoleWithWebIdentity":
        return
    if not request.authorization:
        raise Refusal("MissingAuthenticationTokenException", "MissingAuthenticationToken", 400, 403,
                      "Missing Authentication Token")
    key = secret_of(request.access_key)
    if request.headers.get("x-amz-security-token") != key["token"]:
        raise Refusal("UnrecognizedClientException", "InvalidClientTokenId", 400, 403,
                      "The security token included in the request is invalid.")
    if key["expired"]:
        raise Refusal("ExpiredTokenException", "ExpiredToken", 400, 403,
                      "The security token included in the request is expired")
    signed = request.authorization["SignedHeaders"].split(";")
    try:
        again = botocore.awsrequest.AWSRequest(
            method=request.method, url=f"http://{request.headers['host']}{request.path}", data=request.body,
            headers={name: request.headers[name] for name in signed})
        again.context["timestamp"] = request.headers["x-amz-date"]
    except KeyError as missing:
        raise Refusal("InvalidSignatureException", "SignatureDoesNotMatch", 400, 403,
                      f"Header {missing} is signed but was not sent.") from None
    credentials = botocore.credentials.Credentials(request.access_key, key["secret"])
    signer = ReceivedSigner(credentials, request.service, request.region)
    if signer.sign(again) != request.authorization["Signature"]:
        raise Refusal("InvalidSignatureException", "SignatureDoesNotMatch", 400, 403,
                      "The request signature we calculated does not match the signature you provided.")


# --- Requests, rules, log ---------------------------------------------------------------------

class Request:
    """What came in, taken apart."""
    in_moto = None  # the one that moto is at

    def __init__(self, method, path, headers, body, connection):
        self.method, self.path, self.body, self.connection = method, path, body, connection
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.json = "x-amz-target" in self.headers
        self.is_boto3 = self.headers.get("user-agent", "").startswith("Boto3")
        if self.json:
            self.operation = self.headers["x-amz-target"].rpartition(".")[2]
            self.params = self.parse_json(body)
        elif aws_emulator_lambda.operation_of(method, path):
            self.json = True
            self.operation = aws_emulator_lambda.operation_of(method, path)
            self.params = self.parse_json(body)
            self.params.get("Code", self.params).pop("ZipFile", None)  # megabytes
        else:
            text = body.decode("utf-8", "replace") or urllib.parse.urlsplit(path).query
            self.params = dict(urllib.parse.parse_qsl(text, keep_blank_values=True))
            self.operation = self.params.get("Action", "")
        self.is_mutating = self.operation.startswith(aws_emulator.MUTATING)
        self.authorization = self.parse_authorization(self.headers.get("authorization", ""))
        self.access_key = self.region = self.service = ""
        if self.authorization:
            parts = self.authorization["Credential"].split("/")
            self.access_key, self.region, self.service = parts[0], parts[2], parts[3]

    @staticmethod
    def parse_json(body):
        try:
            params = json.loads(body or b"{}")
        except ValueError:
            return {}
        return params if isinstance(params, dict) else {"payload": params}

    @staticmethod
    def parse_authorization(text):
        scheme, _, rest = text.partition(" ")
        fields = dict(part.strip().partition("=")[::2] for part in rest.split(",") if "=" in part)
        complete = {"Credential", "SignedHeaders", "Signature"} <= set(fields)
        return fields if scheme == "AWS4-HMAC-SHA256" and complete else None


class Log:
    lock = threading.Lock()
    entries = []

    @classmethod
    def begin(cls, request):
        with cls.lock:
            entry = {"start": time.monotonic(), "end": None, "status": None,
                     "service": request.service, "operation": request.operation,
                     "region": request.region, "access_key": request.access_key,
                     "params": request.params, "headers": request.headers,
                     "connection": request.connection}
            cls.entries.append(entry)
            return entry

    @classmethod
    def end(cls, entry, status):
        with cls.lock:
            entry["end"], entry["status"] = time.monotonic(), status


class Rules:
    lock = threading.Lock()
    rows = []

    @classmethod
    def hold(cls, rule):
        """Until the rules are cleared."""
        rule["held"] = True
        while any(one is rule for one in cls.rows):
            time.sleep(0.01)

    @classmethod
    def take(cls, request):
        """The first rule that applies to this request, counted down."""
        text = json.dumps(request.params)
        with cls.lock:
            for rule in cls.rows:
                if rule["operation"] not in ("*", request.operation):
                    continue
                if rule.get("mutating") and not request.is_mutating:
                    continue
                if request.is_boto3 and not rule.get("boto3"):
                    continue  # the witness sees the world as it is
                if rule.get("contains") and rule["contains"] not in text:
                    continue
                if rule.get("after", 0) > 0:
                    rule["after"] -= 1
                    continue
                if rule.get("times") is not None:
                    if rule["times"] <= 0:
                        continue
                    rule["times"] -= 1
                rule["hits"] = rule.get("hits", 0) + 1
                return rule
        return {}


def error_answer(request, code, message, status):
    if request.json:
        body = json.dumps({"__type": code, "message": message})
        return status, {"Content-Type": "application/x-amz-json-1.1"}, body.encode()
    body = (f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>"
            "</Error><RequestId>7a62c49f-347e-4fc4-9331-6e8eEXAMPLE</RequestId></ErrorResponse>")
    return status, {"Content-Type": "text/xml"}, body.encode()


APPLICATION = DomainDispatcherApplication(create_backend_app)


def ask_moto(request):
    host, _, port = request.headers.get("host", "localhost").partition(":")
    path, _, query = request.path.partition("?")
    environ = {
        "REQUEST_METHOD": request.method, "SCRIPT_NAME": "", "PATH_INFO": urllib.parse.unquote(path),
        "RAW_URI": request.path, "REQUEST_URI": request.path, "QUERY_STRING": query,
        "CONTENT_TYPE": request.headers.get("content-type", ""), "CONTENT_LENGTH": str(len(request.body)),
        "SERVER_NAME": host, "SERVER_PORT": port or "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1", "wsgi.version": (1, 0), "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body), "wsgi.errors": sys.stderr, "wsgi.multithread": True,
        "wsgi.multiprocess": False, "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        if name not in ("content-type", "content-length"):
            environ["HTTP_" + name.upper().replace("-", "_")] = value
    answer = {}

    def start_response(status, headers, exc_info=None):
        answer["status"], answer["headers"] = int(status.split(" ", 1)[0]), dict(headers)

    with MOTO:
        Request.in_moto = request
        for (region, name) in list(JOINING):
            group = autoscaling(region).autoscaling_groups.get(name)
            if group:
                join_instances(region, group)
        chunks = APPLICATION(environ, start_response)
        body = b"".join(chunks)
        if hasattr(chunks, "close"):
            chunks.close()
    answer["headers"].pop("Content-Length", None)
    return answer["status"], answer["headers"], body


def answer_to(request, rule):
    if rule.get("error"):
        error = rule["error"]
        return error_answer(request, error["code"], error.get("message", error["code"]), error.get("status", 400))
    if "status" in rule or "body" in rule:
        return rule.get("status", 200), {}, rule.get("body", "").encode()
    try:
        check_credentials(request)
    except Refusal as refusal:
        kind = 0 if request.json else 1
        return error_answer(request, refusal.codes[kind], refusal.message, refusal.statuses[kind])
    return ask_moto(request)


# --- What tests can do ------------------------------------------------------------------------

CONTROLS = {}


def control(function):
    CONTROLS[function.__name__] = function
    return function


@control
def set_service(region, cluster, service, **values):
    """desired_count, running_count, pending_count, status, launch_type, held, …"""
    one = ecs(region)._get_service(cluster, service)
    for name, value in values.items():
        setattr(one, name, value)


@control
def set_instance(region, cluster, instance, cpu=None, mem=None, cpu_left=None, mem_left=None, **values):
    """An instance by ARN or EC2 id. Else: running_tasks_count, pending_tasks_count, status,
    agent_connected, capacity_provider_name."""
    one = next(one for one in find_instances(ecs(region), cluster)
               if instance in (one.ec2_instance_id, one.container_instance_arn))
    rows = (("registered", "CPU", cpu), ("registered", "MEMORY", mem),
            ("remaining", "CPU", cpu_left), ("remaining", "MEMORY", mem_left))
    for kind, name, value in rows:
        if value is not None:
            instance_resource(one, kind, name)["integerValue"] = value
    for name, value in values.items():
        setattr(one, name, value)


@control
def set_group(region, group, **values):
    """min_size, max_size, desired_capacity as bare numbers: nothing is launched or terminated."""
    for name, value in values.items():
        setattr(find_group(autoscaling(region), group), name, value)


@control
def set_group_instance(region, instance, **values):
    """lifecycle_state, protected_from_scale_in, health_status"""
    for group in autoscaling(region).autoscaling_groups.values():
        for state in group.instance_states:
            if state.instance.id == instance:
                for name, value in values.items():
                    setattr(state, name, value)


@control
def set_task(region, cluster, task, **values):
    """last_status, desired_status"""
    for one in ecs(region).tasks[cluster].values():
        if one.task_arn == task:
            for name, value in values.items():
                setattr(one, name, value)


@control
def register_instances(region, cluster, instances, cpu=None, mem=None):
    """What the ECS agent on a new instance does; gives the container instances' ARNs."""
    return [register(region, cluster, instance, cpu, mem) for instance in instances]


@control
def join(region, group, cluster, delay_s=0, cpu=None, mem=None):
    """From now on the group's instances join the cluster that long after their launch."""
    JOINING[region, group] = (cluster, delay_s, cpu, mem)
    join_instances(region, find_group(autoscaling(region), group))


@control
def schedule(region, cluster):
    """From now on the cluster's services have tasks on its instances (see Scheduler)."""
    Scheduler.clusters.setdefault((region, cluster), [])
    Scheduler.run(region, cluster)


@control
def put_key(access_key, secret, token=None, expired=False):
    KEYS[access_key] = {"secret": secret, "token": token, "expired": expired}


@control
def enforce_iam(on):
    """moto's own checks: signature and policies of IAM users and roles."""
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0 if on else float("inf")
    ActionAuthenticatorMixin.request_count = 0


@control
def set_knob(**values):
    KNOBS.update(values)


@control
def add_rule(**rule):
    """operation ("*": all), mutating (true: only such), contains (text of its parameters), after (let so many pass), times, boto3
    (true: for the tests' own requests, too, which are left alone else); then one or more of: delay_s, do ([[control, arguments], …] before the answer), error {code,
    message, status}, status, headers, body, drop ("before" or "after" moto has done it), hold (true: no answer,
    after moto has done it, until the rules are cleared), truncate
    (bytes of the body that are sent), trickle_s (between bytes)."""
    with Rules.lock:
        Rules.rows.append(rule)


@control
def is_held():
    """Is a request held by a rule?"""
    with Rules.lock:
        return any(rule.get("held") for rule in Rules.rows)


@control
def clear_rules():
    with Rules.lock:
        Rules.rows.clear()


@control
def log_length():
    with Log.lock:
        return len(Log.entries)


@control
def log(since=0):
    with Log.lock:
        return Log.entries[since:]


for function in aws_emulator_lambda.CONTROLS:
    control(function)


@control
def ping():
    return "pong"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    timeout = 120

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/_control":
            self.do_control(body)
            return
        request = Request(self.command, self.path, self.headers, body, self.client_address[1])
        entry = Log.begin(request)
        rule, status, headers, answer = {}, None, {}, b""
        try:
            rule = Rules.take(request)
            status, headers, answer = self.answer_of(request, rule)
        finally:
            Log.end(entry, status)  # before it goes out: the next request may follow at once
        if status is None:
            self.hang_up()
        else:
            self.respond(status, headers, answer, rule.get("truncate"), rule.get("trickle_s"))

    do_GET = do_PUT = do_DELETE = do_POST

    def do_control(self, body):
        order = json.loads(body)
        try:
            with MOTO:
                result = {"result": CONTROLS[order["name"]](**order["arguments"])}
        except Exception as problem:  # whatever it was, the test gets to see it
            result = {"problem": f"{type(problem).__name__}: {problem}"}
        self.respond(200, {}, json.dumps(result).encode())

    @staticmethod
    def answer_of(request, rule):
        """Status (None: hang up), headers and body."""
        time.sleep(rule.get("delay_s", 0))
        for name, arguments in rule.get("do", []):
            with MOTO:
                CONTROLS[name](**arguments)
        if rule.get("drop") == "before":
            return None, {}, b""
        status, headers, body = answer_to(request, rule)
        if rule.get("hold"):
            Rules.hold(rule)
        if rule.get("drop") == "after":
            return None, {}, b""
        return status, {**headers, **rule.get("headers", {})}, body

    def respond(self, status, headers, body, truncate=None, trickle_s=None):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if trickle_s is not None:
            for byte in body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(trickle_s)
        else:
            self.wfile.write(body if truncate is None else body[:truncate])
        self.wfile.flush()
        if truncate is not None:
            self.close_connection = True

    def hang_up(self):
        """Ends the connection with a reset, without an answer."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.wfile = io.BytesIO()
        self.connection.close()

    def handle(self):
        try:
            super().handle()
        except (ConnectionError, OSError, ValueError):
            pass  # the other side gave up, or a rule hung up

    def log_message(self, format, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main():
    server = Server(("127.0.0.1", 0), Handler)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    enforce_iam(False)
    put_key("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    print(server.server_address[1], flush=True)
    # Nobody left to talk to: whoever started this keeps its standard input open.
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    main()
