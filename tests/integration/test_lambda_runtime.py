"""The program as a Lambda custom runtime, on a runtime API of the tests and the AWS emulator."""
import json
import re
import subprocess

import pytest

from aws_emulator import ACCESS_KEY, SECRET_KEY
from conftest import ROOT
from lambda_runtime import RULE_EVENT, SCHEDULER_EVENT
from world import http_source, scaled_service, up_and_down

FORMS = ("TEST_RUN", '"dry_run": true', '"clusters"', "EventBridge rules", "EventBridge Scheduler")


def busy_cluster(make_cluster, metrics, value=9, name="worker", **options):
    cluster = make_cluster(**options)
    scaled_service(metrics, cluster, name, value)
    return cluster


def broken_cluster(make_cluster):
    cluster = make_cluster()
    cluster.write = lambda folder: (folder / f"{cluster.name}.yml").write_text(
        "autoscale_group: null\nservices:\n  worker:\n    min: 1\n    maxx: 3\n")
    return cluster


def of(answer, cluster):
    row, = [row for row in answer.json()["clusters"] if row["cluster"] == cluster.name]
    return row


# --- events -----------------------------------------------------------------------------------

@pytest.mark.parametrize("event", ["TEST_RUN", {"dry_run": True}], ids=["predecessor", "dry_run"])
def test_dry_run(event, make_cluster, metrics, function, aws):
    cluster = busy_cluster(make_cluster, metrics)
    running = function(cluster)
    mark = aws.mark()
    before = cluster.state()
    answer = running.invoke(event)
    assert answer.kind == "response" and answer.json()["status"] == "ok" and answer.json()["dry_run"] is True
    change, = of(answer, cluster)["changes"]
    assert (change["action"], change["subject"], change["from"], change["to"]) == ("scale out service", "worker", 1, 2)
    assert "worker_load = 9" in change["reason"] and "outcome" not in change
    assert aws.mutations(mark) == [] and cluster.state() == before
    assert aws.calls(mark) != []
    assert running.metrics() == []  # figures are of passes that can change something


@pytest.mark.parametrize("event", [RULE_EVENT, SCHEDULER_EVENT, {"dry_run": False}], ids=["rule", "scheduler", "by hand"])
def test_a_pass(event, make_cluster, metrics, function):
    cluster, idle = busy_cluster(make_cluster, metrics), make_cluster()
    answer = function(cluster, idle).invoke(event)
    summary = answer.json()
    assert cluster.services() == {"worker": 2}
    assert of(answer, cluster)["changes"][0]["outcome"] == "applied"
    assert of(answer, idle) == {"cluster": idle.name, "status": "ok", "changes": [], "held": [], "errors": []}
    assert (summary["status"], summary["changes"], summary["applied"]) == ("ok", 1, 1)
    assert answer.headers["content-type"] == "application/json"


def test_some_clusters(make_cluster, metrics, function):
    first, second, third = [busy_cluster(make_cluster, metrics) for _ in range(3)]
    running = function(first, second, third)
    answer = running.invoke({"clusters": [first.name, second.name[:-1] + "?", "no-such*", "nor-this"]})
    named = {row["cluster"] for row in answer.json()["clusters"]}
    assert {first.name, second.name} <= named
    assert answer.json()["unknown_clusters"] == ["no-such*", "nor-this"] and answer.json()["status"] == "failed"
    assert [line["message"] for line in running.logs("ERROR")] == [
        "no cluster is called 'no-such*'", "no cluster is called 'nor-this'"]
    answer = running.invoke({"clusters": [f"{first.name[:-2]}*"], "dry_run": True})
    assert len(answer.json()["clusters"]) == 3 and answer.json()["dry_run"] is True
    answer = running.invoke({"clusters": ["elsewhere"]})
    assert (answer.kind, answer.error_type) == ("error", "Function.UnknownCluster")
    assert all(cluster.name in answer.json()["errorMessage"] for cluster in (first, second, third))


UNKNOWN = [{}, [], 7, None, True, "RUN", "", {"dryrun": True}, {"dry_run": "yes"}, {"clusters": []}, {"clusters": "a"},
           {"clusters": ["a", 1]}, {"clusters": ["a/b"]}, {"clusters": [""]}, {"clusters": ["a" * 256]},
           {**RULE_EVENT, "source": "aws.s3"}, {**RULE_EVENT, "detail-type": "Object Created"}, {"Records": []}]


