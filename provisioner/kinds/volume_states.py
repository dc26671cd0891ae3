"""What a volume's state in Cinder means for what was begun with it, and in words for those who asked. Pure.

Part of the kind `volume`. States: block storage API reference v3, `volumes`, "Volume statuses"; reasons: `messages`.
"""

import re
from collections.abc import Iterable
from typing import Final

from provisioner.clouds.collections import Item
from provisioner.errors import CloudError, CloudRefused
from provisioner.kinds.server_properties import APPLICATION, METADATA
from provisioner.operation import Evidence
from tenants.names import ApplicationName

#: Among a volume's properties, the application that it was made for.
MADE_FOR: Final = f"{METADATA}{APPLICATION}"
#: Cinder's own mark of the backend that a volume is on; none until one was found for it.
HOST: Final = "os-vol-host-attr:host"
DELETING: Final = "deleting"
#: Nothing happens to it, and it can be used and grown.
_SOUND: Final = frozenset({"available", "in-use"})
#: A server is just taking or leaving it: it is made.
_IN_PASSING: Final = frozenset({"reserved", "attaching", "detaching"})
#: What Cinder's messages mean to a department, by what they contain.
_MEANINGS: Final = (
    (re.compile(r"weighted backend|valid backend", re.IGNORECASE), "no storage of its type has room for it"),
    (re.compile(r"image", re.IGNORECASE), "its image could not be written to it"),
    (re.compile(r"driver", re.IGNORECASE), "the storage that it was meant for does not work"),
    (re.compile(r"quota", re.IGNORECASE), "the project's quota does not allow it"),
)


def status_of(item: Item) -> str:
    """The state in Cinder's word."""
    return str(item.get("status"))


def is_sound(item: Item) -> bool:
    """Whether it can be grown."""
    return status_of(item) in _SOUND


def is_in_error(item: Item) -> bool:
    """Whether something failed that Cinder does not mend by itself."""
    return status_of(item).startswith("error")


def has_failed(item: Item, application: ApplicationName) -> bool:
    """Whether it is in error and no server has it, among those that we made for the application.

    Of one whose making we see end, that is enough to take it away. Of another it is not: Cinder shows the same state where
    a later action failed (a snapshot that it was to go back to).
    """
    metadata = item.get("metadata") or {}
    return status_of(item) == "error" and not item.get("attachments") and metadata.get(APPLICATION) == application


def is_leftover(item: Item, application: ApplicationName) -> bool:
    """Whether it is surely no more than what is left of an attempt of ours to make it: no storage ever took it.

    Where Cinder does not show us the mark of the storage, nothing is sure.
    """
    return has_failed(item, application) and HOST in item and not item[HOST]


def reason_of(messages: Iterable[Item]) -> str:
    """Why something failed: what it means, and Cinder's own words from its newest message."""
    newest = max(messages, key=lambda each: str(each.get("created_at")), default=None)
    said = " ".join(str((newest or {}).get("user_message") or "").split())
    if not said:
        return "Cinder could not do it and gives no reason"
    meaning = next((words for pattern, words in _MEANINGS if pattern.search(said)), None)
    return f"{meaning} (Cinder: {said})" if meaning else f"Cinder could not do it: {said}"


def end_of(evidence: Evidence, item: Item | None) -> Evidence | CloudError | None:
    """The end of a change, by the volume as it is listed now; None while it is under way.

    `evidence` is what `perform` gave: the volume's id, or that of the one `deleted`, and the values that were asked for.
    Of a failure, the words say that it failed; why, only Cinder's messages tell.
    """
    request_id = evidence.request_ids[-1] if evidence.request_ids else None
    if "deleted" in evidence.values:
        if item is None:
            return evidence
        failed = is_in_error(item)
        return CloudRefused(f"Cinder left it in the state {status_of(item)}", request_id=request_id) if failed else None
    if item is None:
        return CloudRefused("it disappeared while it was being made or grown", request_id=request_id)
    if is_in_error(item):
        return CloudRefused(f"it ended in the state {status_of(item)}", request_id=request_id)
    if status_of(item) not in _SOUND | _IN_PASSING:
        return None
    return _settled(evidence, item, request_id)


def _settled(evidence: Evidence, item: Item, request_id: str | None) -> Evidence | CloudError:
    wanted = evidence.values.get("size")
    if isinstance(wanted, int) and item.get("size", 0) < wanted:
        return CloudRefused(f"Cinder left it at {item.get('size')}GiB instead of {wanted}GiB", request_id=request_id)
    values = {**evidence.values, "status": status_of(item)}
    return Evidence(request_ids=evidence.request_ids, values=values)
