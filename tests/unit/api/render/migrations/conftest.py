"""A wave of one application under way, as the record has it, and consoles to show it on."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from api.render.migrations.words import Called
from provisioner.migration.estimate import Spread
from provisioner.migration.identifiers import RunId
from provisioner.migration.migration import Migration, Run, RunState, StepState
from provisioner.migration.script import StepKind
from provisioner.migration.states import State
from provisioner.moving.sighting import Line, Sight
from provisioner.operation import Actor
from tenants.names import ApplicationName
from tenants.wave import Mode
from tests import cases

Seen = Callable[..., Sight]


@pytest.fixture
def called() -> Called:
    """The application has a Chinese name."""
    return Called(applications={ApplicationName("registration"): "商事登记"})


@pytest.fixture
def moving() -> Migration:
    """In mid copy: two disks travel, one of them half."""
    made = cases.case(Mode.CROSS_CLOUD).migration
    first = next(made.of_kind(StepKind.COPY)).spec.position

    def at(position: int) -> StepState:
        return StepState.DONE if position < first else StepState.PENDING

    steps = tuple(replace(each, state=at(each.spec.position)) for each in made.steps)
    under_way = [each.spec.position for each in made.of_kind(StepKind.COPY)]
    steps = tuple(
        replace(each, state=StepState.STARTED, attempts=1, done_bytes=512 << 20, total_bytes=1 << 30)
        if each.spec.position in under_way
        else each
        for each in steps
    )
    return replace(made, state=State.QUIESCED, steps=steps, legs=1, queued=True)


@pytest.fixture
def seen(moving: Migration) -> Seen:
    """The wave with its application changed in something."""

    def sight(waits: str = "", *, goes_on: bool = True, **changes: Any) -> Sight:
        run = Run(
            id=RunId("r1"),
            wave=cases.wave(Mode.CROSS_CLOUD),
            state=RunState.RUNNING,
            started_by=Actor("wang.fang"),
            started_at=cases.NOW,
            order={},
        )
        line = Line(
            migration=replace(moving, **changes),
            waits=waits,
            left=Spread(low=60, likely=240, high=900),
            whole=Spread(low=120, likely=480, high=1800),
            measured=True,
        )
        return Sight(run=run, lines=(line,), at=cases.NOW, goes_on=goes_on)

    return sight
