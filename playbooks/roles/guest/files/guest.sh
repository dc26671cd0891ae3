# What the roles run in guests: POSIX shell and what busybox has, so that no guest needs Python. The role `guest` puts the
# variables `check` (1: only look), `seconds` (for the whole step) and `mark` (a folder for what must be remembered until
# the guest restarts) in front of it, and a call of one of the functions behind it.
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

# ---- Commands

# run_commands NAME COMMAND…: one after the other, until one fails. One whose last line is `unchanged` changed nothing.
run_commands() {
    list=$1 number=0
    shift
    for command in "$@"; do
        number=$((number + 1))
        if [ "$check" = 1 ]; then
            changed "$list: command $number would run"
            continue
        fi
        tail=$({
            limited sh -c "$command" < /dev/null 2> /dev/null
            printf '\n::code %s\n' "$?"
        } | sed '/^$/d' | tail -n 2)
        code=${tail##*::code }
        if [ "$code" != 0 ]; then
            why=$(ended "$code")
            problem "$list: command $number $why"
            return 0
        fi
        case $tail in
            unchanged*) ;;
            *) changed "$list: command $number ran" ;;
        esac
    done
}

# ---- Services: units of systemd, of OpenRC, scripts in /etc/init.d, or scripts of their own, by path

manager() {
    case $1 in
        */*) echo script ;;
        *)
            if [ -d /run/systemd/system ]; then
                echo systemd
            elif has rc-service; then
                echo openrc
            else
                echo script
            fi
            ;;
    esac
}

script_of() {
    case $1 in
        */*) echo "$1" ;;
        *)
            # As buildroot orders them: S50name.
            for file in "/etc/init.d/$1" /etc/init.d/S[0-9][0-9]"$1"; do
                [ -x "$file" ] && break
            done
            echo "$file"
            ;;
    esac
}

# control start|stop|status NAME
control() {
    case $(manager "$2") in
        systemd) limited systemctl "$1" "$2" ;;
        openrc) limited rc-service "$2" "$1" ;;
        *) limited "$(script_of "$2")" "$1" ;;
    esac < /dev/null > /dev/null 2>&1
}

is_there() {
    case $(manager "$1") in
        systemd) [ "$(systemctl show --property LoadState "$1" 2> /dev/null)" = LoadState=loaded ] ;;
        openrc) rc-service --exists "$1" ;;
        *) [ -x "$(script_of "$1")" ] ;;
    esac
}

# state NAME: running, stopped, or unknown where a script cannot tell (LSB: 0 is running, 3 is not).
state() {
    if [ "$(manager "$1")" = systemd ]; then
        case $(systemctl is-active "$1" 2> /dev/null) in
            active | reloading | activating | deactivating | refreshing) echo running ;;
            inactive | failed) echo stopped ;;
            *) echo unknown ;;
        esac
        return
    fi
    control status "$1"
    case $? in
        0) echo running ;;
        3) echo stopped ;;
        *) echo unknown ;;
    esac
}

# bring STATE VERB NAME: have a service running or stopped. Where a script cannot tell how it is, it is told anyway.
bring() {
    if ! is_there "$3"; then
        problem "there is no service $3"
        return
    fi
    [ "$(state "$3")" = "$1" ] && return
    if [ "$check" = 1 ]; then
        changed "$3 would be $1"
        return
    fi
    control "$2" "$3"
    code=$?
    now=$(state "$3")
    while [ "$code" = 0 ] && [ "$now" != "$1" ] && [ "$now" != unknown ] && [ "$(left)" -gt 1 ]; do
        sleep 1
        now=$(state "$3")
    done
    if [ "$now" = "$1" ] || { [ "$now" = unknown ] && [ "$code" = 0 ]; }; then
        changed "$3 is $1"
    elif [ "$code" != 0 ]; then
        why=$(ended "$code")
        problem "$3: its $2 $why"
    else
        problem "$3 is $now after $2"
    fi
}

# stop_services NAME…: in this order, and remember those that did not run before, which a rollback leaves as they were.
stop_services() {
    if [ "$check" = 0 ] && { [ ! -e "$mark/stopped" ] || [ -e "$mark/rolled-back" ]; }; then
        if mkdir -p -m 700 "$mark" 2> /dev/null; then
            for service in "$@"; do
                [ "$(state "$service")" = stopped ] && echo "$service"
            done > "$mark/stopped"
            rm -f "$mark/rolled-back"
        fi
    fi
    for service in "$@"; do
        bring stopped stop "$service"
    done
}

