"""One OpenStack cloud as the port sees it: its services on one connection. `connect` is the way in."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Final, Self

from provisioner.clouds.capacities import Capacities, HostCapacity, PoolCapacity
from provisioner.clouds.collections import Resources
from provisioner.clouds.image_data import ImageData
from provisioner.clouds.interface import Capabilities, Capacity, Identity, QuotaService
from provisioner.clouds.offers import Offers
from provisioner.clouds.openstack.block_storage import OpenStackBlockStorage
from provisioner.clouds.openstack.catalogue import OpenStackCatalogue, own_user
from provisioner.clouds.openstack.compute import OpenStackCompute
from provisioner.clouds.openstack.connection import Connection, open_connection
from provisioner.clouds.openstack.identity import OpenStackIdentity
from provisioner.clouds.openstack.image_data import OpenStackImageData
from provisioner.clouds.openstack.network import OpenStackNetwork
from provisioner.clouds.openstack.placement import OpenStackPlacement
from provisioner.clouds.openstack.resources import OpenStackResources
from provisioner.clouds.openstack.transport import TransportSettings
from provisioner.errors import CloudError, CloudMisconfigured, CloudUnavailable
from tenants.names import CloudName
from tenants.resources import Resource, Service

_PLACEMENT: Final = "placement"
_ZONES: Final = "availability zones"


class OpenStackCloud:
    """A cloud by its key in clouds.yaml; implements `Cloud`. Threads may share it. Use it as a context manager."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._identity = OpenStackIdentity(connection)
        self._compute = OpenStackCompute(connection)
        self._block_storage = OpenStackBlockStorage(connection)
        self._network = OpenStackNetwork(connection)
        self._placement = OpenStackPlacement(connection)
        self._resources = OpenStackResources(connection)
        self._image_data = OpenStackImageData(connection)
        self._catalogue = OpenStackCatalogue(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._connection.close()

    @property
    def name(self) -> CloudName:
        """The name that manifests use."""
        return self._connection.name

    @property
    def identity(self) -> Identity:
        """Keystone."""
        return self._identity

    def quotas(self, service: Service) -> QuotaService:
        """The keeper of a service's limits. Raises CloudMisconfigured where the cloud does not have the service."""
        if not self._connection.offers(service):
            raise CloudMisconfigured(f"{self.name}: its Keystone catalogue has no {service} service")
        keepers: Mapping[Service, QuotaService] = {
            Service.COMPUTE: self._compute,
            Service.BLOCK_STORAGE: self._block_storage,
            Service.NETWORK: self._network,
        }
        return keepers[service]

    def capabilities(self) -> Capabilities:
        """Ten requests, the services side by side. A service that does not answer is told as unreachable."""
        ask: Mapping[Service, Callable[[], Capabilities]] = {
            Service.COMPUTE: self._compute.capabilities,
            Service.BLOCK_STORAGE: self._block_storage.capabilities,
            Service.NETWORK: self._network.capabilities,
        }
        offered = [service for service in ask if self._connection.offers(service)]
        answers = self._connection.each_of(offered, lambda service: ask[service]())
        found = Capabilities(services=frozenset())
        for service, answer in answers.items():
            if isinstance(answer, Capabilities):
                found = _merged(found, answer)
            elif isinstance(answer, CloudUnavailable):
                found = replace(found, unreachable={**found.unreachable, service: str(answer)})
            else:
                raise answer
        return found

    def capacity(self) -> Mapping[Resource, Capacity]:
        """Two requests, and two per compute; what no service tells, or one that does not answer, is left out."""
        ask: Mapping[str, Callable[[], Mapping[Resource, Capacity]]] = {
            _PLACEMENT: self._placement.capacity,
            Service.BLOCK_STORAGE: self._block_storage.capacity,
        }
        offered = [service for service in ask if self._connection.offers(service)]
        answers = self._connection.each_of(offered, lambda service: ask[service]())
        found: dict[Resource, Capacity] = {}
        for answer in answers.values():
            if isinstance(answer, CloudError):
                if not isinstance(answer, CloudUnavailable):
                    raise answer
            else:
                found.update(answer)
        return found

    def capacities(self) -> Capacities:
        """Six requests, and two per compute, of which one again only where its inventory or use has changed."""
        unread: dict[str, CloudError] = {}
        zones: Mapping[str, str] = {}
        hosts: tuple[HostCapacity, ...] = ()
        pools: tuple[PoolCapacity, ...] = ()
        if self.has(_PLACEMENT):
            try:
                zones = self._compute.zones() if self.has(Service.COMPUTE) else {}
            except CloudError as error:
                unread[_ZONES] = error
            try:
                hosts = self._placement.hosts(zones)
            except CloudError as error:
                unread[_PLACEMENT] = error
        if self.has(Service.BLOCK_STORAGE):
            try:
                pools = self._block_storage.pools()
            except CloudError as error:
                unread[Service.BLOCK_STORAGE] = error
        return Capacities(hosts=hosts, pools=pools, unread=unread)

    def has(self, service: str) -> bool:
        """No request beyond the token's."""
        return self._connection.offers(service)

    @property
    def resources(self) -> Resources:
        """What projects hold, collection by collection."""
        return self._resources

    @property
    def image_data(self) -> ImageData:
        """Glance's image data."""
        return self._image_data

    def offers(self) -> Offers:
        """Four requests, side by side."""
        return self._catalogue.offers()

    def own_user(self) -> str:
        """No request beyond the token's."""
        return own_user(self._connection)

    def requests_sent(self) -> int:
        """How many HTTP requests were sent so far: authentication, discovery and repetitions included."""
        return self._connection.requests_sent


def connect(
    name: CloudName, clouds_yaml: str, *, concurrency: int | None = None, settings: TransportSettings | None = None
) -> OpenStackCloud:
    """The cloud that clouds.yaml has under that key. Sends nothing yet.

    `concurrency` is the number of requests under way at any time, over all threads. Raises CloudMisconfigured where
    clouds.yaml does not have the cloud or does not say how to authenticate.
    """
    chosen = settings or TransportSettings()
    if concurrency is not None:
        chosen = replace(chosen, concurrency=concurrency)
    return OpenStackCloud(open_connection(name, clouds_yaml, chosen))


def _merged(one: Capabilities, other: Capabilities) -> Capabilities:
    return Capabilities(
        services=one.services | other.services,
        microversions={**one.microversions, **other.microversions},
        unified_compute_limits=one.unified_compute_limits or other.unified_compute_limits,
        volume_types=one.volume_types | other.volume_types,
        network_extensions=one.network_extensions | other.network_extensions,
        availability_zones=one.availability_zones | other.availability_zones,
        external_networks=one.external_networks | other.external_networks,
        defaults={**one.defaults, **other.defaults},
        unreachable={**one.unreachable, **other.unreachable},
    )
