# Stop and start services; needs `services`.

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
