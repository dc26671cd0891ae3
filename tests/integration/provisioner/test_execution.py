"""An approved plan is carried out by the real engine: to its end, to a stop, or to a failure that is on record."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from provisioner.audit import Event
from provisioner.clouds.memory import MemoryCloud
from provisioner.engine import Engine, EngineSettings, Outcome
from provisioner.errors import CloudRefused
from provisioner.execution import Execution
from provisioner.operation import Actor, OperationState, StepState
from provisioner.staging import Staging
from provisioner.store import applied, operations, plans
from provisioner.store.plans import StoredPlan

if TYPE_CHECKING:
    from tests.integration.provisioner.conftest import Site

_SETTINGS = EngineSettings(polling=0.05, heartbeat=0.3, patience=20)


@pytest.fixture
def process(site: "Site") -> Iterator[Callable[..., Execution]]:
    """Begins a process that carries operations of these clouds out, in place of the one before."""
    with ExitStack() as stack:

        def begin(*clouds: str, connect: Any = site.connect) -> Execution:
            stack.close()
            engine = stack.enter_context(Engine(site.database, settings=_SETTINGS))
            staging = Staging(database=site.database, connect=connect, now=site.now)
            execution = Execution(
                database=site.database, engine=engine, staging=staging, actor=site.actor, now=site.now
            )
            execution.register()
            engine.launch(clouds)
            return execution

        yield begin


@pytest.fixture
def execution(process: Callable[..., Execution]) -> Execution:
    """A process that carries operations of both clouds out."""
    return process("city", "district")


@pytest.fixture
def approve(site: "Site", words: Any) -> Callable[..., Any]:
    """Approve a plan in a process; returns its operations."""
    return lambda execution, stored, *tenants, **more: execution.approve(stored, words.manifests(*tenants).city, **more)


@pytest.fixture
def apply(execution: Execution, site: "Site", approve: Callable[..., Any]) -> Callable[..., dict[str, OperationState]]:
    """Plan for tenants, approve it and follow it; how each ended."""

    def run(*tenants: str) -> dict[str, OperationState]:
        begun = approve(execution, site.plan(*tenants), *tenants)
        return {each.tenant: each.state for each in execution.follow(each.id for each in begun)}

    return run


@contextmanager
def _at(cloud: MemoryCloud, call: str, act: Callable[[], object]) -> Iterator[None]:
    """Do something at the end of every call of that name."""
    passing = cloud.weather.passing

    @contextmanager
    def watched(name: str, **rest: Any) -> Iterator[bool]:
        with passing(name, **rest) as effective:
            yield effective
        if name == call:
            act()

    cloud.weather.passing = watched  # type: ignore[method-assign]
    yield
    cloud.weather.passing = passing  # type: ignore[method-assign]


def test_what_was_approved_is_done(site: "Site", words: Any, apply: Callable[..., Any]) -> None:
    """The clouds enforce it, and nothing is left to do."""
    tenants = words.tenant(a=4, b={"cloud": "district"}), words.tenant("taxes", c=8)
    assert apply(*tenants) == {"market": OperationState.DONE, "taxes": OperationState.DONE}
    assert [site.limits(name)[words.cores] for name in ("market-a", "taxes-c")] == [4, 8]
    assert list(site.plan(*tenants).plan.actions) == []


def test_all_of_it_is_audited(site: "Site", words: Any, apply: Callable[..., Any]) -> None:
    """Plan, consent and end."""
    apply(words.tenant(a=4))
    assert site.actions() == ["plan.made", "plan.approved", "operation.done"]


def test_an_end_tells_what_was_before_and_after(site: "Site", words: Any, apply: Callable[..., Any]) -> None:
    """Each change with its result, in the chain itself."""
    site.by_hand("market-a")
    apply(words.tenant(a=4))
    (change,) = _entered(site, "operation.done").detail["changes"]
    assert (change["verb"], change["before"], change["after"], change["result"]) == (
        "update",
        {"cores": 20},
        {"cores": 4},
        "done",
    )


def test_who_consented_is_named_not_who_planned(
    site: "Site", words: Any, execution: Execution, approve: Callable[..., Any]
) -> None:
    """With the document by whose authority they did."""
    manifest = words.tenant(a=4)
    consenting = replace(execution, actor=Actor("王芳"))
    (begun,) = approve(consenting, site.plan(manifest), manifest, authority="市政数〔2026〕12号")
    execution.follow([begun.id])
    assert _entered(site, "plan.made").actor != "王芳"
    assert _entered(site, "plan.approved").detail["authority"] == "市政数〔2026〕12号"
    assert [_entered(site, action).actor for action in ("plan.approved", "operation.done")] == ["王芳"] * 2


def test_every_step_has_its_proof(site: "Site", words: Any, execution: Execution, approve: Callable[..., Any]) -> None:
    """Done in order, with what was read back."""
    manifest = words.tenant(a=4)
    (begun,) = approve(execution, site.plan(manifest), manifest)
    (ended,) = execution.follow([begun.id])
    assert [(each.state, each.attempts) for each in ended.steps] == [(StepState.DONE, 1)] * 2
    assert ended.steps[1].evidence
    assert ended.steps[1].evidence.values == {"cores": 4}


def test_what_is_as_asked_counts_as_applied(site: "Site", words: Any, apply: Callable[..., Any]) -> None:
    """From the consent on, without an operation."""
    site.by_hand("market-a")
    assert apply(words.tenant(a=20)) == {}
    with site.database.transaction() as connection:
        assert [each.tenant for each in applied.load_all(connection)] == ["market"]


def test_what_is_refused_is_not_begun(site: "Site", words: Any, apply: Callable[..., Any]) -> None:
    """With all of its tenant's, nor does it count as applied; other tenants are not held up."""
    site.clouds[words.city].set_usage(site.by_hand("market-a"), words.cores, 5)
    assert apply(words.tenant(a=4, b=4), words.tenant("taxes", c=8)) == {"taxes": OperationState.DONE}
    assert site.limits("market-a")[words.cores] == 20
    with site.database.transaction() as connection:
        assert [each.tenant for each in applied.load_all(connection)] == ["taxes"]


