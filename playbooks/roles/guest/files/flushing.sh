# Memory and disks.

# flush: write to the disks what waits in memory.
flush() {
    limited sync && return
    why=$(ended $?)
    problem "sync $why"
}
