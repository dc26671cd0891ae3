"""Whether what is to be built fits the project's quota, before anything is built. Pure; part of `provisioner.planning`.

What migrations keep for themselves is as little to be had as what is in use.
The services would refuse it themselves, but only half-way through; here nothing is begun, and the numbers are told.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from provisioner.kinds.interface import Asked
from provisioner.kinds.quota import limit_text, planned_limit, shares_text
from provisioner.objects import Address
from provisioner.plan import Refusal
from tenants.resources import UNLIMITED, Limit, Resource, Service
from tenants.spec import ProjectSpec

_GROUPS: Final = Resource(service=Service.NETWORK, name="security_group")
#: What Neutron puts into a project with its first network, port or security group: a default group with its rules
#: (network API reference v2.0, `security-groups`).
_FROM_THE_START: Final = {
    _GROUPS: 1,
    Resource(service=Service.NETWORK, name="security_group_rule"): 4,
}
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """How much more of a project's quota one change will hold, in API units."""

    address: Address
    amounts: Mapping[Resource, int]


def shortfalls(asked: Asked, demands: Iterable[Demand]) -> Iterator[Refusal]:
    """What does not fit: one refusal for each resource, with who asks for how much.

    What a change gives back helps no other: nobody knows which of them the service takes first.
    """
    listed = [each for each in demands if each.amounts]
    for resource in sorted({resource for each in listed for resource in each.amounts}):
        parts = [(each.address, each.amounts[resource]) for each in listed if each.amounts.get(resource, 0) > 0]
        more = sum(amount for _, amount in parts)
        limit, used = planned_limit(asked, resource), _used(asked, resource)
        if limit is not None and limit != UNLIMITED and parts and used + asked.project.kept(resource) + more > limit:
            yield _refusal(asked.project, resource, parts, limit=limit, used=used)


def _used(asked: Asked, resource: Resource) -> int:
    readings = {} if asked.view is None else asked.view.readings.get(resource.service, {})
    usage = readings.get(resource)
    used = 0 if usage is None else (usage.used or 0) + usage.reserved
    groups = readings.get(_GROUPS)
    return used if groups and groups.used else used + _FROM_THE_START.get(resource, 0)


def _refusal(
    project: ProjectSpec, resource: Resource, parts: list[tuple[Address, int]], *, limit: Limit, used: int
) -> Refusal:
    def text(amount: int) -> str:
        return limit_text(resource.service, resource.key, amount)

    more, kept = sum(amount for _, amount in parts), project.kept(resource)
    shown = ", ".join(f"{address.kind} {address.key} {text(amount)}" for address, amount in parts[:_SHOWN])
    others = f" and {len(parts) - _SHOWN} more" if len(parts) > _SHOWN else ""
    key, enough = resource.key, text(used + kept + more)
    message = (
        f"does not fit the project's quota: {text(more)} more of {resource} is asked for ({shown}{others}), "
        f"and of {text(limit)} there are {text(used)} in use"
    )
    remedy = f"raise the limit of {key} to at least {enough}, ask for less, or free some"
    if kept:
        message = (
            f"does not fit the project's quota: {text(more)} more of {resource} is asked for ({shown}{others}), "
            f"and of {text(limit)} there are {text(used)} in use and {text(kept)} kept for migrations, "
            f"{shares_text(project, resource)} by wave/application"
        )
        remedy = (
            f"raise the limit of {key} to at least {enough}, ask for less, free some, or wait until these have ended"
        )
    return Refusal(address=parts[0][0], resource=resource, message=message, remedy=remedy)
