# What must hold, and is waited for; needs `services` and `mounts` for what is asked of them.

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
