"""`make install`: the program, its man page, completions that complete, the pages."""
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    if not (ROOT / "build" / "release" / "CMakeCache.txt").exists():
        pytest.skip("no release build (make) to install from")
    destination = tmp_path_factory.mktemp("installed")
    result = subprocess.run(["make", "-C", ROOT, "install", f"DESTDIR={destination}", "PREFIX=/usr"],
                            capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return destination / "usr"


def test_the_program_runs(installed):
    result = subprocess.run([installed / "bin" / "ecs-autoscale", "--version"], capture_output=True, text=True,
                            check=True)
    assert result.stdout.startswith("ecs-autoscale ")


def test_the_man_page_reads_well(installed):
    page = installed / "share" / "man" / "man1" / "ecs-autoscale.1"
    lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True, text=True, check=False)
    # No date: the same source makes the same page.
    assert [line for line in lint.stdout.splitlines() if "missing date" not in line] == []
    text = subprocess.run(["mandoc", "-T", "ascii", page], capture_output=True, text=True, check=True).stdout
    plain = re.sub(".\b", "", text)  # bold and underlined, as on a typewriter
    for word in ("ecs-autoscale run", "--dry-run", "say what would change", "EXIT STATUS", "LOG_LEVEL"):
        assert word in plain, word


def test_help_is_not_wider_than_a_window(installed):
    """100 columns, as the plans that are printed."""
    program = installed / "bin" / "ecs-autoscale"
    overview = subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
    names = re.findall(r"^  ([a-z-]+) {2,}", overview, re.M)
    assert {"run", "validate", "replay"} <= set(names)
    for name in names:
        text = subprocess.run([program, name, "--help"], capture_output=True, text=True, check=True).stdout
        assert [line for line in text.splitlines() if len(line) > 100] == []


@pytest.mark.parametrize("shell, path", [
    ("bash", "share/bash-completion/completions/ecs-autoscale"),
    ("zsh", "share/zsh/site-functions/_ecs-autoscale"),
    ("fish", "share/fish/vendor_completions.d/ecs-autoscale.fish")])
def test_completions_are_well_formed(installed, shell, path):
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    result = subprocess.run([shell, "-n", installed / path], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("words, offered", [
    (["ecs-autoscale", ""], "validate"),
    (["ecs-autoscale", "run", "--dry"], "--dry-run"),
    (["ecs-autoscale", "run", "--log-format", "j"], "json")])
def test_bash_completes(installed, words, offered):
    script = installed / "share" / "bash-completion" / "completions" / "ecs-autoscale"
    line = " ".join(f"'{word}'" for word in words)
    result = subprocess.run(
        ["bash", "-c", f"source {script}; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _ecs_autoscale; "
                       'printf "%s\\n" "${COMPREPLY[@]}"'], capture_output=True, text=True, check=True)
    assert offered in result.stdout.split()


@pytest.mark.parametrize("line, offered", [
    ("ecs-autoscale va", "validate"),
    ("ecs-autoscale run --dry", "--dry-run"),
    ("ecs-autoscale run --log-format j", "json")])
def test_fish_completes(installed, line, offered, tmp_path):
    if not shutil.which("fish"):
        pytest.skip("fish is not installed")
    script = installed / "share" / "fish" / "vendor_completions.d" / "ecs-autoscale.fish"
    result = subprocess.run(["fish", "-c", f"source {script}; complete -C '{line}'"], capture_output=True, text=True,
                            check=True, env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "TERM": "dumb"})
    assert offered in result.stdout.split()


def test_the_pages_come_along(installed):
    pages = {page.name for page in (installed / "share" / "doc" / "ecs-autoscale").rglob("*.md")}
    assert {page.name for page in (ROOT / "docs").glob("*.md")} <= pages
