"""`ecs-autoscale package`: what is in the zip file, and that it runs where there is nothing else.

The static programs come from tools/static.sh; where they have not been built, these tests are skipped."""
import base64
import hashlib
import json
import os
import pathlib
import platform
import random
import re
import shutil
import stat
import subprocess
import zipfile

import pytest
import yaml

import lambda_function
import lambda_rie
import sim_server
import tls
import world
from conftest import ROOT
from test_run_quick_start import busy, quick_start  # noqa: F401: a fixture

HOST = {"x86_64": "x86_64", "aarch64": "arm64"}[platform.machine()]
OTHER = {"x86_64": "arm64", "arm64": "x86_64"}[HOST]
QEMU = {"arm64": "qemu-aarch64-static", "x86_64": "qemu-x86_64-static"}
DEFINITION = "autoscale_group: null\nservices: {}\n"


def static_program(arch):
    path = ROOT / "build" / "static" / arch / "ecs-autoscale"
    if not os.access(path, os.X_OK):
        pytest.skip(f"no static program for {arch} ('make static' builds it)")
    return path


@pytest.fixture
def package(run_program, tmp_path):
    """package(*arguments, text=DEFINITION, code=0) → path of the zip file, and what was printed; `text` is a
    definition, several by file name, or a cluster that has one"""
    static_program(HOST)
    (tmp_path / "clusters").mkdir()

    def make(*arguments, text=DEFINITION, code=0, env=None, name="deployment.zip", **options):
        if isinstance(text, str):
            text = {"my_cluster.yml": text}
        if isinstance(text, dict):
            for file, content in text.items():
                (tmp_path / "clusters" / file).write_text(content)
        else:
            text.write(tmp_path / "clusters")
        result = run_program(["package", "-o", name, *arguments], cwd=tmp_path, env=env, **options)
        assert result.returncode == code, result.stdout + result.stderr
        return tmp_path / name, result.stdout + result.stderr
    return make


@pytest.fixture
def root(tmp_path):
    """root(zip file, arch) → Root: a file system that holds the package's files and nothing else."""
    if os.geteuid() != 0:
        pytest.skip("chroot is root's")

    def unpack(path, arch=HOST):
        folder = tmp_path / f"root-{arch}"
        for entry in zipfile.ZipFile(path).infolist():
            target = folder / "var" / "task" / entry.filename
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(zipfile.ZipFile(path).read(entry))
            target.chmod(entry.external_attr >> 16 & 0o777)
        return Root(folder, arch)
    return unpack


class Root:
    def __init__(self, folder, arch):
        self.folder, self.task = folder, folder / "var" / "task"
        self.command = [shutil.which("chroot") or "/usr/sbin/chroot", str(folder)]
        if arch != HOST:
            emulator = shutil.which(QEMU[arch])
            if emulator is None:
                pytest.skip(f"no {QEMU[arch]} (package qemu-user-static)")
            shutil.copy(emulator, folder / "emulator")  # as static as the program
            self.command.append("/emulator")
        self.command.append("/var/task/bootstrap")

    def env(self, env, **more):
        return {**env, **lambda_function.function_env("/var/task"), **more}

    def function(self, env, **more):
        return lambda_function.Function(self.task, self.env(env, **more), command=self.command)


# --- the file ---------------------------------------------------------------------------------

def test_what_is_in_it(package):
    path, printed = package(text={"b.yml": DEFINITION, "a.yaml": DEFINITION, ".hidden.yml": "{", "notes.txt": "secret"})
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        entries = file.infolist()
        assert file.read("clusters/b.yml") == DEFINITION.encode()
        assert file.read("ca-certificates.crt") == pathlib.Path("/etc/ssl/certs/ca-certificates.crt").read_bytes()
        assert file.read("bootstrap") == static_program("x86_64").read_bytes()
    assert [entry.filename for entry in entries] == [
        "bootstrap", "ca-certificates.crt", "clusters/a.yaml", "clusters/b.yml"]
    assert [stat.filemode(entry.external_attr >> 16) for entry in entries] == ["-rwxr-xr-x"] + 3 * ["-rw-r--r--"]
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert all(entry.extra == b"" for entry in entries)
    data = path.read_bytes()
    assert len(data) <= 3_500_000
    assert base64.b64encode(hashlib.sha256(data).digest()).decode() in printed  # Lambda's CodeSha256
    for entry in entries:
        assert re.search(rf"^ +{entry.file_size} +{entry.compress_size}  {re.escape(entry.filename)}", printed, re.M)


def test_other_programs_can_read_it(package, tmp_path):
    path, _ = package()
    subprocess.run(["python3", "-m", "zipfile", "-e", path, tmp_path / "out"], check=True, timeout=60)
    assert (tmp_path / "out" / "clusters" / "my_cluster.yml").read_text() == DEFINITION


