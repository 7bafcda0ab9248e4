"""The program as a Lambda function that stays: what is kept from invocation to invocation, what it survives
being frozen for, and that it does not grow."""
import contextlib
import datetime
import glob
import time

import pytest

from cheap_aws import CheapAws
from lambda_function import Function, function_env, task_folder
from lambda_runtime import LambdaRuntime

INVOCATIONS = 10_000


@pytest.fixture
def cheap(clean_env, tested, tmp_path):
    """cheap(env=None, binary=None) → (CheapAws, Function), not started yet. `aws.server` is where it listens."""
    with contextlib.ExitStack() as stack:
        def make(env=None, binary=None):
            aws = CheapAws()
            aws.server = stack.enter_context(LambdaRuntime(aws.answer))
            task = task_folder(tmp_path / "task", binary or tested, [aws])
            url = f"http://{aws.server.address}"
            more = env(url) if callable(env) else env or {}
            return aws, Function(task, clean_env(aws.env(url, **function_env(task), **more)))
        yield make


def test_connections_and_sizes_are_kept(cheap):
    aws, function = cheap()
    with function:
        aws.load = 9
        assert function.invoke().json()["applied"] == 1 and aws.desired == 3
        for load, desired in 3 * ((1, 2), (9, 3)):
            aws.load = load
            assert function.invoke().json()["applied"] == 1 and aws.desired == desired
        # As many as are in use at the same time, not as many as there are calls.
        assert aws.server.connections_made <= 8 and sum(aws.count.values()) >= 40
        assert aws.count["DescribeTaskDefinition"] == 1 and aws.count["DescribeServices"] == 7


@pytest.mark.parametrize("how", ["connections", "process", "both"])
def test_frozen(how, cheap):
    """Connections die while nobody looks; the first call afterwards finds out, and takes another one."""
    aws, function = cheap()
    with function:
        aws.load = 9
        function.invoke("TEST_RUN")
        function.api.wait_for_next(2)
        kept, made = set(aws.server.connections), aws.server.connections_made
        if how == "connections":
            aws.server.close_connections()
        else:
            with function.frozen():
                if how == "both":
                    aws.server.close_connections()
                time.sleep(0.05)
        answer = function.invoke()
        assert answer.json()["status"] == "ok" and answer.json()["applied"] == 1 and aws.desired == 3
        if how == "process":
            assert kept <= aws.server.connections
        else:
            assert aws.server.connections_made > made
        assert function.api.connections_made == 1


def test_the_connection_to_lambda_breaks(cheap):
    """While it waits for the next invocation: it asks again."""
    aws, function = cheap()
    with function:
        for count in range(1, 4):
            function.api.wait_for_next(2 * count - 1)
            function.api.close_connections()
            function.api.wait_for_next(2 * count)
            assert function.invoke("TEST_RUN").json()["status"] == "ok"


def credentials(name, seconds):
    expires = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return {"AccessKeyId": name, "SecretAccessKey": "secret", "Token": "token",
            "Expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ")}


def test_credentials_expire_meanwhile(cheap):
    """Of a source that has newer ones (as in the interface emulator or on ECS); Lambda's own, out of the
    environment, live as long as the sandbox."""
    aws, function = cheap(lambda url: {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None,
                                       "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{url}/credentials"})
    with function:
        aws.credentials = credentials("FIRST", 2)
        assert function.invoke("TEST_RUN").json()["status"] == "ok" and set(aws.keys) == {"FIRST"}
        aws.credentials = credentials("SECOND", 3600)
        with function.frozen():
            time.sleep(2.1)
        aws.expired.add("FIRST")
        aws.keys.clear()
        assert function.invoke("TEST_RUN").json()["status"] == "ok" and set(aws.keys) == {"SECOND"}
        function.invoke("TEST_RUN")
        assert aws.count["credentials"] == 2


@pytest.mark.parametrize("deadline_s, said", [(-3 * 3600, "is over already"), (None, "is missing"), (5 * 3600, None)],
                         ids=["past", "missing", "far"])
def test_the_clock_moved(deadline_s, said, cheap):
    """A deadline hours away is the clock's: a sandbox runs for 15 minutes at most."""
    aws, function = cheap()
    with function:
        aws.load = 9
        more = {"Lambda_Runtime_Deadline_Ms": None} if deadline_s is None else {"deadline_s": deadline_s}
        answer = function.invoke(**more)
        assert answer.json()["applied"] == 1
        warnings = [line["message"] for line in function.logs("WARN")]
        assert [said in warning for warning in warnings] == ([True] if said else [])


LIBFAKETIME = next(iter(glob.glob("/usr/lib/*/faketime/libfaketime.so.1")), None)


@pytest.mark.parametrize("monotonic", ["0", "1"], ids=["both clocks", "the wall clock"])
@pytest.mark.skipif(LIBFAKETIME is None, reason="no libfaketime (tools/deps.sh test installs it)")
def test_hours_pass_while_it_waits(monotonic, cheap, program, tmp_path):
    """With the clock for time-outs going on, or standing still: waiting has no time-out, the deadline is
    reckoned from the new time, short-lived credentials are renewed, and it goes back again as well."""
    offset = tmp_path / "offset"
    offset.write_text("+0")
    aws, function = cheap(lambda url: {
        "LD_PRELOAD": LIBFAKETIME, "FAKETIME_TIMESTAMP_FILE": offset, "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": monotonic, "AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{url}/credentials"}, binary=program)
    with function:
        for number, hours in enumerate((0, 5, 29, 28), 1):
            function.api.wait_for_next(number)
            with function.frozen():
                offset.write_text(f"+{hours}h")
            aws.credentials = credentials(f"AFTER{hours}", 3600 * (hours + 1))
            aws.load, wanted = (9, 3) if aws.desired == 2 else (1, 2)
            aws.keys.clear()
            answer = function.invoke(deadline_s=3600 * hours + 60)
            assert answer.json()["applied"] == 1 and aws.desired == wanted
            assert set(aws.keys) == {f"AFTER{29 if hours == 28 else hours}"}
        assert function.logs("WARN") == []
        stamps = [line["timestamp"] for line in function.logs("INFO")]
        assert len(set(stamp[:13] for stamp in stamps)) >= 4  # its own clock did move


def test_ten_thousand_invocations(cheap, program):
    """Real passes with changes, dry runs and errors, all mixed; memory is flat after the first hundred."""
    aws, function = cheap(binary=program)
    events = [None, None, None, "TEST_RUN", {"clusters": ["my*"]}, {"odd": 1}]
    with function:
        started = time.monotonic()
        sizes = {}
        for number in range(1, INVOCATIONS + 1):
            aws.load = 9 if aws.desired == 2 else 1
            aws.keys.clear()
            answer = function.invoke(events[number % len(events)], trace=f"Root=1-{number:08x}-ad49b0e87f6ef6c87fc2e700")
            assert answer.kind == ("error" if number % len(events) == 5 else "response")
            if number in (1, 100, 200, 1000, INVOCATIONS):
                sizes[number] = function.rss_kib()
        took = time.monotonic() - started
        cpu = sum(map(int, open(f"/proc/{function.process.pid}/stat").read().rpartition(")")[2].split()[11:13]))
        print(f"RSS in KiB after so many invocations: {sizes}; {took:.1f} s in all, {cpu / 100:.1f} s of it the program's")
        assert aws.count["UpdateService"] > INVOCATIONS // 2
        # Nothing for each invocation: a leak of 16 bytes each would be 155 KiB.
        assert sizes[INVOCATIONS] - sizes[100] <= 128, sizes
