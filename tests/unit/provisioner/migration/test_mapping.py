"""What takes the place of what at the target: by mapping, by the same name, or told as missing, all of it at once."""

from dataclasses import replace
from typing import Any

import pytest

from provisioner.clouds.interface import ProjectId
from provisioner.clouds.offers import Flavor, Offers, VolumeType
from provisioner.migration.bindings import Bindings
from provisioner.migration.mapping import Unresolved, networks_of, resolve
from provisioner.migration.target import TargetNetwork, TargetSubnet, TargetView
from provisioner.migration.workload import AddressPair, Disk, FixedAddress, Interface, Machine, Workload
from tenants.names import CloudName, KeyPairName, NetworkName, ProjectName, ServerName, SubnetName, TenantName
from tenants.wave import Mappings, Mode, WaveSpec
from tests.migrations import wave_of

_ROOT: Any = Disk(subject="web#0", position=0, volume=None, name="", size=1)  # type: ignore[arg-type]
_DATA: Any = Disk(subject="web#1", position=1, volume="v1", name="data", size=2, volume_type="ssd")  # type: ignore[arg-type]


def _interface(**changes: Any) -> Interface:
    address: Any = {"address": "10.1.0.5", "subnet_id": "s1", "subnet": SubnetName("web-v4")}
    said: dict[str, Any] = {
        "subject": "web@0",
        "port": "p1",
        "name": "web-net",
        "network_id": "n1",
        "network": NetworkName("net"),
        "mac": "fa:16:3e:00:00:01",
        "addresses": (FixedAddress(**address),),
        "security_groups": ("web",),
        **changes,
    }
    return Interface(**said)


def _workload(*, interface: Interface | None = None, **changes: Any) -> Workload:
    machine: Any = {
        "id": "m1",
        "name": ServerName("web"),
        "status": "ACTIVE",
        "task": None,
        "host": "h1",
        "availability_zone": "internet",
        "flavor": "small",
        "vcpus": 1,
        "ram": 512,
        "image_id": "i1",
        "image": "guest",
        "key_pair": None,
        "server_group": None,
        "config_drive": False,
        "locked": False,
        "disks": (_ROOT, _DATA),
        "interfaces": (interface or _interface(),),
        **changes,
    }
    return Workload(
        cloud=CloudName("city"),
        tenant=TenantName("market"),
        project=ProjectName("a"),
        project_id=ProjectId("pa"),
        application=None,
        machines=(Machine(**machine),),
        keystone_name="market-a",
    )


def _target(**changes: Any) -> TargetView:
    subnet = TargetSubnet(id="t-s1", name=SubnetName("web-v4"), cidr="10.1.0.0/24")
    said: dict[str, Any] = {
        "cloud": CloudName("district"),
        "tenant": TenantName("market"),
        "project": ProjectName("b"),
        "project_id": ProjectId("pb"),
        "availability_zone": "internet",
        "offers": Offers(
            flavors=(Flavor(id="f9", name="small", vcpus=1, ram=512, disk=1),),
            volume_types=(VolumeType(id="t1", name="ssd"),),
        ),
        "networks": (TargetNetwork(id="t-n1", name=NetworkName("net"), own=True, subnets=(subnet,)),),
        "security_groups": {"web": ("g9",)},
        "keystone_name": "market-b",
        **changes,
    }
    return TargetView(**said)


def _wave(mode: Mode = Mode.CROSS_CLOUD, **maps: Any) -> WaveSpec:
    return wave_of(_workload(), mode, mappings=Mappings(**maps))


def _bound(wave: WaveSpec, workload: Workload, target: TargetView) -> Bindings:
    found = resolve(wave, workload, target)
    assert isinstance(found, Bindings), found
    return found


def _missing(wave: WaveSpec, workload: Workload, target: TargetView) -> tuple[Unresolved, ...]:
    found = resolve(wave, workload, target)
    assert isinstance(found, tuple), found
    return found


def test_what_is_called_the_same_takes_its_place() -> None:
    """Without any mapping, with addresses and MAC."""
    found = _bound(_wave(), _workload(), _target())
    interface = found.interfaces["web@0"]  # type: ignore[index]
    assert (interface.network_id, interface.mac) == ("t-n1", "fa:16:3e:00:00:01")
    assert [(each.subnet_id, each.address) for each in interface.addresses] == [("t-s1", "10.1.0.5")]
    assert interface.security_group_ids == ("g9",)
    assert found.machines["web"].flavor_id == "f9"  # type: ignore[index]
    assert found.disks["web#1"].volume_type == "ssd"  # type: ignore[index]
    assert not interface.takes_over


def test_everything_without_a_place_is_told_at_once() -> None:
    """Each with the mapping that would be right."""
    target = _target(offers=Offers(), networks=(), security_groups={"webs": ("g",)})
    found = _missing(_wave(), _workload(), target)
    assert sorted(each.what for each in found) == ["flavor", "network", "volume type"]
    target = replace(_target(), security_groups={"webs": ("g",)})
    assert [each.remedy for each in _missing(_wave(), _workload(), target)] == [
        'make it there, or map it under mappings.securityGroups, such as "web: webs"'
    ]


def test_a_mapping_goes_before_the_name() -> None:
    """For flavors, as for all others."""
    flavors = (
        Flavor(id="f9", name="small", vcpus=1, ram=512, disk=1),
        Flavor(id="f7", name="big", vcpus=2, ram=1, disk=1),
    )
    target = _target(offers=replace(_target().offers, flavors=flavors))
    found = _bound(_wave(flavors={"small": "big"}), _workload(), target)
    assert found.machines["web"].flavor_id == "f7"  # type: ignore[index]


