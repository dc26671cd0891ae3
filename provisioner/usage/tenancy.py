"""Which tenant a Keystone project belongs to, from when to when: what is used in it is that tenant's while it lasts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from provisioner.clouds.interface import ProjectId
from provisioner.usage.coverage import Span
from tenants.names import CloudName, TenantName


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenancy:
    """A project in a tenant's hands. Those of one project never overlap."""

    cloud: CloudName
    project: ProjectId
    tenant: TenantName
    #: The project's name in Keystone at the time.
    name: str
    since: datetime
    #: None for as long as nobody knows otherwise.
    until: datetime | None = None


def reaching_back(tenancies: Sequence[Tenancy], unknown: Iterable[Span]) -> Sequence[Tenancy]:
    """The tenancies of one project, oldest first, of which the first begins where what led up to it began to be unknown.

    Who has a project is first known when somebody looks. Of a time without looks, which are given, nobody can say that the
    tenant did not have it: what was used then is missing from its statement, which must say so.
    """
    if not tenancies:
        return tenancies
    first = tenancies[0]
    before = (each.start for each in unknown if each.start < first.since <= each.end)
    return (replace(first, since=min(before, default=first.since)), *tenancies[1:])


def shares(tenancies: Iterable[Tenancy], period: Span) -> Iterator[tuple[TenantName | None, Span]]:
    """Who had a project when: the period in parts, in order; None where nobody is known to have had it.

    Two parts after one another are never of the same: a project that was renamed is not told of twice.
    """
    found: list[tuple[TenantName | None, Span]] = []
    for tenant, part in _parts(tenancies, period):
        if found and found[-1][0] == tenant:
            found[-1] = tenant, Span(start=found[-1][1].start, end=part.end)
        else:
            found.append((tenant, part))
    return iter(found)


def _parts(tenancies: Iterable[Tenancy], period: Span) -> Iterator[tuple[TenantName | None, Span]]:
    """The period by tenancies, each following the one before."""
    reached = period.start
    for each in sorted(tenancies, key=lambda each: each.since):
        ending = period.end if each.until is None else each.until
        part = Span(start=each.since, end=max(each.since, ending)).within(period)
        if part.end <= max(part.start, reached):
            continue
        if part.start > reached:
            yield None, Span(start=reached, end=part.start)
        yield each.tenant, Span(start=max(part.start, reached), end=part.end)
        reached = part.end
    if reached < period.end:
        yield None, Span(start=reached, end=period.end)
