"""What all but migrations leave alone at this moment: what is on its way, and what a wave in force is yet to import.

Between the store and `provisioner.migration.passage`. Whoever plans, applies, compares or corrects asks here first. The servers of
an import are described before they are there: applied like others, they would be built on empty disks.
"""

from collections.abc import Iterator
from typing import TypeVar

from provisioner.migration.passage import Moved, Passage, awaited, outdated
from provisioner.store import migration_passages, standing
from provisioner.store.database import Connection
from tenants.kinds.applications.application import APPLICATION
from tenants.kinds.kind import Kind, Named
from tenants.kinds.waves.wave import WAVE
from tenants.language.document import read
from tenants.language.report import Report
from tenants.presence import Presence
from tenants.spec import City
from tenants.wave import WaveName, WaveSpec

S = TypeVar("S", bound=Named)


def passages(connection: Connection, city: City) -> tuple[Passage, ...]:
    """All of it, for the applications that a city has: by the waves in force, and by those that the city has itself."""
    waves = {**dict(_in_force(connection)), **city.waves}
    imported = migration_passages.imported(connection)
    return (*migration_passages.under_way(connection), *awaited(city, waves.values(), imported))


def moved_away(connection: Connection, city: City) -> tuple[Moved, ...]:
    """The applications that a city has where they were before they moved, though the manifests in force say where they are now."""
    found = outdated(city, migration_passages.moved(connection))
    if not found:
        return ()
    places = {each.name: each.project for each in _read(connection, APPLICATION) if each.presence is Presence.PRESENT}
    return tuple(each for each in found if places.get(each.application) == each.target.project)


def _in_force(connection: Connection) -> Iterator[tuple[WaveName, WaveSpec]]:
    return ((each.name, each) for each in _read(connection, WAVE))


def _read(connection: Connection, kind: Kind[S]) -> Iterator[S]:
    """The documents in force of a kind, each by itself."""
    for document in standing.load_kind(connection, kind.name):
        report = Report(document.file)
        for root in read(document.text.encode(), report).whole:
            yield kind.document.read(root, report)
