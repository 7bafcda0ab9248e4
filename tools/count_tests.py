#!/usr/bin/env python3
"""How many tests passed, failed and were skipped in a step of tools/test.sh: three numbers.

    tools/count_tests.py JUNIT_XML EXIT_STATUS

A step that left no such file counts as one test; one that failed though none of its tests did
(nothing could be built, it was interrupted) as one failed test more.
"""
import pathlib
import sys
import xml.etree.ElementTree


def count(path, status):
    passed = failed = skipped = 0
    if path.exists():
        for suite in xml.etree.ElementTree.parse(path).getroot().iter("testsuite"):
            total, bad, left_out = (sum(int(suite.get(name, 0)) for name in names) for names in (
                ["tests"], ["failures", "errors"], ["skipped", "disabled"]))
            passed, failed, skipped = passed + total - bad - left_out, failed + bad, skipped + left_out
    elif status == 0:
        passed = 1
    if status != 0 and failed == 0:
        failed = 1
    return passed, failed, skipped


if __name__ == "__main__":
    print(*count(pathlib.Path(sys.argv[1]), int(sys.argv[2])))
