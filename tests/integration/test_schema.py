"""`ecs-autoscale schema` against an independent validator: for every definition here both give the
same verdict as `ecs-autoscale validate`, except for what no schema can say (SEMANTIC) and for
quotes, which a schema never sees (QUOTES)."""
import json
import pathlib
import re

import jsonschema
import pytest
import yaml

DOCS = pathlib.Path(__file__).resolve().parent.parent.parent / "docs"


class CoreLoader(yaml.SafeLoader):
    """PyYAML reads YAML 1.1; this is the core schema of YAML 1.2, as the program reads it."""


CoreLoader.yaml_implicit_resolvers = {}
for tag, pattern, first in (
        ("merge", r"^<<$", "<"),
        ("null", r"^(?:|~|null|Null|NULL)$", ["", "~", "n", "N"]),
        ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
        ("int", r"^(?:[-+]?[0-9]+|0x[0-9a-fA-F]+|0o[0-7]+)$", "-+0123456789"),
        ("float", r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)"
                  r"|\.(?:nan|NaN|NAN))$", "-+.0123456789")):
    CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


def construct_int(loader, node):
    text = loader.construct_scalar(node)
    return int(text, 0 if text.startswith(("0x", "0o")) else 10)


CoreLoader.add_constructor("tag:yaml.org,2002:int", construct_int)
CoreLoader.add_constructor("tag:yaml.org,2002:float",
                           lambda loader, node: float(loader.construct_scalar(node).replace(".inf", "inf")
                                                      .replace(".nan", "nan")))


def service(body="", name="web"):
    return f"autoscale_group: asg\nservices:\n  {name}:\n    min: 1\n    max: 3\n" + body


def http(keys, statistics="[{name: a, alias: a}]"):
    return service("    metric_sources:\n      third_party:\n        - {statistics: " + statistics +
                   (", " + keys if keys else "") + "}\n    events: [{metric: a, action: 1, min: 1}]\n")


def cloudwatch(keys="", statistics="[{name: Sum, alias: a}]"):
    return service("    metric_sources:\n      cloudwatch:\n        - {statistics: " + statistics +
                   (", " + keys if keys else "") + "}\n    events: [{metric: a, action: 1, min: 1}]\n")


def event(keys):
    return cloudwatch().replace("{metric: a, action: 1, min: 1}", "{" + keys + "}")


QUICK_START = """
autoscale_group: EC2ContainerService-my_cluster-EcsInstanceAsg-AAAAA
enabled: true
cpu_buffer: 0
mem_buffer: 0
min: 1
max: 4
services:
  worker:
    enabled: true
    min: 1
    max: 3
    metric_sources:
      third_party:
        - url: https://%(USERNAME):%(PASSWORD)@my_rabbitmq_host.com/api/queues/celery
          method: GET
          payload: null
          statistics:
            - name: messages_ready
              alias: queue_length
    events:
      - {metric: queue_length, action: 1, min: 5, max: null}
      - {metric: queue_length, action: -1, min: null, max: 3}
"""

ENVIRONMENT = {"USERNAME": "u", "PASSWORD": "p", "N": "2", "NAME": "web", "URL": "http://h/",
               "ON": "yes", "METHOD": "POST", "STATISTIC": "p99", "SECONDS": "60"}

GOOD = [
    QUICK_START,
    "autoscale_group: null\n",
    "autoscale_group: asg\n",
    "autoscale_group: asg\nregion: eu-west-1\n",
    "autoscale_group: asg\nenabled: no\n",
    "autoscale_group: asg\nenabled: %(ON)\n",
    "autoscale_group: asg\nmin: 0\nmax: 1000000\n",
    "autoscale_group: asg\nmin: 1.0\nmax: 0x10\n",
    "autoscale_group: asg\nmin: null\nmax:\nregion:\nservices:\n",
    "autoscale_group: asg\nmin: %(N)\ncpu_buffer: %(N)\n",
    "autoscale_group: 'asg-%(NAME)'\n",
    "autoscale_group: asg\ncpu_buffer: 1024\nmem_buffer: 2048\n",
    "autoscale_group: asg\nx-anything: &a [1, {b: c}]\n",
    "x-service: &s {min: 1, max: 2}\nautoscale_group: asg\nservices: {a: *s, b: {<<: *s, max: 3}}\n",
    service(),
    service("    enabled: off\n"),
    service("    metric_sources:\n    events:\n"),
    service("    metric_sources: {}\n    events: []\n"),
    service("    metric_sources: {third_party: , cloudwatch: []}\n"),
    service(name="2024"),
    service(name="a-b_C9"),
    service(name="'%(NAME)'"),
    http("url: http://h/"),
    http("url: 'HTTPS://h:8080/p?q=1#f'"),
    http("url: 'http://user:p%40ss@h/'"),
    http("url: 'http://[::1]/'"),
    http("url: '%(URL)'"),
    http("url: 'http://%(USERNAME):%(PASSWORD)@h/'"),
    http("url: http://h/, method: POST, payload: {a: [1, 2.5, null, true, x]}"),
    http("url: http://h/, payload: 5"),
    http("url: http://h/, method: '%(METHOD)'"),
    http("url: http://h/, headers: {X-A: b, X-B: '%(N)', Accept: ''}"),
    http("url: http://h/, timeout: 0.1"),
    http("url: http://h/, timeout: 60"),
    http("url: http://h/, timeout: '%(N)'".replace("'", "")),
    http("url: http://h/", "[{name: a.b.0.c, alias: a}, {name: '', alias: http.5xx}]"),
    cloudwatch("namespace: AWS/SQS, metric_name: X, dimensions: [{name: QueueName, value: q}]"),
    cloudwatch("dimensions: []"),
    *[cloudwatch(f"period: {period}") for period in (1, 5, 10, 20, 30, 60, 300, 86400, 120.0, "%(SECONDS)")],
    *[cloudwatch(statistics="[{name: '%s', alias: a}]" % name)
      for name in ("Average", "SampleCount", "p0", "p99.99", "p100", "tm95", "IQM", "TM(10%:90%)",
                   "PR(:300)", "WM(0.5:)", "%(STATISTIC)")],
    event("metric: a, action: -2"),
    event("metric: a * 2 if a > 1 else 0, action: +2, min: -1.5, max: 1e3"),
    event("metric: 5, action: 1, min: null, max: null"),
    event("metric: a, action: %(N), min: %(N)"),
]

