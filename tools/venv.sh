#!/bin/sh
# The Python packages of tests/requirements.txt, in build/venv. Says so when it installs; does
# nothing, quickly, where they are there already. What counts is the list's text, not its date.
set -eu
cd "$(dirname "$0")/.."
venv=build/venv
tools/deps.sh python
cmp -s tests/requirements.txt "$venv/installed.txt" && exit 0
echo "venv: installing Python packages into $venv"
mkdir -p build
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check -r tests/requirements.txt
cp tests/requirements.txt "$venv/installed.txt"
