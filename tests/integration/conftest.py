"""What every integration test shares: where the program is, and a clean way to run it.

Fixtures:
    program         absolute path of the program under test (--program)
    sanitized       the same, built with ASan and UBSan (--sanitized)
    driver_dir      the folder `sanitized` is in: test drivers are built next to it
    clean_env       a fresh environment: no AWS_* variable, no proxy, HOME in a temporary folder
    run_program     runs `program` to its end in such an environment
    start_program   starts it and leaves it running; whatever is left at the test's end is killed

    aws             the AWS emulator, well-behaved again after each test
    rabbitmq        a real RabbitMQ server with an empty queue
    metrics         an HTTP server to be a metric source
    make_cluster    make_cluster(**options) → world.Cluster under a name of its own
    function        function(*clusters, env=None, …) → lambda_function.Function: the program as a Lambda
                    function that has these definitions, running until the test ends
    rie             rie(task, env=None, …) → lambda_rie.Rie: AWS's emulator of Lambda around a task folder
    autoscale       writes clusters' definitions, runs `ecs-autoscale run` on them, and tells what
                    the program printed and what it asked AWS for
The servers start once; tests share them and keep apart by names.
"""
import contextlib
import dataclasses
import itertools
import json
import os
import pathlib
import re
import signal
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import aws_emulator
import lambda_function
import lambda_rie
import metric_server
import rabbitmq as rabbitmq_server
import world

# No single run of the program takes longer: its own deadline is 60 s by default.
RUN_TIMEOUT_S = 90

SANITIZER_ENV = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=99",
}


def pytest_addoption(parser):
    parser.addoption("--program", default="build/ecs-autoscale", help="the program under test")
    parser.addoption("--sanitized", default="build/sanitize/ecs-autoscale",
                     help="the program built with ASan and UBSan")
    parser.addoption("--seeds", type=int, default=6, help="how many random worlds to try")
    parser.addoption("--seed", type=int, help="this random world alone")


def built_program(request, option):
    """Absolute path of an option's program; the test is skipped where it has not been built."""
    path = pathlib.Path(request.config.getoption(option))
    path = path if path.is_absolute() else ROOT / path
    if not os.access(path, os.X_OK):
        pytest.skip(f"{option}: no program at {path} (build it first)")
    return path.absolute()


@pytest.fixture(scope="session")
def program(request):
    return built_program(request, "--program")


@pytest.fixture(scope="session")
def sanitized(request):
    return built_program(request, "--sanitized")


@pytest.fixture(scope="session")
def driver_dir(sanitized):
    return sanitized.resolve().parent


def make_clean_env(home, extra=None):
    """An environment that nothing of the machine leaks into: no credentials, no proxies."""
    env = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "TMPDIR": str(home),
        **SANITIZER_ENV,
    }
    env.update(extra or {})
    return {name: str(value) for name, value in env.items() if value is not None}


@pytest.fixture
def clean_env(tmp_path):
    """clean_env(extra) → dict; a value of None removes a variable."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    return lambda extra=None: make_clean_env(home, extra)


@pytest.fixture
def run_program(request, clean_env, tmp_path):
    """run_program(args, env=None, cwd=None, input=None, binary=None, timeout=…, text=True)

    Gives the CompletedProcess. `binary` is another path than --program (the sanitized one, a
    driver). Exit status 99 is a sanitizer's finding and always fails the test."""
    def run(args, env=None, cwd=None, input=None, binary=None, timeout=RUN_TIMEOUT_S, text=True,
            **popen):
        binary = binary or request.getfixturevalue("program")
        command = [str(binary), *(str(arg) for arg in args)]
        streams = {}
        if "stdout" not in popen:
            streams["stdout"] = subprocess.PIPE
        if "stderr" not in popen:
            streams["stderr"] = subprocess.PIPE
        if input is None:
            streams["stdin"] = subprocess.DEVNULL
        else:
            streams["input"] = input
        result = subprocess.run(command, env=clean_env(env), cwd=cwd or tmp_path, text=text,
                                timeout=timeout, check=False, **streams, **popen)
        assert result.returncode != 99, f"a sanitizer found something:\n{result.stderr}"
        return result
    return run


