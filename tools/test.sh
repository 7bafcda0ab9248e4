#!/bin/bash
# Every test there is, or the steps that are named:
#   tools/test.sh [release | lint | sanitize | clang | fuzz-build | sanitize-build | static | image |
#                  sim | mutants | integration]...
# Stops at nothing. The last line says 'N passed, N failed, N skipped': test programs, integration
# tests and the steps without tests of their own. Under CI=true a skip is a failure.
# Each step's output is in build/logs/STEP.log; of a step that fails the end is shown.
set -u -o pipefail
cd "$(dirname "$0")/.." || exit 1
steps=("$@")
[ ${#steps[@]} -gt 0 ] || steps=(release lint sanitize clang fuzz-build sim mutants static image integration)
readonly logs="$PWD/build/logs"
readonly integration_limit_s=900
export SOURCES=${SOURCES:-any} # a security update of the distribution's is no failure of ours
tools/deps.sh build test lint static image || exit 1
tools/venv.sh || exit 1
mkdir -p "$logs"

build() { # preset [cmake option...]
    local preset=$1
    shift
    cmake --preset "$preset" "$@" && cmake --build --preset "$preset" -- --quiet
}

unit() { # preset
    # Leaks count, too; a failure shows the test's whole output.
    build "$1" && ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 \
        ctest --test-dir "build/$1" --output-on-failure -j "$(nproc)" --output-junit "$logs/$1.xml"
}

run_step() {
    case $1 in
    release) build release -DTESTS=OFF && ln -sfn release/ecs-autoscale build/ecs-autoscale ;;
    lint) tools/lint.sh ;;
    sanitize | clang) unit "$1" ;;
    sanitize-build) build sanitize ;;
    fuzz-build) build fuzz ;;
    static) tools/static.sh ;;
    image)
        if [ "$(id -u)" -eq 0 ]; then
            tools/dockerfile_steps.py build/docker
        else
            echo "the Dockerfile's steps need root: its tests are skipped"
        fi
        ;;
    sim)
        tools/sim.sh test --seeds 1..2000 && tools/sim.sh regressions &&
            SIM_PRESET=sanitize tools/sim.sh test --seeds 1..60 &&
            SIM_PRESET=sanitize tools/sim.sh regressions
        ;;
    mutants) python3 tests/sim/mutants.py ;;
    integration)
        tools/rie.sh || echo "the tests that need Lambda's emulator are skipped"
        # Interrupted when it takes too long: it then stops its servers.
        timeout --signal=INT --kill-after=30 "$integration_limit_s" \
            build/venv/bin/python -m pytest -q -p no:cacheprovider -rs --durations=5 \
            tests/integration --program build/ecs-autoscale \
            --sanitized build/sanitize/ecs-autoscale --junit-xml "$logs/integration.xml"
        ;;
    *)
        echo "no such step: $1"
        return 2
        ;;
    esac
}

passed=0 failed=0 skipped=0
for step in "${steps[@]}"; do
    start=$SECONDS
    rm -f "$logs/$step.xml"
    status=0
    run_step "$step" >"$logs/$step.log" 2>&1 || status=$?
    read -r step_passed step_failed step_skipped < <(build/venv/bin/python tools/count_tests.py \
        "$logs/$step.xml" "$status")
    passed=$((passed + step_passed))
    failed=$((failed + step_failed))
    skipped=$((skipped + step_skipped))
    if [ "$status" -eq 0 ] && [ "$step_failed" -eq 0 ]; then
        echo "$step: $step_passed passed, $((SECONDS - start)) s"
    else
        tail -n 120 "$logs/$step.log"
        echo "$step: FAILED (status $status, $((SECONDS - start)) s); all of it: build/logs/$step.log"
    fi
    [ "$step_skipped" -eq 0 ] || grep '^SKIPPED' "$logs/$step.log"
done

status=0
[ "$failed" -eq 0 ] || status=1
if [ "$skipped" -gt 0 ] && [ "${CI:-}" = "true" ]; then
    echo "skipped tests are failures here (CI=true)"
    status=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
