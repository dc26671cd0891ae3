"""Each check: where it finds something, what it says of it, and that it is silent otherwise."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from provisioner.clouds.interface import Usage
from provisioner.clouds.offers import Flavor, Offers, VolumeType
from provisioner.migration.bindings import BoundAddress, BoundDisk
from provisioner.migration.checks import addresses, disks, flavors, images, modes, names, places, servers, times
from provisioner.migration.checks.case import Case, Other
from provisioner.migration.checks.catalogue import CHECKS, Check, examine
from provisioner.migration.checks.findings import Finding, Severity, refusals
from provisioner.migration.estimate import Experience
from provisioner.migration.identifiers import tag
from provisioner.migration.source import ImageRoom, MacHolder, SourceVolume
from provisioner.migration.target import TakenAddress, TargetNetwork
from tenants.names import ServerName
from tenants.resources import Resource, Service
from tenants.wave import Mode, TargetPlace, WaveMember, WindowSpec
from tests.cases import (
    CITY,
    DATA,
    DISTRICT,
    NOW,
    PORT,
    ROOT,
    WEB,
    bindings,
    case,
    compute,
    disk,
    interface,
    machine,
    volume,
    workload,
)

REFUSE, WARN = Severity.REFUSE, Severity.WARN
LARGEST = Resource(service=Service.BLOCK_STORAGE, name="per_volume_gigabytes")


def in_server(mode: Mode = Mode.CROSS_CLOUD, **changes: Any) -> Case:
    """A case whose server is different."""
    return case(mode, machine(**changes))


def with_volume(mode: Mode = Mode.CROSS_CLOUD, **changes: Any) -> Case:
    """A case whose volume is different."""
    return case(mode, machine(disks=(disk(), volume(**changes))))


def with_port(mode: Mode = Mode.CROSS_CLOUD, **changes: Any) -> Case:
    """A case whose port is different."""
    return case(mode, machine(interfaces=(interface(**changes),)))


def seen_volume(**changes: Any) -> Case:
    """A case of which Cinder says something else of the volume."""
    return case(around={"volumes": {"v1": SourceVolume(**{"status": "in-use", **changes})}})


def offering(**changes: Any) -> Case:
    """A case whose target has another flavor."""
    flavor = Flavor(**{"id": "f1", "name": "small", "vcpus": 2, "ram": 2048, "disk": 10, **changes})
    return case(seen={"offers": Offers(flavors=(flavor,))})


def typed(*types: VolumeType) -> Case:
    """A case whose target has these volume types."""
    return case(seen={"offers": Offers(volume_types=types)})


def to_host(mode: Mode, host: str, *computes: Any, **changes: Any) -> Case:
    """A case that goes to a host."""
    place = TargetPlace(cloud=CITY if mode.within else DISTRICT, host=host, **changes)
    return case(mode, wave_is={"target": place}, seen={"computes": computes} if computes else {})


def taken_by(**changes: Any) -> Case:
    """A case whose target's network has a port."""
    port = {"network_id": "m1", "mac": "fa:16:3e:ff:ff:ff", "addresses": (), "port": "q1", "holder": "档案"}
    return case(seen={"taken": (TakenAddress(**{**port, **changes}),)})


def beside(**changes: Any) -> Case:
    """A case with another migration under way, to the same project and networks."""
    theirs = workload(machine(**{"id": "s9", "name": ServerName("档案"), "disks": (), **changes}))
    return case(others=(Other(name="archive", workload=theirs, bindings=bindings(theirs)),))


def mapped(**changes: Any) -> Case:
    """A case whose port goes elsewhere."""
    here = workload()
    bound = bindings(here).interfaces
    return case(bound={"interfaces": {PORT: replace(bound[PORT], **changes)}})


def windowed(begin: float, end: float, **changes: Any) -> Case:
    """A case with a window, in hours from now."""
    window = WindowSpec(start=NOW + timedelta(hours=begin), end=NOW + timedelta(hours=end))
    return case(wave_is={"window": window, **changes})


