"""Grants on real services: networks by Neutron, flavors by Nova, images by Glance, volume types by Cinder."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import openstack
import pytest

from provisioner.operation import OperationState


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """Something of one sort that is not open to everybody."""

    #: As addresses and as manifests have it.
    word: str
    field: str
    name: str
    id: str
    #: Whether the project of that id may use it, as the cloud tells behind our back.
    granted: Callable[[str], bool]
    #: Grant it behind our back.
    grant: Callable[[str], Any]
    #: Open it to everybody.
    publish: Callable[[], Any]

    @property
    def key(self) -> str:
        """The key of its grant."""
        return f"{self.word}/{self.name}"

    def zone(self, *, state: str = "present", name: str | None = None) -> dict[str, Any]:
        """A landing zone that grants it."""
        return {"grants": {self.field: [{"name": name or self.name, "state": state}]}}


def _flavor(sdk: openstack.connection.Connection, name: str) -> Iterator[Thing]:
    made = sdk.compute.create_flavor(name=name, ram=64, vcpus=1, disk=1, is_public=False)
    path = f"/flavors/{made.id}"

    def publish() -> None:
        # Nova opens no flavor that is closed: one of its name takes its place.
        sdk.compute.delete_flavor(made)
        sdk.compute.create_flavor(name=name, ram=64, vcpus=1, disk=1, is_public=True)

    yield Thing(
        word="flavor",
        field="flavors",
        name=name,
        id=made.id,
        granted=lambda project: project in {each["tenant_id"] for each in sdk.compute.get_flavor_access(made.id)},
        grant=lambda project: sdk.compute.post(f"{path}/action", json={"addTenantAccess": {"tenant": project}}),
        publish=publish,
    )
    left = sdk.compute.find_flavor(name)
    if left is not None:
        sdk.compute.delete_flavor(left)


def _volume_type(sdk: openstack.connection.Connection, name: str) -> Iterator[Thing]:
    made = sdk.block_storage.create_type(name=name, is_public=False)
    access = f"/types/{made.id}/os-volume-type-access"
    yield Thing(
        word="volume-type",
        field="volumeTypes",
        name=name,
        id=made.id,
        granted=lambda project: (
            project in {each["project_id"] for each in sdk.block_storage.get(access).json()["volume_type_access"]}
        ),
        grant=lambda project: sdk.block_storage.add_type_access(made, project),
        publish=lambda: sdk.block_storage.put(f"/types/{made.id}", json={"volume_type": {"is_public": True}}),
    )
    sdk.block_storage.delete_type(made)


def _image(sdk: openstack.connection.Connection, name: str) -> Iterator[Thing]:
    made = sdk.image.create_image(name=name, container_format="bare", disk_format="raw", visibility="shared")
    yield Thing(
        word="image",
        field="images",
        name=name,
        id=made.id,
        granted=lambda project: (
            (project, "accepted") in {(each.member_id, each.status) for each in sdk.image.members(made)}
        ),
        grant=lambda project: (
            sdk.image.add_member(made, member_id=project),
            sdk.image.update_member(project, made, status="accepted"),
        ),
        publish=lambda: sdk.image.update_image(made, visibility="public"),
    )
    sdk.image.delete_image(made)


def _policies(sdk: openstack.connection.Connection, network: str, project: str) -> list[Any]:
    return list(sdk.network.rbac_policies(object_id=network, target_tenant=project))


def _share(sdk: openstack.connection.Connection, network: str, project: str) -> Any:
    return sdk.network.create_rbac_policy(
        object_type="network", object_id=network, action="access_as_shared", target_project_id=project
    )


def _network(sdk: openstack.connection.Connection, name: str) -> Iterator[Thing]:
    made = sdk.network.create_network(name=name)
    yield Thing(
        word="network",
        field="networks",
        name=name,
        id=made.id,
        granted=lambda project: bool(_policies(sdk, made.id, project)),
        grant=lambda project: _share(sdk, made.id, project),
        publish=lambda: sdk.network.update_network(made, shared=True),
    )
    for port in list(sdk.network.ports(network_id=made.id)):
        sdk.network.delete_port(port)
    sdk.network.delete_network(made)


_MAKERS = {"network": _network, "flavor": _flavor, "image": _image, "volume-type": _volume_type}


@pytest.fixture(params=sorted(_MAKERS))
def thing(sdk: openstack.connection.Connection, request: pytest.FixtureRequest) -> Iterator[Thing]:
    """One of each sort in turn, of the administrator's project."""
    yield from _MAKERS[request.param](sdk, f"trial-{secrets.token_hex(4)}")


@pytest.fixture
def project_id(site: Any, sdk: openstack.connection.Connection) -> str:
    """Of the project, which has its limits and nothing else by then."""
    site.apply(site.manifest())
    found = sdk.identity.find_project(site.project, domain_id=sdk.identity.find_domain("government").id)
    return str(found.id)


def _city(site: Any, zone: dict[str, Any]) -> Any:
    """The city with this landing zone, and whatever volume types it names among those of its cloud."""
    named = tuple(each["name"] for each in zone["grants"].get("volumeTypes", ()))
    return site.manifest(landing_zone=zone, volume_types=named)


def test_a_project_is_granted_what_the_manifest_names(site: Any, thing: Thing, project_id: str) -> None:
    """Create: the cloud shows it, the request is on record, and a second look has nothing to do."""
    city = _city(site, thing.zone())
    assert site.apply(city) is OperationState.DONE
    assert thing.granted(project_id)
    assert [bool(step.evidence and step.evidence.request_ids) for step in site.steps.values()] == [True]
    assert not site.plan(city).actions


