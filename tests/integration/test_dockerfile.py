"""The image that the Dockerfile makes: tools/dockerfile_steps.py has run its steps (tools/test.sh, step
`image`) and left it in build/docker/image. Here it runs by chroot, as a container runtime would run it."""
import json
import os
import shutil
import subprocess

import pytest

import lambda_function
import world
from conftest import ROOT

FOLDER = ROOT / "build" / "docker"


@pytest.fixture(scope="module")
def image():
    if os.geteuid() != 0:
        pytest.skip("chroot is root's")
    if not (FOLDER / "image.json").exists():
        pytest.skip("no image (tools/dockerfile_steps.py build/docker makes it)")
    return json.loads((FOLDER / "image.json").read_text())


@pytest.fixture
def container(image, tmp_path):
    """A copy of the image's files, and the command that runs its entrypoint in it."""
    root = tmp_path / "container"
    shutil.copytree(FOLDER / "image", root, symlinks=True)
    assert image["folder"] == "/var/task"
    chroot = [shutil.which("chroot") or "/usr/sbin/chroot", str(root)]
    return root, [*chroot, *image["entrypoint"]]


def test_what_is_in_it(container):
    root, _ = container
    files = sorted(str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir())
    assert files == ["etc/ssl/certs/ca-certificates.crt", "usr/bin/ecs-autoscale"]
    assert (root / "tmp").stat().st_mode & 0o7777 == 0o1777
    assert (root / "usr" / "bin" / "ecs-autoscale").stat().st_mode & 0o777 == 0o755
    assert sum((root / name).stat().st_size for name in files) < 10_000_000


def test_it_runs_as_a_command(container, image, make_cluster, metrics, aws, clean_env):
    root, command = container
    cluster = make_cluster()
    world.scaled_service(metrics, cluster, "worker", 9)
    cluster.write(root / "var" / "task" / "clusters")
    env = {**clean_env(aws.env()), **image["env"]}

    def run(*arguments):
        result = subprocess.run([*command, *arguments], env=env, capture_output=True, text=True, timeout=90)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout + result.stderr
    assert "1 cluster fine" in run("validate", "/var/task/clusters")
    assert run("--version") == "ecs-autoscale 0.1.0\n"
    assert "worker" in run("run", "--definitions", "/var/task/clusters")
    assert cluster.services() == {"worker": 2}


def test_it_runs_as_a_lambda_container_image(container, image, make_cluster, metrics, aws, clean_env):
    root, command = container
    cluster = make_cluster()
    world.scaled_service(metrics, cluster, "worker", 9)
    cluster.write(root / "var" / "task" / "clusters")
    env = {**clean_env(aws.env()), **lambda_function.function_env("/var/task"), **image["env"]}
    with lambda_function.Function(root / "var" / "task", env, command=command) as function:
        assert function.invoke("TEST_RUN").json()["dry_run"] is True
        assert function.invoke().json()["applied"] == 1
    assert cluster.services() == {"worker": 2}