TWICE = case(
    Mode.CROSS_CLOUD,
    machine(
        interfaces=(interface(), interface(subject="网页-1@1", port="p2", network_id="n2", mac="fa:16:3e:00:00:02"))
    ),
)
TPM = {"hw:tpm_version": "2.0"}

FIRES: list[tuple[Check, Case, Severity, str, str]] = [
    (servers.states, in_server(status="ERROR"), REFUSE, WEB, "is ERROR, and the mode cross-cloud takes no server"),
    (servers.states, in_server(status="VERIFY_RESIZE"), REFUSE, WEB, "is VERIFY_RESIZE"),
    (servers.states, in_server(status="SUSPENDED"), REFUSE, WEB, "is SUSPENDED"),
    (servers.states, in_server(Mode.COLD, status="PAUSED"), REFUSE, WEB, "is PAUSED"),
    (servers.states, in_server(Mode.LIVE, status="SHUTOFF"), REFUSE, WEB, "is SHUTOFF, and the mode live"),
    (servers.states, in_server(Mode.LIVE, status="PAUSED"), WARN, WEB, "is paused"),
    (servers.states, in_server(status="SHUTOFF"), WARN, WEB, "is off"),
    (servers.states, in_server(task="resize_prep"), REFUSE, WEB, "Nova is busy with it (resize_prep)"),
    (servers.locks, case(around={"locks": {WEB: tag("m2")}}), REFUSE, WEB, "is locked by the migration m2"),
    (servers.locks, case(around={"locks": {WEB: "audit"}}), REFUSE, WEB, "for this reason: audit"),
    (servers.locks, case(Mode.LIVE, around={"locks": {WEB: "audit"}}), WARN, WEB, "for this reason: audit"),
    (servers.locks, case(around={"locks": {WEB: ""}}), WARN, WEB, "nobody said why"),
    (servers.config_drives, in_server(config_drive=True), WARN, WEB, "has a config drive, which is made anew"),
    (servers.config_drives, in_server(Mode.LIVE, config_drive=True), WARN, WEB, "has a config drive: Nova moves"),
    (servers.room_for_marks, in_server(tags=tuple(map(str, range(50)))), REFUSE, WEB, "has 50 tags"),
    (disks.statuses, seen_volume(status="backing-up"), REFUSE, DATA, "the volume is backing-up, not in-use"),
    (disks.sharing, seen_volume(attachments=2), REFUSE, DATA, "is attached to 2 servers"),
    (disks.sharing, with_volume(multiattach=True), WARN, DATA, "can be attached to several"),
    (disks.encryption, with_volume(encrypted=True), REFUSE, DATA, "is encrypted"),
    (disks.beside_volumes, in_server(ephemeral=20), REFUSE, WEB, "20 GiB of ephemeral disk"),
    (disks.beside_volumes, in_server(swap=512), REFUSE, WEB, "512 MiB of swap disk"),
    (disks.ancestry, seen_volume(snapshots=("夜间",)), WARN, DATA, "has snapshots, which stay: 夜间"),
    (disks.ancestry, seen_volume(parent_snapshot="n0"), WARN, DATA, "was made from n0"),
    (
        disks.largest,
        case(seen={"readings": {Service.BLOCK_STORAGE: {LARGEST: Usage(limit=39, used=None)}}}),
        REFUSE,
        DATA,
        "has 40 GiB, and the target takes volumes of at most 39 GiB",
    ),
    (disks.types, typed(), REFUSE, DATA, "no volume type called ssd"),
    (disks.types, typed(VolumeType(id="t1", name="ssd", public=False)), WARN, DATA, "ssd is private"),
    (disks.proofs, case(), WARN, "", "images of 40 GiB"),
    (flavors.sizes, offering(vcpus=1), REFUSE, WEB, "has 1 vCPU, and the server has 2"),
    (flavors.sizes, offering(ram=1024), REFUSE, WEB, "has 1024 MiB of memory, and the server has 2048"),
    (flavors.roots, offering(disk=9), REFUSE, WEB, "has 9 GiB of root disk, and the server has 10"),
    (flavors.access, offering(public=False), WARN, WEB, "the flavor small is private"),
    (
        flavors.extra_specs,
        in_server(extra_specs={"hw:cpu_policy": "dedicated"}),
        WARN,
        WEB,
        "the server's flavor has hw:cpu_policy=dedicated, and small at the target has none",
    ),
    (flavors.extra_specs, in_server(extra_specs={"resources:VGPU": "1"}), REFUSE, WEB, "resources:VGPU=1"),
    (flavors.devices, in_server(extra_specs=TPM), REFUSE, WEB, "no copy takes along"),
    (flavors.devices, in_server(Mode.LIVE, extra_specs=TPM), REFUSE, WEB, "moves no server live"),
    (flavors.devices, in_server(Mode.COLD, extra_specs={"pci_passthrough:alias": "a:1"}), WARN, WEB, "same ones"),
    (flavors.devices, in_server(extra_specs={"pci_passthrough:alias": "a:1"}), WARN, WEB, "finds others"),
    (images.reachable, case(around={"unreachable": {"image": "no answer"}}), REFUSE, "", "image of cloud city"),
    (images.reachable, case(seen={"offers": Offers(unread={"image": "503"})}), REFUSE, "", "image of cloud district"),
    (images.room, case(around={"image_room": ImageRoom(size_left=51199)}), REFUSE, "", "take 51200 MiB"),
    (images.room, case(seen={"image_room": ImageRoom(count_left=1)}), REFUSE, "", "cloud district takes 1 more"),
    (
        images.properties,
        in_server(disks=(disk(image_properties={"hw_firmware_type": "uefi", "hw_machine_type": "q35"}),)),
        WARN,
        WEB,
        "hw_firmware_type=uefi, hw_machine_type=q35",
    ),
    (images.originals, in_server(image=None), WARN, WEB, "is gone"),
    (places.zones, case(seen={"computes": ()}), REFUSE, "", "has no availability zone internet, only internet"),
    (places.zones, case(seen={"computes": (compute("c", up=False),)}), REFUSE, "", "no host of the availability zone"),
    (places.hosts, to_host(Mode.COLD, "compute-9"), REFUSE, "", "cloud city has no host compute-9"),
    (places.hosts, to_host(Mode.COLD, "c", compute("c", enabled=False)), REFUSE, "", "the host c is disabled"),
    (places.hosts, to_host(Mode.COLD, "c", compute("c", up=False)), REFUSE, "", "the host c does not answer"),
    (
        places.hosts,
        to_host(Mode.CROSS_CLOUD, "c", compute("c", zone="gov")),
        REFUSE,
        "",
        "in the availability zone gov",
    ),
    (places.leaving, to_host(Mode.LIVE, "compute-1"), REFUSE, WEB, "is on the host compute-1 already"),
    (places.leaving, in_server(Mode.LIVE, host=None), REFUSE, WEB, "does not say on which host"),
    (places.leaving, case(Mode.COLD, seen={"computes": (compute("compute-1"),)}), REFUSE, WEB, "no other host"),
    (
        places.leaving,
        case(Mode.COLD, around={"computes": (compute("compute-1", up=False),)}),
        REFUSE,
        WEB,
        "the host that it is on does not answer (compute-1)",
    ),
    (places.asked_for, to_host(Mode.LIVE, "c", compute("c", zone="gov")), WARN, WEB, "does not let it leave"),
    (names.servers, case(seen={"servers": frozenset({"网页-1"})}), REFUSE, WEB, "a server called 网页-1 already"),
    (names.volumes, case(seen={"volumes": frozenset({"数据"})}), REFUSE, DATA, "a volume called 数据 already"),
    (names.ports, taken_by(holder="网页-1-政务网", project="target"), REFUSE, PORT, "a port called 网页-1-政务网"),
    (names.beside_others, beside(name=ServerName("网页-1")), REFUSE, WEB, "archive, which is on the way as well"),
    (names.beside_others, beside(disks=(volume(),)), REFUSE, DATA, "brings a volume called 数据"),
    (
        addresses.taken,
        taken_by(addresses=("10.0.0.5",)),
        REFUSE,
        PORT,
        "10.0.0.5 is taken in the network 政务网, by 档案",
    ),
    (addresses.taken, taken_by(mac="fa:16:3e:00:00:01"), REFUSE, PORT, "the MAC fa:16:3e:00:00:01 is taken"),
    (
        addresses.gateways,
        mapped(addresses=(BoundAddress(subnet_id="w1", address="10.0.0.1"),)),
        REFUSE,
        PORT,
        "the address 10.0.0.1 is the gateway's",
    ),
    (addresses.among_themselves, TWICE, REFUSE, "网页-1@1", "10.0.0.5 is to be in the network 政务网 twice"),
    (addresses.beside_others, beside(), REFUSE, PORT, "archive, which is on the way as well, takes 10.0.0.5"),
    (
        addresses.on_other_networks,
        case(macs=(MacHolder(cloud=CITY, mac="fa:16:3e:00:00:01", network_id="n7", port="p7", holder="税务"),)),
        WARN,
        PORT,
        "is also that of 税务 in cloud city",
    ),
    (addresses.duplicates, case(), WARN, "", "both clouds have its addresses"),
    (addresses.security, with_port(port_security=False), WARN, PORT, "has no port security"),
    (addresses.security, case(around={"address_pairs": {PORT: ("10.0.0.9",)}}), WARN, PORT, "(10.0.0.9)"),
    (addresses.devices, with_port(vnic_type="direct"), REFUSE, PORT, "is a port of the type direct"),
    (addresses.devices, with_port(Mode.LIVE, vnic_type="direct"), WARN, PORT, "is a port of the type direct"),
    (modes.cold, case(Mode.COLD), WARN, "", "resize_confirm_window"),
    (modes.cold, case(Mode.COLD), WARN, "", "2 vCPU and 2048 MiB"),
    (
        modes.live,
        case(Mode.LIVE, seen={"computes": (compute("a"), compute("b", zone="gov"))}),
        WARN,
        "",
        "within one cell only",
    ),
    (modes.nothing_to_import, in_server(Mode.IMPORT, disks=()), REFUSE, WEB, "has no disk to be imported"),
    (
        times.window,
        windowed(-2, -1),
        REFUSE,
        "",
        "its window closed at 2027-03-06 11:00 UTC: only a wave that is started anew",
    ),
    (times.window, windowed(1, 1.01), REFUSE, "", "its window closes at"),
    (
        times.window,
        case(wave_is={"members": (WaveMember(application="registration", downtime=60),)}),
        REFUSE,
        "",
        "minutes, and 1 are allowed to it",
    ),
    (times.measured, case(experience=Experience()), WARN, "", "between city and district (0 disks)"),
]

