"""What is to be done about projects whose time runs out, by the calendar day in China. Pure.

`validUntil` is the last day of use: a project ends in 0 days on that day, and its time is over on the next.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tenants.names import TenantName
from tenants.policy import EndOfUse
from tenants.spec import City, ProjectSpec, ProjectState


class Step(StrEnum):
    """What is done about a project."""

    #: Whoever uses it is told.
    NOTICE = "notice"
    #: Its limits go down to what it uses.
    RESTRICT = "restrict"
    #: People are asked to have it retired.
    RETIRE = "retire"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """One thing to be done about one project."""

    step: Step
    tenant: TenantName
    project: ProjectSpec
    #: The last day of use.
    until: date
    #: Days from today to that day; below 0 once it is over.
    days: int
    #: For a notice, which of the policy's it is, by its days before the end.
    notice: int | None = None


def ends_in(project: ProjectSpec, today: date) -> int | None:
    """Days to the last day of use, below 0 once it is over; None for one that is permanent, or given back."""
    if project.valid_until is None or not project.is_active:
        return None
    return (project.valid_until - today).days


def notice_due(project: ProjectSpec, today: date, rule: EndOfUse) -> int | None:
    """The notice that is to be given by today, by its days before the end; None where none is, or its time is over.

    The nearest one alone: whoever hears of a project late hears of it once.
    """
    days = ends_in(project, today)
    if days is None or days < 0:
        return None
    return min((each for each in rule.notices if days <= each), default=None)


def endings(city: City, today: date) -> Iterator[Ending]:
    """All that is to be done today, whatever of it was done before; by tenant and project."""
    rule = city.policy.end_of_use
    for name in sorted(city.tenants):
        for project in sorted(city.tenants[name].projects, key=lambda each: each.name):
            days = ends_in(project, today)
            if days is None or project.valid_until is None:
                continue
            for step, notice in _steps(project, days, today, rule):
                yield Ending(
                    step=step, tenant=name, project=project, until=project.valid_until, days=days, notice=notice
                )


def _steps(project: ProjectSpec, days: int, today: date, rule: EndOfUse) -> Iterator[tuple[Step, int | None]]:
    notice = notice_due(project, today, rule)
    if notice is not None:
        yield Step.NOTICE, notice
    if days < 0 and rule.restrict and project.state is ProjectState.ACTIVE:
        yield Step.RESTRICT, None
    if rule.retire_after is not None and days < -rule.retire_after:
        yield Step.RETIRE, None
