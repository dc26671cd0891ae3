"""The PostgreSQL server dies in the midst of a move and comes back: the move goes on, in the same process."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devcloud.faultrules import Work
from devcloud.fixture import Devcloud
from provisioner.migration.migration import Step, StepState
from provisioner.migration.script import StepKind
from provisioner.migration.states import State
from tenants.wave import Mode
from tests.acceptance.service.postgres import Postgres, postgres
from tests.integration.moving.mover import hire
from tests.integration.moving.theatre import Show

Staged = Callable[[Mode], Show]
_SOON_S = 200
_AWAY_S = 5


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Postgres]:
    """A server of the test's own."""
    with postgres(tmp_path / "postgres") as running:
        yield running


def _in_the_midst(step: Step) -> bool:
    return step.state is StepState.STARTED and (step.spec.kind is StepKind.CLONE or bool(step.done_bytes))


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        pytest.param(Mode.CROSS_PROJECT, StepKind.CLONE, marks=pytest.mark.full),
        pytest.param(Mode.CROSS_CLOUD, StepKind.COPY, marks=[pytest.mark.full, pytest.mark.timeout(900)]),
    ],
)
def test_a_move_outlives_its_record(
    staged: Staged, devcloud: Devcloud, record: Postgres, *, mode: Mode, kind: StepKind
) -> None:
    """What was under way is noted when the record is back, and nothing has to be done again."""
    show = staged(mode)
    show.database = record.database
    show.estate.server("db", from_volume=True, data=1)
    show.put_on("db")
    devcloud.hinder("city", Work.VOLUME, seconds=6, count=2)
    worker = hire(show.orders(State.ACCEPTED))
    try:
        end = time.monotonic() + _SOON_S
        while not any(map(_in_the_midst, show.load().of_kind(kind))):
            assert time.monotonic() < end
            time.sleep(0.05)
        record.stop()
        time.sleep(_AWAY_S)
        record.start()
        worker.join(_SOON_S)
        assert worker.exitcode == 0
    finally:
        worker.kill()
        worker.join()
    show.arrived()
    show.source_is_as_before_but_locked()
