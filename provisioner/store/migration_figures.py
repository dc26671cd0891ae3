"""How migrations stand, counted by the database for metrics: by link and state, and each of those under way by itself.

What ended is counted by its wave's clouds alone, without reading what the migrations took along, however many there were.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, case, extract, func, or_, select, text
from sqlalchemy.types import DateTime

from provisioner.migration.identifiers import MigrationId
from provisioner.migration.migration import RunState, StepState
from provisioner.migration.script import StepKind
from provisioner.migration.states import State
from provisioner.store.figures import Durations
from provisioner.store.schema_migration import link_rates, migration_events, migration_steps, migrations, wave_runs
from tenants.names import CloudName
from tenants.wave import WaveName

_GIB: Final = 2**30
#: The steps during which bytes travel from one cloud, or from a file, to another.
_TRAVELLING: Final = (StepKind.COPY.value, StepKind.UPLOAD.value)
_SERVING: Final = tuple(each.value for each in State if each.serves)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Link:
    """From where to where: the clouds of a wave. They are the same where it stays within one, or comes from files."""

    source: CloudName
    target: CloudName


@dataclass(frozen=True, slots=True, kw_only=True)
class StateFigure:
    """The migrations of a link that are, or ended, in one state."""

    link: Link
    state: State
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DowntimeFigure:
    """How long applications stood still that serve where they went, in seconds."""

    link: Link
    durations: Durations


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFigure:
    """What travelled over a link in all, and how long disks were on their way, added up."""

    link: Link
    size: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MovingFigure:
    """A migration that has not ended."""

    migration: MigrationId
    wave: WaveName
    #: The application, or the server of a host that is drained.
    name: str
    link: Link
    state: State
    #: When it came into the state.
    since: datetime
    #: When a step of it last ended or was taken back, or it came into a state.
    advanced: datetime
    #: Bytes that are to travel, and those that have; None where none are.
    size: int | None
    copied: int | None
    window_end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationFigures:
    """All of them."""

    states: tuple[StateFigure, ...] = ()
    downtimes: tuple[DowntimeFigure, ...] = ()
    links: tuple[LinkFigure, ...] = ()
    moving: tuple[MovingFigure, ...] = ()
    #: The states of waves that have not ended, one for each.
    waves: tuple[RunState, ...] = ()


def figures(connection: Connection, bounds: Sequence[float]) -> MigrationFigures:
    """Count all. `bounds` are those within which downtimes are counted, in seconds."""
    waves = connection.scalars(
        select(wave_runs.c.state).where(wave_runs.c.finished_at.is_(None)).order_by(wave_runs.c.id)
    )
    return MigrationFigures(
        states=_states(connection),
        downtimes=_downtimes(connection, bounds),
        links=_links(connection),
        moving=_moving(connection),
        waves=tuple(map(RunState, waves)),
    )


def _clouds() -> tuple[ColumnElement[str], ColumnElement[str]]:
    spec = wave_runs.c.spec
    target = spec["target"]["cloud"].astext
    return func.coalesce(spec["source"]["cloud"].astext, target).label("source"), target.label("target")


def _link(row: Any) -> Link:
    return Link(source=CloudName(row.source), target=CloudName(row.target))


def _states(connection: Connection) -> tuple[StateFigure, ...]:
    source, target = _clouds()
    query = (
        select(source, target, migrations.c.state, func.count().label("number"))
        .join_from(migrations, wave_runs, wave_runs.c.id == migrations.c.run_id)
        .group_by(source, target, migrations.c.state)
    )
    rows = connection.execute(query)
    return tuple(StateFigure(link=_link(row), state=State(row.state), number=row.number) for row in rows)


def _downtimes(connection: Connection, bounds: Sequence[float]) -> tuple[DowntimeFigure, ...]:
    source, target = _clouds()
    down, columns = extract("epoch", migrations.c.down_until - migrations.c.down_from), migrations.c
    within = [func.count().filter(down <= bound).label(f"within_{place}") for place, bound in enumerate(bounds)]
    query = (
        select(source, target, func.sum(down).label("total"), func.count().label("number"), *within)
        .join_from(migrations, wave_runs, wave_runs.c.id == columns.run_id)
        .where(columns.down_from.is_not(None), columns.down_until.is_not(None), columns.state.in_(_SERVING))
        .group_by(source, target)
    )
    return tuple(
        DowntimeFigure(link=_link(row), durations=Durations(counts=(*row[4:], row.number), total=float(row.total)))
        for row in connection.execute(query)
    )


def _links(connection: Connection) -> tuple[LinkFigure, ...]:
    columns = link_rates.c
    query = select(
        columns.source,
        columns.target,
        func.sum(columns.bytes).label("size"),
        func.sum(columns.milliseconds).label("milliseconds"),
    ).group_by(columns.source, columns.target)
    return tuple(
        LinkFigure(link=_link(row), size=int(row.size), seconds=int(row.milliseconds) / 1000)
        for row in connection.execute(query)
    )


def _moving(connection: Connection) -> tuple[MovingFigure, ...]:
    source, target = _clouds()
    columns, travel = migrations.c, _travelling()
    window = wave_runs.c.spec["window"]["end"].astext.cast(DateTime(timezone=True)).label("window_end")
    query = (
        select(columns.id, columns.name, columns.state, wave_runs.c.wave, source, target, window)
        .add_columns(func.coalesce(_last(_came()), columns.created_at).label("since"))
        .add_columns(func.coalesce(_last(or_(_came(), _ended())), columns.created_at).label("advanced"))
        .add_columns(travel.c.size, travel.c.copied)
        .join_from(migrations, wave_runs, wave_runs.c.id == columns.run_id)
        .outerjoin(travel, travel.c.migration_id == columns.id)
        .where(columns.finished_at.is_(None))
        .order_by(columns.created_at, columns.id)
    )
    return tuple(
        MovingFigure(
            migration=MigrationId(row.id),
            wave=WaveName(row.wave),
            name=row.name,
            link=_link(row),
            state=State(row.state),
            since=row.since,
            advanced=row.advanced,
            size=None if row.size is None else int(row.size),
            copied=None if row.copied is None else int(row.copied),
            window_end=row.window_end,
        )
        for row in connection.execute(query)
    )


def _last(condition: ColumnElement[bool]) -> ColumnElement[datetime]:
    """When that last happened to the migration."""
    columns = migration_events.c
    query = select(func.max(columns.at)).where(columns.migration_id == migrations.c.id, condition)
    return query.correlate(migrations).scalar_subquery()


def _came() -> ColumnElement[bool]:
    """Into a state: by itself, or back into one because somebody had it tried again."""
    columns = migration_events.c
    return or_(columns.what == "state", and_(columns.what == "asked", columns.detail["asked"].astext == "retried"))


def _ended() -> ColumnElement[bool]:
    columns = migration_events.c
    ends = (StepState.DONE.value, StepState.UNDONE.value)
    return and_(columns.what == "step", columns.detail["to"].astext.in_(ends))


def _travelling() -> Any:
    """Of each migration with something to copy: how much there is, by the disks' sizes until a copy tells, and how much is done."""
    steps = migration_steps.c
    disk = func.jsonb_path_query(migrations.c.workload, text("'$.machines[*].disks[*]'::jsonpath")).table_valued(
        "value"
    )
    disks = disk.render_derived(name="disks").lateral("disks")
    whole = func.coalesce(steps.total_bytes, disks.c.value.op("->>")("size").cast(BigInteger) * _GIB)
    done = case((steps.state == StepState.DONE.value, whole), else_=func.coalesce(steps.done_bytes, 0))
    return (
        select(steps.migration_id, func.sum(whole).label("size"), func.sum(done).label("copied"))
        .join_from(migration_steps, migrations, migrations.c.id == steps.migration_id)
        .join(disks, disks.c.value.op("->>")("subject") == steps.spec["subject"].astext)
        .where(migrations.c.finished_at.is_(None), steps.spec["kind"].astext.in_(_TRAVELLING))
        .group_by(steps.migration_id)
        .subquery()
    )
