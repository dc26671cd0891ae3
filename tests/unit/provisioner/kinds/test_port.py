"""Ports: which are wanted, which of those that are there they are, and what Neutron's refusals mean."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from provisioner.clouds.memory import MemoryCloud
from provisioner.clouds.offers import OfferedNetwork, Offers
from provisioner.diff import Change, Verb, diff
from provisioner.errors import CloudConflict, CloudRefused, DependencyMissing
from provisioner.kinds.interface import Asked, Target
from provisioner.kinds.network import NETWORKS
from provisioner.kinds.port import PORTS, PortKind
from provisioner.kinds.security_group import SECURITY_GROUPS
from provisioner.kinds.server_properties import SERVERS
from provisioner.objects import Address, KindName
from tenants.application import ApplicationSpec, InterfaceSpec, Management, ServerSpec, Surplus
from tenants.landing_zone import Cidr, Grant, GrantsSpec, IPAddress, LandingZoneSpec, NetworkSpec, SubnetSpec
from tenants.names import (
    ApplicationName,
    FlavorName,
    NetworkName,
    ProjectName,
    SecurityGroupName,
    ServerName,
    SubnetName,
    TenantName,
)
from tenants.presence import Presence
from tenants.resources import Service

_KIND = PortKind()
_APP = {"id": "n-app", "name": "app"}
_WEB = {"id": "s-web", "name": "web"}


def _interface(network: str = "app", address: str | None = None, groups: Iterable[str] = ()) -> InterfaceSpec:
    return InterfaceSpec(
        network=NetworkName(network),
        addresses=() if address is None else (IPAddress(address),),
        security_groups=tuple(map(SecurityGroupName, groups)),
    )


def _application(*interfaces: InterfaceSpec, management: Management = Management.FULL, **server: Any) -> Any:
    presence = server.pop("application", Presence.PRESENT)
    known = {"name": ServerName("web"), "flavor": FlavorName("small"), **server}
    return ApplicationSpec(
        name=ApplicationName("registration"),
        display_name="商事登记",
        owner=TenantName("market"),
        project=ProjectName("registration"),
        protection_level=2,
        management=management,
        presence=presence,
        servers=(ServerSpec(interfaces=interfaces or (_interface(),), **known),),
    )


def _port(identity: str, name: str = "", *addresses: str, **fields: Any) -> Mapping[str, Any]:
    fixed = [{"ip_address": each} for each in addresses]
    return {"id": identity, "name": name, "network_id": "n-app", "fixed_ips": fixed, **fields}


@pytest.fixture
def asked(build: Any) -> Callable[..., Asked]:
    """A project with an application, beside the ports that are there."""

    def ask(application: ApplicationSpec, *ports: Mapping[str, Any], **fields: Any) -> Asked:
        items = {
            NETWORKS.name: (_APP,),
            SERVERS.name: (_WEB,),
            SECURITY_GROUPS.name: fields.get("groups", ()),
            PORTS.name: ports,
        }
        project = build.project(applications=(application,), landing_zone=fields.get("zone"))
        plain: Asked = build.asked(project, replace(build.view(), items=items))
        return replace(plain, offers=Offers(networks=fields.get("networks", ())))

    return ask


def _changes(asked: Asked) -> list[Change]:
    return list(diff(_KIND.desired(asked), dict(_KIND.observed(asked))))


def _said(asked: Asked) -> list[tuple[str, str]]:
    return [(each.verb, each.address.key) for each in _changes(asked)]


def _refused(asked: Asked) -> list[str]:
    return [each.message for change in _changes(asked) for each in _KIND.assess(change, asked).refusals]


def test_each_interface_of_each_member_is_a_port(asked: Callable[..., Asked]) -> None:
    """By the names of server and network."""
    found = asked(_application(_interface(), _interface("db"), replicas=2))
    assert [key for _, key in _said(found)] == ["web-1-app", "web-1-db", "web-2-app", "web-2-db"]


@pytest.mark.parametrize("gone", [{"presence": Presence.ABSENT}, {"application": Presence.ABSENT}])
def test_ports_go_with_their_servers(asked: Callable[..., Asked], gone: Any) -> None:
    """And with their application."""
    assert _said(asked(_application(**gone), _port("p", "web-app"))) == [("delete", "web-app")]


def test_ports_of_an_application_that_is_only_described_are_left_alone(asked: Callable[..., Asked]) -> None:
    """Nothing is made."""
    assert _said(asked(_application(management=Management.OBSERVE))) == []


@pytest.mark.parametrize(("surplus", "gone"), [(Surplus.KEEP, []), (Surplus.DELETE, [("delete", "web-3-app")])])
def test_ports_of_members_beyond_the_count(asked: Callable[..., Asked], surplus: Surplus, gone: Any) -> None:
    """Go with their servers only; others that are called alike stay."""
    ports = [_port(name, name) for name in ("web-1-app", "web-2-app", "web-3-app", "web-x-app", "other-9-app")]
    assert _said(asked(_application(replicas=2, surplus=surplus), *ports)) == gone


def test_a_servers_port_is_known_whatever_its_name(asked: Callable[..., Asked]) -> None:
    """Nova gives those that it makes none."""
    assert _said(asked(_application(), _port("p", "", device_id="s-web"))) == []


def test_a_port_that_another_server_has_is_not_taken_for_ours(asked: Callable[..., Asked]) -> None:
    """Its name alone does not count then."""
    other = _port("p", "web-app", device_id="s-other")
    found = asked(_application(), other)
    view = found.view
    assert view is not None
    items = {**view.items, SERVERS.name: (_WEB, {"id": "s-other", "name": "other"})}
    assert _said(replace(found, view=replace(view, items=items))) == [("create", "web-app")]


def test_a_servers_port_goes_before_one_that_is_only_called_so(asked: Callable[..., Asked]) -> None:
    """The server has its place already."""
    found = asked(_application(), _port("p", "web-app"), _port("q", "", device_id="s-web"))
    assert [each["id"] for _, each in _KIND.observed(found)] == ["q"]


def test_two_ports_of_one_server_in_one_network_are_an_obstacle(asked: Callable[..., Asked]) -> None:
    """Which is meant nobody can tell."""
    found = asked(_application(), _port("p", device_id="s-web"), _port("q", device_id="s-web"))
    assert ["2 ports" in each.message for each in _KIND.obstacles(found)] == [True]
    assert list(_KIND.observed(found)) == []


def test_an_address_counts_beside_others(asked: Callable[..., Asked]) -> None:
    """IPv6 beside IPv4 is no difference."""
    application = _application(_interface(address="10.20.0.7"))
    assert _said(asked(application, _port("p", "web-app", "fd00::7", "10.20.0.7"))) == []


def test_another_address_is_refused(asked: Callable[..., Asked]) -> None:
    """The server would be cut off."""
    application = _application(_interface(address="10.20.0.7"))
    assert _refused(asked(application, _port("p", "web-app", "10.20.0.8"))) == [
        "the address cannot go from 10.20.0.8 to 10.20.0.7: its server would be cut off"
    ]


def test_the_order_of_security_groups_is_no_difference(asked: Callable[..., Asked]) -> None:
    """They are held against one another by name."""
    groups = ({"id": "g1", "name": "web"}, {"id": "g2", "name": "default"})
    application = _application(_interface(groups=("web", "default")))
    assert _said(asked(application, _port("p", "web-app", security_groups=["g1", "g2"]), groups=groups)) == []


def test_a_security_group_that_there_is_not_is_refused(asked: Callable[..., Asked]) -> None:
    """Before anything is made."""
    assert _refused(asked(_application(_interface(groups=("web",))))) == ["the project has no security group web"]


_FOREIGN = OfferedNetwork(id="n-1", name="city", owner="other")


@pytest.mark.parametrize(
    ("networks", "grants", "refused"),
    [
        ((), (), ["the project has no network city, and none of this name is open to it"]),
        ((_FOREIGN,), (), ["the project has no network city, and none of this name is open to it"]),
        ((_FOREIGN,), ("city",), []),
        ((replace(_FOREIGN, shared=True),), (), []),
        ((replace(_FOREIGN, external=True),), (), []),
        (
            (replace(_FOREIGN, shared=True), replace(_FOREIGN, id="n-2", shared=True)),
            (),
            ["2 networks named city are open to the project, of other projects"],
        ),
    ],
    ids=["none", "closed", "granted", "shared", "external", "two"],
)
def test_a_network_of_others_must_be_open_and_the_only_one(
    asked: Callable[..., Asked], networks: Any, grants: Any, refused: list[str]
) -> None:
    """Tenantry's own rights open none."""
    zone = LandingZoneSpec(grants=GrantsSpec(networks=tuple(Grant(name=name) for name in grants)))
    found = asked(_application(_interface("city")), networks=networks, zone=zone)
    assert _refused(found) == refused


