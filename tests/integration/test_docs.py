"""README.md and docs/: each command line and YAML example does what the page says.

Command lines are those of ```sh and ```console blocks that run the program; they are run as they stand, in
a folder with a `clusters/` of two clusters and a record of their passes. docs/expressions.md,
docs/definitions.md, docs/lambda.md and docs/simulation.md have tests of their own, which compare what is printed as well.
A YAML block after `<!-- run: definition NAME, A=B … -->` loads without a finding in that environment; after
`<!-- run: events ALIAS … -->` it does so as the events of a service with these metrics, and after
`<!-- run: head -->` in front of a definition."""
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time

import pytest

import world
from test_run_credentials import NEEDED

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])
PROGRAM_LINE = re.compile(r"^(?:\$ )?((?:(?:[A-Z_]+=\S+ )*ecs-autoscale|jq) .*?)(?:\s+#.*)?$")
# Other lines of ```sh blocks, and the test that they have; a block that no machine of the tests can run says so.
OTHER_LINES = {
    r"make [a-z-]+": "test_make_targets_named_exist",
    r"export [A-Z]": "test_exports",
    r"build/venv/bin/python -m pytest ": "test_pytest_lines",
    r"tools/venv\.sh\b": "what this runs under",
}
NOT_RUN = {"lambda.md: needs the AWS CLI, a bucket and CloudFormation",
           "lambda-package.md: needs a container engine",
           "running.md: needs root and a running systemd"}


def blocks(page, *languages):
    """The page's blocks in these languages; without those that are compared or cannot be run."""
    text = page.read_text()
    for match in re.finditer(r"^( *)```(\w+)\n(.*?)^ *```", text, re.S | re.M):
        before = text[:match.start()].rstrip("\n").rsplit("\n", 1)[-1]
        if match.group(2) in languages and not re.match(r"<!-- (shown|not run): ", before):
            yield "\n".join(line.removeprefix(match.group(1)) for line in match.group(3).splitlines())


def command_lines(page):
    for block in blocks(page, "sh", "console"):
        for line in block.splitlines():
            match = PROGRAM_LINE.match(line)
            if match:
                yield match.group(1)


COMMANDS = [(page.name, line) for page in PAGES for line in command_lines(page)
            if page.name not in ("expressions.md", "lambda.md", "simulation.md")]


def help_examples(binary):
    """The examples in each command's --help."""
    listing = subprocess.run([binary, "--help"], capture_output=True, text=True, check=True).stdout
    names = re.findall(r"^  ([a-z-]+) {2,}\S", listing.split("commands:")[1], re.M)
    for name in names:
        text = subprocess.run([binary, name, "--help"], capture_output=True, text=True, check=True).stdout
        for line in text.partition("examples:\n")[2].splitlines():
            if "ecs-autoscale" in line:
                yield name, line.strip().removeprefix("$ ")


@pytest.fixture
def place(aws, metrics, tested, clean_env, tmp_path):
    """A folder in which the examples run: `ecs-autoscale` on the PATH, clusters/, passes.jsonl."""
    bin_dir = tmp_path / "bin"
    bin_dir.mkdir()
    (bin_dir / "ecs-autoscale").symlink_to(tested)
    (tmp_path / "clusters").mkdir()
    for name in ("my_cluster", "other_cluster"):
        cluster = world.Cluster(aws, name)
        world.scaled_service(metrics, cluster, "worker", 9)
        cluster.write(tmp_path / "clusters")
        cluster.put_metric("CPUUtilization", 50, service="backend")
        cluster.put_metric("NumberOfMessagesSent", 50, namespace="AWS/SQS", dimensions={"QueueName": "celery"})
    (tmp_path / "access.txt").write_text("USERNAME=u\nPASSWORD=p\n")
    shutil.copy(ROOT / "contrib/scenarios/quick-start.yml", tmp_path / "scenario.yml")
    env = clean_env({**aws.env(), "USERNAME": "u", "PASSWORD": "p"})
    env["PATH"] = f"{bin_dir}:{env['PATH']}"

    def run(line, code=0):
        if line.startswith("ecs-autoscale sim ") or line == "ecs-autoscale sim":
            return run_until_a_pass_is_done(re.sub(r" --listen \S+|$", " --listen :0", line, count=1), env, tmp_path)
        if line == "ecs-autoscale demo":
            line += " --seconds 0 --hours 1"
        if "--every" in line:
            return run_until_a_pass_is_done(line, env, tmp_path)
        result = subprocess.run(["bash", "-c", line], env=env, cwd=tmp_path, capture_output=True, text=True,
                                timeout=120, check=False)
        assert result.returncode == code, f"$ {line}\n{result.stdout}{result.stderr}"
        return result

    run("ecs-autoscale run --dry-run --record passes.jsonl")
    return run