SILENT: list[tuple[Check, Case]] = [
    *((check, case(mode)) for check in CHECKS for mode in (Mode.CROSS_PROJECT, Mode.LIVE) if check is not modes.cold),
    *((check, case()) for check in CHECKS if check not in {disks.proofs, addresses.duplicates}),
    (servers.states, in_server(Mode.COLD, status="ACTIVE")),
    (servers.locks, case(around={"locks": {WEB: tag("m1")}})),
    (servers.room_for_marks, in_server(tags=tuple(map(str, range(49))))),
    (disks.beside_volumes, in_server(Mode.LIVE, ephemeral=20, swap=512)),
    (disks.encryption, with_volume(Mode.COLD, encrypted=True)),
    (disks.types, case(bound={"disks": {DATA: BoundDisk(volume_type=None)}})),
    (disks.largest, case(seen={"readings": {Service.BLOCK_STORAGE: {LARGEST: Usage(limit=-1, used=None)}}})),
    (flavors.roots, offering(disk=0)),
    (flavors.sizes, case(Mode.LIVE, seen={"offers": Offers()})),
    (flavors.extra_specs, in_server(extra_specs={"aggregate_instance_extra_specs:ssd": "true"})),
    (flavors.devices, in_server(Mode.LIVE, extra_specs={**TPM, "hw:tpm_secret_security": "host"})),
    (images.room, case(around={"image_room": ImageRoom(size_left=51200, count_left=2)})),
    (places.hosts, to_host(Mode.COLD, "compute-2")),
    (names.ports, taken_by(holder="网页-1-政务网", project="another")),
    (names.beside_others, beside()),
    (addresses.taken, taken_by(network_id="m2", addresses=("10.0.0.5",))),
    (addresses.beside_others, beside(interfaces=())),
    (times.window, windowed(1, 9)),
]