@pytest.fixture
def start_program(request, clean_env, tmp_path):
    """start_program(args, env=None, cwd=None, binary=None, **popen) → subprocess.Popen"""
    started = []

    def start(args, env=None, cwd=None, binary=None, **popen):
        binary = binary or request.getfixturevalue("program")
        popen.setdefault("stdin", subprocess.DEVNULL)
        popen.setdefault("stdout", subprocess.PIPE)
        popen.setdefault("stderr", subprocess.PIPE)
        popen.setdefault("text", True)
        process = subprocess.Popen([str(binary), *(str(arg) for arg in args)],
                                   env=clean_env(env), cwd=cwd or tmp_path, **popen)
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


# --- servers ----------------------------------------------------------------------------------

@pytest.fixture(scope="session")
def aws_session():
    with aws_emulator.AwsEmulator() as running:
        yield running


@pytest.fixture
def aws(aws_session):
    yield aws_session
    aws_session.reset()


@pytest.fixture(scope="session")
def rabbitmq_session():
    reason = rabbitmq_server.unavailable()
    if reason:
        pytest.skip(reason)
    with rabbitmq_server.RabbitMq() as running:
        yield running


@pytest.fixture
def rabbitmq(rabbitmq_session):
    rabbitmq_session.set_ready(0)
    return rabbitmq_session


@pytest.fixture(scope="session")
def metrics():
    with metric_server.MetricServer() as running:
        yield running


# --- clusters and passes ----------------------------------------------------------------------

NUMBERS = itertools.count(1)


@pytest.fixture
def make_cluster(request, aws):
    word = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower())[:40].strip("-")
    return lambda **options: world.Cluster(aws, f"{word}-{next(NUMBERS)}", **options)


@dataclasses.dataclass
class Pass:
    """What came of one run."""
    code: int
    out: str
    err: str
    calls: list

    @property
    def mutations(self):
        return [call for call in self.calls if call.is_mutating]

    @property
    def operations(self):
        return [call.operation for call in self.calls]

    @property
    def text(self):
        """All it printed, with line breaks and columns made single spaces."""
        return " ".join((self.out + " " + self.err).split())

    def json(self):
        return [json.loads(line) for line in self.out.splitlines() if line.startswith("{")]


@pytest.fixture
def tested(request):
    """The sanitized program where there is one, else the released one."""
    try:
        return request.getfixturevalue("sanitized")
    except pytest.skip.Exception:
        return request.getfixturevalue("program")


@pytest.fixture
def autoscale(aws, run_program, tested, tmp_path):
    """autoscale(*clusters, args=(), env=None, code=0, …) → Pass. Their definitions (and nobody else's)
    are what the program reads; `args` follow `run --definitions FOLDER`; `code` is the exit status
    that it has to end with (None: any)."""
    folder = tmp_path / "clusters"

    def run(*clusters, args=(), env=None, code=0, binary=None, write=True, **options):
        folder.mkdir(exist_ok=True)
        if write:
            for path in folder.iterdir():
                path.unlink()
            for cluster in clusters:
                cluster.write(folder)
        mark = aws.mark()
        result = run_program(["run", "--definitions", folder, *args], env=aws.env(**(env or {})),
                             binary=binary or tested, **options)
        print(f"$ ecs-autoscale run {' '.join(map(str, args))}\n{result.stdout}{result.stderr}")  # seen on failure
        assert code in (None, result.returncode), f"exit status {result.returncode} instead of {code}"
        return Pass(result.returncode, result.stdout, result.stderr, aws.calls(mark))

    run.folder = folder
    return run


@pytest.fixture
def function(aws, clean_env, tested, tmp_path):
    """function(*clusters, env=None, binary=None, …) starts it; `env` is what the function is
    configured with, None takes a variable away. It ends with the test, by losing its runtime API."""
    with contextlib.ExitStack() as stack:
        def start(*clusters, env=None, binary=None, prepare=None, **options):
            task = lambda_function.task_folder(tmp_path / f"task-{next(NUMBERS)}", binary or tested, clusters)
            if prepare is not None:
                prepare(task)
            every = clean_env({**aws.env(), **lambda_function.function_env(task), **(env or {})})
            return stack.enter_context(lambda_function.Function(task, every, **options))
        yield start


@pytest.fixture
def rie(aws, clean_env):
    """rie(task, env=None, timeout_s=60, command=None) runs that folder as Lambda would, until the test ends;
    `command` where its `bootstrap` is to be started otherwise."""
    reason = lambda_rie.unavailable()
    if reason:
        pytest.skip(reason)
    with contextlib.ExitStack() as stack:
        def start(task, env=None, **options):
            every = clean_env({**aws.env(), **lambda_function.function_env(task), **(env or {})})
            return stack.enter_context(lambda_rie.Rie(task, every, **options))
        yield start
