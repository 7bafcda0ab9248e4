#!/bin/bash
# `make test`: every test there is. Stops at nothing; the last lines say what failed and how many
# tests were skipped. Under CI=true a skip is a failure.
set -u
cd "$(dirname "$0")/.."
tools/deps.sh build test lint || exit 1
make --no-print-directory build/venv/.done || exit 1
mkdir -p build/logs

declare -a failed=()
step() {
    local name=$1 start=$SECONDS
    shift
    echo "== $name"
    if "$@"; then
        echo "== $name: ok ($((SECONDS - start)) s)"
    else
        echo "== $name: FAILED"
        failed+=("$name")
    fi
}

build_and_ctest() { # preset
    cmake --preset "$1" >"build/logs/$1.cmake" 2>&1 || { cat "build/logs/$1.cmake"; return 1; }
    cmake --build --preset "$1" >"build/logs/$1.build" 2>&1 || { tail -n 40 "build/logs/$1.build"; return 1; }
    # Leaks count, too; a failure shows the test's whole output.
    ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 \
        ctest --test-dir "build/$1" --output-on-failure -j "$(nproc)" | tail -n 60
}

integration() {
    build/venv/bin/python -m pytest -q -p no:cacheprovider -rs tests/integration \
        --program build/ecs-autoscale --sanitized build/sanitize/ecs-autoscale \
        --junit-xml build/logs/integration.xml
}

step "release build" make --no-print-directory all
step "lint" tools/lint.sh
step "unit tests and fuzz corpora, ASan+UBSan, gcc" build_and_ctest sanitize
step "unit tests, clang" build_and_ctest clang
step "integration tests" integration

skipped=$(build/venv/bin/python - <<'PYTHON'
import re
try:
    text = open("build/logs/integration.xml").read()
    print(sum(int(count) for count in re.findall(r'<testsuite [^>]*skipped="(\d+)"', text)))
except OSError:
    print(0)
PYTHON
)
echo "$skipped tests skipped"
if [ "$skipped" -gt 0 ] && [ "${CI:-}" = "true" ]; then
    failed+=("skipped tests under CI")
fi
if [ ${#failed[@]} -gt 0 ]; then
    printf 'FAILED: %s\n' "${failed[@]}"
    exit 1
fi
echo "all tests passed"
