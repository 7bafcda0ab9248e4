"""`run` as a command: its options, exit codes, outputs, lock, signals, record and replay."""
import json
import os
import re
import signal
import subprocess
import time
import urllib.parse

import pytest

from aws_emulator import most_in_flight
from world import http_source, scaled_service, up_and_down


def wait_until(condition, seconds=20, what="it"):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
        time.sleep(0.05)


@pytest.fixture
def busy(make_cluster, metrics):
    """A cluster with something of everything to do: bounds, a termination, both directions."""
    cluster = make_cluster(min=1, max=4, desired=3)
    drained, *others = cluster.group_instances()
    for instance in others:
        cluster.fill(instance, 128, 256)
    cluster.set_instance(drained, status="DRAINING", running_tasks_count=0)
    cluster.definition["max"] = 6
    scaled_service(metrics, cluster, "worker", 9)
    scaled_service(metrics, cluster, "idle", 1, desired=3)
    cluster.kinds = {"UpdateAutoScalingGroup", "TerminateInstanceInAutoScalingGroup", "SetDesiredCapacity",
                     "UpdateService"}
    return cluster


def is_done(cluster):
    return cluster.services() == {"worker": 2, "idle": 2} and cluster.capacity() == (1, 3, 6)


# --- outputs ------------------------------------------------------------------------------------

def test_dry_run_changes_nothing_and_says_what_a_run_does(busy, autoscale):
    before = busy.state()
    dry = autoscale(busy, args=["--dry-run", "--json"])
    assert dry.mutations == [] and busy.state() == before, dry.text
    wet = autoscale(busy, args=["--json"])
    assert is_done(busy), wet.text
    assert {call.operation for call in wet.mutations} == busy.kinds
    (planned,), (done,) = dry.json(), wet.json()
    plan_of = lambda document: document.get("plan", document)
    assert plan_of(planned)["actions"] == plan_of(done)["actions"]
    assert [row["action"] for row in plan_of(planned)["actions"]]


def test_actions_in_order(busy, autoscale):
    """Bounds, terminations, capacity, services in, services out."""
    result = autoscale(busy)
    order = [call.operation + ("" if call.operation != "UpdateService" else " " + call.params["service"])
             for call in sorted(result.mutations, key=lambda call: call.start)]
    assert order == ["UpdateAutoScalingGroup", "TerminateInstanceInAutoScalingGroup", "SetDesiredCapacity",
                     "UpdateService idle", "UpdateService worker"]


def test_a_person_sees_what_changes_and_what_stays(busy, make_cluster, metrics, autoscale):
    quiet = make_cluster()
    scaled_service(metrics, quiet, "calm", 4)
    result = autoscale(busy, quiet, args=["--dry-run"])
    for part in (busy.name, quiet.name, "worker", "1 → 2", "idle", "3 → 2", "calm", "worker_load = 9"):
        assert part in " ".join(result.out.split())
    assert "\x1b" not in result.out and "\r" not in result.err


def test_log_formats(busy, autoscale):
    result = autoscale(busy, args=["--log-level", "debug", "--log-format", "json"])
    lines = [json.loads(line) for line in result.err.splitlines()]
    assert lines and all({"level", "timestamp"} <= set(line) for line in lines)
    quiet = autoscale(busy, env={"LOG_LEVEL": "error"})
    assert quiet.err == ""


def test_one_cluster_of_several(busy, make_cluster, metrics, autoscale):
    other = make_cluster()
    scaled_service(metrics, other, "worker", 9)
    result = autoscale(busy, other, args=["--cluster", other.name])
    assert other.services() == {"worker": 2}, result.text
    assert busy.services()["worker"] == 1
    assert all(busy.name not in json.dumps(call.params) for call in result.calls)


@pytest.mark.parametrize("args", [
    ["--dryrun"], ["--deadline", "0"], ["--deadline", "soon"], ["--parallel", "0"], ["--parallel", "many"],
    ["--every"], ["--log-level", "loud"], ["--log-format", "xml"], ["operand"], ["--record"],
    ["--region", "no region"]])
def test_wrong_usage(args, autoscale):
    result = autoscale(args=args, code=2)
    assert result.calls == []
    assert "ecs-autoscale run" in result.err and result.out == ""
    assert args[0] in result.err