def test_the_same_inputs_give_the_same_bytes(package, tmp_path):
    first = package()[0].read_bytes()
    os.utime(tmp_path / "clusters" / "my_cluster.yml", (0, 0))
    (tmp_path / "clusters" / "my_cluster.yml").chmod(0o600)
    assert package(name="again.zip", env={"TZ": "Asia/Tokyo"})[0].read_bytes() == first
    assert package(name="other.zip", binary=static_program(HOST))[0].read_bytes() == first  # packs itself
    assert package(name="changed.zip", text=DEFINITION + "# a word\n")[0].read_bytes() != first


def test_a_broken_definition_stops_it(package, run_program, tmp_path):
    broken = "autoscale_group: null\nservices:\n  worker:\n    min: 1\n    maxx: 3\n"
    path, printed = package(code=1, text={"good.yml": DEFINITION, "bad.yml": broken})
    found = run_program(["validate"], cwd=tmp_path).stdout
    assert "maxx" in found and found.rpartition("\n1 cluster")[0] in printed
    assert "nothing is packaged" in printed and not path.exists()
    path.write_text("an older one")
    package(code=1, text={"bad.yml": broken})
    assert path.read_text() == "an older one"
    assert sorted(file.name for file in tmp_path.iterdir() if "zip" in file.name) == ["deployment.zip"]


def test_variables_have_to_be_set_and_do_not_come_along(package):
    text = "autoscale_group: '%(GROUP_NAME)'\nmax: 3\nservices: {}\n"
    assert "GROUP_NAME" in package(code=1, text=text)[1]
    path, printed = package(text=text, env={"GROUP_NAME": "a-secret-group"})
    assert "a-secret-group" not in printed
    assert zipfile.ZipFile(path).read("clusters/my_cluster.yml") == text.encode()


def test_no_definitions(package, tmp_path):
    path, printed = package("--definitions", "nowhere", code=1)
    assert "nowhere" in printed and not path.exists()


def test_where_it_cannot_be_written(package):
    assert "/nowhere/x.zip" in package("-o", "/nowhere/x.zip", code=1)[1]


# --- the program in it ------------------------------------------------------------------------

def program_of(path, source, flags=()):
    path.with_suffix(".c").write_text(source)
    subprocess.run(["cc", *flags, "-o", path, path.with_suffix(".c")], check=True, timeout=60)
    return path


def test_programs_that_will_not_do(package, program, tmp_path):
    def refused(path):
        out, printed = package("--program", path, code=1)
        assert not out.exists()
        return printed
    assert "needs shared libraries" in refused(program) and "make static" in refused(program)
    assert f"not built for {HOST}" in refused(static_program(OTHER))
    assert "no executable" in refused(ROOT / "README.md")
    assert "cannot open" in refused(tmp_path / "none")
    other = program_of(tmp_path / "other", "int main(void) { return 0; }\n", ["-static"])
    assert f"'{other}' is not 'ecs-autoscale" in refused(other)
    cut = tmp_path / "cut"
    cut.write_bytes(static_program(HOST).read_bytes()[:100])
    assert "cut short" in refused(cut)


def test_over_lambdas_limit(package, tmp_path):
    large = tmp_path / "large"
    large.write_bytes(static_program(HOST).read_bytes() + random.Random(1).randbytes(52_000_000))
    path, printed = package("--program", large, code=1)
    assert "larger than 52428800 bytes" in printed and not path.exists()


def test_where_the_program_is_looked_for(package, program, tmp_path):
    installed = tmp_path / "usr" / "bin" / "ecs-autoscale"
    installed.parent.mkdir(parents=True)
    shutil.copy(program.resolve(), installed)
    path, printed = package(binary=installed, code=1)
    assert "no static program" in printed and "make static" in printed and not path.exists()
    beside = tmp_path / "usr" / "lib" / "ecs-autoscale" / f"bootstrap-{HOST}"
    beside.parent.mkdir(parents=True)
    shutil.copy(static_program(HOST), beside)
    path, printed = package(binary=installed)
    assert f"bootstrap-{HOST})" in printed and path.exists()


def test_ca_certificates(package, tmp_path):
    authority = tls.make_authority(tmp_path)
    path, printed = package("--ca-bundle", authority / "ca.pem")
    assert zipfile.ZipFile(path).read("ca-certificates.crt") == (authority / "ca.pem").read_bytes()
    assert "no certificates" in package("--ca-bundle", ROOT / "README.md", code=1)[1]


