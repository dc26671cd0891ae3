"""A migration against which nothing stands, to be changed in one thing."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from provisioner.clouds.interface import ProjectId
from provisioner.clouds.offers import Flavor, Offers, VolumeType
from provisioner.migration.bindings import Bindings, BoundAddress, BoundDisk, BoundInterface, BoundMachine
from provisioner.migration.checks.case import Case
from provisioner.migration.estimate import MIB, Experience, Measured
from provisioner.migration.identifiers import MigrationId, RunId, Subject
from provisioner.migration.migration import Migration, Step
from provisioner.migration.script import script
from provisioner.migration.source import Compute, SourceView, SourceVolume
from provisioner.migration.states import Asked, State
from provisioner.migration.target import TargetNetwork, TargetSubnet, TargetView
from provisioner.migration.workload import Disk, FixedAddress, Interface, Machine, Workload
from tenants.landing_zone import IPAddress
from tenants.names import (
    ApplicationName,
    CloudName,
    FlavorName,
    ImageName,
    NetworkName,
    ProjectName,
    ServerName,
    SubnetName,
    TenantName,
    VolumeTypeName,
)
from tenants.wave import HostName, Mode, SourcePlace, TargetPlace, WaveMember, WaveName, WaveSpec

CITY, DISTRICT = CloudName("city"), CloudName("district")
NOW = datetime(2027, 3, 6, 12, tzinfo=UTC)
WEB = Subject("网页-1")
ROOT, DATA = Subject("网页-1#0"), Subject("网页-1#1")
PORT = Subject("网页-1@0")


def machine(**changes: Any) -> Machine:
    """A server on an image, with a volume and a port."""
    fields: dict[str, Any] = {
        "id": "s1",
        "name": ServerName("网页-1"),
        "status": "ACTIVE",
        "task": None,
        "host": HostName("compute-1"),
        "availability_zone": "internet",
        "flavor": FlavorName("small"),
        "vcpus": 2,
        "ram": 2048,
        "image_id": "i1",
        "image": ImageName("guest"),
        "key_pair": None,
        "server_group": None,
        "config_drive": False,
        "locked": False,
        "disks": (disk(), volume()),
        "interfaces": (interface(),),
        **changes,
    }
    return Machine(**fields)


def disk(**changes: Any) -> Disk:
    """A root disk that is no volume."""
    return Disk(**{"subject": ROOT, "position": 0, "volume": None, "name": "", "size": 10, "bootable": True, **changes})


def volume(**changes: Any) -> Disk:
    """A volume with data."""
    fields = {"subject": DATA, "position": 1, "volume": "v1", "name": "数据", "size": 40, "volume_type": "ssd"}
    return Disk(**{**fields, **changes})


def interface(**changes: Any) -> Interface:
    """A port in one network."""
    fixed = FixedAddress(address=IPAddress("10.0.0.5"), subnet_id="u1", subnet=SubnetName("v4"))
    fields: dict[str, Any] = {
        "subject": PORT,
        "port": "p1",
        "name": "网页-1-政务网",
        "network_id": "n1",
        "network": NetworkName("政务网"),
        "mac": "fa:16:3e:00:00:01",
        "addresses": (fixed,),
        **changes,
    }
    return Interface(**fields)


def workload(*machines: Machine) -> Workload:
    """These servers, where they are."""
    return Workload(
        cloud=CITY,
        tenant=TenantName("market"),
        project=ProjectName("a"),
        project_id=ProjectId("source"),
        application=ApplicationName("registration"),
        machines=machines or (machine(),),
    )


def bindings(of: Workload, **changes: Any) -> Bindings:
    """What takes its place: the same in another cloud."""
    fields: dict[str, Any] = {
        "cloud": DISTRICT,
        "tenant": TenantName("market"),
        "project": ProjectName("b"),
        "project_id": ProjectId("target"),
        "machines": {
            each.subject: BoundMachine(
                flavor=each.flavor, flavor_id="f1", availability_zone="internet", host=None, key_pair=None
            )
            for each in of.machines
        },
        "disks": {each.subject: BoundDisk(volume_type=each.volume_type) for _, each in of.disks()},
        "interfaces": {
            each.subject: BoundInterface(
                network_id="m1",
                network=each.network,
                addresses=tuple(BoundAddress(subnet_id="w1", address=one.address) for one in each.addresses),
                mac=each.mac,
            )
            for _, each in of.interfaces()
        },
        **changes,
    }
    return Bindings(**fields)


def target(**changes: Any) -> TargetView:
    """A project with nothing in it."""
    fields: dict[str, Any] = {
        "cloud": DISTRICT,
        "tenant": TenantName("market"),
        "project": ProjectName("b"),
        "project_id": ProjectId("target"),
        "availability_zone": "internet",
        "offers": Offers(
            flavors=(Flavor(id="f1", name="small", vcpus=2, ram=2048, disk=10),),
            volume_types=(VolumeType(id="t1", name=VolumeTypeName("ssd")),),
        ),
        "networks": (
            TargetNetwork(
                id="m1",
                name=NetworkName("政务网"),
                own=True,
                subnets=(TargetSubnet(id="w1", name=SubnetName("v4"), cidr="10.0.0.0/24", gateway="10.0.0.1"),),
            ),
        ),
        "availability_zones": frozenset({"internet"}),
        "computes": (compute("compute-1"), compute("compute-2")),
        **changes,
    }
    return TargetView(**fields)


def compute(host: str, **changes: Any) -> Compute:
    """A host that takes servers."""
    return Compute(**{"host": HostName(host), "zone": "internet", **changes})


def source(**changes: Any) -> SourceView:
    """Where it is, nobody minds."""
    fields: dict[str, Any] = {
        "volumes": {"v1": SourceVolume(status="in-use")},
        "computes": (compute("compute-1"), compute("compute-2")),
        **changes,
    }
    return SourceView(**fields)


def wave(mode: Mode, **changes: Any) -> WaveSpec:
    """A wave of one application."""
    within = mode.within or mode is Mode.CROSS_PROJECT
    fields: dict[str, Any] = {
        "name": WaveName("第一批"),
        "display_name": "第一批",
        "owner": TenantName("market"),
        "mode": mode,
        "source": SourcePlace(cloud=CITY),
        "target": TargetPlace(cloud=CITY if within else DISTRICT),
        "members": (WaveMember(application=ApplicationName("registration")),),
        **changes,
    }
    return WaveSpec(**fields)


def migration(of: Workload, to: Bindings, plan: WaveSpec) -> Migration:
    """One that is planned."""
    return Migration(
        id=MigrationId("m1"),
        run=RunId("r1"),
        name="registration",
        application=of.application,
        tenant=of.tenant,
        state=State.PLANNED,
        asked=Asked.NOTHING,
        workload=of,
        bindings=to,
        steps=tuple(Step(spec=each) for each in script(plan, of, to)),
        created_at=NOW,
    )


def case(mode: Mode = Mode.CROSS_CLOUD, *machines: Machine, **changes: Any) -> Case:
    """All of it together. `bound` changes the bindings, `wave_is` the wave, `seen` the target, `around` the source."""
    here = workload(*machines)
    plan = wave(mode, **changes.pop("wave_is", {}))
    place = {} if mode in {Mode.CROSS_CLOUD, Mode.IMPORT} else {"cloud": CITY}
    if mode.within:
        place["project_id"] = here.project_id
    there = replace(bindings(here), **place, **changes.pop("bound", {}))
    fast = Measured(size=100 * MIB, seconds=0.1)
    fields: dict[str, Any] = {
        "wave": plan,
        "migration": migration(here, there, plan),
        "source": source(**changes.pop("around", {})),
        "target": target(cloud=there.cloud, **changes.pop("seen", {})),
        "experience": Experience(copies=(fast, fast, fast)),
        "now": NOW,
        **changes,
    }
    return Case(**fields)
