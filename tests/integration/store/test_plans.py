"""Revisions and plans: kept as they were, once for each content."""

from datetime import datetime, timedelta

import pytest

from provisioner.diff import Change, Verb
from provisioner.errors import StoreError
from provisioner.objects import Address
from provisioner.operation import PlanId, RevisionId
from provisioner.plan import Action, Plan, Section
from provisioner.store import plans, revisions
from provisioner.store.database import Connection
from provisioner.store.plans import Decision
from provisioner.store.schema_operations import Verdict

FILES = {"tenants/市.yaml": "displayName: 市市场监督管理局\n", "clouds.yaml": "kind: Cloud\n"}
ADDRESS = Address(cloud="city", tenant="market", project="registration", kind="quota", key="compute")
PLAN = Plan(
    sections=(
        Section(
            tenant="market",
            cloud="city",
            actions=(
                Action(
                    change=Change(address=ADDRESS, verb=Verb.UPDATE, before={"cores": 2**62}, after={"cores": -1}),
                    reason="清单要求",
                ),
            ),
        ),
    ),
    unmanaged=(("city", "p-1"),),
)


def test_files_come_back_as_they_were(connection: Connection, at: datetime) -> None:
    """Names and texts, in any script."""
    saved = revisions.load(connection, revisions.save(connection, FILES, actor="ops", at=at))
    assert (saved.files, saved.actor, saved.created_at) == (FILES, "ops", at)


def test_the_same_files_are_the_same_revision(connection: Connection, at: datetime) -> None:
    """Whoever brings them again, in whatever order, and whenever."""
    first = revisions.save(connection, FILES, actor="ops", at=at)
    again = revisions.save(connection, dict(reversed(FILES.items())), actor="other", at=at + timedelta(days=1))
    assert first == again
    assert revisions.load(connection, first).actor == "ops"


@pytest.mark.parametrize("files", [{**FILES, "a": ""}, {"tenants/市.yaml": "", "clouds.yaml": ""}, {}])
def test_other_files_are_another_revision(connection: Connection, files: dict[str, str], at: datetime) -> None:
    """A file more, another text, or none at all."""
    first = revisions.save(connection, FILES, actor="ops", at=at)
    assert revisions.save(connection, files, actor="ops", at=at) != first


def test_what_the_files_name_comes_back_beside_them(connection: Connection, at: datetime) -> None:
    """User data is told from manifests, even where it looks like one; and both can be validated again."""
    attached = {"files/web.sh": "#!/bin/sh\necho 商事登记\r\n", "files/cloud.yaml": "kind: Cloud\n"}
    saved = revisions.load(connection, revisions.save(connection, FILES, actor="ops", at=at, attached=attached))
    assert (saved.files, saved.attached) == (FILES, attached)
    assert dict(saved.manifests()) == {name: text.encode() for name, text in FILES.items()}
    assert saved.lookup("files/web.sh") == attached["files/web.sh"].encode()
    assert saved.lookup("clouds.yaml") == FILES["clouds.yaml"].encode()
    assert saved.lookup("nothing") is None


@pytest.mark.parametrize("attached", [{}, {"web.sh": "b"}, {"db.sh": "a"}])
def test_other_user_data_is_another_revision(connection: Connection, attached: dict[str, str], at: datetime) -> None:
    """The same manifests ask for other servers then."""
    first = revisions.save(connection, FILES, actor="ops", at=at, attached={"web.sh": "a"})
    assert revisions.save(connection, FILES, actor="ops", at=at, attached=attached) != first
    assert revisions.save(connection, FILES, actor="ops", at=at, attached={"web.sh": "a"}) == first


def test_a_plan_comes_back_as_it_was(connection: Connection, revision: RevisionId, at: datetime) -> None:
    """Equal in every part, and so with the same fingerprint."""
    saved = plans.load(connection, plans.save(connection, PLAN, revision=revision, actor="ops", at=at))
    assert (saved.plan, saved.revision, saved.actor, saved.created_at) == (PLAN, revision, "ops", at)
    assert saved.plan.fingerprint == PLAN.fingerprint


def test_decisions_come_back_oldest_first(connection: Connection, plan: PlanId, at: datetime) -> None:
    """The last one holds."""
    rejected = Decision(
        plan=plan, fingerprint=PLAN.fingerprint, actor="a", at=at, verdict=Verdict.REJECTED, comment="不"
    )
    approved = Decision(plan=plan, fingerprint=PLAN.fingerprint, actor="b", at=at, verdict=Verdict.APPROVED)
    plans.decide(connection, rejected)
    plans.decide(connection, approved)
    assert plans.decisions(connection, plan) == (rejected, approved)


def test_what_is_not_there_is_named(connection: Connection) -> None:
    """An id that somebody mistyped."""
    with pytest.raises(StoreError, match="no plan nope"):
        plans.load(connection, PlanId("nope"))
    with pytest.raises(StoreError, match="no manifest revision nope"):
        revisions.load(connection, RevisionId("nope"))