def run_until_a_pass_is_done(line, env, cwd):
    process = subprocess.Popen(["bash", "-c", "exec " + line], env=env, cwd=cwd, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        first = process.stdout.readline()
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert first and process.returncode == 0, f"$ {line}\n{out}{err}"
    return subprocess.CompletedProcess(line, process.returncode, first + out, err)


def test_there_are_command_lines():
    assert {"README.md", "running.md", "record.md", "definitions.md"} <= {page for page, _ in COMMANDS}
    assert len(COMMANDS) >= 10


@pytest.mark.parametrize("page, line", COMMANDS, ids=[f"{page}:{line}" for page, line in COMMANDS])
def test_command_line(page, line, place):
    place(line)


def test_examples_in_help(tested, place):
    lines = list(help_examples(tested))
    assert len({name for name, _ in lines}) >= 7
    for _, line in lines:
        place(line)


def test_every_line_has_its_test(capsys):
    """Whatever a page tells people to type is run, or is in one of two short lists."""
    for page in PAGES:
        for block in blocks(page, "sh"):
            for line in block.splitlines():
                assert not line or line.startswith("#") or PROGRAM_LINE.match(line) or any(
                    re.match(pattern, line) for pattern in OTHER_LINES), f"{page.name}: no test runs: {line}"
    not_run = {f"{page.name}: {reason}" for page in PAGES
               for reason in re.findall(r"<!-- not run: (.*?) -->", page.read_text())}
    assert not_run == NOT_RUN
    with capsys.disabled():
        print(f"\nnot run, of the pages' blocks: {', '.join(sorted(not_run))}")


def test_exports():
    for page in PAGES:
        for block in blocks(page, "sh"):
            for line in block.splitlines():
                if line.startswith("export "):
                    subprocess.run(["bash", "-ec", line], check=True)


def test_pytest_lines():
    """The tests that development.md says how to choose can be chosen so."""
    lines = [line.partition("  #")[0].split() for page in PAGES for block in blocks(page, "sh")
             for line in block.splitlines() if line.startswith("build/venv/bin/python -m pytest ")]
    assert len(lines) >= 3
    for line in lines:
        result = subprocess.run([sys.executable, *line[1:], "--collect-only", "-q", "-p", "no:cacheprovider"],
                                cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
        assert result.returncode == 0, result.stdout[-2000:] + result.stderr


def test_options_of_run_are_on_the_page(tested):
    text = subprocess.run([tested, "run", "--help"], capture_output=True, text=True, check=True).stdout
    options = set(re.findall(r"^  (--[a-z-]+)", text, re.M))
    rows = re.findall(r"^\| (`--[^|]*) \|", (ROOT / "docs" / "running.md").read_text(), re.M)
    assert set(re.findall(r"`(--[a-z-]+)`", " ".join(rows))) == options


def test_make_targets_named_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    for page in PAGES:
        named = re.findall(r"`make ([a-z-]+)[^`]*`|^make ([a-z-]+)\s", page.read_text(), re.M)
        for names in named:
            assert (names[0] or names[1]) in targets, f"{page.name}: make {names}"


def test_yaml_examples(run_program, tmp_path):
    marked = [(page, match) for page in PAGES for match in re.finditer(
        r"<!-- run: definition ([^\s,]+)(?:, ([^\n]*?))? -->\n```yaml\n(.*?)```", page.read_text(), re.S)]
    assert marked
    for page, match in marked:
        name, settings, text = match.groups()
        (tmp_path / name).write_text(text)
        result = run_program(["validate", name], env=dict(s.split("=", 1) for s in shlex.split(settings or "")))
        assert result.stdout == "1 cluster fine, 0 errors, 0 warnings\n", f"{page.name}: {result.stdout}"


SMALL = """\
autoscale_group: null
services:
  worker:
    min: 1
    max: 5
"""


def test_yaml_fragments(run_program, tmp_path):
    fragments = [match.groups() for page in PAGES for match in re.finditer(
        r"<!-- run: (events|head) ?(.*?) ?-->\n```yaml\n(.*?)```", page.read_text(), re.S)]
    assert {kind for kind, _, _ in fragments} == {"events", "head"}
    for kind, aliases, text in fragments:
        statistics = "".join(f"\n            - {{name: {alias}, alias: {alias}}}" for alias in aliases.split())
        sources = f"    metric_sources:\n      third_party:\n        - url: http://host/\n          statistics:{statistics}\n"
        whole = text + SMALL if kind == "head" else SMALL + sources + "    " + text.replace("\n", "\n    ").rstrip() + "\n"
        (tmp_path / "fragment.yml").write_text(whole)
        result = run_program(["validate", "fragment.yml"])
        assert result.stdout == "1 cluster fine, 0 errors, 0 warnings\n", result.stdout


def test_every_yaml_block_is_run_by_a_test():
    for page in PAGES:
        text = page.read_text()
        for match in re.finditer(r"^```yaml$", text, re.M):
            before = text[:match.start()].rstrip("\n").rsplit("\n", 1)[-1]
            assert re.match(r"<!-- (run|example|simulation): ", before), f"{page.name}: a YAML block that no test runs"


def test_permissions_are_what_a_pass_needs():
    text = (ROOT / "docs" / "running.md").read_text()
    policy = json.loads(re.search(r"<!-- run: permissions -->\n```json\n(.*?)```", text, re.S).group(1))
    assert {action for statement in policy["Statement"] for action in statement["Action"]} == NEEDED
    reading = {action for action in NEEDED if re.search(r":(Describe|List|Get)", action)}
    assert set(policy["Statement"][0]["Action"]) == reading


def test_units_run_commands_that_exist(place, tmp_path):
    units = sorted((ROOT / "contrib" / "systemd").glob("*"))
    assert {unit.suffix for unit in units} == {".service", ".timer", ".sysusers"}
    for unit in units:
        assert unit.name in (ROOT / "docs" / "running.md").read_text()
        for line in re.findall(r"^ExecStart=(.*)$", unit.read_text(), re.M):
            place(line.replace("/usr/local/bin/", "").replace("/etc/ecs-autoscale/", ""))
    units = [unit for unit in units if unit.suffix != ".sysusers"]
    if shutil.which("systemd-analyze"):
        for unit in units:
            copy = tmp_path / unit.name
            copy.write_text(unit.read_text().replace("/usr/local/bin/ecs-autoscale", "/bin/true"))
        checked = subprocess.run(["systemd-analyze", "verify", *(tmp_path / unit.name for unit in units)],
                                 capture_output=True, text=True, check=False)
        named = [line for line in checked.stderr.splitlines() if "ecs-autoscale" in line and "man " not in line]
        assert not named, named


def test_the_cron_line(place):
    text = (ROOT / "docs" / "running.md").read_text()
    (line,) = re.findall(r"^\*/5 \* \* \* \* (.*)$", text, re.M)
    place(re.sub(r"AWS_REGION=\S+ ", "", line).replace("/etc/ecs-autoscale/", "").replace(
        "/var/log/ecs-autoscale/", ""))


def test_links_between_pages():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
            if "://" in target:
                continue
            path, _, heading = target.partition("#")
            other = page if not path else (page.parent / path).resolve()
            assert other.exists(), f"{page.name}: {target}"
            if heading:
                slugs = {re.sub(r"[^a-z0-9 _-]", "", title.lower()).replace(" ", "-")
                         for title in re.findall(r"^#+ (.*)$", other.read_text(), re.M)}
                assert heading in slugs, f"{page.name}: {target}"


def test_rooms_are_those_that_lint_checks():
    """docs/architecture.md and tools/lint.py have the same table."""
    namespace = {"__name__": "lint", "__file__": str(ROOT / "tools" / "lint.py")}
    exec((ROOT / "tools" / "lint.py").read_text(), namespace)  # pylint: disable=exec-used
    text = (ROOT / "docs" / "architecture.md").read_text()
    for room, may_include in namespace["ROOMS"].items():
        if room == "." or "*" in may_include:
            continue
        row = re.search(rf"^\| `src/{room}/` \|.*\| (.*) \|$", text, re.M)
        assert row, room
        assert row.group(1) == (", ".join(may_include) or "nothing above"), room


def test_the_licence_is_there():
    assert os.path.getsize(ROOT / "LICENSE") > 500