# Made


@pytest.fixture
def target(cloud: MemoryCloud, build: Any) -> Callable[..., Target]:
    """A project in a cloud in memory, with a network of one subnet; an application is to come."""
    domain = build.cloud().domain
    project_id = cloud.identity.create_project(domain, name="market-registration", description="")[0].id
    network = cloud.resources.create(NETWORKS, project_id, {"name": "app", "project_id": project_id}).item
    subnets = replace(NETWORKS, path="/subnets", item="subnet", items="subnets")
    cidr = {"network_id": network["id"], "cidr": "10.20.0.0/29", "ip_version": 4, "project_id": project_id}
    subnet = cloud.resources.create(subnets, project_id, {"name": "app-v4", **cidr}).item
    zone = LandingZoneSpec(
        networks=(
            NetworkSpec(
                name=NetworkName("app"),
                subnets=(SubnetSpec(name=SubnetName("app-v4"), cidr=Cidr("10.20.0.0/29")),),
            ),
        )
    )

    def aim(application: ApplicationSpec, *, missing: str = "") -> Target:
        project = build.project(applications=(application,), landing_zone=zone)
        plain = Target(
            cloud=cloud,
            domain=domain,
            tenant=build.tenant(project),
            project=project,
            project_id=project_id,
            directory=cloud.identity.directory(domain, users=False),
            offers=cloud.offers(),
        )
        made = {("network", "app"): network["id"], ("subnet", "app-v4"): subnet["id"]}
        ids = {plain.address(KindName(kind), key): each for (kind, key), each in made.items() if kind != missing}
        return replace(plain, ids=ids)

    return aim


