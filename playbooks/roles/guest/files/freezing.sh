# Freeze and thaw file systems; needs `mounts`.

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
