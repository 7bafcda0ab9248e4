"""A certificate authority of our own and an HTTP/2-capable TLS server (nghttpx) in front of a
plain one."""
import os
import shutil
import socket
import subprocess
import time

import pytest


def openssl(*args, cwd):
    subprocess.run(["openssl", *args], cwd=cwd, check=True, capture_output=True, timeout=60)


def make_authority(folder):
    """ca.pem, and server.pem/server.key for localhost and 127.0.0.1, signed by it."""
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test authority",
            "-addext", "basicConstraints=critical,CA:TRUE", cwd=folder)
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost", cwd=folder)
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-days", "2", "-extfile", "names", "-out", "server.pem", cwd=folder)
    return folder


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process):
    for _ in range(200):
        if process.poll() is not None:
            raise RuntimeError(f"nghttpx ended with {process.returncode}")
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("nghttpx does not listen")


class Front:
    """nghttpx on a free port; `lines()` gives what its access log says of each request."""

    def __init__(self, authority, folder, backend_port, protocols="h2,http/1.1"):
        if shutil.which("nghttpx") is None:
            pytest.skip("nghttpx is not installed (nghttp2-proxy)")
        self.port = free_port()
        self.log = folder / f"access.{self.port}"
        self.process = subprocess.Popen(
            ["nghttpx", f"--frontend=127.0.0.1,{self.port}",
             f"--backend=127.0.0.1,{backend_port}", "--single-process", "--workers=1",
             "--no-ocsp", f"--npn-list={protocols}", f"--accesslog-file={self.log}",
             "--accesslog-format=$alpn $remote_port $status $request", "--conf=/dev/null",
             f"--errorlog-file={folder / 'nghttpx.log'}",
             str(authority / "server.key"), str(authority / "server.pem")],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"]})
        wait_for_port(self.port, self.process)
        self.url = f"https://localhost:{self.port}"

    def lines(self, count):
        """The access log once it has `count` lines: it is written a little after the answer."""
        for _ in range(200):
            lines = self.log.read_text().splitlines() if self.log.exists() else []
            if len(lines) >= count:
                return [line.split(" ", 3) for line in lines]
            time.sleep(0.05)
        raise AssertionError(f"{len(lines)} lines in the access log, not {count}")

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.kill()
        self.process.wait(timeout=10)