BAD = [
    "",
    "[]\n",
    "text\n",
    "autoscale_group:\n  a: b\n",
    "region: eu-west-1\n",
    "autoscale_group: 5\n",
    "autoscale_group: true\n",
    "autoscale_group: ''\n",
    "autoscale_group: asg\nfoo: 1\n",
    "autoscale_group: asg\nenabled: 1\n",
    "autoscale_group: asg\nenabled: maybe\n",
    "autoscale_group: asg\nenabled: y\n",
    "autoscale_group: asg\nmin: -1\n",
    "autoscale_group: asg\nmin: 1.5\n",
    "autoscale_group: asg\nmin: two\n",
    "autoscale_group: asg\nmin: 1_000\n",
    "autoscale_group: asg\nmax: 1000001\n",
    "autoscale_group: asg\nmax: [1]\n",
    "autoscale_group: asg\ncpu_buffer: 1099511627777\n",
    "autoscale_group: asg\nregion: EU-WEST-1\n",
    "autoscale_group: asg\nregion: eu.west\n",
    "autoscale_group: asg\nregion: -eu\n",
    "autoscale_group: asg\nservices: []\n",
    "autoscale_group: asg\nservices: {web: }\n",
    "autoscale_group: asg\nservices: {web: {}}\n",
    "autoscale_group: asg\nservices: {web: {min: 1}}\n",
    "autoscale_group: asg\nservices: {web: {min: , max: 1}}\n",
    service(name="my web"),
    service(name="''"),
    service(name="a" * 256),
    service("    evnts: []\n"),
    service("    events: {metric: 5, action: 1}\n"),
    service("    events: [5]\n"),
    service("    metric_sources: []\n"),
    service("    metric_sources: {prometheus: []}\n"),
    service("    metric_sources: {cloudwatch: {}}\n"),
    http(""),
    http("url: ftp://h/"),
    http("url: h/api"),
    http("url: 'http:///x'"),
    http("url: 5"),
    http("url: http://h/, method: get"),
    http("url: http://h/, method: PUT"),
    http("url: http://h/, headers: [a]"),
    http("url: http://h/, headers: {X-A: 5}"),
    http("url: http://h/, headers: {X-A: }"),
    http("url: http://h/, headers: {'X A': b}"),
    http("url: http://h/, headers: {X-A: \"a\\nb\"}"),
    http("url: http://h/, timeout: 0"),
    http("url: http://h/, timeout: 60.5"),
    http("url: http://h/, timeout: 10s"),
    http("url: http://h/", "{name: a, alias: a}"),
    http("url: http://h/", "[{name: a}]").replace("metric: a", "metric: running"),
    http("url: http://h/", "[{alias: a}]"),
    http("url: http://h/", "[{name: 0, alias: a}]"),
    http("url: http://h/", "[{name: a, alias: ''}]").replace("metric: a", "metric: running"),
    *[cloudwatch(f"period: {period}") for period in (0, 2, 45, -60, 61, 86460, 60.5, "5m", "[60]")],
    *[cloudwatch(statistics="[{name: '%s', alias: a}]" % name)
      for name in ("average", "p101", "p", "p99%", "tm", "TM(:)", "TM(10%:101%)", "pr95", "Median",
                   "p099", "p1.00000000001")],
    cloudwatch("dimensions: [{name: A}]"),
    cloudwatch("dimensions: [{name: A, value: 5}]"),
    cloudwatch("dimensions: [" + ", ".join("{name: d%d, value: v}" % i for i in range(31)) + "]"),
    cloudwatch("namespace: ':x'"),
    cloudwatch("namespace: " + "n" * 256),
    event("action: 1"),
    event("metric: a"),
    event("metric: [a], action: 1"),
    event("metric: true, action: 1"),
    event("metric: '', action: 1"),
    event("metric: ' ', action: 1"),
    event("metric: a, action: 0"),
    event("metric: a, action: 1.5"),
    event("metric: a, action: up"),
    event("metric: a, action: 1, min: low"),
    event("metric: a, action: 1, when: always"),
    service("    events: [" + ", ".join(["{metric: running, action: 1, min: 1}"] * 1001) + "]\n"),
]

