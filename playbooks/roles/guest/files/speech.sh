# What the roles run in guests: POSIX shell and what busybox has, so that no guest needs Python. The role `guest` puts the
# variables `check` (1: only look), `seconds` (for the whole step) and `mark` (a folder for what must be remembered until
# the guest restarts) in front of it, and behind it the files beside this one that a step needs, and a call. Comments and
# indentation stay here: dropbear takes no command of more than 9000 characters.
#
# A step says what it changed and what is wrong in lines of its own. What commands write goes nowhere: it may hold what
# only the guest's own people should see.

PATH=$PATH:/usr/sbin:/sbin
deadline=$(($(date +%s) + seconds - 1))

changed() { printf '::changed %s\n' "$*"; }

problem() { printf '::problem %s\n' "$*"; }

has() { command -v "$1" > /dev/null 2>&1; }

left() {
    remaining=$((deadline - $(date +%s)))
    [ "$remaining" -gt 0 ] || remaining=1
    echo "$remaining"
}

# limited COMMAND…: for as long as the step has left, where the guest can measure it.
limited() {
    if has timeout; then timeout "$(left)" "$@"; else "$@"; fi
}

# ended CODE: what a code means that a limited command ended with; busybox tells of its own TERM.
ended() {
    case $1 in
        124 | 143) echo "did not end within $seconds s" ;;
        126) echo "ended with code 126: it cannot be run" ;;
        127) echo "ended with code 127: the guest has no such command" ;;
        *) echo "ended with code $1" ;;
    esac
}
