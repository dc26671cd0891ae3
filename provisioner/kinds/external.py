"""The external network of a project's zone: the one by which routers reach the outside and floating IPs are given. Pure.

Part of the kinds `router` and `floating-ip`.
"""

from collections.abc import Iterator

from provisioner.clouds.collections import ItemId
from provisioner.clouds.offers import OfferedNetwork, Offers
from provisioner.errors import CloudRefused
from provisioner.kinds.interface import Asked
from provisioner.objects import Address
from provisioner.plan import Refusal


def name_of(offers: Offers, network: str) -> str:
    """A network's name by its id; the id where it has none that is known."""
    return next((each.name for each in offers.networks if each.id == network and each.name), network)


def wanted_name(asked: Asked) -> str | None:
    """The name of the zone's external network; None where the zone has none."""
    return None if asked.project.site is None else asked.project.site.external_network


def refusals(name: str, address: Address, offers: Offers) -> Iterator[Refusal]:
    """Why nothing can be led to the external network of that name: there is none, or more than one."""
    found = _named(name, offers)
    if len(found) == 1:
        return
    others = ", ".join(sorted({each.name for each in offers.networks if each.external})) or "none at all"
    if found:
        message = f"{len(found)} external networks of the cloud have the name {name}"
        remedy = "let the cloud's operators rename all but one of them"
    else:
        message = f"the cloud has no external network {name}"
        remedy = f"correct externalNetwork of the project's zone, or have it made; there is {others}"
    yield Refusal(address=address, message=message, remedy=remedy)


def id_of(name: str, offers: Offers) -> ItemId:
    """The id of the only external network of that name. Raises CloudRefused where that cannot be told."""
    found = _named(name, offers)
    if len(found) != 1:
        raise CloudRefused(f"the cloud has {len(found) or 'no'} external networks of the name {name}")
    return ItemId(found[0].id)


def _named(name: str, offers: Offers) -> list[OfferedNetwork]:
    return [each for each in offers.networks if each.external and each.name == name]