def test_unknown_cluster_on_the_command_line(busy, autoscale):
    result = autoscale(busy, args=["--cluster", busy.name + "x"], code=1)
    assert result.calls == [] and busy.name + "x" in result.text


def test_folders_that_are_none(run_program, aws, tested, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    for name in ("missing", "empty", "file/below"):
        result = run_program(["run", "--definitions", tmp_path / name], env=aws.env(), binary=tested)
        assert result.returncode == 1 and name in result.stderr, result


# --- record and replay --------------------------------------------------------------------------

def test_replay_is_identical(busy, make_cluster, metrics, autoscale, run_program, tested, tmp_path):
    other = make_cluster()
    scaled_service(metrics, other, "worker", None)
    record = tmp_path / "record.jsonl"
    for args in (["--dry-run"], [], []):
        autoscale(busy, other, args=[*args, "--record", record])
    lines = record.read_text().splitlines()
    assert len(lines) == 6 and all(json.loads(line) for line in lines)
    result = run_program(["replay", record], binary=tested)
    assert result.returncode == 0, result.stderr
    assert "identical" in result.stdout + result.stderr


def test_replay_tells_a_plan_that_differs(busy, autoscale, run_program, tested, tmp_path):
    record = tmp_path / "record.jsonl"
    autoscale(busy, args=["--dry-run", "--record", record])
    text = record.read_text()
    plan = text.index('"plan":')
    record.write_text(text[:plan] + text[plan:].replace('"to": 2', '"to": 3', 1))
    assert record.read_text() != text
    result = run_program(["replay", record], binary=tested)
    assert result.returncode == 1, result


def test_replay_with_other_definitions(busy, autoscale, run_program, tested, tmp_path):
    record = tmp_path / "record.jsonl"
    autoscale(busy, args=["--dry-run", "--record", record])
    busy.definition["services"]["worker"]["events"][0]["min"] = 100
    (tmp_path / "other").mkdir()
    busy.write(tmp_path / "other")
    result = run_program(["replay", record, "--definitions", tmp_path / "other"], binary=tested)
    assert "worker" in result.stdout, result


def test_no_secret_anywhere(make_cluster, metrics, aws, autoscale, run_program, tested, tmp_path):
    """Every value out of the environment, as it is and percent-encoded, in all outputs and files, with
    everything logged, for sources that work and sources that fail."""
    env = {"USER": "scaler-user", "SECRET": "p@ss/w:rd#1", "HEADER": "bearer-of-news", "BODY": "body-secret",
           "QUERY": "query-secret", "LIMIT": "4711"}
    cluster = make_cluster()
    for name, status in (("good", 200), ("bad", 500), ("denied", 401)):
        path = f"/{cluster.name}/{name}?token={env['QUERY']}"
        metrics.set(path, {"value": 9}, status=status)
        metrics.set(f"/{cluster.name}/{name}", {"value": 9}, status=status)
        url = metrics.url(f"/{cluster.name}/{name}?token=%(QUERY)", "%(USER):%(SECRET)@")
        cluster.service(name, events=up_and_down("load"), sources={"third_party": [
            {"url": url, "method": "POST", "payload": {"key": "%(BODY)"}, "headers": {"X-Token": "%(HEADER)"},
             "statistics": [{"name": "value", "alias": "load"}]}]})
    scaled_service(metrics, cluster, "unreachable", 9)
    cluster.definition["services"]["unreachable"]["metric_sources"]["third_party"][0]["url"] = \
        "http://%(USER):%(SECRET)@127.0.0.1:1/%(QUERY)"
    token = "session-token-of-nobody"
    aws.control("put_key", access_key="ASIASECRET", secret="very-secret-key", token=token)
    keys = {"AWS_ACCESS_KEY_ID": "ASIASECRET", "AWS_SECRET_ACCESS_KEY": "very-secret-key", "AWS_SESSION_TOKEN": token}
    record = tmp_path / "record.jsonl"
    outputs = []
    for args in (["--dry-run"], ["--json"], ["--log-format", "json"]):
        result = autoscale(cluster, args=[*args, "--log-level", "debug", "--record", record], env={**env, **keys}, code=1)
        outputs += [result.out, result.err]
    assert cluster.services()["good"] == 3
    replayed = run_program(["replay", record, "--json"], binary=tested)
    outputs += [record.read_text(), replayed.stdout, replayed.stderr]
    del env["LIMIT"]
    for value in [*env.values(), "very-secret-key", token]:
        for form in (value, urllib.parse.quote(value, safe=""), urllib.parse.quote(value)):
            for output in outputs:
                assert form not in output, f"{form} is in {output[:2000]}"


def test_record_on_a_full_disk(busy, autoscale):
    result = autoscale(busy, args=["--record", "/dev/full"], code=1)
    assert is_done(busy), result.text
    assert "/dev/full" in result.err


def test_record_that_cannot_be_opened(busy, autoscale, tmp_path):
    result = autoscale(busy, args=["--record", tmp_path / "no" / "folder"], code=1)
    assert "folder" in result.err, result.text


def test_standard_output_on_a_full_disk(busy, autoscale):
    with open("/dev/full", "w") as full:
        result = autoscale(busy, stdout=full, code=1)
    assert is_done(busy), result.err


def test_output_closed_early(make_cluster, metrics, aws, start_program, tested, tmp_path):
    """`| head -1`: a quiet end, and every cluster's plan is carried out to its end."""
    clusters = [make_cluster(group=False) for _ in range(8)]
    for cluster in clusters:
        for number in range(12):
            scaled_service(metrics, cluster, f"service-with-a-long-name-{number}", 9)
        cluster.write(tmp_path / "clusters")
    process = start_program(["run", "--definitions", tmp_path / "clusters"], env=aws.env(), binary=tested)
    process.stdout.close()
    errors = process.stderr.read()
    process.wait(timeout=60)
    assert all(set(cluster.services().values()) == {2} for cluster in clusters)
    assert "roken pipe" not in errors and "anitizer" not in errors
    assert process.returncode in (0, 141, -signal.SIGPIPE)


# --- time, signals, lock -------------------------------------------------------------------------

def test_deadline(make_cluster, metrics, aws, autoscale):
    """What could not be read by then is failed; nothing is scaled in on it."""
    slow, fast = make_cluster(), make_cluster()
    scaled_service(metrics, slow, "worker", 1, desired=3)
    scaled_service(metrics, fast, "worker", 9)
    aws.rule(operation="DescribeServices", contains=slow.name, delay_s=6)
    began = time.monotonic()
    result = autoscale(slow, fast, args=["--deadline", "2s"], code=1)
    assert time.monotonic() - began < 5.5
    assert "deadline" in result.text, result.text
    assert slow.services() == {"worker": 3} and fast.services() == {"worker": 2}


def test_clusters_are_in_flight_together(make_cluster, metrics, aws, autoscale):
    clusters = [make_cluster() for _ in range(6)]
    for cluster in clusters:
        scaled_service(metrics, cluster, "worker", 9)
    aws.rule(operation="*", delay_s=0.2)
    result = autoscale(*clusters)
    # Services, instances of six clusters and the one call for their groups.
    assert most_in_flight(result.calls) >= 13
    assert len({call.connection for call in result.calls}) < len(result.calls)


def test_parallel_is_a_limit(make_cluster, metrics, aws, autoscale):
    clusters = [make_cluster() for _ in range(3)]
    for cluster in clusters:
        scaled_service(metrics, cluster, "worker", 9)
    aws.rule(operation="*", delay_s=0.05)
    result = autoscale(*clusters, args=["--parallel", "2"])
    assert most_in_flight(result.calls) == 2


def test_a_second_pass_is_told_who_holds_the_lock(make_cluster, metrics, aws, autoscale, start_program, tested,
                                                  tmp_path):
    cluster = make_cluster()
    scaled_service(metrics, cluster, "worker", 4)
    path = f"/{cluster.name}/worker_load"
    metrics.set(path, {"value": 4}, delay_s=4)
    cluster.write(autoscale.folder)
    mark = aws.mark()
    first = start_program(["run", "--definitions", autoscale.folder], env=aws.env(), binary=tested)
    looks = {"DescribeServices", "DescribeAutoScalingGroups", "DescribeContainerInstances"}
    wait_until(lambda: metrics.requests(path) and looks <= {call.operation for call in aws.calls(mark)},
               what="the first pass's look")
    second = autoscale(cluster, code=1)
    assert second.calls == [], second.text
    assert str(first.pid) in second.text
    other = make_cluster()
    scaled_service(metrics, other, "worker", 9)
    other.write(tmp_path / "elsewhere")
    elsewhere = start_program(["run", "--definitions", tmp_path / "elsewhere"], env=aws.env(), binary=tested)
    assert elsewhere.wait(timeout=60) == 0
    assert first.wait(timeout=60) == 0
    metrics.set(path, {"value": 4})
    autoscale(cluster)


def test_a_killed_pass_leaves_nothing_behind(busy, aws, autoscale, start_program, tested):
    """kill -9 after the first change: the lock is free, and the next pass puts the rest right."""
    aws.rule(operation="SetDesiredCapacity", delay_s=5, times=1)
    busy.write(autoscale.folder)
    mark = aws.mark()
    process = start_program(["run", "--definitions", autoscale.folder], env=aws.env(), binary=tested)
    wait_until(lambda: any(call.operation == "SetDesiredCapacity" for call in aws.calls(mark)), what="a change")
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=10)
    aws.control("clear_rules")
    for _ in range(3):
        autoscale(busy)
        low, desired, high = busy.capacity()
        assert low <= desired <= high
    assert busy.capacity()[2] == 6 and busy.services()["worker"] >= 2


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGINT])
def test_every_until_a_signal(which, make_cluster, metrics, aws, autoscale, start_program, tested):
    cluster = make_cluster()
    scaled_service(metrics, cluster, "worker", 4)
    path = f"/{cluster.name}/worker_load"
    cluster.write(autoscale.folder)
    process = start_program(["run", "--definitions", autoscale.folder, "--every", "1s"], env=aws.env(), binary=tested)
    wait_until(lambda: len(metrics.requests(path)) >= 3, what="a third pass")
    process.send_signal(which)
    assert process.wait(timeout=30) == 0, process.stderr.read()


