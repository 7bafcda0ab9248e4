"""The main job end to end: metrics in, a scaled cluster out."""
import pytest
import yaml

import demo
from world import http_source, scaled_service, up_and_down


@pytest.fixture
def quick_start(make_cluster, rabbitmq):
    """The quick start's cluster, with AWS doing its own part: instances join, tasks move."""
    cluster = make_cluster(min=1, max=4, desired=1, cpu=1024, mem=2048)
    cluster.control("join", group=cluster.group, cluster=cluster.name, cpu=1024, mem=2048)
    cluster.control("schedule", cluster=cluster.name)
    cluster.service("worker", desired=1, cpu=512, mem=512)
    cluster.service("backend", desired=1, cpu=256, mem=512)
    host = rabbitmq.url.removeprefix("http://").partition("/")[0]
    text = demo.DEFINITION.format(host=host).replace(demo.GROUP, cluster.group).replace(demo.CLUSTER, cluster.name)
    cluster.write = lambda folder: (folder / f"{cluster.name}.yml").write_text(text)
    return cluster


def busy(cluster, rabbitmq, messages, cpu, periods_ago):
    rabbitmq.set_ready(messages)
    cluster.put_metric("CPUUtilization", cpu, service="backend", periods_ago=periods_ago)


@pytest.mark.parametrize("build", ["program", "sanitized"])
def test_quick_start_up_and_down(build, quick_start, rabbitmq, autoscale, request):
    binary = request.getfixturevalue(build)
    env = {"USERNAME": rabbitmq.user, "PASSWORD": rabbitmq.password}

    def run(*args):
        result = autoscale(quick_start, args=args, env=env, binary=binary)
        assert rabbitmq.password not in result.text
        return result

    busy(quick_start, rabbitmq, 12, 42.0, periods_ago=2)
    before = quick_start.state()
    dry = run("--dry-run")
    assert dry.mutations == [] and quick_start.state() == before
    assert "queue_length = 12" in dry.text and "cpu_usage = 42" in dry.text

    up = run()
    assert quick_start.services() == {"worker": 2, "backend": 2}
    assert quick_start.capacity() == (1, 2, 4)
    assert sorted(call.operation for call in up.mutations) == ["SetDesiredCapacity", "UpdateService", "UpdateService"]

    busy(quick_start, rabbitmq, 0, 0.5, periods_ago=1)
    run()
    assert quick_start.services() == {"worker": 1, "backend": 1}
    assert quick_start.capacity() == (1, 2, 4)
    run()
    assert sorted(quick_start.instances().values()) == ["ACTIVE", "DRAINING"]
    run()
    assert list(quick_start.instances().values()) == ["ACTIVE"]
    assert quick_start.capacity() == (1, 1, 4)
    assert run().mutations == []


def test_many_passes_settle(quick_start, rabbitmq, autoscale):
    """Passes until nothing changes any more: up to max under load, down to min without it."""
    env = {"USERNAME": rabbitmq.user, "PASSWORD": rabbitmq.password}

    def settle():
        for count in range(1, 13):
            result = autoscale(quick_start, env=env)
            low, desired, high = quick_start.capacity()
            assert low <= desired <= high
            if not result.mutations:
                return count
        raise AssertionError(f"still changing things after {count} passes: {result.text}")

    busy(quick_start, rabbitmq, 50, 90.0, periods_ago=2)
    settle()
    assert quick_start.services() == {"worker": 3, "backend": 3}
    assert set(quick_start.instances().values()) == {"ACTIVE"}
    assert quick_start.capacity() == (1, 3, 4)  # 3 · 512 + 3 · 256 CPU units on 1024 each
    busy(quick_start, rabbitmq, 0, 0.1, periods_ago=1)
    settle()
    assert quick_start.services() == {"worker": 1, "backend": 1}
    assert quick_start.capacity() == (1, 1, 4)


