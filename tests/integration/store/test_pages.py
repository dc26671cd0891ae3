"""Pages of the record: by key, filtered, and of what a department may see alone."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from provisioner.audit import Event
from provisioner.clouds.interface import Capabilities, Directory
from provisioner.diff import Change, Difference, Verb
from provisioner.objects import Address
from provisioner.observation import Observation
from provisioner.operation import Operation, OperationId, OperationState, RevisionId, Step
from provisioner.plan import Action, Fingerprint, Plan, Section
from provisioner.store import audit, observations, operations, pages, plans
from provisioner.store import drift as drift_store
from provisioner.store.database import Connection
from provisioner.store.pages import AuditFilter, DriftFilter, OperationFilter

MANY = 50


def address(tenant: str, key: str = "compute") -> Address:
    """An object of a tenant."""
    return Address(cloud="city", tenant=tenant, project="p", kind="quota", key=key)


def section(tenant: str) -> Section:
    """One change of a tenant."""
    change = Change(address=address(tenant), verb=Verb.UPDATE, before={"a": 1}, after={"a": 2})
    return Section(tenant=tenant, cloud="city", actions=(Action(change=change, reason="r"),))


@pytest.fixture
def plan_of(connection: Connection, revision: RevisionId, at: datetime) -> Callable[..., str]:
    """Keeps a plan for these tenants."""

    def plan_of(*tenants: str, minutes: int = 0) -> str:
        plan = Plan(sections=tuple(map(section, tenants)))
        return plans.save(connection, plan, revision=revision, actor="ops", at=at + timedelta(minutes=minutes))

    return plan_of


@pytest.fixture
def make(connection: Connection, plan_of: Callable[..., str], at: datetime) -> Callable[..., str]:
    """Writes an operation of one step down."""
    plan = plan_of("market")

    def make(name: str, tenant: str = "market", state: OperationState = OperationState.QUEUED) -> str:
        operation = Operation(
            id=OperationId(name),
            plan_id=plan,
            tenant=tenant,
            cloud="city",
            fingerprint=Fingerprint("f"),
            state=state,
            created_at=at,
            steps=(Step(position=0, action=section(tenant).actions[0]),),
        )
        operations.create(connection, [operation])
        return plan

    return make


def ids(found: object) -> list[str]:
    """The ids of what was found."""
    return [each.id for each in found]  # type: ignore[attr-defined]


def test_pages_of_operations_neither_repeat_nor_hide(connection: Connection, make: Callable[..., str]) -> None:
    """What is made between two pages does not move the second."""
    for name in "abcd":
        make(name)
    first = pages.operations(connection, OperationFilter(), limit=2)
    make("e")
    second = pages.operations(connection, OperationFilter(), before=first[-1].id, limit=2)
    assert (ids(first), ids(second)) == (["d", "c"], ["b", "a"])


def test_operations_are_counted_by_their_steps(connection: Connection, make: Callable[..., str]) -> None:
    """All, and those that are done."""
    make("a")
    (only,) = pages.operations(connection, OperationFilter(), limit=MANY)
    assert (only.steps, only.steps_done) == (1, 0)


def test_operations_are_filtered(connection: Connection, make: Callable[..., str]) -> None:
    """By tenant, state, plan, and by what may be seen."""
    plan = make("a")
    make("b", "transport")
    operations.set_state(connection, "b", OperationState.RUNNING)
    wanted = {
        "transport": OperationFilter(tenant="transport"),
        "running": OperationFilter(state=OperationState.RUNNING),
        "seen": OperationFilter(visible={"market"}),
        "plan": OperationFilter(plan=plan),
        "nobody": OperationFilter(visible=set()),
    }
    found = {name: ids(pages.operations(connection, each, limit=MANY)) for name, each in wanted.items()}
    assert found == {"transport": ["b"], "running": ["b"], "seen": ["a"], "plan": ["b", "a"], "nobody": []}


def test_a_plan_of_others_is_not_seen(connection: Connection, plan_of: Callable[..., str]) -> None:
    """Not even where a part of it is one's own; and one of nobody is nobody's."""
    plan_of()
    mine, _ = plan_of("market", minutes=1), plan_of("market", "transport", minutes=2)
    assert ids(pages.plans(connection, visible={"market"}, limit=MANY)) == [mine]
    assert len(pages.plans(connection, visible=None, limit=MANY)) == 3


def test_plans_are_counted_newest_first(connection: Connection, plan_of: Callable[..., str]) -> None:
    """What they change and refuse; and each can be asked for alone."""
    older, newer = plan_of(), plan_of("market", "transport", minutes=1)
    found = pages.plans(connection, visible=None, limit=MANY)
    assert [(each.id, each.actions, each.refusals, each.applied) for each in found] == [
        (newer, 2, 0, False),
        (older, 0, 0, False),
    ]
    assert ids(pages.plans(connection, visible=None, limit=MANY, only=older)) == [older]
    assert ids(pages.plans(connection, visible=None, before=newer, limit=MANY)) == [older]


def test_the_audit_log_is_paged_and_filtered(connection: Connection, at: datetime) -> None:
    """In its own order; by actor, action, subject and time."""
    made = [
        Event(at=at + timedelta(minutes=number), actor=actor, action=action, subject=subject)
        for number, (actor, action, subject) in enumerate([("ops", "x", "1"), ("zhang", "y", "1"), ("ops", "y", "2")])
    ]
    audit.append_all(connection, made)

    def found(after: int = 0, limit: int = MANY, **wanted: object) -> list[int]:
        return [each.seq for each in pages.audit(connection, AuditFilter(**wanted), after=after, limit=limit)]

    assert (found(limit=2), found(after=2)) == ([1, 2], [3])
    assert (found(actor="ops"), found(action="y"), found(subject="1")) == ([1, 3], [2, 3], [1, 2])
    assert (found(since=at + timedelta(minutes=1)), found(until=at + timedelta(minutes=1))) == ([2, 3], [1])


def test_audit_entries_are_as_they_were_chained(connection: Connection, at: datetime) -> None:
    """Digests and all, as the whole log is read."""
    audit.append(connection, Event(at=at, actor="ops", action="x", subject="1", detail={"市": True}))
    assert pages.audit(connection, AuditFilter(), after=0, limit=MANY) == tuple(audit.read(connection))


def test_drift_is_paged_and_filtered(connection: Connection, at: datetime) -> None:
    """By tenant, and by what may be seen; what is resolved only where it is asked for."""
    everybody = ["market", "transport"]
    differences = [Difference(address=address(each), property="cores", expected=1, actual=2) for each in everybody]
    drift_store.record(connection, "city", tenants=everybody, differences=differences, at=at)
    drift_store.record(connection, "city", tenants=["market"], differences=[], at=at + timedelta(minutes=1))

    def found(after: int = 0, **wanted: object) -> list[str]:
        listed = pages.drift(connection, DriftFilter(**wanted), after=after, limit=MANY)
        return [each.difference.address.tenant for _, each in listed]

    assert (found(), found(resolved=True)) == (["transport"], everybody)
    assert (found(visible={"market"}), found(visible={"market"}, resolved=True)) == ([], ["market"])
    assert (found(tenant="transport"), found(cloud="district")) == (["transport"], [])
    (number, _), *_ = pages.drift(connection, DriftFilter(resolved=True), after=0, limit=1)
    assert found(after=number, resolved=True) == ["transport"]


def look(cloud: str, at: datetime) -> Observation:
    """A look that saw nothing."""
    return Observation(
        cloud=cloud,
        at=at,
        capabilities=Capabilities(services=frozenset()),
        directory=Directory(roles={}, groups={}, users={}),
        projects={},
    )


def test_looks_are_paged_newest_first(connection: Connection, at: datetime) -> None:
    """Of all clouds or of one."""
    numbers = [observations.save(connection, look(cloud, at)) for cloud in ("city", "district", "city")]
    first = pages.observations(connection, cloud=None, before=None, limit=2)
    assert ids(first) == [numbers[2], numbers[1]]
    assert ids(pages.observations(connection, cloud=None, before=first[-1].id, limit=2)) == [numbers[0]]
    assert ids(pages.observations(connection, cloud="district", before=None, limit=2)) == [numbers[1]]


def test_the_stamp_changes_with_every_look(connection: Connection, at: datetime) -> None:
    """And stays where nothing changed."""
    before = pages.stamp(connection)
    assert pages.stamp(connection) == before
    observations.save(connection, look("city", at))
    assert pages.stamp(connection) != before
