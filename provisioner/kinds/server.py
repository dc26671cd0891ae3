"""Kind `server`: a server of an application, with what is attached to it (compute API reference, `servers`).

Ports and volumes are kinds of their own and made first; a new server is given all of them in the one request that makes
it, one that is there gets what it lacks. Building, resizing and deleting take time: `server_ends` tells when they have
ended, and how.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from provisioner.clouds.collections import Act, Item, ItemId, Read
from provisioner.clouds.offers import Offers, the_one
from provisioner.diff import Change, Verb
from provisioner.errors import CloudError, CloudRefused
from provisioner.kinds import forgotten, port, ranks, server_birth, server_body, server_ends, server_group, volume
from provisioner.kinds.interface import NO_DEMAND, Asked, Assessment, Target
from provisioner.kinds.items import Body, ItemKind, listed_now, the_only
from provisioner.kinds.server_assessment import assessed_update, not_to_be_deleted, not_to_be_had
from provisioner.kinds.server_properties import (
    CONFIRMED,
    METADATA,
    NAME,
    PORT,
    REPLACES,
    SERVERS,
    UNCONFIRMED,
    VOLUME,
    flavor_of,
    image_name,
    initial_properties,
    is_going,
    is_leftover,
    leftovers_of,
    managed,
    named,
    spec_of,
    wanted_properties,
)
from provisioner.objects import Address, Desired, Properties, Value
from provisioner.operation import Evidence
from provisioner.plan import Notice, Refusal
from tenants import members
from tenants.application import ApplicationSpec, Management, ServerSpec, Surplus
from tenants.presence import Presence
from tenants.resources import Resource, Service
from tenants.spec import ProjectSpec

_CONFIRM: Final = Act(below="/action", body={"confirmResize": None})


class ServerKind(ItemKind):
    """Servers of applications."""

    name = NAME
    collection = SERVERS
    made_at = ranks.SERVERS
    deleted_at = ranks.DELETE_SERVERS
    slow = True
    patience = 900.0

    def concerns(self, project: ProjectSpec) -> bool:
        """Whether there is an application."""
        return bool(project.applications)

    def reads(self, project: ProjectSpec | None, offers: Offers) -> Iterable[Read]:
        """Servers, and the ports and volumes that are attached to them."""
        if project is None or self.concerns(project):
            return tuple(Read(collection=each) for each in (SERVERS, port.PORTS, volume.VOLUMES))
        return ()

    def desired(self, asked: Asked) -> Iterable[Desired]:
        """Every single server of the applications that are managed, and the surplus ones that are to go."""
        leftovers = leftovers_of(asked)
        unconfirmed = {each.get("name") for each in asked.items(SERVERS) if each.get("status") == UNCONFIRMED}
        for application in managed(asked.project):
            for server in members.servers(application):
                gone = Presence.ABSENT in {application.presence, server.presence}
                confirmed: Properties = {CONFIRMED: True} if server.name in unconfirmed else {}
                yield Desired(
                    address=asked.address(NAME, server.name),
                    presence=Presence.ABSENT if gone else Presence.PRESENT,
                    properties={**wanted_properties(application, server), **confirmed},
                    initial=initial_properties(asked.project, application, server, leftovers.get(server.name, ())),
                )
            for name in _surplus(asked, application, Surplus.DELETE):
                yield Desired(address=asked.address(NAME, name), presence=Presence.ABSENT)

    def plain(self, item: Item) -> Properties:
        """Flavor and metadata, and where a resize waits to be confirmed, that; an answer to a POST has none of it yet."""
        flavor = flavor_of(item)
        found: dict[str, Value] = {
            f"{METADATA}{key}": str(value) for key, value in (item.get("metadata") or {}).items()
        }
        found |= {} if flavor is None else {"flavor": flavor}
        return {**found, CONFIRMED: False} if item.get("status") == UNCONFIRMED else found

    def referring(self, item: Item, asked: Asked) -> Properties:
        """Its image, and what is attached to it, by names."""
        attached = {each["id"] for each in item.get("os-extended-volumes:volumes_attached") or ()}
        volumes = (each for each in asked.items(volume.VOLUMES) if each["id"] in attached)
        ports = (each for each in asked.items(port.PORTS) if each.get("device_id") == item["id"])
        # A port of a server is known by its network, whatever its name: Nova gives those that it makes none.
        found: dict[str, Value] = {f"{PORT}{port.key_of(each, str(item.get('name')), asked)}": True for each in ports}
        found |= {f"{VOLUME}{each.get('name')}": True for each in volumes}
        return {**found, "image": image_name(item, asked.offers)}

    def standing(self, asked: Asked) -> Sequence[Item]:
        """All but those that are wanted and were never built: they are made anew, in the place of what is left."""
        left = {each["id"] for items in leftovers_of(asked).values() for each in items}
        return [each for each in asked.items(SERVERS) if each["id"] not in left]

    def obstacles(self, asked: Asked) -> Iterable[Refusal]:
        """Names that several servers bear, and servers that are wanted and just being deleted."""
        yield from super().obstacles(asked)
        wanted = {each.address.key for each in self.desired(asked) if each.presence is Presence.PRESENT}
        for item in asked.items(SERVERS):
            if item.get("name") in wanted and is_going(item):
                yield Refusal(
                    address=asked.address(NAME, item["name"]),
                    message="is just being deleted",
                    remedy="run the command again in a moment",
                )

    def notices(self, asked: Asked) -> Iterable[Notice]:
        """Servers in trouble, surplus and forgotten ones, those in another zone, and described ones that are not there."""
        seen = {str(each.get("name")): each for each in asked.items(SERVERS)}
        named: set[str] = set()
        for application in asked.project.applications:
            for server in members.servers(application):
                named.add(server.name)
                if words := _worth_knowing(application, server, asked, seen.get(server.name)):
                    yield Notice(address=asked.address(NAME, server.name), message=words)
            named.update(_surplus(asked, application, Surplus.DELETE))
            for name in _surplus(asked, application, Surplus.KEEP):
                named.add(name)
                yield Notice(
                    address=asked.address(NAME, name),
                    message="is beyond the count and stays; surplus: delete takes it away",
                )
        yield from forgotten.notices(asked, NAME, (each for each in seen.values() if not is_going(each)), named)

    def assess(self, change: Change, asked: Asked) -> Assessment:
        """What Nova would refuse half-way is refused before; what stops or rebuilds the server has to be allowed."""
        found = super().assess(change, asked)
        application, server = spec_of(asked.project, change.address.key)
        if change.verb is Verb.CREATE and server:
            reason = f"{application.display_name if application else ''} asks for it and there is none".strip()
            if REPLACES in change.after:
                reason = "an earlier attempt to build it failed; what is left of that is taken away first"
            return Assessment(reason=reason, refusals=tuple(not_to_be_had(change, server, asked)))
        if change.verb is Verb.UPDATE and server:
            return assessed_update(change, server, asked)
        return replace(found, refusals=tuple(not_to_be_deleted(change, asked)))

    def demand(self, change: Change, asked: Asked) -> Mapping[Resource, int]:
        """A server with its flavor's processors and memory, or what another flavor has more.

        What is left of failed attempts holds quota too, until it is replaced.
        """
        if change.verb is Verb.DELETE or "flavor" not in change.after:
            return NO_DEMAND
        new = the_one(asked.offers.flavors, str(change.after["flavor"]))
        if new is None:
            return NO_DEMAND
        left = [each for each in asked.items(SERVERS) if each["id"] in _replaced(change)]
        names = (change.before.get("flavor"), *(self.plain(each).get("flavor") for each in left))
        old = [found for name in names if (found := the_one(asked.offers.flavors, str(name)))]
        more = {"cores": new.vcpus - sum(each.vcpus for each in old), "ram": new.ram - sum(each.ram for each in old)}
        more |= {"instances": 1 - len(left)} if change.verb is Verb.CREATE else {}
        return {Resource(service=Service.COMPUTE, name=name): amount for name, amount in more.items() if amount}

    def body(self, change: Change, target: Target) -> Body:
        """One request for the server with all that it is attached to."""
        _, server = spec_of(target.project, change.address.key)
        if server is None:
            raise CloudRefused(f"the manifest says nothing of a server {change.address.key}")
        return server_body.of(
            server_body.Wanted(
                server=server,
                properties=change.after,
                ports={name: target.id_of(port.NAME, name) for name in named(change.after, PORT)},
                volumes={name: target.id_of(volume.NAME, name) for name in named(change.after, VOLUME)},
                group=target.id_of(server_group.NAME, server.server_group) if server.server_group else None,
                project=target.project,
                offers=target.offers,
            )
        )

    def create(self, change: Change, target: Target) -> Evidence:
        """As of any item, once what is left of a failed attempt is away."""
        for leftover in _replaced(change):
            target.cloud.resources.delete(SERVERS, target.known_project, ItemId(leftover))
        return super().create(change, target)

    def found(self, change: Change, target: Target) -> Evidence | None:
        """The server that an earlier attempt made; what is left of one that could not be built is taken away.

        Raises CloudConflict where there are several of its name.
        """
        listed = target.cloud.resources.named(SERVERS, target.known_project, change.address.key)
        for each in listed:
            if is_leftover(each):
                target.cloud.resources.delete(SERVERS, target.known_project, ItemId(each["id"]))
        there = the_only([each for each in listed if not (is_leftover(each) or is_going(each))], change)
        return None if there is None else Evidence(values={**change.after, "id": there["id"]})

    def update(self, change: Change, target: Target, item: ItemId) -> Evidence:
        """Metadata, then what is to be attached, then a new flavor or root disk: whatever of it is not so yet."""
        request_ids: list[str] = []
        for act in self._acts(change, target, item):
            answered = target.cloud.resources.act(SERVERS, target.known_project, item, act)
            request_ids.extend(answered.receipt.request_ids)
        return Evidence(request_ids=tuple(request_ids), values={**change.after, "id": str(item)})

    def _acts(self, change: Change, target: Target, item: ItemId) -> Iterator[Act]:
        current = self._current(change, target, item) if target.resumed else {}
        after = {name: value for name, value in change.after.items() if current.get(name) != value}
        if metadata := {name: after[f"{METADATA}{name}"] for name in named(after, METADATA)}:
            yield Act(below="/metadata", body={"metadata": metadata})
        for name in named(after, PORT):
            yield Act(below="/os-interface", body={"interfaceAttachment": {"port_id": target.id_of(port.NAME, name)}})
        for name in named(after, VOLUME):
            attachment = {"volumeId": target.id_of(volume.NAME, name)}
            yield Act(below="/os-volume_attachments", body={"volumeAttachment": attachment})
        if CONFIRMED in after:
            yield _CONFIRM
        if "image" in after:
            yield Act(
                below="/action", body={"rebuild": {"imageRef": server_body.image_id(target.offers, after["image"])}}
            )
        if "flavor" in after:
            flavor = server_body.flavor_id(target.offers, after["flavor"])
            yield Act(below="/action", body={"resize": {"flavorRef": flavor}})

    def _current(self, change: Change, target: Target, item: ItemId) -> Properties:
        """What of a change an interrupted attempt has made already. What it began, Nova goes on with by itself."""
        found = target.cloud.resources.fetch(SERVERS, target.known_project, item) or {}
        names = {identity: address.key for address, identity in target.ids.items()}
        attached = [each["id"] for each in found.get("os-extended-volumes:volumes_attached") or ()]
        mine = [found for found, each in listed_now(port.PORTS, target).items() if each.get("device_id") == item]
        resizing = found.get("status") == "RESIZE"
        return {
            CONFIRMED: True,
            **self.plain(found),
            **({"flavor": change.after.get("flavor")} if resizing else {}),
            "image": image_name(found, target.offers),
            **{f"{VOLUME}{names[each]}": True for each in attached if each in names},
            **{f"{PORT}{names[each]}": True for each in mine if each in names},
        }

    def settle(self, begun: Mapping[Address, Evidence], target: Target) -> Mapping[Address, Evidence | CloudError]:
        """One listing for all servers under way."""
        items = listed_now(SERVERS, target)
        ends: dict[Address, Evidence | CloudError] = {}
        for address, evidence in begun.items():
            identity = ItemId(str(evidence.values.get("id") or evidence.values.get("deleted")))
            item = items.get(identity)
            end = server_ends.end_of(evidence, item)
            # Nova refuses what it is doing already; what it does not do, the next look or the next plan shows.
            with suppress(CloudError):
                if end is server_ends.Next.CONFIRM:
                    target.cloud.resources.act(SERVERS, target.known_project, identity, _CONFIRM)
                if isinstance(end, CloudError) and item is not None and is_leftover(item):
                    target.cloud.resources.delete(SERVERS, target.known_project, identity)
            if isinstance(end, Evidence | CloudError):
                ends[address] = end
        return ends


def _replaced(change: Change) -> list[str]:
    """The ids of what is left of failed attempts."""
    return str(change.after.get(REPLACES) or "").split()


def _surplus(asked: Asked, application: ApplicationSpec, surplus: Surplus) -> list[str]:
    """Numbered members beyond the count, that are there and that the manifest keeps or deletes."""
    if application.management is not Management.FULL:
        return []
    seen = {str(each.get("name")) for each in asked.items(SERVERS)}
    return [
        name for server in application.servers if server.surplus is surplus for name in members.surplus(server, seen)
    ]


def _worth_knowing(application: ApplicationSpec, server: ServerSpec, asked: Asked, item: Item | None) -> str:
    observed_only = application.management is Management.OBSERVE
    if application.name in asked.project.on_the_way:
        return ""
    if item is None:
        return "is described (manage: observe) and not there" if observed_only and asked.view else ""
    status = str(item.get("status"))
    if status == "ERROR" and not is_leftover(item):
        why = (item.get("fault") or {}).get("message") or "Nova gives no reason"
        return f"is in the state ERROR: {why}; its cloud's operators must see to it, for it may hold data"
    return "" if observed_only else server_birth.words(application, server, asked, item)
