"""A metric source, good or broken in a chosen way; what a path answers is set by the test.

    with MetricServer() as metrics:
        metrics.set("/queue", {"messages_ready": 7})
        metrics.set("/slow", {"x": 1}, delay_s=5)
        metrics.url("/queue"), metrics.requests("/queue")
"""
import json
import socket
import struct
import time

import http_server


class MetricServer:
    def __init__(self):
        self.answers = {}
        self.server = http_server.Server(self.answer, raw=self.break_off)

    def __enter__(self):
        self.server.__enter__()
        return self

    def __exit__(self, *problem):
        self.server.__exit__(*problem)

    def url(self, path, user_info=""):
        return f"http://{user_info}127.0.0.1:{self.server.port}{path}"

    def requests(self, path):
        return [one for one in self.server.received if one.path == path]

    def set(self, path, body=None, status=200, headers=None, delay_s=0, drop=False, truncate=None, size=None):
        """What a path answers. `body`: bytes, text, or anything else as JSON; `size`: that many
        bytes of an endless JSON text instead; `truncate`: so many bytes of it; `drop`: a reset."""
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        body = body.encode() if isinstance(body, str) else body
        self.answers[path] = {"body": body, "status": status, "headers": headers or {}, "delay_s": delay_s,
                              "drop": drop, "truncate": truncate, "size": size}

    def answer(self, received):
        row = self.answers.get(received.path)
        return (row["status"], row["headers"], row["body"]) if row else (404, {}, b"{}")

    def break_off(self, handler, received):
        """Answers that do not come to a good end; false: an orderly one follows."""
        row = self.answers.get(received.path)
        if row is None:
            return False
        time.sleep(row["delay_s"])
        if row["drop"]:
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()
        elif row["size"] is not None:
            self.begin(handler, row, row["size"])
            for _ in range(row["size"] // 65536):
                handler.wfile.write(b'["endless",' * 5958)
        elif row["truncate"] is not None:
            self.begin(handler, row, len(row["body"]))
            handler.wfile.write(row["body"][:row["truncate"]])
        else:
            return False
        return True

    @staticmethod
    def begin(handler, row, length):
        handler.send_response(row["status"])
        handler.send_header("Content-Length", str(length))
        handler.end_headers()