# Right by the schema, wrong all the same.
SEMANTIC = [
    ("min over max", "autoscale_group: asg\nmin: 2\nmax: 1\n"),
    ("min over max", service().replace("min: 1", "min: 4")),
    ("min over max", event("metric: a, action: 1, min: 2, max: 1")),
    ("unknown name", event("metric: b, action: 1")),
    ("expression", event("metric: 'a +', action: 1")),
    ("alias twice", cloudwatch(statistics="[{name: Sum, alias: a}, {name: Average, alias: a}]")),
    ("not set", "autoscale_group: '%(NOT_SET)'\n"),
    ("what a variable holds", "autoscale_group: asg\nmin: %(NAME)\n"),
    ("port", http("url: http://h:99999/")),
    ("not finite", http("url: http://h/, payload: [.nan]")),
    ("not finite", event("metric: a, action: 1, min: .inf")),
]

# Quotes make a text; JSON has the same value either way.
QUOTES = ["autoscale_group: asg\nenabled: 'yes'\n"]


@pytest.fixture(scope="module")
def verdicts(request, tmp_path_factory):
    """{text: fine} by the program, from one run over all of them."""
    import subprocess
    program = request.getfixturevalue("program")
    folder = tmp_path_factory.mktemp("definitions")
    texts = [*GOOD, *BAD, *[text for _, text in SEMANTIC], *QUOTES]
    assert len(texts) >= 120
    for number, text in enumerate(texts):
        (folder / f"c{number:04}.yml").write_text(text)
    result = subprocess.run([program, "validate", "--json", folder], capture_output=True, text=True,
                            timeout=60, env={"PATH": "/usr/bin:/bin", **ENVIRONMENT})
    assert result.returncode == 1, result.stderr
    answer = json.loads(result.stdout)
    assert len(answer["clusters"]) == len(texts)
    return {text: (cluster["fine"],
                   [d["message"] for d in answer["diagnostics"] if d["file"] == cluster["file"]])
            for text, cluster in zip(texts, answer["clusters"])}


@pytest.fixture(scope="module")
def schema(request):
    import subprocess
    result = subprocess.run([request.getfixturevalue("program"), "schema"], capture_output=True,
                            text=True, timeout=60, check=True)
    schema = json.loads(result.stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    return schema


def is_valid(schema, text):
    instance = yaml.load(text, Loader=CoreLoader)
    # JSON has text keys only.
    if isinstance(instance, dict) and isinstance(instance.get("services"), dict):
        instance["services"] = {str(name): value for name, value in instance["services"].items()}
    return jsonschema.Draft202012Validator(schema).is_valid(instance)


@pytest.mark.parametrize("text", GOOD)
def test_good_ones_are_good_to_both(text, verdicts, schema):
    # %(N) at the start of a plain text is no YAML to others: they need quotes.
    quoted = re.sub(r"(?<=: )%\((\w+)\)", r"'%(\1)'", text)
    assert is_valid(schema, quoted)
    assert verdicts[text] == (True, verdicts[text][1])


@pytest.mark.parametrize("text", BAD)
def test_bad_ones_are_bad_to_both(text, verdicts, schema):
    assert not is_valid(schema, text)
    assert not verdicts[text][0]


@pytest.mark.parametrize("what, text", SEMANTIC)
def test_what_a_schema_cannot_say(what, text, verdicts, schema):
    quoted = re.sub(r"(?<=: )%\((\w+)\)", r"'%(\1)'", text)
    assert is_valid(schema, quoted)
    assert not verdicts[text][0]


@pytest.mark.parametrize("text", QUOTES)
def test_what_a_schema_does_not_see(text, verdicts, schema):
    assert is_valid(schema, text)
    assert not verdicts[text][0]


def test_every_key_is_explained_and_optional_ones_have_a_default(schema):
    keys = 0
    for level in (schema, *schema["$defs"].values()):
        for name, key in level.get("properties", {}).items():
            keys += 1
            assert key["description"].strip(), name
            assert ("default" in key) != (name in level["required"]), name
    assert keys >= 35


def test_the_documentation_has_the_tables_of_the_program(run_program):
    result = run_program(["schema", "--format", "markdown"])
    assert result.returncode == 0
    text = (DOCS / "definitions.md").read_text()
    begin, end = "<!-- ecs-autoscale schema --format markdown -->\n\n", "<!-- end -->"
    assert text[text.index(begin) + len(begin):text.index(end)] == result.stdout
