"""Kind `quota`: a project's limits in one service, written in one request and read back.

Only the resources that the manifest names are compared. A limit below what is in use is refused, with who uses it,
unless the manifest allows it. What migrations keep for themselves counts like what is in use, for they were promised it. A retired
project's limits go down to what it still holds: zero where it holds nothing. So do a restricted one's, as far as its manifest
names them: named again without the restriction, they are as they were.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from provisioner.clouds.interface import Reading
from provisioner.diff import Change, Verb
from provisioner.errors import EffectMissing
from provisioner.kinds import ranks
from provisioner.kinds.interface import Asked, Assessment, Kind, Target
from provisioner.objects import Address, Desired, KindName, Properties, Value
from provisioner.observation import ProjectView, enforced
from provisioner.operation import Evidence
from provisioner.plan import Notice, Refusal
from tenants.quantities import spell
from tenants.resources import CATALOGUE, UNLIMITED, Limit, Limits, Resource, Service, Unit, definition
from tenants.spec import ProjectSpec, ProjectState

NAME: Final = KindName("quota")
_TO_USE: Final = "the manifest restricts the project; its limits go down to what is in use"
_MORE_THAN_USE: Final = (
    "the manifest restricts the project; its limits go down to what is in use and kept for migrations"
)


class QuotaKind(Kind):
    """Limits kept by Nova, Cinder and Neutron."""

    name = NAME
    gates = True

    def rank(self, change: Change) -> int:
        """After the project."""
        return ranks.QUOTA

    def desired(self, asked: Asked) -> Iterable[Desired]:
        """One object for each service in which the manifest names a limit."""
        for service, limits in _asked_for(asked).items():
            properties: dict[str, Value] = {resource.key: int(limit) for resource, limit in limits.items()}
            if properties:
                yield Desired(address=asked.address(NAME, service), properties=properties)

    def observed(self, asked: Asked) -> Iterable[tuple[Address, Properties]]:
        """The limits enforced now."""
        if asked.view is None:
            return
        for service, reading in asked.view.readings.items():
            limits: dict[str, Value] = {resource.key: int(usage.limit) for resource, usage in reading.items()}
            yield asked.address(NAME, service), limits

    def obstacles(self, asked: Asked) -> Iterable[Refusal]:
        """Services whose limits the manifest manages and that cannot be read, or were not."""
        for service, reason in _unread(asked):
            yield Refusal(
                address=asked.address(NAME, service),
                message=f"its limits could not be read: {reason}",
                remedy="run the command again when the service answers",
            )

    def notices(self, asked: Asked) -> Iterable[Notice]:
        """Limits that were allowed to go below use."""
        if asked.project.state is ProjectState.RETIRED:
            return
        for resource, limit in asked.project.limits.items():
            taken = _taken(asked, resource)
            if asked.project.allow_below_usage and taken is not None and limit != UNLIMITED and limit < taken:
                yield _notice(asked, resource, limit)

    def assess(self, change: Change, asked: Asked) -> Assessment:
        """Lowering below what is in use or kept is refused, or destructive where it is allowed: nothing new can be made."""
        resources = _resources(change, asked)
        below = [each for each in resources if _is_below(change, each, _taken(asked, each))]
        if asked.project.state is ProjectState.RETIRED:
            return Assessment(reason="the manifest retires the project; its limits go down to what it holds")
        if asked.project.state is ProjectState.RESTRICTED and not below:
            return Assessment(reason=_MORE_THAN_USE if asked.project.kept_rooms else _TO_USE)
        if below and not asked.project.allow_below_usage:
            return Assessment(
                reason="the manifest names other limits",
                refusals=tuple(_refusal(change, asked, resource) for resource in below),
            )
        below_use = any(_is_below(change, each, _used(asked.view, each)) for each in resources)
        if below_use and (unnamed := _own_limits_unnamed(change, asked)):
            return Assessment(reason="the manifest names other limits", refusals=(_refusal_of_cinder(change, unnamed),))
        reason = "a new project" if change.verb is Verb.CREATE else "the manifest names other limits"
        return Assessment(reason=reason, destructive=bool(below))

    def perform(self, change: Change, target: Target) -> Evidence:
        """Write the limits in one request, then ask the service what it enforces."""
        service = Service(change.address.key)
        keeper = target.cloud.quotas(service)
        wanted = {**_restated(target.project, service), **{key: _as_limit(each) for key, each in change.after.items()}}
        force = target.project.allow_below_usage or target.project.state is ProjectState.RETIRED
        receipt = keeper.set_limits(target.known_project, wanted, force=force)
        enforced = {resource.key: limit for resource, limit in keeper.limits(target.known_project).items()}
        _must_match(wanted, enforced, service=service, request_ids=receipt.request_ids)
        return Evidence(request_ids=receipt.request_ids, values={key: int(enforced[key]) for key in sorted(wanted)})


def managed_services(project: ProjectSpec) -> frozenset[Service]:
    """The services whose limits must be read to plan a project: all where it is retired, or more is built in it."""
    if project.state is ProjectState.RETIRED or project.applications:
        return frozenset(Service)
    built_in = {Service.NETWORK} if project.landing_zone else set()
    return frozenset(resource.service for resource in project.limits) | built_in


def planned_limit(asked: Asked, resource: Resource) -> Limit | None:
    """What will be enforced once the plan is done; None where nobody knows."""
    named = limits_to_be(asked.project, asked.view)
    if resource in named:
        return named[resource]
    return enforced(asked.view, asked.capabilities, resource)


def limits_to_be(project: ProjectSpec, view: ProjectView | None) -> Limits:
    """The limits that a project's manifest comes to, by its state: those that it names, or what is taken of them, or all that is held.

    What is taken is in use, or kept for migrations. Without a view, the project is not there yet.
    """
    match project.state:
        case ProjectState.ACTIVE:
            return project.limits
        case ProjectState.RESTRICTED:
            return _restricted(project, view)
        case ProjectState.RETIRED:
            readings = view.readings.values() if view else ()
            return {resource: limit for reading in readings for resource, limit in _down_to_use(reading).items()}


def limit_text(service: Service, key: str, value: Value) -> str:
    """A limit or a use, known by its name in the service's API, as people write it: `640GiB`, `unlimited`."""
    if not isinstance(value, int):
        return "nothing"
    known = CATALOGUE[service].get(key) or CATALOGUE[service].get(key.partition("_")[0])
    return spell(Limit(value), known.unit if known else Unit.COUNT)


