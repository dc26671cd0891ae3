# Keep services from starting; needs `services`.

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
