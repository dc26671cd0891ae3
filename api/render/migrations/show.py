"""One migration with every step and what proves its effect."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from rich.console import Console

from api.language.spoken import say
from api.render.migrations.words import (
    STATE_STYLES,
    STEP_STYLES,
    Called,
    brief,
    standstill,
    step_name,
    steps_done,
    travelled,
)
from api.render.moments import moment
from api.render.operations import print_failure
from api.render.page import Page, Part
from provisioner.migration.differences import from_text
from provisioner.migration.migration import Migration, Step, StepState
from provisioner.migration.states import State

#: Values that are told, and longer than this, are hashes and texts that are cut by no terminal but wrapped below themselves.
_HANG: Final = 4
#: The value of a comparison's evidence that is a list, kept as one text.
_DIFFERENCES: Final = "differences"


def print_migration(console: Console, migration: Migration, called: Called, waits: str = "") -> None:
    """All of it, in the order of its steps; first what it waits for, in words, where it does."""
    page = Page(console)
    state = (migration.state.value, STATE_STYLES[migration.state])
    page.line((called.full(migration.name), "bold"), "  ", state)
    source, target = migration.workload, migration.bindings
    page.line(
        (
            f"from {source.project} in {source.cloud} to {target.project} in {target.cloud}, migration {migration.id}",
            "dim",
        ),
        indent=2,
    )
    for text in _facts(migration):
        page.line(text, indent=2, hang=2)
    if waits:
        page.line((f"{say(waits)}", "yellow"), indent=2, hang=2)
    if migration.failure and migration.state in {State.MANUAL, State.COMPENSATING, State.ROLLED_BACK}:
        page.line(("why: ", "bold red"), say(migration.failure.message), indent=2, hang=2)
    for each in migration.bindings.left:
        page.line(
            (f"left behind: {each.what} {each.before} of {each.subject}: ", "yellow"), say(each.why), indent=2, hang=2
        )
    page.gap()
    for step in migration.steps:
        _print_step(page, step)


def _facts(migration: Migration) -> Sequence[str]:
    facts = [f"{steps_done(migration)} steps done"]
    if still := standstill(migration):
        facts.append(f"stood still for {still}, from {_at(migration.down_from)} to {_at(migration.down_until)}")
    elif migration.down_from is not None:
        facts.append(f"stands still since {_at(migration.down_from)}")
    if (signed := migration.signed_off) is not None:
        facts.append(
            f"signed off by {signed.actor} at {moment(signed.at)}{f': {signed.comment}' if signed.comment else ''}"
        )
    if migration.kept_until is not None:
        facts.append(f"the source is kept until {moment(migration.kept_until)}")
    return facts


def _print_step(page: Page, step: Step) -> None:
    state = (step.state.value, STEP_STYLES[step.state])
    tried: Sequence[Part] = ((f"  begun {step.attempts} times", "dim"),) if step.attempts > 1 else ()
    page.line(f"{step_name(step.spec)}  ", state, (f"  {_course(step)}", "dim"), *tried, indent=2, hang=_HANG)
    if step.failure and step.state in {StepState.FAILED, StepState.UNDONE}:
        print_failure(page, step.failure, indent=6)
    if step.evidence is None:
        return
    for name, value in step.evidence.values.items():
        if name == _DIFFERENCES:
            _print_differences(page, str(value))
        else:
            page.line((f"{name}: ", "dim"), str(value), indent=6, hang=2)
    if step.evidence.request_ids:
        page.line(("OpenStack request ", "dim"), ", ".join(step.evidence.request_ids), indent=6, hang=2)


def _print_differences(page: Page, kept: str) -> None:
    """A line for each."""
    found = from_text(kept)
    page.line(("differences: ", "dim"), str(len(found)), indent=6)
    for each in found:
        page.line(say(each.words), indent=8, hang=2)


def _course(step: Step) -> str:
    """When it began, how long it took, how many bytes went."""
    if step.started_at is None:
        return ""
    parts = [moment(step.started_at)]
    if step.finished_at is not None:
        parts.append(brief((step.finished_at - step.started_at).total_seconds()))
    if bytes_ := travelled(step):
        parts.append(bytes_)
    return ", ".join(parts)


def _at(at: object) -> str:
    return moment(at) if isinstance(at, datetime) else ""
