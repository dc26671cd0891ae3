"""Manifests and moves: what is in force afterwards says where an application is, and meanwhile nothing else touches it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from provisioner.clouds.collections import Act, ItemId
from provisioner.engine import Engine, EngineSettings
from provisioner.kinds.server_properties import SERVERS
from provisioner.kinds.volume import VOLUMES
from provisioner.migration.identifiers import EVERYTHING, Subject
from provisioner.migration.script import StepKind
from provisioner.migration.states import Asked, State
from provisioner.moving.controlling import Controlling, Wish
from provisioner.operation import Actor, OperationState
from provisioner.plan import Plan
from provisioner.store.database import Database
from tenants.problems import Problem
from tests.integration.moving.city import APPLICATION, TENANT, WAVE, Town

MOVED = (
    APPLICATION.replace("project: a ", "project: b ")
    .replace("network: app", "network: 应用网")
    .replace("tiny", "small")
    .replace("type: ssd", "type: standard")
)


CORRECTING = """\
apiVersion: tenantry/v1
kind: Policy
metadata: {name: town, displayName: town}
spec: {drift: [{name: all, action: correct}]}
"""


def idle(plan: Plan) -> bool:
    """Whether a plan does and refuses nothing."""
    return not tuple(plan.actions) and not tuple(plan.refusals)


def told(plan: Plan, words: str) -> list[str]:
    """The notices of a plan that have these words."""
    return [each.message for section in plan.sections for each in section.notices if words in each.message]


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Iterator[Town]:
    """The application was applied in `city`, and a wave is in force that takes it to `district`."""
    settings = EngineSettings(concurrency=4, polling=0.02, heartbeat=0.3, patience=20)
    with Engine(database, settings=settings) as engine:
        town = Town(database, engine, tmp_path)
        town.apply(TENANT, APPLICATION, WAVE)
        yield town


def settled(town: Town) -> Any:
    """The application serves at its target, somebody signed off, and its source is kept."""
    migration = town.start()
    town.rests(migration, State.ACCEPTED)
    town.sign_off(migration)
    town.rests(migration, State.RETAINED)
    return migration


def test_after_a_move_there_is_nothing_to_do(town: Town) -> None:
    """The manifests in force say where it is, and a plan of them is empty: with the source kept, and once it is gone."""
    migration = settled(town)
    address = town.load(migration).values(StepKind.PORT, Subject("web@0"))["addresses"]
    assert town.document("Application") == MOVED.replace("10.30.0.11", str(address))
    assert idle(town.plan())
    assert town.look("city").drifts == town.look("district").drifts == ()
    town.ahead = timedelta(days=4)
    town.rests(migration, State.CLOSED)
    assert idle(town.plan())
    assert told(town.plan(), "made for the application") == []
    assert town.look("city").drifts == town.look("district").drifts == ()
    assert town.clouds["city"].items(SERVERS, town.project("a", "city")) == ()
    assert town.clouds["city"].items(VOLUMES, town.project("a", "city")) == ()


def test_a_copy_from_before_the_move_is_refused(town: Town) -> None:
    """In force, it would have the one that serves be nobody's; with the source gone, it would build another, empty one there."""
    migration = settled(town)

    def refused() -> Problem:
        found = town.propose(TENANT, APPLICATION, WAVE)
        assert found.stored is None
        return next(each for each in found.problems if each.path == "spec.project")

    assert "the wave spring moved it to the project b in district" in refused().message
    town.ahead = timedelta(days=4)
    town.rests(migration, State.CLOSED)
    assert refused().remedy.startswith("write project: b")
    assert idle(town.plan(TENANT, town.document("Application"), WAVE))


def test_what_was_written_is_on_record(town: Town) -> None:
    """As an event with what to change elsewhere, and in the audit log; an abort writes back what was."""
    migration = settled(town)
    (written,) = town.told(migration, "manifest")
    assert "spec.project: a → b" in written["words"]
    assert "spec.project: a → b" in str(town.load(migration).values(StepKind.MANIFEST, EVERYTHING)["changes"])
    (audited,) = town.audited("migration.manifest")
    assert audited["before"] != audited["after"]
    town.ask(migration, Asked.ABORT)
    town.rests(migration, State.ROLLED_BACK)
    assert town.document("Application") == APPLICATION
    assert idle(town.plan())
    assert town.look("city").drifts == town.look("district").drifts == ()


def test_a_manifest_that_cannot_be_changed_is_a_persons_to_change(town: Town) -> None:
    """It says what to write; once that is in force, the migration goes on."""
    anchored = APPLICATION.replace("flavor: tiny\n      image", "flavor: &size tiny\n      image").replace(
        "flavor: tiny\n      bootVolume", "flavor: *size\n      bootVolume"
    )
    town.apply(TENANT, anchored, WAVE)
    migration = town.start()
    town.rests(migration, State.ACCEPTED)
    town.sign_off(migration)
    found = town.rests(migration, State.MANUAL)
    assert found.failure is not None
    assert "spec.project: a → b" in found.failure.message
    assert town.document("Application") == anchored
    address = str(found.values(StepKind.PORT, Subject("web@0"))["addresses"])
    town.apply(TENANT, MOVED.replace("10.30.0.11", address), WAVE)
    wish = Wish(run=found.run, migration=migration, actor=Actor("chen"))
    Controlling(database=town.database, now=town.now).retry(wish)
    town.rests(migration, State.RETAINED)


