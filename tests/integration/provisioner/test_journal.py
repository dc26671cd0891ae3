"""The journal is written before and after every act, whole at the end, and waits for a database that is away."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import make_url, text

from provisioner.errors import StoreError, StoreUnavailable
from provisioner.journal import OperationJournal
from provisioner.operation import Evidence, Failure, Operation, OperationId, OperationState, Step, StepState
from provisioner.store import applied, operations
from provisioner.store.database import Connection, Database

if TYPE_CHECKING:
    from tests.integration.provisioner.conftest import Site

_ID = OperationId("op-1")
_PROOF = Evidence(request_ids=("req-1",), values={"cores": 4})
_FAILURE = Failure(message="HTTP 409", request_id="req-2")
_FINAL = [state for state in OperationState if state.final]


class _Flaky(Database):
    """A database that is away for a while: before anything is done, or just when the answer is due."""

    def __init__(self, real: Database) -> None:
        """Nothing is wrong yet."""
        self.real = real
        self.away = 0
        self.answers_lost = 0

    def transaction(self) -> AbstractContextManager[Connection]:
        """A transaction, or trouble."""
        return self._troubled(self.real.transaction)

    def autocommit(self) -> AbstractContextManager[Connection]:
        """Single statements, or trouble."""
        return self._troubled(self.real.autocommit)

    @contextmanager
    def _troubled(self, begin: Callable[[], AbstractContextManager[Connection]]) -> Iterator[Connection]:
        if self.away:
            self.away -= 1
            raise StoreUnavailable("away")
        with begin() as connection:
            yield connection
        if self.answers_lost:
            self.answers_lost -= 1
            raise StoreUnavailable("the answer was lost")


@pytest.fixture
def flaky(site: "Site") -> _Flaky:
    """The database, for as long as nothing is wrong."""
    return _Flaky(site.database)


@pytest.fixture
def journal(site: "Site", words: Any, flaky: _Flaky) -> OperationJournal:
    """That of a queued operation with two steps: to make a project and to limit it."""
    manifest = words.tenant(a=4)
    stored = site.plan(manifest)
    (section,) = stored.plan.sections
    operation = Operation(
        id=_ID,
        plan_id=stored.id,
        tenant=section.tenant,
        cloud=section.cloud,
        fingerprint=section.fingerprint,
        state=OperationState.QUEUED,
        created_at=site.now(),
        steps=tuple(Step(position=position, action=action) for position, action in enumerate(section.actions)),
    )
    with site.database.transaction() as connection:
        operations.create(connection, [operation])
    return OperationJournal(
        database=flaky,
        operation=operation,
        tenant=words.manifests(manifest).city.tenants[section.tenant],
        revision=stored.revision,
        actor=stored.actor,
        now=site.now,
    )


@pytest.fixture
def kept(site: "Site") -> Callable[[], Operation]:
    """The operation as it is on record."""

    def load() -> Operation:
        with site.database.transaction() as connection:
            return operations.load(connection, _ID)

    return load


@pytest.fixture
def ends(site: "Site") -> Callable[[], list[str]]:
    """The ends of operations in the audit log."""
    return lambda: [action for action in site.actions() if action.startswith("operation.")]


@pytest.fixture
def now_applied(site: "Site") -> Callable[[], tuple[applied.Applied, ...]]:
    """What counts as applied."""

    def load() -> tuple[applied.Applied, ...]:
        with site.database.transaction() as connection:
            return applied.load_all(connection)

    return load


def test_steps_are_noted_as_they_go(journal: OperationJournal, kept: Callable[[], Operation]) -> None:
    """Intent, effect with its proof, failure with its reason."""
    attempts = [journal.begin_step(_ID, 0), journal.begin_step(_ID, 1), journal.begin_step(_ID, 1)]
    journal.finish_step(_ID, 0, _PROOF)
    journal.fail_step(_ID, 1, _FAILURE)
    assert attempts == [1, 1, 2]
    assert [(each.state, each.evidence, each.failure) for each in kept().steps] == [
        (StepState.DONE, _PROOF, None),
        (StepState.FAILED, None, _FAILURE),
    ]


@pytest.mark.parametrize("state", _FINAL)
def test_every_end_is_audited(site: "Site", journal: OperationJournal, state: OperationState) -> None:
    """With what it was about; who had the plan applied is who acted."""
    journal.set_state(_ID, state)
    event = site.log()[-1].event
    assert (event.action, event.actor, event.subject) == (f"operation.{state}", site.actor, _ID)
    assert event.detail == {
        "tenant": "market",
        "cloud": "city",
        "plan": journal.operation.plan_id,
        "fingerprint": journal.operation.fingerprint,
        "changes": [],
    }


def test_the_reason_of_a_failure_is_audited(site: "Site", journal: OperationJournal) -> None:
    """With the cloud's request id."""
    journal.set_state(_ID, OperationState.FAILED, _FAILURE)
    detail = site.log()[-1].event.detail
    assert (detail["failure"], detail["request"]) == ("HTTP 409", "req-2")


@pytest.mark.parametrize("state", _FINAL)
def test_only_what_is_done_counts_as_applied(
    journal: OperationJournal, now_applied: Callable[[], Any], state: OperationState
) -> None:
    """A failed or stopped operation leaves what was applied before."""
    journal.set_state(_ID, state)
    done = [(journal.revision, journal.tenant)] if state is OperationState.DONE else []
    assert [(each.revision, each.spec) for each in now_applied()] == done


def test_what_is_under_way_is_not_audited(
    journal: OperationJournal, kept: Callable[[], Operation], ends: Callable[[], list[str]]
) -> None:
    """Only the journal has it."""
    journal.set_state(_ID, OperationState.RUNNING)
    assert (kept().state, ends()) == (OperationState.RUNNING, [])