def shares_text(project: ProjectSpec, resource: Resource) -> str:
    """Which migrations keep how much of a resource, by wave and application: `spring/registration 2, spring/archive 1`."""
    return ", ".join(
        f"{each.wave}/{each.application} {limit_text(resource.service, resource.key, amount)}"
        for each in project.kept_rooms
        if (amount := each.amounts.get(resource, 0))
    )


def _unread(asked: Asked) -> Iterator[tuple[Service, str]]:
    """Services without a reading, with the reason. A new project needs none, but somebody to keep its limits."""
    reasons = dict(asked.capabilities.unreachable)
    if asked.view is None:
        unread = managed_services(asked.project) & reasons.keys()
    else:
        unread = managed_services(asked.project) - asked.view.readings.keys()
        reasons |= asked.view.unreadable
    for service in sorted(unread):
        if not asked.lacks(service):
            yield service, reasons.get(service, "nobody asked for them")


def _asked_for(asked: Asked) -> Mapping[Service, Limits]:
    limits = limits_to_be(asked.project, asked.view)
    services = sorted({resource.service for resource in limits})
    return {
        service: {resource: limit for resource, limit in limits.items() if resource.service is service}
        for service in services
    }


def _down_to_use(reading: Reading) -> Limits:
    """Limits that leave what is held and nothing more. One that is lower already stays: retiring never gives."""
    held = {
        resource: usage.used + usage.reserved
        for resource, usage in reading.items()
        if usage.used is not None and definition(resource).additive
    }
    return {
        resource: Limit(amount)
        for resource, amount in held.items()
        if reading[resource].limit == UNLIMITED or reading[resource].limit > amount
    }


def _restricted(project: ProjectSpec, view: ProjectView | None) -> Limits:
    """The limits that the manifest names, down to what is in use and kept; whatever is lower already, or not counted, stays."""
    if view is None:
        return {resource: Limit(0) for resource in project.limits if definition(resource).additive}
    lowered: dict[Resource, Limit] = {}
    for resource, limit in project.limits.items():
        used, usage = _used(view, resource), view.usage(resource)
        if usage is None or used is None or not definition(resource).additive:
            continue
        taken = used + project.kept(resource)
        lower = taken if limit == UNLIMITED else min(taken, limit)
        lowered[resource] = Limit(lower if usage.limit == UNLIMITED else min(lower, usage.limit))
    return lowered


def _used(view: ProjectView | None, resource: Resource) -> int | None:
    usage = view.usage(resource) if view else None
    return None if usage is None or usage.used is None else usage.used + usage.reserved


