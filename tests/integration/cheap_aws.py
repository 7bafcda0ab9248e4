"""An AWS of one cluster that answers in microseconds, for tests that make tens of thousands of calls; and
the metric source of its one service. Served by lambda_runtime.py's server:

    aws = CheapAws("my_cluster")
    with LambdaRuntime(aws.answer) as server: …run the program with env=aws.env("http://" + server.address)…
"""
import collections
import json
import urllib.parse

REGION = "eu-central-1"
ARN = f"arn:aws:ecs:{REGION}:123456789012"
GROUP = f"""<DescribeAutoScalingGroupsResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">
<DescribeAutoScalingGroupsResult><AutoScalingGroups><member><AutoScalingGroupName>asg</AutoScalingGroupName>
<MinSize>1</MinSize><MaxSize>4</MaxSize><DesiredCapacity>1</DesiredCapacity><Instances><member>
<InstanceId>i-0123456789abcdef0</InstanceId><LifecycleState>InService</LifecycleState>
<HealthStatus>Healthy</HealthStatus><ProtectedFromScaleIn>false</ProtectedFromScaleIn></member></Instances>
</member></AutoScalingGroups></DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>"""
DEFINITION = """\
autoscale_group: asg
services:
  worker:
    min: 1
    max: 3
    metric_sources:
      third_party:
        - url: {url}/load
          statistics: [{{name: value, alias: load}}]
    events:
      - {{metric: load, action: 1, min: 5}}
      - {{metric: load, action: -1, max: 3}}
"""


def resources(cpu, mem):
    return [{"name": "CPU", "type": "INTEGER", "integerValue": cpu},
            {"name": "MEMORY", "type": "INTEGER", "integerValue": mem}]


class CheapAws:
    def __init__(self, cluster="my_cluster"):
        self.name, self.desired, self.load = cluster, 2, 4
        self.count = collections.Counter()
        self.keys = []  # the access key of each call
        self.credentials = None  # what /credentials gives
        self.expired = set()  # access keys that AWS does not take any more

    def write(self, folder):
        # `%(URL)`: the server's address is not known before it runs
        (folder / f"{self.name}.yml").write_text(DEFINITION.format(url="%(URL)"))

    def env(self, url, **more):
        return {"AWS_ENDPOINT_URL": url, "URL": url, "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
                "AWS_SECRET_ACCESS_KEY": "secret", **more}

    def service(self):
        return {"serviceName": "worker", "serviceArn": f"{ARN}:service/{self.name}/worker", "status": "ACTIVE",
                "desiredCount": self.desired, "runningCount": self.desired, "pendingCount": 0, "launchType": "EC2",
                "schedulingStrategy": "REPLICA", "taskDefinition": f"{ARN}:task-definition/worker:7"}

    def answer(self, method, path, headers, body):
        if path == "/load":
            self.count["load"] += 1
            return 200, {"Content-Type": "application/json"}, b'{"value": %d}' % self.load
        if path == "/credentials":
            self.count["credentials"] += 1
            return 200, {}, json.dumps(self.credentials).encode()
        key = headers["authorization"].partition("Credential=")[2].partition("/")[0]
        self.keys.append(key)
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        if not operation:
            operation = urllib.parse.parse_qs(body.decode())["Action"][0]
        self.count[operation] += 1
        if key in self.expired:
            return 400, {}, b'{"__type": "ExpiredTokenException", "message": "The security token is expired"}'
        if operation == "DescribeAutoScalingGroups":
            return 200, {"Content-Type": "text/xml"}, GROUP.encode()
        return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(
            getattr(self, operation)(json.loads(body))).encode()

    def DescribeServices(self, request):
        return {"services": [self.service()], "failures": []}

    def UpdateService(self, request):
        self.desired = request["desiredCount"]
        return {"service": self.service()}

    def ListContainerInstances(self, request):
        return {"containerInstanceArns": [f"{ARN}:container-instance/{self.name}/one"]}

    def DescribeContainerInstances(self, request):
        return {"failures": [], "containerInstances": [{
            "containerInstanceArn": arn, "ec2InstanceId": "i-0123456789abcdef0", "status": "ACTIVE",
            "agentConnected": True, "registeredResources": resources(2048, 4096),
            "remainingResources": resources(1024, 2048), "runningTasksCount": 2, "pendingTasksCount": 0}
            for arn in request["containerInstances"]]}

    def DescribeTaskDefinition(self, request):
        return {"taskDefinition": {"taskDefinitionArn": request["taskDefinition"], "containerDefinitions": [
            {"name": "main", "cpu": 256, "memory": 256}]}}