def test_an_end_is_written_whole_or_not_at_all(
    journal: OperationJournal,
    kept: Callable[[], Operation],
    now_applied: Callable[[], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the audit log cannot be written, nothing else is."""

    def refuse(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr("provisioner.journal.audit.append", refuse)
    with pytest.raises(StoreError, match="disk"):
        journal.set_state(_ID, OperationState.DONE)
    assert (kept().state, now_applied()) == (OperationState.QUEUED, ())


def test_an_end_said_twice_is_audited_once(journal: OperationJournal, ends: Callable[[], list[str]]) -> None:
    """As after a crash right behind it."""
    journal.set_state(_ID, OperationState.DONE)
    journal.set_state(_ID, OperationState.DONE)
    assert ends() == ["operation.done"]


def test_an_end_whose_answer_was_lost_is_audited_once(
    journal: OperationJournal, flaky: _Flaky, naps: list[float], ends: Callable[[], list[str]]
) -> None:
    """It had been written, and is not written again."""
    flaky.answers_lost = 2
    journal.set_state(_ID, OperationState.DONE)
    assert (ends(), len(naps)) == (["operation.done"], 2)


def test_an_end_is_the_end(journal: OperationJournal, ends: Callable[[], list[str]]) -> None:
    """No other one takes its place."""
    journal.set_state(_ID, OperationState.STOPPED)
    with pytest.raises(StoreError, match="ended otherwise"):
        journal.set_state(_ID, OperationState.DONE)
    assert ends() == ["operation.stopped"]


def _everything(journal: OperationJournal) -> int:
    """Write each kind of line once; returns how often the second step was begun."""
    journal.set_state(_ID, OperationState.RUNNING)
    journal.begin_step(_ID, 0)
    journal.finish_step(_ID, 0, _PROOF)
    attempts = journal.begin_step(_ID, 1)
    journal.fail_step(_ID, 1, _FAILURE)
    journal.set_state(_ID, OperationState.FAILED, _FAILURE)
    return attempts


def test_every_line_waits_for_a_database_that_is_away(
    journal: OperationJournal, flaky: _Flaky, naps: list[float], kept: Callable[[], Operation]
) -> None:
    """And is written when it is back: here each write finds it away once."""

    class Gone(_Flaky):
        """Away at every other try."""

        def _troubled(self, begin: Callable[[], AbstractContextManager[Connection]]) -> Any:
            self.away, self.turns = self.turns % 2, self.turns + 1
            return super()._troubled(begin)

        turns = 1

    assert _everything(replace(journal, database=Gone(flaky.real))) == 1
    assert (len(naps), kept().state) == (6, OperationState.FAILED)
    assert [each.state for each in kept().steps] == [StepState.DONE, StepState.FAILED]


def test_the_pauses_grow(journal: OperationJournal, flaky: _Flaky, naps: list[float]) -> None:
    """A restart costs little, and an outage is waited for."""
    flaky.away = 5
    journal.set_state(_ID, OperationState.DONE)
    assert naps == sorted(set(naps))
    assert len(naps) == 5


def test_a_database_that_stays_away_is_given_up(
    journal: OperationJournal, flaky: _Flaky, naps: list[float], kept: Callable[[], Operation]
) -> None:
    """After two minutes, and with the error that says so."""
    flaky.away = 1000
    with pytest.raises(StoreUnavailable, match="away"):
        journal.finish_step(_ID, 0, _PROOF)
    assert 100 < sum(naps) < 150
    assert kept().steps[0].state is StepState.PENDING


def test_what_the_database_refuses_is_not_tried_again(journal: OperationJournal, naps: list[float]) -> None:
    """It would refuse again."""
    with pytest.raises(StoreError, match="never began"):
        journal.finish_step(_ID, 0, _PROOF)
    assert naps == []


def test_a_step_whose_end_was_written_unheard_is_ended(
    journal: OperationJournal, flaky: _Flaky, naps: list[float], kept: Callable[[], Operation]
) -> None:
    """The answer was lost, not what was written: to write it again is no error."""
    for position, end in enumerate((journal.finish_step, journal.fail_step)):
        journal.begin_step(_ID, position)
        flaky.answers_lost = 1
        end(_ID, position, (_PROOF, _FAILURE)[position])  # type: ignore[operator]
    assert [each.state for each in kept().steps] == [StepState.DONE, StepState.FAILED]
    assert kept().steps[0].evidence == _PROOF
    assert len(naps) == 2


def test_an_intent_written_unheard_counts_as_begun_before(
    journal: OperationJournal, flaky: _Flaky, naps: list[float]
) -> None:
    """So that the step looks before it acts, which harms nothing."""
    flaky.answers_lost = 1
    assert (journal.begin_step(_ID, 0), len(naps)) == (2, 1)


@pytest.fixture
def lock_out(site: "Site", server: Database) -> Callable[[bool], None]:
    """Lets the server of the database take no connections and cut those there are, or take them again."""
    name = make_url(site.database.url).database

    def set_to(out: bool) -> None:  # noqa: FBT001
        with server.autocommit() as connection:
            connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {not out}"))
            cut = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :name"
            connection.execute(text(cut), {"name": name})

    return set_to


def test_a_server_that_comes_back_has_everything(
    journal: OperationJournal,
    kept: Callable[[], Operation],
    lock_out: Callable[[bool], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A real one, which is away until the second pause."""
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        lock_out(len(pauses) < 2)

    monkeypatch.setattr("provisioner.journal.time", SimpleNamespace(sleep=sleep))
    lock_out(True)
    _everything(journal)
    assert (len(pauses), kept().state) == (2, OperationState.FAILED)
