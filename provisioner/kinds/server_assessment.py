"""Whether a server can be made or changed as the manifest asks, and what that does to it. Pure; part of the kind `server`."""

from collections.abc import Iterable, Iterator
from typing import Final

from provisioner.clouds.offers import Flavor, the_one
from provisioner.diff import Change
from provisioner.kinds import nova_names, volume
from provisioner.kinds.interface import Asked, Assessment
from provisioner.kinds.server_properties import (
    CONFIRMED,
    METADATA,
    PORT,
    SERVERS,
    VOLUME,
    doomed_volumes,
    leftovers_of,
    managed,
    named,
)
from provisioner.objects import Address
from provisioner.plan import Refusal
from tenants import members
from tenants.application import Disruption, ServerSpec
from tenants.presence import Presence

_SHOWN: Final = 10
#: The states in which a server is given what (compute API reference, `resize` and `rebuild`).
_STATES: Final = {"flavor": ("ACTIVE", "SHUTOFF"), "image": ("ACTIVE", "SHUTOFF", "ERROR")}


def not_to_be_had(change: Change, server: ServerSpec, asked: Asked) -> Iterator[Refusal]:
    """What a new server needs and the cloud does not offer, or what others have."""
    yield from nova_names.refusals(change.address)
    yield from _attached_elsewhere(change, asked)
    flavor = the_one(asked.offers.flavors, server.flavor)
    if flavor is None:
        yield _unknown(change.address, "flavor", server.flavor, [each.name for each in asked.offers.flavors])
    if server.image:
        image = the_one(asked.offers.images, server.image)
        if image is None:
            yield _unknown(change.address, "image", server.image, [each.name for each in asked.offers.images])
        elif image.status != "active":
            yield Refusal(
                address=change.address,
                message=f"the image {image.name} is {image.status}",
                remedy="have it made active in Glance, or name another",
            )
        elif flavor and (flavor.ram < image.min_ram or 0 < flavor.disk < image.min_disk):
            yield Refusal(
                address=change.address,
                message=f"the image {image.name} needs {image.min_ram} MiB of memory and {image.min_disk} GiB of disk; "
                f"the flavor {flavor.name} has {flavor.ram} MiB and {flavor.disk} GiB",
                remedy="name a larger flavor",
            )
    zone, zones = change.after.get("availabilityZone"), asked.capabilities.availability_zones
    if zone and zones and zone not in zones:
        yield Refusal(
            address=change.address,
            message=f"the cloud has no availability zone {zone}",
            remedy=f"name one that it has: {', '.join(sorted(zones))}",
        )
    if server.key_pair and not _has_key(asked, server):
        yield Refusal(
            address=change.address,
            message=f"the project's landing zone has no key pair {server.key_pair} of its own",
            remedy="name it under landingZone.keyPairs, without a user",
        )


def _has_key(asked: Asked, server: ServerSpec) -> bool:
    zone = asked.project.landing_zone
    return any(each.name == server.key_pair and each.user is None for each in (zone.key_pairs if zone else ()))


def _unknown(address: Address, what: str, name: str, there: list[str]) -> Refusal:
    count = there.count(name)
    shown = ", ".join(sorted(set(there))[:_SHOWN]) or "none"
    message = f"the cloud has {count} {what}s named {name}" if count else f"the cloud has no {what} {name}"
    return Refusal(address=address, message=message, remedy=f"name one that is the only one of its name: {shown}")


