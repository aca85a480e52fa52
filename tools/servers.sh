#!/bin/sh
# Have the real servers and programs the tests and the benchmark talk to. What cannot be had is said once, loudly, and skipped.
set -eu

say() { printf '%s\n' "mailpost: $*" >&2; }

have() { (PATH=$PATH:/usr/sbin:/usr/local/sbin && command -v "$1") >/dev/null 2>&1; }

install() {
    [ "$(id -u)" = 0 ] && have apt-get || return 1
    say "installing $1"
    DEBIAN_FRONTEND=noninteractive
    export DEBIAN_FRONTEND
    apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends "$1" >/dev/null
}

install_dovecot() {
    [ "$(id -u)" = 0 ] && have apt-get || return 1
    # The tests start their own; nobody asked for a mail server on port 143 of this machine.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        trap 'rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi
    install dovecot-imapd && have dovecot || return 1
    ! have systemctl || systemctl disable --quiet dovecot.service dovecot.socket 2>/dev/null || :
}

have dovecot || install_dovecot ||
    say '*** NO DOVECOT: every test marked "server" will be SKIPPED; as root: apt-get install dovecot-imapd ***'
have ffmpeg || { install ffmpeg && have ffmpeg; } ||
    say '*** NO FFMPEG: every test marked "ffmpeg" will be SKIPPED; as root: apt-get install ffmpeg ***'
