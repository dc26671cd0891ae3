"""What a cloud in memory knows to do by itself, and what it offers. A new habit is a line here."""

from dataclasses import asdict
from typing import Final

from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory.access import KeyPairHabit, ServerGroupHabit
from provisioner.clouds.memory.actions import InstanceActionHabit
from provisioner.clouds.memory.addressing import default_gateway, default_pools, network_of
from provisioner.clouds.memory.attachments import AttachmentHabit
from provisioner.clouds.memory.granting import FLAVORS, FlavorHabit, RbacPolicyHabit
from provisioner.clouds.memory.habits import Habit
from provisioner.clouds.memory.hosts import HypervisorHabit, ServiceHabit, furnish_hosts
from provisioner.clouds.memory.images import IMAGES, ImageHabit, furnished, offered
from provisioner.clouds.memory.moves import MigrationHabit, ServerMigrationHabit
from provisioner.clouds.memory.networking import NETWORKS, SUBNETS, NetworkHabit, SubnetHabit
from provisioner.clouds.memory.ports import PortHabit
from provisioner.clouds.memory.routing import FloatingIpHabit, RouterHabit
from provisioner.clouds.memory.security import RuleHabit, SecurityGroupHabit
from provisioner.clouds.memory.servers import ServerHabit
from provisioner.clouds.memory.shelves import Stored
from provisioner.clouds.memory.snapshots import SnapshotHabit
from provisioner.clouds.memory.storage import VolumeHabit
from provisioner.clouds.memory.transfers import TransferHabit
from provisioner.clouds.memory.world import World, new_id
from provisioner.clouds.offers import OfferedNetwork, Offers, VolumeType

_HABITS: Final = {
    habit.path: habit
    for habit in (
        NetworkHabit(),
        SubnetHabit(),
        SecurityGroupHabit(),
        RuleHabit(),
        PortHabit(),
        RouterHabit(),
        FloatingIpHabit(),
        KeyPairHabit(),
        ServerGroupHabit(),
        FlavorHabit(),
        ImageHabit(),
        RbacPolicyHabit(),
        VolumeHabit(),
        SnapshotHabit(),
        TransferHabit(),
        ServerHabit(),
        AttachmentHabit(),
        InstanceActionHabit(),
        MigrationHabit(),
        ServerMigrationHabit(),
        ServiceHabit(),
        HypervisorHabit(),
    )
}
_NONE: Final = Habit()


def habit_of(path: str) -> Habit:
    """What is done by itself with the items of a collection; nothing where nobody has said what."""
    return _HABITS.get(path, _NONE)


def furnish(world: World) -> None:
    """Flavors, images, hosts and the external networks, each with addresses of its own, before anything else is made."""
    for flavor in world.furnishing.flavors:
        world.shelves.put(FLAVORS, Stored(id=flavor.id, item=asdict(flavor), project=None))
    for image in world.furnishing.images:
        furnished(world, image)
    furnish_hosts(world)
    for place, name in enumerate(sorted(world.furnishing.external_networks)):
        owner = {"project_id": world.own_project, "tenant_id": world.own_project}
        network = {**owner, "id": new_id(), "name": name, "status": "ACTIVE", "shared": False, "router:external": True}
        _put(world, NETWORKS, network)
        cidr = network_of(f"198.18.{place}.0/24")
        gateway = default_gateway(cidr)
        subnet = {**owner, "id": new_id(), "name": name, "network_id": network["id"], "cidr": str(cidr)}
        pools = {"gateway_ip": gateway, "allocation_pools": default_pools(cidr, gateway), "ip_version": cidr.version}
        _put(world, SUBNETS, {**subnet, **pools, "enable_dhcp": False, "dns_nameservers": []})


def offers_of(world: World) -> Offers:
    """What the cloud offers to all."""
    return Offers(
        flavors=world.furnishing.flavors,
        images=tuple(offered(each) for each in world.shelves.all(IMAGES)),
        volume_types=tuple(VolumeType(id=known, name=name) for name, known in world.volume_types.items()),
        networks=tuple(_offered(each) for each in world.shelves.all(NETWORKS)),
    )


def _offered(network: Stored) -> OfferedNetwork:
    return OfferedNetwork(
        id=network.id,
        name=str(network.item["name"]),
        owner=str(network.project),
        external=bool(network.item["router:external"]),
        shared=bool(network.item["shared"]),
    )


def _put(world: World, path: str, item: dict[str, object]) -> None:
    world.shelves.put(path, Stored(id=str(item["id"]), item=item, project=ProjectId(world.own_project)))
