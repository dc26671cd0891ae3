"""What a plan deletes has to be said by name."""

from typing import Any

import pytest

from api.render.deletions import Deletion, to_confirm, unconfirmed
from provisioner.diff import Change, Verb
from provisioner.objects import Value
from provisioner.plan import Action, Plan, Refusal


def _deletion(build: Any, kind: str, key: str, **before: Value) -> Action:
    change = Change(address=build.address(kind, key), verb=Verb.DELETE, before={"id": "1", **before}, after={})
    return Action(change=change, reason="the manifest has it absent", destructive=True)


@pytest.fixture
def asked(build: Any, names: Any) -> Any:
    """What has to be confirmed of these actions."""

    def confirming(*actions: Action, **prose: Any) -> tuple[Deletion, ...]:
        return to_confirm(Plan(sections=(build.section(*actions, **prose),)), names)

    return confirming


@pytest.mark.parametrize(
    ("address", "before", "what"),
    [
        ("volume/data", {"size": 2048, "type": "ssd"}, "volume data, 2 TiB, ssd"),
        ("server/web-1", {"flavor": "small", "image": None}, "server web-1, small"),
        ("floating-ip/portal", {"address": "203.0.113.7", "port": "none"}, "floating-ip portal, 203.0.113.7"),
        ("subnet/应用", {"cidr": "10.20.0.0/24", "network": "app"}, "subnet 应用, 10.20.0.0/24, app"),
    ],
)
def test_it_says_what_an_object_is(
    asked: Any, build: Any, *, address: str, before: dict[str, Value], what: str
) -> None:
    """With its size, address or flavor, and whose it is."""
    kind, key = address.split("/")
    (deletion,) = asked(_deletion(build, kind, key, **before))
    assert (deletion.name, deletion.what) == (key, what)
    assert deletion.where == "project registration of 市市场监督管理局 (market) on city"


def test_a_grant_goes_by_what_is_granted(asked: Any, build: Any) -> None:
    """Its key says the kind of that as well, which nobody needs to type."""
    assert [each.name for each in asked(_deletion(build, "grant", "flavor/large"))] == ["large"]


def test_nothing_else_is_asked_for(asked: Any, build: Any) -> None:
    """Not what is made or changed, nor members that are taken away."""
    assert asked(build.action({"mtu": 1400}, {"mtu": 1500}, kind="network", key="app")) == ()
    assert asked(build.action({"group:ops:member": False}, {"group:ops:member": True}, kind="members")) == ()


def test_what_is_held_back_is_not_asked_for(asked: Any, build: Any) -> None:
    """With a refusal in the section nothing of it is done."""
    refusal = Refusal(address=build.address(), message="no", remedy="")
    assert asked(_deletion(build, "volume", "data"), refusals=(refusal,)) == ()


def test_a_port_goes_with_its_server(asked: Any, build: Any) -> None:
    """Its name is made of the server's; one whose server stays, or went before, is asked for."""
    deletions = asked(
        _deletion(build, "server", "web-1"),
        _deletion(build, "port", "web-1-app"),
        _deletion(build, "port", "web-11-app"),
    )
    assert [each.name for each in deletions] == ["web-1", "web-11-app"]


def test_a_name_counts_once_for_each_object(asked: Any, build: Any) -> None:
    """A server and a volume of the same name are two."""
    both = asked(_deletion(build, "server", "db"), _deletion(build, "volume", "db"))
    assert [len(unconfirmed(both, said)) for said in ([], ["db"], ["db", "db"], ["web"])] == [2, 1, 0, 2]
