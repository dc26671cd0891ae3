"""Servers together with their ports and volumes on a real OpenStack: taken over, and taken away in the right order."""

from typing import Any

import openstack

from provisioner.operation import OperationState

_ZONE = {"networks": [{"name": "app", "subnets": [{"name": "app-v4", "cidr": "10.31.0.0/24"}]}]}
_WEB = {"name": "web", "image": "guest", "flavor": "tiny", "networks": [{"network": "app"}]}
_DATA = {"name": "data", "size": "1GiB", "server": "web"}


def _city(site: Any, server: dict[str, Any], *volumes: dict[str, Any], **more: Any) -> Any:
    application = {"name": "registration", "servers": [server], "volumes": list(volumes), **more}
    return site.manifest(landing_zone=_ZONE, applications=(application,))


def _project(site: Any, sdk: openstack.connection.Connection) -> str:
    found = sdk.identity.find_project(site.project, domain_id=sdk.identity.find_domain("government").id)
    return str(found.id)


def _left(site: Any, sdk: openstack.connection.Connection) -> tuple[list[str], list[str], list[str]]:
    """The names of servers, their ports and volumes."""
    project = _project(site, sdk)
    servers = sdk.compute.servers(all_projects=True, project_id=project)
    ports = (each for each in sdk.network.ports(project_id=project) if not each.device_owner.startswith("network:"))
    volumes = sdk.block_storage.volumes(all_projects=True, project_id=project)
    return sorted(each.name for each in servers), sorted(each.name for each in ports), sorted(x.name for x in volumes)


def test_a_server_that_was_there_is_taken_over_with_what_nova_made_for_it(
    site: Any, sdk: openstack.connection.Connection
) -> None:
    """Adopt: its port is the one that it has, so that nothing is made and nothing attached."""
    site.apply(site.manifest(landing_zone=_ZONE))
    project = _project(site, sdk)
    place = next(iter(sdk.network.networks(project_id=project, name="app")))
    with sdk.connect_as(project_id=project) as own:
        image, flavor = own.image.find_image("guest"), own.compute.find_flavor("tiny")
        made = own.compute.create_server(
            name="web", image_id=image.id, flavor_id=flavor.id, networks=[{"uuid": place.id}]
        )
        own.compute.wait_for_server(made)
    assert not site.plan(_city(site, _WEB)).actions
    assert _left(site, sdk) == (["web"], [""], [])


def test_an_application_goes_with_its_servers_and_ports_and_leaves_its_volumes(
    site: Any, sdk: openstack.connection.Connection
) -> None:
    """Delete: volumes stay unless each says absent itself."""
    assert site.apply(_city(site, _WEB, _DATA)) is OperationState.DONE, site.failures
    assert site.apply(_city(site, _WEB, _DATA, state="absent")) is OperationState.DONE, site.failures
    assert _left(site, sdk) == ([], [], ["data"])


def test_a_volume_goes_together_with_the_server_that_has_it(site: Any, sdk: openstack.connection.Connection) -> None:
    """Delete: in one plan, the server first."""
    assert site.apply(_city(site, _WEB, _DATA)) is OperationState.DONE, site.failures
    absent = _city(site, _WEB, {**_DATA, "state": "absent"}, state="absent")
    assert [each.change.address.kind for each in site.plan(absent).actions] == ["server", "port", "volume"]
    assert site.apply(absent) is OperationState.DONE, site.failures
    assert _left(site, sdk) == ([], [], [])


def test_fewer_members_leave_no_stray_ports_and_keep_their_volumes(
    site: Any, sdk: openstack.connection.Connection
) -> None:
    """Delete: surplus members and ports go where the manifest says so; of their volumes a notice tells."""
    assert site.apply(_city(site, {**_WEB, "replicas": 2}, _DATA)) is OperationState.DONE, site.failures
    fewer = _city(site, {**_WEB, "replicas": 1, "surplus": "delete"}, _DATA)
    assert [each.message.split(";")[0] for each in site.plan(fewer).notices] == ["is beyond the count and stays"]
    assert site.apply(fewer) is OperationState.DONE, site.failures
    assert _left(site, sdk) == (["web-1"], ["web-1-app"], ["data-1", "data-2"])
    assert not site.plan(fewer).actions
