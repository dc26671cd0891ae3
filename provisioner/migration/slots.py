"""Places on links and hosts: how many steps of all migrations may take one at once. Pure.

A step takes its places when it begins and has them until it ends, or on a link as long as somebody carries it;
`provisioner.store.migration_steps` counts them. Where Nova chooses the host that a server moves to, nobody knows beforehand which: such a step
takes a place on *any* host of the cloud, which weighs on each of them until Nova has told the host.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tenants.names import CloudName
from tenants.wave import HostName

#: What no host is called.
_ANY: Final = "*"
_LINK: Final = "link:"
_ARRIVING: Final = "target-host:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place among those of one sort: no more steps than `limit` that name it are under way at any time, in all migrations."""

    #: `link:city>district`, `source-host:city/compute-1`, `target-host:city/*`.
    name: str
    limit: int


def link(source: CloudName, target: CloudName) -> str:
    """Between two clouds."""
    return f"{_LINK}{source}>{target}"


def leaving(cloud: CloudName, host: HostName | str) -> str:
    """On a host that a server leaves."""
    return f"source-host:{cloud}/{host}"


def arriving(cloud: CloudName, host: HostName | str | None) -> str:
    """On a host that a server arrives on; None where it may be any."""
    return f"{_ARRIVING}{cloud}/{host or _ANY}"


def place_of(slot: Slot) -> str:
    """Where it is, for people."""
    sort, _, place = slot.name.partition(":")
    before, _, after = place.partition(">" if sort == "link" else "/")
    if sort == "link":
        return f"on the link from {before} to {after}"
    if after == _ANY:
        return f"on any host of {before} that servers arrive on"
    return f"on the host {after} of {before}"


def is_carried(name: str) -> bool:
    """Whether a place is taken only as long as a process of ours is at work on the step: where nobody carries bytes, no link is in use.

    On hosts it is the cloud that is at work, whoever looks.
    """
    return name.startswith(_LINK)


def is_free(slot: Slot, taken: Mapping[str, int]) -> bool:
    """Whether one more may take the place, where so many have each now: wherever those end that may arrive on any host."""
    if not slot.name.startswith(_ARRIVING):
        return taken.get(slot.name, 0) < slot.limit
    place, _, host = slot.name.rpartition("/")
    anywhere = f"{place}/{_ANY}"
    if host != _ANY:
        return taken.get(slot.name, 0) + taken.get(anywhere, 0) < slot.limit
    fullest = max(
        (count for name, count in taken.items() if name.startswith(f"{place}/") and name != anywhere), default=0
    )
    return fullest + taken.get(anywhere, 0) < slot.limit
