"""Waves go through requests and review like any change: nothing is done to the clouds, and a decision is about what it says."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from provisioner.approval import Approver
from provisioner.asking import Declined
from provisioner.comparing import comparison
from provisioner.engine import Queue
from provisioner.requests.states import Act, State
from provisioner.standing import in_force
from tenants.documents import owner_of
from tenants.language.emission import emit
from tenants.names import TenantName

if TYPE_CHECKING:
    from tests.integration.requests.conftest import Office

Write = Callable[..., str]


def _document(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "tenantry/v1", "kind": kind, "metadata": {"name": name, "displayName": name}, "spec": spec}


def application(name: str, owner: str, project: str) -> str:
    """An application's manifest."""
    return emit([_document("Application", name, {"owner": owner, "project": project})])


@pytest.fixture
def wave() -> Write:
    """A wave's manifest: `market` moves `shop` to other hosts of its cloud, unless told otherwise."""

    def write(name: str = "spring", *applications: str, owner: str = "market", **more: Any) -> str:
        place = {"source": {"cloud": "city"}, "target": {"cloud": "city"}}
        members = [{"name": each} for each in applications or ("shop",)]
        return emit(
            [_document("Wave", name, {"owner": owner, "mode": "cold", **place, "applications": members, **more})]
        )

    return write


@pytest.fixture
def shop(office: "Office") -> None:
    """An application of each tenant is in force."""
    office.enforce(application("shop", "market", "a"), application("pier", "harbour", "b"), *_tenants(office))


def _tenants(office: "Office") -> list[str]:
    return [each.text for each in in_force(office.database).documents if each.kind == "Tenant"]


def _changes(office: "Office", request: Any) -> tuple[str, ...]:
    with office.database.transaction() as connection:
        return comparison(connection, office.deciding.load(request.id), lambda _: True).changes


@pytest.mark.usefixtures("shop")
def test_a_wave_alone_is_planned_without_actions(office: "Office", wave: Write) -> None:
    """Neither its own tenant's clouds nor anybody's are touched, and nothing is reserved."""
    request = office.submitted(wave())
    assert (request.state, office.reserved) == (State.ADMINISTRATIVE_REVIEW, {})
    assert _changes(office, request) == ("wave spring: moves shop from city to city (cold): at any time",)
    assert (request.way.facts["migrates"], request.way.facts["movedApplications"]) == (True, 1)
    assert "limitsOnly" not in request.way.facts


@pytest.mark.usefixtures("shop", "idle")
def test_an_approved_wave_comes_into_force(office: "Office", wave: Write) -> None:
    """Without any operation, and with the request as its origin."""
    request = office.submitted(wave())
    begun = office.execute(office.approved(request))
    assert not isinstance(begun, Declined)
    assert begun.operations == ()
    city = office.deciding.preparing.city_in_force()
    assert city is not None
    assert list(city.waves) == ["spring"]
    (document,) = (each for each in in_force(office.database).documents if each.kind == "Wave")
    assert document.file.startswith(request.id)
    assert owner_of(document) == TenantName("market")


@pytest.mark.usefixtures("shop")
def test_another_wave_is_another_decision(office: "Office", wave: Write) -> None:
    """Whatever of it changes; what is only written otherwise is the same."""
    first = office.submitted(wave())
    again = office.submitted("# the same\n" + wave(), by="sun")
    late = office.submitted(wave(retention="7d"), by="zhou")
    assert first.fingerprint == again.fingerprint != late.fingerprint


@pytest.mark.usefixtures("shop")
def test_a_changed_wave_needs_the_reviewers_eyes(office: "Office", wave: Write) -> None:
    """Who looked at the wave as it was decides nothing about the one that it became."""
    seen = office.submitted(wave())
    office.review(seen, "wang", act=Act.ASK_CHANGES)
    amended = office.submitted(wave(playbooks=[{"phase": "quiesce", "playbook": "other"}]), amends=seen.id)
    stale = office.review(seen, "wang")
    assert isinstance(stale, Declined)
    assert "look at it again" in stale.message
    assert amended.state is State.ADMINISTRATIVE_REVIEW
    with office.database.transaction() as connection:
        told = comparison(connection, amended, lambda _: True).replanned
    assert told is not None
    assert told.changes == ("wave spring: says otherwise how it is done",)


