# Looks that change nothing; needs `services` and `mounts`.

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