@pytest.mark.parametrize("queue,cpu,desired", [(30, 20, 4), (9, 20, 3), (1, 2, 2)])
def test_arithmetic_over_two_sources(queue, cpu, desired, make_cluster, metrics, autoscale):
    """queue / running + cpu: 30/3 + 20 = 30, 9/3 + 20 = 23, 1/3 + 2 = 2.3"""
    cluster = make_cluster()
    sources = http_source(metrics, cluster, "queue-length", queue)
    source = cluster.put_metric("CPUUtilization", cpu, service="worker")
    source["statistics"][0]["alias"] = "cpu"
    sources["cloudwatch"] = [source]
    expression = "queue-length / max(running, 1) + cpu"
    cluster.service("worker", desired=3, max=5, sources=sources, events=[
        {"metric": expression, "action": 1, "min": 30}, {"metric": expression, "action": -1, "max": 3}])
    result = autoscale(cluster)
    assert cluster.services() == {"worker": desired}


def test_bounds_are_enforced_whatever_the_metrics(make_cluster, metrics, autoscale):
    cluster = make_cluster()
    cluster.service("above", desired=5, min=1, max=3)
    cluster.service("below", desired=0, min=2, max=3)
    metrics.set("/broken", "no JSON")
    broken = {"third_party": [{"url": metrics.url("/broken"), "statistics": [{"name": "x", "alias": "x"}]}]}
    cluster.service("broken", desired=9, max=4, sources=broken, events=up_and_down("x"))
    autoscale(cluster, code=1)
    assert cluster.services() == {"above": 3, "below": 2, "broken": 4}


def test_each_statistic_and_percentile(make_cluster, autoscale):
    cluster = make_cluster()
    for value in (1, 2, 3, 10):
        source = cluster.put_metric("Latency", value, namespace="Shop")
    wanted = {"Average": 4, "Sum": 16, "Minimum": 1, "Maximum": 10, "SampleCount": 4, "p50": 2.5}
    source["statistics"] = [{"name": name, "alias": f"s_{name}"} for name in wanted]
    same = " + ".join(f"(s_{name} == {value})" for name, value in wanted.items())
    cluster.service("worker", sources={"cloudwatch": [source]}, events=[{"metric": same, "action": 1, "min": 6, "max": 6}])
    result = autoscale(cluster)
    assert cluster.services() == {"worker": 2}, result.text
    assert result.operations.count("GetMetricData") == 1


def test_events_are_tried_in_order(make_cluster, metrics, autoscale):
    """The first that holds and can take effect wins; one that cannot is passed over."""
    cluster = make_cluster()
    scaled_service(metrics, cluster, "worker", 7, desired=3, max=3)
    cluster.definition["services"]["worker"]["events"].append({"metric": "worker_load", "action": -2, "min": 6})
    result = autoscale(cluster)
    assert cluster.services() == {"worker": 1}, result.text


def test_metric_source_with_payload_and_headers(make_cluster, metrics, autoscale):
    cluster = make_cluster()
    sources = http_source(metrics, cluster, "hits", 8, method="POST", payload={"query": {"size": 0}},
                          headers={"X-Token": "%(TOKEN)"})
    sources["third_party"][0]["url"] = metrics.url(f"/{cluster.name}/hits", "%(USER):%(SECRET)@")
    cluster.service("worker", sources=sources, events=up_and_down("hits"))
    result = autoscale(cluster, env={"USER": "us er", "SECRET": "p@ss/w:rd#", "TOKEN": "tok-en"})
    assert cluster.services() == {"worker": 2}
    seen, = metrics.requests(f"/{cluster.name}/hits")
    assert (seen.method, yaml.safe_load(seen.body)) == ("POST", {"query": {"size": 0}})
    assert seen.header("X-Token") == "tok-en"
    assert seen.header("Authorization") == "Basic dXMgZXI6cEBzcy93OnJkIw=="


def test_a_shared_source_is_asked_once(make_cluster, metrics, autoscale):
    clusters = [make_cluster() for _ in range(3)]
    path = f"/shared/{clusters[0].name}"
    metrics.set(path, {"a": {"b": [1, 9]}})
    for cluster in clusters:
        for name in ("one", "two"):
            cluster.service(name, events=up_and_down("load"), sources={"third_party": [
                {"url": metrics.url(path), "statistics": [{"name": "a.b.1", "alias": "load"}]}]})
    result = autoscale(*clusters)
    assert [cluster.services() for cluster in clusters] == [{"one": 2, "two": 2}] * 3
    assert len(metrics.requests(path)) == 1
