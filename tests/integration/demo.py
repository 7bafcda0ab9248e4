#!/usr/bin/env python3
"""The main job, on this machine: a real RabbitMQ server, an emulated AWS, and the program run as a
user would run it. Shows each command, what it printed, and what changed at AWS, as boto3 sees it.

    make demo            or: build/venv/bin/python tests/integration/demo.py --program build/ecs-autoscale

Exit status 0 if everything that was to happen did. Nothing leaves the machine; nothing is left.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from aws_emulator import AwsEmulator
from rabbitmq import RabbitMq, unavailable
from world import Cluster

CLUSTER = "my_cluster"
GROUP = "EC2ContainerService-my_cluster-EcsInstanceAsg-AAAAA"
DEFINITION = """\
autoscale_group: EC2ContainerService-my_cluster-EcsInstanceAsg-AAAAA
enabled: true
cpu_buffer: 0
mem_buffer: 0
min: 1
max: 4
services:
  worker:
    enabled: true
    min: 1
    max: 3
    metric_sources:
      third_party:
        - url: http://%(USERNAME):%(PASSWORD)@{host}/api/queues/%2F/celery
          method: GET
          payload: null
          statistics:
            - name: messages_ready
              alias: queue_length
    events:
      - {{metric: queue_length, action: 1, min: 5, max: null}}
      - {{metric: queue_length, action: -1, min: null, max: 3}}
  backend:
    enabled: true
    min: 1
    max: 3
    metric_sources:
      cloudwatch:
        - namespace: AWS/ECS
          metric_name: CPUUtilization
          dimensions:
            - {{name: ClusterName, value: my_cluster}}
            - {{name: ServiceName, value: backend}}
          period: 300
          statistics:
            - {{name: Average, alias: cpu_usage}}
    events:
      - {{metric: cpu_usage, action: 1, min: 10, max: null}}
      - {{metric: cpu_usage, action: -1, min: null, max: 1}}
