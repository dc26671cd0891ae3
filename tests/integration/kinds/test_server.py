"""Servers on a real Nova (with a hypervisor that only pretends)."""

from typing import Any

import openstack
import pytest

from provisioner.operation import OperationState

_ZONE = {
    "networks": [{"name": "应用网", "subnets": [{"name": "app-v4", "cidr": "10.20.0.0/24"}]}],
    "securityGroups": [{"name": "web", "rules": [{"protocol": "tcp", "ports": 80}]}],
}
_WEB = {"name": "登记-web", "image": "guest", "flavor": "tiny"}
_PLACED = {**_WEB, "networks": [{"network": "应用网", "securityGroups": ["web"]}]}


def _app(**spec: Any) -> dict[str, Any]:
    return {"name": "registration", **spec}


def _servers(sdk: openstack.connection.Connection, site: Any) -> list[Any]:
    project = sdk.identity.find_project(site.project, domain_id=sdk.identity.find_domain("government").id)
    return sorted(sdk.compute.servers(all_projects=True, project_id=project.id), key=lambda each: each.name)


def test_a_server_of_image_and_flavor_alone_is_made(site: Any, sdk: openstack.connection.Connection) -> None:
    """Create, minimal: it runs, and a second look has nothing to do."""
    city = site.manifest(applications=(_app(servers=[_WEB]),))
    assert site.apply(city) is OperationState.DONE
    assert [(each.name, each.status) for each in _servers(sdk, site)] == [("登记-web", "ACTIVE")]
    assert not site.plan(city).actions


def test_three_members_are_made_with_all_that_the_manifest_says(
    site: Any, sdk: openstack.connection.Connection
) -> None:
    """Create, full: ports, volumes, group, metadata; a second look has nothing to do."""
    server = {
        **_PLACED,
        "replicas": 3,
        "networks": [{"network": "应用网", "addresses": ["10.20.0.11", "10.20.0.12", "10.20.0.13"]}],
        "metadata": {"role": "web"},
        "serverGroup": "web",
    }
    volumes = [{"name": "数据", "size": "1GiB", "server": "登记-web"}]
    groups = [{"name": "web", "policy": "soft-anti-affinity"}]
    city = site.manifest(
        landing_zone=_ZONE, applications=(_app(servers=[server], volumes=volumes, serverGroups=groups),)
    )
    assert site.apply(city) is OperationState.DONE, site.failures
    made = _servers(sdk, site)
    assert [each.addresses["应用网"][0]["addr"] for each in made] == ["10.20.0.11", "10.20.0.12", "10.20.0.13"]
    assert [len(each.attached_volumes) for each in made] == [1, 1, 1]
    assert not site.plan(city).actions


def test_a_server_boots_from_its_volume(site: Any, sdk: openstack.connection.Connection) -> None:
    """Dependency: the bootable volume is there before the server."""
    volumes = [{"name": "root", "size": "1GiB", "image": "guest"}]
    server = {"name": "db", "bootVolume": "root", "flavor": "tiny"}
    city = site.manifest(applications=(_app(servers=[server], volumes=volumes),))
    assert site.apply(city) is OperationState.DONE, site.failures
    assert [len(each.attached_volumes) for each in _servers(sdk, site)] == [1]
    assert not site.plan(city).actions


def test_a_server_that_is_there_is_taken_over(site: Any, sdk: openstack.connection.Connection) -> None:
    """Adopt: one of that name is not made a second time."""
    city = site.manifest(applications=(_app(servers=[_WEB]),))
    site.apply(city)
    before = [each.id for each in _servers(sdk, site)]
    other = site.manifest(applications=({"name": "another", "servers": [_WEB]},))
    assert not site.plan(other).actions
    assert [each.id for each in _servers(sdk, site)] == before


def test_another_flavor_needs_leave_to_stop(site: Any) -> None:
    """Update: without leave it is refused, and the message says what would allow it."""
    site.apply(site.manifest(applications=(_app(servers=[_WEB]),)))
    refusals = site.plan(site.manifest(applications=(_app(servers=[{**_WEB, "flavor": "small"}]),))).refusals
    assert [(each.message, each.remedy) for each in refusals] == [
        (
            "flavor from tiny to small stops the server for a while",
            "set disruption: stop on the server to allow it, or keep the flavor",
        )
    ]


