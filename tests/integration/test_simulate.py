"""simulate, fetch-trace and docs/simulation.md: every example of the page is run, in its order."""
import csv
import datetime
import json
import math
import pathlib
import re
import shutil
import signal
import subprocess
import time

import jsonschema
import pytest
import yaml

from test_schema import CoreLoader

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "simulation.md"
TEXT = PAGE.read_text()
SCENARIOS = ROOT / "contrib" / "scenarios"


@pytest.fixture
def simulate(run_program, tested, tmp_path):
    """simulate(*args, code=0) runs it in a copy of contrib/scenarios."""
    shutil.copytree(SCENARIOS, tmp_path, dirs_exist_ok=True)

    def run(*args, code=0, **options):
        result = run_program(["simulate", *args], binary=tested, cwd=tmp_path, timeout=120, **options)
        assert result.returncode == code, result.stdout[-2000:] + result.stderr[-2000:]
        return result
    return run


def put_history(aws, namespace, metric, dimensions, points):
    """[(datetime, value)] as a metric's history."""
    client = aws.client("cloudwatch", "eu-central-1")
    rows = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    data = [{"MetricName": metric, "Value": value, "Timestamp": when, "Dimensions": rows} for when, value in points]
    for start in range(0, len(data), 20):
        client.put_metric_data(Namespace=namespace, MetricData=data[start:start + 20])


def minutes_ago(minutes):
    now = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)
    return now - datetime.timedelta(minutes=minutes)


# ---- the page ----

def blocks():
    """(marker, language, text) of each block of the page, in order."""
    for match in re.finditer(r"(?:<!-- simulation: ([^\n]*?) -->\n)?```(\w+)\n(.*?)```", TEXT, re.S):
        yield match.groups()


@pytest.fixture
def history(aws):
    """Two days of a queue, a count every five minutes."""
    points = [(minutes_ago(5 * i + 5), round(240 + 180 * math.cos(2 * math.pi * i / 288) + (900 if i % 288 in range(50, 56) else 0)))
              for i in range(2 * 288)]
    put_history(aws, "AWS/SQS", "NumberOfMessagesSent", {"QueueName": "celery"}, points)
    return points


def test_the_page_in_its_order(aws, history, run_program, tested, clean_env, tmp_path):
    bin_dir = tmp_path / "bin"
    bin_dir.mkdir()
    (bin_dir / "ecs-autoscale").symlink_to(tested)
    env = clean_env(aws.env())
    env["PATH"] = f"{bin_dir}:{env['PATH']}"
    outputs = {}
    for marker, language, text in blocks():
        kind, _, rest = (marker or "").partition(" ")
        if kind == "file":
            (tmp_path / rest).parent.mkdir(exist_ok=True)
            (tmp_path / rest).write_text(text)
            continue
        assert language != "yaml", "a YAML block that nothing runs"
        if language not in ("sh", "console"):
            continue
        lines = [line.removeprefix("$ ") for line in text.splitlines()
                 if language == "sh" or line.startswith("$ ")]
        for line in lines:
            result = subprocess.run(["bash", "-c", line], env=env, cwd=tmp_path, capture_output=True, text=True,
                                    timeout=300, check=False)
            assert result.returncode == 0, f"$ {line}\n{result.stdout}{result.stderr}"
            outputs[line] = result.stdout
            if kind == "says":
                assert result.stdout == rest + "\n"
            if kind == "shown":
                assert text == f"$ {line}\n{result.stdout}"
    assert len(outputs) == 7
    assert "<html" in (tmp_path / "report.html").read_text()[:1000].lower()
    # The tutorial keeps its promise: the better policy costs less or is outside less, and turns round less.
    rows = {line[2:22].strip(): line[22:].split() for line in outputs[
        "ecs-autoscale simulate shop.yml --against better"].splitlines() if line.startswith("  ")}
    assert float(rows["time outside"][2]) < float(rows["time outside"][0])
    assert int(rows["reversals"][1]) <= int(rows["reversals"][0])


def test_the_reference_is_the_schema(run_program):
    table = run_program(["schema", "--scenario", "--format", "markdown"]).stdout
    assert f"<!-- ecs-autoscale schema --scenario --format markdown -->\n\n{table}" in TEXT