def _named(values: object) -> str:
    return getattr(values, "__qualname__", "")


@pytest.mark.parametrize("expected", FIRES, ids=lambda expected: expected[0].__name__)
def test_it_finds(expected: tuple[Check, Case, Severity, str, str]) -> None:
    """What is there, with the words for it."""
    check, judged, severity, subject, words = expected
    found = [(each.severity, each.subject) for each in check(judged) if words in each.message]
    assert found == [(severity, subject)], list(check(judged))


@pytest.mark.parametrize(("check", "judged"), SILENT, ids=_named)
def test_it_is_silent(check: Check, judged: Case) -> None:
    """Where there is nothing to find."""
    assert list(check(judged)) == []


def test_every_check_fires_in_some_test() -> None:
    """None is in the list that nobody has seen find anything."""
    assert set(CHECKS) == {check for check, *_ in FIRES}


def test_what_is_refused_says_what_would_be_right() -> None:
    """In every case."""
    refused = [found for check, judged, *_ in FIRES for found in check(judged) if found.severity is REFUSE]
    assert [each for each in refused if not each.remedy] == []


@pytest.mark.parametrize("mode", [each for each in Mode if each is not Mode.IMPORT])
def test_nothing_stands_against_an_ordinary_application(mode: Mode) -> None:
    """Whichever way it goes."""
    assert refusals(examine(case(mode))) == ()


