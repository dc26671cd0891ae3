"""Runs one service of one cloud: ``python -m devcloud.services.run SETTINGS.json``.

The supervisor starts it with the listening sockets already open, so that ports never collide and a client that comes
early waits instead of being refused. Order matters here: parentage first, so that nothing outlives a dead supervisor;
SQLite's tuning before the service makes its engine; signals last, because the services install handlers of their own.
"""
# ruff: noqa: PLC0415 - the services read their surroundings when imported, so these must be set before

import importlib
import os
import signal
import sys
import threading
import traceback
from pathlib import Path

from devcloud.layout import CloudFolder
from devcloud.records import ServiceSettings
from devcloud.services.parentage import die_with_parent


def main(arguments: list[str]) -> None:
    """Serve until told to end."""
    settings = ServiceSettings.load(Path(arguments[0]).read_text(encoding="utf-8"))
    die_with_parent(settings.lifeline_fd)
    signal.signal(signal.SIGTERM, _end)
    # The services parse the command line themselves; ours is not theirs.
    sys.argv = [f"{settings.service}-api"]
    try:
        _start(settings)
    except BaseException:  # noqa: BLE001 - whatever it was, the process ends with it
        # Threads of the service's own would keep a half-started process alive.
        traceback.print_exc()
        os._exit(1)
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Event().wait()


def _start(settings: ServiceSettings) -> None:
    """Start everything; the API answers last, so an answer means that the workers have started too."""
    from devcloud.services import faultfile, front, server, sqlite

    sqlite.install()
    module = importlib.import_module(f"devcloud.services.{settings.service}")
    application = module.application(settings)
    start_workers = getattr(module, "start_workers", None)
    if start_workers is not None:
        start_workers(settings)
    folder = CloudFolder(root=settings.folder)
    log = front.RequestLog(folder.requests(settings.service))
    faults = faultfile.FaultFile(folder.faults, service=settings.service)
    for fd, inner in ((settings.public_fd, False), (settings.internal_fd, True)):
        gate = front.Gate(application=application, settings=settings, log=log, faults=None if inner else faults)
        server.serve_in_background(gate, fd=fd, inner=inner)


def _end(_signal: int, _frame: object) -> None:
    """Leave at once: there is nothing to save, and a graceful stop of six services takes minutes."""
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
