"""What all but migrations leave alone at this moment: what is on its way, and what a wave in force is yet to import.

Between the store and `provisioner.migration.passage`. Whoever plans, applies, compares or corrects asks here first. The servers of
an import are described before they are there: applied like others, they would be built on empty disks.
"""

from collections.abc import Iterator
from typing import Final

from provisioner.migration.passage import Passage, awaited
from provisioner.store import migration_passages, standing
from provisioner.store.database import Connection
from tenants.kinds.waves.wave import WAVE
from tenants.language.document import read
from tenants.language.report import Report
from tenants.spec import City
from tenants.wave import WaveName, WaveSpec

_KIND: Final = WAVE.name


def passages(connection: Connection, city: City) -> tuple[Passage, ...]:
    """All of it, for the applications that a city has: by the waves in force, and by those that the city has itself."""
    waves = {**dict(_in_force(connection)), **city.waves}
    imported = migration_passages.imported(connection)
    return (*migration_passages.under_way(connection), *awaited(city, waves.values(), imported))


def _in_force(connection: Connection) -> Iterator[tuple[WaveName, WaveSpec]]:
    for document in standing.load_kind(connection, _KIND):
        report = Report(document.file)
        for root in read(document.text.encode(), report).whole:
            wave: WaveSpec = WAVE.document.read(root, report)
            yield wave.name, wave
