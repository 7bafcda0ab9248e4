#!/usr/bin/env python3
"""Shows that the rules of the simulation tests bite: breaks the program on purpose, one way at a
time, in a scratch copy, and sees to it that sim_test finds each within its seeds.

Usage: tests/sim/mutants.py [--seeds 1..2000] [--only NAME] [--list]

A mutation is a file, a text that stands in it exactly once, and what is put in its place. Exit
status 1 if one survives, or if a text is no longer where it was: then the list has to follow.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SCRATCH = ROOT / "build/mutants"

# name: file, from, to
MUTATIONS = {
    "services may pass their max": (
        "src/decide/service.c", "d->definition->min, d->definition->max);\n        if (target ==",
        "d->definition->min, d->definition->max + 1);\n        if (target =="),
    "bounds of services are not kept": (
        "src/decide/service.c", "if (desired >= min && desired <= max)", "if (desired <= max)"),
    "a missing metric is passed over": (
        "src/decide/service.c", "hold_missing(d, i, &result);\n            return;",
        "hold_missing(d, i, &result);\n            continue;"),
    "ranges leave their lower end out": (
        "src/decide/service.c", "if (order < 0 || order == 2)", "if (order <= 0 || order == 2)"),
    "the last event wins": (
        "src/decide/service.c", "decide_by(d, i, target);\n        return;", "decide_by(d, i, target);\n        continue;"),
    "actions count from the running tasks": (
        "src/decide/service.c", "number_clamp(number_add(d->facts->desired, event->action),",
        "number_clamp(number_add(d->facts->running, event->action),"),
    "scale-in does not wait for tasks that stop": (
        "src/decide/service.c",
        "if (out ? facts->running < facts->desired : facts->running > facts->desired)",
        "if (out && facts->running < facts->desired)"),
    "draining instances count towards the min": (
        "src/decide/scale_in.c", "if (number_sub(o->desired, o->draining) <= o->wanted.min)",
        "if (o->desired <= o->wanted.min)"),
    "a group is scaled in at its min": (
        "src/decide/scale_in.c", "if (number_sub(o->desired, o->draining) <= o->wanted.min)",
        "if (number_sub(o->desired, o->draining) < o->wanted.min)"),
    "held services do not hold the group": (
        "src/decide/scale_in.c", "if (!o->services[i].lacks_facts)", "if (true)"),
    "protected instances are drained": (
        "src/decide/scale_in.c", "!instance->is_protected && !instance->is_doubled", "!instance->is_doubled"),
    "instances of other groups are drained": (
        "src/decide/scale_in.c", "instance->membership == MEMBER_IN_SERVICE &&",
        "instance->membership != MEMBER_LEAVING &&"),
    "a candidate's tasks need no other place": (
        "src/decide/scale_in.c", "at->result = try_block(o, bin, at, is_empty(whole, tasks));",
        "at->result = try_block(o, bin, at, is_empty(whole, 0) || tasks > 0);"),
    "protected instances are terminated": (
        "src/decide/outlook.c", 'if (instance->is_protected)\n        return "protected from scale-in";', ""),
    "desired goes below min with a termination": (
        "src/decide/outlook.c", "bool decrement = o->desired > o->wanted.min;", "bool decrement = true;"),
    "desired passes max": (
        "src/decide/scale_out.c", "if (o->desired >= o->wanted.max) {", "if (o->desired > o->wanted.max) {"),
    "what is arriving does not count": (
        "src/decide/outlook.c", "o->arriving = number_max(number_sub(o->desired, o->registered), 0);",
        "o->arriving = 0;"),
    "tasks that start are wanted twice": (
        "src/decide/demand.c", "number_add(number_max(facts->running, 0), number_max(facts->pending, 0))",
        "number_max(facts->running, 0)"),
    "demand of placed services is forgotten": (
        "src/decide/demand.c", "return number_clamp(number_sub(decision->target, there), 0, LIMIT_COUNT);",
        "return 0;"),
    "a switched-off group is scaled": (
        "src/decide/outlook.c", "else if (group_is_off(o))\n        o->left_alone", "else if (false)\n        o->left_alone"),
    "the definition's max is not set": (
        "src/decide/outlook.c", ".max = definition->has_max ? definition->max : group->max};",
        ".max = group->max};"),
    "drained instances stay": (
        "src/decide/outlook.c", "if (!empty || outlook_keeps_drained(instance) != NULL) {", "if (true) {"),
    "drained or not, it is terminated": (
        "src/decide/outlook.c", "if (!empty || outlook_keeps_drained(instance) != NULL) {",
        "if (outlook_keeps_drained(instance) != NULL) {"),
    "a plan has no order": (
        "src/decide/decide.c", "    group_decide(&outlook, plan);\n    add_service_actions(&outlook, plan, ACTION_SERVICE_IN);",
        "    add_service_actions(&outlook, plan, ACTION_SERVICE_IN);\n    group_decide(&outlook, plan);"),
    "what depends on a failed action goes ahead": (
        "src/apply/apply.c", "if (outcome_at(applying, on)->status != OUTCOME_APPLIED) {", "if (false) {"),
    "a dry run is applied": (
        "src/pass/pass.c", "if (!journey->options->apply) {", "if (false) {"),
}


def run(*words, **options):
    return subprocess.run(words, capture_output=True, text=True, check=False, **options)


def prepare():
    """The sources as they are now, configured."""
    files = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT).stdout.split("\0")
    shutil.rmtree(SCRATCH / "tree", ignore_errors=True)
    for name in filter(None, files):
        if (ROOT / name).is_file():
            target = SCRATCH / "tree" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)  # with the time of now: what was built of mutants is old
    # -O1: what counts is the time to build and to the first finding.
    made = run("cmake", "-S", SCRATCH / "tree", "-B", SCRATCH / "build", "-G", "Ninja", "-DTESTS=OFF",
               "-DWERROR=OFF", "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_C_FLAGS_DEBUG=-O1")
    if made.returncode != 0:
        sys.exit(made.stdout + made.stderr)
    build("unchanged")


def build(name):
    built = run("cmake", "--build", SCRATCH / "build", "--target", "sim_test")
    if built.returncode != 0:
        sys.exit(f"{name}: does not build\n{built.stdout}{built.stderr}")


def try_mutation(name, seeds):
    """The first finding, or None where the mutant survives."""
    file, old, new = MUTATIONS[name]
    path = SCRATCH / "tree" / file
    text = path.read_text()
    if text.count(old) != 1:
        sys.exit(f"{name}: its text stands {text.count(old)} times in {file}, not once")
    path.write_text(text.replace(old, new))
    try:
        build(name)
        played = run(SCRATCH / "build/sim_test", "--first", "--seeds", seeds, timeout=600)
    finally:
        path.write_text(text)
    return played.stdout.splitlines()[0] if played.returncode == 1 else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="1..2000")
    parser.add_argument("--only", action="append", choices=list(MUTATIONS))
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    names = options.only or list(MUTATIONS)
    if options.list:
        print("\n".join(names))
        return 0
    prepare()
    survivors = 0
    for name in names:
        start = time.monotonic()
        finding = try_mutation(name, options.seeds)
        survivors += finding is None
        print(f"{name}: {finding or 'SURVIVES'} ({time.monotonic() - start:.1f} s)", flush=True)
    print(f"{len(names) - survivors} of {len(names)} mutants found")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
