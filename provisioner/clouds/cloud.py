"""One cloud as the rest of Tenantry sees it: the interfaces of its services put together."""

from collections.abc import Mapping
from typing import Protocol

from provisioner.clouds.capacities import Capacities
from provisioner.clouds.collections import Resources
from provisioner.clouds.image_data import ImageData
from provisioner.clouds.interface import Capabilities, Capacity, Identity, QuotaService
from provisioner.clouds.offers import Offers
from tenants.names import CloudName
from tenants.resources import Resource, Service


class Cloud(Protocol):
    """One cloud, authenticated, with its services."""

    @property
    def name(self) -> CloudName:
        """The name that manifests use."""

    @property
    def identity(self) -> Identity:
        """Keystone."""

    def quotas(self, service: Service) -> QuotaService:
        """The keeper of a service's limits. Raises CloudMisconfigured where the cloud does not have the service."""

    def capabilities(self) -> Capabilities:
        """What the cloud can do; asked once per pass."""

    def capacity(self) -> Mapping[Resource, Capacity]:
        """What the cloud has of `cores`, `ram` (Placement) and `gigabytes` (Cinder pools, in all and per volume type)."""

    def capacities(self) -> Capacities:
        """The same host by host and pool by pool, with their availability zones; what could not be read is told."""

    def has(self, service: str) -> bool:
        """Whether the cloud's catalogue has a service of that type. Raises CloudError where the cloud lets nobody in."""

    @property
    def resources(self) -> Resources:
        """What projects hold: networks, servers, volumes and whatever else is a collection."""

    @property
    def image_data(self) -> ImageData:
        """The bytes of images."""

    def offers(self) -> Offers:
        """Flavors, images, volume types and networks, each in one listing; services that are missing offer nothing."""

    def own_user(self) -> str:
        """Keystone's id of the user that Tenantry itself is in this cloud."""

    def requests_sent(self) -> int:
        """How many HTTP requests this object has sent so far, retries and authentication included."""