def _taken(asked: Asked, resource: Resource) -> int | None:
    """What is in use, and what migrations keep; None where nobody knows what is in use."""
    used = _used(asked.view, resource)
    return None if used is None else used + asked.project.kept(resource)


def _resources(change: Change, asked: Asked) -> list[Resource]:
    service = Service(change.address.key)
    return [each for each in asked.project.limits if each.service is service and each.key in change.after]


def _is_below(change: Change, resource: Resource, amount: int | None) -> bool:
    limit = change.after[resource.key]
    return amount is not None and isinstance(limit, int) and limit != UNLIMITED and limit < amount


def _notice(asked: Asked, resource: Resource, limit: Limit) -> Notice:
    def text(amount: int | None) -> str:
        return limit_text(resource.service, resource.key, amount)

    key, used, kept = resource.key, text(_used(asked.view, resource)), asked.project.kept(resource)
    message = f"{key} {text(limit)} is below the {used} in use, as the manifest allows (allowBelowUsage)"
    if kept:
        message = (
            f"{key} {text(limit)} is below the {used} in use and {text(kept)} kept for migrations, "
            f"{shares_text(asked.project, resource)} by wave/application, as the manifest allows (allowBelowUsage)"
        )
    return Notice(address=asked.address(NAME, resource.service), message=message)


def _refusal(change: Change, asked: Asked, resource: Resource) -> Refusal:
    service, key = resource.service, resource.key
    used, kept = limit_text(service, key, _used(asked.view, resource)), asked.project.kept(resource)
    before, after = (limit_text(service, key, values.get(key)) for values in (change.before, change.after))
    message = f"{key} cannot go from {before} to {after}: {used} in use"
    remedy = f"free some first, ask for at least {used}, or set allowBelowUsage: true on the project"
    if kept:
        enough, shares = limit_text(service, key, _taken(asked, resource)), shares_text(asked.project, resource)
        message = (
            f"{key} cannot go from {before} to {after}: {used} in use and {limit_text(service, key, kept)} kept for migrations, "
            f"{shares} by wave/application"
        )
        remedy = f"wait until these have ended, ask for at least {enough}, or set allowBelowUsage: true on the project"
    return Refusal(address=change.address, resource=resource, message=message, remedy=remedy)


def _restated(project: ProjectSpec, service: Service) -> Mapping[str, Limit]:
    """Limits to write although they are as they should be, by the service's own keys.

    Cinder goes below what is in use only where all of a project's limits are written anew.
    """
    if service is not Service.BLOCK_STORAGE or not project.allow_below_usage or project.state is ProjectState.RETIRED:
        return {}
    return {resource.key: limit for resource, limit in project.limits.items() if resource.service is service}


def _as_limit(value: Value) -> Limit:
    """A planned value as a limit. Anything but a number is a mistake of ours, and must never be written as zero."""
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is no limit")
    return Limit(value)


def _own_limits_unnamed(change: Change, asked: Asked) -> Limits:
    """Limits of its own that a project has in Cinder and its manifest does not name.

    Cinder goes below what is in use only where all of a project's own limits are written anew, and these are not ours.
    """
    if asked.view is None or change.address.key != Service.BLOCK_STORAGE:
        return {}
    defaults = asked.capabilities.defaults
    return {
        resource: usage.limit
        for resource, usage in sorted(asked.view.readings[Service.BLOCK_STORAGE].items(), key=lambda item: item[0].key)
        if resource not in asked.project.limits and usage.limit != defaults.get(resource, usage.limit)
    }


def _refusal_of_cinder(change: Change, unnamed: Limits) -> Refusal:
    shown = ", ".join(
        f"{resource.key} {limit_text(resource.service, resource.key, limit)}" for resource, limit in unnamed.items()
    )
    return Refusal(
        address=change.address,
        message=f"Cinder lowers limits below what is in use only together with the project's other own limits: {shown}",
        remedy="name those in the project's quota as well, or free some first",
    )


def _must_match(
    wanted: Mapping[str, Limit], enforced: Mapping[str, Limit], *, service: Service, request_ids: tuple[str, ...]
) -> None:
    differing = [key for key in sorted(wanted) if enforced.get(key) != wanted[key]]
    if differing:
        shown = ", ".join(
            f"{key} asked {limit_text(service, key, wanted[key])}, enforced {limit_text(service, key, enforced.get(key))}"
            for key in differing
        )
        raise EffectMissing(
            f"{service} accepted the limits but does not enforce them: {shown}",
            request_id=request_ids[-1] if request_ids else None,
        )