def test_unknown_events_are_refused(make_cluster, metrics, function, aws):
    cluster = busy_cluster(make_cluster, metrics)
    running = function(cluster)
    mark = aws.mark()
    raws = [json.dumps(event).encode() for event in UNKNOWN] + [b"", b"{", b"\xff\xfe", b"[" * 1000, b'"\x00"']
    for raw in raws:
        answer = running.invoke(raw=raw)
        assert (answer.kind, answer.error_type) == ("error", "Function.UnknownEvent"), raw
        body = answer.json()
        assert body["errorType"] == "Function.UnknownEvent" and body["stackTrace"] == []
        assert all(form in body["errorMessage"] for form in FORMS), body
    assert aws.calls(mark) == []
    assert len(running.logs("ERROR")) == len(raws)
    assert running.invoke("TEST_RUN").kind == "response"
    raw = json.dumps({"clusters": ["x"] * 1025}).encode()
    assert "more than 1024" in running.invoke(raw=raw).json()["errorMessage"]


# --- failures ---------------------------------------------------------------------------------

def test_one_cluster_fails_the_others_run(make_cluster, metrics, function, aws):
    """No function error: trying again would not help. The log has an error line for each."""
    fine, held, lost, broken = (busy_cluster(make_cluster, metrics), make_cluster(),
                                busy_cluster(make_cluster, metrics), broken_cluster(make_cluster))
    metrics.set(f"/{held.name}/down", "not JSON")
    held.service("web", events=up_and_down("x"), sources={"third_party": [
        {"url": metrics.url(f"/{held.name}/down"), "statistics": [{"name": "x", "alias": "x"}]}]})
    aws.rule(operation="UpdateService", contains=lost.name, error={"code": "AccessDeniedException"})
    running = function(fine, held, lost, broken)
    answer = running.invoke()
    assert answer.kind == "response"
    statuses = {cluster: of(answer, cluster)["status"] for cluster in (fine, held, lost, broken)}
    assert statuses == {fine: "ok", held: "failed", lost: "failed", broken: "left out"}
    assert fine.services() == {"worker": 2} and lost.services() == {"worker": 1}
    assert "web" in [row["subject"] for row in of(answer, held)["held"]]
    assert "ecs:UpdateService" in of(answer, lost)["errors"][0]
    assert f"clusters/{broken.name}.yml:5:5: unknown key 'maxx'" in " ".join(of(answer, broken)["errors"])
    summary = answer.json()
    assert (summary["status"], summary["clusters_failed"], summary["changes"], summary["applied"]) == ("failed", 3, 2, 1)
    errors = {line.get("cluster") for line in running.logs("ERROR")}
    assert {held.name, lost.name, broken.name} <= errors and fine.name not in errors


def test_nothing_could_be_done(make_cluster, metrics, function, aws):
    """Then, and only then, it is a function error."""
    cluster = busy_cluster(make_cluster, metrics)
    aws.rule(operation="DescribeServices", error={"code": "AccessDeniedException"})
    aws.rule(operation="DescribeAutoScalingGroups", error={"code": "AccessDenied", "status": 403})
    aws.rule(operation="ListContainerInstances", error={"code": "AccessDeniedException"})
    running = function(cluster)
    answer = running.invoke()
    assert (answer.kind, answer.error_type) == ("error", "Function.NothingDone")
    assert f"{cluster.name}: group" in answer.json()["errorMessage"]
    assert "autoscaling:DescribeAutoScalingGroups" in answer.json()["errorMessage"]
    aws.reset()
    assert running.invoke().json()["status"] == "ok"


def test_without_credentials(make_cluster, metrics, function):
    running = function(busy_cluster(make_cluster, metrics), env={"AWS_ACCESS_KEY_ID": None, "AWS_EC2_METADATA_DISABLED": "true"})
    answer = running.invoke()
    assert answer.error_type == "Function.NothingDone" and "no credentials found" in answer.json()["errorMessage"]


