#!/usr/bin/env python3
"""clang-tidy over src/, in parallel. A file is looked at again only where
it, something it includes, how it is compiled or the rules have changed since it was found clean:
build/tidy/ holds a stamp for each such text. Needs build/clang (cmake --preset clang).
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/clang"
STAMPS = ROOT / "build/tidy"


def key_of(entry, rules):
    """A hash of everything that decides what clang-tidy says; system headers by clang's version."""
    command = shlex.split(entry["command"])
    output = command.index("-o")
    plain = [word for place, word in enumerate(command) if place not in (output, output + 1) and word != "-c"]
    listed = subprocess.run([*plain, "-MM"], cwd=entry["directory"], capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        return None
    names = listed.stdout.partition(":")[2].replace("\\\n", " ").split()
    text = hashlib.sha256(rules + entry["command"].encode())
    for name in names:
        content = (pathlib.Path(entry["directory"]) / name).read_bytes()
        text.update(name.encode() + hashlib.sha256(content).digest())
    return text.hexdigest()


def check(entry, rules):
    """What clang-tidy found, or None."""
    key = key_of(entry, rules)
    if key and (STAMPS / key).exists():
        (STAMPS / key).touch()
        return None
    result = subprocess.run(["clang-tidy", "-p", BUILD, "--quiet", entry["file"]], cwd=ROOT, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    if result.returncode != 0:
        return result.stdout.strip() or f"{entry['file']}: clang-tidy failed"
    if key:
        (STAMPS / key).touch()
    return None


def forget_old(most=5000):
    stamps = sorted(STAMPS.iterdir(), key=lambda stamp: stamp.stat().st_mtime)
    for stamp in stamps[:-most]:
        stamp.unlink()


def main():
    STAMPS.mkdir(parents=True, exist_ok=True)
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True).stdout
    rules = version + (ROOT / ".clang-tidy").read_bytes()
    entries = json.loads((BUILD / "compile_commands.json").read_text())
    # Once a file, though several programs may be built of it.
    entries = list({entry["file"]: entry for entry in entries
                    if entry["file"].startswith(str(ROOT / "src"))}.values())
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = [text for text in pool.map(lambda entry: check(entry, rules), entries) if text]
    forget_old()
    print("\n".join(found) if found else f"clang-tidy: {len(entries)} files fine")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
