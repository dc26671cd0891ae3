"""An application as its cloud was seen, beside what its manifest asks for."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from monitoring.applications import ApplicationStatus, PartStatus, Standing, application_status, narrowed
from provisioner.clouds.collections import CollectionName, Item
from provisioner.observation import Observation
from tenants.names import ApplicationName, CloudName
from tenants.spec import City
from tests.unit.api.render.graph.documents import application, city_of

_NAME = ApplicationName("registration")
_SPEC = """\
  dependsOn: [credit]
  servers:
    - {name: web, replicas: 2, image: guest, flavor: small, networks: [{network: app}]}
  volumes:
    - {name: logs, size: 10GiB, server: web}
  floatingIPs: [{name: portal, server: web-1, network: app}]
"""


def _server(name: str, **more: Any) -> Item:
    return {
        "id": f"id-{name}",
        "name": name,
        "status": "ACTIVE",
        "flavor": {"original_name": "small"},
        "addresses": {"app": [{"addr": f"10.20.0.1{name[-1]}", "OS-EXT-IPS:type": "fixed"}]},
        "os-extended-volumes:volumes_attached": [{"id": f"id-logs-{name[-1]}"}],
        "OS-EXT-AZ:availability_zone": "extranet",
        **more,
    }


def _volume(name: str, size: int = 10) -> Item:
    attached = [{"server_id": f"id-web-{name[-1]}"}]
    return {"id": f"id-{name}", "name": name, "size": size, "status": "in-use", "attachments": attached}


def _port(number: int) -> Item:
    return {
        "id": f"id-port-{number}",
        "name": f"web-{number}-app",
        "network_id": "n",
        "device_id": f"id-web-{number}",
        "fixed_ips": [{"ip_address": f"10.20.0.1{number}", "subnet_id": "s"}],
        "security_groups": [],
    }


_ADDRESS: Item = {
    "id": "id-portal",
    "description": "tenantry:portal",
    "floating_ip_address": "203.0.113.7",
    "port_id": "id-port-1",
}


def _all() -> dict[str, tuple[Item, ...]]:
    """Everything as the manifest asks."""
    return {
        "servers": (_server("web-1"), _server("web-2")),
        "volumes": (_volume("logs-1"), _volume("logs-2")),
        "ports": (_port(1), _port(2)),
        "server-groups": (),
        "networks": ({"id": "n", "name": "app"},),
        "floatingips": (_ADDRESS,),
    }


@pytest.fixture
def status(build: Any) -> Any:
    """The status with these items, some replaced, of the application with this added to its manifest."""

    def of(rest: str = "", **items: tuple[Item, ...] | None) -> ApplicationStatus:
        city = city_of(application("registration", "商事登记", _SPEC + rest), application("credit", "社会信用", ""))
        held = {CollectionName(name): each for name, each in {**_all(), **items}.items() if each is not None}
        view = build.view(items=held)
        seen = build.observation(view)
        return application_status(city, _NAME, {CloudName("city"): seen})

    return of


def _standings(status: ApplicationStatus) -> Mapping[str, Standing]:
    return {f"{each.kind}/{each.name}": each.standing for each in status.parts}


def _part(status: ApplicationStatus, name: str) -> PartStatus:
    return next(each for each in status.parts if each.name == name)


def test_what_is_as_asked_matches(status: Any) -> None:
    """Servers, volumes, ports and floating IPs alike."""
    found = _standings(status())
    assert len(found) == 7
    assert set(found.values()) == {Standing.MATCHES}


def test_a_server_shows_its_addresses_and_volumes(status: Any) -> None:
    """By names; its floating IP by the port that it leads to."""
    web = status().servers[0]
    assert (web.state, web.flavor, web.availability_zone) == ("ACTIVE", "small", "extranet")
    assert (web.fixed_addresses, web.floating_addresses, web.volumes) == (
        ("10.20.0.11",),
        ("203.0.113.7",),
        ("logs-1",),
    )


def test_a_volume_shows_where_it_is_attached(status: Any) -> None:
    """By the server's name."""
    logs = status().volumes[1]
    assert (logs.state, logs.size, logs.servers) == ("in-use", 10, ("web-2",))