def test_all_reasons_are_told_at_once() -> None:
    """Not one after the other, start by start."""
    judged = case(Mode.CROSS_CLOUD, machine(status="ERROR", ephemeral=1), seen={"servers": frozenset({"网页-1"})})
    assert len(refusals(examine(judged))) == 3


def test_its_own_port_gives_way() -> None:
    """Within one network the source's port goes before the target's comes."""
    holder = TakenAddress(network_id="n1", mac="fa:16:3e:00:00:01", addresses=("10.0.0.5",), port="p1", holder="网页-1")
    network = TargetNetwork(id="n1", name="政务网", own=False)
    bound = replace(bindings(workload()).interfaces[PORT], network_id="n1", takes_over=True)
    seen = {"taken": (holder,), "networks": (network,)}
    judged = case(Mode.CROSS_PROJECT, bound={"interfaces": {PORT: bound}}, seen=seen)
    assert list(addresses.taken(judged)) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"disks": (disk(),)}, "disks, from image=10GiB, v1=40GiB to image=10GiB"),
        ({"disks": (disk(), volume(size=80))}, "v1=80GiB"),
        ({"flavor": "large"}, "flavor, from small to large"),
        ({"ram": 4096}, "size, from 2vCPU/2048MiB to 2vCPU/4096MiB"),
        ({"status": "SHUTOFF"}, "status, from ACTIVE to SHUTOFF"),
        ({"interfaces": ()}, "interfaces, from"),
        ({"host": "compute-2"}, "host, from compute-1 to compute-2"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_source_that_has_changed_is_told(changed: Any, words: str) -> None:
    """What was decided was decided about something else."""
    (found,) = servers.changes(machine(), machine(**changed), Mode.COLD)
    assert found.severity is REFUSE
    assert words in found.message


def test_a_source_on_another_host_is_the_same_to_a_copy() -> None:
    """Where its disks are read from decides Cinder."""
    assert list(servers.changes(machine(), machine(host="compute-2"), Mode.CROSS_CLOUD)) == []


def test_a_source_that_is_gone_is_told() -> None:
    """By name."""
    (found,) = servers.changes(machine(), None, Mode.CROSS_CLOUD)
    assert (found.subject, found.severity) == (WEB, REFUSE)


def test_a_finding_names_what_it_is_about() -> None:
    """In one line."""
    found: Callable[[str], Finding] = lambda subject: Finding(severity=WARN, subject=subject, message="is off")  # noqa: E731
    assert (found(ROOT).words, found("").words) == ("网页-1#0: is off", "is off")
