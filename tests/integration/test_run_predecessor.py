"""Whole passes in which the Python predecessor was recorded (tests/tables/decide/predecessor_passes.jsonl),
played again: its definitions as they are, the same world, the same changes at AWS.

Where we do something else on purpose, a row says what (`ours`) and `because` of what; predecessor.md next
to the table explains. A change is written as it reads: "worker to 2", "group to 2", "drain i-a",
"terminate i-d"."""
import json
import pathlib

import pytest
import yaml

from world import Cluster, make_group

TABLE = pathlib.Path(__file__).resolve().parent.parent / "tables" / "decide" / "predecessor_passes.jsonl"
PASSES = [json.loads(line) for line in TABLE.read_text().splitlines()]
QUEUE = "http://mq/api/queues/celery"
NOBODY = "http://127.0.0.1:1/"


class World:
    """A recorded world in the emulator. `names` takes the recording's names to those of here."""

    def __init__(self, row, aws, metrics, make_cluster):
        self.row, self.aws, recorded = row, aws, row["world"]
        self.main = make_cluster(group=False)
        self.names = {"c": self.main.name, "g": f"{self.main.name}-group", QUEUE: self.source(metrics)}
        for group in recorded["asgs"]:
            name = self.names.setdefault(group["name"], f"{self.main.name}-{group['name']}")
            make_group(aws, name, group["min"], group["max"], group["desired"])
        self.main.group = self.names["g"]
        if "c" not in recorded["clusters"]:
            self.names["c"] += "-elsewhere"
        for cluster, services in recorded["services"].items():
            self.build_services(cluster, services)
        self.build_instances(recorded["instances"].get("c", []))
        for metric in recorded["cloudwatch"]:
            self.put_metric(metric)
        for operation, fault in recorded.get("faults", {}).items():
            aws.rule(operation=operation, contains=self.names["g"], error=fault)

    def source(self, metrics):
        answer = self.row["world"]["http"][QUEUE]
        if "fault" in answer:
            return NOBODY
        path = f"/{self.main.name}/celery"
        metrics.set(path, answer["json"], status=answer["status"])
        return metrics.url(path)

    def build_services(self, cluster, services):
        here = self.main if cluster == "c" else Cluster(self.aws, f"{self.main.name}-{cluster}", group=False)
        self.names.setdefault(cluster, here.name)
        for name, facts in services.items():
            desired = facts.get("desiredCount", facts["runningCount"])
            here.service(name, desired=desired, task_definition=self.task_definition(here, facts["taskDefinition"]))
            if desired != facts["runningCount"]:
                here.set_service(name, running_count=facts["runningCount"], pending_count=facts["pendingCount"],
                                 held=True)

    def task_definition(self, cluster, family):
        containers = [{"name": f"c{index}", "image": "busybox", "essential": True, **size}
                      for index, size in enumerate(self.row["world"]["task_definitions"][family])]
        answer = cluster.ecs.register_task_definition(family=f"{cluster.name}-{family}", containerDefinitions=containers)
        return answer["taskDefinition"]["taskDefinitionArn"]

    def build_instances(self, instances):
        for recorded, here in zip(instances, sorted(self.main.group_instances()), strict=True):
            self.names[recorded["ec2InstanceId"]] = here
            self.main.register([here], cpu=recorded["cpu"], mem=recorded["mem"])
            self.main.set_instance(here, cpu_left=recorded["cpu_left"], mem_left=recorded["mem_left"],
                                   running_tasks_count=recorded["running"], pending_tasks_count=recorded["pending"],
                                   status=recorded.get("status", "ACTIVE"))

    def put_metric(self, metric):
        (statistic, value), = metric["datapoints"][0].items()
        if statistic != "Average":
            return  # the recording's CloudWatch leaves out what it has no value of; there is no such thing here
        self.main.put_metric(metric["metric_name"], value, namespace=metric["namespace"],
                             dimensions=self.renamed(metric["dimensions"]))

    def renamed(self, value):
        if isinstance(value, dict):
            return {key: self.renamed(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.renamed(one) for one in value]
        return self.names.get(value, value) if isinstance(value, str) else value

    def write(self, folder):
        for cluster, definition in self.row["definitions"].items():
            text = yaml.safe_dump(self.renamed(definition), sort_keys=False)
            (folder / f"{self.names[cluster]}.yml").write_text(text)

    def said(self, call):
        """A change as the table has it."""
        back = {here: recorded for recorded, here in self.names.items()}
        arns = {self.main.instance_arn(here): recorded for recorded, here in self.names.items()
                if recorded.startswith("i-")}
        params = call.params
        if call.operation == "UpdateService":
            return f"{params['service']} to {params['desiredCount']}"
        if call.operation == "SetDesiredCapacity":
            return f"group to {params['DesiredCapacity']}"
        if call.operation == "TerminateInstanceInAutoScalingGroup":
            replaced = params["ShouldDecrementDesiredCapacity"] != "true"
            return f"terminate {back[params['InstanceId']]}{', replaced' if replaced else ''}"
        if call.operation == "UpdateContainerInstancesState":
            return f"drain {arns[params['containerInstances'][0]]}"
        return " ".join([call.operation, *(f"{key}={params[key]}" for key in ("MinSize", "MaxSize") if key in params)])


@pytest.mark.parametrize("row", PASSES, ids=[row["id"] for row in PASSES])
def test_recorded_pass(row, aws, metrics, make_cluster, autoscale):
    world = World(row, aws, metrics, make_cluster)
    result = autoscale(world, args=["--dry-run"] if row.get("dry_run") else [], code=None)
    done = sorted(world.said(call) for call in result.mutations)
    assert done == sorted(row.get("ours", row["predecessor"])), f"{row['name']}: {row.get('because', 'as it did')}"


def test_each_difference_has_its_reason():
    page = TABLE.with_name("predecessor.md").read_text()
    differing = [row for row in PASSES if "ours" in row]
    assert differing and all(row["ours"] != row["predecessor"] for row in differing)
    for row in PASSES:
        assert ("because" in row) == ("ours" in row), row["id"]
        assert "because" not in row or f"| `{row['because']}` |" in page, row["id"]