# start_services NAME…: in the opposite order, but for those that did not run before.
start_services() {
    backwards=
    for service in "$@"; do
        grep -qxF -e "$service" "$mark/stopped" 2> /dev/null || backwards="$service
$backwards"
    done
    while read -r service; do
        [ -z "$service" ] || bring running start "$service"
    done << SERVICES
$backwards
SERVICES
    [ "$check" = 1 ] || [ ! -d "$mark" ] || : > "$mark/rolled-back"
}

# disable_services NAME…: keep them from starting when the guest does.
disable_services() {
    for service in "$@"; do
        case $(manager "$service") in
            systemd) disable_unit "$service" ;;
            openrc) disable_runlevels "$service" ;;
            *) problem "$service cannot be kept from starting: neither systemd nor OpenRC runs it" ;;
        esac
    done
}

disable_unit() {
    [ "$(systemctl is-enabled "$1" 2> /dev/null)" = enabled ] || return 0
    if [ "$check" = 1 ]; then
        changed "$1 would be disabled"
    elif limited systemctl disable "$1" > /dev/null 2>&1; then
        changed "$1 is disabled"
    else
        problem "$1 cannot be disabled"
    fi
}

disable_runlevels() {
    rc-update show | grep -q "^ *$1 |.*[a-z]" || return 0
    if [ "$check" = 1 ]; then
        changed "$1 would be disabled"
    elif limited rc-update --all del "$1" > /dev/null 2>&1; then
        changed "$1 is disabled"
    else
        problem "$1 cannot be disabled"
    fi
}

# ---- File systems

# options PLACE: those that a place is mounted with; fails where nothing is mounted. /proc/mounts writes spaces as \040.
options() {
    written=$(printf '%s' "$1" | sed 's/\\/\\134/g; s/ /\\040/g')
    found=
    while read -r _ place _ option _; do
        [ "$place" = "$written" ] && found=$option
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

# watch_file PLACE: where the number of the process is kept that thaws a place.
watch_file() { echo "$mark/thaw$(printf '%s' "$1" | sed 's/[^A-Za-z0-9]/_/g')"; }

# forget_watch PLACE: end the process that would thaw a place.
forget_watch() {
    file=$(watch_file "$1")
    [ -e "$file" ] || return 0
    watch=$(cat "$file")
    # The number may be another process's by now.
    if grep -q tenantry-thaw "/proc/$watch/cmdline" 2> /dev/null; then kill "$watch"; fi
    rm -f "$file"
}

# freeze SECONDS PLACE…: each thaws by itself after so many seconds, whatever becomes of whoever froze it.
freeze() {
    longest=$1
    shift
    for place in "$@"; do
        may_freeze "$place" || continue
        if [ "$check" = 1 ]; then
            changed "$place would be frozen"
            continue
        fi
        if ! mkdir -p -m 700 "$mark" 2> /dev/null; then
            problem "$place is not frozen: $mark cannot be made"
            continue
        fi
        forget_watch "$place"
        # shellcheck disable=SC2016 # its own shell puts the values in
        setsid sh -c 'sleep "$1"; fsfreeze --unfreeze "$2"' tenantry-thaw "$longest" "$place" \
            < /dev/null > /dev/null 2>&1 &
        echo $! > "$(watch_file "$place")"
        said=$(LC_ALL=C fsfreeze --freeze "$place" 2>&1)
        code=$?
        case $code:$said in
            0:*) changed "$place is frozen" ;;
            *busy*) ;; # It is frozen already; only its time begins anew.
            *)
                forget_watch "$place"
                why=$(ended "$code")
                problem "$place cannot be frozen: fsfreeze $why"
                ;;
        esac
    done
}

