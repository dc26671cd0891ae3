"""When building, resizing or deleting a server has ended, and why it failed, in words for those who asked. Pure.

Part of the kind `server`. States and faults: compute API guide, "Server concepts".
"""

import re
from enum import Enum
from typing import Final

from provisioner.clouds.collections import Item
from provisioner.errors import CloudError, CloudRefused
from provisioner.kinds.server_properties import CONFIRMED, UNCONFIRMED, flavor_of
from provisioner.operation import Evidence

#: The states that Nova is on its way out of. Any other lasts: a server may be paused or shelved and given metadata.
_UNDER_WAY: Final = frozenset({"BUILD", "REBUILD", "RESIZE", "REVERT_RESIZE", "MIGRATING", "UNKNOWN"})
#: What Nova's faults mean to a department, by what they contain.
_MEANINGS: Final = (
    (re.compile(r"No valid host", re.IGNORECASE), "no host of its availability zone has room for it"),
    (re.compile(r"Exceeded maximum number of retries|MaxRetries", re.IGNORECASE), "every host that was tried failed"),
    (re.compile(r"Block Device Mapping|volume", re.IGNORECASE), "one of its volumes could not be attached"),
    (re.compile(r"PortBinding|Binding failed", re.IGNORECASE), "its network could not be connected on the host"),
    (re.compile(r"quota", re.IGNORECASE), "the project's quota does not allow it"),
)


class Next(Enum):
    """What has to be done before a change can end."""

    WAIT = "wait"
    CONFIRM = "confirm"


def end_of(evidence: Evidence, item: Item | None) -> Evidence | CloudError | Next:
    """The end of a change, by the server as it is listed now, or what comes next.

    `evidence` is what `perform` gave: the server's id, or that of the one `deleted`, and the values that were asked for.
    """
    request_id = evidence.request_ids[-1] if evidence.request_ids else None
    if "deleted" in evidence.values:
        return _end_of_deletion(evidence, item, request_id)
    if item is None:
        return CloudRefused("it disappeared while it was being made", request_id=request_id)
    status, task = item.get("status"), item.get("OS-EXT-STS:task_state")
    if status == "ERROR":
        return CloudRefused(reason_of(item), request_id=request_id)
    confirming = status == UNCONFIRMED and evidence.values.get(CONFIRMED)
    if status in _UNDER_WAY or task or confirming:
        return Next.WAIT
    if status == UNCONFIRMED and evidence.values.get("flavor") == flavor_of(item):
        return Next.CONFIRM
    return _settled(evidence, item, request_id)


def _settled(evidence: Evidence, item: Item, request_id: str | None) -> Evidence | CloudError:
    """A server that nothing happens to any more, held against what was asked for."""
    flavor = flavor_of(item)
    wanted = evidence.values.get("flavor")
    if wanted is not None and flavor != wanted:
        return CloudRefused(
            f"Nova gave the change to flavor {wanted} up and left it at {flavor}; most often no host has room for the new one",
            request_id=request_id,
        )
    values = {**evidence.values, "status": str(item.get("status"))}
    return Evidence(request_ids=evidence.request_ids, values=values)


def _end_of_deletion(evidence: Evidence, item: Item | None, request_id: str | None) -> Evidence | CloudError | Next:
    if item is None:
        return evidence
    if item.get("status") == "ERROR" and not item.get("OS-EXT-STS:task_state"):
        return CloudRefused(f"Nova could not delete it: {reason_of(item)}", request_id=request_id)
    return Next.WAIT


def reason_of(item: Item) -> str:
    """Why a server is in the state ERROR: what it means, and Nova's own words."""
    fault = " ".join(str((item.get("fault") or {}).get("message") or "").split())
    if not fault:
        return "Nova could not do it and gives no reason"
    meaning = next((words for pattern, words in _MEANINGS if pattern.search(fault)), None)
    return f"{meaning} (Nova: {fault})" if meaning else f"Nova could not do it: {fault}"
