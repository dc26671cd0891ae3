"""A whole cloud in memory, and the handles to furnish it, to fill it and to trouble it."""

import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from provisioner.clouds.capacities import Capacities, HostCapacity, PoolCapacity
from provisioner.clouds.collections import Collection, Item, ItemId, Resources
from provisioner.clouds.image_data import ImageData
from provisioner.clouds.interface import Capabilities, Capacity, Holder, Identity, ProjectId, QuotaService
from provisioner.clouds.memory.catalogue import furnish, habit_of, offers_of
from provisioner.clouds.memory.identity import MemoryIdentity
from provisioner.clouds.memory.image_data import MemoryImageData
from provisioner.clouds.memory.quotas import MemoryQuotas
from provisioner.clouds.memory.resources import MemoryResources
from provisioner.clouds.memory.weather import Weather
from provisioner.clouds.memory.world import Furnishing, Use, World, new_id
from provisioner.clouds.offers import Offers
from provisioner.errors import CloudMisconfigured
from tenants.names import CloudName
from tenants.resources import Resource, Service

#: What the OpenStack adapter sends for these calls (its three computes included), so that rehearsals count alike.
_REQUESTS_FOR_CAPABILITIES = 10
_REQUESTS_FOR_CAPACITY = 8
_REQUESTS_FOR_CAPACITIES = 12
_REQUESTS_FOR_OFFERS = 4


