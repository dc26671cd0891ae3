"""What a cloud offers beside quotas: flavors, images, volume types and networks, each in one listing."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from provisioner.clouds.offers import Flavor, Image, OfferedNetwork, Offers, VolumeType
from provisioner.clouds.openstack.calls import Body, Call
from provisioner.clouds.openstack.connection import Connection
from provisioner.clouds.openstack.paging import PAGE, list_all
from provisioner.errors import CloudError, CloudMisconfigured

#: Flavors with their descriptions (and without links' clutter) as since Queens.
_COMPUTE: Final = "2.57"
_NETWORK_FIELDS: Final = ("id", "name", "project_id", "router:external", "shared")
#: The policies that share networks with every project.
_SHARED_WITH_ALL: Final = {"object_type": "network", "action": "access_as_shared", "target_tenant": "*"}


class OpenStackCatalogue:
    """The four listings; see `provisioner.clouds.offers`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def offers(self) -> Offers:
        """One request for each service that the catalogue has, side by side, and one more for each further page.

        One more as well where networks are shared. A service that does not answer is told as unread.
        """
        ask: Mapping[str, Callable[[], tuple[Any, ...]]] = {
            "compute": self._flavors,
            "image": self._images,
            "block-storage": self._volume_types,
            "network": self._networks,
        }
        there = [service for service in ask if self._connection.offers(service)]
        answers = self._connection.each_of(there, lambda service: ask[service]())
        found = {service: answer for service, answer in answers.items() if not isinstance(answer, CloudError)}
        return Offers(
            flavors=found.get("compute", ()),
            images=found.get("image", ()),
            volume_types=found.get("block-storage", ()),
            networks=found.get("network", ()),
            unread={service: str(answer) for service, answer in answers.items() if isinstance(answer, CloudError)},
        )

    def _flavors(self) -> tuple[Flavor, ...]:
        # The text "None" asks for public and private ones alike (compute API reference, `is_public`).
        query = {"is_public": "None", "limit": PAGE}
        return tuple(map(_flavor, self._list("compute", "/flavors/detail", query, microversion=_COMPUTE)))

    def _images(self) -> tuple[Image, ...]:
        found: list[Image] = []
        query: Body = {"limit": PAGE}
        while True:
            call = Call(service="image", method="GET", path="/images", params=query, expects="images")
            body = self._connection.send(call).body
            found.extend(map(_image, body["images"]))
            if not body.get("next") or not body["images"]:
                return tuple(found)
            query = {"limit": PAGE, "marker": body["images"][-1]["id"]}

    def _volume_types(self) -> tuple[VolumeType, ...]:
        return tuple(map(_volume_type, self._list("block-storage", "/types", {"is_public": "None", "limit": PAGE})))

    def _networks(self) -> tuple[OfferedNetwork, ...]:
        query = {"fields": list(_NETWORK_FIELDS), "limit": PAGE}
        listed = self._list("network", "/networks", query)
        # To Neutron, a network is shared as well when it is so with the project that asks, and that is our own.
        shared = self._shared_with_all() if any(each.get("shared") for each in listed) else frozenset()
        return tuple(_network(each, shared=each["id"] in shared) for each in listed)

    def _shared_with_all(self) -> frozenset[str]:
        """The ids of networks that every project may use."""
        query = {**_SHARED_WITH_ALL, "fields": ["id", "object_id"], "limit": PAGE}
        return frozenset(str(each["object_id"]) for each in self._list("network", "/rbac-policies", query))

    def _list(self, service: str, path: str, query: Body, *, microversion: str | None = None) -> tuple[Body, ...]:
        collection = {"/types": "volume_types", "/rbac-policies": "rbac_policies"}.get(path, path.split("/")[1])
        call = Call(service=service, method="GET", path=path, params=query, microversion=microversion)
        return tuple(list_all(self._connection, call, collection))


def own_user(connection: Connection) -> str:
    """The id of the user that clouds.yaml names, from the token. Raises CloudMisconfigured where there is none."""
    user = connection.access().user_id
    if user is None:
        raise CloudMisconfigured(f"{connection.name}: the token names no user")
    return user


def _flavor(body: Body) -> Flavor:
    return Flavor(
        id=body["id"],
        name=body["name"],
        vcpus=body["vcpus"],
        ram=body["ram"],
        disk=body["disk"],
        public=body.get("os-flavor-access:is_public", True),
    )


def _image(body: Body) -> Image:
    return Image(
        id=body["id"],
        name=body.get("name") or "",
        status=body["status"],
        visibility=body["visibility"],
        owner=body.get("owner") or "",
        min_disk=body.get("min_disk") or 0,
        min_ram=body.get("min_ram") or 0,
    )


def _volume_type(body: Body) -> VolumeType:
    return VolumeType(id=body["id"], name=body["name"], public=body.get("is_public", True))


def _network(body: Body, *, shared: bool) -> OfferedNetwork:
    return OfferedNetwork(
        id=body["id"],
        name=body.get("name") or "",
        owner=body.get("project_id") or "",
        external=bool(body.get("router:external")),
        shared=shared,
    )
