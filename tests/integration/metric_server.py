"""A small HTTP server as a metric source, good or broken in a chosen way.

    with MetricServer() as metrics:
        metrics.set("/queue", {"messages_ready": 7})
        metrics.set("/slow", {"x": 1}, delay_s=5)
        metrics.url("/queue"), metrics.requests("/queue")
"""
import http.server
import io
import json
import socket
import struct
import threading
import time


class MetricServer:
    def __init__(self):
        self.answers = {}
        self.seen = []
        self.server = None

    def __enter__(self):
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 60

            def do_GET(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                owner.seen.append({"method": self.command, "path": self.path, "body": body,
                                   "headers": {key.lower(): value for key, value in self.headers.items()}})
                owner.answer(self)

            do_POST = do_GET

            def handle(self):
                try:
                    super().handle()
                except (OSError, ValueError):
                    pass

            def log_message(self, format, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def host(self):
        return f"127.0.0.1:{self.server.server_address[1]}"

    def url(self, path, user_info=""):
        return f"http://{user_info}{self.host}{path}"

    def requests(self, path):
        return [one for one in self.seen if one["path"] == path]

    def set(self, path, body=None, status=200, headers=None, delay_s=0, drop=False, truncate=None, size=None):
        """What a path answers. `body`: bytes, text, or anything else as JSON; `size`: that many
        bytes of an endless JSON text instead; `truncate`: so many bytes of it; `drop`: a reset."""
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        body = body.encode() if isinstance(body, str) else body
        self.answers[path] = {"body": body, "status": status, "headers": headers or {}, "delay_s": delay_s,
                              "drop": drop, "truncate": truncate, "size": size}

    def answer(self, handler):
        row = self.answers.get(handler.path)
        if row is None:
            row = {"body": b"{}", "status": 404, "headers": {}, "delay_s": 0, "drop": False,
                   "truncate": None, "size": None}
        time.sleep(row["delay_s"])
        if row["drop"]:
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.close_connection = True
            handler.wfile = io.BytesIO()
            handler.connection.close()
            return
        handler.send_response(row["status"])
        for name, value in row["headers"].items():
            handler.send_header(name, value)
        length = row["size"] if row["size"] is not None else len(row["body"])
        handler.send_header("Content-Length", str(length))
        handler.end_headers()
        if row["size"] is not None:
            for _ in range(row["size"] // 65536):
                handler.wfile.write(b'["endless",' * 5958)
            return
        handler.wfile.write(row["body"][:row["truncate"]])
        if row["truncate"] is not None:
            handler.close_connection = True
