"""What an application's manifest says after a move, in the text as people wrote it."""

from dataclasses import replace

import pytest

from tenants.amendment import Change, with_changes
from tenants.application import ApplicationSpec, FloatingIPUse, InterfaceSpec, ServerSpec, VolumeSpec
from tenants.landing_zone import IPAddress
from tenants.names import (
    ApplicationName,
    FlavorName,
    FloatingIPName,
    KeyPairName,
    NetworkName,
    ProjectName,
    SecurityGroupName,
    ServerName,
    TenantName,
    VolumeName,
    VolumeTypeName,
)
from tenants.relocation import Relocation, changes, relocated

TEXT = """\
# 商事登记，2024 年上线
kind: Application
metadata: {name: registration}
spec:
  owner: market
  project: registration   # 市级云
  servers:
    - name: web
      replicas: 2
      flavor: "c4.large"
      networks:
        - {network: app, addresses: [10.0.0.11, '10.0.0.12'], securityGroups: [web, ssh]}  # 前端
      keyPair: ops
  volumes:
    - name: data
      size: 10GiB
      type: ssd
      server: web
  floatingIPs:
    - {name: portal, server: web-1, network: app}
"""

APPLICATION = ApplicationSpec(
    name=ApplicationName("registration"),
    display_name="商事登记",
    owner=TenantName("market"),
    project=ProjectName("registration"),
    protection_level=2,
    servers=(
        ServerSpec(
            name=ServerName("web"),
            replicas=2,
            flavor=FlavorName("c4.large"),
            interfaces=(
                InterfaceSpec(
                    network=NetworkName("app"),
                    addresses=(IPAddress("10.0.0.11"), IPAddress("10.0.0.12")),
                    security_groups=(SecurityGroupName("web"), SecurityGroupName("ssh")),
                ),
            ),
            key_pair=KeyPairName("ops"),
        ),
    ),
    volumes=(
        VolumeSpec(name=VolumeName("data"), size=10, volume_type=VolumeTypeName("ssd"), server=ServerName("web")),
    ),
    floating_ips=(
        FloatingIPUse(name=FloatingIPName("portal"), server=ServerName("web-1"), network=NetworkName("app")),
    ),
)

MOVE = Relocation(
    project=ProjectName("registration-district"),
    networks={NetworkName("app"): NetworkName("应用网")},
    flavors={FlavorName("c4.large"): FlavorName("s4.large")},
    volume_types={VolumeTypeName("ssd"): VolumeTypeName("ceph")},
    security_groups={SecurityGroupName("ssh"): SecurityGroupName("运维")},
    key_pairs={KeyPairName("ops"): KeyPairName("district-ops")},
    addresses={(ServerName("web-2"), NetworkName("app"), IPAddress("10.0.0.12")): IPAddress("10.9.0.7")},
)


def rewritten(move: Relocation) -> str:
    """The document after the move."""
    text = with_changes(TEXT, changes(TEXT, APPLICATION, relocated(APPLICATION, move)))
    assert text is not None
    return text


def test_only_what_changed_is_written() -> None:
    """Comments, quotes and the order of keys stay as people wrote them."""
    expected = TEXT
    for before, after in {
        "project: registration   #": "project: registration-district   #",
        '"c4.large"': '"s4.large"',
        "network: app, addresses: [10.0.0.11, '10.0.0.12'], securityGroups: [web, ssh]": (
            "network: 应用网, addresses: [10.0.0.11, '10.9.0.7'], securityGroups: [web, 运维]"
        ),
        "keyPair: ops": "keyPair: district-ops",
        "type: ssd": "type: ceph",
        "server: web-1, network: app": "server: web-1, network: 应用网",
    }.items():
        assert before in expected
        expected = expected.replace(before, after)
    assert rewritten(MOVE) == expected


def test_what_was_written_can_be_taken_back() -> None:
    """By the same changes the other way round."""
    written = changes(TEXT, APPLICATION, relocated(APPLICATION, MOVE))
    assert with_changes(rewritten(MOVE), [each.reversed for each in written]) == TEXT


def test_a_move_without_mappings_changes_the_project_alone() -> None:
    """All else is called as it was."""
    move = Relocation(project=ProjectName("other"))
    assert relocated(APPLICATION, move) == replace(APPLICATION, project=ProjectName("other"))
    assert rewritten(move) == TEXT.replace("project: registration ", "project: other ")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("project: a", 'project: "1e3"'),
        ("project: 'a'", "project: '1e3'"),
        ("{owner: b, project: a}", '{owner: b, project: "1e3"}'),
    ],
)
def test_what_could_be_taken_for_a_number_is_put_in_quotes(written: str, expected: str) -> None:
    """Those that are there, or new ones."""
    spec = f"spec: {written}\n" if written.startswith("{") else f"spec:\n  {written}\n"
    change = Change(way=("spec", "project"), before="a", after="1e3")
    assert with_changes(spec, [change]) == spec.replace(written, expected)


@pytest.mark.parametrize(
    "text", ["spec: {project: b}\n", "spec: {}\n", "spec:\n  project: >\n    a\n", 'spec:\n  project: "\\x61"\n']
)
def test_what_stands_there_otherwise_is_not_touched(text: str) -> None:
    """Another value, none at all, or one that is written in another way than on one line."""
    assert with_changes(text, [Change(way=("spec", "project"), before="a", after="c")]) is None


def test_a_change_in_words() -> None:
    """As people find it in their file."""
    change = Change(way=("spec", "servers", 0, "flavor"), before="tiny", after="small")
    assert str(change) == "spec.servers[0].flavor: tiny → small"