def test_one_failure_stops_no_other(site: "Site", words: Any, apply: Callable[..., Any]) -> None:
    """The tenant in the cloud that refuses fails, with the cloud's reason in the audit log; the other is done."""
    site.clouds[words.city].weather.fail("compute.set_limits", CloudRefused("HTTP 403", request_id="req-1"))
    district = {"cloud": "district", "quota": {"compute": {"cores": 4}}}
    ends = apply(words.tenant(a=4), words.tenant("taxes", c=district))
    assert ends == {"market": OperationState.FAILED, "taxes": OperationState.DONE}
    details = [entry.event.detail for entry in site.log() if entry.event.action == "operation.failed"]
    assert [(each["failure"], each["request"]) for each in details] == [("HTTP 403", "req-1")]


def test_a_cloud_changed_by_hand_ends_it(
    site: "Site", words: Any, execution: Execution, approve: Callable[..., Any]
) -> None:
    """Between plan and consent: nothing is written."""
    project = site.by_hand("market-a")
    manifest = words.tenant(a=4)
    stored = site.plan(manifest)
    site.clouds[words.city].identity.update_project(project, enabled=False)
    (ended,) = execution.follow(each.id for each in approve(execution, stored, manifest))
    assert (ended.state, site.limits("market-a")[words.cores]) == (OperationState.PLAN_CHANGED, 20)
    assert site.actions()[-1] == "operation.plan-changed"


def test_a_stop_is_between_two_steps(
    site: "Site", words: Any, execution: Execution, approve: Callable[..., Any]
) -> None:
    """The step under way ends, the next is not begun; a new plan does the rest."""
    manifest = words.tenant(a=4)
    stored = site.plan(manifest)
    with _at(site.clouds[words.city], "identity.create_project", lambda: execution.engine.stop(_unfinished(execution))):
        (ended,) = execution.follow(each.id for each in approve(execution, stored, manifest))
    assert (ended.state, [each.state for each in ended.steps]) == (
        OperationState.STOPPED,
        [StepState.DONE, StepState.PENDING],
    )
    (rest,) = execution.follow(each.id for each in approve(execution, site.plan(manifest), manifest))
    assert (rest.state, site.limits("market-a")[words.cores]) == (OperationState.DONE, 4)
    assert [each for each in site.actions() if each.startswith("operation.")] == ["operation.stopped", "operation.done"]


