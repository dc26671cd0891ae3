"""Kind `project`: the Keystone project itself, found by its name in the cloud's domain.

A project is never deleted. One that is retired is disabled, but only once it holds no server, volume, snapshot or
backup: a disabled project locks its owner out of whatever is left in it.
"""

from collections.abc import Iterable
from typing import Final

from provisioner.clouds.interface import KeystoneProject, Receipt
from provisioner.diff import Change, Verb
from provisioner.errors import CloudConflict, CloudUnavailable, EffectMissing, PlanChanged
from provisioner.kinds import ranks
from provisioner.kinds.interface import Asked, Assessment, Kind, Target
from provisioner.objects import Address, Desired, KindName, Properties, Value
from provisioner.observation import ProjectView
from provisioner.operation import Evidence
from provisioner.plan import Notice
from tenants.resources import Resource, Service
from tenants.spec import ProjectState

NAME: Final = KindName("project")

#: What holds a department's data: while any is there, the project stays enabled.
_DATA: Final = (
    Resource(service=Service.COMPUTE, name="instances"),
    Resource(service=Service.BLOCK_STORAGE, name="volumes"),
    Resource(service=Service.BLOCK_STORAGE, name="snapshots"),
    Resource(service=Service.BLOCK_STORAGE, name="backups"),
)


class ProjectKind(Kind):
    """Projects of Keystone."""

    name = NAME
    gates = True

    def rank(self, change: Change) -> int:
        """Before everything else, but for disabling, which comes last: nobody is locked out before the rest is done."""
        return ranks.DISABLE_PROJECT if change.after.get("enabled") is False else ranks.PROJECT

    def desired(self, asked: Asked) -> Iterable[Desired]:
        """An enabled project with the manifest's description, or a disabled one where it is retired and empty.

        One that is made without a description of its own is told by whose it is and what for.
        """
        project = asked.project
        properties: dict[str, Value] = {} if project.description is None else {"description": project.description}
        if project.is_active:
            properties["enabled"] = True
        elif asked.view is None:
            return
        elif not _kept_for(asked, asked.view):
            properties["enabled"] = False
        yield Desired(
            address=asked.address(NAME),
            properties=properties,
            initial={
                "name": project.keystone_name,
                "description": f"{asked.tenant.display_name}:{project.purpose}",
            },
        )

    def observed(self, asked: Asked) -> Iterable[tuple[Address, Properties]]:
        """Name, description and whether it is enabled."""
        if asked.view:
            seen = asked.view.project
            yield (
                asked.address(NAME),
                {"id": seen.id, "name": seen.name, "description": seen.description, "enabled": seen.enabled},
            )

    def notices(self, asked: Asked) -> Iterable[Notice]:
        """What keeps a retired project enabled."""
        if asked.project.state is ProjectState.RETIRED and asked.view and asked.view.project.enabled:
            kept_for = _kept_for(asked, asked.view)
            if kept_for:
                yield Notice(
                    address=asked.address(NAME),
                    message=f"stays enabled, so that its owner can reach what it holds: {', '.join(kept_for)}; "
                    "apply again when it is empty",
                )

    def assess(self, change: Change, asked: Asked) -> Assessment:
        """Disabling cuts people off and is destructive; the rest is not."""
        if change.verb is Verb.CREATE:
            return Assessment(reason=f"{asked.tenant.display_name} asks for it and Keystone has no such project")
        if change.after.get("enabled") is False:
            return Assessment(reason="the manifest retires it and it holds no data", destructive=True)
        if change.after.get("enabled") is True:
            return Assessment(reason="the manifest has it active and it is disabled")
        return Assessment(reason="the manifest describes it differently")

    def perform(self, change: Change, target: Target) -> Evidence:
        """Create or update, and look at the result."""
        if change.verb is Verb.CREATE:
            return _create(change, target)
        enabled, description = change.after.get("enabled"), change.after.get("description")
        receipt = target.cloud.identity.update_project(
            target.known_project,
            description=None if description is None else str(description),
            enabled=None if enabled is None else bool(enabled),
        )
        return _verified(change, target, receipt)


def _create(change: Change, target: Target) -> Evidence:
    """Make the project; after a lost answer, find it rather than make a second one.

    A name that is taken on the first try means that somebody else made the project since the plan.
    """
    if target.resumed and (found := _found(change, target)):
        return found
    name, description = str(change.after["name"]), str(change.after["description"])
    try:
        made, receipt = target.cloud.identity.create_project(target.domain, name=name, description=description)
    except CloudConflict as conflict:
        if target.resumed and (found := _found(change, target)):
            return found
        raise PlanChanged(_appeared(name), request_id=conflict.request_id) from conflict
    except CloudUnavailable:
        if found := _found(change, target):
            return found
        raise
    return _proved(change, made, receipt)


def _found(change: Change, target: Target) -> Evidence | None:
    """The project that a lost request made, if it did. One that differs from what was asked is somebody else's."""
    name = str(change.after["name"])
    seen = target.cloud.identity.project(target.domain, name)
    if seen is None:
        return None
    values = _values(seen)
    if any(values.get(asked) != value for asked, value in change.after.items()):
        raise PlanChanged(_appeared(name))
    return Evidence(values=values)


def _values(seen: KeystoneProject) -> dict[str, Value]:
    return {"id": seen.id, "name": seen.name, "description": seen.description, "enabled": seen.enabled}


def _appeared(name: str) -> str:
    return f"a project named {name} appeared in Keystone after the plan was made"


def _verified(change: Change, target: Target, receipt: Receipt) -> Evidence:
    return _proved(change, target.cloud.identity.project(target.domain, target.project.keystone_name), receipt)


def _proved(change: Change, seen: KeystoneProject | None, receipt: Receipt) -> Evidence:
    """What Keystone has after the write. Raises EffectMissing where that is not what was written."""
    values = {} if seen is None else _values(seen)
    missing = [name for name, value in change.after.items() if values.get(name) != value]
    if missing:
        raise EffectMissing(
            f"Keystone accepted the change but still shows {', '.join(f'{n} = {values.get(n)!r}' for n in missing)}",
            request_id=receipt.request_ids[-1] if receipt.request_ids else None,
        )
    return Evidence(request_ids=receipt.request_ids, values=values)


def _kept_for(asked: Asked, view: ProjectView) -> tuple[str, ...]:
    """What a project holds that its owner may still need; what cannot be read counts as held."""
    unread = {resource.service for resource in _DATA} - view.readings.keys()
    kept = [f"{service} (could not be read)" for service in sorted(unread) if not asked.lacks(service)]
    for resource in _DATA:
        if resource.service in unread:
            continue
        usage = view.readings[resource.service].get(resource)
        if usage is None or usage.used is None:
            kept.append(f"{resource.name} (the service does not say how many)")
        elif held := usage.used + usage.reserved:
            kept.append(f"{held} {resource.name}")
    return tuple(kept)
