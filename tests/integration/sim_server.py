"""A simulated account for a test: starts `ecs-autoscale sim` and looks at every answer it gives.

    with sim_server.SimServer(program, env, *arguments) as sim:
        sim.client("ecs").list_clusters()
        sim.advance("5m")                 # its time stands still unless a test says otherwise

Every answer that boto3 gets through sim.client() is held against botocore's model of the service, by itself:
no member that is not there, none missing that is required, every value of its type and enumeration.
"""
import json
import re
import signal
import subprocess
import urllib.error
import urllib.request
import xml.etree.ElementTree

import boto3
import botocore.config
import botocore.parsers

START_S = 30


class ShapeError(AssertionError):
    pass


def check_scalar(shape, value, path):
    kind = shape.type_name
    if kind == "string":
        fine = isinstance(value, str) and (not shape.enum or value in shape.enum)
    elif kind in ("integer", "long"):
        fine = isinstance(value, int) and not isinstance(value, bool)
    elif kind in ("double", "float"):
        fine = isinstance(value, (int, float)) and not isinstance(value, bool)
    elif kind == "boolean":
        fine = isinstance(value, bool)
    elif kind == "timestamp":
        fine = hasattr(value, "year") or (isinstance(value, (int, float)) and not isinstance(value, bool))
    else:
        fine = False
    if not fine:
        raise ShapeError(f"{path}: {value!r} is no {kind} {getattr(shape, 'enum', '')}")


def check(shape, value, path):
    """A value out of JSON or CBOR against its shape."""
    if shape.type_name == "structure":
        if not isinstance(value, dict) or set(value) - set(shape.members):
            raise ShapeError(f"{path}: {value!r} has members that {shape.name} has not")
        for name in shape.required_members:
            if name not in value:
                raise ShapeError(f"{path}: {name} is missing")
        for name, member in value.items():
            check(shape.members[name], member, f"{path}.{name}")
    elif shape.type_name == "list":
        if not isinstance(value, list):
            raise ShapeError(f"{path}: {value!r} is no list")
        for index, item in enumerate(value):
            check(shape.member, item, f"{path}[{index}]")
    elif shape.type_name == "map":
        for name, item in value.items():
            check_scalar(shape.key, name, path)
            check(shape.value, item, f"{path}[{name}]")
    else:
        check_scalar(shape, value, path)


def bare(node):
    return node.tag.rpartition("}")[2]


def from_xml(shape, node, path):
    """An XML element of the Query protocol as the value it stands for."""
    kind = shape.type_name
    if kind == "structure":
        for child in node:
            if bare(child) not in shape.members:
                raise ShapeError(f"{path}: no member {bare(child)} in {shape.name}")
        names = [bare(child) for child in node]
        if len(names) != len(set(names)):
            raise ShapeError(f"{path}: a member twice: {names}")
        return {bare(child): from_xml(shape.members[bare(child)], child, f"{path}.{bare(child)}") for child in node}
    if kind == "list":
        if any(bare(child) != "member" for child in node):
            raise ShapeError(f"{path}: {[bare(child) for child in node]} where members belong")
        return [from_xml(shape.member, child, path) for child in node]
    if kind == "map":
        return {child[0].text: from_xml(shape.value, child[1], path) for child in node}
    text = node.text or ""
    if kind in ("integer", "long"):
        return int(text)
    if kind in ("double", "float"):
        return float(text)
    if kind == "boolean":
        return {"true": True, "false": False}[text]
    if kind == "timestamp":
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", text):
            raise ShapeError(f"{path}: {text!r} is no time")
        return 0
    return text


def check_answer(response_dict, operation_model, **_):
    """Called by botocore with every answer before it makes anything of it."""
    if response_dict["status_code"] >= 300:
        return
    shape = operation_model.output_shape
    path = operation_model.name
    body = response_dict["body"]
    kind = response_dict["headers"]["content-type"]
    if kind == "text/xml":
        root = xml.etree.ElementTree.fromstring(body)
        assert bare(root) == path + "Response", bare(root)
        assert [bare(child) for child in root[-1]] == ["RequestId"]
        if shape is None:
            assert len(root) == 1
        else:
            assert bare(root[0]) == path + "Result"
            check(shape, from_xml(shape, root[0], path), path)
        return
    if kind == "application/cbor":
        parser = botocore.parsers.RpcV2CBORParser()
        value = parser.parse_data_item(parser.get_peekable_stream_from_bytes(body))
    else:
        value = json.loads(body)
    check(shape, value, path)


class SimServer:
    def __init__(self, program, env, *arguments):
        self.process = subprocess.Popen(
            [program, "sim", "--listen", "127.0.0.1:0", *arguments], env=env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.lines = []
        for line in self.process.stdout:
            self.lines.append(line)
            if "Ctrl-C" in line:
                break
        text = "".join(self.lines)
        found = re.search(r"AWS_ENDPOINT_URL=(\S+)\n  export AWS_REGION=(\S+)", text)
        if found is None:
            self.process.kill()
            raise AssertionError(text + self.process.stderr.read())
        self.url, self.region = found.groups()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def env(self):
        return {"AWS_ENDPOINT_URL": self.url, "AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region,
                "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}

    def client(self, service, region=None):
        client = boto3.client(
            service, endpoint_url=self.url, region_name=region or self.region, aws_access_key_id="any",
            aws_secret_access_key="any", config=botocore.config.Config(retries={"max_attempts": 0}))
        client.meta.events.register("before-parse.*.*", check_answer)
        return client

    def get(self, path, body=None):
        request = urllib.request.Request(self.url + path, data=body, method="POST" if body is not None else "GET")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def advance(self, time):
        status, text = self.get("/_sim/advance", time.encode())
        assert status == 200, text

    def stop(self):
        """SIGTERM; what a sanitizer found is an error."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        _, err = self.process.communicate(timeout=60)
        assert self.process.returncode == 0 and "Sanitizer" not in err, err
        return err
