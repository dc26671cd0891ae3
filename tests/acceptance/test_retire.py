"""`state: retired`: given back in an order that never locks the owner out of what is still there."""

import pytest
import requests

from tests.acceptance.manifests import ENFORCED, differences, project, tenant
from tests.acceptance.site import Site
from tests.acceptance.waiting import until

_ACCEPTED = 202
_TOO_LARGE = 413
_MEMBERS = [{"user": "li-wei", "role": "member"}]
#: What a server `tiny` and a volume of 3 GiB hold.
_HELD = {"compute": {"instances": 1, "cores": 1, "ram": 512}, "block-storage": {"volumes": 1, "gigabytes": 3}}
_NOTHING_HELD = {
    "compute": {"instances": 0, "cores": 0, "ram": 0},
    "block-storage": {"volumes": 0, "gigabytes": 0, "snapshots": 0, "gigabytes_ssd": 0},
}


@pytest.fixture
def active(site: Site) -> Site:
    """A project that is in use, as far as its manifest goes."""
    site.ask(members=_MEMBERS)
    site.apply()
    return site


@pytest.fixture
def holding(active: Site) -> Site:
    """A project that holds a server and a volume."""
    answers = active.engineer.store(3), active.engineer.boot()
    assert [each.status_code for each in answers] == [_ACCEPTED] * 2
    until(lambda: _is_settled(active), "the server and the volume are there")
    return active


def _is_settled(site: Site) -> bool:
    states = [each["status"] for each in (*site.city.servers(site.project_id), *site.city.volumes(site.project_id))]
    assert not {"ERROR", "error"} & set(states)
    return states == ["ACTIVE", "available"]


def _retire(site: Site) -> None:
    site.ask(members=_MEMBERS, state="retired")
    site.apply()


def test_an_empty_project_is_zeroed_and_disabled(active: Site) -> None:
    """Every limit on things goes to what is held, which is nothing, and the owner can log in no more."""
    active.ask(members=_MEMBERS, state="retired")
    assert active.plan()["sections"][0]["actions"][-1]["destructive"] is True
    active.apply()
    assert differences(_NOTHING_HELD, active.enforced) == []
    assert active.city.project(active.keystone_name)["enabled"] is False
    with pytest.raises(requests.HTTPError, match="401"):
        active.engineer.boot()


def test_a_project_with_data_stays_open_to_its_owner(holding: Site) -> None:
    """Limits go down to what a volume and a server hold; nothing new can be made, what is there can be fetched."""
    _retire(holding)
    assert (differences(_HELD, holding.enforced), holding.city.project(holding.keystone_name)["enabled"]) == ([], True)
    owner = holding.engineer
    assert len(owner.call("GET", "cinder", "/volumes")["volumes"]) == 1
    assert (owner.store(1).status_code, owner.boot().status_code) == (_TOO_LARGE, 403)


def test_status_counts_what_it_still_holds(holding: Site) -> None:
    """The project is marked retired, with its volume and server, and its envelope has as much less left."""
    asked = project(members=_MEMBERS, state="retired")
    envelope = {"city": {"compute": {"cores": 8}, "block-storage": {"gigabytes": 40}}}
    holding.ask_all(tenant(holding.name, asked, envelope=envelope))
    holding.apply()
    shown = holding.tenantry("status", "-o", "json").document
    rows = {each["resource"]: each for each in shown["allocations"]}
    assert {rows[each]["asked"] for each in ("compute/cores", "block-storage/volumes")} == {1}
    assert {each["retired"] for each in rows.values()} == {True}
    assert {each["resource"]: each["left"] for each in shown["envelopes"]} == {
        "compute/cores": 7,
        "block-storage/gigabytes": 37,
    }


def test_it_is_disabled_once_it_is_empty(holding: Site) -> None:
    """The plan says what the project is kept for; the same command after the last of it is gone ends it."""
    _retire(holding)
    notices = [each["message"] for each in holding.plan(code=0)["sections"][0]["notices"]]
    assert ["1 instances" in each and "1 volumes" in each for each in notices] == [True]
    holding.city.delete_servers(holding.project_id)
    holding.city.delete_volumes(holding.project_id)
    until(
        lambda: not holding.city.volumes(holding.project_id) + holding.city.servers(holding.project_id),
        "everything is gone",
    )
    holding.apply()
    assert differences(_NOTHING_HELD, holding.enforced) == []
    assert holding.city.project(holding.keystone_name)["enabled"] is False


def test_retired_is_settled(active: Site) -> None:
    """Afterwards there is nothing to do and nothing drifts."""
    _retire(active)
    assert (active.plan(code=0)["summary"]["change"], active.drift(code=0)) == (0, [])


def test_back_to_active_restores_all(active: Site) -> None:
    """The project is enabled and has its limits and members again."""
    _retire(active)
    active.ask(members=_MEMBERS)
    active.apply()
    assert differences(ENFORCED, active.enforced) == []
    assert active.engineer.boot().status_code == _ACCEPTED