def test_nothing_can_run(make_cluster, function):
    """Posted to init/error with every finding, then the process ends."""
    first, second = broken_cluster(make_cluster), broken_cluster(make_cluster)
    running = function(first, second)
    assert running.wait() == 1
    error = running.api.init_error
    assert error.headers["lambda-runtime-function-error-type"] == "Runtime.BrokenDefinitions"
    for cluster in (first, second):
        assert f"clusters/{cluster.name}.yml:5:5: unknown key 'maxx'" in error.json()["errorMessage"]
    assert error.json()["errorType"] == "Runtime.BrokenDefinitions" and running.api.nexts == 0
    assert any("maxx" in line["message"] for line in running.logs("ERROR"))


def test_no_definitions(function):
    running = function(prepare=lambda task: (task / "clusters").rmdir())
    assert running.wait() == 1
    assert running.api.init_error.json()["errorType"] == "Runtime.NoDefinitions"
    assert str(running.task) in running.api.init_error.json()["errorMessage"]
    running = function()
    assert running.wait() == 1
    assert "holds no definitions" in running.api.init_error.json()["errorMessage"]


def test_broken_configuration(make_cluster, metrics, function, tmp_path):
    (tmp_path / "config").write_text("[default\nregion = x\n")
    running = function(busy_cluster(make_cluster, metrics), env={"AWS_CONFIG_FILE": tmp_path / "config"})
    assert running.wait() == 1
    assert running.api.init_error.json()["errorType"] == "Runtime.BrokenConfiguration"
    assert "config:1" in running.api.init_error.json()["errorMessage"]


def test_a_missing_variable_is_an_init_error(make_cluster, function):
    cluster = make_cluster()
    cluster.service("worker", sources={"third_party": [
        {"url": "http://%(NAME):%(PASSWORD)@host/", "statistics": [{"name": "x", "alias": "x"}]}]}, events=up_and_down("x"))
    running = function(cluster, env={"NAME": "someone"})
    assert running.wait() == 1
    message = running.api.init_error.json()["errorMessage"]
    assert re.search(rf"clusters/{cluster.name}.yml:\d+:\d+: environment variable 'PASSWORD' is not set", message)
    assert "someone" not in message


# --- the deadline -----------------------------------------------------------------------------

def test_slow_facts(make_cluster, metrics, function, aws):
    """What has not come by the deadline has failed; what came was decided and applied; all in good time."""
    slow, fast = busy_cluster(make_cluster, metrics), busy_cluster(make_cluster, metrics)
    aws.rule(operation="DescribeServices", contains=slow.name, delay_s=15)
    running = function(slow, fast)
    answer = running.invoke(deadline_s=3)
    assert of(answer, fast)["status"] == "ok" and fast.services() == {"worker": 2}
    assert of(answer, slow)["status"] == "failed" and of(answer, slow)["changes"] == []
    assert "deadline" in of(answer, slow)["held"][0]["reason"]
    assert any(line["cluster"] == slow.name and "deadline" in line["message"] for line in running.logs("ERROR"))


def test_nothing_new_is_applied_inside_the_margin(make_cluster, metrics, function, aws):
    """The margin is twice the slowest call of late: at first a guess, soon what is measured. Group bounds are
    applied before services; here they take 2 of 3 seconds."""
    cluster, slow = make_cluster(), {"operation": "UpdateAutoScalingGroup", "delay_s": 2.1}
    scaled_service(metrics, cluster, "worker", 9, max=9)
    cluster.definition["max"] = 5
    running = function(cluster)
    aws.rule(**slow)
    answer = running.invoke(deadline_s=3)
    assert [change["outcome"] for change in of(answer, cluster)["changes"]] == ["applied", "not applied"]
    assert "deadline" in of(answer, cluster)["errors"][0] and of(answer, cluster)["status"] == "failed"
    assert (answer.json()["changes"], answer.json()["applied"]) == (2, 1) and cluster.services() == {"worker": 1}
    assert any("not applied" in line["message"] for line in running.logs("ERROR"))
    aws.reset()
    for _ in range(30):
        assert running.invoke("TEST_RUN", deadline_s=60).kind == "response"
    cluster.aws.client("autoscaling").update_auto_scaling_group(AutoScalingGroupName=cluster.group, MaxSize=4)
    aws.rule(**slow)
    answer = running.invoke(deadline_s=3)
    assert [change["outcome"] for change in of(answer, cluster)["changes"]] == ["applied", "applied"]
    assert cluster.services() == {"worker": 2}