def _creation(target: Target, **said: Any) -> Change:
    after = {"network": "app", "description": "tenantry: registration", **said}
    address: Address = target.address(_KIND.name, "web-app")
    return Change(address=address, verb=Verb.CREATE, before={}, after=after)


def _taken(target: Target, cloud: MemoryCloud, **fields: Any) -> None:
    """Somebody has 10.20.0.3."""
    place = target.ids[target.address(KindName("network"), "app")]
    body = {"network_id": place, "fixed_ips": [{"ip_address": "10.20.0.3"}], **fields}
    cloud.resources.create(PORTS, target.known_project, {"project_id": target.known_project, **body})


def test_a_port_is_made_with_the_address_that_is_asked(target: Callable[..., Target], cloud: MemoryCloud) -> None:
    """And its proof is its id."""
    aimed = target(_application(_interface(address="10.20.0.3")))
    evidence = _KIND.perform(_creation(aimed, address="10.20.0.3"), aimed)
    made = cloud.items(PORTS, aimed.known_project)
    assert [(each["id"], each["fixed_ips"][0]["ip_address"]) for each in made] == [(evidence.values["id"], "10.20.0.3")]


def test_the_projects_own_network_goes_before_a_shared_one_of_its_name(
    target: Callable[..., Target], cloud: MemoryCloud
) -> None:
    """Whether or not the manifest describes it."""
    lent = Offers(networks=(OfferedNetwork(id="lent", name="app", owner="x", shared=True),))
    aimed = target(_application())
    aimed = replace(aimed, offers=lent, project=replace(aimed.project, landing_zone=None))
    _KIND.perform(_creation(aimed), aimed)
    own = aimed.ids[aimed.address(KindName("network"), "app")]
    assert [each["network_id"] for each in cloud.items(PORTS, aimed.known_project)] == [own]