def test_another_flavor_is_taken_where_the_manifest_allows_a_stop(
    site: Any, sdk: openstack.connection.Connection
) -> None:
    """Update: resized, confirmed, running."""
    site.apply(site.manifest(applications=(_app(servers=[_WEB]),)))
    city = site.manifest(applications=(_app(servers=[{**_WEB, "flavor": "small", "disruption": "stop"}]),))
    assert [each.destructive for each in site.plan(city).actions] == [True]
    assert site.apply(city) is OperationState.DONE, site.failures
    assert [(each.status, each.flavor.original_name) for each in _servers(sdk, site)] == [("ACTIVE", "small")]
    assert not site.plan(city).actions


def test_what_is_added_to_the_manifest_is_attached_to_the_running_server(
    site: Any, sdk: openstack.connection.Connection
) -> None:
    """Update: a network, a volume and metadata come to a server that runs on."""
    site.apply(site.manifest(landing_zone=_ZONE, applications=(_app(servers=[_WEB]),)))
    volumes = [{"name": "data", "size": "1GiB", "server": "登记-web"}]
    city = site.manifest(
        landing_zone=_ZONE, applications=(_app(servers=[{**_PLACED, "metadata": {"role": "web"}}], volumes=volumes),)
    )
    before = _servers(sdk, site)[0].id
    assert site.apply(city) is OperationState.DONE, site.failures
    server = _servers(sdk, site)[0]
    assert (server.id, len(server.attached_volumes), server.metadata["role"]) == (before, 1, "web")
    assert not site.plan(city).actions


def test_an_absent_server_goes_and_its_volume_stays(site: Any, sdk: openstack.connection.Connection) -> None:
    """Delete: server and port, shown as destructive; never the volume."""
    volumes = [{"name": "data", "size": "1GiB", "server": "登记-web"}]
    site.apply(site.manifest(landing_zone=_ZONE, applications=(_app(servers=[_PLACED], volumes=volumes),)))
    loose = [{"name": "data", "size": "1GiB"}]
    city = site.manifest(
        landing_zone=_ZONE, applications=(_app(servers=[{**_PLACED, "state": "absent"}], volumes=loose),)
    )
    assert [(each.change.address.kind, each.destructive) for each in site.plan(city).actions] == [
        ("server", True),
        ("port", True),
    ]
    assert site.apply(city) is OperationState.DONE, site.failures
    assert _servers(sdk, site) == []
    assert not site.plan(city).actions


def test_members_beyond_the_count_stay_unless_they_are_to_go(site: Any, sdk: openstack.connection.Connection) -> None:
    """A smaller count shrinks nothing by itself."""
    site.apply(site.manifest(applications=(_app(servers=[{**_WEB, "replicas": 2}]),)))
    fewer = {**_WEB, "replicas": 1}
    kept = site.plan(site.manifest(applications=(_app(servers=[fewer]),)))
    assert (kept.actions, ["登记-web-2" in str(each.address) for each in kept.notices]) == ((), [True])
    assert (
        site.apply(site.manifest(applications=(_app(servers=[{**fewer, "surplus": "delete"}]),))) is OperationState.DONE
    )
    assert [each.name for each in _servers(sdk, site)] == ["登记-web-1"]


def test_a_described_server_that_is_only_observed_is_not_made(site: Any) -> None:
    """`manage: observe` asks for nothing."""
    site.apply(site.manifest())
    section = site.plan(site.manifest(applications=(_app(manage="observe", servers=[_WEB]),)))
    assert section.actions == ()
    assert [each.message for each in section.notices] == ["is described (manage: observe) and not there"]


@pytest.mark.parametrize(
    ("server", "words"),
    [({"flavor": "vast"}, "the cloud has no flavor vast"), ({"image": "nothing"}, "the cloud has no image nothing")],
)
def test_what_the_cloud_does_not_offer_is_told_before_anything_is_made(
    site: Any, server: dict[str, str], words: str
) -> None:
    """A plan that cannot work is refused with what there is."""
    refusals = site.plan(site.manifest(applications=(_app(servers=[{**_WEB, **server}]),))).refusals
    assert [each.message for each in refusals] == [words]
