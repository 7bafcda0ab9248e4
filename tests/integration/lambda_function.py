"""The program as a Lambda function: a folder as it would be /var/task, and a process that runs it
against a runtime API of the tests (lambda_runtime.py) or the runtime interface emulator.

    task = task_folder(tmp_path / "task", program, [cluster])
    with Function(task, env) as function:
        function.invoke("TEST_RUN").json()
        function.logs(), function.metrics()
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

from lambda_runtime import LambdaRuntime

STOP_TIMEOUT_S = 30


def task_folder(folder, program, clusters=()):
    """The program as `bootstrap` and the clusters' definitions beside it."""
    (folder / "clusters").mkdir(parents=True, exist_ok=True)
    shutil.copy(program, folder / "bootstrap")
    for cluster in clusters:
        cluster.write(folder / "clusters")
    return folder


def function_env(task, **more):
    """What Lambda sets, as far as the program looks at it."""
    return {"LAMBDA_TASK_ROOT": str(task), "AWS_LAMBDA_FUNCTION_NAME": "ecs-autoscale", "_HANDLER": "bootstrap",
            "AWS_LAMBDA_LOG_FORMAT": "JSON", **more}


class Function:
    def __init__(self, task, env, command=None, cwd=None):
        self.task, self.env, self.api = task, env, LambdaRuntime()
        self.command, self.cwd = command or [str(task / "bootstrap")], cwd or task
        self.out = task.parent / f"{task.name}.out"
        self.err = task.parent / f"{task.name}.err"

    def __enter__(self):
        self.api.__enter__()
        env = {**self.env, "AWS_LAMBDA_RUNTIME_API": self.api.address}
        env = {name: value for name, value in env.items() if value is not None}
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.started_at = time.time()
            self.process = subprocess.Popen(self.command, env=env, cwd=self.cwd, stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=err)
        return self

    def __exit__(self, kind, *_):
        """Without its API the program ends: with status 1, and no finding of a sanitizer."""
        self.api.__exit__()
        try:
            code = self.wait()
        finally:
            self.process.kill()
            self.process.wait(timeout=STOP_TIMEOUT_S)
            print(self.err.read_text(errors="replace")[-20_000:])  # seen on failure
        assert kind is not None or code == 1, f"exit status {code}"

    def wait(self):
        return self.process.wait(timeout=STOP_TIMEOUT_S)

    def invoke(self, *arguments, **more):
        return self.api.invoke(*arguments, **more)

    def logs(self, level=None):
        """The log's lines, in JSON format; all of them have to be."""
        lines = [json.loads(line) for line in self.err.read_text().splitlines()]
        return [line for line in lines if level in (None, line["level"])]

    def metrics(self):
        """What was written in embedded metric format; nothing else is on standard output."""
        return [json.loads(line) for line in self.out.read_text().splitlines()]

    def rss_kib(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise AssertionError("no VmRSS")

    def frozen(self):
        return Frozen(self.process)


class Frozen:
    """Stopped while this is open, as Lambda freezes a sandbox between invocations."""

    def __init__(self, process):
        self.process = process

    def __enter__(self):
        self.process.send_signal(signal.SIGSTOP)
        deadline = time.monotonic() + 10
        while " T " not in pathlib.Path(f"/proc/{self.process.pid}/stat").read_text():
            assert time.monotonic() < deadline
            time.sleep(0.001)

    def __exit__(self, *_):
        os.kill(self.process.pid, signal.SIGCONT)
