"""The networks that servers' ports may be in: the project's own, and those of others that it may use. Part of the kind `port`.

Tenantry makes ports as administrator, whom Neutron lets into every network; so whether the project may use one is asked here.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from provisioner.clouds.offers import OfferedNetwork, Offers
from provisioner.diff import Change
from provisioner.kinds import network, subnet
from provisioner.kinds.interface import Asked, Target
from provisioner.plan import Refusal
from tenants.landing_zone import LandingZoneSpec, NetworkSpec
from tenants.presence import Presence
from tenants.spec import ProjectSpec

_SHOWN: Final = 10


def network_names(asked: Asked) -> Mapping[str, str]:
    """The names of all networks that the project's ports may be in, by id."""
    offered = {each.id: each.name for each in asked.offers.networks}
    return {**offered, **{str(each["id"]): str(each.get("name")) for each in asked.items(network.NETWORKS)}}


def not_to_be_had(change: Change, asked: Asked) -> Iterator[Refusal]:
    """Why a new port cannot be in the network that the manifest names, if so."""
    name = str(change.after["network"])
    own = {str(each.get("name")) for each in asked.items(network.NETWORKS)} | set(_described(asked.project))
    if name in own:
        return
    lent = _lent(asked.offers, asked.project)
    count = sum(each.name == name for each in lent)
    if count != 1:
        there = sorted(own | {each.name for each in lent})
        shown = ", ".join(there[:_SHOWN]) or "none"
        yield Refusal(
            address=change.address,
            message=f"{count} networks named {name} are open to the project, of other projects"
            if count
            else f"the project has no network {name}, and none of this name is open to it",
            remedy=f"describe it in the landing zone, grant it there (grants.networks), or name one that is there: {shown}",
        )


def network_id(name: str, target: Target) -> str:
    """The id of a network: the project's own goes before others of the same name.

    Raises DependencyMissing where it is not there.
    """
    address = target.address(network.NAME, name)
    if address not in target.ids and name not in _described(target.project):
        lent = _lent(target.offers, target.project)
        found = [each.id for each in lent if each.name == name]
        if len(found) == 1:
            return found[0]
    return target.id_of(network.NAME, name)


def must_have_subnets(name: str, target: Target) -> None:
    """Raise DependencyMissing where a subnet that the manifest describes could not be made.

    Neutron would make the port all the same, without an address. In a network without any subnet that is what is wanted.
    """
    described = _described(target.project).get(name)
    for each in described.subnets if described else ():
        if each.presence is Presence.PRESENT:
            target.id_of(subnet.NAME, each.name)


def _described(project: ProjectSpec) -> Mapping[str, NetworkSpec]:
    """The networks that the landing zone wants, by name."""
    zone = project.landing_zone
    return {each.name: each for each in (zone.networks if zone else ()) if each.presence is Presence.PRESENT}


def _lent(offers: Offers, project: ProjectSpec) -> list[OfferedNetwork]:
    """Networks that are open to the project, whosever they are: shared, external, or granted by its manifest."""
    granted = set(_granted(project.landing_zone))
    return [each for each in offers.networks if each.shared or each.external or each.name in granted]


def _granted(zone: LandingZoneSpec | None) -> Iterable[str]:
    return (each.name for each in (zone.grants.networks if zone else ()) if each.presence is Presence.PRESENT)