# --- Lambda's side ----------------------------------------------------------------------------

def test_answers_that_lambda_refuses(make_cluster, metrics, function):
    running = function(busy_cluster(make_cluster, metrics))
    running.api.statuses = [413]
    answer = running.invoke()
    assert (answer.kind, answer.error_type) == ("error", "Function.AnswerRefused")
    running.api.statuses = [400, 400]
    refused = running.api.start("TEST_RUN")
    running.api.wait_for_next(3)  # too late, both: it goes on
    assert refused not in running.api.answers
    assert running.invoke("TEST_RUN").kind == "response"
    running.api.statuses = [500]
    running.api.start("TEST_RUN")
    assert running.wait() == 1  # "the runtime should exit promptly"


@pytest.mark.parametrize("broken", [{"Lambda_Runtime_Aws_Request_Id": None}, {"Lambda_Runtime_Aws_Request_Id": "../../x"},
                                    {"raw": b'"' + b"x" * 9_000_000 + b'"'}], ids=["no id", "odd id", "too large"])
def test_what_lambda_would_never_send(broken, make_cluster, function):
    running = function(make_cluster())
    running.api.start("TEST_RUN", **broken)
    assert running.wait() == 1
    assert "Lambda's runtime API" in running.logs("ERROR")[-1]["message"]


def test_beside_the_program(make_cluster, function):
    """LAMBDA_TASK_ROOT is where Lambda unpacks a zip; in an image the definitions are beside the program."""
    running = function(make_cluster(), env={"LAMBDA_TASK_ROOT": "/nowhere"})
    assert running.invoke("TEST_RUN").kind == "response"
    running = function(make_cluster(), env={"LAMBDA_TASK_ROOT": None}, cwd="/")
    assert running.invoke("TEST_RUN").kind == "response"


def test_it_is_a_command_still(function, make_cluster, tested):
    """With arguments it is the command it always was, whatever it is called."""
    running = function(make_cluster())
    version = subprocess.run([running.task / "bootstrap", "--version"], capture_output=True, text=True, check=True,
                             env={"AWS_LAMBDA_RUNTIME_API": running.api.address})
    assert version.stdout.startswith("ecs-autoscale ") and version.stderr == ""
    without = subprocess.run([running.task / "bootstrap"], capture_output=True, text=True, env={}, check=False)
    assert without.returncode == 2 and "usage" in without.stderr.lower()


def test_proxies_are_not_asked(make_cluster, function):
    """Not for the runtime API, which is on loopback."""
    cluster = make_cluster()
    cluster.definition["enabled"] = False
    proxies = {name: "http://127.0.0.1:9" for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")}
    running = function(cluster, env=proxies)
    assert running.invoke("TEST_RUN").json()["status"] == "ok"
    assert all(agent.startswith("ecs-autoscale/") for agent in running.api.user_agents)


# --- logs, metrics, trace ---------------------------------------------------------------------

def test_json_logs(make_cluster, metrics, function):
    cluster = busy_cluster(make_cluster, metrics)
    running = function(cluster, env={"LOG_LEVEL": "debug"})
    answer = running.invoke()
    lines = running.logs()
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["timestamp"]) for line in lines)
    assert {line["level"] for line in lines} == {"DEBUG", "INFO"}
    assert "requestId" not in lines[0] and {line["requestId"] for line in lines[1:]} == {answer.id}
    assert any(line.get("cluster") == cluster.name and "UpdateService" in line["message"] for line in lines)


@pytest.mark.parametrize("env, level", [
    ({}, "info"), ({"LOG_LEVEL": "error"}, "error"), ({"AWS_LAMBDA_LOG_LEVEL": "TRACE"}, "debug"),
    ({"AWS_LAMBDA_LOG_LEVEL": "FATAL"}, "error"), ({"LOG_LEVEL": "DEBUG", "AWS_LAMBDA_LOG_LEVEL": "ERROR"}, "debug"),
    ({"LOG_LEVEL": "loud", "AWS_LAMBDA_LOG_LEVEL": "DEBUG"}, "debug")])