def test_a_signal_during_a_pass(make_cluster, metrics, aws, autoscale, start_program, tested):
    """The pass in hand is finished, or given up cleanly, within its deadline."""
    cluster = make_cluster()
    scaled_service(metrics, cluster, "worker", 9)
    path = f"/{cluster.name}/worker_load"
    metrics.set(path, {"value": 9}, delay_s=2)
    cluster.write(autoscale.folder)
    process = start_program(["run", "--definitions", autoscale.folder, "--every", "60s"], env=aws.env(), binary=tested)
    wait_until(lambda: metrics.requests(path), what="the pass's request")
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert process.returncode in (0, 1), err
    assert cluster.services()["worker"] in (1, 2)
    assert len(metrics.requests(path)) == 1


def test_every_takes_new_definitions(make_cluster, metrics, aws, autoscale, start_program, tested):
    """Definitions are read again for each pass: a mended file counts at once."""
    cluster = make_cluster()
    scaled_service(metrics, cluster, "worker", 9)
    path = f"/{cluster.name}/worker_load"
    good = cluster.write(autoscale.folder) / f"{cluster.name}.yml"
    text = good.read_text()
    good.write_text("nonsense: [")
    process = start_program(["run", "--definitions", autoscale.folder, "--every", "1s"], env=aws.env(), binary=tested)
    time.sleep(0.5)
    good.write_text(text)
    wait_until(lambda: len(metrics.requests(path)) >= 1, what="a pass with the new definition")
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=30)


