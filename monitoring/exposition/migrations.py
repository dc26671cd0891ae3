"""How migrations stand: by link and state, and each of those under way by itself, for as long as it is. Pure."""

from collections.abc import Mapping
from datetime import datetime

from monitoring.exposition.places import Places
from monitoring.exposition.samples import Distribution, Samples
from provisioner.migration.migration import RunState
from provisioner.migration.orphans import OrphanKind
from provisioner.migration.states import State
from provisioner.store.migration_figures import MigrationFigures, MovingFigure
from tenants.names import CloudName


def migrations(found: MigrationFigures) -> Samples:
    """Everything about them."""
    samples = Samples()
    _counted(samples, found)
    for downtime in found.downtimes:
        took = Distribution(counts=downtime.durations.counts, total=downtime.durations.total)
        samples.put("migration_downtime_seconds", (downtime.link.source, downtime.link.target), took)
    for link in found.links:
        labels = (link.link.source, link.link.target)
        samples.put("migration_link_bytes", labels, link.size)
        samples.put("migration_link_seconds", labels, link.seconds)
    for moving in found.moving:
        _moving(samples, moving)
    return samples


def orphans(cloud: CloudName, _: Places, content: Mapping[str, object]) -> Samples:
    """What was found by `tenantry migrate orphans`, or by workers once a day: of every kind, 0 too. What is left out of a snapshot is not said."""
    samples = Samples()
    numbers, at = content.get("orphans"), content.get("at")
    if isinstance(numbers, Mapping) and isinstance(at, str):
        for kind in OrphanKind:
            samples.put("migration_orphans", (cloud, kind), int(numbers.get(kind.value, 0)))
        samples.put("migration_orphans_seen_timestamp_seconds", (cloud,), datetime.fromisoformat(at).timestamp())
    return samples


def _counted(samples: Samples, found: MigrationFigures) -> None:
    for link in sorted({each.link for each in found.states}):
        for state in State:
            samples.put("migrations_ended" if state.final else "migrations", (link.source, link.target, state), 0)
    for each in found.states:
        name = "migrations_ended" if each.state.final else "migrations"
        samples.put(name, (each.link.source, each.link.target, each.state), each.number)
    for going in (RunState.RUNNING, RunState.PAUSED):
        samples.put("waves", (going,), found.waves.count(going))


def _moving(samples: Samples, each: MovingFigure) -> None:
    moving = (each.migration, each.wave, each.name, each.link.source, each.link.target)
    phase = (*moving, each.state)
    samples.put("migration_phase_start_timestamp_seconds", phase, each.since.timestamp())
    samples.put("migration_last_progress_timestamp_seconds", phase, each.advanced.timestamp())
    if each.window_end is not None:
        samples.put("migration_window_end_timestamp_seconds", phase, each.window_end.timestamp())
    if each.size is not None and each.copied is not None:
        samples.put("migration_size_bytes", moving, each.size)
        samples.put("migration_copied_bytes", moving, each.copied)
