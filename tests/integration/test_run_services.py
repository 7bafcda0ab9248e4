"""Services and their metrics: what is left alone, what is held, and why."""
import pytest

from world import http_source, scaled_service, up_and_down

HELD = "held"


def test_services_that_are_left_alone(make_cluster, metrics, autoscale):
    cluster = make_cluster()
    scaled_service(metrics, cluster, "daemon", 9, schedulingStrategy="DAEMON", desired=0)
    scaled_service(metrics, cluster, "inactive", 9)
    scaled_service(metrics, cluster, "disabled", 9, desired=7)
    scaled_service(metrics, cluster, "scaled", 9)
    cluster.set_service("inactive", status="INACTIVE")
    cluster.definition["services"]["disabled"]["enabled"] = False
    result = autoscale(cluster)
    assert [call.params["service"] for call in result.mutations] == ["scaled"], result.text
    for name in ("daemon", "inactive", "disabled"):
        assert name in result.text


def test_a_disabled_cluster_is_left_alone(make_cluster, metrics, autoscale):
    cluster = make_cluster()
    scaled_service(metrics, cluster, "worker", 9)
    cluster.definition["enabled"] = False
    result = autoscale(cluster)
    assert result.mutations == [], result.text
    assert cluster.name in result.text


def test_fargate_and_strategies(make_cluster, metrics, autoscale):
    cluster = make_cluster()
    scaled_service(metrics, cluster, "fargate", 9, launchType="FARGATE")
    scaled_service(metrics, cluster, "spot", 9, capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT"}])
    scaled_service(metrics, cluster, "ec2", 1, desired=3)
    result = autoscale(cluster)
    assert cluster.services() == {"fargate": 2, "spot": 2, "ec2": 2}


@pytest.mark.parametrize("running,value,desired", [(1, 9, 2), (3, 1, 2), (2, 9, 3), (2, 1, 1)])
def test_settling(running, value, desired, make_cluster, metrics, autoscale):
    """Out only once earlier tasks run, in only once surplus ones stopped."""
    cluster = make_cluster()
    scaled_service(metrics, cluster, "worker", value, desired=2, running=running)
    result = autoscale(cluster)
    assert cluster.services() == {"worker": desired}, result.text
    if desired == 2:
        assert "waiting for 1 task" in result.text


def test_missing_datapoints_hold_the_service(make_cluster, autoscale):
    cluster = make_cluster()
    source = cluster.put_metric("CPUUtilization", 50, service="worker", periods_ago=5)
    cluster.service("worker", desired=2, sources={"cloudwatch": [source]}, events=up_and_down("CPUUtilization"))
    result = autoscale(cluster)
    assert result.mutations == [] and HELD in result.text
    assert "CPUUtilization" in result.text


@pytest.mark.parametrize("periods_ago,desired", [(0, 1), (1, 2), (2, 2), (3, 2), (4, 1)])
def test_the_newest_complete_period_of_three(periods_ago, desired, make_cluster, autoscale):
    cluster = make_cluster()
    source = cluster.put_metric("CPUUtilization", 50, service="worker", age_s=0 if periods_ago == 0 else None,
                                periods_ago=periods_ago)
    cluster.service("worker", sources={"cloudwatch": [source]}, events=up_and_down("CPUUtilization"))
    result = autoscale(cluster)
    assert cluster.services() == {"worker": desired}, result.text


def test_the_newer_of_two_periods_counts(make_cluster, autoscale):
    cluster = make_cluster()
    cluster.put_metric("CPUUtilization", 1, service="worker", periods_ago=2)
    source = cluster.put_metric("CPUUtilization", 50, service="worker", periods_ago=1)
    cluster.service("worker", desired=2, sources={"cloudwatch": [source]}, events=up_and_down("CPUUtilization"))
    autoscale(cluster)
    assert cluster.services() == {"worker": 3}


def test_default_covers_a_missing_metric(make_cluster, metrics, autoscale):
    cluster = make_cluster()
    cluster.service("worker", desired=2, sources=http_source(metrics, cluster, "load", None),
                    events=[{"metric": "default(load, 0)", "action": -1, "max": 0}])
    autoscale(cluster)
    assert cluster.services() == {"worker": 1}


# What a metric source can answer; whether the service is held for a failure (exit 1) or for a value
# that is merely not there; what the log has to say.
BROKEN = {
    "not found": ({"status": 404, "body": "gone"}, 1, "404"),
    "server error": ({"status": 500, "body": "oops"}, 1, "500"),
    "no JSON": ({"body": "<html>login please</html>"}, 1, "JSON"),
    "empty": ({"body": ""}, 1, "the answer is empty"),
    "malformed": ({"body": '{"value": '}, 1, "JSON"),
    "truncated": ({"body": {"value": 1, "padding": "x" * 500}, "truncate": 20}, 1, ""),
    "reset": ({"drop": True}, 1, ""),
    "slow": ({"body": {"value": 1}, "delay_s": 3}, 1, "0.5 s"),
    "too large": ({"size": 11 * 1024 * 1024}, 1, "10"),
    "redirect loop": ({"status": 302, "headers": {"Location": "loop"}}, 1, "redirect"),
    "null": ({"body": {"value": None}}, 0, "value"),
    "absent": ({"body": {"other": 1}}, 0, "value"),
    "text": ({"body": {"value": "many"}}, 0, "value"),
    "a list": ({"body": {"value": [1]}}, 0, "value"),
    "not an object": ({"body": [1, 2]}, 0, "value"),
    "NaN": ({"body": '{"value": NaN}'}, 1, "JSON"),
    "nested too deep": ({"body": "[" * 100000}, 1, "the answer is JSON nested more than 128 deep"),
    "not UTF-8": ({"body": b'{"value": "\xff\xfe"}'}, 1, ""),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_http_sources_hold_the_service(kind, make_cluster, metrics, autoscale):
    answer, code, word = BROKEN[kind]
    cluster = make_cluster(min=1, max=3, desired=2)  # the group could shrink, and must not
    scaled_service(metrics, cluster, "worker", 1, desired=3)
    source = cluster.definition["services"]["worker"]["metric_sources"]["third_party"][0]
    source["url"] = source["url"].replace("http://", "http://%(USER):%(SECRET)@") + "?key=%(SECRET)"
    source["timeout"] = 0.5 if kind == "slow" else 10
    path = f"/{cluster.name}/worker_load?key=s3cr3t"
    metrics.set(path, **answer)
    if kind == "redirect loop":
        metrics.answers[path]["headers"]["Location"] = metrics.url(path)
    before = cluster.state()
    result = autoscale(cluster, env={"USER": "u", "SECRET": "s3cr3t"}, code=code)
    assert cluster.state() == before and result.mutations == []
    assert HELD in result.text and word in result.text and "worker_load" in result.text
    assert "s3cr3t" not in result.text


def test_nobody_listens(make_cluster, metrics, autoscale):
    cluster = make_cluster()
    scaled_service(metrics, cluster, "worker", 1, desired=3)
    scaled_service(metrics, cluster, "other", 9)
    source = cluster.definition["services"]["worker"]["metric_sources"]["third_party"][0]
    source["url"] = "http://127.0.0.1:1/x"
    result = autoscale(cluster, code=1)
    assert cluster.services() == {"worker": 3, "other": 2}, result.text
    assert "http://127.0.0.1:1/x" in result.text


def test_redirects_are_followed_and_credentials_stay_home(make_cluster, metrics, autoscale):
    cluster = make_cluster()
    scaled_service(metrics, cluster, "worker", 9)
    source = cluster.definition["services"]["worker"]["metric_sources"]["third_party"][0]
    target = f"/{cluster.name}/worker_load"
    moved = f"/{cluster.name}/moved"
    elsewhere = metrics.url(target).replace("127.0.0.1", "localhost")
    metrics.set(moved, status=302, headers={"Location": elsewhere})
    source["url"] = metrics.url(moved, "u:p@")
    source["headers"] = {"Authorization-Token": "x"}
    result = autoscale(cluster)
    assert cluster.services() == {"worker": 2}, result.text
    assert metrics.requests(moved)[0].header("Authorization") == "Basic dTpw"
    assert metrics.requests(target)[0].header("Authorization") is None


def test_dotted_paths(make_cluster, metrics, autoscale):
    cluster = make_cluster()
    metrics.set("/dotted", {"a": {"b.c": [{"d": "7"}]}, "flag": True, "e": 1e3})
    names = {"a.b.c.0.d": "seven", "flag": "flag", "e": "thousand"}
    cluster.service("worker", events=[{"metric": "seven + flag + thousand", "action": 1, "min": 1008, "max": 1008}],
                    sources={"third_party": [{"url": metrics.url("/dotted"), "statistics": [
                        {"name": name, "alias": alias} for name, alias in names.items()]}]})
    result = autoscale(cluster)
    assert cluster.services() == {"worker": 2}, result.text


def test_a_failing_expression_holds(make_cluster, metrics, autoscale):
    cluster = make_cluster()
    cluster.service("worker", desired=2, sources=http_source(metrics, cluster, "load", 0),
                    events=[{"metric": "1 / load", "action": -1, "max": 3}])
    result = autoscale(cluster, code=1)
    assert result.mutations == [] and HELD in result.text and "zero" in result.text
