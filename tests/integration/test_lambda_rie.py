"""The program as a Lambda function under AWS's own emulator of Lambda, from HTTP to a scaled cluster."""
import json
import re

import pytest

from lambda_function import task_folder
from lambda_runtime import RULE_EVENT, SCHEDULER_EVENT
from test_run_quick_start import busy, quick_start  # noqa: F401 (a fixture)
from world import scaled_service


@pytest.fixture
def start(rie, tested, tmp_path):
    """start(*clusters, binary=None, …) → lambda_rie.Rie around a function with these definitions."""
    def run(*clusters, binary=None, **options):
        return rie(task_folder(tmp_path / "task", binary or tested, clusters), **options)
    return run


def test_quick_start(quick_start, rabbitmq, start, program, aws):  # noqa: F811
    """Up and down again, as `make demo` plays it, each step an invocation."""
    emulator = start(quick_start, env={"USERNAME": rabbitmq.user, "PASSWORD": rabbitmq.password}, binary=program)
    busy(quick_start, rabbitmq, 12, 42.0, periods_ago=2)
    before, mark = quick_start.state(), aws.mark()
    dry = emulator.invoke("TEST_RUN")
    assert (dry["status"], dry["dry_run"], dry["changes"], dry["applied"]) == ("ok", True, 3, 0)
    assert quick_start.state() == before and aws.mutations(mark) == []
    up = emulator.invoke(RULE_EVENT)
    assert (up["status"], up["applied"]) == ("ok", 3)
    assert quick_start.services() == {"worker": 2, "backend": 2} and quick_start.capacity() == (1, 2, 4)
    busy(quick_start, rabbitmq, 0, 0.5, periods_ago=1)
    assert emulator.invoke(SCHEDULER_EVENT)["applied"] == 2
    assert quick_start.services() == {"worker": 1, "backend": 1}
    drain, = emulator.invoke(RULE_EVENT)["clusters"][0]["changes"]
    assert (drain["action"], drain["outcome"]) == ("drain instance", "applied")
    terminate, = emulator.invoke(RULE_EVENT)["clusters"][0]["changes"]
    assert (terminate["action"], terminate["outcome"]) == ("terminate instance", "applied")
    assert list(quick_start.instances().values()) == ["ACTIVE"] and quick_start.capacity() == (1, 1, 4)
    assert emulator.invoke(RULE_EVENT)["changes"] == 0
    assert rabbitmq.password not in emulator.log()
    peak = peak_kib(emulator)
    print(f"peak memory: {peak} KiB")  # what it may be is a benchmark's business
    documents = [json.loads(line) for line in re.findall(r'\{"_aws": .*', emulator.log())]
    totals = [document for document in documents if "Cluster" not in document]
    assert [document["ServicesScaled"] for document in totals] == [2, 2, 0, 0, 0]
    assert [document["InstancesAdded"] for document in totals] == [1, 0, 0, 0, 0]
    assert [document["InstancesDrained"] for document in totals] == [0, 0, 1, 0, 0]


def peak_kib(emulator):
    pid, = emulator.functions()
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read()).group(1))


def test_events_and_errors(make_cluster, metrics, start, aws):
    cluster = make_cluster()
    scaled_service(metrics, cluster, "worker", 9)
    emulator = start(cluster)
    assert emulator.invoke({"dry_run": True, "clusters": [cluster.name[:4] + "*"]})["changes"] == 1
    unknown = emulator.invoke({"dryrun": True})
    assert unknown["errorType"] == "Function.UnknownEvent" and '"TEST_RUN"' in unknown["errorMessage"]
    assert "the event cannot be read" in emulator.invoke(raw="{")["errorMessage"]
    assert emulator.invoke({"clusters": ["no-such"]})["errorType"] == "Function.UnknownCluster"
    aws.rule(operation="UpdateService", error={"code": "AccessDeniedException"})
    failed = emulator.invoke(RULE_EVENT)
    assert failed["status"] == "failed" and "ecs:UpdateService" in failed["clusters"][0]["errors"][0]
    aws.reset()
    aws.rule(operation="DescribeServices", error={"code": "AccessDeniedException"})
    aws.rule(operation="DescribeAutoScalingGroups", error={"code": "AccessDenied", "status": 403})
    aws.rule(operation="ListContainerInstances", error={"code": "AccessDeniedException"})
    assert emulator.invoke(RULE_EVENT)["errorType"] == "Function.NothingDone"
    aws.reset()
    assert emulator.invoke(RULE_EVENT)["applied"] == 1
    assert len(emulator.functions()) == 1  # all of it in one process, however many errors


def test_deadline(make_cluster, metrics, start, aws):
    """The emulator ends a function that takes longer than its time-out; this one answers before."""
    slow, fast = make_cluster(), make_cluster()
    for cluster in (slow, fast):
        scaled_service(metrics, cluster, "worker", 9)
    aws.rule(operation="DescribeServices", contains=slow.name, delay_s=20)
    answer = start(slow, fast, timeout_s=4).invoke(RULE_EVENT)
    assert answer["status"] == "failed" and answer["clusters_failed"] == 1, answer
    assert fast.services() == {"worker": 2} and slow.services() == {"worker": 1}


def test_a_broken_definition_among_others(make_cluster, start):
    good, bad = make_cluster(), make_cluster()
    bad.definition["sevices"] = {}
    answer = start(good, bad).invoke(RULE_EVENT)
    assert {row["cluster"]: row["status"] for row in answer["clusters"]} == {good.name: "ok", bad.name: "left out"}
    assert any("unknown key 'sevices'" in error for row in answer["clusters"] for error in row["errors"])


def test_init_failure(make_cluster, start):
    bad = make_cluster()
    bad.definition["sevices"] = {}
    emulator = start(bad)
    answer = emulator.invoke(RULE_EVENT)
    assert answer["errorType"] == "Runtime.BrokenDefinitions", answer
    assert re.search(rf"clusters/{bad.name}.yml:\d+:\d+: unknown key 'sevices'", answer["errorMessage"])
