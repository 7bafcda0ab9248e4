"""`ecs-autoscale validate`: the command, and every way in which a folder can be bad."""
import json
import os
import pathlib
import pty
import re
import subprocess

import pytest

FINE = "autoscale_group: asg\n"
WARNING = """autoscale_group: asg
services:
  web:
    min: 1
    max: 3
    events:
      - {metric: running, action: 1, max: 5}
      - {metric: running, action: -1, min: 5}
"""


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "clusters"
    path.mkdir()
    return path


@pytest.fixture(params=["program", "sanitized"])
def validate(request, run_program):
    binary = request.getfixturevalue(request.param)
    return lambda *args, **options: run_program(["validate", *args], binary=binary, **options)


def test_fine_definitions(validate, folder):
    (folder / "a.yml").write_text(FINE)
    (folder / "b.yaml").write_text(FINE)
    result = validate()
    assert (result.returncode, result.stdout, result.stderr) == (
        0, "2 clusters fine, 0 errors, 0 warnings\n", "")


def test_findings_are_printed_like_a_compilers(validate, folder):
    (folder / "a.yml").write_text(FINE + "evnts: 1\n")
    (folder / "b.yml").write_text(WARNING)
    (folder / "c.yml").write_text(FINE)
    result = validate()
    assert result.returncode == 1
    assert result.stdout == """\
clusters/a.yml:2:1: error: unknown key 'evnts'
    evnts: 1
    ^~~~~ 'events' is a key of a service
clusters/b.yml:8:18: warning: this event (-1) and the one in line 7 (+1) both hold at 5: there the one in line 7 wins, it comes first
    - {metric: running, action: -1, min: 5}
               ^~~~~~~ at 'max' tasks this one acts there, and the service swings
2 clusters fine, 1 error, 1 warning
""".replace(" 'events' is a key of a service", "")


def test_warnings_alone_are_no_failure(validate, folder):
    (folder / "a.yml").write_text(WARNING)
    result = validate(folder)
    assert result.returncode == 0
    assert result.stdout.endswith("1 cluster fine, 0 errors, 1 warning\n")


def test_json(validate, folder):
    (folder / "a.yml").write_text(FINE + "min: x\n")
    (folder / "b.yml").write_text(FINE)
    result = validate("--json", folder)
    assert result.returncode == 1
    answer = json.loads(result.stdout)
    assert answer["clusters"] == [
        {"cluster": "a", "file": f"{folder}/a.yml", "fine": False},
        {"cluster": "b", "file": f"{folder}/b.yml", "fine": True}]
    assert answer["diagnostics"] == [
        {"file": f"{folder}/a.yml", "line": 2, "column": 6, "length": 1, "severity": "error",
         "message": "'min' must be a whole number from 0 to 1000000, found the text 'x'", "hint": None}]
    assert answer["summary"] == {"fine": 1, "errors": 1, "warnings": 0}


def test_files_and_folders_together(validate, folder, tmp_path):
    (folder / "a.yml").write_text(FINE)
    (tmp_path / "b.yml").write_text(FINE)
    assert validate("clusters", "b.yml").stdout == "2 clusters fine, 0 errors, 0 warnings\n"
    result = validate("clusters", "clusters/a.yml")
    assert result.returncode == 1
    assert result.stdout.count("cluster 'a' is defined by") == 2


def big(text):
    return text + "# " + "x" * (1024 * 1024) + "\n"


