#!/bin/sh
# Formatting, house rules, clang-tidy. Prints findings; exit status 1 if there is one.
set -eu
cd "$(dirname "$0")/.."
failed=0
find src tests bench -name '*.[ch]' -exec clang-format --dry-run -Werror {} + || failed=1
python3 tools/lint.py || failed=1
mkdir -p build/logs
cmake --preset clang >build/logs/lint.cmake 2>&1 || { cat build/logs/lint.cmake; exit 1; }
python3 tools/tidy.py || failed=1
if [ "$failed" -eq 0 ]; then echo "lint: fine"; fi
exit "$failed"
