"""What is left of volumes that could not be made: why, and how it is taken away. Effects; part of the kind `volume`.

Nothing is deleted that may ever have held data: that is asked again right before each deletion.
"""

from dataclasses import replace
from typing import Final

from provisioner.clouds.collections import Collection, CollectionName, Item, ItemId, Read
from provisioner.diff import Change
from provisioner.errors import CloudError, CloudRefused, CloudUnavailable, PlanChanged
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
    fields=("event_id", "user_message", "created_at"),
    owner=None,
    microversion="3.42",
    project_filter=None,
)


def take_away(leftovers: frozenset[str], change: Change, target: Target) -> None:
    """Delete what is left of failed attempts, if it surely never held data."""
    resources, project, name = target.cloud.resources, target.known_project, change.address.key
    for item in resources.named(VOLUMES, project, name):
        if item["id"] not in leftovers:
            continue
        status = volume_states.status_of(item)
        if status != volume_states.DELETING:
            if not volume_states.is_leftover(item, ApplicationName(str(change.after[MADE_FOR]))):
                raise PlanChanged(f"volume {name} is no longer what could not be made: its state is {status}")
            messages = _messages(str(item["id"]), target) if volume_states.is_on_storage(item) else ()
            if not volume_states.never_held_data(item, messages):
                raise CloudRefused(
                    f"a volume {name} is in error, and Cinder does not tell whether it ever held data: "
                    "its cloud's operators must see to it, or delete it"
                )
            resources.delete(VOLUMES, project, ItemId(str(item["id"])))
        if volume_states.is_on_storage(item):
            raise CloudUnavailable(f"what is left of a failed attempt to make volume {name} is still being deleted")


def failed(error: CloudError, evidence: Evidence, item: Item, target: Target) -> CloudError:
    """The failure with its reason. A volume that this very change was making is taken away: nobody ever had it."""
    made_for = evidence.values.get(MADE_FOR)
    told = f"{volume_states.reason_of(_messages_if_any(str(item['id']), target))}; {error}"
    if made_for is not None and volume_states.is_leftover(item, ApplicationName(str(made_for))):
        try:
            target.cloud.resources.delete(VOLUMES, target.known_project, ItemId(str(item["id"])))
            told = f"{told} and was taken away"
        except CloudError as another:
            told = f"{told} and could not be taken away, which the next apply tries again ({another})"
    return CloudRefused(told, request_id=error.request_id)


def _messages_if_any(item: str, target: Target) -> tuple[Item, ...]:
    try:
        return _messages(item, target)
    except CloudError:
        return ()


def _messages(item: str, target: Target) -> tuple[Item, ...]:
    """What Cinder has to say of one item, in one request."""
    asked = replace(MESSAGES, everywhere={"resource_uuid": item})
    found = target.cloud.resources.list(Read(collection=asked), [target.known_project])[target.known_project]
    if isinstance(found, CloudError):
        raise found
    return found