def test_text_logs_and_levels(env, level, make_cluster, metrics, function):
    """LOG_LEVEL wins over AWS_LAMBDA_LOG_LEVEL."""
    running = function(busy_cluster(make_cluster, metrics), env={"AWS_LAMBDA_LOG_FORMAT": "Text", **env})
    running.invoke("TEST_RUN")
    words = set(re.findall(r"^\d\d:\d\d:\d\d (\w+) ", running.err.read_text(), re.M))
    assert words - {"warning"} == {"debug": {"debug", "info"}, "info": {"info"}, "error": set()}[level]
    assert ("LOG_LEVEL is none of" in running.err.read_text()) == (env.get("LOG_LEVEL") == "loud")


def test_metrics(make_cluster, metrics, function, aws):
    cluster, idle, broken = busy_cluster(make_cluster, metrics, desired=1), make_cluster(), broken_cluster(make_cluster)
    cluster.fill(cluster.group_instances()[0], 100, 100)  # no room: one instance more
    aws.rule(operation="DescribeServices", contains=cluster.name, times=1, error={"code": "ThrottlingException"})
    running = function(cluster, idle, broken)
    mark = aws.mark()
    answer = running.invoke()
    documents = {document.get("Cluster"): document for document in running.metrics()}
    assert set(documents) == {cluster.name, idle.name, broken.name, None}
    for name, document in documents.items():
        directive, = document["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == "ecs-autoscale"
        assert directive["Dimensions"] == ([["Cluster"]] if name else [[]])
        assert all(isinstance(document[metric["Name"]], int) for metric in directive["Metrics"])
        assert {metric["Unit"] for metric in directive["Metrics"]} == {"Milliseconds", "Count"}
        assert document["requestId"] == answer.id and abs(document["_aws"]["Timestamp"] / 1000 - answer.at) < 60

    def values(name):
        return {metric["Name"]: documents[name][metric["Name"]]
                for metric in documents[name]["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    mine, total = values(cluster.name), values(None)
    assert {name: mine[name] for name in mine if name not in ("PassDuration", "ApiCalls")} == {
        "Throttles": 1, "ServicesScaled": 1, "ServicesHeld": 0, "InstancesAdded": 1, "InstancesDrained": 0,
        "ClustersFailed": 0}
    assert total["ApiCalls"] == len(aws.calls(mark)) + len(metrics.requests(f"/{cluster.name}/worker_load"))
    assert total["ClustersFailed"] == values(broken.name)["ClustersFailed"] == 1
    assert values(idle.name)["ServicesScaled"] == 0
    assert len(re.findall(r'^\{"_aws": ', running.out.read_text(), re.M)) == 4  # a line each


@pytest.mark.parametrize("word", ["off", "FALSE"])
def test_metrics_can_be_switched_off(word, make_cluster, metrics, function):
    running = function(busy_cluster(make_cluster, metrics), env={"ECS_AUTOSCALE_METRICS": word})
    assert running.invoke().json()["applied"] == 1
    assert running.metrics() == []


def test_the_trace_id_goes_on(make_cluster, metrics, function, aws):
    """On calls to AWS, signed with the rest; not to anybody else."""
    cluster = busy_cluster(make_cluster, metrics)
    running = function(cluster)
    trace = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"
    mark = aws.mark()
    running.invoke(trace=trace)
    assert {call["headers"].get("x-amzn-trace-id") for call in aws.calls(mark)} == {trace}
    seen = metrics.requests(f"/{cluster.name}/worker_load")
    assert seen and all(request.header("X-Amzn-Trace-Id") is None for request in seen)
    mark = aws.mark()
    running.invoke("TEST_RUN", trace=None)
    running.invoke("TEST_RUN", trace="x" * 2000)
    running.invoke("TEST_RUN", trace="a b")
    assert {call["headers"].get("x-amzn-trace-id") for call in aws.calls(mark)} == {None}


def test_programs_it_starts_see_the_trace_id(make_cluster, metrics, function, aws, tmp_path):
    """In the variable that every SDK looks at."""
    (tmp_path / "keys").write_text(f"""#!/bin/sh
echo "$_X_AMZN_TRACE_ID" >>{tmp_path}/seen
echo '{json.dumps({"Version": 1, "AccessKeyId": ACCESS_KEY, "SecretAccessKey": SECRET_KEY, "Expiration": "2020-01-01T00:00:00Z"})}'
""")
    (tmp_path / "keys").chmod(0o755)
    (tmp_path / "config").write_text(f"[default]\ncredential_process = {tmp_path}/keys\n")
    running = function(busy_cluster(make_cluster, metrics), env={
        "AWS_CONFIG_FILE": tmp_path / "config", "AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None})
    for trace in ("Root=1-a;Sampled=1", None, "Root=1-longer-than-before"):
        running.invoke("TEST_RUN", trace=trace)
    assert (tmp_path / "seen").read_text().splitlines()[:1] == ["Root=1-a;Sampled=1"]
    assert set((tmp_path / "seen").read_text().splitlines()) == {"Root=1-a;Sampled=1", "", "Root=1-longer-than-before"}


def test_secrets_stay_inside(make_cluster, metrics, function):
    cluster = make_cluster()
    sources = http_source(metrics, cluster, "load", 9, headers={"X-Token": "%(TOKEN)"})
    sources["third_party"][0]["url"] = metrics.url(f"/{cluster.name}/load", "%(NAME):%(SECRET)@")
    cluster.service("worker", sources=sources, events=up_and_down("load"))
    running = function(cluster, env={"LOG_LEVEL": "debug", "NAME": "n-a-m-e", "SECRET": "s-e-c-r-e-t", "TOKEN": "t-o-k-e-n"})
    answer = running.invoke()
    assert cluster.services() == {"worker": 2}
    said = answer.body.decode() + running.out.read_text() + running.err.read_text()
    for secret in ("n-a-m-e", "s-e-c-r-e-t", "t-o-k-e-n", running.env["AWS_SECRET_ACCESS_KEY"]):
        assert secret not in said


# --- docs/lambda-runtime.md -------------------------------------------------------------------

PAGE = (ROOT / "docs" / "lambda-runtime.md").read_text()


def section(title):
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_page_shows_these_events(make_cluster, metrics, function):
    running = function(busy_cluster(make_cluster, metrics, name="a"))
    rows = re.findall(r"^\| (.*?) \| (.*?) \|$", section("Events"), re.M)[2:]
    shown = [(json.loads(event), what) for cell, what in rows for event in re.findall(r"`(.*?)`", cell)]
    assert len(shown) == 4
    for event, what in shown:
        answer = running.invoke(event)
        if "clusters" not in event:
            assert answer.json()["dry_run"] == what.startswith("a dry run")
        else:
            assert answer.error_type == "Function.UnknownCluster"
    assert running.invoke({}).error_type == "Function.UnknownEvent"


def test_the_page_shows_such_an_answer(make_cluster, metrics, function):
    """The same members in the same order, of the same kinds."""
    answer = function(busy_cluster(make_cluster, metrics)).invoke().json()
    shown = json.loads(re.search(r"<!-- run: answer -->\n```json\n(.*?)```", PAGE, re.S).group(1))

    def shape(value):
        if isinstance(value, dict):
            return [(key, shape(item)) for key, item in value.items()]
        return [shape(item) for item in value] if isinstance(value, list) else type(value).__name__
    assert shape(shown) == shape(answer)


def test_the_page_lists_every_name():
    sources = {path.name: path.read_text() for path in (ROOT / "src" / "lambda").glob("*.[ch]")}
    metrics_there = re.findall(r'^    X\(\w+, "(\w+)", "(\w+)"\)', sources["metrics.h"], re.M)
    assert len(metrics_there) >= 8
    assert re.findall(r"^\| `(\w+)` \| (\w+) \|", section("Metrics"), re.M) == metrics_there
    failures = {name for text in sources.values() for name in re.findall(r'"((?:Function|Runtime)\.\w+)"', text)}
    assert set(re.findall(r"`((?:Function|Runtime)\.\w+)`", section("Answers"))) == failures
    variables = set(re.findall(r'"((?:AWS_)?(?:LAMBDA|LOG|ECS_AUTOSCALE)_\w+)"', sources["runtime_settings.c"]))
    assert variables - set(re.findall(r"`(\w+)`", PAGE)) == set()
