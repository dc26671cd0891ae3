"""A proposal looks, checks, plans and writes down; nothing in a cloud changes by it."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from provisioner.clouds.interface import Holder
from provisioner.errors import CloudUnavailable
from provisioner.proposal import Proposer
from provisioner.store import observations, plans, revisions
from tenants.names import CloudName, TenantName
from tenants.problems import Severity
from tenants.spec import CloudSpec

if TYPE_CHECKING:
    from tests.integration.provisioner.conftest import Site


@pytest.fixture
def lowering(site: "Site", words: Any) -> str:
    """A manifest that asks for fewer cores than two servers use."""
    holders = (Holder(id="1", name="web", amount=1), Holder(id="2", name="db", amount=4))
    site.clouds[words.city].set_usage(site.by_hand("market-a"), words.cores, 5, holders=holders)
    return str(words.tenant(a=4))


def _unused(spec: CloudSpec) -> Any:
    raise AssertionError(f"{spec.name} was opened")


def test_what_a_plan_was_made_of_is_kept(site: "Site", words: Any) -> None:
    """The files as they were read, what was seen of each cloud, and the plan itself."""
    proposal = site.propose(words.tenant(a=4, b={"cloud": "district"}))
    assert proposal.stored
    with site.database.transaction() as connection:
        kept = revisions.load(connection, proposal.stored.revision)
        seen = {cloud: observations.latest(connection, cloud) for cloud in (words.city, words.district)}
        plan = plans.load(connection, proposal.stored.id)
    assert kept.files == words.manifests(words.tenant(a=4, b={"cloud": "district"})).files
    assert seen == proposal.survey.observations
    assert plan == proposal.stored


def test_what_the_manifests_name_is_kept_with_them(site: "Site", words: Any) -> None:
    """User data is not on the disk of whoever does the work."""
    read = replace(words.manifests(words.tenant(a=4)), attached={"files/web.sh": "#!/bin/sh\n"})
    proposer = Proposer(database=site.database, connect=site.connect, actor=site.actor, now=site.now)
    stored = proposer.propose(read).stored
    assert stored
    with site.database.transaction() as connection:
        kept = revisions.load(connection, stored.revision)
    assert (kept.files, kept.attached) == (read.files, read.attached)


def test_making_a_plan_is_audited(site: "Site", words: Any) -> None:
    """Who made it, of what, and its fingerprint."""
    stored = site.plan(words.tenant(a=4))
    (entry,) = site.log()
    assert (entry.event.action, entry.event.actor, entry.event.subject) == ("plan.made", site.actor, stored.id)
    assert entry.event.detail == {"revision": stored.revision, "fingerprint": stored.plan.fingerprint}


def test_the_same_manifests_are_one_revision(site: "Site", words: Any) -> None:
    """However often they are planned for."""
    assert site.plan(words.tenant(a=4)).revision == site.plan(words.tenant(a=4)).revision


def test_a_recorded_plan_sends_nothing(site: "Site", words: Any) -> None:
    """It is made of the last look, which stays the last; the plan is the same."""
    live = site.plan(words.tenant(a=4))
    recorded = site.plan(words.tenant(a=4), recorded=True, connect=_unused)
    with site.database.transaction() as connection:
        assert len(observations.passes(connection, words.city)) == 1
    assert recorded.plan.fingerprint == live.plan.fingerprint


def test_a_recorded_plan_needs_a_look(site: "Site", words: Any) -> None:
    """A cloud that none is on record of is refused, not taken for empty."""
    plan = site.plan(words.tenant(a=4), recorded=True, connect=_unused).plan
    assert [each.message for each in plan.refusals] == ["cloud city could not be observed: no look at it is on record"]


def test_what_the_cloud_lacks_leaves_no_plan(site: "Site", words: Any) -> None:
    """And no record of anything."""
    manifest = words.tenant(a={"members": [{"group": "nobody", "role": "member"}]})
    proposal = site.propose(manifest)
    assert [each.location.file for each in proposal.problems] == ["tenant-0.yaml"]
    assert proposal.stored is None
    assert site.log() == []


def test_what_silent_manifests_hold_beyond_an_envelope_leaves_no_plan(site: "Site", words: Any) -> None:
    """The project has 20 cores in the cloud, and its tenant may hold 10."""
    site.by_hand("market-a")
    proposal = site.propose(words.tenant(envelope={"city": {"compute": {"cores": 10}}}, a={}))
    assert ["compute/cores holds 20 of 10" in each.message for each in proposal.problems] == [True]
    assert proposal.stored is None


def test_what_does_not_fit_a_new_project_is_refused_without_holders(site: "Site", words: Any) -> None:
    """There is no project yet in which anybody could hold anything."""
    zone = {"networks": [{"name": f"n{number}"} for number in range(101)]}
    plan = site.plan(words.tenant(a={"landingZone": zone})).plan
    assert [("101 more of network/network" in each.message, each.holders) for each in plan.refusals] == [(True, ())]


def test_a_warning_leaves_a_plan(site: "Site", words: Any) -> None:
    """It is shown beside it: here that nobody knows what a project without limit will take."""
    proposal = site.propose(words.tenant(a="unlimited"))
    assert [each.severity for each in proposal.problems] == [Severity.WARNING]
    assert proposal.stored


def test_a_cloud_out_of_reach_is_refused_in_the_plan(site: "Site", words: Any) -> None:
    """What is elsewhere is planned."""
    site.clouds[words.city].weather.fail("identity.projects", CloudUnavailable("HTTP 503"))
    plan = site.plan(words.tenant(a=4, b={"cloud": "district"})).plan
    assert {each.cloud: each.applicable for each in plan.sections} == {"city": False, "district": True}


def test_single_tenants_can_be_planned_for(site: "Site", words: Any) -> None:
    """The others' sections are left out."""
    plan = site.plan(words.tenant(a=4), words.tenant("taxes", b=4), only=frozenset({TenantName("taxes")})).plan
    assert [each.tenant for each in plan.sections] == ["taxes"]


