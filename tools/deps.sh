#!/bin/sh
# Installs what a group of targets needs and says so; does nothing, quickly, where all is there.
#   tools/deps.sh build test lint demo ...
set -eu

build="gcc cmake ninja-build pkg-config libc6-dev libcurl4-openssl-dev libfyaml-dev libjansson-dev libexpat1-dev libmicrohttpd-dev libssl-dev zlib1g-dev"
python="python3 python3-venv"
test="$build $python clang llvm libclang-rt-14-dev libcmocka-dev openssl mandoc jq zsh fish rabbitmq-server nghttp2-proxy libfaketime chromium chromium-driver"
lint="$build clang clang-format clang-tidy python3"
case "$(uname -m)" in
aarch64) cross=gcc-x86-64-linux-gnu ;;
*) cross=gcc-aarch64-linux-gnu ;;
esac
native="gcc cmake ninja-build libc6-dev python3 make dpkg-dev"
static="$native $cross"
image="debootstrap qemu-user-static"
demo="$build $python rabbitmq-server"
fuzz="$build clang llvm libclang-rt-14-dev"
bench="$build $python"

wanted=""
for group in "$@"; do
    eval "packages=\${$group:-}"
    if [ -z "$packages" ]; then
        echo "deps: no such group: $group" >&2
        exit 2
    fi
    wanted="$wanted $packages"
done

if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "deps: not a Debian-like system; install by hand what corresponds to:$wanted" >&2
    exit 0
fi

missing=""
for package in $(printf '%s\n' $wanted | sort -u); do
    status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
    [ "$status" = "install ok installed" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

sudo=""
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "deps: not root and no sudo; as root run: apt-get install$missing" >&2
        exit 1
    fi
    sudo="sudo"
fi
echo "deps: installing$missing"
# No service is started by installing it: tests start what they need themselves.
policy=/usr/sbin/policy-rc.d
made_policy=""
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
    $sudo chmod 755 "$policy"
    made_policy=yes
fi
log=$(mktemp)
status=0
{
    $sudo apt-get update &&
        $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
} >"$log" 2>&1 || status=$?
[ -z "$made_policy" ] || $sudo rm -f "$policy"
if [ "$status" -ne 0 ]; then
    tail -n 30 "$log" >&2
    echo "deps: apt-get failed (see above)" >&2
fi
rm -f "$log"
exit "$status"