def bomb():
    lines = ["x-0: &x0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"x-{i}: &x{i} [{', '.join([f'*x{i - 1}'] * 9)}]" for i in range(1, 12)]
    return "\n".join(lines) + "\n" + FINE


BAD_FILES = {
    "not_utf8": (b"autoscale_group: gr\xfc\xdfe\n", r"bad\.yml: error: is not UTF-8: byte 0xFC in line 1"),
    "too_big": (big(FINE).encode(), r"bad\.yml: error: is larger than 1024 KiB"),
    "alias_bomb": (bomb().encode(), r"bad\.yml:\d+:\d+: error: aliases make this file grow beyond all measure"),
    "empty": (b"", r"bad\.yml: error: is empty"),
    "unset_variable": (b"autoscale_group: a\nmin: %(NOT_SET)\n",
                       r"bad\.yml:2:6: error: environment variable 'NOT_SET' is not set"),
    "bad_expression": (WARNING.replace("running, action: -1", "running +, action: -1").encode(),
                       r"bad\.yml:8:\d+: error: "),
    "unknown_key": (b"autoscale_group: a\nregon: x\n", r"bad\.yml:2:1: error: unknown key 'regon'"),
    "no_yaml": (b"autoscale_group: [\n", r"bad\.yml:\d+:\d+: error: not well-formed YAML"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_named_and_others_still_count(name, validate, folder):
    content, expected = BAD_FILES[name]
    (folder / "bad.yml").write_bytes(content)
    (folder / "good.yml").write_text(FINE)
    result = validate()
    assert result.returncode == 1
    assert re.search("^clusters/" + expected, result.stdout, re.M), result.stdout
    assert result.stdout.splitlines()[-1].startswith("1 cluster fine, 1 error, ")


def test_no_folder(validate):
    result = validate()
    assert result.returncode == 1
    assert result.stdout == ("clusters: error: cannot read definitions from 'clusters': No such file or directory\n"
                             "0 clusters fine, 1 error, 0 warnings\n")


def test_empty_folder(validate, folder):
    (folder / "README.md").write_text("nothing here")
    result = validate()
    assert result.returncode == 1
    assert "the folder 'clusters' holds no definitions (*.yml, *.yaml)" in result.stdout


def test_one_cluster_in_two_files(validate, folder):
    for name in ("a.yml", "a.yaml", "b.yml"):
        (folder / name).write_text(FINE)
    result = validate()
    assert result.returncode == 1
    assert "clusters/a.yml: error: cluster 'a' is defined by 'clusters/a.yaml', too\n" in result.stdout
    assert result.stdout.endswith("1 cluster fine, 2 errors, 0 warnings\n")


def test_unreadable_file(validate, folder):
    (folder / "good.yml").write_text(FINE)
    # Nobody reads through a link that leads nowhere, not even root.
    (folder / "link.yml").symlink_to("nowhere")
    closed = folder / "closed.yml"
    closed.write_text(FINE)
    closed.chmod(0)
    result = validate()
    assert result.returncode == 1
    assert "clusters/link.yml: error: cannot be opened: No such file or directory" in result.stdout
    if os.geteuid() != 0:
        assert "clusters/closed.yml: error: cannot be opened: Permission denied" in result.stdout


def test_a_pipe_is_not_waited_for(validate, folder):
    os.mkfifo(folder / "pipe.yml")
    result = validate(timeout=20)
    assert "clusters/pipe.yml: error: is not a regular file" in result.stdout


def test_no_value_of_the_environment_is_printed(validate, folder):
    (folder / "a.yml").write_text("""autoscale_group: '%(V)'
min: %(V)
max: %(V)
region: %(V)
foo-%(V): 1
services:
  web-%(V):
    min: %(V)
    max: 2
    metric_sources:
      third_party:
        - {url: "http://%(V):%(V)@h/%(V)", timeout: %(V), statistics: [{name: "%(V)", alias: a}]}
        - {url: "%(V)", method: "%(V)", headers: {"%(V) x": b}, statistics: [{name: b, alias: "%(V)"}]}
    events:
      - {metric: "%(V) * a", action: 1, min: %(V)}
      - {metric: x%(V), action: "%(V)"}
""")
    secret = "s3cr/t: 'w\"ord"
    for args in ([], ["--json"]):
        result = validate(*args, env={"V": secret})
        assert result.returncode == 1
        for form in (secret, secret.replace('"', '\\"'), "s3cr"):
            assert form not in result.stdout + result.stderr


def test_wrong_usage(validate):
    assert validate("--jsn").returncode == 2
    assert validate("--json=yes").returncode == 2


def test_colours_only_on_a_terminal(program, folder, tmp_path, clean_env):
    (folder / "a.yml").write_text(FINE + "min: x\n")

    def on_terminal(extra):
        master, slave = pty.openpty()
        process = subprocess.Popen([program, "validate"], stdout=slave, stdin=subprocess.DEVNULL,
                                   cwd=tmp_path, env=clean_env({"TERM": "xterm", **extra}))
        os.close(slave)
        output = b""
        try:
            while chunk := os.read(master, 65536):
                output += chunk
        except OSError:
            pass  # how Linux says that the other end is closed
        finally:
            os.close(master)
        assert process.wait(timeout=20) == 1
        return output.decode()

    assert "\x1b[1;31merror:\x1b[0m" in on_terminal({})
    assert "\x1b" not in on_terminal({"NO_COLOR": "1"})
    assert "\x1b" not in subprocess.run([program, "validate"], cwd=tmp_path, capture_output=True,
                                        text=True, timeout=20, env=clean_env()).stdout


def test_a_reader_that_has_enough(program, folder, tmp_path, clean_env):
    (folder / "a.yml").write_text("".join(f"key{i}: 1\n" for i in range(5000)))
    result = subprocess.run(["bash", "-c", f"'{program}' validate | head -n 1"], cwd=tmp_path,
                            capture_output=True, text=True, timeout=30, env=clean_env())
    assert result.stdout.startswith("clusters/a.yml:1:1: error: ")
    assert result.stderr == ""
