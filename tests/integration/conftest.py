"""What every integration test shares: where the program is, and a clean way to run it.

Fixtures:
    program         absolute path of the program under test (--program)
    sanitized       the same, built with ASan and UBSan (--sanitized)
    driver_dir      the folder `sanitized` is in: test drivers are built next to it
    clean_env       a fresh environment: no AWS_* variable, no proxy, HOME in a temporary folder
    run_program     runs `program` to its end in such an environment
    start_program   starts it and leaves it running; whatever is left at the test's end is killed

The servers (AWS emulator, RabbitMQ) are fixtures of their own, further down.
"""
import os
import pathlib
import signal
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

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
