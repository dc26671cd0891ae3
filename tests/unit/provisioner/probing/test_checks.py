"""Which questions an application's probes mean, and where they are asked."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.probing.checks import Place, checks_of, needs_sight
from provisioner.probing.readings import Finding, Result
from provisioner.probing.sight import SeenPort, SeenServer, Sight, sight_of
from tenants.application import ApplicationSpec, InterfaceSpec, ProbeSpec, ServerSpec, TcpProbe


def application(*servers: ServerSpec) -> ApplicationSpec:
    """An application of these servers."""
    return ApplicationSpec(
        name="app", display_name="商事登记", owner="market", project="a", protection_level=2, servers=servers
    )


def server(name: str = "web", *networks: str, replicas: int | None = None) -> ServerSpec:
    """A server in these networks."""
    interfaces = tuple(InterfaceSpec(network=each) for each in networks or ("front",))
    return ServerSpec(name=name, flavor="tiny", replicas=replicas, interfaces=interfaces)


def probe(server: str | None = "web", address: str | None = None) -> ProbeSpec:
    """A probe of a port."""
    return ProbeSpec(name="port", server=server, address=address, tcp=TcpProbe(port=80))


def seen(*ports: SeenPort, name: str = "web", id: str = "1") -> Sight:  # noqa: A002  # as the record calls it
    """A look at one server."""
    return Sight(servers={name: (SeenServer(id=id, status="ACTIVE", ports=ports),)})


def place(sight: Sight, spec: ServerSpec | None = None) -> Place | Finding:
    """Where the one question about a server is asked."""
    (check,) = checks_of(application(spec or server()), [probe()], sight)
    return check.place


def test_an_address_of_the_probes_own_needs_no_cloud() -> None:
    """It is asked as it is written."""
    (check,) = checks_of(application(), [probe(None, "portal.example.com")], Sight(obstacle="out of reach"))
    assert (check.server, check.place) == (None, Place(address="portal.example.com"))
    assert not needs_sight([check.probe])


def test_every_member_is_asked() -> None:
    """Each by its own name and address."""
    sight = Sight(
        servers={
            f"web-{number}": (
                SeenServer(id=str(number), status="ACTIVE", ports=(SeenPort(name="", fixed=(f"10.0.0.{number}",)),)),
            )
            for number in (1, 2)
        }
    )
    checks = checks_of(application(server(replicas=2)), [probe()], sight)
    assert [(each.server, each.place) for each in checks] == [
        ("web-1", Place(address="10.0.0.1", server="1")),
        ("web-2", Place(address="10.0.0.2", server="2")),
    ]


def test_a_floating_ip_comes_before_fixed_addresses() -> None:
    """Even that of a later network: the fixed one may lie behind a router."""
    ports = (
        SeenPort(name="web-back", fixed=("10.0.1.5",), floating=("203.0.113.9",)),
        SeenPort(name="web-front", fixed=("10.0.0.5",)),
    )
    assert place(seen(*ports), server("web", "front", "back")) == Place(address="203.0.113.9", server="1")


def test_fixed_addresses_come_in_the_manifests_order() -> None:
    """The first network is the main one."""
    ports = (SeenPort(name="web-back", fixed=("10.0.1.5",)), SeenPort(name="web-front", fixed=("10.0.0.5",)))
    assert place(seen(*ports), server("web", "front", "back")) == Place(address="10.0.0.5", server="1")


def test_version_4_comes_before_version_6() -> None:
    """And version 6 before nothing."""
    six, four = SeenPort(name="web-front", fixed=("2001:db8::5",)), SeenPort(name="other", fixed=("10.0.0.5",))
    assert place(seen(six, four)) == Place(address="10.0.0.5", server="1")
    assert place(seen(six)) == Place(address="2001:db8::5", server="1")


@pytest.mark.parametrize(
    ("sight", "result", "reason"),
    [
        (Sight(), Result.FAILED, "the project has no server of this name"),
        (seen(), Result.FAILED, "the server has no address; Nova has it as ACTIVE"),
        (Sight(obstacle="no answer"), Result.UNKNOWN, "the server's address is not known: no answer"),
        (
            Sight(servers={"web": (SeenServer(id="1", status="ACTIVE"), SeenServer(id="2", status="ACTIVE"))}),
            Result.UNKNOWN,
            "the project has 2 servers of this name, and it is not known which is meant",
        ),
    ],
)
def test_what_cannot_be_asked_says_why(sight: Sight, result: Result, reason: str) -> None:
    """A server that is not there fails; one that could not be looked at is unknown."""
    assert place(sight) == Finding(result=result, reason=reason)


@given(st.permutations([("fixed", 1), ("floating", 2), ("fixed", 3)]))
def test_the_order_of_listings_does_not_matter(order: list[tuple[str, int]]) -> None:
    """Services list as they like."""
    ports = [
        {"id": f"p{n}", "name": f"web-{n}", "device_id": "1", "fixed_ips": [{"ip_address": f"10.0.0.{n}"}]}
        for _, n in order
    ]
    floating = [
        {"port_id": f"p{n}", "floating_ip_address": f"203.0.113.{n}"} for kind, n in order if kind == "floating"
    ]
    sight = sight_of([{"id": "1", "name": "web", "status": "ACTIVE"}], ports, floating)
    assert place(sight) == Place(address="203.0.113.2", server="1")


def test_ports_and_floating_ips_of_others_are_nobodys() -> None:
    """A port without a server, a floating IP without a port."""
    ports: list[dict[str, Any]] = [{"id": "p", "name": "", "device_id": "", "fixed_ips": []}]
    floating = [{"port_id": None, "floating_ip_address": "203.0.113.1"}]
    sight = sight_of([{"id": "1", "name": "web", "status": "BUILD"}], ports, floating)
    assert sight == Sight(servers={"web": (SeenServer(id="1", status="BUILD"),)})
