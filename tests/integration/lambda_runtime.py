"""Lambda's runtime API, as a custom runtime sees it: an HTTP server on loopback that hands out
invocations and takes their answers. Fast enough for tens of thousands of them.

    with LambdaRuntime() as api:
        start(env={"AWS_LAMBDA_RUNTIME_API": api.address})
        answer = api.invoke({"dry_run": True})       # waits for it
        answer.kind, answer.json()                    # "response" or "error"
        api.init_error                                # what was posted to init/error, or None

What else is asked of the server goes to `api.other(method, path, headers, body)`, which gives
(status, headers, body): with that a test can stand in for AWS.
"""
import asyncio
import dataclasses
import json
import queue
import threading
import time
import uuid

PREFIX = "/2018-06-01/runtime/"
RULE_EVENT = {
    "version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "detail-type": "Scheduled Event",
    "source": "aws.events", "account": "123456789012", "time": "2026-11-28T00:00:00Z", "region": "eu-west-1",
    "resources": ["arn:aws:events:eu-west-1:123456789012:rule/ecs-autoscale"], "detail": {}}
SCHEDULER_EVENT = {**RULE_EVENT, "source": "aws.scheduler", "detail": "{}",
                   "resources": ["arn:aws:scheduler:eu-west-1:123456789012:schedule/default/ecs-autoscale"]}


@dataclasses.dataclass
class Answer:
    kind: str  # "response", "error"
    id: str
    headers: dict
    body: bytes
    at: float  # time.time() when it came

    def json(self):
        return json.loads(self.body)

    @property
    def error_type(self):
        return self.headers.get("lambda-runtime-function-error-type")


class Connection(asyncio.Protocol):
    def __init__(self, server):
        self.server, self.data = server, b""

    def connection_made(self, transport):
        self.transport = transport
        self.server.connections.add(self)
        self.server.connections_made += 1

    def connection_lost(self, exc):
        self.server.connections.discard(self)
        self.server.forget(self)

    def data_received(self, data):
        self.data += data
        while True:
            end = self.data.find(b"\r\n\r\n")
            if end < 0:
                return
            lines = self.data[:end].decode("latin-1").split("\r\n")
            headers = {}
            for line in lines[1:]:
                name, _, value = line.partition(":")
                headers[name.strip().lower()] = value.strip()
            stop = end + 4 + int(headers.get("content-length", 0))
            if len(self.data) < stop:
                return
            body, self.data = self.data[end + 4:stop], self.data[stop:]
            method, path, _ = lines[0].split(" ")
            self.server.handle(self, method, path, headers, body)

    def send(self, status, headers, body):
        text = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n"
        text += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.transport.write(text.encode("latin-1") + b"\r\n" + body)


class LambdaRuntime:
    def __init__(self, other=None):
        self.other = other or (lambda method, path, headers, body: (404, {}, b""))
        self.loop = asyncio.new_event_loop()
        self.connections, self.waiting, self.due = set(), [], []
        self.connections_made = 0  # so far
        self.answers = {}
        self.init_error = None
        self.nexts = 0
        self.user_agents = set()
        self.statuses = []  # of the next answers that are posted; then 202
        self.first_next_at = None
        self.changed = threading.Condition()

    # -- the server's thread

    def __enter__(self):
        async def start():
            return await self.loop.create_server(lambda: Connection(self), "127.0.0.1", 0)
        self.server = self.loop.run_until_complete(start())
        self.address = "127.0.0.1:%d" % self.server.sockets[0].getsockname()[1]
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.call(self.server.close)
        self.close_connections()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(timeout=10)
        self.loop.close()

    def call(self, function, *arguments):
        """In the server's thread, to its end."""
        done = queue.Queue()
        self.loop.call_soon_threadsafe(lambda: done.put(function(*arguments)))
        return done.get(timeout=10)

    def forget(self, connection):
        self.waiting = [one for one in self.waiting if one is not connection]

    def close_connections(self):
        """Ends the connections that are open, as a network that forgot them would."""
        def close():
            for connection in list(self.connections):
                connection.transport.abort()
        self.call(close)
        self.call(lambda: None)  # by then they are lost

    def handle(self, connection, method, path, headers, body):
        if not path.startswith(PREFIX):
            connection.send(*self.other(method, path, headers, body))
            return
        self.user_agents.add(headers.get("user-agent"))
        what = path.removeprefix(PREFIX)
        if (method, what) == ("GET", "invocation/next"):
            self.waiting.append(connection)
            self.nexts += 1
            self.first_next_at = self.first_next_at or time.time()
            self.hand_out()
        elif (method, what) == ("POST", "init/error"):
            self.init_error = Answer("init", "", headers, body, time.time())
            connection.send(202, {}, b'{"status":"OK"}')
        else:
            _, request_id, kind = what.split("/")
            status = self.statuses.pop(0) if self.statuses else 202
            if status == 202:
                self.answers[request_id] = Answer(kind, request_id, headers, body, time.time())
            connection.send(status, {}, b'{"status":"OK"}' if status == 202 else b'{"errorMessage":"no"}')
        with self.changed:
            self.changed.notify_all()

    def hand_out(self):
        while self.waiting and self.due:
            headers, body = self.due.pop(0)
            self.waiting.pop(0).send(200, headers, body)

    # -- the test's thread

    def wait_for(self, condition, timeout=30):
        with self.changed:
            assert self.changed.wait_for(condition, timeout), "Lambda's runtime API: what was waited for never came"

    def wait_for_next(self, count=1, timeout=30):
        self.wait_for(lambda: self.nexts >= count, timeout)

    def start(self, event, deadline_s=60, trace=None, raw=None, **headers):
        """Hands out an invocation; gives its id. `raw`: bytes in place of an event; a header that is None is
        left out."""
        request_id = str(uuid.uuid4())
        every = {"Content-Type": "application/json", "Lambda-Runtime-Aws-Request-Id": request_id,
                 "Lambda-Runtime-Deadline-Ms": str(int((time.time() + deadline_s) * 1000)),
                 "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:123456789012:function:ecs-autoscale",
                 "Lambda-Runtime-Trace-Id": trace, **{name.replace("_", "-"): value for name, value in headers.items()}}
        every = {name: value for name, value in every.items() if value is not None}
        body = raw if raw is not None else json.dumps(event).encode()

        def add():
            self.due.append((every, body))
            self.hand_out()
        self.loop.call_soon_threadsafe(add)
        return request_id

    def wait(self, request_id, timeout=60):
        self.wait_for(lambda: request_id in self.answers, timeout)
        return self.answers.pop(request_id)

    def invoke(self, event=None, timeout=60, **more):
        return self.wait(self.start(RULE_EVENT if event is None else event, **more), timeout)
