"""invoke, logs and status on a deployed function: moto's Lambda, Logs and CloudWatch, with answers
that a test sets where Lambda itself would run something."""
import datetime
import json
import signal
import time

import pytest

from test_deploy import Account, account, static_program  # noqa: F401  (fixtures)

REPORT = {"type": "platform.report", "time": "2026-11-28T05:57:53.000Z", "record": {
    "requestId": "1", "status": "success", "metrics": {
        "durationMs": 812.4, "billedDurationMs": 813, "memorySizeMB": 128, "maxMemoryUsedMB": 15}}}
START = {"type": "platform.start", "record": {"requestId": "1"}}
METRICS = {"_aws": {"Timestamp": 1}, "ApiCalls": 8}


def line(level, message, cluster=None):
    return {"timestamp": "2026-11-28T05:57:53.000Z", "level": level, "message": message,
            **({"cluster": cluster} if cluster else {})}


def write_log(account, events, stream="a", ago_s=30):
    """Puts events into the log, a millisecond apart, the last `ago_s` ago."""
    logs = account.aws.client("logs")
    try:
        logs.create_log_stream(logGroupName=account.log_group, logStreamName=stream)
    except logs.exceptions.ResourceAlreadyExistsException:
        pass
    first = int((time.time() - ago_s) * 1000) - len(events)
    logs.put_log_events(logGroupName=account.log_group, logStreamName=stream, logEvents=[
        {"timestamp": first + i, "message": event if isinstance(event, str) else json.dumps(event)}
        for i, event in enumerate(events)])


# --- invoke ------------------------------------------------------------------------------------

def test_invoke_prints_the_answer_and_the_log(account):
    account.deploy()
    account.aws.control("lambda_answers", function=account.name, payload='{"clusters": []}', log="\n".join(
        json.dumps(one) for one in (START, line("info", "2 clusters \x1b[31m", "a"), METRICS, REPORT)) + "\n")
    result = account.command("invoke", "--name", account.name)
    assert result.stdout == '{"clusters": []}\n'
    assert result.stderr.splitlines() == [
        "info a: 2 clusters ?[31m", "report: success, 812 ms (billed 813 ms), 15 of 128 MB"]
    account.command("invoke", "--name", account.name, "--dry-run", "--json", "--cluster", "a", "b*")
    assert [json.loads(text) for text in account.aws.control("lambda_invoked", function=account.name)] == [
        {"dry_run": False}, {"dry_run": True, "clusters": ["a", "b*"]}]


def test_invoke_fails_where_the_function_does(account):
    account.deploy()
    account.aws.control("lambda_answers", function=account.name, error="Unhandled",
                        payload='{"errorType": "Runtime.Crash", "errorMessage": "no"}')
    result = account.command("invoke", "--name", account.name, code=1)
    assert "Runtime.Crash" in result.stdout and "the function failed (Unhandled)" in result.stderr


def test_invoke_runs_it_once_at_most(account):
    account.deploy()
    account.aws.rule(operation="Invoke", drop="after", times=1)
    account.command("invoke", "--name", account.name, code=1)
    assert len(account.aws.control("lambda_invoked", function=account.name)) == 1


@pytest.mark.parametrize("command, words", [
    ("invoke", "there is no function"), ("logs", "there is no log group"), ("status", "there is no such function")])
def test_nothing_is_deployed(account, command, words):
    result = account.command(command, "--name", account.name, code=1)
    assert words in result.stdout + result.stderr


# --- logs --------------------------------------------------------------------------------------

def test_logs_are_for_people_and_complete_as_json(account):
    account.deploy()
    events = [START, line("warning", "held", "my_cluster"), METRICS, "plain \x1b[1mtext", REPORT]
    write_log(account, events)
    write_log(account, ["too old"], stream="b", ago_s=7200)
    text = account.command("logs", "--name", account.name).stdout.splitlines()
    assert [entry.partition("Z ")[2] for entry in text] == [
        "warning my_cluster: held", "plain ?[1mtext", "report: success, 812 ms (billed 813 ms), 15 of 128 MB"]
    raw = [json.loads(entry) for entry in account.command("logs", "--name", account.name, "--json").stdout.splitlines()]
    assert [entry["message"] for entry in raw] == [e if isinstance(e, str) else json.dumps(e) for e in events]
    assert "too old" in account.command("logs", "--name", account.name, "--since", "3h").stdout


def test_logs_follow_pages(account):
    account.deploy()
    write_log(account, [f"event {i}" for i in range(9000)], stream="a")
    write_log(account, [f"event {i}" for i in range(9000, 12000)], stream="b", ago_s=10)
    result = account.command("logs", "--name", account.name)
    assert [entry.partition("Z ")[2] for entry in result.stdout.splitlines()] == [f"event {i}" for i in range(12000)]
    assert [call.operation for call in result.calls].count("FilterLogEvents") == 2


def test_follow_goes_on_until_it_is_interrupted(account, start_program):
    account.deploy()
    write_log(account, ["first"])
    process = start_program(["logs", "--name", account.name, "--follow"], env=account.aws.env(), binary=account.tested)
    try:
        assert "first" in process.stdout.readline()
        write_log(account, ["second"], ago_s=5)
        write_log(account, ["late"], stream="b", ago_s=8)
        assert {process.stdout.readline().split()[-1] for _ in range(2)} == {"second", "late"}
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, out, err) == (0, "", "")  # nothing twice


# --- status ------------------------------------------------------------------------------------

def test_status(account):
    account.deploy()
    write_log(account, [line("ERROR", "access denied", "my_cluster"), START, REPORT, line("info", "fine"),
                        {**REPORT, "record": {**REPORT["record"], "status": "timeout"}}])
    now = datetime.datetime.now(datetime.timezone.utc)
    account.aws.client("cloudwatch").put_metric_data(Namespace="AWS/Lambda", MetricData=[
        {"MetricName": name, "Dimensions": [{"Name": "FunctionName", "Value": account.name}], "Value": value,
         "Timestamp": now - datetime.timedelta(hours=hours)}
        for name, value, hours in (("Invocations", 12, 2), ("Invocations", 11, 3), ("Errors", 1, 3), ("Errors", 9, 30))])
    result = account.command("status", "--name", account.name)
    assert result.mutations == []
    assert "function   Active, last update Successful, x86_64, 128 MB, 60 s" in result.stdout
    assert "schedule   rate(5 minutes), enabled\n" in result.stdout
    assert "last 24 h  23 invocations, 1 errors, 0 throttled" in result.stdout
    assert "  my_cluster: access denied" in result.stdout and "  timeout, 812 ms, 15 MB" in result.stdout
    document = json.loads(account.command("status", "--name", account.name, "--json").stdout)
    assert [run["status"] for run in document["runs"]] == ["success", "timeout"]
    assert document["scheduled"] and document["invocations"] == 23 and document["function"]["made_by_deploy"]
    account.aws.client("events").disable_rule(Name=account.name)
    assert "disabled" in account.command("status", "--name", account.name, code=1).stdout
