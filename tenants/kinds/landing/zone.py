"""The landing zone as a whole: what a project says below `landingZone`."""

from typing import Any, Final

from tenants.kinds.landing.access import GRANTS, KEY_PAIR
from tenants.kinds.landing.networks import FLOATING_IP, NETWORK, ROUTER
from tenants.kinds.landing.security import SECURITY_GROUP
from tenants.landing_zone import GrantsSpec, LandingZoneSpec
from tenants.language.composites import ListOf, Record
from tenants.language.shape import Field


def _objects(key: str, record: Record[Any], description: str, attribute: str = "") -> Field:
    """The field of a list of objects that are told apart by name."""
    shape = ListOf(item=record, identity="name")
    return Field(key=key, attribute=attribute, shape=shape, description=description, default=(), shown_default=[])


LANDING_ZONE: Final = Record(
    name="LandingZone",
    description="What makes a project ready for servers (落地区): networks, access and grants. "
    "What is not named is left alone.",
    fields=(
        _objects("networks", NETWORK, "The project's own networks."),
        _objects("routers", ROUTER, "The routers between its subnets and to the outside."),
        _objects("securityGroups", SECURITY_GROUP, "What traffic its servers take.", "security_groups"),
        _objects("floatingIPs", FLOATING_IP, "Addresses that are reserved for it.", "floating_ips"),
        _objects("keyPairs", KEY_PAIR, "Public keys for the first log-in to servers.", "key_pairs"),
        Field(key="grants", shape=GRANTS, description=GRANTS.description, default=GrantsSpec()),
    ),
    build=LandingZoneSpec,
)