class MemoryCloud:
    """A cloud in memory; implements `Cloud`. Threads may share it."""

    def __init__(
        self,
        name: CloudName,
        furnishing: Furnishing | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = name
        self.weather = Weather(sleep)
        self._world = World(furnishing or Furnishing())
        self._identity = MemoryIdentity(name, self._world, self.weather)
        self._quotas = {
            service: MemoryQuotas(name, service, self._world, self.weather)
            for service in self._world.furnishing.services
        }
        self._resources = MemoryResources(name, self._world, self.weather)
        self._image_data = MemoryImageData(name, self._world, self.weather)
        furnish(self._world)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing is held open."""

    @property
    def identity(self) -> Identity:
        """Keystone."""
        return self._identity

    def quotas(self, service: Service) -> QuotaService:
        """The keeper of a service's limits. Raises CloudMisconfigured where the cloud does not have the service."""
        if service not in self._quotas:
            raise CloudMisconfigured(f"{self.name}: its Keystone catalogue has no {service} service")
        return self._quotas[service]

    def capabilities(self) -> Capabilities:
        """As furnished."""
        with self.weather.passing("capabilities", requests=_REQUESTS_FOR_CAPABILITIES), self._world.lock:
            has = self._world.furnishing
            return Capabilities(
                services=has.services,
                microversions={Service.COMPUTE: ("2.1", "2.104"), Service.BLOCK_STORAGE: ("3.0", "3.71")},
                unified_compute_limits=has.unified_compute_limits,
                volume_types=has.volume_types,
                network_extensions=has.network_extensions,
                availability_zones=has.availability_zones,
                external_networks=has.external_networks,
                defaults=dict(self._world.defaults),
            )

    def capacity(self) -> Mapping[Resource, Capacity]:
        """As furnished."""
        with self.weather.passing("capacity", requests=_REQUESTS_FOR_CAPACITY):
            return dict(self._world.furnishing.capacity)

    def capacities(self) -> Capacities:
        """As furnished: one host and one pool, in the first zone."""
        with self.weather.passing("capacities", requests=_REQUESTS_FOR_CAPACITIES):
            has = self._world.furnishing
        zone = min(has.availability_zones, default="")
        compute = {each: found for each, found in has.capacity.items() if each.service is Service.COMPUTE}
        storage = Resource(service=Service.BLOCK_STORAGE, name="gigabytes")
        pool = PoolCapacity(
            name="host@backend#pool", zone=zone, capacity=has.capacity.get(storage), volume_types=has.volume_types
        )
        return Capacities(
            hosts=(HostCapacity(name="compute-1", zone=zone, capacity=compute),) if compute else (),
            pools=(pool,) if Service.BLOCK_STORAGE in has.services else (),
        )

    def has(self, service: str) -> bool:
        """As furnished; Keystone, Glance and Placement are always there."""
        return service in {"identity", "image", "placement", *self._world.furnishing.services}

    @property
    def resources(self) -> Resources:
        """What projects hold, collection by collection."""
        return self._resources

    @property
    def image_data(self) -> ImageData:
        """The bytes of images."""
        return self._image_data

    def offers(self) -> Offers:
        """As furnished, and all networks."""
        with self.weather.passing("offers", requests=_REQUESTS_FOR_OFFERS), self._world.lock:
            return offers_of(self._world)

    def own_user(self) -> str:
        """The user that Tenantry is."""
        return self._world.own_user

    def requests_sent(self) -> int:
        """How many requests the calls so far would have taken on OpenStack."""
        return self.weather.requests

    def set_usage(
        self,
        project: ProjectId,
        resource: Resource,
        used: int,
        *,
        reserved: int = 0,
        holders: Iterable[Holder] | None = None,
    ) -> None:
        """Put something into a project. Without `holders`, one thing holds all of it."""
        whole = (Holder(id=new_id(), name=f"{resource.name}-1", amount=used),) if used else ()
        with self._world.lock:
            use = Use(used=used, reserved=reserved, holders=whole if holders is None else tuple(holders))
            self._world.uses.setdefault(project, {})[resource] = use

    def forget_project(self, project: ProjectId) -> None:
        """Delete a project behind Tenantry's back, as an administrator might."""
        with self._world.lock:
            self._world.projects.pop(project, None)
            self._world.assignments = {each for each in self._world.assignments if each.project_id != project}

    def items(self, collection: Collection, project: ProjectId | None) -> tuple[Item, ...]:
        """What the project holds in a collection, all keys; no look of which anything would come about."""
        with self._world.lock:
            habit = habit_of(collection.path)
            found = self._world.shelves.of(collection.path, project)
            return tuple(habit.shown(self._world, each) for each in found)

    def alter(self, collection: Collection, item: ItemId, **changed: Any) -> None:
        """Change an item behind Tenantry's back; whatever it is, it comes to nothing else then."""
        with self._world.lock:
            stored = self._world.shelves.find(collection.path, item)
            if stored is None:
                raise LookupError(f"{collection.name} has no {item}")
            stored.item.update(changed)
            stored.coming.clear()

    def destine(self, collection: Collection, name: str, *states: Mapping[str, Any] | None) -> None:
        """What becomes of the next item made under that name, one state a look, instead of the usual; None is gone.

        `destine(SERVERS, "web-1", {"status": "ERROR", "fault": {"message": "No valid host was found."}})`. Without any
        state, it stays as it was made. `destine(MIGRATIONS, "web-1", {"status": "failed"})` is about the next migration of
        the server of that name, which without a state never ends.
        """
        with self._world.lock:
            self._world.fates[collection.path, name] = list(states)

    def keep_deleted_servers(self) -> None:
        """From now on Nova has a bin, as with `reclaim_instance_interval`: deleted servers stay in it, with what is theirs."""
        with self._world.lock:
            self._world.has_bin = True

    def write_disk(self, item: str, data: bytes, *, offset: int = 0) -> None:
        """Put bytes into the disk of a volume, or of a server that was made of an image, as its guest would."""
        with self._world.lock:
            self._world.disks[item].write(offset, data)

    def read_disk(self, item: str, *, offset: int = 0, length: int | None = None) -> bytes:
        """The bytes of a volume, of such a server, of a snapshot or of an image, by its id."""
        with self._world.lock:
            return self._world.disks[item].read(offset, length)

    def disk_digest(self, item: str, algorithm: str = "sha256") -> str:
        """The hash of all of them, in hexadecimal digits."""
        with self._world.lock:
            return self._world.disks[item].digest(algorithm)

    def disks(self) -> frozenset[str]:
        """The ids of everything that holds bytes."""
        with self._world.lock:
            return frozenset(self._world.disks)
