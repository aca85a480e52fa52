#!/bin/sh
# Build the virtual environment: venv.sh FOLDER PINS
# Needs python3 (3.11 or newer) and a network; gets pip by whichever way this machine allows.
set -eu
folder=$1 pins=$2

say() { printf '%s\n' "mailpost: $*"; }
die() { printf '%s\n' "mailpost: $*" >&2; exit 1; }

command -v python3 >/dev/null || die 'python3 is missing; install Python 3.11 or newer'
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    die "Python 3.11 or newer is needed; this is $(python3 --version)"

# Debian's python3 comes without ensurepip and perhaps without pip; an environment needs neither to exist.
[ -x "$folder/bin/python" ] || python3 -m venv --without-pip "$folder"
python=$PWD/$folder/bin/python

find_pip() {
    "$python" -m pip --version >/dev/null 2>&1 && { pip="$python -m pip"; return; }
    python3 -m pip --python "$python" --version >/dev/null 2>&1 && { pip="python3 -m pip --python $python"; return; }
    "$python" -m ensurepip >/dev/null 2>&1 && { pip="$python -m pip"; return; }
    wheel=$(ls "$folder"/pip/usr/share/python-wheels/pip-*.whl 2>/dev/null | head -n 1)
    [ -n "$wheel" ] && { pip="$python $PWD/$wheel/pip"; return; }
    return 1
}

fetch_pip() {
    command -v apt-get >/dev/null || return 1
    if [ "$(id -u)" = 0 ]; then
        say 'installing python3-pip'
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-pip ca-certificates >/dev/null
        return
    fi
    # Without root, Debian's own pip can still be unpacked here: apt with its state in a folder of ours.
    say 'fetching pip from Debian into the environment'
    apt=$PWD/$folder/apt
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$folder/pip"
    options="-qq -o Dir::State::lists=$apt/lists -o Dir::Cache=$apt/cache -o APT::Sandbox::User="
    # shellcheck disable=SC2086
    apt-get $options update && (cd "$apt" && apt-get $options download python3-pip-whl) &&
        dpkg -x "$apt"/python3-pip-whl_*.deb "$folder/pip" && rm -rf "$apt"
}

find_pip || { fetch_pip && find_pip; } ||
    die 'pip could not be had: install python3-pip or python3-venv, then try again'

say "installing into $folder (about a minute the first time)"
# shellcheck disable=SC2086
$pip install --quiet --require-hashes --prefer-binary --requirement "$pins"
# shellcheck disable=SC2086
[ "$pins" != constraints.txt ] || $pip install --quiet --no-deps --no-build-isolation --editable .
