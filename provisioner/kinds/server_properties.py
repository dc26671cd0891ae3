"""A server's properties: what the manifest asks of one, and what is seen of it. Pure; part of the kind `server`."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from provisioner.clouds.collections import Collection, CollectionName, Item, Scope
from provisioner.clouds.offers import Offers
from provisioner.kinds.interface import Asked
from provisioner.objects import KindName, Properties, Value
from tenants import members
from tenants.application import ApplicationSpec, Disruption, Management, ServerSpec
from tenants.presence import Presence
from tenants.spec import ProjectSpec

NAME: Final = KindName("server")
SERVERS: Final = Collection(
    name=CollectionName("servers"),
    service="compute",
    path="/servers",
    item="server",
    items="servers",
    listing="/servers/detail",
    fields=(
        "name",
        "status",
        "flavor",
        "image",
        "addresses",
        "metadata",
        "key_name",
        "fault",
        "created",
        "OS-EXT-STS:task_state",
        "OS-EXT-AZ:availability_zone",
        "OS-SRV-USG:launched_at",
        "os-extended-volumes:volumes_attached",
    ),
    owner="tenant_id",
    everywhere={"all_tenants": 1},
    microversion="2.57",
    patterns=True,
    beside=("os:scheduler_hints",),
    scope=Scope.PROJECT,
)
#: In front of names of things attached and of metadata, among a server's properties.
PORT: Final = "port "
VOLUME: Final = "volume "
METADATA: Final = "metadata "
#: Among a server's properties, the ids of what is left of failed attempts, between spaces.
REPLACES: Final = "replaces"
#: Whether a resize is confirmed, where Nova waits for that.
CONFIRMED: Final = "confirmed"
#: The state in which it does.
UNCONFIRMED: Final = "VERIFY_RESIZE"
#: Marks whose server it is, so that a migration finds an application's parts.
APPLICATION: Final = "tenantry:application"


def managed(project: ProjectSpec) -> Iterator[ApplicationSpec]:
    """The project's applications that are made as described."""
    return (each for each in project.applications if each.management is Management.FULL and project.is_active)


def spec_of(project: ProjectSpec, name: str) -> tuple[ApplicationSpec | None, ServerSpec | None]:
    """The single server of that name, with its application."""
    for application in project.applications:
        for server in members.servers(application):
            if server.name == name:
                return application, server
    return None, None


def flavor_of(item: Item) -> str | None:
    """The name of its flavor; None in an answer that does not tell."""
    return (item.get("flavor") or {}).get("original_name")


def is_broken(item: Item) -> bool:
    """Whether it is what is left of a server that was never built: it ran nowhere, so nothing can be lost."""
    return item.get("status") == "ERROR" and not item.get("OS-SRV-USG:launched_at")


def is_going(item: Item) -> bool:
    """Whether Nova is deleting it."""
    return item.get("OS-EXT-STS:task_state") == "deleting"


def doomed_volumes(item: Item) -> frozenset[str]:
    """The ids of the volumes that Nova deletes together with it: never so of servers that we make."""
    attached = item.get("os-extended-volumes:volumes_attached") or ()
    return frozenset(str(each["id"]) for each in attached if each.get("delete_on_termination"))


def is_leftover(item: Item) -> bool:
    """Whether it can be taken away and made anew, for neither it nor what goes with it can hold data."""
    return is_broken(item) and not doomed_volumes(item)


def leftovers_of(asked: Asked) -> Mapping[str, list[Item]]:
    """What is left of failed attempts to build a server that is wanted, by its name."""
    wanted = {
        server.name
        for application in managed(asked.project)
        for server in members.servers(application)
        if Presence.ABSENT not in {application.presence, server.presence}
    }
    found: dict[str, list[Item]] = {}
    for item in asked.items(SERVERS):
        if item.get("name") in wanted and is_leftover(item):
            found.setdefault(str(item["name"]), []).append(item)
    return found


def named(properties: Properties, prefix: str) -> list[str]:
    """The names behind the properties of that prefix, in order."""
    return sorted(name.removeprefix(prefix) for name in properties if name.startswith(prefix))


def wanted_properties(application: ApplicationSpec, server: ServerSpec) -> Properties:
    """What is kept so; its image only where the manifest lets the server be rebuilt from it."""
    found: dict[str, Value] = {"flavor": server.flavor}
    found |= {f"{PORT}{members.port_name(server.name, each.network)}": True for each in server.interfaces}
    found |= {
        f"{VOLUME}{each.name}": True
        for each in members.volumes(application)
        if each.presence is Presence.PRESENT and (each.server == server.name or each.name == server.boot_volume)
    }
    found |= {f"{METADATA}{key}": value for key, value in server.metadata.items()}
    if server.image and server.disruption is Disruption.REBUILD:
        found["image"] = server.image
    return found


def initial_properties(
    project: ProjectSpec, application: ApplicationSpec, server: ServerSpec, leftovers: Iterable[Item] = ()
) -> Properties:
    """What it is born with, and what is left of failed attempts that goes before."""
    site = project.site
    said: dict[str, Value] = {
        "image": server.image,
        "bootVolume": server.boot_volume,
        "availabilityZone": server.availability_zone or (site.availability_zone if site else None),
        "keyPair": server.key_pair,
        "userData": server.user_data.file if server.user_data else None,
        "serverGroup": server.server_group,
        f"{METADATA}{APPLICATION}": application.name,
        REPLACES: " ".join(str(each["id"]) for each in leftovers) or None,
    }
    return {name: value for name, value in said.items() if value is not None}


def image_name(item: Item, offers: Offers) -> str | None:
    """The name of the image that a server was made from, or its id where the cloud offers it no more; None with a volume."""
    identity = (item.get("image") or {}).get("id")
    return next((each.name for each in offers.images if each.id == identity), identity)
