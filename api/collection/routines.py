"""Which collectors there are, and what of it comes again in a worker: each collector of each cloud by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from api.collection.collecting import Collecting
from monitoring.collection.backups import BACKUPS
from monitoring.collection.capacity import CapacityCollector
from monitoring.collection.collector import Collector
from monitoring.collection.floating_ips import FLOATING_IPS
from monitoring.collection.images import IMAGES
from monitoring.collection.numbered import PORTS, ROUTERS
from monitoring.collection.projects import Projects
from monitoring.collection.quotas import Quotas
from monitoring.collection.servers import Servers
from monitoring.collection.snapshots import SNAPSHOTS
from monitoring.collection.volumes import VOLUMES
from provisioner.routine import Routine
from provisioner.store import usage_snapshots
from provisioner.store.schedules import Subject, TaskName
from provisioner.usage.collection import CollectorName
from tenants.names import CloudName

#: In the order in which one cycle runs: quotas need the projects.
COLLECTORS: Final[tuple[Collector, ...]] = (
    Projects(),
    Servers(),
    VOLUMES,
    SNAPSHOTS,
    BACKUPS,
    IMAGES,
    FLOATING_IPS,
    PORTS,
    ROUTERS,
    Quotas(),
    CapacityCollector(),
)
#: How often what was applied is looked for, should the word of an operation's end have been lost.
_CHANGED_EVERY: Final = timedelta(minutes=10)
_MONTHS_EVERY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """How often collectors come."""

    servers: timedelta = timedelta(minutes=5)
    volumes: timedelta = timedelta(minutes=5)
    network: timedelta = timedelta(minutes=10)
    images: timedelta = timedelta(minutes=10)
    quotas: timedelta = timedelta(hours=1)
    capacity: timedelta = timedelta(minutes=5)

    def of_collectors(self) -> Mapping[CollectorName, timedelta]:
        """By collector. Projects are listed as often as servers."""
        named = {
            "projects": self.servers,
            "servers": self.servers,
            "volumes": self.volumes,
            "snapshots": self.volumes,
            "backups": self.volumes,
            "images": self.images,
            "floating-ips": self.network,
            "ports": self.network,
            "routers": self.network,
            "quotas": self.quotas,
            "capacity": self.capacity,
        }
        return {CollectorName(name): every for name, every in named.items()}


def routines(collecting: Collecting) -> Sequence[Routine]:
    """A task for each collector, about each cloud; a cloud that is away is asked ever more rarely, by itself."""

    def clouds() -> Sequence[Subject]:
        return [Subject(name) for name in collecting.clouds()]

    def of(collector: Collector) -> Routine:
        def run(subject: Subject) -> None:
            collecting.collect_or_raise(CloudName(subject), collector)

        return Routine(
            task=TaskName(f"collect-{collector.name}"),
            every=collecting.every[collector.name],
            run=run,
            subjects=clouds,
            # Others ask for what it finds.
            prompt=isinstance(collector, Projects),
        )

    def changed(subject: Subject) -> None:
        collecting.collect_changed(CloudName(subject))

    def months(_: Subject) -> None:
        collecting.keep_months()

    again = Routine(task=usage_snapshots.CHANGED, every=_CHANGED_EVERY, run=changed, subjects=clouds)
    daily = Routine(task=TaskName("usage-months"), every=_MONTHS_EVERY, run=months)
    return (*(of(each) for each in COLLECTORS), again, daily)
