#!/bin/sh
# Builds the fuzz targets with libFuzzer and runs each for so many seconds, from its corpus.
# What it finds is left in build/fuzz/findings/; a finding makes the exit status 1.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz
failed=0
for target in build/fuzz/fuzz_*; do
    [ -x "$target" ] && [ -f "$target" ] || continue
    name=$(basename "$target")
    grown="build/fuzz/corpus/$name"
    mkdir -p "$grown" "build/fuzz/findings/$name"
    printf '%-32s' "$name"
    if "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="build/fuzz/findings/$name/" "$grown" "tests/fuzz/corpus/$name" \
        >"build/fuzz/$name.log" 2>&1; then
        awk '/number_of_executed_units/ {print $2 " runs, nothing found"}' "build/fuzz/$name.log"
    else
        echo "FOUND SOMETHING: build/fuzz/$name.log, build/fuzz/findings/$name/"
        failed=1
    fi
done
exit "$failed"