def test_contrib_scenarios_are_fine(simulate, run_program, tmp_path):
    files = sorted(SCENARIOS.glob("*.yml"))
    assert len(files) >= 2
    schema = json.loads(run_program(["schema", "--scenario"]).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    for path in files:
        simulate(path.name, "--length", "30m")
        document = yaml.load(path.read_text(), yaml.BaseLoader)
        text = run_program(["validate", "--scenario", path.name, document["definitions"]], cwd=tmp_path,
                           env={"USERNAME": "u", "PASSWORD": "p", "QUEUE_HOST": "h"}).stdout
        assert "0 errors, 0 warnings" in text


# What a schema cannot say: files that it finds nothing in and `validate` does.
SEMANTIC = re.compile(r"fits on no instance|needs a group|runs on EC2 only|is not in 'instance_types'|is greater than 'max'"
                      r"|must be from 'min'|needs exactly one|'low' is greater|shorter than|not both|at least one part"
                      r"|can never hold|cannot be opened|group of that name|full minute|would be no pass|minutes together"
                      r"|needs max_utilisation|comes first|time of day|the text '90s\.\.30s'|found the text '0s'")


def test_the_schema_gives_the_same_verdict(run_program, tested, tmp_path):
    """An independent validator and the program, for every file of the tables."""
    validator = jsonschema.Draft202012Validator(json.loads(run_program(["schema", "--scenario"]).stdout))
    cases = [case for name in ("files", "loads") for case in re.split(
        r"(?m)^=== ", (ROOT / "tests" / "tables" / "scenarios" / f"{name}.txt").read_text())[1:]]
    verdicts = set()
    for case in cases:
        name, _, body = case.partition("\n")
        (tmp_path / "case.yml").write_text(re.split(r"(?m)^--- ", body)[0])
        document = yaml.load((tmp_path / "case.yml").read_text(), CoreLoader)
        result = run_program(["validate", "--scenario", "case.yml"], binary=tested, cwd=tmp_path)
        by_schema = validator.is_valid(document)
        if by_schema and result.returncode != 0:
            assert SEMANTIC.search(result.stdout), f"{name}: only validate finds: {result.stdout}"
        elif not by_schema:
            assert result.returncode == 1, f"{name}: only the schema finds {validator.iter_errors(document)}"
        verdicts.add((by_schema, result.returncode))
    assert len(cases) > 40 and verdicts == {(True, 0), (True, 1), (False, 1)}


def test_members_of_the_result_are_on_the_page(simulate):
    result = json.loads(simulate("--length", "10m", "--json", "--sweep", "worker.max=2..4:2").stdout)
    section = TEXT.partition("## The JSON result")[2].partition("\n## ")[0]
    policy = result["policies"][0]
    for names in (result, result["scenario"], policy, policy["services"][0], policy["services"][0]["series"],
                  policy["services"][1]["series"], policy["groups"][0], policy["groups"][0]["series"],
                  policy["totals"], result["clairvoyant"], result["ratios"][0], result["sweep"][0]):
        for name in names:
            assert f"`{name}" in section or f"`{name}[]`" in section or name == "policy", name


# ---- what it does ----

def test_seeds_and_repetition(simulate):
    first, again, other = (simulate("quick-start.yml", "--length", "2h", "--json", "--seed", seed).stdout
                           for seed in ("1", "1", "2"))
    assert first == again != other


def test_two_policies_side_by_side(simulate, tmp_path):
    shutil.copytree(tmp_path / "clusters", tmp_path / "other")
    path = tmp_path / "other" / "my_cluster.yml"
    path.write_text(path.read_text().replace("min: 1\nmax: 8", "min: 3\nmax: 8"))
    result = json.loads(simulate("quick-start.yml", "--length", "3h", "--against", "other", "--json").stdout)
    one, other = result["policies"]
    assert (one["name"], other["name"]) == ("clusters", "other")
    assert other["totals"]["instance_hours"] > one["totals"]["instance_hours"]
    assert [ratio["policy"] for ratio in result["ratios"]] == ["clusters", "other"]
    assert all(ratio["cost"] >= 1 for ratio in result["ratios"])
    text = simulate("quick-start.yml", "--length", "3h", "--against", "other").stdout
    assert "difference" in text and "clairvoyant" in text


def test_a_trace_in_place_of_a_load(simulate, tmp_path):
    (tmp_path / "flat.csv").write_text("minute,per_second\n" + "".join(f"{i},2.5\n" for i in range(60)))
    result = json.loads(simulate("quick-start.yml", "--length", "1h", "--trace", "worker=flat.csv", "--json").stdout)
    worker, = (row for row in result["policies"][0]["services"] if row["service"] == "worker")
    assert set(worker["series"]["load"]) == {2.5}
    assert worker["totals"]["arrived"] == 2.5 * 3600


def test_sweeps(simulate):
    result = json.loads(simulate("--length", "2h", "--json", "--sweep", "worker.events[1].min=20..60:20",
                                 "worker.max=0..8:4").stdout)
    rows = result["sweep"]
    assert [tuple(row["parameters"].values()) for row in rows] == [
        (a, b) for a in (20, 40, 60) for b in (0, 4, 8)]
    assert {row["fault"] for row in rows if row["parameters"]["worker.max"] == 0} == {"'min' is greater than 'max'"}
    fine = [row for row in rows if "totals" in row]
    for row in fine:
        beaten = any(other["totals"]["cost"] <= row["totals"]["cost"]
                     and other["totals"]["time_outside_share"] <= row["totals"]["time_outside_share"]
                     and other["totals"] != row["totals"]
                     and (other["totals"]["cost"] < row["totals"]["cost"]
                          or other["totals"]["time_outside_share"] < row["totals"]["time_outside_share"])
                     for other in fine)
        assert row["pareto"] != beaten


@pytest.mark.parametrize("json_too", [False, True])
def test_interrupted_it_prints_what_it_has(start_program, program, json_too):
    # A fast program and a length that no machine plays at once.
    process = start_program(["simulate", "--length", "400d", *(["--json"] if json_too else [])], binary=program,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1, err
    if json_too:
        result = json.loads(out)
        assert result["interrupted"] and result["clairvoyant"] is None
        assert 0 < result["policies"][0]["simulated_ms"] < 400 * 86400000
    else:
        assert "interrupted after" in out and "cost" in out


# ---- bad input ----

BAD = {
    "a scenario that is not there": (["nowhere.yml"], {}, "nowhere.yml: error: cannot be opened"),
    "a folder": (["clusters"], {}, "is not a regular file"),
    "an unknown workload": (["bad.yml"], {"queue:": "quue:"}, "did you mean 'queue'?"),
    "a task that fits nowhere": (["bad.yml"], {"cpu: 512\n        memory: 512": "cpu: 4096\n        memory: 512"},
                                 "a task of 4096 CPU units and 512 MiB fits on no instance"),
    "another cluster": (["bad.yml"], {"my_cluster:": "your_cluster:"}, "cluster 'my_cluster' is not in the scenario"),
    "another service": (["bad.yml"], {"backend:": "frontend:"}, "service 'backend' is not in the scenario"),
    "another group": (["bad.yml"], {"Asg-AAAAA": "Asg-B"}, "is not in the scenario's cluster"),
    "no definitions": (["bad.yml", "--definitions", "nowhere"], {}, "cannot read definitions from 'nowhere'"),
    "a trace of nobody": (["bad.yml", "--trace", "wrker=t.csv"], {}, "--trace names the service 'wrker'"),
    "a trace that is not there": (["bad.yml", "--trace", "worker=t.csv"], {}, "t.csv: error: cannot be opened"),
    "a sweep of nothing": (["bad.yml", "--sweep", "worker.evnts[0].min=1..2"], {}, "there is no 'worker.evnts[0].min'"),
    "a sweep of a text": (["bad.yml", "--sweep", "worker.events[0].metric=1..2"], {}, "is no number"),
    "too many variants": (["bad.yml", "--sweep", "worker.max=1..200000"], {}, "over 10000 variants"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name, simulate, tmp_path):
    args, replacements, message = BAD[name]
    text = (SCENARIOS / "quick-start.yml").read_text()
    for old, new in replacements.items():
        assert old in text
        text = text.replace(old, new)
    shutil.copytree(SCENARIOS, tmp_path, dirs_exist_ok=True)
    (tmp_path / "bad.yml").write_text(text)
    result = simulate(*args, code=1)
    assert message in result.stderr and result.stdout == ""


@pytest.mark.parametrize("arg", ["worker", "=t.csv", "worker="])
def test_a_trace_option_that_is_none(simulate, arg):
    assert "SERVICE=FILE" in simulate("--trace", arg, code=2).stderr


def test_a_sweep_option_that_is_none(simulate):
    assert "PATH=FROM..TO:STEP" in simulate("--sweep", "worker.max", code=2).stderr


def test_a_metric_that_nothing_gives_is_a_warning(simulate, tmp_path):
    path = tmp_path / "clusters" / "my_cluster.yml"
    path.write_text(path.read_text().replace("/api/queues/celery", "/api/queues/other"))
    result = simulate("quick-start.yml", "--length", "30m", "--json")
    assert "nothing in the scenario answers at" in result.stderr
    totals = json.loads(result.stdout)["policies"][0]["totals"]
    assert totals["failed_passes"] == totals["passes"] == 30


def test_a_huge_trace_in_little_memory(program, clean_env, tmp_path):
    """Two million rows; the memory is that of the simulation, not of the file."""
    shutil.copytree(SCENARIOS, tmp_path, dirs_exist_ok=True)
    with open(tmp_path / "huge.csv", "w", encoding="ascii") as out:
        out.write("minute,value\n")
        for start in range(0, 2000000, 100000):
            out.write("".join(f"{i},1.5\n" for i in range(start, start + 100000)))
    line = "ulimit -v 200000; exec \"$0\" simulate quick-start.yml --length 10m --trace worker=huge.csv"
    result = subprocess.run(["bash", "-c", line, program], env=clean_env(), cwd=tmp_path, capture_output=True,
                            text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr


# ---- fetch-trace ----

@pytest.fixture
def fetch(aws, run_program, tested, tmp_path):
    def run(*args, code=0, **options):
        result = run_program(["fetch-trace", *args], binary=tested, env={**aws.env(), **options.pop("env", {})},
                             cwd=tmp_path, timeout=120, **options)
        assert result.returncode == code, result.stdout[-2000:] + result.stderr
        return result
    return run


def rows_of(text):
    heading, *rows = csv.reader(text.splitlines())
    return heading, [(row[0], float(row[1])) for row in rows]


def test_a_sum_becomes_a_rate(aws, fetch, tmp_path):
    points = [(minutes_ago(60 - i), 60.0 * (i + 1)) for i in range(50)]
    put_history(aws, "AWS/SQS", "NumberOfMessagesSent", {"QueueName": "jobs"}, points)
    mark = aws.mark()
    fetch("--queue", "jobs", "--since", "2h", "--output", "jobs.csv")
    assert {call.operation for call in aws.calls(mark)} == {"GetMetricData"}
    heading, rows = rows_of((tmp_path / "jobs.csv").read_text())
    assert heading == ["timestamp", "per_second"]
    assert rows == [(when.strftime("%Y-%m-%dT%H:%M:%SZ"), i + 1.0) for i, (when, _) in enumerate(points)]


def test_any_metric(aws, fetch):
    points = [(minutes_ago(30 - i), float(i)) for i in range(20)]
    put_history(aws, "Shop", "Load", {"Site": "north", "Kind": "a=b"}, points)
    for statistic, value in (("Average", points[3][1]), ("Maximum", points[3][1])):
        heading, rows = rows_of(fetch("--namespace", "Shop", "--metric", "Load", "--dimension", "Site=north",
                                      "--dimension", "Kind=a=b", "--statistic", statistic, "--since", "1h").stdout)
        assert heading == ["timestamp", "value"]
        assert rows[3] == (points[3][0].strftime("%Y-%m-%dT%H:%M:%SZ"), value)
    until = points[10][0].strftime("%Y-%m-%dT%H:%M:%SZ")
    _, rows = rows_of(fetch("--namespace", "Shop", "--metric", "Load", "--dimension", "Site=north", "Kind=a=b",
                            "--since", "1h", "--until", until).stdout)
    assert len(rows) == 10


def test_what_is_fetched_can_be_simulated(aws, fetch, simulate):
    points = [(minutes_ago(60 - i), 120.0) for i in range(50)]
    put_history(aws, "AWS/ApplicationELB", "RequestCount", {"TargetGroup": "targetgroup/web/1"}, points)
    fetch("--target-group", "targetgroup/web/1", "--since", "2h", "--output", "web.csv")
    result = json.loads(simulate("--length", "30m", "--trace", "backend=web.csv", "--json").stdout)
    backend, = (row for row in result["policies"][0]["services"] if row["service"] == "backend")
    assert set(backend["series"]["load"]) == {2}


@pytest.mark.parametrize("args, code, message", [
    ([], 2, "name a metric"),
    (["--service", "web"], 2, "'--service' needs '--cluster'"),
    (["--namespace", "A", "--metric", "B", "--dimension", "C"], 2, "NAME=VALUE"),
    (["--namespace", "A", "--metric", "B", "--statistic", "Middle"], 2, "option '--statistic' takes"),
    (["--namespace", "A", "--metric", "B", "--since", "yesterday"], 2, "'--since' takes"),
    (["--namespace", "A", "--metric", "B", "--since", "1h", "--until", "2h"], 2, "no whole period"),
    (["--namespace", "A", "--metric", "B", "--period", "90s"], 2, "whole minutes"),
    (["--queue", "nobody-has-it"], 1, "CloudWatch has no Sum of AWS/SQS NumberOfMessagesSent"),
])
def test_what_cannot_be_fetched(fetch, args, code, message):
    assert message in fetch(*args, code=code).stderr


def test_a_file_that_cannot_be_written(aws, fetch):
    put_history(aws, "AWS/SQS", "NumberOfMessagesSent", {"QueueName": "w"}, [(minutes_ago(5), 1.0)])
    assert "cannot write 'no/such/folder.csv'" in fetch("--queue", "w", "--since", "1h", "--output",
                                                        "no/such/folder.csv", code=1).stderr
