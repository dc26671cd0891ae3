"""What a manifest of kind Application may say, and what is made of it."""

from typing import Any

import pytest

from tenants.application import (
    ApplicationSpec,
    CommandProbe,
    Disruption,
    FloatingIPUse,
    GroupPolicy,
    HttpProbe,
    InterfaceSpec,
    Management,
    ProbeSpec,
    ServerGroupSpec,
    ServerSpec,
    Surplus,
    TcpProbe,
    UserData,
    VolumeSpec,
)
from tenants.presence import Presence


def made(kind: Any, **fields: Any) -> Any:
    """A record, its names written as plain text."""
    return kind(**fields)


MINIMAL = """\
apiVersion: tenantry/v1
kind: Application
metadata: {name: registration, displayName: 商事登记}
spec:
  owner: market-regulation
  project: registration
"""
FULL = """\
  protectionLevel: 2
  manage: observe
  state: present
  dependsOn: [credit]
  serverGroups: [{name: 网站, policy: anti-affinity, state: present}, {name: plain}]
  servers:
    - name: 网站
      replicas: 3
      surplus: delete
      image: guest
      flavor: small
      availabilityZone: extranet
      networks:
        - {network: app, addresses: [10.20.0.11, 10.20.0.12, 10.20.0.13], securityGroups: [web]}
        - {network: data}
      keyPair: ops
      userData: files/web.sh
      metadata: {role: web, empty: "", "a:b c.d_e-f": 值}
      serverGroup: 网站
      disruption: rebuild
      state: present
    - {name: db, bootVolume: root, flavor: large, networks: [{network: app, address: "FD00:0::1"}]}
  volumes:
    - {name: data, size: 1.5TiB, type: ssd, server: db, state: present}
    - {name: root, size: 20, image: guest}
    - {name: older, size: 1GiB, bootable: true, state: absent}
  floatingIPs: [{name: portal, server: 网站-1, network: app}]
  probes:
    - {name: page, server: 网站, http: {port: 443, path: /健康, status: 401, text: 商事登记, https: true}, timeout: 3}
    - {name: ssh, server: db, tcp: {port: 22}}
    - {name: disk, server: db, command: {command: "df /data\\ndate", user: root, text: data}}
    - {name: outside, address: portal.example.com, http: {port: 80}}
"""
CREDIT = MINIMAL.replace("registration,", "credit,")
EXPECTED = {
    "name": "registration",
    "display_name": "商事登记",
    "owner": "market-regulation",
    "project": "registration",
    "protection_level": 2,
    "management": Management.OBSERVE,
    "depends_on": ("credit",),
    "server_groups": (
        made(ServerGroupSpec, name="网站", policy=GroupPolicy.ANTI_AFFINITY),
        made(ServerGroupSpec, name="plain", policy=GroupPolicy.SOFT_ANTI_AFFINITY),
    ),
}


@pytest.fixture
def alone(manifests: Any) -> Any:
    """The city with an application that says no more than it must."""
    return manifests.add("registration.yaml", MINIMAL)


@pytest.fixture
def said(alone: Any) -> Any:
    """Reads the application with more lines below its spec."""
    return lambda more: alone.add("registration.yaml", MINIMAL + more).city().applications["registration"]


def test_application_is_read_whole(alone: Any) -> None:
    """Every key, in its place and type."""
    outside = alone.edit("cloud.yaml", "az-extranet\n", "az-extranet\n      externalNetwork: public\n")
    whole = (
        outside.add("registration.yaml", MINIMAL + FULL).add("credit.yaml", CREDIT).attach("files/web.sh", b"date\n")
    )
    found: Any = whole.city().applications["registration"]
    assert {key: getattr(found, key) for key in EXPECTED} == EXPECTED
    web, db = found.servers
    assert web == made(
        ServerSpec,
        name="网站",
        replicas=3,
        surplus=Surplus.DELETE,
        image="guest",
        flavor="small",
        availability_zone="extranet",
        interfaces=(
            made(
                InterfaceSpec,
                network="app",
                addresses=("10.20.0.11", "10.20.0.12", "10.20.0.13"),
                security_groups=("web",),
            ),
            made(InterfaceSpec, network="data"),
        ),
        key_pair="ops",
        user_data=UserData(file="files/web.sh", text="date\n"),
        metadata={"role": "web", "empty": "", "a:b c.d_e-f": "值"},
        server_group="网站",
        disruption=Disruption.REBUILD,
    )
    assert (db.replicas, db.surplus, db.image, db.boot_volume, db.disruption) == (
        None,
        Surplus.KEEP,
        None,
        "root",
        Disruption.NONE,
    )
    assert db.interfaces[0].addresses == ("fd00::1",)
    assert found.volumes == (
        made(VolumeSpec, name="data", size=1536, volume_type="ssd", server="db"),
        made(VolumeSpec, name="root", size=20, image="guest"),
        made(VolumeSpec, name="older", size=1, bootable=True, presence=Presence.ABSENT),
    )
    assert found.floating_ips == (made(FloatingIPUse, name="portal", server="网站-1", network="app"),)


