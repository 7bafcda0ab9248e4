#!/bin/sh
# Formatting, house rules, clang-tidy. Prints findings; exit status 1 if there is one.
set -eu
cd "$(dirname "$0")/.."

sources=$(git ls-files --cached --others --exclude-standard 'src/*.c' 'tests/*.c' 'bench/*.c')
headers=$(git ls-files --cached --others --exclude-standard 'src/*.h' 'tests/*.h' 'bench/*.h')
failed=0

clang-format --dry-run -Werror $sources $headers || failed=1
python3 tools/lint.py || failed=1

cmake --preset clang >/dev/null
# A file is checked again only when it, a header or the rules changed.
stamps=build/tidy
mkdir -p "$stamps"
newest=$(ls -t $headers .clang-tidy | head -n 1)
todo=""
for source in $(git ls-files --cached --others --exclude-standard 'src/*.c'); do
    stamp="$stamps/$(echo "$source" | tr / _)"
    if [ ! "$stamp" -nt "$source" ] || [ ! "$stamp" -nt "$newest" ]; then
        todo="$todo $source"
    fi
done
if [ -n "$todo" ]; then
    printf '%s\n' $todo | xargs -P "$(nproc)" -n 4 sh -c '
        clang-tidy -p build/clang --quiet "$@" 2>/dev/null || exit 1' sh || failed=1
    if [ "$failed" -eq 0 ]; then
        for source in $todo; do touch "$stamps/$(echo "$source" | tr / _)"; done
    fi
fi
if [ "$failed" -eq 0 ]; then echo "lint: fine"; fi
exit "$failed"