def test_a_terminal_gets_colour_and_progress(busy, aws, autoscale, clean_env, tested):
    """With a terminal on stdout and stderr; NO_COLOR turns the colour off."""
    import pty
    busy.write(autoscale.folder)

    def seen(**env):
        control, terminal = pty.openpty()
        process = subprocess.Popen([tested, "run", "--definitions", autoscale.folder, "--dry-run"], stdin=terminal,
                                   stdout=terminal, stderr=terminal,
                                   env=clean_env(aws.env(**{"TERM": "xterm-256color", **env})))
        os.close(terminal)
        chunks = []
        try:
            while chunk := os.read(control, 65536):
                chunks.append(chunk)
        except OSError:
            pass  # the other end is closed: all has been read
        finally:
            os.close(control)
            assert process.wait(timeout=60) == 0
        return b"".join(chunks).decode()

    assert re.search(r"\x1b\[[0-9;]*m", seen())
    assert not re.search(r"\x1b\[[0-9;]*m", seen(NO_COLOR="1"))
    assert "\x1b" not in seen(TERM="dumb")


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["schema"], ["eval", "1 + 1"], ["completions", "bash"],
                                  ["validate", "."], ["help", "run"]])
def test_output_that_cannot_be_written(args, run_program, tested, tmp_path):
    """A full disk counts for every command; a reader that has gone does not, a closed stream neither."""
    (tmp_path / "a.yml").write_text("autoscale_group: null\n")
    with open("/dev/full", "w") as full:
        result = run_program(args, binary=tested, stdout=full)
    assert result.returncode == 1 and "cannot write the output" in result.stderr
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w") as gone:
        result = run_program(args, binary=tested, stdout=gone)
    assert (result.returncode, result.stderr) == (0, "")
    shell = subprocess.run(["sh", "-c", '"$@" >&-', "sh", tested, *args], cwd=tmp_path, capture_output=True, text=True,
                           timeout=60, check=False)
    assert (shell.returncode, shell.stderr) == (0, "")


