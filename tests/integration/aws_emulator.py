"""A running AWS emulator: started, stopped and steered from here; made of moto in a process of its
own (aws_emulator_server.py, which also lists how moto differs from AWS and what is done about it).

    with AwsEmulator() as aws:
        aws.client("ecs").create_cluster(clusterName="a")        # boto3, the independent witness
        mark = aws.mark()
        …run the program with env=aws.env()…
        aws.calls(mark)                                          # what the program asked for
        aws.rule(operation="UpdateService", error={"code": "AccessDeniedException"})
"""
import functools
import http.client
import json
import pathlib
import subprocess
import sys

import boto3
import botocore.config

REGION = "eu-central-1"
# The key pair of AWS's own documentation; the slash in it is worth having.
ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

START_TIMEOUT_S = 60

# Operations that change something at AWS: a dry run sends none of them.
MUTATING = ("Update", "Create", "Delete", "Set", "Put", "Terminate", "Register", "Deregister", "Run",
            "Start", "Stop", "Tag", "Untag", "Attach", "Detach", "Add", "Remove")


class Call(dict):
    """One request out of the emulator's log, as attributes."""
    __getattr__ = dict.__getitem__

    @property
    def is_mutating(self):
        return self.operation.startswith(MUTATING)


class AwsEmulator:
    def __init__(self):
        self.process = None
        self.url = None

    def __enter__(self):
        server = pathlib.Path(__file__).with_name("aws_emulator_server.py")
        self.process = subprocess.Popen([sys.executable, str(server)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        timer = Timer(self.process, START_TIMEOUT_S)
        line = self.process.stdout.readline()
        timer.cancel()
        if not line.strip().isdigit():
            self.__exit__()
            raise RuntimeError(f"the AWS emulator did not start within {START_TIMEOUT_S} s")
        self.url = f"http://127.0.0.1:{int(line)}"
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=10)
        self.process.stdin.close()
        self.process.stdout.close()

    def env(self, **extra):
        """What the program needs to find it; a value of None takes a variable away."""
        return {"AWS_ENDPOINT_URL": self.url, "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": ACCESS_KEY,
                "AWS_SECRET_ACCESS_KEY": SECRET_KEY, **extra}

    @functools.cache
    def client(self, service, region=REGION):
        return boto3.client(
            service, region_name=region, endpoint_url=self.url, aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY, config=botocore.config.Config(retries={"total_max_attempts": 1}))

    def control(self, name, /, **arguments):
        """One of the server's controls; see there."""
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=30)
        try:
            connection.request("POST", "/_control", json.dumps({"name": name, "arguments": arguments}))
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        if "problem" in answer:
            raise RuntimeError(f"control {name}: {answer['problem']}")
        return answer["result"]

    def rule(self, **rule):
        self.control("add_rule", **rule)

    def reset(self):
        """Back to a well-behaved AWS; what exists stays."""
        self.control("clear_rules")
        self.control("enforce_iam", on=False)
        self.control("set_knob", statistics_a_page=500)
        self.control("lambda_knobs", role_calls=0, function_calls=0)
        self.control("put_key", access_key=ACCESS_KEY, secret=SECRET_KEY)

    def mark(self):
        return self.control("log_length")

    def calls(self, mark=0):
        """What the program (not boto3) has asked for since the mark, in order."""
        return [Call(entry) for entry in self.control("log", since=mark)
                if not entry["headers"].get("user-agent", "").startswith("Boto3")]

    def mutations(self, mark=0):
        return [call for call in self.calls(mark) if call.is_mutating]


def most_in_flight(calls):
    """How many of the calls were under way together at most."""
    steps = sorted([(call.start, 1) for call in calls] + [(call.end, -1) for call in calls])
    most = now = 0
    for _, step in steps:
        now += step
        most = max(most, now)
    return most


class Timer:
    """Ends a process that has not been let off in time."""

    def __init__(self, process, seconds):
        import threading
        self.timer = threading.Timer(seconds, process.kill)
        self.timer.daemon = True
        self.timer.start()

    def cancel(self):
        self.timer.cancel()