"""


class Demo:
    def __init__(self, program, folder, aws, queue):
        self.program, self.folder, self.aws, self.queue = program, folder, aws, queue
        self.failures = []
        self.cluster = Cluster(aws, CLUSTER, group=GROUP, min=1, max=4, desired=1, cpu=1024, mem=2048)
        # From here on AWS does its own part: new instances join, tasks start, stop and move.
        self.cluster.control("join", group=GROUP, cluster=CLUSTER, cpu=1024, mem=2048)
        self.cluster.control("schedule", cluster=CLUSTER)
        self.cluster.service("worker", desired=1, cpu=512, mem=512)
        self.cluster.service("backend", desired=1, cpu=256, mem=512)
        definitions = folder / "clusters"
        definitions.mkdir()
        host = queue.url.removeprefix("http://").partition("/")[0]
        (definitions / f"{CLUSTER}.yml").write_text(DEFINITION.format(host=host))

    def look(self):
        """What boto3 sees."""
        rows = {}
        answer = self.cluster.ecs.describe_services(cluster=CLUSTER, services=["worker", "backend"])
        for service in answer["services"]:
            rows[f"service {service['serviceName']}: desired"] = service["desiredCount"]
            rows[f"service {service['serviceName']}: running"] = service["runningCount"]
        rows["group: desired capacity"] = self.cluster.capacity()[1]
        statuses = list(self.cluster.instances().values())
        rows["instances: active"] = statuses.count("ACTIVE")
        rows["instances: draining"] = statuses.count("DRAINING")
        return rows

    def run(self, title, arguments, expected):
        """One run as a user would do it; `expected`: what has to look so at AWS afterwards."""
        print(f"\n=== {title}\n")
        before = self.look()
        print("$ ecs-autoscale run " + " ".join(arguments), flush=True)
        env = {"PATH": os.environ.get("PATH", ""), "HOME": str(self.folder), "LANG": "C.UTF-8",
               "TMPDIR": str(self.folder), "USERNAME": self.queue.user, "PASSWORD": self.queue.password,
               **self.aws.env()}
        mark = self.aws.mark()
        started = time.monotonic()
        result = subprocess.run([str(self.program), "run", *arguments], cwd=self.folder, env=env, timeout=90,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True, check=False)
        took = time.monotonic() - started
        for line in result.stdout.splitlines():
            print("  | " + line)
        calls = self.aws.calls(mark)
        changing = [call.operation for call in calls if call.is_mutating]
        print(f"\n  exit status {result.returncode}, {took:.2f} s, {len(calls)} AWS calls, of these changing "
              f"something: {', '.join(changing) or 'none'}")
        after = self.look()
        changes = [f"  {name}: {before[name]} -> {after[name]}" for name in before if before[name] != after[name]]
        print("  At AWS, says boto3:" if changes else "  At AWS, says boto3, nothing changed.")
        for line in changes:
            print("  " + line)
        self.check(result, changing, after, {"exit status": 0, **expected})
        if self.queue.password in result.stdout:
            self.failures.append(f"{title}: the password was printed")

    def check(self, result, changing, after, expected):
        seen = {**after, "exit status": result.returncode, "changing calls": changing}
        for name, value in expected.items():
            if seen[name] != value:
                self.failures.append(f"{name} is {seen[name]!r}, expected {value!r}")
                print(f"  NOT AS EXPECTED: {self.failures[-1]}")

    def play(self):
        print(f"A cluster with one instance (1024 CPU units, 2048 MiB), services worker and backend with a task "
              f"each.\nThe definition is the quick start's, in {self.folder}/clusters/{CLUSTER}.yml;\n"
              "worker follows the queue 'celery' on RabbitMQ, backend its CPU usage on CloudWatch.")
        self.queue.set_ready(12)
        self.cluster.put_metric("CPUUtilization", 42.0, service="backend", periods_ago=2)
        print("\nNow 12 messages wait in the queue, and backend's CPU usage is 42 %.")
        idle = {"service worker: desired": 1, "service backend: desired": 1, "group: desired capacity": 1,
                "changing calls": []}
        self.run("1. A dry run: what would happen, and why", ["--dry-run"], idle)
        self.run("2. For real: both services and the group grow", [],
                 {"service worker: desired": 2, "service backend: desired": 2, "service worker: running": 2,
                  "service backend: running": 2, "group: desired capacity": 2, "instances: active": 2})
        self.queue.set_ready(0)
        self.cluster.put_metric("CPUUtilization", 0.5, service="backend", periods_ago=1)
        print("\nThe queue is emptied, backend's CPU usage falls to 0.5 %.")
        self.run("3. The services shrink", [],
                 {"service worker: desired": 1, "service backend: desired": 1, "group: desired capacity": 2})
        self.run("4. One instance is enough now: the other one is drained", [],
                 {"instances: draining": 1, "group: desired capacity": 2})
        self.run("5. Drained: it is terminated, and everything is as it was", [],
                 {"service worker: running": 1, "service backend: running": 1, "group: desired capacity": 1,
                  "instances: active": 1, "instances: draining": 0})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="build/ecs-autoscale")
    program = pathlib.Path(parser.parse_args().program).resolve()
    reason = unavailable()
    if reason or not os.access(program, os.X_OK):
        print(f"demo: {reason or f'no program at {program}: run make first'}", file=sys.stderr)
        return 1
    started = time.monotonic()
    print("Starting a RabbitMQ server and an AWS emulator on this machine …", flush=True)
    with tempfile.TemporaryDirectory(prefix="ecs-autoscale-demo-") as folder, AwsEmulator() as aws, \
            RabbitMq() as queue:
        demo = Demo(program, pathlib.Path(folder), aws, queue)
        demo.play()
    print(f"\nAll servers are stopped. {time.monotonic() - started:.0f} s.", flush=True)
    for failure in demo.failures:
        print(f"FAILED: {failure}", file=sys.stderr)
    if not demo.failures:
        print("Everything happened as expected.")
    return 1 if demo.failures else 0


if __name__ == "__main__":
    sys.exit(main())