@pytest.mark.parametrize("arch", ["x86_64", "arm64"])
def test_it_asks_for_no_library(arch):
    program = static_program(arch)
    headers = subprocess.run(["readelf", "-lhdW", program], capture_output=True, text=True, check=True,
                             timeout=60).stdout
    assert "INTERP" not in headers and "NEEDED" not in headers
    assert {"x86_64": "X86-64", "arm64": "AArch64"}[arch] in headers
    assert "DYN (Position-Independent Executable file)" in headers and "GNU_RELRO" in headers
    symbols = subprocess.run(["strings", "-n", "8", program], capture_output=True, text=True, check=True, timeout=60)
    assert str(ROOT) not in symbols.stdout


# --- running ----------------------------------------------------------------------------------

@pytest.mark.parametrize("arch", ["x86_64", "arm64"])
def test_it_starts_in_an_empty_root(arch, package, root):
    static_program(arch)
    place = root(package("--arch", arch)[0], arch)
    result = subprocess.run([*place.command, "--version"], env={}, capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stdout, result.stderr) == (0, "ecs-autoscale 0.1.0\n", "")


@pytest.mark.parametrize("arch", ["x86_64", "arm64"])
def test_demo_in_an_empty_root(arch, package, root, clean_env):
    """The program as a client of the HTTP server that is in it, too."""
    static_program(arch)
    place = root(package("--arch", arch)[0], arch)
    result = subprocess.run([*place.command, "demo", "--seconds", "0", "--hours", "2", "--report", "/demo.html"],
                            env=clean_env(), capture_output=True, text=True, timeout=120)
    assert (result.returncode, result.stderr) == (0, ""), result.stdout + result.stderr
    assert re.search(r"passes +120\n", result.stdout) and re.search(r"passes with failures +0\n", result.stdout)
    assert "</html>" in (place.folder / "demo.html").read_text()


def test_simulated_account(clean_env):
    with sim_server.SimServer(static_program(HOST), clean_env(), "--speed", "0", "--latency", "0ms") as sim:
        sim.advance("10m")
        ecs = sim.client("ecs")
        assert ecs.list_clusters()["clusterArns"] and len(ecs.list_services(cluster="my_cluster")["serviceArns"]) == 2
        assert sim.get("/_sim/advance", b"1" * 20_000_000)[0] == 413


@pytest.mark.parametrize("arch", ["x86_64", "arm64"])
def test_quick_start_in_an_empty_root(arch, package, root, quick_start, rabbitmq, aws, clean_env):
    static_program(arch)
    busy(quick_start, rabbitmq, 12, 42.0, periods_ago=2)
    secrets = {"USERNAME": rabbitmq.user, "PASSWORD": rabbitmq.password}
    place = root(package("--arch", arch, text=quick_start, env=secrets)[0], arch)
    with place.function(clean_env({**aws.env(), **secrets})) as function:
        dry = function.invoke("TEST_RUN").json()
        assert dry["dry_run"] is True and quick_start.services() == {"worker": 1, "backend": 1}
        answer = function.invoke().json()
        assert (answer["status"], answer["applied"]) == ("ok", 3)
        assert quick_start.services() == {"worker": 2, "backend": 2} and quick_start.capacity() == (1, 2, 4)
        peak_kib = peak_memory_kib(function.process.pid)
        started_ms = (function.api.first_next_at - function.started_at) * 1000
        print(f"{arch}: {started_ms:.1f} ms from start to the first 'next', at most {peak_kib} KiB")
        assert arch != HOST or peak_kib <= 12 * 1024


def peak_memory_kib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^VmHWM:\s+(\d+) kB", status, re.M).group(1))


def test_https_with_the_certificates_it_brings(package, root, make_cluster, metrics, aws, clean_env, tmp_path):
    """A metric source by its name, behind TLS: names and certificates out of nothing but the package."""
    authority = tls.make_authority(tmp_path)
    cluster = make_cluster()
    world.scaled_service(metrics, cluster, "worker", 9)
    text = yaml.safe_dump(cluster.definition)
    plain = re.search(r"http://127\.0\.0\.1:(\d+)", text)
    with tls.Front(authority, tmp_path, plain.group(1)) as front:
        text = text.replace(plain.group(), front.url)
        path, _ = package("--ca-bundle", authority / "ca.pem", text={f"{cluster.name}.yml": text})
        with root(path).function(clean_env(aws.env())) as function:
            answer = function.invoke().json()
    assert answer["status"] == "ok" and cluster.services() == {"worker": 2}, json.dumps(answer)


def test_lambdas_own_emulator_runs_it(package, root, make_cluster, metrics, aws, clean_env):
    reason = lambda_rie.unavailable()
    if reason:
        pytest.skip(reason)
    cluster = make_cluster()
    world.scaled_service(metrics, cluster, "worker", 9)
    place = root(package(text=cluster)[0])
    with lambda_rie.Rie(place.task, place.env(clean_env(aws.env())), command=place.command) as rie:
        assert rie.invoke("TEST_RUN")["dry_run"] is True
        assert rie.invoke({"dry_run": False})["applied"] == 1
    assert cluster.services() == {"worker": 2}