# thaw PLACE…
thaw() {
    for place in "$@"; do
        if [ "$check" = 1 ]; then
            # Whether it is frozen shows only where it is thawed; but nothing is frozen longer than its watch lives.
            [ ! -e "$(watch_file "$place")" ] || changed "$place would be thawed"
            continue
        fi
        forget_watch "$place"
        options "$place" > /dev/null && has fsfreeze || continue
        said=$(LC_ALL=C fsfreeze --unfreeze "$place" 2>&1)
        code=$?
        case $code:$said in
            0:*) changed "$place is thawed" ;;
            *"Invalid argument"*) ;; # It was not frozen.
            *)
                why=$(ended "$code")
                problem "$place cannot be thawed: fsfreeze $why"
                ;;
        esac
    done
}

# flush: write to the disks what waits in memory.
flush() {
    limited sync && return
    why=$(ended $?)
    problem "sync $why"
}

# ---- Looks that change nothing

# check_clock NOW TOLERANCE: in seconds since 1970.
check_clock() {
    away=$(($(date -u +%s) - $1))
    [ "$away" -ge 0 ] || away=$((-away))
    [ "$away" -le "$2" ] || problem "the guest's clock is $away s away from ours; more than $2 s are too many"
}

# check_space MIB PLACE…
check_space() {
    least=$1
    shift
    for place in "$@"; do
        free=$(LC_ALL=C df -Pk "$place" 2> /dev/null | sed -n '2s/.* \([0-9][0-9]*\)  *[0-9]*% .*/\1/p')
        if [ -z "$free" ]; then
            problem "$place: how much space is free there is not known"
        elif [ $((free / 1024)) -lt "$least" ]; then
            free=$((free / 1024))
            problem "$place has $free MiB free; $least MiB are needed"
        fi
    done
}

# check_disks PLACE…: no file system of a disk is read-only, but for these; none has noted errors; no mount failed.
check_disks() {
    while read -r device place kind option _; do
        case $device:$kind in
            /dev/*:ext[234] | /dev/*:xfs | /dev/*:btrfs | /dev/*:f2fs) ;;
            *) continue ;;
        esac
        is_read_only "$option" || continue
        may=0
        for each in "$@"; do
            [ "$each" = "$place" ] && may=1
        done
        [ "$may" = 1 ] || problem "$place is read-only"
    done < /proc/mounts
    for file in /sys/fs/ext4/*/errors_count; do
        [ -r "$file" ] || continue
        read -r errors < "$file"
        device=${file%/errors_count}
        [ "$errors" = 0 ] || problem "the file system of ${device##*/} has noted $errors errors: check it"
    done
    if [ -d /run/systemd/system ]; then
        systemctl list-units --failed --type=mount --plain --no-legend 2> /dev/null | while read -r unit _; do
            problem "the unit $unit has failed"
        done
    fi
}

check_services() {
    for service in "$@"; do
        is_there "$service" || problem "there is no service $service"
    done
}

check_programs() {
    for program in "$@"; do
        has "$program" || problem "the guest has no program $program"
    done
}

check_freeze() {
    for place in "$@"; do
        may_freeze "$place" || :
    done
}

# ---- What must hold, and is waited for

services_run() {
    for service in "$@"; do
        if ! is_there "$service"; then
            problem "there is no service $service"
        elif [ "$(state "$service")" != running ]; then
            problem "$service does not run"
        fi
    done
}

places_are_mounted() {
    for place in "$@"; do
        if ! option=$(options "$place"); then
            problem "nothing is mounted at $place"
        elif is_read_only "$option"; then
            problem "$place is read-only"
        fi
    done
}

commands_succeed() {
    number=0
    for command in "$@"; do
        number=$((number + 1))
        limited sh -c "$command" < /dev/null > /dev/null 2>&1
        code=$?
        [ "$code" = 0 ] && continue
        why=$(ended "$code")
        problem "commands: command $number $why"
    done
}

# output_holds COMMAND TEXT…
output_holds() {
    command=$1
    shift
    output=$(limited sh -c "$command" < /dev/null 2>&1)
    for text in "$@"; do
        case $output in
            *"$text"*) ;;
            *) problem "the output of text_command does not hold \"$text\"" ;;
        esac
    done
}

# await PATIENCE FUNCTION ARGUMENT…: until there is no problem any longer, or the last ones.
await() {
    until=$(($(date +%s) + $1))
    shift
    while true; do
        problems=$("$@")
        [ -n "$problems" ] || return 0
        [ "$(date +%s)" -lt "$until" ] && [ "$(left)" -gt 1 ] || break
        sleep 1
    done
    printf '%s\n' "$problems"
}
