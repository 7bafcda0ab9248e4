"""`ecs-autoscale demo`: the day is played by the normal program over HTTP, on a terminal as a picture that leaves
the terminal as it was, elsewhere as lines. And the demonstration on real parts, demo.py."""
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

import pytest

import rabbitmq

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def result_in(page):
    """The result that a report holds."""
    return json.loads(re.search(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', page, re.S).group(1))


def test_lines(run_program, tmp_path):
    result = run_program(["demo", "--seconds", "0", "--hours", "14"], env={"COLUMNS": "100"})
    assert result.returncode == 0 and result.stderr == "", result.stderr
    lines = result.stdout.splitlines()
    assert "\033" not in result.stdout
    assert any(re.match(r"13:\d\d  scale out  worker  \d+ → \d+ tasks: queue_length", line) for line in lines)
    assert any(re.match(r"13:\d\d  scale out  group  \d+ → \d+ instances: no room", line) for line in lines)
    assert any(re.match(r"\d\d:\d\d  drain ", line) for line in lines)
    assert re.search(r"passes +840\n", result.stdout) and re.search(r"passes with failures +0\n", result.stdout)
    assert "ecs-autoscale run --dry-run" in result.stdout
    result_in((tmp_path / "ecs-autoscale-demo.html").read_text())


def test_the_same_every_time(run_program, sanitized):
    runs = [run_program(["demo", "--plain", "--seconds", "0", "--hours", "3", "--report", name], binary=sanitized)
            for name in ("a.html", "b.html")]
    assert runs[0].returncode == 0, runs[0].stderr
    assert runs[0].stdout.replace("a.html", "b.html") == runs[1].stdout


class Terminal:
    """A pseudo-terminal with the program in it."""

    def __init__(self, program, env, cwd, *arguments, size=(24, 80)):
        self.master, slave = pty.openpty()
        self.resize(*size)
        self.before = termios.tcgetattr(slave)
        self.process = subprocess.Popen([program, "demo", *arguments], stdin=slave, stdout=slave, stderr=slave,
                                        env=env, cwd=cwd, start_new_session=True)
        self.slave = slave
        self.text = b""

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read_until(self, wanted, timeout=60):
        end = time.monotonic() + timeout
        while wanted not in self.text and time.monotonic() < end:
            if select.select([self.master], [], [], 0.1)[0]:
                self.text += os.read(self.master, 65536)
        assert wanted in self.text, self.text[-2000:]

    def end(self):
        while self.process.poll() is None or select.select([self.master], [], [], 0)[0]:
            if select.select([self.master], [], [], 0.1)[0]:
                self.text += os.read(self.master, 65536)
        return self.process.returncode

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def terminal(program, clean_env, tmp_path):
    opened = []

    def open_terminal(*arguments, env=None, **options):
        opened.append(Terminal(program, clean_env({"TERM": "xterm-256color", **(env or {})}), tmp_path, *arguments,
                               **options))
        return opened[-1]
    yield open_terminal
    for one in opened:
        one.close()


def frames(text):
    """The pictures, as lines without escape sequences."""
    parts = text.decode("utf-8", "replace").split("\033[?2026h\033[H")[1:]
    return [re.sub(r"\033\[[0-9;?]*[a-zA-Z]", "", part.split("\033[?2026l")[0]).replace("\r", "").split("\n") for part in parts]


@pytest.mark.parametrize("rows, columns", [(24, 80), (10, 40), (50, 160), (3, 20)])
def test_picture(terminal, rows, columns):
    """It fits any size, and the last picture is followed by the screen as it was."""
    one = terminal("--seconds", "1", "--hours", "2", size=(rows, columns))
    assert one.end() == 0
    assert one.text.startswith(b"\033[?1049h\033[?25l")
    drawn = frames(one.text)
    assert len(drawn) >= 2
    for frame in drawn:
        assert len(frame) <= rows and all(len(line) <= columns for line in frame), frame
    assert b"\033[?25h\033[?1049l" in one.text
    after = one.text.rpartition(b"\033[?1049l")[2]
    assert b"Next, with your own account" in after
    if (rows, columns) == (24, 80):
        last = "\n".join(drawn[-1])
        assert "█ worker" in last and "▓ backend" in last and "instances" in last and "decisions" in last


def test_interrupted(terminal):
    """Ctrl-C in the middle of the day: the terminal is as it was, and the day so far is summed up."""
    one = terminal("--seconds", "600")
    one.read_until(b"decisions")
    one.resize(30, 100)
    one.process.send_signal(signal.SIGINT)
    assert one.end() == 0
    assert termios.tcgetattr(one.slave)[3] == one.before[3]
    after = one.text.rpartition(b"\033[?1049l")[2]
    assert b"Next, with your own account" in after and b"\033[?" not in after


@pytest.mark.parametrize("env, colours, picture", [
    ({"NO_COLOR": "1"}, False, True), ({"TERM": "dumb"}, False, False), ({}, True, True)])
def test_terminals(terminal, env, colours, picture):
    one = terminal("--seconds", "0", "--hours", "1", env=env)
    assert one.end() == 0
    assert (b"\033[?1049h" in one.text) == picture
    assert (b"\033[32m" in one.text) == colours


def test_report_cannot_be_written(run_program):
    result = run_program(["demo", "--seconds", "0", "--hours", "1", "--report", "nothing/there.html"])
    assert result.returncode == 1 and "cannot be written to 'nothing/there.html'" in result.stderr


def test_the_demonstration_on_real_parts(program, clean_env):
    reason = rabbitmq.unavailable()
    if reason:
        pytest.skip(reason)
    result = subprocess.run([sys.executable, ROOT / "tests/integration/demo.py", "--program", program],
                            capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
