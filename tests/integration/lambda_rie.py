"""AWS's own Lambda runtime interface emulator (tools/rie.sh installs it) around a task folder, invoked by HTTP.

    with Rie(task, env, timeout_s=60) as rie:
        rie.invoke("TEST_RUN")           # what the function answered: parsed JSON, or text
`command` starts the function otherwise than by task/bootstrap (in a root of its own, for example).
"""
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
EMULATOR = ROOT / "build" / "go" / "bin" / "aws-lambda-rie"
START_TIMEOUT_S = 30


def unavailable():
    return None if os.access(EMULATOR, os.X_OK) else "no Lambda runtime interface emulator (tools/rie.sh installs it)"


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


class Rie:
    def __init__(self, task, env, timeout_s=60, command=None):
        self.task, self.timeout_s = pathlib.Path(task), timeout_s
        self.env = {**env, "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout_s)}
        self.command = [str(word) for word in command or [self.task / "bootstrap"]]
        self.output = self.task.parent / f"{self.task.name}.rie"

    def __enter__(self):
        self.port, api = free_ports(2)
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                [str(EMULATOR), "--runtime-api-address", f"127.0.0.1:{api}", "--runtime-interface-emulator-address",
                 f"127.0.0.1:{self.port}", *self.command], env=self.env, cwd=self.task, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, start_new_session=True)
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.__exit__()
                    raise RuntimeError("the emulator did not start:\n" + self.log()) from None
                time.sleep(0.01)

    def __exit__(self, *_):
        """The emulator and the function it started: its own process group."""
        functions = self.functions()
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(timeout=10)
        for pid in functions:  # they may be in groups of their own
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        print(self.log()[-20_000:])  # seen on failure

    def functions(self):
        """Process ids of what the emulator has started."""
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == self.process.pid and fields[0] != "Z":
                found.append(int(path.parent.name))
        return found

    def log(self):
        return self.output.read_text(errors="replace")

    def invoke(self, event=None, raw=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout_s + 30)
        try:
            connection.request("POST", "/2015-03-31/functions/function/invocations",
                               raw if raw is not None else json.dumps(event), headers or {})
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        try:
            return json.loads(text)
        except ValueError:
            return text
