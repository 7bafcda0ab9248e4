#!/bin/bash
# Builds the program as one static file that needs nothing of the system it runs on.
#   tools/static.sh [x86_64 | arm64 | native]...        (the first two)
# Gives build/static/ARCH/ecs-autoscale, and built-from.txt beside it. The distribution's own
# packages are unpacked under build/static; the machine's set of packages and /etc/apt stay as they
# are. What is built is kept for as long as tools/static/recipe.sh and the packages stay the same.
set -eu -o pipefail
cd "$(dirname "$0")/.."
. tools/static/recipe.sh
readonly home="$PWD/build/static"
readonly log="$home/log"
export APT_CONFIG="$home/apt/apt.conf" LC_ALL=C.UTF-8
# A compiler cache's objects are not the very same bytes.
unset CMAKE_C_COMPILER_LAUNCHER
[ $# -gt 0 ] || set -- x86_64 arm64

fail() {
    echo "static: $*" >&2
    exit 1
}

native() {
    case "$(uname -m)" in
    aarch64) echo arm64 ;;
    *) uname -m ;;
    esac
}

# Debian's names: the architecture of packages, the compiler's prefix.
set_names() { # ARCH
    case $1 in
    x86_64) debian=amd64 triplet=x86_64-linux-gnu ;;
    arm64) debian=arm64 triplet=aarch64-linux-gnu ;;
    *) fail "no such architecture: $1 (x86_64 or arm64)" ;;
    esac
    sysroot="$home/$1/sysroot"
}

logged() { # NAME COMMAND...
    local name=$1
    shift
    "$@" >"$log/$name.log" 2>&1 || {
        tail -n 40 "$log/$name.log" >&2
        fail "failed: $name; all of it: build/static/log/$name.log"
    }
}

prepare_apt() {
    command -v apt-get >/dev/null || fail "needs a Debian-like system: it is built from packages"
    mkdir -p "$log"
    python3 tools/static/apt.py "$home/apt"
    [ -z "$(find "$home/apt/updated" -mmin -360 2>/dev/null)" ] || return 0
    # A source of the machine that cannot be read (a third party's) is no trouble by itself.
    apt-get update >"$log/apt-update.log" 2>&1 || true
    touch "$home/apt/updated"
}

# What the distribution has now: also part of what a build is kept for.
list_packages() {
    apt-cache show --no-all-versions $(printf "%s:$debian\n" $packages) 2>/dev/null |
        awk '/^Package:/ {name = $2} /^Version:/ {version = $2} /^SHA256:/ {print name, version, $2}' |
        sort >"$1"
    [ "$(wc -l <"$1")" -eq "$(echo $packages | wc -w)" ] ||
        fail "the package sources have only these for $debian: $(cut -d' ' -f1 "$1" | xargs)" \
            "(wanted: $(echo $packages); build/static/log/apt-update.log)"
}

fetch_curl() {
    local source="$home/source" served
    served=$(apt-cache showsrc --only-source curl 2>/dev/null | awk '/^Version:/ {print $2}' | sort -Vu)
    local wanted=${CURL:-pinned}
    if [ "$wanted" = any ]; then # the pinned one as long as there is one
        wanted=pinned
        echo "$served" | grep -qxF -- "$curl_version" || [ -f "$source/$curl_version/done" ] || wanted=served
    fi
    if [ "$wanted" = served ]; then
        curl_version=$(echo "$served" | tail -n 1)
        [ -n "$curl_version" ] || fail "the package sources have no source package 'curl'"
        echo "static: libcurl is not the pinned one but what is served: $curl_version"
    elif ! echo "$served" | grep -qxF -- "$curl_version" && [ ! -f "$source/$curl_version/done" ]; then
        fail "curl $curl_version, pinned in tools/static/recipe.sh, is not served any more;" \
            "served: $(echo ${served:-none}). Pin that one, or build it now: CURL=served make static"
    fi
    [ ! -f "$source/$curl_version/done" ] || return 0
    rm -rf "${source:?}/$curl_version"
    mkdir -p "$source/$curl_version"
    cd "$source/$curl_version"
    logged curl-download apt-get source --download-only --only-source "curl=$curl_version"
    if [ "$wanted" = pinned ]; then
        echo "$curl_files" | sed -n 's/^\([0-9a-f]\{64\}\) /\1  /p' >sums
        logged curl-sums sha256sum --strict --check sums
    fi
    logged curl-unpack dpkg-source --no-check -x curl_*.dsc curl
    touch done
    cd - >/dev/null
}