def test_a_new_project_is_granted_things_in_the_operation_that_makes_it(site: Any, thing: Thing) -> None:
    """Create, dependency: the project first."""
    city = _city(site, thing.zone())
    assert site.apply(city) is OperationState.DONE
    assert not site.plan(city).actions


def test_what_is_granted_already_is_taken_over(site: Any, thing: Thing, project_id: str) -> None:
    """Adopt: nothing is to be done."""
    thing.grant(project_id)
    section = site.plan(_city(site, thing.zone()))
    assert (section.actions, section.refusals) == ((), ())


def test_what_is_granted_meanwhile_counts_as_done(site: Any, thing: Thing, project_id: str) -> None:
    """Adopt: a service that says "already" has said that it is so."""
    city = _city(site, thing.zone())
    site.before_writing(lambda: thing.grant(project_id))
    assert site.apply(city) is OperationState.DONE
    assert thing.granted(project_id)


def test_what_is_to_be_absent_is_taken_away(site: Any, thing: Thing, project_id: str) -> None:
    """Delete: shown as destructive; a second look has nothing to do."""
    thing.grant(project_id)
    absent = _city(site, thing.zone(state="absent"))
    assert [each.destructive for each in site.plan(absent).actions] == [True]
    assert site.apply(absent) is OperationState.DONE
    assert not thing.granted(project_id)
    assert not site.plan(absent).actions


def test_what_the_cloud_does_not_have_is_refused_with_what_it_has(site: Any, thing: Thing, project_id: str) -> None:
    """The nearest name is offered."""
    (refusal,) = site.plan(_city(site, thing.zone(name=f"{thing.name}x"))).refusals
    assert (refusal.message, refusal.remedy) == (
        f"the cloud has no {thing.word.replace('-', ' ')} {thing.name}x",
        f'did you mean "{thing.name}"?',
    )


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.usefixtures("project_id")
def test_what_is_open_to_everybody_is_told_and_left(site: Any, thing: Thing, state: str) -> None:
    """Public things count as granted."""
    thing.publish()
    so = "there is nothing to grant" if state == "present" else "it cannot be taken from the project"
    section = site.plan(_city(site, thing.zone(state=state)))
    assert (section.actions, section.refusals) == ((), ())
    assert [each.message for each in section.notices] == [
        f"the {thing.word.replace('-', ' ')} {thing.name} is open to everybody: {so}"
    ]


@pytest.fixture
def image(sdk: openstack.connection.Connection) -> Iterator[Thing]:
    """A shared image."""
    yield from _image(sdk, f"trial-{secrets.token_hex(4)}")


@pytest.fixture
def network(sdk: openstack.connection.Connection) -> Iterator[Thing]:
    """A network of the administrator's project."""
    yield from _network(sdk, f"共享网-{secrets.token_hex(4)}")


def test_a_pending_membership_of_an_image_is_accepted(site: Any, image: Thing, project_id: str, sdk: Any) -> None:
    """Update: until then the project does not find the image among its own."""
    sdk.image.add_member(image.id, member_id=project_id)
    city = _city(site, image.zone())
    assert [each.reason for each in site.plan(city).actions] == [
        "it was granted, and nobody has accepted it for the project"
    ]
    assert site.apply(city) is OperationState.DONE
    assert image.granted(project_id)


def test_an_image_that_its_owner_keeps_to_itself_is_refused(site: Any, image: Thing, project_id: str, sdk: Any) -> None:
    """With what the owner would have to do."""
    sdk.image.update_image(image.id, visibility="private")
    (refusal,) = site.plan(_city(site, image.zone())).refusals
    assert refusal.message == f"the image {image.name} is private, and only a shared one can be granted"
    assert "openstack image set --shared" in refusal.remedy


def test_a_network_in_use_is_not_taken_away(site: Any, network: Thing, project_id: str, sdk: Any) -> None:
    """Neutron's refusal is passed on with its request; the next apply, without the port, mends it."""
    network.grant(project_id)
    port = sdk.network.create_port(network_id=network.id, project_id=project_id)
    absent = _city(site, network.zone(state="absent"))
    assert site.apply(absent) is OperationState.FAILED
    failure = site.failures[f"grant/{network.key}"]
    assert f"the network {network.name} cannot be taken away while the project has ports in it" in failure.message
    assert failure.request_id
    sdk.network.delete_port(port)
    assert site.apply(absent) is OperationState.DONE
    assert not network.granted(project_id)


def test_two_networks_of_one_name_are_refused(site: Any, network: Thing, project_id: str, sdk: Any) -> None:
    """Nobody guesses which is meant."""
    other = sdk.network.create_network(name=network.name)
    refusals = site.plan(_city(site, network.zone())).refusals
    sdk.network.delete_network(other)
    assert [each.message for each in refusals] == [f"the cloud has 2 networks of the name {network.name}"]


def test_a_network_that_our_own_project_may_use_is_not_taken_for_everybodys(
    site: Any, network: Thing, project_id: str, sdk: Any
) -> None:
    """Neutron calls it shared, for it is to us."""
    network.grant(sdk.current_project_id)
    assert sdk.network.get_network(network.id).is_shared
    city = _city(site, network.zone())
    assert site.apply(city) is OperationState.DONE
    assert network.granted(project_id)