def test_a_torn_record_does_not_take_the_next_one_with_it(busy, autoscale, run_program, tested, tmp_path):
    """A line that was never finished (power, a full disk) stays a line of its own."""
    record = tmp_path / "record.jsonl"
    autoscale(busy, args=["--dry-run", "--record", record])
    whole = record.read_text()
    record.write_text(whole + whole[:200])
    autoscale(busy, args=["--dry-run", "--record", record])
    assert len(record.read_text().splitlines()) == 3
    result = run_program(["replay", record], binary=tested)
    assert result.returncode == 1 and "record.jsonl:2" in result.stderr
    assert result.stdout.count("identical") >= 1


def test_json_has_a_line_for_every_file(busy, make_cluster, aws, autoscale):
    """Also for files that are no good and clusters that could not be read."""
    broken, lost = make_cluster(), make_cluster()
    broken.write = lambda folder: (folder / f"{broken.name}.yml").write_text("autoscale_group: [\n")
    aws.rule(operation="ListContainerInstances", contains=lost.name, error={"code": "AccessDeniedException"})
    result = autoscale(busy, broken, lost, args=["--json"], code=1)
    lines = [json.loads(line) for line in result.out.splitlines()]
    assert [line["cluster"] for line in lines] == sorted([busy.name, broken.name, lost.name])


def test_a_bare_environment(busy, autoscale):
    """As cron leaves it: no HOME, no TMPDIR, no locale."""
    autoscale(busy, env={"HOME": None, "TMPDIR": None, "LANG": None, "PATH": None, "TZ": None})
    assert is_done(busy)


@pytest.mark.parametrize("ending", ["/", ""])
def test_endpoint_urls(ending, busy, aws, autoscale):
    autoscale(busy, env={"AWS_ENDPOINT_URL": aws.url + ending})
    assert is_done(busy)


def test_deadline_while_applying(busy, aws, autoscale):
    """A change whose answer does not come in time is told as such, and nothing is begun after it."""
    aws.rule(operation="SetDesiredCapacity", delay_s=6)
    result = autoscale(busy, args=["--deadline", "2s"], code=1)
    assert "not applied" in result.text and "failed" in result.text
    assert "UpdateService" not in result.operations


def test_wrong_log_level_in_the_environment(busy, autoscale):
    result = autoscale(busy, env={"LOG_LEVEL": "shout"})
    assert "LOG_LEVEL" in result.err and is_done(busy)


def test_unknown_profile(busy, autoscale, tmp_path):
    (tmp_path / "config").write_text("[profile other]\nregion = eu-central-1\n")
    result = autoscale(busy, args=["--profile", "none"], env={"AWS_CONFIG_FILE": tmp_path / "config"}, code=1)
    assert result.calls == [] and "'none'" in result.text
