# File systems, as they are mounted.

# options PLACE: those that a place is mounted with; fails where nothing is mounted. /proc/mounts writes spaces as \040.
options() {
    written=$(printf '%s' "$1" | sed 's/\\/\\134/g; s/ /\\040/g')
    found=
    while read -r _ mounted _ option _; do
        [ "$mounted" = "$written" ] && found=$option
    done < /proc/mounts
    [ -n "$found" ] && echo "$found"
}

is_read_only() {
    case ,$1, in
        *,ro,*) return 0 ;;
        *) return 1 ;;
    esac
}

# may_freeze PLACE: not what logging in and the guest's own journal write to, for nobody would get in again.
may_freeze() {
    case $1 in
        / | /run | /run/* | /tmp | /var | /var/log | /var/log/* | /var/tmp | /root | /home)
            problem "$1 is not frozen: logging in needs it"
            return 1
            ;;
    esac
    if ! options "$1" > /dev/null; then
        problem "$1 is no mount point"
        return 1
    fi
    if ! has fsfreeze || ! has setsid; then
        problem "$1 cannot be frozen: the guest has no fsfreeze or no setsid (package util-linux)"
        return 1
    fi
}
