"""Collections below a parent, on the wire: by path or by query, page by page, and what is told apart among networks."""

from typing import Any

import pytest

from provisioner.clouds.collections import ItemId, Read
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.openstack.cloud import OpenStackCloud
from provisioner.kinds.grants.flavor import FLAVOR_ACCESS
from provisioner.kinds.key_pair import KEY_PAIRS

_PROJECT = ProjectId("a" * 32)


def _page(*names: str, following: str | None = None) -> dict[str, Any]:
    links = [{"rel": "next", "href": f"http://elsewhere/os-keypairs?{following}"}] if following else []
    return {"keypairs": [{"keypair": {"name": each, "public_key": "k"}} for each in names], "keypairs_links": links}


def test_a_users_key_pairs_are_listed_to_the_last_page(stage: Any, cloud: OpenStackCloud) -> None:
    """Each without its wrapping, and with the user whose it is."""
    stage.answer("GET", "/os-keypairs$", _page("a", following="user_id=li&marker=a"))
    stage.answer("GET", "/os-keypairs$", _page("b"))
    listed = cloud.resources.list(Read(collection=KEY_PAIRS, parents=frozenset({"li"})), (_PROJECT,))
    assert listed == {
        _PROJECT: tuple({"name": name, "public_key": "k", "parent": "li"} for name in ("a", "b")),
    }
    assert [each.query for each in stage.seen if each.path.endswith("/os-keypairs")] == [
        {"user_id": ["li"]},
        {"user_id": ["li"], "marker": ["a"]},
    ]


def test_a_parent_that_is_gone_has_nothing(stage: Any, cloud: OpenStackCloud) -> None:
    """Nor has a flavor that was opened to everybody meanwhile."""
    stage.answer("GET", "/os-flavor-access$", {"itemNotFound": {"message": "gone"}}, status=404)
    listed = cloud.resources.list(Read(collection=FLAVOR_ACCESS, parents=frozenset({"f1"})), (_PROJECT,))
    assert listed == {_PROJECT: ()}


@pytest.mark.parametrize(("user", "query"), [("li", {"user_id": ["li"]}), ("", {})])
def test_a_name_with_signs_is_one_part_of_the_path(
    stage: Any, cloud: OpenStackCloud, user: str, query: dict[str, list[str]]
) -> None:
    """And the user is named where it is not our own."""
    stage.answer("DELETE", "/os-keypairs/", {}, status=204)
    cloud.resources.delete(KEY_PAIRS, _PROJECT, ItemId("li wei?@1"), parent=user)
    sent = stage.seen[-1]
    assert (sent.path.rpartition("/")[2], sent.query) == ("li%20wei%3F%401", query)


def test_networks_shared_with_us_alone_are_not_everybodys(stage: Any, cloud: OpenStackCloud) -> None:
    """Neutron calls both shared."""
    networks = [{"id": each, "name": each, "project_id": "p", "shared": True} for each in ("ours", "all")]
    stage.answer("GET", "/flavors/detail$", {"flavors": []})
    stage.answer("GET", "/images$", {"images": []})
    stage.answer("GET", "/types$", {"volume_types": []})
    stage.answer("GET", "/networks$", {"networks": networks})
    stage.answer("GET", "/rbac-policies$", {"rbac_policies": [{"id": "r", "object_id": "all"}]})
    assert {each.name: each.shared for each in cloud.offers().networks} == {"ours": False, "all": True}
