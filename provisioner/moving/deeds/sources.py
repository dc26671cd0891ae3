"""The server at the source that a step is about: read anew, asked to do something, waited for.

Shared by the deeds that work on it. Everything goes in the administrator's name, whom no lock keeps out (compute API reference,
"Lock server": what a lock keeps from a server's own project it does not keep from administrators).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from provisioner.clouds.collections import Act, Item, ItemId
from provisioner.clouds.interface import Receipt
from provisioner.errors import CloudConflict, CloudError, CloudRefused
from provisioner.kinds.server_ends import reason_of
from provisioner.migration.collections import SERVERS
from provisioner.migration.reading import volumes_of
from provisioner.migration.workload import Machine
from provisioner.moving.deed import Spot
from tenants.wave import HostName

#: Seconds between two looks at a server that is waited for on the way back.
_PAUSE: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server as it is now."""

    #: Nova's status: `ACTIVE`, `SHUTOFF`, `VERIFY_RESIZE`…
    status: str
    task: str | None
    host: HostName | None
    zone: str | None
    locked: bool
    #: What whoever locked it gave as the reason; empty where nobody did.
    locked_reason: str
    #: When it last changed, as Nova writes it.
    updated: str
    #: Why it is in the state ERROR, in words.
    trouble: str
    #: Cinder's ids of what is attached to it.
    volumes: frozenset[str]
    flavor: str

    @property
    def busy(self) -> bool:
        """Whether Nova is doing something with it."""
        return self.task is not None

    @property
    def broken(self) -> bool:
        """Whether Nova gave it up."""
        return self.status == "ERROR" and not self.busy


def machine_of(spot: Spot) -> Machine:
    """The server as it was when the migration was planned."""
    return spot.scene.workload.machine(spot.subject)


def find(spot: Spot) -> Server | None:
    """The server as it is now, or None where it is not there any more."""
    item = spot.scene.source.resources.fetch(SERVERS, spot.scene.source_project, ItemId(machine_of(spot).id))
    return None if item is None else _read(item)


def now(spot: Spot) -> Server:
    """The server as it is now. Raises CloudRefused where it is not there any more."""
    found = find(spot)
    if found is None:
        raise CloudRefused(f"the server {spot.subject} is not there any more")
    return found


def changed(spot: Spot, server: Server) -> str | None:
    """What of a server is not as it was when all of it was checked, in words; None where nothing is that a move rests on.

    Days may lie in between, until a window opens, and only the lock keeps people from giving a server another disk.
    """
    planned = machine_of(spot)
    had = {disk.volume for disk in planned.disks if disk.volume is not None}
    what = ""
    if server.volumes != had:
        what = f"it has {len(server.volumes)} volumes, of which it had {len(server.volumes & had)} of {len(had)}"
    elif server.flavor != planned.flavor:
        what = f"its flavor is {server.flavor} and was {planned.flavor}"
    return f"the server {spot.subject} has changed since it was checked: {what}; start the wave again" if what else None


def act(spot: Spot, body: Mapping[str, Any]) -> Receipt:
    """Have Nova do something with it (compute API reference, "Servers - run an action")."""
    identity = ItemId(machine_of(spot).id)
    sent = Act(below="/action", body=body)
    return spot.scene.source.resources.act(SERVERS, spot.scene.source_project, identity, sent).receipt


def ask(spot: Spot, body: Mapping[str, Any], taken: Callable[[Server], bool]) -> Receipt:
    """The same, where an earlier request may have arrived whose answer was lost: Nova refuses the second.

    `taken` tells whether the server looks as if the first had been taken.
    """
    try:
        return act(spot, body)
    except (CloudConflict, CloudRefused):
        found = find(spot)
        if found is not None and (found.busy or taken(found)):
            return Receipt()
        raise


def wait_for(spot: Spot, settled: Callable[[Server], bool], *, seconds: float) -> Server:
    """Look again and again until it is so. Raises CloudError where it is not within that time, or the server is broken."""
    end = spot.scene.now() + timedelta(seconds=seconds)
    while True:
        found = now(spot)
        if settled(found):
            return found
        if found.broken:
            raise CloudRefused(f"the server {spot.subject} is in the state ERROR: {found.trouble}")
        if spot.scene.now() >= end:
            raise CloudError(f"the server {spot.subject} was still {found.status} after {round(seconds)} seconds")
        pause(spot)


def pause(spot: Spot) -> None:
    """Wait for a moment. Raises Stopped where nothing more is to be done."""
    spot.must_go_on()
    spot.scene.control.wait(_PAUSE)


def _read(item: Item) -> Server:
    host = item.get("OS-EXT-SRV-ATTR:host")
    return Server(
        status=str(item.get("status")),
        task=item.get("OS-EXT-STS:task_state"),
        host=HostName(host) if host else None,
        zone=item.get("OS-EXT-AZ:availability_zone") or None,
        locked=bool(item.get("locked")),
        locked_reason=str(item.get("locked_reason") or ""),
        updated=str(item.get("updated") or ""),
        trouble=reason_of(item),
        volumes=frozenset(volumes_of(item)),
        flavor=str((item.get("flavor") or {}).get("original_name") or ""),
    )
