# Services: units of systemd, of OpenRC, scripts in /etc/init.d, or scripts of their own, by path.

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
