"""A real RabbitMQ server (Debian's, with the management plugin) for the tests and the demo.

    with RabbitMq() as queue:
        queue.publish(7)
        queue.wait_ready(7)
        queue.url            # http://127.0.0.1:PORT/api/queues/%2F/celery, for metric_sources
        queue.user, queue.password

Everything is its own: ports, node name, data, cookie and the name server epmd, which listens on
loopback only. It runs as whoever starts it: Debian's wrapper would change to the user rabbitmq,
so the script underneath is called. All of it is stopped by process id, and ends with its parent
even where that is killed.
"""
import base64
import ctypes
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

SERVER = pathlib.Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
START_TIMEOUT_S = 60
STATISTICS_TIMEOUT_S = 20
QUEUE = "celery"
PRCTL = ctypes.CDLL(None, use_errno=True).prctl
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>

CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{amqp}
management.tcp.ip = 127.0.0.1
management.tcp.port = {management}
# Counts on the management API follow at once instead of every five seconds.
collect_statistics_interval = 200
management.sample_retention_policies.global.minute = 1
management.sample_retention_policies.basic.minute = 1
management.sample_retention_policies.detailed.10 = 1
log.console = false
log.file = node.log
vm_memory_high_watermark.absolute = 512MB
disk_free_limit.absolute = 1MB
"""


def unavailable():
    """Why it cannot run on this machine; None where it can."""
    if not SERVER.exists():
        return f"RabbitMQ is not installed (no {SERVER}; package rabbitmq-server)"
    for tool in ("erl", "epmd"):
        if shutil.which(tool) is None:
            return f"RabbitMQ needs Erlang's {tool} in PATH"
    return None


class RabbitMq:
    # A password that has to be percent-encoded in a URL, as passwords of real life.
    user, password = "scaler", "p@ss/w:rd#1"

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rabbitmq-"))
        self.epmd = self.node = None
        self.port = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        # Nothing of the node's data is wanted again: no orderly end, which takes seconds.
        for process in (self.node, self.epmd):
            if process is not None:
                process.kill()
                process.wait(timeout=15)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/api/queues/%2F/{QUEUE}"

    def start(self):
        amqp, self.port, distribution, epmd = free_ports(4)
        (self.folder / "rabbitmq.conf").write_text(CONFIGURATION.format(amqp=amqp, management=self.port))
        (self.folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
        (self.folder / "env.conf").write_text("")
        env = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C.UTF-8", "HOME": self.folder,
            "ERL_EPMD_PORT": epmd, "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"demo{os.getpid()}@localhost", "RABBITMQ_DIST_PORT": distribution,
            "RABBITMQ_CONF_ENV_FILE": self.folder / "env.conf",
            "RABBITMQ_CONFIG_FILE": self.folder / "rabbitmq.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": self.folder / "enabled_plugins",
            "RABBITMQ_MNESIA_BASE": self.folder / "data", "RABBITMQ_LOG_BASE": self.folder / "log",
            "RABBITMQ_PID_FILE": self.folder / "pid",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 1 +sbwt none",
            # The script becomes the server, instead of waiting for it as a parent.
            "RUNNING_UNDER_SYSTEMD": "true",
        }
        env = {name: str(value) for name, value in env.items()}
        quiet = {"stdin": subprocess.DEVNULL, "cwd": self.folder, "env": env, "start_new_session": True,
                 "preexec_fn": end_with_parent}
        with open(self.folder / "output", "wb") as output:
            self.epmd = subprocess.Popen(["epmd", "-port", str(epmd), "-address", "127.0.0.1"],
                                         stdout=output, stderr=output, **quiet)
            wait_for_port(epmd, self.epmd, time.monotonic() + START_TIMEOUT_S)
            self.node = subprocess.Popen([str(SERVER)], stdout=output, stderr=output, **quiet)
        self.wait_for_management()
        self.api("PUT", f"/api/users/{self.user}", {"password": self.password, "tags": "monitoring"})
        self.api("PUT", f"/api/permissions/%2F/{self.user}", {"configure": "^$", "write": "^$", "read": ".*"})
        self.api("PUT", f"/api/queues/%2F/{QUEUE}", {"durable": True})
        self.wait_ready(0)

    def wait_for_management(self):
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                self.api("GET", "/api/overview")
                return
            except (OSError, http.client.HTTPException, RuntimeError):
                if self.node.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("RabbitMQ did not start:\n" + self.output()) from None
                time.sleep(0.2)

    def output(self):
        files = [self.folder / "output", *sorted((self.folder / "log").glob("*.log"))]
        return "\n".join(path.read_text(errors="replace")[-3000:] for path in files if path.exists())

    def api(self, method, path, body=None, login="guest:guest"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            headers = {"Authorization": "Basic " + base64.b64encode(login.encode()).decode(),
                       "Content-Type": "application/json"}
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status >= 300:
                raise RuntimeError(f"{method} {path}: HTTP {answer.status} {text[:200]!r}")
            return json.loads(text) if text else None
        finally:
            connection.close()

    def publish(self, count):
        for number in range(count):
            answer = self.api("POST", "/api/exchanges/%2F/amq.default/publish", {
                "properties": {}, "routing_key": QUEUE, "payload": f"task {number}",
                "payload_encoding": "string"})
            if not answer["routed"]:
                raise RuntimeError("RabbitMQ took a message and did not route it")

    def purge(self):
        self.api("DELETE", f"/api/queues/%2F/{QUEUE}/contents")

    def set_ready(self, count):
        """Exactly that many messages, seen on the management API as well."""
        self.purge()
        self.publish(count)
        self.wait_ready(count)

    def wait_ready(self, count):
        """Until the management API's statistics, which lag behind, tell that count."""
        deadline = time.monotonic() + STATISTICS_TIMEOUT_S
        ready = None
        while time.monotonic() < deadline:
            ready = self.api("GET", f"/api/queues/%2F/{QUEUE}").get("messages_ready")
            if ready == count:
                return
            time.sleep(0.1)
        raise RuntimeError(f"RabbitMQ shows {ready} messages ready instead of {count}")


def end_with_parent():
    """Before the server starts: it is killed when the process that started it dies."""
    PRCTL(PR_SET_PDEATHSIG, signal.SIGKILL)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def wait_for_port(port, process, deadline):
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"nothing listens on port {port}") from None
            time.sleep(0.05)