unpack_sysroot() { # ARCH
    local package deb
    rm -rf "$sysroot"
    mkdir -p "$sysroot" "$home/$1/debs"
    cd "$home/$1/debs"
    logged "packages-$1" apt-get download $(printf "%s:$debian\n" $packages)
    cd - >/dev/null
    while read -r package version sum; do
        deb="$home/$1/debs/${package}_${version//:/%3a}_$debian.deb"
        echo "$sum  $deb" | sha256sum --quiet --check - >&2 || fail "not what the package lists say: $deb"
        dpkg -x "$deb" "$sysroot"
    done <"$home/$1/built-from.txt.new"
    rm -r "$home/$1/debs"
}

# The names the build puts into debugging texts and assertions are the same on every machine.
map_paths() { # ARCH
    printf -- '-ffile-prefix-map=%s=. ' "$home/$1/curl" "$home/source/$curl_version/curl" "$PWD"
}

build_curl() { # ARCH
    local build="$home/$1/curl"
    rm -rf "$build"
    mkdir -p "$build"
    cd "$build"
    logged "curl-configure-$1" "$home/source/$curl_version/curl/configure" --host="$triplet" \
        --prefix=/usr/local ${curl_on//SYSROOT/$sysroot} $curl_off \
        CC="$compiler --sysroot=$sysroot" CPPFLAGS= LDFLAGS= \
        CFLAGS="$curl_cflags $(cd "$OLDPWD" && map_paths "$1")" \
        PKG_CONFIG=/bin/false LIBS="-lcares -lnghttp2 -lssl -lcrypto -lz"
    logged "curl-build-$1" make -C lib -j "$(nproc)"
    logged "curl-install-$1" make -C lib install-libLTLIBRARIES DESTDIR="$sysroot"
    logged "curl-headers-$1" make -C include install DESTDIR="$sysroot"
    cd - >/dev/null
}

build_program() { # ARCH
    logged "program-configure-$1" cmake -G Ninja -S . -B "$home/$1/cmake" -DSTATIC=ON \
        -DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/toolchain-static.cmake" -DSTATIC_TRIPLET="$triplet" \
        -DCMAKE_SYSROOT="$sysroot" -DCMAKE_BUILD_TYPE=Release -DTESTS=OFF
    logged "program-build-$1" cmake --build "$home/$1/cmake" --target ecs-autoscale
    cmp -s "$home/$1/cmake/ecs-autoscale" "$home/$1/ecs-autoscale" ||
        cp "$home/$1/cmake/ecs-autoscale" "$home/$1/ecs-autoscale"
}

build() { # ARCH
    local start=$SECONDS what
    set_names "$1"
    compiler="$triplet-gcc"
    command -v "$compiler" >/dev/null || fail "there is no $compiler"
    mkdir -p "$home/$1"
    list_packages "$home/$1/built-from.txt.new"
    what=$( { echo "$curl_version"; cat tools/static/recipe.sh tools/static.sh "$home/$1/built-from.txt.new"
        "$compiler" --version; echo "$PWD"; } | sha256sum)
    if [ "$what" != "$(cat "$home/$1/stamp" 2>/dev/null)" ]; then
        rm -f "$home/$1/stamp"
        unpack_sysroot "$1"
        build_curl "$1"
        { echo "curl $curl_version"; cut -d' ' -f1,2 "$home/$1/built-from.txt.new"
            "$compiler" --version | head -n 1; } >"$home/$1/built-from.txt"
        echo "$what" >"$home/$1/stamp"
    fi
    rm -f "$home/$1/built-from.txt.new"
    build_program "$1"
    echo "build/static/$1/ecs-autoscale: $(stat -c %s "$home/$1/ecs-autoscale") bytes, $((SECONDS - start)) s"
}

prepare_apt
fetch_curl
builds=""
mkdir -p "$home"
ln -sfn "$(native)" "$home/native"
for arch in "$@"; do
    [ "$arch" != native ] || arch=$(native)
    (build "$arch") &
    builds="$builds $!"
done
status=0
for job in $builds; do wait "$job" || status=1; done
exit "$status"
