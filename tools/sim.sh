#!/bin/sh
# Builds the simulation tests and runs them:
#   tools/sim.sh test [sim_test's options]    tests/sim/sim_test.c explains them
#   tools/sim.sh regressions                  every case of tests/sim/regressions.txt
# SIM_PRESET=sanitize takes that build instead of the release one.
set -eu
cd "$(dirname "$0")/.."
preset=${SIM_PRESET:-release}
mkdir -p build/logs
log="build/logs/sim-build.$preset"
{ { [ -f "build/$preset/build.ninja" ] || cmake --preset "$preset"; } &&
    cmake --build --preset "$preset" --target sim_test; } >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
what=$1
shift
case $what in
test) exec "build/$preset/sim_test" "$@" ;;
regressions)
    failed=0
    count=0
    # seed, then the disturbances' numbers, then what it once found.
    while read -r seed only found; do
        case $seed in '' | '#'*) continue ;; esac
        count=$((count + 1))
        if ! "build/$preset/sim_test" --seeds "$seed" --only "$only" --first >"$log" 2>&1; then
            echo "again: $found"
            cat "$log"
            failed=1
        fi
    done <tests/sim/regressions.txt
    echo "$count regression cases played"
    exit "$failed"
    ;;
*)
    echo "sim: no such part: $what" >&2
    exit 2
    ;;
esac