def test_a_port_that_an_interrupted_attempt_made_is_not_made_twice(
    target: Callable[..., Target], cloud: MemoryCloud
) -> None:
    """It is found by its name."""
    aimed = target(_application())
    first = _KIND.perform(_creation(aimed), aimed)
    again = _KIND.perform(_creation(aimed), replace(aimed, resumed=True))
    assert (again.values["id"], len(cloud.items(PORTS, aimed.known_project))) == (first.values["id"], 1)


@pytest.mark.parametrize("missing", ["network", "subnet"])
def test_a_port_waits_for_its_network_and_the_subnets_of_it(
    target: Callable[..., Target], cloud: MemoryCloud, missing: str
) -> None:
    """Neutron would make one without an address."""
    aimed = target(_application(), missing=missing)
    with pytest.raises(DependencyMissing, match=f"waits for the {missing} app"):
        _KIND.perform(_creation(aimed), aimed)
    assert not cloud.items(PORTS, aimed.known_project)


@pytest.mark.parametrize(
    ("holder", "named"),
    [
        ({"name": "printer"}, "the port printer"),
        ({}, "a port without a name"),
        ({"device_owner": "network:dhcp"}, "the network's own DHCP"),
        ({"project_id": "another", "device_owner": "compute:nova"}, "a server of another project"),
        ({"project_id": "another"}, "a port of another project"),
    ],
)
def test_who_has_an_address_is_told(target: Callable[..., Target], cloud: MemoryCloud, holder: Any, named: str) -> None:
    """In a department's words."""
    aimed = target(_application(_interface(address="10.20.0.3")))
    _taken(aimed, cloud, name="bystander", fixed_ips=[{"ip_address": "10.20.0.4"}])
    _taken(aimed, cloud, **holder)
    with pytest.raises(CloudConflict, match=f"the address 10.20.0.3 of the network app is taken by {named};"):
        _KIND.perform(_creation(aimed, address="10.20.0.3"), aimed)


def test_a_used_up_quota_is_told_with_its_numbers(
    target: Callable[..., Target], cloud: MemoryCloud, build: Any
) -> None:
    """Neutron tells none."""
    aimed = target(_application())
    _taken(aimed, cloud)
    cloud.quotas(Service.NETWORK).set_limits(aimed.known_project, {"port": 1}, force=True)
    with pytest.raises(CloudConflict, match="the project's quota of ports is used up: 1 of 1 are in use"):
        _KIND.perform(_creation(aimed), aimed)


def test_a_full_network_is_told(target: Callable[..., Target], cloud: MemoryCloud) -> None:
    """By its name."""
    aimed = target(_application())
    place = aimed.ids[aimed.address(KindName("network"), "app")]
    for _ in range(5):
        cloud.resources.create(PORTS, aimed.known_project, {"network_id": place, "project_id": aimed.known_project})
    with pytest.raises(CloudConflict, match="the network app has no free address left"):
        _KIND.perform(_creation(aimed), aimed)


def test_another_refusal_keeps_its_words(target: Callable[..., Target]) -> None:
    """An address outside of the network's subnets."""
    aimed = target(_application(_interface(address="10.99.0.3")))
    with pytest.raises(CloudRefused, match=r"10\.99\.0\.3"):
        _KIND.perform(_creation(aimed, address="10.99.0.3"), aimed)