def _unfinished(execution: Execution) -> list[Any]:
    return [each.id for each in execution.unfinished()]


def test_what_breaks_off_unexpectedly_has_failed(
    site: "Site", words: Any, process: Callable[..., Execution], approve: Callable[..., Any]
) -> None:
    """With an entry in the audit log; the operation can be seen to have ended, and others have."""

    def connect(spec: Any) -> MemoryCloud:
        if spec.name == "city":
            raise RuntimeError("a mistake of ours")
        return site.connect(spec)

    execution = process("city", "district", connect=connect)
    manifest = words.tenant(a=4, b={"cloud": "district"})
    ended = execution.follow(each.id for each in approve(execution, site.plan(manifest), manifest))
    assert {each.cloud: (each.state, each.failure and each.failure.message) for each in ended} == {
        "city": (OperationState.FAILED, "a mistake of ours"),
        "district": (OperationState.DONE, None),
    }
    assert sorted(site.actions()[2:]) == ["operation.done", "operation.failed"]
    done, failed = (_entered(site, action) for action in ("operation.done", "operation.failed"))
    assert {**failed.detail, "cloud": "district"} == {
        **done.detail,
        "failure": "a mistake of ours",
        "request": None,
    } | {"fingerprint": failed.detail["fingerprint"], "changes": []}
    assert failed.actor == done.actor
    assert execution.unfinished() == ()


def _entered(site: "Site", action: str) -> Event:
    """What the audit log says of the only event of that kind."""
    (event,) = (entry.event for entry in site.log() if entry.event.action == action)
    return event


def test_following_again_changes_nothing(
    site: "Site", words: Any, process: Callable[..., Execution], approve: Callable[..., Any]
) -> None:
    """A broken-off operation is entered into the audit log once."""
    execution = process("city", connect=lambda spec: {}[spec.name])
    manifest = words.tenant(a=4)
    ids = [each.id for each in approve(execution, site.plan(manifest), manifest)]
    assert execution.follow(ids) == execution.follow(ids)
    assert site.actions().count("operation.failed") == 1


def test_two_followers_note_a_broken_off_operation_once(
    site: "Site", words: Any, process: Callable[..., Execution], approve: Callable[..., Any]
) -> None:
    """The second comes while the first is noting it, waits, and finds it noted."""
    manifest = words.tenant(a=4)
    execution = process()
    (begun,) = approve(execution, site.plan(manifest), manifest)
    outcome = Outcome(operation=begun.id, error="a mistake of ours")
    second = threading.Thread(target=execution._close, args=(outcome,))

    def meanwhile() -> datetime:
        second.start()
        _until_somebody_waits(site)
        return site.now()

    replace(execution, now=meanwhile)._close(outcome)
    second.join()
    assert site.actions().count("operation.failed") == 1


def _until_somebody_waits(site: "Site") -> None:
    """Until a transaction waits for another one's lock."""
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    for _ in range(1000):
        with site.database.transaction() as connection:
            if connection.scalar(waiting):
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


def test_another_process_can_carry_it_out(
    site: "Site", words: Any, process: Callable[..., Execution], approve: Callable[..., Any]
) -> None:
    """The one that took the consent is gone before anything is begun."""
    manifest = words.tenant(a=4)
    approve(process(), site.plan(manifest), manifest)
    later = process("city")
    assert [each.state for each in later.unfinished()] == [OperationState.QUEUED]
    (ended,) = later.follow(_unfinished(later))
    assert (ended.state, site.limits("market-a")[words.cores]) == (OperationState.DONE, 4)


def test_consent_is_recorded_whole_or_not_at_all(
    site: "Site", words: Any, execution: Execution, approve: Callable[..., Any]
) -> None:
    """Where the operations cannot be queued there is no decision, no operation and no audit entry."""
    manifest = words.tenant(a=4)
    stored: StoredPlan = site.plan(manifest)
    execution.engine._workflow = None
    with pytest.raises(RuntimeError, match="registered"):
        approve(execution, stored, manifest)
    with site.database.transaction() as connection:
        assert plans.decisions(connection, stored.id) == ()
        assert operations.of_plan(connection, stored.id) == ()
    assert site.actions() == ["plan.made"]
