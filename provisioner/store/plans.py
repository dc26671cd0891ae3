"""Plans as they were shown, and what was decided about them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from provisioner.errors import StoreError
from provisioner.operation import Actor, PlanId, RevisionId
from provisioner.plan import Fingerprint, Plan
from provisioner.store.codec import decode, encode
from provisioner.store.ids import new_id
from provisioner.store.schema_operations import Verdict
from provisioner.store.schema_operations import decisions as decisions_table
from provisioner.store.schema_operations import plans as table


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPlan:
    """A plan, and where it comes from."""

    id: PlanId
    revision: RevisionId
    created_at: datetime
    actor: Actor
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What somebody decided about a plan; it binds to the fingerprint and to nothing else."""

    plan: PlanId
    fingerprint: Fingerprint
    actor: Actor
    at: datetime
    verdict: Verdict
    comment: str = ""


def save(connection: Connection, plan: Plan, *, revision: RevisionId, actor: Actor, at: datetime) -> PlanId:
    """Keep a plan."""
    plan_id = PlanId(new_id(at))
    row = {"id": plan_id, "revision_id": revision, "created_at": at, "actor": actor, "fingerprint": plan.fingerprint}
    connection.execute(insert(table).values(**row, content=encode(Plan, plan)))
    return plan_id


def load(connection: Connection, plan: PlanId) -> StoredPlan:
    """Raises StoreError where there is no such plan."""
    found = find(connection, plan)
    if found is None:
        raise StoreError(f"there is no plan {plan}")
    return found


def find(connection: Connection, plan: PlanId) -> StoredPlan | None:
    """The plan, or None where there is none of that id."""
    row = connection.execute(select(table).where(table.c.id == plan)).one_or_none()
    return None if row is None else _stored(row)


def find_alike(connection: Connection, fingerprint: Fingerprint) -> StoredPlan | None:
    """The newest plan of that fingerprint, or None where there is none; all of them would do the same."""
    query = select(table).where(table.c.fingerprint == fingerprint).order_by(table.c.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _stored(row)


def take(connection: Connection, plan: PlanId) -> None:
    """Keep everybody else from deciding about the plan before the transaction ends."""
    connection.execute(select(table.c.id).where(table.c.id == plan).with_for_update())


def decide(connection: Connection, decision: Decision) -> None:
    """Keep a decision. A plan may be decided more than once; the last decision holds."""
    connection.execute(
        insert(decisions_table).values(
            plan_id=decision.plan,
            fingerprint=decision.fingerprint,
            actor=decision.actor,
            at=decision.at,
            verdict=decision.verdict,
            comment=decision.comment,
        )
    )


def consenter(connection: Connection, plan: PlanId) -> Actor:
    """Who consented to the plan; where nobody did, who made it. Raises StoreError where there is no such plan."""
    decided = decisions(connection, plan)
    return decided[-1].actor if decided else load(connection, plan).actor


def decisions(connection: Connection, plan: PlanId) -> tuple[Decision, ...]:
    """What was decided about a plan, oldest first."""
    query = select(decisions_table).where(decisions_table.c.plan_id == plan).order_by(decisions_table.c.id)
    return tuple(
        Decision(
            plan=PlanId(row.plan_id),
            fingerprint=Fingerprint(row.fingerprint),
            actor=Actor(row.actor),
            at=row.at,
            verdict=Verdict(row.verdict),
            comment=row.comment,
        )
        for row in connection.execute(query)
    )


def _stored(row: Any) -> StoredPlan:
    return StoredPlan(
        id=PlanId(row.id),
        revision=RevisionId(row.revision_id),
        created_at=row.created_at,
        actor=Actor(row.actor),
        plan=decode(Plan, row.content),
    )
