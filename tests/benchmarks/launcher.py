"""Runs a command and writes down what it took, as JSON: `launcher.py RESULT-FILE COMMAND ARGUMENT…`.

A program of its own, and a small one: Linux counts the memory of whoever starts a process as the process's own peak, so
a large benchmark that started it directly would measure itself. Started with `-I -S` it has 8 MB.
"""

import json
import os
import sys
import time


def main() -> None:
    """Run, wait, write; then end as the command did."""
    result, *command = sys.argv[1:]
    began = time.monotonic()
    child = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    seconds = time.monotonic() - began
    # Linux counts in KiB, macOS in bytes.
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    taken = {"seconds": seconds, "cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_bytes": peak}
    with open(result, "w", encoding="utf-8") as file:  # noqa: PTH123  # pathlib would take as long as all the rest
        json.dump(taken, file)
    sys.exit(os.waitstatus_to_exitcode(status) % 256)


main()