def assessed_update(change: Change, server: ServerSpec, asked: Asked) -> Assessment:
    """Why a server that is there is changed; what stops or rebuilds it has to be allowed by the manifest."""
    refusals: list[Refusal] = []
    reasons: list[str] = []
    refusals.extend(_not_now(change, asked))
    if CONFIRMED in change.after:
        reasons.append("it has another flavor since, and Nova waits for that to be confirmed")
    if "flavor" in change.after:
        reasons.append("another flavor: it is stopped and started again")
        if server.disruption is Disruption.NONE:
            refusals.append(_not_allowed(change, "flavor", "stop"))
        if the_one(asked.offers.flavors, server.flavor) is None:
            refusals.append(_unknown(change.address, "flavor", server.flavor, _names(asked.offers.flavors)))
    if "image" in change.after:
        reasons.append("another image: its root disk is made anew, and what is on it is lost")
        if the_one(asked.offers.images, str(server.image)) is None:
            refusals.append(_unknown(change.address, "image", str(server.image), [x.name for x in asked.offers.images]))
    refusals.extend(_attached_elsewhere(change, asked))
    if any(named(change.after, prefix) for prefix in (PORT, VOLUME)):
        reasons.append("the manifest attaches more to it")
    if named(change.after, METADATA):
        reasons.append("the manifest names other metadata")
    disruptive = "flavor" in change.after or "image" in change.after
    return Assessment(reason="; ".join(reasons), destructive=disruptive, refusals=tuple(refusals))


def not_to_be_deleted(change: Change, asked: Asked) -> Iterator[Refusal]:
    """The volumes that Nova would delete together with the server, unasked."""
    server = next((each for each in asked.items(SERVERS) if each["id"] == change.before["id"]), {})
    names = {str(each["id"]): str(each.get("name") or "") for each in asked.items(volume.VOLUMES)}
    for identity in sorted(doomed_volumes(server)):
        name = names.get(identity) or identity
        if name not in _given_up(asked):
            yield Refusal(
                address=change.address,
                message=f"Nova would delete the volume {name} together with it",
                remedy="have Nova keep it (openstack --os-compute-api-version 2.85 server volume update "
                f"--preserve-on-termination {change.address.key} {name}), or have the volume absent as well",
            )


def _given_up(asked: Asked) -> frozenset[str]:
    """The volumes that the manifest has absent."""
    return frozenset(
        each.name
        for application in managed(asked.project)
        for each in members.volumes(application)
        if each.presence is Presence.ABSENT
    )


def _not_now(change: Change, asked: Asked) -> Iterator[Refusal]:
    """What Nova does not do to a server in its state, or not at once (compute API guide, "Server concepts")."""
    item = next((each for each in asked.items(SERVERS) if each.get("name") == change.address.key), {})
    status = str(item.get("status"))
    both = "flavor" in change.after and "image" in change.after
    if both:
        yield Refusal(
            address=change.address,
            message="Nova does not change its flavor and its image at once",
            remedy="let the manifest have the flavor that it has; apply, then change the flavor",
        )
    for name, states in _STATES.items():
        if name in change.after and status not in states:
            yield Refusal(
                address=change.address,
                message=f"it is in the state {status}, in which Nova does not change its {name}",
                remedy=f"wait until it is {' or '.join(states)}, or bring it there, then plan again",
            )


def _names(flavors: Iterable[Flavor]) -> list[str]:
    return [each.name for each in flavors]


def _attached_elsewhere(change: Change, asked: Asked) -> Iterator[Refusal]:
    """The volumes that another server has."""
    for name in named(change.after, VOLUME):
        if holder := _held_by(asked, name):
            yield Refusal(
                address=change.address,
                message=f"the volume {name} is attached to the server {holder}",
                remedy="detach it there first; Tenantry takes no volume away from a server",
            )


def _held_by(asked: Asked, name: str) -> str | None:
    """The server that a volume is attached to already; what is left of failed attempts gives it back."""
    identity = next((each["id"] for each in asked.items(volume.VOLUMES) if each.get("name") == name), None)
    left = [each["id"] for items in leftovers_of(asked).values() for each in items]
    for item in asked.items(SERVERS):
        if item["id"] in left:
            continue
        attached = item.get("os-extended-volumes:volumes_attached") or ()
        if identity and any(each["id"] == identity for each in attached):
            return str(item.get("name"))
    return None


def _not_allowed(change: Change, name: str, needed: str) -> Refusal:
    return Refusal(
        address=change.address,
        message=f"{name} from {change.before.get(name)} to {change.after[name]} stops the server for a while",
        remedy=f"set disruption: {needed} on the server to allow it, or keep the {name}",
    )
