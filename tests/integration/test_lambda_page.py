"""docs/lambda.md: its command lines are run in their order, in one account; its tables are compared with what the program
says, and its sums with their sources."""
import re

import pytest

from test_docs import ROOT, command_lines, place  # pylint: disable=unused-import

PAGE = ROOT / "docs" / "lambda.md"
STATIC = ROOT / "build" / "static" / "x86_64" / "ecs-autoscale"
DEFINITION = """\
autoscale_group: GROUP
min: 1
max: 4
services:
  SERVICE:
    min: 1
    max: 3
    metric_sources:
      cloudwatch:
        - metric_name: CPUUtilization
          dimensions: [{name: ClusterName, value: CLUSTER}]
          statistics: [{name: Average, alias: cpu}]
    events: [{metric: cpu, action: 1, min: 5}]
"""


def table(name):
    text = re.search(rf"<!-- run: {name} -->\n((?:\|.*\n)+)", PAGE.read_text()).group(1)
    return [[cell.strip() for cell in line.strip("|\n").split(" | ")] for line in text.splitlines() if line[:5] != "| ---"]


def test_command_lines_in_order(place, tmp_path):
    if not STATIC.exists():
        pytest.skip("no static program: make static builds it")
    (tmp_path / "lambda").mkdir()
    (tmp_path / "lambda" / "clusters").symlink_to(tmp_path / "clusters")
    lines = list(command_lines(PAGE))
    assert {line.split()[1] for line in lines} == {"run", "deploy", "invoke", "status", "logs", "destroy", "policy", "package"}
    said = {line: place(line).stdout for line in lines}
    first = next(line for line in lines if line.startswith("ecs-autoscale deploy") and "--yes" in line)
    assert "function" in said[first]
    for name in ("deployment.zip", "policy.json"):
        assert (tmp_path / name).stat().st_size > 1000


def test_other_command_lines_named(place, tmp_path):
    (tmp_path / "lambda").mkdir()
    (tmp_path / "lambda" / "clusters").symlink_to(tmp_path / "clusters")
    for line in re.findall(r"`(ecs-autoscale [a-z]+ [^`]*)`", PAGE.read_text()):
        place(line)


def test_permissions_are_those_of_the_program(run_program, tested, tmp_path):
    (tmp_path / "CLUSTER.yml").write_text(DEFINITION)
    said = run_program(["policy", "--definitions", tmp_path / "CLUSTER.yml", "--region", "eu-west-1", "--name", "NAME",
                        "--explain"], binary=tested).stdout
    rows = []
    for block in re.split(r"\n(?=\S)", said.strip()):
        action, purpose, *places = [line.strip() for line in block.split("\n")]
        resource = re.sub(r"^arn:aws:\w+:eu-west-1:\*:(autoScalingGroup:\*:)?", "", places[0].split(" ")[1])
        inside = "".join(f", in `{line.rpartition(':')[2]}`" for line in places[1:])
        rows.append([f"`{action}`", f"`{resource}`{inside}", purpose])
    assert table("policy")[1:] == rows


def test_permissions_of_who_deploys():
    source = (ROOT / "src" / "lambda" / "operations.c").read_text()
    used = set(re.findall(r'\.permission = "([^"]+)"', source)) | {
        ":".join(pair) for pair in re.findall(r'(?:GIVES|SILENT)\(\w+, "(\w+)",\s*"(\w+)"\)', source)}
    assert len(used) > 30
    named = re.search(r"<!-- run: deploying -->\n```\n(.*?)```", PAGE.read_text(), re.S).group(1).split()
    assert set(named) == used | {"lambda:TagResource"} and len(named) == len(set(named))


def test_costs():
    runs = 12 * 730
    assert f"{runs:,} runs in 730 hours" in PAGE.read_text()
    head, *rows = table("costs")
    costs = {row[0]: row[1:] for row in rows}
    for column, (clusters, metrics, seconds, kilobytes) in enumerate(((1, 1, 0.5, 4), (10, 40, 1.0, 20))):
        gb_s = runs * seconds * 128 / 1024
        asked = runs * metrics
        logged = runs * kilobytes / 1e6
        own = 8 * clusters + 8
        parts = [gb_s * 0.0000166667, runs * 0.20 / 1e6, asked * 0.01 / 1000, logged * 0.50]
        assert {key: cells[column] for key, cells in costs.items()} == {
            "duration of a run": f"{seconds} s",
            "Lambda: $0.0000166667 a GB-second, at 128 MB": f"{gb_s + 1e-9:,.0f} GB-s: ${parts[0]:.2f}",
            "Lambda: $0.20 a million requests": f"${parts[1]:.2f}",
            "`GetMetricData`: $0.01 a thousand metrics": f"{asked:,}: ${parts[2]:.2f}",
            "logs: $0.50 a GB, 4 KB or 20 KB a run": f"{logged:.3f} GB: ${parts[3]:.2f}",
            "**together**": f"**${sum(parts):.2f}**",
            "its own metrics: $0.30 each, 8 a cluster and 8 in all": f"{own}: ${own * 0.30:.2f}",
        }, head[column + 1]
