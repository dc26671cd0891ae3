"""A cloud that was killed and comes back: its services are started anew, on the ports, databases and files that they had.

The supervisor counts them as dead still; what is started here ends with whoever started it.
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from devcloud import processes
from devcloud.cloud import START_PATIENCE_S, checks
from devcloud.cloudclient import CloudClient
from devcloud.errors import DevcloudError
from devcloud.handle import Devcloud
from devcloud.layout import Home
from devcloud.processes import Listener, ServiceProcess
from devcloud.records import SERVICES, CloudName, ServiceName, ServiceSettings

_POLL_S: Final = 0.2


@contextlib.contextmanager
def revived(devcloud: Devcloud, cloud: str) -> Iterator[None]:
    """Run a killed cloud's services again for the time of the block; they answer when it begins.

    Raises:
        DevcloudError: one of them did not answer in time; the message has the end of its log.
    """
    folder = devcloud.state.cloud(CloudName(cloud))
    before = [ServiceSettings.load(folder.settings(each).read_text(encoding="utf-8")) for each in SERVICES]
    lifeline, held = os.pipe()
    started: dict[ServiceName, ServiceProcess] = {}
    try:
        for each in before:
            started[each.service] = _start(each, lifeline)
        _await(before[0], started)
        yield
    finally:
        processes.end_all(list(started.values()))
        os.close(held)
        os.close(lifeline)


def _start(before: ServiceSettings, lifeline: int) -> ServiceProcess:
    listener = Listener.open(before.endpoints[before.service])
    public, internal = listener.public.fileno(), listener.internal.fileno()
    now = replace(before, public_fd=public, internal_fd=internal, lifeline_fd=lifeline)
    return processes.start(Home.locate(), now, listener)


def _await(settings: ServiceSettings, started: dict[ServiceName, ServiceProcess]) -> None:
    client = CloudClient(endpoints=settings.endpoints, password=settings.admin_password)
    deadline = time.monotonic() + START_PATIENCE_S
    for service, check in checks(client, settings.options).items():
        while not _answers(check):
            if time.monotonic() > deadline or started[service].child.poll() is not None:
                raise DevcloudError(f"{settings.cloud}: {service} did not come back:\n{started[service].log_tail()}")
            time.sleep(_POLL_S)


def _answers(check: Callable[[], object]) -> bool:
    with contextlib.suppress(DevcloudError, OSError):
        return bool(check())
    return False
