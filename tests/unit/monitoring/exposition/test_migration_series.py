"""Migrations as series: counted by link and state, and one by one while they are under way."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitoring.exposition.catalogue import CATALOGUE, named
from monitoring.exposition.collected import samples_of
from monitoring.exposition.migrations import migrations
from monitoring.exposition.samples import Samples, Value
from provisioner.migration.identifiers import MigrationId
from provisioner.migration.migration import RunState
from provisioner.migration.orphans import ORPHANS, OrphanKind
from provisioner.migration.states import State
from provisioner.store.figures import Durations
from provisioner.store.migration_figures import (
    DowntimeFigure,
    Link,
    LinkFigure,
    MigrationFigures,
    MovingFigure,
    StateFigure,
)
from tenants.names import CloudName
from tenants.wave import WaveName

NOW = datetime(2027, 6, 1, 12, 0, tzinfo=UTC)
LINK = Link(source=CloudName("city"), target=CloudName("district"))
MOVING = MovingFigure(
    migration=MigrationId("m1"),
    wave=WaveName("w1"),
    name="portal",
    link=LINK,
    state=State.QUIESCED,
    since=NOW,
    advanced=NOW + timedelta(minutes=1),
    size=4,
    copied=1,
    window_end=NOW + timedelta(hours=2),
)
LABELS = ("m1", "w1", "portal", "city", "district")


def everything() -> Samples:
    """One of each."""
    bounds = len(named("migration_downtime_seconds").buckets) + 1
    return migrations(
        MigrationFigures(
            states=(StateFigure(link=LINK, state=State.CLOSED, number=3),),
            downtimes=(DowntimeFigure(link=LINK, durations=Durations(counts=(1,) * bounds, total=70.0)),),
            links=(LinkFigure(link=LINK, size=2**30, seconds=8.5),),
            moving=(MOVING,),
            waves=(RunState.RUNNING, RunState.RUNNING),
        )
    )


def values(samples: Samples, name: str) -> dict[tuple[str, ...], Value]:
    """The values of a family."""
    return dict(samples.of(named(name)))


def test_states_are_counted_by_link_with_0_too() -> None:
    """Those that ended are a counter of their own."""
    made = everything()
    assert values(made, "migrations")["city", "district", "quiesced"] == 0
    assert "closed" not in {state for _, _, state in values(made, "migrations")}
    assert values(made, "migrations_ended") == {
        ("city", "district", "closed"): 3,
        ("city", "district", "rolled-back"): 0,
    }


def test_waves_are_counted_while_they_are_under_way() -> None:
    """Those that ended are not."""
    assert values(everything(), "waves") == {("running",): 2, ("paused",): 0}


def test_one_under_way_tells_where_it_is() -> None:
    """Its state with the times, the bytes without, so that their series goes on when the state changes."""
    made = everything()
    assert values(made, "migration_phase_start_timestamp_seconds") == {(*LABELS, "quiesced"): NOW.timestamp()}
    assert values(made, "migration_last_progress_timestamp_seconds") == {(*LABELS, "quiesced"): NOW.timestamp() + 60}
    assert values(made, "migration_window_end_timestamp_seconds") == {(*LABELS, "quiesced"): NOW.timestamp() + 7200}
    assert values(made, "migration_size_bytes") == {LABELS: 4}
    assert values(made, "migration_copied_bytes") == {LABELS: 1}


def test_one_that_copies_nothing_and_has_no_window_tells_neither() -> None:
    """0 would be a copy that does not begin, and a window that closed long ago."""
    made = migrations(MigrationFigures(moving=(replace(MOVING, size=None, copied=None, window_end=None),)))
    assert "tenantry_migration_size_bytes" not in made.families()
    assert "tenantry_migration_window_end_timestamp_seconds" not in made.families()


def test_orphans_are_told_of_every_kind_since_somebody_looked() -> None:
    """0 where there were none; nothing of a cloud where nobody looked."""
    made = samples_of(ORPHANS, LINK.source, {}, {"orphans": {"volume": 2}, "at": NOW.isoformat()})
    found = values(made, "migration_orphans")
    assert found["city", "volume"] == 2
    assert len(found) == len(OrphanKind)
    assert values(made, "migration_orphans_seen_timestamp_seconds") == {("city",): NOW.timestamp()}
    assert list(samples_of(ORPHANS, LINK.source, {}, {}).families()) == []


def test_every_family_of_migrations_is_exposed_by_somebody() -> None:
    """Nothing is promised that is never there."""
    found = {
        *everything().families(),
        *samples_of(ORPHANS, LINK.source, {}, {"orphans": {}, "at": NOW.isoformat()}).families(),
    }
    assert found == {name for name in CATALOGUE if name.startswith(("tenantry_migration", "tenantry_waves"))}
