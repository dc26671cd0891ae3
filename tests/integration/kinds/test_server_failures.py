"""What can go wrong with servers, provoked on a real Nova: a reason people understand, nothing left over, and mended."""

import secrets
from collections.abc import Iterator
from typing import Any

import openstack
import pytest

from provisioner.clouds.collections import Collection
from provisioner.clouds.openstack.resources import OpenStackResources
from provisioner.errors import CloudUnavailable
from provisioner.kinds.server_properties import SERVERS
from provisioner.operation import OperationState

_ZONE = {"networks": [{"name": "app", "subnets": [{"name": "app-v4", "cidr": "10.20.0.0/24"}]}]}
_VOLUMES = [{"name": "data", "size": "1GiB", "server": "web"}]


def _app(**server: Any) -> tuple[dict[str, Any], ...]:
    whole = {"name": "web", "image": "guest", "flavor": "tiny", "networks": [{"network": "app"}], **server}
    return ({"name": "registration", "servers": [whole], "volumes": _VOLUMES},)


def _held(sdk: openstack.connection.Connection, site: Any) -> dict[str, list[str]]:
    """What is in the project, by name."""
    project = sdk.identity.find_project(site.project, domain_id=sdk.identity.find_domain("government").id).id
    return {
        "servers": [each.status for each in sdk.compute.servers(all_projects=True, project_id=project)],
        "ports": [each.name for each in sdk.network.ports(project_id=project)],
        "volumes": [each.name for each in sdk.block_storage.volumes(all_projects=True, project_id=project)],
    }


@pytest.fixture
def vast(sdk: openstack.connection.Connection) -> Iterator[str]:
    """A flavor that no host has room for."""
    name = f"vast-{secrets.token_hex(4)}"
    flavor = sdk.compute.create_flavor(name=name, vcpus=1, ram=512, disk=9_000_000)
    yield name
    sdk.compute.delete_flavor(flavor)


@pytest.fixture
def image(sdk: openstack.connection.Connection) -> str:
    """The name of an image that can be taken away; who takes it, takes it."""
    return _uploaded(sdk, f"passing-{secrets.token_hex(4)}")


def _uploaded(sdk: openstack.connection.Connection, name: str) -> str:
    made = sdk.image.create_image(
        name=name, disk_format="raw", container_format="bare", visibility="public", data=bytes(1024)
    )
    sdk.image.wait_for_status(made, status="active", failures=["killed"])
    return name


def test_a_server_that_no_host_has_room_for_says_so_and_leaves_nothing(
    site: Any, sdk: openstack.connection.Connection, vast: str
) -> None:
    """No valid host: the reason with Nova's request id; its port and volume wait for the next apply, no server does."""
    city = site.manifest(landing_zone=_ZONE, applications=_app(flavor=vast))
    assert site.apply(city) is OperationState.FAILED
    failure = site.failures["server/web"]
    assert failure.message.startswith(
        "no host of its availability zone has room for it (Nova: No valid host was found."
    )
    assert failure.request_id
    assert failure.request_id.startswith("req-")
    mended = site.manifest(landing_zone=_ZONE, applications=_app())
    assert site.apply(mended) is OperationState.DONE, site.failures
    assert _held(sdk, site) == {"servers": ["ACTIVE"], "ports": ["web-app"], "volumes": ["data"]}
    assert not site.plan(mended).actions


def test_a_flavor_that_no_host_has_room_for_leaves_the_server_as_it_was(
    site: Any, sdk: openstack.connection.Connection, vast: str
) -> None:
    """A resize that finds no host: the server runs on with its old flavor, and the reason says so."""
    site.apply(site.manifest(landing_zone=_ZONE, applications=_app()))
    assert (
        site.apply(site.manifest(landing_zone=_ZONE, applications=_app(flavor=vast, disruption="stop")))
        is OperationState.FAILED
    )
    assert f"gave the change to flavor {vast} up and left it at tiny" in site.failures["server/web"].message
    assert _held(sdk, site)["servers"] == ["ACTIVE"]
    assert not site.plan(site.manifest(landing_zone=_ZONE, applications=_app())).actions


def test_an_image_that_goes_between_plan_and_apply_is_told(
    site: Any, sdk: openstack.connection.Connection, image: str
) -> None:
    """Image missing: Nova's refusal in words, no server; with the image back, the same manifest is applied."""
    city = site.manifest(landing_zone=_ZONE, applications=_app(image=image))
    site.before_writing(lambda: sdk.image.delete_image(sdk.image.find_image(image)))
    assert site.apply(city) is OperationState.FAILED
    failure = site.failures["server/web"]
    assert "image" in failure.message.lower()
    assert failure.request_id
    assert _held(sdk, site)["servers"] == []
    _uploaded(sdk, image)
    assert site.apply(city) is OperationState.DONE, site.failures
    assert _held(sdk, site) == {"servers": ["ACTIVE"], "ports": ["web-app"], "volumes": ["data"]}


def test_a_server_whose_port_could_not_be_made_waits_for_it(site: Any, sdk: openstack.connection.Connection) -> None:
    """A dependency that failed: the server is not begun, and says what it waits for."""
    site.apply(site.manifest(landing_zone=_ZONE))
    project = sdk.identity.find_project(site.project, domain_id=sdk.identity.find_domain("government").id)
    held = len(list(sdk.network.ports(project_id=project.id)))
    city = site.manifest(landing_zone=_ZONE, applications=_app())
    site.before_writing(lambda: sdk.network.update_quota(project.id, ports=held))
    assert site.apply(city) is OperationState.FAILED
    assert site.failures["server/web"].message == "waits for the port web-app, which could not be made"
    sdk.network.update_quota(project.id, ports=50)
    assert site.apply(city) is OperationState.DONE, site.failures
    assert not site.plan(city).actions


def test_a_lost_answer_doubles_no_server_whatever_its_name(
    site: Any, sdk: openstack.connection.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nova takes names for regular expressions; ours are found all the same."""
    make, lost = OpenStackResources.create, []

    def once_lost(self: OpenStackResources, collection: Collection, *rest: Any, **named: Any) -> Any:
        answered = make(self, collection, *rest, **named)
        if collection.name == SERVERS.name and not lost:
            lost.append(answered)
            raise CloudUnavailable("no answer in time")
        return answered

    monkeypatch.setattr(OpenStackResources, "create", once_lost)
    name = r"门户 (一)+[x]|y\.*?{2}/^$"
    city = site.manifest(
        applications=({"name": "odd", "servers": [{"name": name, "image": "guest", "flavor": "tiny"}]},)
    )
    assert site.apply(city) is OperationState.DONE, site.failures
    assert lost
    assert _held(sdk, site)["servers"] == ["ACTIVE"]
    assert not site.plan(city).actions
