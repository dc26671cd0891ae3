"""What left against what arrived: each property by itself, and whose doing a difference is."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.migration.bindings import Bindings, BoundAddress, BoundDisk, BoundInterface, BoundMachine, Carry
from provisioner.migration.comparing import compare
from provisioner.migration.differences import Difference, Verdict, from_text, to_text, unexpected
from provisioner.migration.workload import AddressPair, Disk, FixedAddress, Interface, Machine, Workload
from tenants.wave import Mappings, Mode, SourcePlace, TargetPlace, WaveSpec


def _machine(**changes: Any) -> Machine:
    fields: dict[str, Any] = {
        "id": "s1",
        "name": "web",
        "status": "ACTIVE",
        "task": None,
        "host": "compute-1",
        "availability_zone": "internet",
        "flavor": "tiny",
        "vcpus": 1,
        "ram": 512,
        "image_id": "i1",
        "image": "guest",
        "key_pair": "ops",
        "server_group": "web",
        "config_drive": False,
        "locked": False,
        "metadata": {"role": "web"},
        "tags": ("登记",),
        "disks": (
            Disk(subject="web#0", position=0, volume=None, name="", size=1, bootable=True),
            Disk(
                subject="web#1",
                position=1,
                volume="v1",
                name="data",
                size=5,
                volume_type="ssd",
                device="/dev/vdb",
                delete_on_termination=True,
                metadata={"owner": "market"},
                image_properties={"hw_disk_bus": "scsi"},
            ),
        ),
        "interfaces": (
            Interface(
                subject="web@0",
                port="p1",
                name="web-app",
                network_id="n1",
                network="app",
                mac="fa:16:3e:00:00:01",
                addresses=(FixedAddress(address="10.0.0.5", subnet_id="u1", subnet="app-v4"),),
                security_groups=("web",),
                floating_ips=("203.0.113.7",),
            ),
        ),
        **changes,
    }
    return Machine(**fields)


def _workload(*machines: Machine) -> Workload:
    return Workload(
        cloud="city", tenant="market", project="a", project_id="p", application="registration", machines=machines
    )


def _bindings(**changes: Any) -> Bindings:
    fields: dict[str, Any] = {
        "cloud": "district",
        "tenant": "market",
        "project": "a",
        "project_id": "q",
        "machines": {
            "web": BoundMachine(flavor="tiny", flavor_id="f1", availability_zone="internet", host=None, key_pair="ops")
        },
        "disks": {"web#0": BoundDisk(volume_type=None), "web#1": BoundDisk(volume_type="ssd")},
        "interfaces": {
            "web@0": BoundInterface(
                network_id="n2",
                network="app",
                addresses=(BoundAddress(subnet_id="u2", address="10.0.0.5"),),
                mac="fa:16:3e:00:00:01",
            )
        },
        "left": (Carry(subject="web@0", what="floating-ip", before="203.0.113.7", why="it stays"),),
        **changes,
    }
    return Bindings(**fields)


def _wave(mode: Mode = Mode.CROSS_CLOUD, **changes: Any) -> WaveSpec:
    fields: dict[str, Any] = {
        "name": "w1",
        "display_name": "第一批",
        "owner": "market",
        "mode": mode,
        "source": SourcePlace(cloud="city"),
        "target": TargetPlace(cloud="city" if mode.within else "district"),
        **changes,
    }
    return WaveSpec(**fields)


def _arrived(**changes: Any) -> Machine:
    """The server as a copy of it stands at the target, when all is well."""
    before = _machine()
    root, data = before.disks
    (interface,) = before.interfaces
    copied: dict[str, Any] = {
        "id": "s2",
        "host": "compute-7",
        "image_id": "i2",
        "image": "tenantry-m1-copy-web#0",
        "tags": ("tenantry-migration:m1", "登记"),
        "disks": (
            root,
            replace(
                data,
                volume="v2",
                device="/dev/sdb",
                delete_on_termination=False,
                metadata={"owner": "market", "tenantry-migration": "m1"},
            ),
        ),
        "interfaces": (
            replace(
                interface,
                port="p2",
                network_id="n2",
                addresses=(FixedAddress(address="10.0.0.5", subnet_id="u2", subnet="app-v4"),),
                floating_ips=(),
            ),
        ),
        **changes,
    }
    return replace(before, **copied)


def _interface(**changes: Any) -> tuple[Interface, ...]:
    return (replace(_arrived().interfaces[0], **changes),)


def _data(**changes: Any) -> tuple[Disk, ...]:
    root, data = _arrived().disks
    return root, replace(data, **changes)


def _compared(after: Machine, **about: Any) -> tuple[Difference, ...]:
    wave, bindings = about.get("wave", _wave()), about.get("bindings", _bindings())
    return compare(_workload(about.get("before", _machine())), _workload(after), wave=wave, bindings=bindings)


def _told(found: Iterable[Difference]) -> dict[tuple[str, str], Verdict]:
    return {(each.subject, each.what): each.verdict for each in found}


def test_a_copy_that_is_as_it_should_be_differs_in_what_nobody_can_help() -> None:
    """All of it is told, and none of it is unexpected."""
    assert _told(_compared(_arrived())) == {
        ("web", "host"): Verdict.ASKED,
        ("web", "image"): Verdict.INHERENT,
        ("web#1", "device"): Verdict.INHERENT,
        ("web#1", "delete-on-termination"): Verdict.INHERENT,
        ("web@0", "floating-ip"): Verdict.KNOWN,
    }


@pytest.mark.parametrize(
    ("after", "subject", "what"),
    [
        (_arrived(status="SHUTOFF"), "web", "status"),
        (_arrived(flavor="small"), "web", "flavor"),
        (_arrived(ram=1024), "web", "ram"),
        (_arrived(vcpus=2), "web", "vcpus"),
        (_arrived(availability_zone="extranet"), "web", "availability-zone"),
        (_arrived(key_pair=None), "web", "key-pair"),
        (_arrived(server_group=None), "web", "server-group"),
        (_arrived(config_drive=True), "web", "config-drive"),
        (_arrived(metadata={}), "web", "metadata role"),
        (_arrived(metadata={"role": "web", "x": "y"}), "web", "metadata x"),
        (_arrived(tags=("tenantry-migration:m1",)), "web", "tag"),
        (_arrived(disks=_arrived().disks[:1]), "web#1", "disk"),
        (_arrived(disks=_data(name="")), "web#1", "name"),
        (_arrived(disks=_data(size=6)), "web#1", "size"),
        (_arrived(disks=_data(volume=None)), "web#1", "kind"),
        (_arrived(disks=_data(volume_type="standard")), "web#1", "volume-type"),
        (_arrived(disks=_data(bootable=True)), "web#1", "bootable"),
        (_arrived(disks=_data(encrypted=True)), "web#1", "encrypted"),
        (_arrived(disks=_data(multiattach=True)), "web#1", "multiattach"),
        (_arrived(disks=_data(metadata={})), "web#1", "metadata owner"),
        (_arrived(disks=_data(image_properties={})), "web#1", "image-property hw_disk_bus"),
        (_arrived(interfaces=()), "web@0", "interface"),
        (_arrived(interfaces=_interface(network="db")), "web@0", "network"),
        (_arrived(interfaces=_interface(name="x")), "web@0", "name"),
        (_arrived(interfaces=_interface(mac="fa:16:3e:00:00:02")), "web@0", "mac"),
        (_arrived(interfaces=_interface(addresses=())), "web@0", "address"),
        (_arrived(interfaces=_interface(security_groups=("default",))), "web@0", "security-groups"),
        (_arrived(interfaces=_interface(port_security=False)), "web@0", "port-security"),
        (
            _arrived(interfaces=_interface(address_pairs=(AddressPair(address="10.0.0.9", mac=""),))),
            "web@0",
            "address-pairs",
        ),
        (_arrived(interfaces=_interface(settings={"qos_policy_id": '"q1"'})), "web@0", "qos-policy"),
        (_arrived(interfaces=_interface(vnic_type="direct")), "web@0", "vnic-type"),
        (_arrived(interfaces=_interface(status="DOWN")), "web@0", "port-status"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_nobody_asked_for_is_unexpected(after: Machine, subject: str, what: str) -> None:
    """Each property by itself, and it alone."""
    assert [(each.subject, each.what) for each in unexpected(_compared(after))] == [(subject, what)]


def test_a_server_that_did_not_arrive_is_unexpected() -> None:
    """In words that say which."""
    (found,) = compare(_workload(_machine()), _workload(), wave=_wave(), bindings=_bindings())
    assert found.words == "web: server was web and is nothing: it should be web"


def test_what_a_mapping_asks_for_is_asked() -> None:
    """Another flavor, type, network, address and group, each as the wave has it."""
    bindings = _bindings(
        machines={
            "web": BoundMachine(flavor="small", flavor_id="f2", availability_zone="z", host="h", key_pair="other")
        },
        disks={"web#1": BoundDisk(volume_type="standard")},
        interfaces={
            "web@0": BoundInterface(
                network_id="n2",
                network="db",
                addresses=(BoundAddress(subnet_id="u2", address="10.9.0.5"),),
                mac="fa:16:3e:00:00:09",
            )
        },
    )
    changed = {
        "network": "db",
        "name": "web-db",
        "mac": "fa:16:3e:00:00:09",
        "addresses": (FixedAddress(address="10.9.0.5", subnet_id="u2", subnet="db-v4"),),
        "security_groups": ("shop",),
    }
    after = _arrived(
        flavor="small",
        vcpus=2,
        ram=2048,
        availability_zone="z",
        host="h",
        key_pair="other",
        disks=_data(volume_type="standard", encrypted=True),
        interfaces=_interface(**changed),
    )
    found = _compared(after, bindings=bindings, wave=_wave(mappings=Mappings(security_groups={"web": "shop"})))
    assert unexpected(found) == ()
    asked = {what for (_, what), verdict in _told(found).items() if verdict is Verdict.ASKED}
    assert asked >= {"flavor", "vcpus", "ram", "availability-zone", "host", "key-pair", "volume-type", "encrypted"}
    assert asked >= {"network", "name", "mac", "address", "subnet", "security-groups"}


def test_what_a_mapping_asks_for_and_is_not_so_is_unexpected() -> None:
    """Though it is as it was."""
    machine = BoundMachine(flavor="small", flavor_id="f2", availability_zone="internet", host=None, key_pair="ops")
    (found,) = unexpected(_compared(_arrived(), bindings=_bindings(machines={"web": machine})))
    assert found.words == "web: flavor was tiny and is tiny: it should be small"


def test_what_was_known_before_is_known() -> None:
    """With the reason that was given then."""
    interface = BoundInterface(network_id="n2", network="app", addresses=(BoundAddress(subnet_id="u2", address=None),))
    left = tuple(Carry(subject="web@0", what=each, before="", why="no") for each in ("mac", "address", "floating-ip"))
    changed = {
        "mac": "fa:16:3e:00:00:02",
        "addresses": (FixedAddress(address="10.0.0.77", subnet_id="u2", subnet="app-v4"),),
    }
    after = _arrived(interfaces=_interface(**changed))
    found = _compared(after, bindings=_bindings(interfaces={"web@0": interface}, left=left))
    assert [(each.what, each.why) for each in found if each.verdict is Verdict.KNOWN] == [
        ("mac", "no"),
        ("address", "no"),
        ("floating-ip", "no"),
    ]
    assert unexpected(found) == ()


def test_addresses_are_compared_each_with_its_own() -> None:
    """Whatever order Neutron lists them in."""
    both = (
        FixedAddress(address="10.0.0.5", subnet_id="u1", subnet="app-v4"),
        FixedAddress(address="fd00::5", subnet_id="u6", subnet="app-v6"),
    )
    before = _machine(interfaces=(replace(_machine().interfaces[0], addresses=both),))
    after = replace(before, interfaces=(replace(before.interfaces[0], addresses=both[::-1]),), host="compute-2")
    found = compare(_workload(before), _workload(after), wave=_wave(Mode.LIVE), bindings=_bindings(left=()))
    assert _told(found) == {("web", "host"): Verdict.ASKED}


@pytest.mark.parametrize("mode", [Mode.LIVE, Mode.COLD])
def test_a_server_that_moves_within_stays_the_same_elsewhere(mode: Mode) -> None:
    """Its host alone is another; where it is not, that is unexpected."""
    bindings = _bindings(interfaces={}, left=())
    moved = _machine(host="compute-2", status="VERIFY_RESIZE" if mode is Mode.COLD else "ACTIVE")
    found = _compared(moved, bindings=bindings, wave=_wave(mode))
    assert _told(found) == {("web", "host"): Verdict.ASKED}
    stayed = unexpected(_compared(_machine(), bindings=bindings, wave=_wave(mode)))
    assert [(each.what, each.why) for each in stayed] == [("host", "it did not move")]


def test_a_server_that_stood_still_stands_still() -> None:
    """And its port need not be active."""
    before, after = _machine(status="SHUTOFF"), _arrived(status="SHUTOFF", interfaces=_interface(status="DOWN"))
    assert unexpected(_compared(after, before=before)) == ()


def test_what_nova_settled_for_a_server_goes_along_with_its_root_disk() -> None:
    """Nova writes into the image of a server what the first image left open; what that said may not become another thing."""
    root, *others = _machine().disks
    said = {"os_type": "linux"}
    before = _machine(disks=(replace(root, image_properties=said), *others))
    arrived = _arrived().disks

    def found(**properties: str) -> list[tuple[str, Verdict]]:
        after = _arrived(disks=(replace(arrived[0], image_properties=properties), *arrived[1:]))
        return [(each.what, each.verdict) for each in _compared(after, before=before) if "property" in each.what]

    assert found(os_type="linux", hw_disk_bus="virtio") == [("image-property hw_disk_bus", Verdict.INHERENT)]
    assert found(os_type="windows") == [("image-property os_type", Verdict.UNEXPECTED)]


_TEXT = st.text(max_size=8)


@given(
    st.lists(
        st.builds(
            Difference,
            subject=_TEXT,
            what=_TEXT,
            before=st.none() | _TEXT,
            after=st.none() | _TEXT,
            verdict=st.sampled_from(Verdict),
            why=_TEXT,
        )
    ).map(tuple)
)
def test_differences_are_kept_as_text(found: tuple[Difference, ...]) -> None:
    """And are the same when they are read."""
    assert from_text(to_text(found)) == found
