"""Which of what bears a migration's mark is an orphan, and what bears one."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.clouds.interface import ProjectId
from provisioner.migration.identifiers import MARK, MigrationId, Subject, made_name, marks, tag
from provisioner.migration.orphans import (
    COPY,
    DISK,
    HAND_OVER,
    HOLD,
    LOCK,
    PORT,
    RESTORED,
    SERVER,
    Fate,
    Marked,
    OrphanKind,
    Why,
    judge,
    marked_images,
    marked_ports,
    marked_servers,
    marked_storage,
    marked_transfers,
    orphans,
)
from provisioner.migration.states import State
from tenants.names import CloudName

CITY = CloudName("city")
M1 = MigrationId("m1")
WEB = Subject("网页-1#0")
CLOSED = Fate(migration=M1, name="portal", state=State.CLOSED, cleaned=True, image_roots=frozenset({WEB}))
#: What stays with the target, and what only serves on the way.
LASTING = ((OrphanKind.SERVER, SERVER), (OrphanKind.PORT, PORT), (OrphanKind.VOLUME, DISK), (OrphanKind.IMAGE, COPY))
PASSING = (
    *((OrphanKind.VOLUME, "clone"), (OrphanKind.SNAPSHOT, "snapshot"), (OrphanKind.IMAGE, "export")),
    *((OrphanKind.IMAGE, "proof"), (OrphanKind.TRANSFER, HAND_OVER), (OrphanKind.LOCK, LOCK), (OrphanKind.HOLD, HOLD)),
)
EVERYTHING = (*LASTING, *PASSING)


def mark(kind: OrphanKind, role: str, **more: Any) -> Marked:
    """Something of the migration."""
    made = Marked(
        kind=kind, cloud=CITY, project=ProjectId("p1"), id="x", name="x", migration=M1, role=role, subject=WEB
    )
    return replace(made, **more)


def item(name: str = "x", **more: Any) -> dict[str, Any]:
    """Something that a cloud lists."""
    return {"id": "i1", "name": name, "tenant_id": "p1", "project_id": "p1", "owner": "p1", **more}


@pytest.mark.parametrize(("kind", "role"), EVERYTHING)
@pytest.mark.parametrize("state", [each for each in State if not each.final and not each.serves])
def test_nothing_of_a_migration_under_way_is_an_orphan(kind: OrphanKind, role: str, state: State) -> None:
    """It may want it still; one that waits for a person as well."""
    assert judge(mark(kind, role), replace(CLOSED, state=state, cleaned=False)) is None


@pytest.mark.parametrize(("kind", "role"), LASTING)
@pytest.mark.parametrize("state", [State.ACCEPTED, State.RETAINED, State.CLOSED])
def test_the_target_is_nobody_s_orphan(kind: OrphanKind, role: str, state: State) -> None:
    """Neither its server, nor its ports and disks, nor the image of its root disk."""
    assert judge(mark(kind, role), replace(CLOSED, state=state)) is None


@pytest.mark.parametrize(("kind", "role"), PASSING)
def test_what_only_served_an_ended_migration_is_one(kind: OrphanKind, role: str) -> None:
    """Of one that was taken back as well."""
    assert judge(mark(kind, role), CLOSED) is Why.TEMPORARY
    assert judge(mark(kind, role), replace(CLOSED, state=State.ROLLED_BACK, cleaned=False)) is Why.TEMPORARY


@pytest.mark.parametrize(("kind", "role"), LASTING)
def test_the_target_of_a_migration_that_was_taken_back_is_one(kind: OrphanKind, role: str) -> None:
    """It should have gone on the way back."""
    assert judge(mark(kind, role), replace(CLOSED, state=State.ROLLED_BACK)) is Why.ROLLED_BACK


def test_what_only_served_is_one_once_it_was_to_be_cleaned() -> None:
    """Not while the target serves and the cleaning is to come."""
    clone = mark(OrphanKind.VOLUME, "clone")
    assert judge(clone, replace(CLOSED, state=State.ACCEPTED, cleaned=False)) is None
    assert judge(clone, replace(CLOSED, state=State.ACCEPTED)) is Why.TEMPORARY


def test_a_source_that_is_kept_stays_locked() -> None:
    """Until the migration has ended."""
    lock = mark(OrphanKind.LOCK, LOCK)
    assert judge(lock, replace(CLOSED, state=State.RETAINED)) is None
    assert judge(lock, CLOSED) is Why.TEMPORARY


def test_an_image_that_a_volume_was_made_of_only_passed_through() -> None:
    """That of a root disk, of which the server was made, stays."""
    volume = mark(OrphanKind.IMAGE, COPY, subject=Subject("网页-1#1"))
    assert judge(volume, CLOSED) is Why.TEMPORARY


@pytest.mark.parametrize(("kind", "role"), EVERYTHING)
def test_marks_of_nobody_here_are_unknown(kind: OrphanKind, role: str) -> None:
    """Another Tenantry's, it may be."""
    assert judge(mark(kind, role), None) is Why.UNKNOWN


@pytest.mark.parametrize("fate", [None, CLOSED, replace(CLOSED, state=State.ROLLED_BACK)])
def test_a_port_that_was_given_back_to_the_source_never_is(fate: Fate | None) -> None:
    """The source's server has it."""
    assert judge(mark(OrphanKind.PORT, RESTORED), fate) is None


