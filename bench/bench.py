#!/usr/bin/env python3
"""All benchmarks, as a table: medians with their spread, beside the aims where there is one.

    tools/bench.sh             the table
    tools/bench.sh --json      one JSON object a line instead

Nothing fails for being slow; the exit status is 1 where something could not be measured at all.
"""
import argparse
import fnmatch
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "integration"))

import demo
from aws_emulator import AwsEmulator
from metric_server import MetricServer
from world import Cluster, up_and_down

# What figures are measured against. All are upper limits.
AIMS = [
    ("--version: start to exit", 10),
    ("run, empty folder: start to exit", 10),
    ("--version: peak memory", 12),
    ("run, empty folder: peak memory", 12),
    ("decide, 10000 instances, *", 100),
    ("decide, growth exponent, *", 1.2),
    ("*: round trips before it applies", 4),
    ("simulate, 14 days, *", 2),
]
START_RUNS = 101
PASS_RUNS = 11
# Every answer is so late where round trips are counted: what does not wait for another is under way
# together with it, without doubt.
ANSWER_DELAY_S = 0.15


class Report:
    """Prints rows as they come in."""

    def __init__(self, as_json):
        self.as_json = as_json

    def title(self, text):
        if not self.as_json:
            print(f"\n{text}\n{'':58}{'median':>12}{'min':>12}{'max':>12}  {'unit':6}{'aim':>6}{'of aim':>9}")

    def row(self, name, unit, median, low, high):
        aim = next((limit for pattern, limit in AIMS if fnmatch.fnmatchcase(name, pattern)), None)
        if self.as_json:
            print(json.dumps({"name": name, "unit": unit, "median": median, "min": low, "max": high,
                              "aim": aim, "of_aim": None if aim is None else round(median / aim, 4)}))
        else:
            beside = f"{aim:>6g}{median / aim:>9.2f}" if aim is not None else ""
            print(f"{name:58}{number(median):>12}{number(low):>12}{number(high):>12}  {unit:6}{beside}".rstrip())
        sys.stdout.flush()

    def samples(self, name, unit, values):
        self.row(name, unit, statistics.median(values), min(values), max(values))


def number(value):
    if value == int(value) or abs(value) >= 10000:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.4f}"