def test_probes_are_read_whole(said: Any) -> None:
    """Each as one of three, with what it expects."""
    lines = FULL[FULL.index("  probes:") :].replace("网站", "db")
    server = "  servers: [{name: db, image: guest, flavor: small, networks: [{network: app}]}]\n"
    assert said(server + lines).probes == (
        made(
            ProbeSpec,
            name="page",
            server="db",
            http=HttpProbe(port=443, path="/健康", https=True, status=401, text="商事登记"),
            timeout=3,
        ),
        made(ProbeSpec, name="ssh", server="db", tcp=TcpProbe(port=22)),
        made(
            ProbeSpec,
            name="disk",
            server="db",
            command=CommandProbe(command="df /data\ndate", user="root", text="data"),
        ),
        made(ProbeSpec, name="outside", address="portal.example.com", http=HttpProbe(port=80)),
    )


def test_application_may_say_little(said: Any) -> None:
    """Who owns it and which project holds it; the level is the project's."""
    assert said("") == made(
        ApplicationSpec,
        name="registration",
        display_name="商事登记",
        owner="market-regulation",
        project="registration",
        protection_level=3,
    )


SERVER = "servers: [{{name: a, image: b, flavor: c, {}}}]"


@pytest.mark.parametrize(
    ("line", "path", "message"),
    [
        ("manage: maybe", "manage", '"maybe" is not one of full, observe'),
        ("state: gone", "state", '"gone" is not one of present, absent'),
        ("dependsOn: [a, a]", "dependsOn[1]", '"a" stands here a second time; the first is on line 7'),
        ("serverGroups: [{name: a, policy: near}]", "serverGroups[0].policy", '"near" is not one of anti-affinity'),
        ("servers: [{name: a, image: b}]", "servers[0].flavor", "is missing"),
        ("servers: [{name: a, flavor: b}]", "servers[0]", 'gives neither of "image" and "bootVolume"'),
        (SERVER.format("bootVolume: d"), "servers[0]", 'gives both of "image" and "bootVolume"'),
        (SERVER.format("replicas: 0"), "servers[0].replicas", "0 is not from 1 to 100"),
        (SERVER.format("replicas: 101"), "servers[0].replicas", "101 is not from 1 to 100"),
        (SERVER.format("networks: [{network: n}, {network: n}]"), "servers[0].networks[1].network", '"n" stands here a second'),
        (SERVER.format("networks: [{network: n, address: 10.0.0.256}]"), "servers[0].networks[0].address", '"10.0.0.256" is not an address'),
        (SERVER.format("networks: [{network: n, addresses: []}]"), "servers[0].networks[0].addresses", "is an empty list"),
        (SERVER.format("metadata: {角色: web}"), "servers[0].metadata.角色", '"角色" is not allowed as a name'),
        (SERVER.format("metadata: {a: 1}"), "servers[0].metadata.a", '"1" is a number where text is meant'),
        (SERVER.format("disruption: all"), "servers[0].disruption", '"all" is not one of none, stop, rebuild'),
        (SERVER.format("count: 2"), "servers[0].count", "is not a key here"),
        (SERVER.format("securityGroups: [web]"), "servers[0].securityGroups", "cannot stand here"),
        ("volumes: [{name: a, size: 0}]", "volumes[0].size", "a volume has at least 1GiB"),
        ("volumes: [{name: a, size: 512MiB}]", "volumes[0].size", '"512MiB" is no whole number of GiB'),
        ("volumes: [{name: a, size: 100GB}]", "volumes[0].size", '"100GB" is not a limit'),
        ("volumes: [{name: a, size: unlimited}]", "volumes[0].size", "unlimited has no meaning here"),
        ("volumes: [{name: a, size: 2147483648}]", "volumes[0].size", "is more than any service makes a volume of"),
        ("volumes: [{name: a}]", "volumes[0].size", "is missing"),
        ("floatingIPs: [{name: a, server: b}]", "floatingIPs[0].network", "is missing"),
        ("probes: [{name: a, address: b, tcp: {port: 0}}]", "probes[0].tcp.port", "0 is not from 1 to 65535"),
        ("probes: [{name: a, address: 'http://b', tcp: {port: 1}}]", "probes[0].address", '"http://b" is not allowed here'),
        ("probes: [{name: a, address: b, http: {port: 1, path: x}}]", "probes[0].http.path", '"x" is not allowed here'),
        ("probes: [{name: a, address: b, http: {port: 1, status: 99}}]", "probes[0].http.status", "99 is not from 100 to 599"),
        ("probes: [{name: a, address: b, tcp: {port: 1}, timeout: 301}]", "probes[0].timeout", "301 is not from 1 to 300"),
    ],
)  # fmt: skip
def test_wrong_value_is_refused_in_its_place(alone: Any, line: str, path: str, message: str) -> None:
    """With what it is and what would be right."""
    problems = alone.add("registration.yaml", f"{MINIMAL}  {line}\n").validation().problems
    told = [each for each in problems if each.path == f"spec.{path}"]
    assert any(each.message.startswith(message) for each in told)
