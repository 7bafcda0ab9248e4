#!/bin/sh
# Builds the benchmarks (release) and prints the table of bench/bench.py; options go to that.
#   tools/bench.sh [--json]
# Fails where something cannot be built or measured, never for being slow.
set -eu
cd "$(dirname "$0")/.."
tools/deps.sh bench
tools/venv.sh
mkdir -p build/logs
{ cmake --preset release -DTESTS=OFF && cmake --build --preset release --target ecs-autoscale benchmarks; } \
    >build/logs/bench.build 2>&1 || { cat build/logs/bench.build >&2; exit 1; }
exec build/venv/bin/python bench/bench.py --program build/release/ecs-autoscale "$@"
