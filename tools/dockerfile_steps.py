#!/usr/bin/env python3
"""Runs the steps of the Dockerfile without Docker: each stage in a root of its own, by chroot.

    tools/dockerfile_steps.py FOLDER        (as root)

`FROM debian:SUITE-slim` is a root made by debootstrap, kept as FOLDER/SUITE.tar; the machine's own
package sources stand in for the image's. RUN is run in it, COPY copies as .dockerignore lets it.
The last stage is left in FOLDER/image, its ENTRYPOINT, ENV and WORKDIR in FOLDER/image.json.
An instruction this does not know is an error: a step that is left out would prove nothing.
"""
import fnmatch
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def instructions(text):
    """(keyword, rest) of each instruction; comments and continuation lines are resolved."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        if line.strip():
            keyword, _, rest = line.strip().partition(" ")
            yield keyword.upper(), rest.strip()


def apt_files():
    """The machine's package sources and how it reaches them, without hooks."""
    apt = pathlib.Path("/etc/apt")
    yield from (path for path in [apt / "sources.list", *(apt / "sources.list.d").glob("*")]
                if path.suffix in (".list", ".sources") and path.is_file())
    yield from (path for path in (apt / "apt.conf.d").glob("*")
                if not re.search(r"Invoke|Pre-Install-Pkgs", path.read_text()))
    yield from (path for path in (apt / "auth.conf.d").glob("*"))


def mirror():
    """Where this machine gets Debian from."""
    for path in apt_files():
        for match in re.finditer(r"^(?:URIs: *|deb +(?:\[[^\]]*\] +)?)(https?://\S+)", path.read_text(), re.M):
            if re.search(r"/debian/?$", match[1]):
                return match[1]
    return "http://deb.debian.org/debian"


class Stage:
    def __init__(self, root):
        self.root, self.env, self.folder, self.entrypoint = root, {}, "/", []
        root.mkdir(parents=True)

    def path(self, name):
        return self.root / os.path.join(self.folder, name).lstrip("/")

    def run(self, command):
        for name in ("resolv.conf", "hosts"):  # as Docker does, while a step runs
            if pathlib.Path("/etc", name).exists():
                shutil.copy(pathlib.Path("/etc", name), self.root / "etc" / name)
        proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
        # With a /proc of its own where that is allowed, which ends with the step.
        script = ("mount -t proc proc \"$0/proc\" 2>/dev/null || true; "
                  "exec chroot \"$0\" /bin/sh -c \"cd '$1' && $2\"")
        wrapper = ["unshare", "--mount", "--pid", "--fork"]
        if subprocess.run([*wrapper, "true"], capture_output=True).returncode != 0:
            wrapper = []
        subprocess.run([*wrapper, "/bin/sh", "-c", script, self.root, self.folder, command],
                       env={"PATH": PATH, "HOME": "/root", **proxies, **self.env}, check=True)


class Build:
    def __init__(self, folder):
        self.folder, self.stages, self.stage = folder, {}, None

    def do_from(self, rest):
        image, _, name = rest.partition(" AS ")
        root = self.folder / "stages" / (name or "last")
        self.stage = self.stages[name or "last"] = Stage(root)
        suite = re.fullmatch(r"debian:(\w+)-slim", image)
        if image == "scratch":
            return
        if not suite:
            raise SystemExit(f"FROM {image}: only scratch and debian:SUITE-slim are known here")
        tar = self.folder / f"{suite[1]}.tar"
        if not tar.exists():
            made = self.folder / "debootstrap"
            shutil.rmtree(made, ignore_errors=True)
            subprocess.run(["debootstrap", "--variant=minbase", suite[1], made, mirror()], check=True)
            shutil.rmtree(made / "var" / "cache" / "apt" / "archives", ignore_errors=True)
            subprocess.run(["tar", "-C", made, "-cf", f"{tar}.new", "."], check=True)
            os.rename(f"{tar}.new", tar)
            shutil.rmtree(made)
        subprocess.run(["tar", "-C", root, "-xf", tar], check=True)
        (root / "etc" / "apt" / "sources.list").unlink(missing_ok=True)
        for path in apt_files():
            shutil.copy(path, root / path.relative_to("/"))

    def do_copy(self, rest):
        """Folders alone, in whole."""
        words = shlex.split(rest)
        source_root, ignore = ROOT, ignored
        if words[0].startswith("--from="):
            source_root, ignore = self.stages[words.pop(0).removeprefix("--from=")].root, None
        target = self.stage.path(words.pop())
        for word in words:
            source = source_root / word.lstrip("/")
            if not source.is_dir():
                raise SystemExit(f"COPY {rest}: only folders are known here")
            shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True, ignore=ignore)

    def do_run(self, rest):
        self.stage.run(rest)

    def do_arg(self, rest):
        """A build argument: the variable of that name, where it is set here, else its default."""
        name, _, value = rest.partition("=")
        self.stage.env.setdefault(name, os.environ.get(name, value))

    def do_env(self, rest):
        for word in shlex.split(rest):
            name, _, value = word.partition("=")
            self.stage.env[name] = value

    def do_workdir(self, rest):
        self.stage.folder = os.path.join(self.stage.folder, rest)
        self.stage.path(".").mkdir(parents=True, exist_ok=True)

    def do_entrypoint(self, rest):
        self.stage.entrypoint = json.loads(rest)


def ignored(folder, names):
    """What .dockerignore keeps out of the build; its last line that fits counts."""
    rules = [line.strip() for line in (ROOT / ".dockerignore").read_text().splitlines()
             if line.strip() and not line.startswith("#")]
    if pathlib.Path(folder) != ROOT:
        return set()  # its rules here are about the top folder
    out = set()
    for name in names:
        for rule in rules:
            if fnmatch.fnmatch(name, rule.removeprefix("!")):
                (out.discard if rule.startswith("!") else out.add)(name)
    return out


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    if os.geteuid() != 0:
        raise SystemExit("dockerfile_steps: chroot is root's: run this as root")
    for old in ("stages", "image"):
        shutil.rmtree(folder / old, ignore_errors=True)
    (folder / "image.json").unlink(missing_ok=True)
    build = Build(folder)
    for keyword, rest in instructions((ROOT / "Dockerfile").read_text()):
        step = getattr(build, "do_" + keyword.lower(), None)
        if step is None:
            raise SystemExit(f"dockerfile_steps: instruction {keyword} is not known here")
        print(f"=== {keyword} {rest}", flush=True)
        step(rest)
    last = build.stage
    os.rename(last.root, folder / "image")
    shutil.rmtree(folder / "stages")
    (folder / "image.json").write_text(json.dumps(
        {"entrypoint": last.entrypoint, "env": last.env, "folder": last.folder}))


if __name__ == "__main__":
    main()