NEW = """\
    - name: cache
      flavor: tiny
      image: guest
      networks: [{network: app}]
"""


def test_a_server_that_came_into_the_manifest_meanwhile_is_made_at_the_target(town: Town) -> None:
    """It was never made, so nothing of it stayed; the next plan makes it where the application is."""
    migration = town.start()
    town.rests(migration, State.ACCEPTED)
    town.apply(TENANT, APPLICATION.replace("  volumes:\n", f"{NEW}  volumes:\n"), WAVE)
    town.sign_off(migration)
    town.rests(migration, State.RETAINED)
    made = [str(each.change.address) for each in town.plan().actions]
    assert made == ["district/market/b/port/cache-应用网", "district/market/b/server/cache"]


def test_a_server_that_was_made_by_hand_meanwhile_did_not_move(town: Town) -> None:
    """An application is in one project: a person has to say what that one is to be."""
    migration = town.start()
    town.rests(migration, State.ACCEPTED)
    town.apply(TENANT, APPLICATION.replace("  volumes:\n", f"{NEW}  volumes:\n"), WAVE)
    body = {"name": "cache", "flavorRef": "f1", "imageRef": "i1", "networks": "none"}
    town.clouds["city"].resources.create(SERVERS, town.project("a", "city"), body)
    town.sign_off(migration)
    found = town.rests(migration, State.MANUAL)
    assert found.failure is not None
    assert "only a part of the application moved: cache stayed" in found.failure.message


def test_what_moves_is_left_alone_by_plans(town: Town) -> None:
    """Whatever its manifest asks for meanwhile, and whatever is planned for its project otherwise."""
    changed = APPLICATION.replace("duty: 网页", "duty: 门户")
    zone = TENANT.replace("securityGroups: [{name: web,", "securityGroups: [{name: new}, {name: web,", 1)
    assert [str(each.change.address) for each in town.plan(TENANT, changed, WAVE).actions] == [
        "city/market/a/server/web"
    ]
    town.start()
    plan = town.plan(zone, changed, WAVE)
    assert [str(each.change.address) for each in plan.actions] == ["city/market/a/security-group/new"]
    assert len(told(plan, "the wave spring moves or imports the application registration")) == 2, "at both ends"
    gone = town.plan(TENANT, APPLICATION.replace("servers:", "state: absent\n  servers:"))
    assert idle(gone)


def test_a_plan_from_before_a_move_is_not_carried_out(town: Town) -> None:
    """The operation looks again, and says what began since."""
    manifests = (TENANT, APPLICATION.replace("duty: 网页", "duty: 门户"), WAVE)
    stored = town.propose(*manifests).stored
    assert stored
    town.start()
    made = town.execution.approve(stored, town.manifests(*manifests).city)
    (ended,) = town.execution.follow(each.id for each in made)
    assert ended.state is OperationState.PLAN_CHANGED
    assert "the application registration by the wave spring" in str(ended.failure and ended.failure.message)


def test_the_ends_of_a_move_cannot_be_given_back(town: Town) -> None:
    """Neither project is retired, or left out of the manifests, before it has ended."""
    town.start()
    for name in ("a", "b"):
        retired = TENANT.replace(f"- name: {name}\n", f"- name: {name}\n      state: retired\n")
        moved = APPLICATION if name == "b" else APPLICATION.replace("project: a", "project: b")
        moved = moved if name == "b" else moved.replace("network: app", "network: 应用网").replace("10.30", "10.40")
        refusals = town.plan(retired, moved).refusals
        assert any("cannot be retired" in each.message for each in refusals), name
    without = TENANT[: TENANT.index("    - name: b")]
    (problem,) = town.propose(without, APPLICATION).problems
    assert "the project b of market is named no longer" in problem.message


def test_what_moves_is_no_drift(town: Town) -> None:
    """A source that is changed, or stopped, is nobody's to correct."""
    town.apply(TENANT, APPLICATION, WAVE, CORRECTING)
    (server,) = [
        each for each in town.clouds["city"].items(SERVERS, town.project("a", "city")) if each["name"] == "web"
    ]
    town.start()
    item, project = ItemId(str(server["id"])), town.project("a", "city")
    town.clouds["city"].resources.act(
        SERVERS, project, item, Act(below="/metadata", body={"metadata": {"duty": "stopped"}})
    )
    found = town.look("city")
    assert (found.drifts, found.operations) == ((), ())