def test_a_server_that_moved_twice_is_judged_by_all_its_moves() -> None:
    """It is the target of one that went well, whatever became of another."""
    back = Fate(migration=MigrationId("m2"), name="portal", state=State.ROLLED_BACK)
    both = [mark(OrphanKind.SERVER, SERVER), mark(OrphanKind.SERVER, SERVER, migration=MigrationId("m2"))]
    assert orphans(both, {M1: CLOSED, back.migration: back}) == ()
    [found] = orphans(both[1:], {back.migration: back})
    assert (found.why, found.fate) == (Why.ROLLED_BACK, back)


def test_orphans_stand_in_the_order_in_which_they_go() -> None:
    """Cloud by cloud, servers before their ports and volumes, volumes before the snapshots that they were made of."""
    found = [
        mark(kind, "x", id=f"{cloud}-{kind}", cloud=CloudName(cloud)) for kind in reversed(OrphanKind) for cloud in "ba"
    ]
    listed = orphans(found, {})
    assert [each.what.cloud for each in listed] == ["a"] * 8 + ["b"] * 8
    assert [each.what.kind for each in listed[:8]] == list(OrphanKind)


def test_servers_are_told_by_tags_and_locks_by_their_reasons() -> None:
    """With what a server was locked for before."""
    built = item(tags=["web", tag(M1)], created="2027-06-01T12:00:00Z")
    [server] = marked_servers(CITY, [built, item(tags=["tenantry"]), item()])
    assert (server.kind, server.migration, server.created_at) == (
        OrphanKind.SERVER,
        M1,
        datetime(2027, 6, 1, 12, tzinfo=UTC),
    )
    [lock] = marked_servers(CITY, [item(locked=True, locked_reason=f"{tag(M1)}, locked before: 审计")])
    assert (lock.kind, lock.locked_before) == (OrphanKind.LOCK, "审计")
    assert list(marked_servers(CITY, [item(locked=True, locked_reason="audit"), item(locked_reason=tag(M1))])) == []


def test_ports_are_told_by_their_descriptions() -> None:
    """`TAG ROLE SUBJECT`."""
    [port] = marked_ports(CITY, [item(description=f"{tag(M1)} port 网页-1@0"), item(description="port of web")])
    assert (port.migration, port.role, port.subject) == (M1, PORT, "网页-1@0")


def test_volumes_and_snapshots_are_told_by_their_metadata() -> None:
    """Of the project that the service says; Cinder's times are UTC without saying so."""
    made = item(metadata=marks(M1, "clone", WEB), size=2, created_at="2027-06-01T12:00:00.000000")
    [volume] = marked_storage(OrphanKind.VOLUME, CITY, [made, item(metadata={"duty": "x"}), item()], owner="tenant_id")
    assert (volume.role, volume.subject, volume.project, volume.size) == ("clone", WEB, "p1", 2 * 2**30)
    assert volume.created_at == datetime(2027, 6, 1, 12, tzinfo=UTC)


def test_images_are_told_by_their_names_alone() -> None:
    """Nova gives what somebody makes of a migrated server the mark of the image that the server was made of."""
    exported = item(made_name(M1, "export", WEB), status="active", size=7)
    theirs = item("夜间备份", status="active", **marks(M1, COPY, WEB))
    [image] = marked_images(CITY, [exported, theirs, {**exported, "status": "pending_delete"}])
    assert (image.migration, image.role, image.subject, image.size) == (M1, "export", WEB, 7)


def test_an_image_that_was_handed_over_has_another_role_than_its_name() -> None:
    """By the property that it was given with its new owner."""
    [image] = marked_images(CITY, [item(made_name(M1, "root", WEB), **marks(M1, HAND_OVER, WEB))])
    assert image.role == HAND_OVER
    [other] = marked_images(CITY, [item(made_name(M1, "root", WEB), **{**marks(M1, HAND_OVER, WEB), MARK: "m2"})])
    assert other.role == "root"


def test_transfers_that_were_accepted_are_history() -> None:
    """Those that wait are told by their names."""
    waiting = item(made_name(M1, HAND_OVER, WEB), source_project_id="p1")
    [transfer] = marked_transfers(CITY, [waiting, {**waiting, "accepted": True}, item("gift")])
    assert (transfer.kind, transfer.subject) == (OrphanKind.TRANSFER, WEB)


@given(name=st.text(), description=st.text(), reason=st.text(), tags=st.lists(st.text()))
def test_whatever_else_is_called_whatever_is_nobody_s(
    name: str, description: str, reason: str, tags: list[str]
) -> None:
    """No name, description, reason or tag of a stranger makes a migration's thing of it, unless it spells our mark out."""
    strange = item(name, description=description, locked=True, locked_reason=reason, tags=tags, metadata={"a": name})
    found = [
        *marked_servers(CITY, [strange]),
        *marked_ports(CITY, [strange]),
        *marked_storage(OrphanKind.VOLUME, CITY, [strange], owner="tenant_id"),
        *marked_images(CITY, [strange]),
        *marked_transfers(CITY, [strange]),
    ]
    assert not found or any("tenantry-" in each for each in (name, description, reason, *tags))
