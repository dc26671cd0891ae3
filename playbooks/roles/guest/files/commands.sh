# Commands that a wave names.

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
