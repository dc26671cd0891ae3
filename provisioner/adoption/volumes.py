"""A project's volumes, as a manifest says them, and which of them servers boot from. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from provisioner.adoption.documents import Document
from provisioner.adoption.found import Found
from provisioner.clouds.collections import Item
from provisioner.kinds.volume import VOLUMES

#: The states of volumes that nothing is wrong with.
_SOUND: Final = frozenset({"available", "in-use", "reserved", "attaching", "detaching", "backing-up", "maintenance"})
#: The first disk, by whatever bus.
_FIRST_DISK: Final = re.compile(r"(/dev/)?(xv|[vsh])da")


@dataclass(frozen=True, slots=True, kw_only=True)
class Volumes:
    """The volumes that can be said, and the disks of all servers."""

    #: By name.
    items: Mapping[str, Item]
    #: By server's id, all volumes attached to it, those included that cannot be said.
    attached: Mapping[str, tuple[Item, ...]]

    def root_of(self, server: Item) -> str | None:
        """The name of the volume that a server without an image boots from; None where it has an image or none is plain."""
        if server.get("image"):
            return None
        disks = self.attached.get(str(server["id"]), ())
        first = [each for each in disks if _FIRST_DISK.fullmatch(str(_attachment(each, server).get("device") or ""))]
        bootable = [each for each in disks if _is_bootable(each)]
        plain = first if len(first) == 1 else bootable
        name = str(plain[0].get("name") or "") if len(plain) == 1 else ""
        return name if name in self.items and self.items[name]["id"] == plain[0]["id"] else None


def volumes(found: Found) -> Volumes:
    """The project's volumes; those in trouble and those of several servers are left out."""
    attached: dict[str, list[Item]] = {}
    for item in found.items(VOLUMES):
        for each in item.get("attachments") or ():
            attached.setdefault(str(each.get("server_id")), []).append(item)
    said: dict[str, Item] = {}
    for name, item in found.told_apart(VOLUMES, "volume"):
        if item.get("status") not in _SOUND:
            found.leave(f"volume {name}", f"its state is {item.get('status')}")
        elif len(item.get("attachments") or ()) > 1:
            found.leave(f"volume {name}", "it is attached to several servers; a manifest's volume has one")
        else:
            said[name] = item
    return Volumes(items=said, attached={server: tuple(items) for server, items in attached.items()})


def document(name: str, item: Item, *, server: str | None, boots: bool) -> Document:
    """A volume as below `volumes` of an application. What a server boots from names no server."""
    size, kind = item["size"], item.get("volume_type")
    return {
        "name": name,
        "size": f"{size}GiB",
        **({"type": kind} if kind else {}),
        **({"bootable": True} if boots else {}),
        **({"server": server} if server and not boots else {}),
    }


def server_id(item: Item) -> str:
    """The id of the server that a volume is attached to; empty where it is to none."""
    return next((str(each.get("server_id")) for each in item.get("attachments") or ()), "")


def _attachment(volume: Item, server: Item) -> Item:
    return next((each for each in volume.get("attachments") or () if each.get("server_id") == server["id"]), {})


def _is_bootable(item: Item) -> bool:
    """Cinder writes it as text."""
    return str(item.get("bootable")).lower() == "true"
