"""What a look tells of whose business system resources are: compared with what is known, and kept in the look's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitoring.collection.collector import Asked
from monitoring.metering.systems import systems_of
from provisioner.store import usage_systems
from provisioner.store.database import Connection
from provisioner.usage.sightings import Look
from provisioner.usage.systems import Clue, ResourceKey, System
from tenants.names import CloudName


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is not as it was."""

    changed: Mapping[ResourceKey, System | None]
    #: Those that were metered before the look, and so were of no system till now.
    before: frozenset[ResourceKey]


def told(connection: Connection, asked: Asked, clues: Iterable[Clue]) -> Told:
    """What clues change. Ask before the look is metered: then it is seen what was there before."""
    every = tuple(clues)
    if not every:
        return Told(changed={}, before=frozenset())
    known = usage_systems.known(connection, asked.spec.name)
    found = systems_of(every, known, asked.register)
    changed = {key: system for key, system in found.items() if _code(known.get(key)) != _code(system)}
    new = [key for key in changed if key not in known]
    return Told(changed=changed, before=usage_systems.metered(connection, asked.spec.name, new))


def keep(connection: Connection, cloud: CloudName, found: Told, looks: Sequence[Look]) -> None:
    """From the look's end on, or, of what is new, from its beginning."""
    if found.changed and looks:
        at: datetime = looks[0].ended.replace(microsecond=0)
        usage_systems.note(connection, cloud, found.changed, at=at, before=found.before)


def _code(system: System | None) -> str:
    return system.code if system is not None else ""
