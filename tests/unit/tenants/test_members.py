"""Counts are spelt out: each member has its own name, address and volumes."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tenants.application import ApplicationSpec, InterfaceSpec, ServerSpec, VolumeSpec
from tenants.landing_zone import IPAddress
from tenants.members import numbered, port_name, servers, volumes
from tenants.names import (
    ApplicationName,
    FlavorName,
    NetworkName,
    ProjectName,
    ServerName,
    TenantName,
    VolumeName,
)

BARE = ApplicationSpec(
    name=ApplicationName("registration"),
    display_name="商事登记",
    owner=TenantName("market-regulation"),
    project=ProjectName("registration"),
    protection_level=3,
)
NAMES = st.sampled_from(["web", "db", "数据库", "cache"])


@st.composite
def applications(draw: st.DrawFn) -> ApplicationSpec:
    """Servers of different names, some of them counted, and volumes of different names beside some of them."""
    made = tuple(
        ServerSpec(
            name=ServerName(name),
            flavor=FlavorName("small"),
            replicas=(count := draw(st.one_of(st.none(), st.integers(1, 12)))),
            boot_volume=VolumeName(f"{name}-root") if draw(st.booleans()) else None,
            interfaces=(
                InterfaceSpec(
                    network=NetworkName("app"),
                    addresses=tuple(IPAddress(f"10.0.0.{number}") for number in range(count or 1)),
                ),
            ),
        )
        for name in draw(st.lists(NAMES, unique=True))
    )
    roots = [VolumeSpec(name=each.boot_volume, size=20) for each in made if each.boot_volume]
    beside = [VolumeSpec(name=VolumeName(f"{each.name}-data"), size=1, server=each.name) for each in made]
    alone = VolumeSpec(name=VolumeName("archive"), size=5)
    return replace(BARE, servers=made, volumes=(*roots, *beside, alone))


@given(applications())
def test_servers_are_as_many_as_counted(application: ApplicationSpec) -> None:
    """Each under a name of its own, and none of them counted again."""
    found = list(servers(application))
    assert len(found) == sum(1 if each.replicas is None else each.replicas for each in application.servers)
    assert len({each.name for each in found}) == len(found)
    assert all(each.replicas is None for each in found)
    assert list(servers(replace(application, servers=tuple(found)))) == found


@given(applications())
def test_members_are_alike_but_for_what_is_their_own(application: ApplicationSpec) -> None:
    """Name, address and boot volume; nothing else differs, and no address is lost."""
    found = list(servers(application))
    for server in application.servers:
        mine = [each for each in found if each.name == server.name or each.name.startswith(f"{server.name}-")]
        assert [each.interfaces[0].addresses[0] for each in mine] == list(server.interfaces[0].addresses)
        own = {"name": server.name, "replicas": None, "boot_volume": None, "interfaces": ()}
        assert {repr(replace(each, **own)) for each in mine} == {repr(replace(server, **own))}


@given(applications())
def test_every_server_boots_from_a_volume_of_its_own(application: ApplicationSpec) -> None:
    """The numbers of both agree."""
    made = [each.name for each in volumes(application)]
    booted = [each.boot_volume for each in servers(application) if each.boot_volume]
    assert len(set(made)) == len(made)
    assert len(set(booted)) == len(booted)
    assert set(booted) <= set(made)


@given(applications())
def test_every_volume_is_beside_a_single_server(application: ApplicationSpec) -> None:
    """Each single server has one data volume, with its number; what is alone stays so."""
    single = {each.name for each in servers(application)}
    attached = [each for each in volumes(application) if each.server]
    assert sorted(each.server or "" for each in attached) == sorted(single)
    assert sum(each.name == "archive" for each in volumes(application)) == 1


def test_numbers_count_from_one() -> None:
    """As people count."""
    web = ServerSpec(name=ServerName("web"), flavor=FlavorName("small"), replicas=2)
    assert [each.name for each in servers(replace(BARE, servers=(web,)))] == ["web-1", "web-2"]
    assert (numbered("网站", 3), port_name(ServerName("web-1"), NetworkName("app"))) == ("网站-3", "web-1-app")


def test_volume_of_one_member_is_one() -> None:
    """`web-2` is a single server, though `web` is not."""
    web = ServerSpec(name=ServerName("web"), flavor=FlavorName("small"), replicas=2)
    logs = VolumeSpec(name=VolumeName("logs"), size=1, server=ServerName("web-2"))
    assert list(volumes(replace(BARE, servers=(web,), volumes=(logs,)))) == [logs]


def test_too_few_addresses_leave_the_others_to_the_cloud() -> None:
    """Validation refuses them; nothing here breaks by it."""
    network = InterfaceSpec(network=NetworkName("app"), addresses=(IPAddress("10.0.0.1"),))
    web = ServerSpec(name=ServerName("web"), flavor=FlavorName("small"), replicas=2, interfaces=(network,))
    found = [each.interfaces[0].addresses for each in servers(replace(BARE, servers=(web,)))]
    assert found == [("10.0.0.1",), ()]
