"""What a collector left behind, as series of one shard. Pure."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from monitoring.collection import contents
from monitoring.collection.contents import Content, ServerRow
from monitoring.exposition import capacity, estate, migrations, quotas
from monitoring.exposition.places import Places
from monitoring.exposition.samples import Samples
from provisioner.migration.orphans import ORPHANS
from provisioner.usage.collection import CollectorName
from provisioner.usage.sightings import Sort
from tenants.names import CloudName

_Turn = Callable[[CloudName, Places, Content], Samples]


def samples_of(collector: CollectorName, cloud: CloudName, places: Places, content: Content) -> Samples:
    """The series that a snapshot makes; none of a collector whose numbers are no metrics."""
    turn = _TURNS.get(collector)
    return Samples() if turn is None else turn(cloud, places, content)


def servers(cloud: CloudName, places: Places, rows: Iterable[ServerRow]) -> Samples:
    """Each server by itself, of projects that manifests name: the second endpoint alone has these."""
    samples = Samples()
    for each in rows:
        place = places.get(each.project)
        if place is None:
            continue
        labels = (place.tenant, place.project, cloud, each.id, each.name)
        samples.put("server", (*labels, each.flavor, each.availability_zone, each.state.value))
        samples.put("server_vcpus", labels, each.vcpus)
        samples.put("server_memory_bytes", labels, each.memory_bytes)
        if each.created_at is not None:
            samples.put("server_created_timestamp_seconds", labels, each.created_at.timestamp())
    return samples


def _servers(cloud: CloudName, places: Places, content: Content) -> Samples:
    rows = ((each.project, each.state, 1) for each in contents.servers(content))
    return estate.counts(cloud, places, Sort.SERVER, rows)


def _counted(sort: Sort) -> _Turn:
    def turn(cloud: CloudName, places: Places, content: Content) -> Samples:
        rows = ((each.project, each.state, each.number) for each in contents.counted(content))
        return estate.counts(cloud, places, sort, rows)

    return turn


def _quotas(cloud: CloudName, places: Places, content: Content) -> Samples:
    return quotas.quotas(cloud, places, contents.readings(content))


def _capacity(cloud: CloudName, _: Places, content: Content) -> Samples:
    return capacity.capacity(cloud, contents.zones(content))


#: Each family has one collector alone, so no series can come twice.
_TURNS: Final[Mapping[str, _Turn]] = {
    "servers": _servers,
    "volumes": _counted(Sort.VOLUME),
    "floating-ips": _counted(Sort.FLOATING_IP),
    "quotas": _quotas,
    "capacity": _capacity,
    # No collector's: whoever looks for orphans leaves it.
    ORPHANS: migrations.orphans,
}
