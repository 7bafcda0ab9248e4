"""What README.md and docs/ show of the program is what it prints.

A ```console block after `<!-- shown: WORLD, exit N -->` is a session: each `$ command` is run in that
world and has to print what follows it, on standard output and error together. A line `…` stands for any
number of lines; times, durations, process ids and ports are not compared. Each session has an AWS region
of its own, so that nothing is left over from another. docs/expressions.md is compared in test_expressions.py,
docs/simulation.md in test_simulate.py."""
import contextlib
import itertools
import pathlib
import re
import signal
import subprocess
import sys

import pytest

import world
from rabbitmq import unavailable
from test_docs import PAGES, ROOT

SHOWN = re.compile(r"<!-- shown: ([^,\n]+), exit (\d) -->\n```console\n(.*?)^```$", re.S | re.M)
SESSIONS = [(page, *match.groups()) for page in PAGES for match in SHOWN.finditer(page.read_text())]
REGIONS = itertools.cycle(["us-west-1", "us-west-2", "us-east-2", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1",
                           "ap-south-1", "ca-central-1", "sa-east-1", "ap-northeast-1", "ap-northeast-2"])
GROUP = "EC2ContainerService-my_cluster-EcsInstanceAsg-AAAAA"
QUEUE = "/api/queues/celery"


def quick_start():
    text = (ROOT / "README.md").read_text()
    return re.search(r"```yaml\n(# clusters/my_cluster\.yml\n.*?)```", text, re.S).group(1)


@pytest.fixture
def session(aws, metrics, program, clean_env, tmp_path):
    """The README's cluster: one instance with room for three tasks, 12 messages, a busy backend."""
    region = next(REGIONS)
    cluster = world.Cluster(aws, "my_cluster", region=region, group=False)
    world.make_group(aws, GROUP, 1, 4, 1, region)
    cluster.group = GROUP
    cluster.control("join", group=GROUP, cluster="my_cluster", cpu=1024, mem=2048)
    cluster.control("schedule", cluster="my_cluster")
    cluster.service("worker", cpu=512, mem=512)
    cluster.service("backend", cpu=256, mem=512)
    cluster.put_metric("CPUUtilization", 82, service="backend")
    metrics.set(QUEUE, {"messages_ready": 12})
    source = metrics.url("").removeprefix("http://")
    (tmp_path / "clusters").mkdir()
    (tmp_path / "clusters" / "my_cluster.yml").write_text(
        quick_start().replace("https://", "http://").replace("my_rabbitmq_host.com", source))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "ecs-autoscale").symlink_to(program)
    env = clean_env({**aws.env(AWS_REGION=region), "USERNAME": "scaler", "PASSWORD": "secret"})
    env["PATH"] = f"{tmp_path / 'bin'}:{env['PATH']}"
    return {"aws": aws, "metrics": metrics, "env": env, "folder": tmp_path, "source": source}


# --- worlds -------------------------------------------------------------------------------------

@contextlib.contextmanager
def as_it_stands(session):
    (session["folder"] / "clusters" / "my_cluster.yml").write_text(quick_start())
    yield


@contextlib.contextmanager
def source_down(session):
    session["metrics"].set(QUEUE, "out of order", status=503)
    yield


@contextlib.contextmanager
def denied(session):
    session["aws"].rule(operation="SetDesiredCapacity", error={"code": "AccessDenied", "message": "User: night-shift "
                        "is not authorized to perform: autoscaling:SetDesiredCapacity", "status": 403})
    yield


@contextlib.contextmanager
def another_pass(session):
    process = subprocess.Popen(["ecs-autoscale", "run", "--every", "1h"], env=session["env"], cwd=session["folder"],
                               executable=session["folder"] / "bin" / "ecs-autoscale", text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert process.stdout.readline().startswith("my_cluster")
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


WORLDS = {"quick start": lambda session: contextlib.nullcontext(), "as it stands": as_it_stands,
          "source down": source_down, "denied": denied, "another pass": another_pass}


# --- sessions -----------------------------------------------------------------------------------

CHANGING = [(r"^\d\d:\d\d:\d\d ", "HH:MM:SS "), (r"\b\d+ ms\b", "N ms"), (r" in \d+\.\d s$", " in N s"),
            (r"process \d+ of user \d+, since [\d:TZ-]+", "process N of user N, since T"),
            (r"ecs-autoscale-[0-9a-f]{16}\.lock", "ecs-autoscale-X.lock"), (r" /\S*/\.aws/", " ~/.aws/")]


def still(text):
    """Without what differs from run to run."""
    for pattern, instead in CHANGING:
        text = re.sub(pattern, instead, text, flags=re.M)
    return text


def is_shown(shown, printed, layout=True):
    """layout=False: line breaks and columns do not count."""
    parts = re.split(r"^…\n", still(shown), flags=re.M)
    printed = still(printed)
    if not layout:
        parts, printed = [" ".join(part.split()) for part in parts], " ".join(printed.split())
    return re.fullmatch(".*?".join(re.escape(part) for part in parts), printed, re.S) is not None


def commands(text):
    for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown


@pytest.mark.parametrize("page, name, status, text", SESSIONS, ids=[f"{row[0].name}:{row[1]}" for row in SESSIONS])
def test_session(page, name, status, text, session):
    assert name in WORLDS, f"{page.name}: no such world: {name}"
    with WORLDS[name](session):
        for command, shown in commands(text):
            result = subprocess.run(["bash", "-c", command], env=session["env"], cwd=session["folder"], text=True,
                                    timeout=120, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT)
            printed = result.stdout
            layout = session["source"] not in printed  # else a name of another length: lines break elsewhere
            printed = printed.replace("http://" + session["source"], "https://my_rabbitmq_host.com")
            assert is_shown(shown, printed, layout), f"{page.name} shows something else than\n$ {command}\n{printed}"
            assert result.returncode == int(status), printed


def test_whatever_is_shown_is_compared():
    """A session with output is marked, and every world is of use."""
    assert {row[1] for row in SESSIONS} == set(WORLDS)
    for page in PAGES:
        if page.name in ("expressions.md", "simulation.md"):  # test_expressions.py, test_simulate.py
            continue
        text = page.read_text()
        for match in re.finditer(r"^( *)```console\n(.*?)^ *```$", text, re.S | re.M):
            lines = [line.removeprefix(match.group(1)) for line in match.group(2).splitlines()]
            if any(not line.startswith("$ ") for line in lines):
                before = text[:match.start()].rstrip("\n").rsplit("\n", 1)[-1]
                assert before.startswith("<!-- shown: "), f"{page.name}: {lines[0]}"


def test_the_demo(program):
    """`make demo`, as the README has it."""
    reason = unavailable()
    if reason:
        pytest.skip(reason)
    result = subprocess.run([sys.executable, str(pathlib.Path(__file__).with_name("demo.py")), "--program", program],
                            capture_output=True, text=True, timeout=180, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Everything happened as expected." in result.stdout
