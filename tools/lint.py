#!/usr/bin/env python3
"""The house rules that a compiler does not check. Usage: tools/lint.py [--headers CC]

Includes point downwards only; headers are self-contained; every .c file ends its includes with
base/banned.h; malloc and friends appear in base/ only; files, functions and parameter lists stay
small. Prints file:line: message for each finding; exit status 1 if there is one.
"""
import concurrent.futures
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# room: the rooms its files may include, besides its own. "*": all.
ROOMS = {
    "base": [],
    "static": ["base"],
    "model": ["base"],
    "expression": ["base", "model"],
    "document": ["base", "model"],
    "definition": ["base", "model", "expression", "document"],
    "http": ["base"],
    "cloud": ["base", "model"],
    "cloud/aws": ["base", "model", "http", "cloud"],
    "cloud/sim": ["base", "model", "http", "cloud"],
    "observe": ["base", "model", "expression", "cloud"],
    "decide": ["base", "model", "expression"],
    "apply": ["base", "model", "cloud"],
    "record": ["base", "model", "expression", "cloud"],
    "scenario": ["base", "model", "document", "definition", "cloud", "cloud/sim"],
    "report": ["base"],
    "pass": ["*"],
    "simulate": ["*"],
    "lambda": ["*"],
    "command": ["*"],
    ".": ["*"],
}
# Nothing but these sees the rooms at the top.
TOP = {"command", "lambda", "simulate", "pass"}
MAY_SEE_TOP = {"command": {"lambda", "simulate", "pass"}, "lambda": {"pass"}, "simulate": {"pass"},
               ".": {"command", "lambda", "pass"}}

HEADER_LINES = 200
SOURCE_LINES = 500
FUNCTION_LINES = 70
PARAMETERS = 6
# Functions whose parameters a library says: room/file.c:name.
FOREIGN = {"cloud/sim/wire_server.c:on_request"}  # MHD_AccessHandlerCallback
ALLOCATION = re.compile(r"(?<![\w.>])(malloc|calloc|realloc|free|strdup|strndup|asprintf)\s*\(")


def room_of(path):
    parts = path.relative_to(ROOT / "src").parts[:-1]
    for length in (2, 1):
        name = "/".join(parts[:length])
        if len(parts) >= length and name in ROOMS:
            return name
    return "." if not parts else None


def check_includes(path, lines, report):
    room = room_of(path)
    if room is None:
        report(path, 1, f"no such room in tools/lint.py: {path.parent.relative_to(ROOT)}")
        return
    last = None
    for number, line in enumerate(lines, 1):
        match = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
        if not match:
            continue
        last = match.group(2)
        if match.group(1) == "<" or match.group(2) == "version.h":
            continue
        target = ROOT / "src" / match.group(2)
        if not target.exists():
            report(path, number, f"include from src/: no file {match.group(2)}")
            continue
        other = room_of(target)
        if other == room:
            continue
        allowed = ROOMS[room]
        if other in TOP:
            if other not in MAY_SEE_TOP.get(room, set()):
                report(path, number, f"{room}/ must not see {other}/")
        elif "*" not in allowed and other not in allowed:
            report(path, number, f"{room}/ must not include {other}/: includes point downwards")
    if path.suffix == ".c" and last != "base/banned.h":
        report(path, 1, "the last include must be base/banned.h")


def check_sizes(path, lines, report):
    limit = HEADER_LINES if path.suffix == ".h" else SOURCE_LINES
    if len(lines) > limit:
        report(path, limit, f"{len(lines)} lines, over {limit}: make another room or file of it")
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            if number - start - 1 > FUNCTION_LINES:
                report(path, start, f"function of {number - start - 1} lines, over {FUNCTION_LINES}")
            start = None


def check_parameters(path, text, report):
    for match in re.finditer(r"^(?!#|\s|typedef|else)[\w\s\*]+?[\s\*](\w+)\(([^;{}()]*(?:\([^()]*\)[^;{}()]*)*)\)"
                             r"[^;{}()]*(?:\{|;|PRINTF_LIKE)", text, re.M):
        parameters = re.sub(r"\([^()]*\)", "", match.group(2))
        count = parameters.count(",") + 1
        if count > PARAMETERS and f"{path.relative_to(ROOT / 'src')}:{match.group(1)}" not in FOREIGN:
            line = text.count("\n", 0, match.start()) + 1
            report(path, line, f"{match.group(1)} takes {count} parameters, over {PARAMETERS}: "
                               "make an options struct")


def strip_comments(text):
    keep_lines = lambda match: re.sub(r"[^\n]", " ", match.group(0))
    text = re.sub(r'"(?:\\.|[^"\\\n])*"', keep_lines, text)
    return re.sub(r"/\*.*?\*/|//[^\n]*", keep_lines, text, flags=re.S)


def check_allocation(path, text, report):
    if room_of(path) == "base":
        return
    for match in ALLOCATION.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        report(path, line, f"{match.group(1)}() outside base/: use an arena, a buf or base/memory.h")


def check_header(compiler, path):
    name = path.relative_to(ROOT / "src")
    flags = subprocess.run(["pkg-config", "--cflags", "libcurl", "libfyaml", "jansson", "expat"],
                           capture_output=True, text=True).stdout.split()
    result = subprocess.run(
        [compiler, "-std=gnu17", "-fsyntax-only", "-D_GNU_SOURCE", "-x", "c", "-", "-I", ROOT / "src",
         *flags], input=f'#include "{name}"\n#include "{name}"\n', capture_output=True, text=True)
    return path, result.returncode, result.stderr


def main():
    findings = []

    def report(path, line, message):
        findings.append(f"{path.relative_to(ROOT)}:{line}: {message}")

    files = sorted([*(ROOT / "src").rglob("*.c"), *(ROOT / "src").rglob("*.h")])
    for path in files:
        text = path.read_text()
        lines = text.splitlines()
        bare = strip_comments(text)
        check_includes(path, lines, report)
        check_sizes(path, lines, report)
        check_parameters(path, bare, report)
        check_allocation(path, bare, report)
    compiler = sys.argv[2] if len(sys.argv) > 2 and sys.argv[1] == "--headers" else "cc"
    headers = [path for path in files if path.suffix == ".h"]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for path, status, text in pool.map(lambda path: check_header(compiler, path), headers):
            if status != 0:
                report(path, 1, "not self-contained: " + text.strip().splitlines()[0])
    print("\n".join(findings) if findings else f"house rules: {len(files)} files fine")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