def test_the_project_s_own_network_goes_before_a_shared_one() -> None:
    """Two of others' cannot be told apart."""
    own, shared = _target().networks[0], replace(_target().networks[0], id="t-n2", own=False)
    found = _bound(_wave(), _workload(), _target(networks=(shared, own)))
    assert found.interfaces["web@0"].network_id == "t-n1"  # type: ignore[index]
    two = _missing(_wave(), _workload(), _target(networks=(shared, replace(shared, id="t-n3"))))
    assert [each.what for each in two] == ["network"]


def test_an_address_that_no_subnet_holds_stays_behind() -> None:
    """Neutron then chooses one; where it is not kept, nothing is."""
    elsewhere = TargetSubnet(id="t-s2", name=SubnetName("web-v4"), cidr="10.2.0.0/24")
    target = _target(networks=(replace(_target().networks[0], subnets=(elsewhere,)),))
    found = _bound(_wave(), _workload(), target)
    assert [(each.subnet_id, each.address) for each in found.interfaces["web@0"].addresses] == [("t-s2", None)]  # type: ignore[index]
    assert [each.what for each in found.left] == ["address"]
    dropped = _bound(_wave(keep_addresses=False), _workload(), _target())
    assert dropped.interfaces["web@0"].mac is None  # type: ignore[index]
    assert sorted(each.what for each in dropped.left) == ["address", "mac"]


def test_shared_addresses_go_along_where_addresses_are_kept() -> None:
    """With a MAC only where it is another's: the port's own may be a new one. Where they are not kept, that is told."""
    own = "fa:16:3e:00:00:01"
    pairs = AddressPair(address="10.1.0.100", mac=own), AddressPair(address="10.1.0.0/28", mac="fa:16:3e:00:00:99")
    workload = _workload(interface=replace(_interface(), mac=own, address_pairs=pairs))
    kept = _bound(_wave(), workload, _target())
    assert kept.interfaces["web@0"].address_pairs == (replace(pairs[0], mac=""), pairs[1])  # type: ignore[index]
    dropped = _bound(_wave(keep_addresses=False), workload, _target())
    assert dropped.interfaces["web@0"].address_pairs == ()  # type: ignore[index]
    assert "10.1.0.100, 10.1.0.0/28" in [each.before for each in dropped.left if each.what == "address-pairs"]


def test_what_only_the_source_knows_of_a_port_is_told_to_stay() -> None:
    """A policy is of its cloud, options are of its network; within a cloud the port is the same."""
    settings = {"qos_policy_id": '"q1"', "extra_dhcp_opts": '[{"opt_name": "mtu", "opt_value": "1400"}]'}
    workload = _workload(interface=replace(_interface(), settings=settings))
    left = {each.what: each.before for each in _bound(_wave(), workload, _target()).left}
    assert {each: left[each] for each in ("qos-policy", "dhcp-options")} == {
        "qos-policy": settings["qos_policy_id"],
        "dhcp-options": settings["extra_dhcp_opts"],
    }
    assert _bound(_wave(Mode.LIVE), workload, _target(cloud=CloudName("city"))).left == ()


def test_within_one_network_the_source_s_port_has_to_go() -> None:
    """For the address cannot be there twice; in another network it stays."""
    same = replace(_target().networks[0], id="n1")
    wave = _wave(Mode.CROSS_PROJECT)
    assert _bound(wave, _workload(), _target(cloud=CloudName("city"), networks=(same,))).interfaces["web@0"].takes_over  # type: ignore[index]
    assert not _bound(wave, _workload(), _target(cloud=CloudName("city"))).interfaces["web@0"].takes_over  # type: ignore[index]


@pytest.mark.parametrize(
    ("source", "there", "maps", "wanted"),
    [
        ("ops", {"ops"}, {}, "ops"),
        ("market-a-ops", {"market-b-ops"}, {}, "market-b-ops"),
        ("market-a-ops", {"ops"}, {}, "ops"),
        ("market-a-ops", {"market-b-new"}, {"ops": "new"}, "market-b-new"),
        ("ops", {"other"}, {}, None),
        (None, {"ops"}, {}, None),
    ],
)
def test_key_pairs_that_manifests_made_are_found_as_the_target_s(
    source: str | None, there: set[str], maps: dict[str, str], wanted: str | None
) -> None:
    """Their names in Nova begin with the project's; one that is missing stays behind and keeps nobody from moving."""
    target = _target(key_pairs=frozenset(map(KeyPairName, there)))
    found = _bound(_wave(key_pairs=maps), _workload(key_pair=source), target)
    assert found.machines["web"].key_pair == wanted  # type: ignore[index]
    assert [each.what for each in found.left] == (["key-pair"] if source and wanted is None else [])


def test_within_a_cloud_everything_stays_as_it_is() -> None:
    """Whatever the target offers."""
    found = _bound(_wave(Mode.LIVE), _workload(), _target(offers=Offers(), networks=(), security_groups={}))
    assert found.interfaces["web@0"].network_id == "n1"  # type: ignore[index]


def test_which_networks_are_looked_at() -> None:
    """By their names at the target."""
    assert networks_of(_wave(networks={"net": "other"}), _workload()) == {"other"}
