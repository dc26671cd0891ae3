"""How long each resource was as it was: what metering makes of looks, and what the store keeps.

An interval is one resource in one project, variant, state and size, from a moment to a moment. Each moment says how it
is known and between which times it must lie, so that every sum has bounds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from provisioner.clouds.interface import ProjectId
from provisioner.usage.coverage import Span
from provisioner.usage.sightings import ResourceId, Scope, Sizes, State, Variant


class Evidence(StrEnum):
    """How a moment is known."""

    #: The cloud's API gives the time itself, and it lies between the two looks.
    API = "api"
    #: The same, by a clock that is known to be off: put right by as much, exact to a second.
    CORRECTED = "corrected"
    #: The API gives the time of the last change of any kind: it was no later.
    BOUND = "bound"
    #: The API says nothing: it lies between two looks.
    LOOK = "look"
    #: The API gives a time that cannot be, outside the two looks; it was drawn to the nearer one.
    CLAMPED = "clamped"
    #: Nothing happened: an interval was cut at the beginning of a month, to be kept with its month.
    CUT = "cut"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When something happened, in whole seconds: metered as `at`, truly no earlier than `earliest`, nor after `latest`."""

    at: datetime
    evidence: Evidence
    earliest: datetime
    latest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What is metered apart: where any of it changes, one interval ends and another begins."""

    project: ProjectId
    variant: Variant
    state: State
    sizes: Sizes


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """An interval that has not ended as far as anybody saw."""

    id: ResourceId
    condition: Condition
    start: Moment
    #: The end of the look that found it.
    first_look: datetime
    #: When it was launched, as it was known then; tells a new launch from the old one.
    launched_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An interval that has ended. `start.at <= end.at`; the two may be equal."""

    scope: Scope
    id: ResourceId
    condition: Condition
    start: Moment
    end: Moment
    #: The ends of the looks that found it and that found its end.
    first_look: datetime
    last_look: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a scope is known. A look is a span here: from its beginning to its end."""

    #: The last look that told of all its scope, but for the projects that are `behind`; None before the first.
    last: Span | None = None
    #: When the newest look ended that was used at all.
    newest: datetime | None = None
    #: Projects that could not be read since: the last look that did read them.
    behind: Mapping[ProjectId, Span] = field(default_factory=dict)

    def seen(self, project: ProjectId) -> Span | None:
        """The last look that told of a project: an open interval of it counts up to this look's end."""
        return self.behind.get(project, self.last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What is known of a scope before a look: what the rules need beside the look itself."""

    scope: Scope
    standing: Standing = field(default_factory=Standing)
    open: Mapping[ResourceId, Open] = field(default_factory=dict)
    #: When resources that are not open were last metered to; at least of those ids that the look speaks of.
    ended: Mapping[ResourceId, datetime] = field(default_factory=dict)


class Verdict(StrEnum):
    """What became of a look."""

    METERED = "metered"
    #: It began before the newest one ended, or is that one once more: it changes nothing.
    LATE = "late"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a look changes. Whatever is in none of these stays as it is."""

    verdict: Verdict
    standing: Standing
    closed: tuple[Interval, ...] = ()
    #: New ones, and those that stand in the place of an open one of the same id.
    opened: tuple[Open, ...] = ()
    #: What is open no more.
    removed: frozenset[ResourceId] = frozenset()
    #: The time that the look makes known: from the last one's end to its own; None where that is too long, or it is the first.
    covered: Span | None = None
    #: What of it, or from before, is not known of a project after all.
    uncovered: Mapping[ProjectId, Span] = field(default_factory=dict)