@pytest.mark.usefixtures("shop")
def test_documents_of_an_approved_request_stay(office: "Office", wave: Write) -> None:
    """To change them takes a new request, or one that was asked to change."""
    request = office.approved(office.submitted(wave()))
    declined = office.submit(wave(retention="7d"), amends=request.id)
    assert isinstance(declined, Declined)
    assert office.deciding.load(request.id).papers == request.papers
    assert office.deciding.load(request.id).state is State.APPROVED


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("moving", "said"),
    [
        (("harbour", "pier"), "harbour is neither market nor below it"),
        (("town", "shop", "pier"), "town is neither market nor below it"),
        (("market", "pier"), 'belongs to "harbour", which is neither "market" nor below it'),
    ],
)
def test_departments_move_only_what_is_theirs(
    office: "Office", wave: Write, moving: tuple[str, ...], said: str
) -> None:
    """Not others' applications, and not as somebody above themselves."""
    owner, *applications = moving
    declined = office.submit(wave("spring", *applications, owner=owner))
    assert isinstance(declined, Declined)
    assert said in {each.message for each in declined.problems}


@pytest.mark.usefixtures("shop")
def test_who_stands_above_may_move_what_is_below(office: "Office", wave: Write) -> None:
    """The facts name all whose applications move."""
    request = office.submitted(wave("spring", "shop", "pier", owner="town"), name="town")
    assert request.way.facts["tenants"] == ["harbour", "market", "town"]
    assert request.way.facts["movedApplications"] == 2


@pytest.mark.usefixtures("shop")
def test_names_of_others_waves_are_taken(office: "Office", wave: Write) -> None:
    """And nothing else is told of them."""
    office.enforce(wave("spring", "pier", owner="harbour"), application("pier", "harbour", "b"), *_tenants(office))
    declined = office.submit(wave())
    assert isinstance(declined, Declined)
    assert [each.message for each in declined.problems] == ['the name "spring" is taken']


@pytest.mark.usefixtures("shop", "idle")
def test_a_wave_is_given_up_by_a_request(office: "Office", wave: Write) -> None:
    """It is in no city from then on; to ask twice is to ask for nothing."""
    office.execute(office.approved(office.submitted(wave())))
    request = office.submitted(wave(state="absent"))
    assert _changes(office, request) == ("wave spring: is given up",)
    office.execute(office.approved(request))
    city = office.deciding.preparing.city_in_force()
    assert city is not None
    assert city.waves == {}
    again = office.submit(wave(state="absent"), by="sun")
    assert isinstance(again, Declined)


@pytest.mark.usefixtures("shop")
def test_a_wave_with_a_manifest_is_planned_for_its_tenant(office: "Office", wave: Write, words: Any) -> None:
    """Limits and all, beside the wave."""
    request = office.submitted(words.tenant("market", cores=50, a=20) + wave())
    changes = _changes(office, request)
    assert changes[0].startswith("wave spring: moves shop")
    assert len(changes) > 1
    assert office.reserved["market"] == 10


@pytest.mark.usefixtures("shop")
def test_operators_bring_waves_into_force(office: "Office", wave: Write, words: Any) -> None:
    """By applying them with the city's manifests; those that departments brought stay."""
    whole = [words.tenant("town", parent=None, cores=100), *_tenants(office)[:2]]
    parts = [application("shop", "market", "a"), application("pier", "harbour", "b")]
    for text in (wave("first"), wave("second")):
        manifests = office.manifests(*whole, *parts, text)
        stored = office.proposer.propose(manifests).stored
        assert stored
        with Queue(office.database) as queue:
            Approver(database=office.database, queues=queue, now=office.now).approve(
                stored, manifests.city, office.proposer.actor
            )
    names = {each.name for each in in_force(office.database).documents if each.kind == "Wave"}
    assert names == {"first", "second"}
