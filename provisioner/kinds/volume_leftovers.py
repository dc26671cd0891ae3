"""What is left of volumes that could not be made: why, and how it is taken away. Effects; part of the kind `volume`.

Nothing is deleted that may ever have held data: that is asked again right before each deletion.
"""

from dataclasses import replace
from typing import Final

from provisioner.clouds.collections import Collection, CollectionName, Item, ItemId, Read
from provisioner.diff import Change
from provisioner.errors import CloudError, CloudRefused, PlanChanged
from provisioner.kinds import volume_states
from provisioner.kinds.interface import Target
from provisioner.kinds.volume_properties import VOLUMES
from provisioner.kinds.volume_states import MADE_FOR
from provisioner.operation import Evidence
from tenants.names import ApplicationName

#: What Cinder has to say of failures, each to one item (`resource_uuid`).
MESSAGES: Final = Collection(
    name=CollectionName("volume-messages"),
    service="block-storage",
    path="/messages",
    item="message",
    items="messages",
    fields=("resource_uuid", "user_message", "created_at"),
    owner=None,
    microversion="3.42",
    project_filter=None,
)


def take_away(leftovers: frozenset[str], change: Change, target: Target) -> None:
    """Delete what is left of failed attempts, one look and one request for each.

    Cinder forgets at once what no storage has. Raises PlanChanged where one of them is something else by now.
    """
    resources, project, name = target.cloud.resources, target.known_project, change.address.key
    for item in resources.named(VOLUMES, project, name):
        status = volume_states.status_of(item)
        if item["id"] not in leftovers or status == volume_states.DELETING:
            continue
        if not volume_states.is_leftover(item, ApplicationName(str(change.after[MADE_FOR]))):
            raise PlanChanged(f"volume {name} is no longer what could not be made: its state is {status}")
        resources.delete(VOLUMES, project, ItemId(str(item["id"])))


def failed(error: CloudError, evidence: Evidence, item: Item, target: Target) -> CloudError:
    """The failure with its reason. A volume that this very change was making is taken away: nobody ever had it."""
    made_for = evidence.values.get(MADE_FOR)
    told = f"{volume_states.reason_of(_messages(str(item['id']), target))}; {error}"
    if made_for is not None and volume_states.has_failed(item, ApplicationName(str(made_for))):
        try:
            target.cloud.resources.delete(VOLUMES, target.known_project, ItemId(str(item["id"])))
            told = f"{told} and was taken away"
        except CloudError as another:
            told = f"{told} and could not be taken away, which the next apply tries again ({another})"
    return CloudRefused(told, request_id=error.request_id)


def _messages(item: str, target: Target) -> tuple[Item, ...]:
    """What Cinder has to say of one item, in one request; nothing where it cannot be asked."""
    asked = replace(MESSAGES, everywhere={"resource_uuid": item})
    try:
        found = target.cloud.resources.list(Read(collection=asked), [target.known_project])[target.known_project]
    except CloudError:
        return ()
    return () if isinstance(found, CloudError) else tuple(each for each in found if each.get("resource_uuid") == item)
