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

# A source package, unpacked under build/static/source. SOURCES: pinned (nothing else will do), served
# (the newest there is), any (the pinned one, served where that is gone). NAME_version becomes it.
fetch() { # NAME
    local name=$1 wanted=${SOURCES:-pinned} served folder
    local -n version="${1}_version" files="${1}_files"
    served=$(apt-cache showsrc --only-source "$name" 2>/dev/null | awk '/^Version:/ {print $2}' | sort -Vu)
    if [ "$wanted" != served ] && ! echo "$served" | grep -qxF -- "$version" &&
        [ ! -f "$home/source/$name-$version/done" ]; then
        [ "$wanted" = any ] ||
            fail "$name $version, pinned in tools/static/recipe.sh, is not served any more;" \
                "served: $(echo ${served:-none}). Pin that one, or build it now: SOURCES=served make static"
        wanted=served
    fi
    if [ "$wanted" = served ]; then
        version=$(echo "$served" | tail -n 1)
        [ -n "$version" ] || fail "the package sources have no source package '$name'"
        echo "static: $name is not the pinned one but what is served: $version"
    fi
    folder="$home/source/$name-$version"
    [ ! -f "$folder/done" ] || return 0
    rm -rf "$folder"
    mkdir -p "$folder"
    cd "$folder"
    logged "$name-download" apt-get source --download-only --only-source "$name=$version"
    if [ "$wanted" != served ]; then
        echo "$files" | sed -n 's/^\([0-9a-f]\{64\}\) /\1  /p' >sums
        logged "$name-sums" sha256sum --strict --check sums
    fi
    logged "$name-unpack" dpkg-source --no-check -x "$name"_*.dsc "$name"
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

# Configures, builds and puts into the sysroot what is in two folders of a source: a library, headers.
build_library() { # ARCH NAME FOLDER FOLDER OPTION...
    local arch=$1 name=$2 library=$3 headers=$4 build="$home/$1/$2" from paths
    local -n version="${2}_version"
    shift 4
    from="$home/source/$name-$version/$name"
    # The names the build puts into debugging texts and assertions are the same on every machine.
    paths=$(printf -- '-ffile-prefix-map=%s=. ' "$build" "$from" "$PWD")
    rm -rf "$build"
    mkdir -p "$build"
    cd "$build"
    logged "$name-configure-$arch" "$from/configure" --host="$triplet" --prefix=/usr/local "$@" \
        CC="$compiler --sysroot=$sysroot" CPPFLAGS= LDFLAGS= CFLAGS="$library_cflags $paths" \
        PKG_CONFIG=/bin/false
    logged "$name-build-$arch" make -C "$library" -j "$(nproc)"
    logged "$name-install-$arch" make -C "$library" install-libLTLIBRARIES DESTDIR="$sysroot"
    logged "$name-headers-$arch" make -C "$headers" install DESTDIR="$sysroot"
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
    what=$( { echo "$curl_version $libmicrohttpd_version"; cat tools/static/recipe.sh tools/static.sh "$home/$1/built-from.txt.new"
        "$compiler" --version; echo "$PWD"; } | sha256sum)
    if [ "$what" != "$(cat "$home/$1/stamp" 2>/dev/null)" ]; then
        rm -f "$home/$1/stamp"
        unpack_sysroot "$1"
        build_library "$1" curl lib include ${curl_on//SYSROOT/$sysroot} $curl_off \
            LIBS="-lcares -lnghttp2 -lssl -lcrypto -lz"
        build_library "$1" libmicrohttpd src/microhttpd src/include $libmicrohttpd_options
        { echo "curl $curl_version"; echo "libmicrohttpd $libmicrohttpd_version"
            cut -d' ' -f1,2 "$home/$1/built-from.txt.new"
            "$compiler" --version | head -n 1; } >"$home/$1/built-from.txt"
        echo "$what" >"$home/$1/stamp"
    fi
    rm -f "$home/$1/built-from.txt.new"
    build_program "$1"
    echo "build/static/$1/ecs-autoscale: $(stat -c %s "$home/$1/ecs-autoscale") bytes, $((SECONDS - start)) s"
}

prepare_apt
fetch curl
fetch libmicrohttpd
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
