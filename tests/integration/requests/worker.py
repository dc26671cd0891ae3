"""A process of departments that ask at once: `worker.py URL FIRST COUNT THREADS` submits so many requests for 10 cores.

Each is for a tenant of its own, numbered from FIRST, below `town`. The last line says how many were taken up.
"""

import runpy
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from provisioner.requests.request import Request
from provisioner.store.database import Database


def main(url: str, *numbers: str) -> None:
    """Submit, and say what came of it."""
    first, count, threads = map(int, numbers)
    kit = runpy.run_path(str(Path(__file__).with_name("conftest.py")), run_name="kit")
    with Database.connect(url) as database:
        office = kit["Office"](database)

        def ask(number: int) -> bool:
            name = f"unit-{number}"
            return isinstance(office.submit(kit["tenant"](name, a=10), name=name), Request)

        print("ready", flush=True)  # noqa: T201  # the test waits for it
        with ThreadPoolExecutor(threads) as pool:
            taken_up = list(pool.map(ask, range(first, first + count)))
    print(sum(taken_up), flush=True)  # noqa: T201  # the test reads it


if __name__ == "__main__":
    main(*sys.argv[1:])
