"""Waves that were started, a line each; and one of them with a line for each application."""

from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import Console

from api.language.spoken import say
from api.render.migrations.words import STATE_STYLES, Called, bounded, standstill, step_name, steps_done, travelled, way
from api.render.moments import moment
from api.render.page import Column, Group, Page, Row
from provisioner.migration.blocking import held_up
from provisioner.migration.migration import Migration, Run, RunState
from provisioner.migration.states import Asked, State
from provisioner.moving.sighting import Line, Sight

_RUN_STYLES: Final = {RunState.RUNNING: "cyan", RunState.PAUSED: "yellow", RunState.ENDED: "dim"}
_RUNS: Final = (
    Column(title="wave", flexible=True),
    Column(title="mode"),
    Column(title="started"),
    Column(title="by", expendable=1),
    Column(title="state"),
    Column(title="serve", right=True),
    Column(title="back", right=True),
    Column(title="need a person", right=True),
    Column(title="held up", right=True),
)
_APPLICATIONS: Final = (
    Column(title="application", flexible=True),
    Column(title="state"),
    Column(title="steps", right=True),
    Column(title="left"),
    Column(title="stood still", right=True),
    Column(title="", flexible=True),
)


def print_runs(console: Console, runs: Iterable[tuple[Run, Sequence[Migration]]]) -> None:
    """The newest first."""
    page = Page(console)
    rows = [_run(run, migrations) for run, migrations in runs]
    if rows:
        page.table(_RUNS, [Group(rows=rows)])
    else:
        page.line("No wave was started.")


def print_sight(console: Console, sight: Sight, called: Called) -> None:
    """A wave with its applications, and why those that do not go on do not."""
    page, run = Page(console), sight.run
    page.line((f"{run.wave.display_name} ({run.wave.name})", "bold"), "  ", (run.state.value, _RUN_STYLES[run.state]))
    page.line((f"{way(run.wave)}, started {moment(run.started_at)} by {run.started_by}", "dim"), indent=2)
    page.table(_APPLICATIONS, [Group(rows=[_line(each, called) for each in sight.lines])], indent=2)
    for each in sight.lines:
        if each.migration.failure and not each.migration.state.serves:
            name = called.display(each.migration.name)
            page.line((f"{name}: ", "bold"), say(each.migration.failure.message), indent=2, hang=2)
    if sight.goes_on and (left := bounded(sight.left)):
        all_ = f"All but {sight.not_coming} serve" if sight.not_coming else "All serve"
        page.line((f"{all_} in {left}", "dim"), indent=2)


def doing(line: Line) -> str:
    """What is being done for an application now, or what it waits for."""
    if line.waits:
        return say(line.waits)
    steps = [" ".join(part for part in (step_name(each.spec), travelled(each)) if part) for each in line.steps]
    return ", ".join(steps)


def _run(run: Run, migrations: Sequence[Migration]) -> Row:
    serve = sum(each.state.serves for each in migrations)
    back = sum(each.state is State.ROLLED_BACK for each in migrations)
    manual = sum(each.state is State.MANUAL for each in migrations)
    held = len(held_up(run, migrations))
    return (
        f"{run.wave.display_name} ({run.wave.name})",
        run.mode.value,
        moment(run.started_at),
        run.started_by,
        (run.state.value, _RUN_STYLES[run.state]),
        f"{serve} of {len(migrations)}",
        str(back) if back else "",
        (str(manual), "bold red") if manual else "",
        (str(held), "yellow") if held else "",
    )


def _line(line: Line, called: Called) -> Row:
    migration = line.migration
    asked = f", {migration.asked} asked" if migration.asked is not Asked.NOTHING and not migration.state.final else ""
    return (
        called.full(migration.name),
        (f"{migration.state}{asked}", STATE_STYLES[migration.state]),
        steps_done(migration),
        bounded(line.left),
        standstill(migration),
        doing(line),
    )