class Bench:
    def __init__(self, program, binaries, report, folder):
        self.program, self.binaries, self.report, self.folder = program, binaries, report, folder
        self.env = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "TMPDIR": str(folder),
                    "LANG": "C.UTF-8"}

    def measurements(self, name, *arguments, env=None):
        """The JSON lines that a benchmark program prints."""
        result = subprocess.run([self.binaries / name, *(str(one) for one in arguments)], cwd=self.folder,
                                env={**self.env, **(env or {})}, text=True, timeout=600, check=False,
                                stdout=subprocess.PIPE)
        if result.returncode != 0:
            raise RuntimeError(f"{name} {' '.join(str(one) for one in arguments)}: exit status {result.returncode}")
        return [json.loads(line) for line in result.stdout.splitlines()]

    def show(self, rows):
        for row in rows:
            self.report.row(row["name"], row["unit"], row["median"], row["min"], row["max"])

    def start(self):
        self.report.title(f"Starting, {START_RUNS} runs")
        self.show(self.measurements("bench_process", "--version", START_RUNS, 0, self.program, "--version"))
        empty = self.folder / "empty"
        empty.mkdir()
        self.show(self.measurements("bench_process", "run, empty folder", START_RUNS, 1, self.program, "run",
                                    "--definitions", empty, env={"AWS_REGION": "eu-central-1"}))

    def expressions(self):
        self.report.title("Metric arithmetic, one thread")
        self.show(self.measurements("bench_expression"))

    def decide(self):
        self.report.title("Deciding alone, ten tasks an instance; growth from 1,000 to 10,000")
        self.show(self.measurements("bench_decide"))

    def simulate(self):
        self.report.title("Simulated accounts, one thread: a fortnight with all its passes; a large one alone")
        self.show(self.measurements("bench_sim"))

    def one_pass(self, name, definitions, env, aws, metrics):
        """One run: wall time, peak memory, and every request in the order in which it came in."""
        mark, heard = aws.mark(), len(metrics.server.received)
        wall, memory = self.measurements("bench_process", name, 1, 0, self.program, "run", "--definitions",
                                         definitions, env={**aws.env(), **env})
        return wall["median"], memory["median"], aws.calls(mark), len(metrics.server.received) - heard

    def passes(self, name, make, aws, metrics):
        """Some passes, each on a world of its own that `make` gives: (definitions, environment); and
        one where each answer is late, for the number of round trips."""
        walls, memories = [], []
        for number_of_run in range(PASS_RUNS):
            wall, memory, calls, others = self.one_pass(name, *make(number_of_run), aws, metrics)
            walls.append(wall)
            memories.append(memory)
        self.report.samples(f"{name}: start to exit", "ms", walls)
        self.report.samples(f"{name}: peak memory", "MiB", memories)
        world = make(PASS_RUNS)
        for path in metrics.answers:
            metrics.answers[path]["delay_s"] = ANSWER_DELAY_S
        aws.rule(operation="*", delay_s=ANSWER_DELAY_S)
        _, _, calls, others = self.one_pass(name, *world, aws, metrics)
        aws.reset()
        looking = depth([call for call in calls if not call.is_mutating])
        for what, value in (("AWS calls", len(calls)), ("AWS calls that change something",
                                                       sum(call.is_mutating for call in calls)),
                            ("other HTTP requests", others), ("connections to AWS", len({
                                call.connection for call in calls})),
                            ("round trips before it applies", looking), ("round trips in all", depth(calls))):
            self.report.row(f"{name}: {what}", "", value, value, value)

    def quick_start(self, aws, metrics):
        metrics.set("/api/queues/%2F/celery", {"messages_ready": 12})

        def make(run):
            """The quick start's cluster with a full queue: both services and the group grow by one."""
            cluster = Cluster(aws, f"quick-start-{run}", min=1, max=4, desired=1)
            cluster.control("join", group=cluster.group, cluster=cluster.name)
            cluster.control("schedule", cluster=cluster.name)
            cluster.service("worker", desired=1, cpu=512, mem=512)
            cluster.service("backend", desired=1, cpu=512, mem=512)
            cluster.put_metric("CPUUtilization", 42.0, service="backend")
            text = demo.DEFINITION.format(host=metrics.url("").removeprefix("http://"))
            definitions = self.folder / cluster.name
            cluster.write(definitions, text.replace(demo.GROUP, cluster.group).replace(demo.CLUSTER, cluster.name))
            return definitions, {"USERNAME": "scaler", "PASSWORD": "secret"}

        self.report.title(f"The quick start's pass, up, {PASS_RUNS} runs; emulated AWS on this machine")
        self.passes("quick start", make, aws, metrics)

    def large(self, aws, metrics):
        cluster = Cluster(aws, "large", min=130, max=140, desired=130)
        for index in range(25):
            name = f"service-{index:02}"
            source = cluster.put_metric("CPUUtilization", 4, service=name)
            cluster.service(name, sources={"cloudwatch": [source]}, events=up_and_down("CPUUtilization"))
        definitions = self.folder / "large"
        cluster.write(definitions)
        self.report.title(f"25 services on 130 instances, nothing to do, {PASS_RUNS} runs; emulated AWS")
        self.passes("25 services, 130 instances", lambda run: (definitions, {}), aws, metrics)


def depth(calls):
    """The longest chain of calls each of which began after the one before it had been answered."""
    deepest = []
    for call in sorted(calls, key=lambda call: call.start):
        before = [level for end, level in deepest if end <= call.start]
        deepest.append((call.end, 1 + max(before, default=0)))
    return max((level for _, level in deepest), default=0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=ROOT / "build/ecs-autoscale", type=pathlib.Path)
    parser.add_argument("--binaries", default=ROOT / "build/release", type=pathlib.Path,
                        help="where the benchmark programs are")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ecs-autoscale-bench-") as folder:
        bench = Bench(options.program.resolve(), options.binaries.resolve(), Report(options.json),
                      pathlib.Path(folder))
        bench.start()
        with AwsEmulator() as aws, MetricServer() as metrics:
            bench.quick_start(aws, metrics)
            bench.large(aws, metrics)
        bench.expressions()
        bench.decide()
        bench.simulate()


if __name__ == "__main__":
    try:
        main()
    except (RuntimeError, OSError, subprocess.TimeoutExpired) as problem:
        sys.exit(f"bench: {problem}")