def test_what_is_not_there_is_missing(status: Any) -> None:
    """And says nothing of state or size."""
    found = status(servers=(_server("web-1"),))
    assert (_part(found, "web-2").standing, found.servers[1].state) == (Standing.MISSING, None)


def test_what_is_otherwise_differs(status: Any) -> None:
    """With both values, as a plan would change them."""
    found = _part(status(servers=(_server("web-1", flavor={"original_name": "tiny"}), _server("web-2"))), "web-1")
    assert found.standing is Standing.DIFFERS
    assert [(each.property, each.actual, each.expected) for each in found.differences] == [("flavor", "tiny", "small")]


def test_one_that_is_only_described_is_compared_all_the_same(status: Any) -> None:
    """A plan would leave it alone; its owner still wants to know."""
    found = status("  manage: observe\n", servers=(_server("web-1"),))
    assert _part(found, "web-2").standing is Standing.MISSING


def test_members_beyond_the_count_are_told(status: Any) -> None:
    """They belong to the application, though nobody asks for them."""
    found = status(servers=(_server("web-1"), _server("web-2"), _server("web-3")))
    assert _part(found, "web-3").standing is Standing.SURPLUS


def test_what_goes_and_what_stays_of_an_absent_application(status: Any) -> None:
    """Servers go; volumes and floating IPs stay, for they are never deleted as a side effect."""
    found = _standings(status("  state: absent\n"))
    assert (found["server/web-1"], found["volume/logs-1"]) == (Standing.LEAVING, Standing.KEPT)


def test_two_of_one_name_are_ambiguous(status: Any) -> None:
    """Which is meant nobody can tell."""
    twin = _server("web-1", id="another")
    assert _part(status(servers=(_server("web-1"), twin, _server("web-2"))), "web-1").standing is Standing.AMBIGUOUS


def test_what_was_not_listed_is_unreadable(status: Any) -> None:
    """It is never taken for absent."""
    assert {each.part.standing for each in status(servers=None).servers} == {Standing.UNREADABLE}


def test_a_server_that_was_never_built_shows_its_fault(status: Any) -> None:
    """It counts as missing, and says why."""
    broken = _server("web-2", status="ERROR", fault={"message": "No valid host was found."}, flavor=None)
    web = status(servers=(_server("web-1"), broken)).servers[1]
    assert (web.part.standing, web.state, web.fault) == (Standing.MISSING, "ERROR", "No valid host was found.")


def test_without_a_look_everything_is_unreadable(status: Any) -> None:
    """A cloud that does not answer says nothing about its servers."""
    city = city_of(application("registration", "商事登记", _SPEC.replace("  dependsOn: [credit]\n", "")))
    found = application_status(city, _NAME, {})
    assert {each.standing for each in found.parts} == {Standing.UNREADABLE}
    assert found.project_there is None


def test_a_project_that_is_not_there_has_nothing(status: Any, build: Any) -> None:
    """That much is known for certain."""
    city = city_of(application("registration", "商事登记", _SPEC.replace("  dependsOn: [credit]\n", "")))
    empty: Observation = build.observation()
    found = application_status(city, _NAME, {CloudName("city"): empty})
    assert {each.standing for each in found.parts} == {Standing.MISSING}
    assert found.project_there is False


def test_it_names_what_it_needs_and_what_needs_it(status: Any) -> None:
    """In either direction, one step."""
    assert [each.name for each in status().needs] == ["credit"]


def test_only_the_projects_in_question_are_looked_at() -> None:
    """A look at one application sends no request for other projects."""
    city: City = city_of(application("registration", "商事登记", ""))
    spare = replace(next(iter(city.tenants.values())).projects[0], applications=())
    tenant = next(iter(city.tenants.values()))
    whole = replace(city, tenants={tenant.name: replace(tenant, projects=(*tenant.projects, spare))})
    assert [each.applications != () for each in narrowed(whole, [_NAME]).tenants[tenant.name].projects] == [True]
