"""A small HTTP server that keeps what it was sent, for tests of what goes over the wire."""
import contextlib
import http.server
import threading


class Received:
    """One request as it arrived."""

    def __init__(self, handler, body):
        self.method = handler.command
        self.path = handler.path
        self.headers = [(name, value) for name, value in handler.headers.items()]
        self.body = body
        self.connection = handler.client_address
        self.version = handler.request_version

    def header(self, name, default=None):
        for key, value in self.headers:
            if key.lower() == name.lower():
                return value
        return default


class Server:
    """`answer(received)` gives (status, headers, body), or None to close the connection at once;
    it may also be a callable that takes the handler and writes for itself: see `raw`."""

    def __init__(self, answer, host="127.0.0.1", raw=None):
        self.received = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.connections = 0
        self.lock = threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self):
                super().setup()
                with outer.lock:
                    outer.connections += 1

            def handle_any(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                received = Received(self, body)
                with outer.lock:
                    outer.received.append(received)
                    outer.in_flight += 1
                    outer.most_in_flight = max(outer.most_in_flight, outer.in_flight)
                try:
                    if raw is not None and raw(self, received):
                        self.close_connection = True
                        return
                    result = answer(received)
                finally:
                    with outer.lock:
                        outer.in_flight -= 1
                if result is None:
                    self.close_connection = True
                    return
                status, headers, content = result
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if not any(name.lower() == "content-length" for name in headers):
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = handle_any

            def log_message(self, *args):
                pass

        class Threading(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request, client_address):
                pass  # clients that go away are what some tests are about

        self.server = Threading((host, 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://{host}:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever,
                                       kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(timeout=10)


@contextlib.contextmanager
def serve(answer, **options):
    with Server(answer, **options) as server:
        yield server
