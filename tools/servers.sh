#!/bin/sh
# Have the real servers and programs the tests and the benchmark talk to. What cannot be had is said once, loudly, and skipped.
set -eu

say() { printf '%s\n' "mailpost: $*" >&2; }

have() { (PATH=$PATH:/usr/sbin:/usr/local/sbin && command -v "$1") >/dev/null 2>&1; }

# The tests start their own; nobody asked for a mail server on port 143 of this machine, or a web server on port 80.
quietly() {
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        trap 'rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi
    "$@"
    ! have systemctl || systemctl disable --quiet dovecot.service dovecot.socket nginx.service caddy.service 2>/dev/null || :
}

# need PROGRAM PACKAGE MARKER
need() {
    have "$1" && return
    if [ "$(id -u)" = 0 ] && have apt-get; then
        say "installing $2"
        DEBIAN_FRONTEND=noninteractive
        export DEBIAN_FRONTEND
        [ -n "${updated:-}" ] || apt-get update -qq >/dev/null || :
        updated=yes
        quietly apt-get install -y -qq --no-install-recommends "$2" >/dev/null || :
    fi
    have "$1" || say "*** NO $1: every test marked \"$3\" will be SKIPPED; as root: apt-get install $2 ***"
}

need dovecot dovecot-imapd server
need ffmpeg ffmpeg ffmpeg
need chromium chromium browser
need nginx nginx web
need caddy caddy web
need apache2 apache2-bin web