def test_checks_are_made_over_all_tenants(site: "Site", words: Any) -> None:
    """Though only one is planned for: all share the clouds."""
    broken = words.tenant(a={"members": [{"group": "nobody", "role": "member"}]})
    proposal = site.propose(broken, words.tenant("taxes", b=4), only=frozenset({TenantName("taxes")}))
    assert (len(proposal.problems), proposal.stored) == (1, None)


def test_a_refusal_names_who_holds_what(site: "Site", lowering: str) -> None:
    """Greatest first, as the cloud tells."""
    (refusal,) = site.plan(lowering).plan.refusals
    assert [(each.name, each.amount) for each in refusal.holders] == [("db", 4), ("web", 1)]


def test_a_refusal_stands_without_holders(site: "Site", words: Any, lowering: str) -> None:
    """Where the cloud does not tell."""
    site.clouds[words.city].weather.fail("compute.holders", CloudUnavailable("HTTP 503"))
    (refusal,) = site.plan(lowering).plan.refusals
    assert (refusal.message, refusal.holders) == ("cores cannot go from 20 to 4: 5 in use", ())


def test_a_recorded_refusal_asks_nobody(site: "Site", lowering: str) -> None:
    """The use is on record, the holders are not."""
    site.plan(lowering)
    (refusal,) = site.plan(lowering, recorded=True, connect=_unused).plan.refusals
    assert refusal.holders == ()


def test_holders_are_asked_for_only_where_something_is_refused(site: "Site", words: Any) -> None:
    """It takes requests."""
    site.plan(words.tenant(a=4))
    assert "compute.holders" not in site.clouds[words.city].weather.calls


def test_nothing_in_a_cloud_changes(site: "Site", words: Any) -> None:
    """Reading is all that is done."""
    site.by_hand("market-a")
    before = site.clouds[words.city].weather.calls
    site.plan(words.tenant(a=4, b=4))
    assert {call for call, number in site.clouds[words.city].weather.calls.items() if number > before.get(call, 0)} == {
        "capabilities",
        "capacity",
        "compute.readings",
        "identity.assignments",
        "identity.directory",
        "identity.projects",
    }


@pytest.fixture
def moved_away(site: "Site", words: Any, applied: Any) -> str:
    """The tenant's manifest, now that its project in `district` is no longer in it; it was applied there before."""
    applied([words.tenant(a=4, b={"cloud": "district"})], ("market", "city"), ("market", "district"))
    for name, cloud in (("market-a", "city"), ("market-b", "district")):
        site.by_hand(name, cloud=cloud)
    return str(words.tenant(a=4))


def test_orphans_are_found_in_clouds_no_longer_used(site: "Site", moved_away: str) -> None:
    """No manifest has a project there any more, and yet it is looked at."""
    plan = site.plan(moved_away).plan
    assert (plan.orphaned, plan.unmanaged) == ((("district", "market-b"),), ())


def test_a_cloud_no_longer_described_is_not_looked_at(site: "Site", moved_away: str) -> None:
    """Nobody knows how."""
    proposal = site.propose(moved_away, clouds=("city",))
    assert proposal.stored
    assert list(proposal.survey.observations) == [CloudName("city")]
