"""What became of one resource between two looks: its open interval and its sightings to closed intervals and an open one.

A track follows one resource through a window. Each step ends the interval that is open and begins the next; a step never
lies before the one before it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from monitoring.metering.dating import Window
from provisioner.usage.intervals import Condition, Interval, Moment, Open
from provisioner.usage.sightings import ResourceId, Scope, Sighting, Sort, State

#: States that only a launch leaves: whatever comes after it, the server ran from its launch on.
_UNLAUNCHED: Final = frozenset({State.BUILDING, State.SHELVED, State.SHELVED_OFFLOADED})
#: States that begin with a launch of their own: Nova renews `launched_at` as it enters them.
_LAUNCHING: Final = frozenset({State.RESIZED, State.RESCUED})


def condition_of(sighting: Sighting) -> Condition:
    """What of a sighting is metered."""
    return Condition(project=sighting.project, variant=sighting.variant, state=sighting.state, sizes=sighting.sizes)


def _launched_state(before: State, wanted: State) -> State:
    """The state right after a launch, where only the states before it and now are known."""
    if wanted in _LAUNCHING:
        return wanted
    return State.ACTIVE if before in _UNLAUNCHED else before


@dataclass(slots=True, kw_only=True)
class Track:
    """One resource on its way through a window."""

    scope: Scope
    id: ResourceId
    window: Window
    #: The interval that is open; None before the resource began and after it ended.
    open: Open | None = None
    #: When it was last metered to, where it was before; it never begins earlier.
    ended: datetime | None = None
    closed: list[Interval] = field(default_factory=list)

    def follow(self, sightings: Iterable[Sighting]) -> None:
        """All that the look says of the resource, oldest first."""
        for each in sightings:
            if each.gone:
                self._end(each)
            elif self.open is None:
                self._begin(each)
            else:
                self._change(each)

    def lose(self, at: datetime) -> None:
        """The look would have listed it and did not: rule "absent"."""
        self._close(self.window.at(at))

    def _begin(self, sighting: Sighting) -> None:
        """Rule "begin": from its creation, or launch, where that lies in the window; else from the later look.

        A creation before the window tells that the earlier look did not see what was there; nobody knows since when it may
        be counted, so it is counted from the look that saw it.
        """
        condition, created, launched = condition_of(sighting), sighting.created_at, sighting.launched_at
        if self.scope.sort is Sort.SERVER and self.window.holds(created) and launched and launched > created:
            self._start(self.window.exactly(created), replace(condition, state=State.BUILDING), launched_at=None)
            self._change(sighting)
        else:
            self._start(self._beginning(sighting), condition, launched_at=launched)

    def _beginning(self, sighting: Sighting) -> Moment:
        window = self.window
        if sighting.created_at is not None and window.precedes(sighting.created_at):
            return window.exactly(sighting.created_at)
        for known in (sighting.created_at, sighting.launched_at, sighting.changed_at):
            if window.holds(known):
                return window.exactly(known)
        return window.at_the_later_look()

    def _change(self, sighting: Sighting) -> None:
        """Rule "change": another project, variant, state or size. A launch dates a size; the state may follow later."""
        if self.open is None:
            return
        wanted = condition_of(sighting)
        before = self.open.condition
        window, launch = self.window, sighting.launched_at
        resized = (before.variant, before.sizes) != (wanted.variant, wanted.sizes)
        entered = before.state is not wanted.state and wanted.state in _LAUNCHING
        dated = resized or entered or before.state in _UNLAUNCHED
        if dated and launch != self.open.launched_at and window.holds(launch):
            state = _launched_state(before.state, wanted.state)
            self._step(window.exactly(launch), replace(wanted, state=state), launch)
        if self.open.condition != wanted:
            exact = sighting.changed_at
            moment = window.exactly(exact) if exact is not None else window.no_later(sighting.updated_at)
            self._step(moment, wanted, launch)

    def _end(self, sighting: Sighting) -> None:
        """Rule "end": at its termination; else no later than its last change; else at the later look.

        What was never seen alive is metered only where it was created since the last look: had it been there before, that
        look would have seen it.
        """
        if self.open is None:
            if self.ended is not None or not self.window.holds(sighting.created_at):
                return
            self._begin(replace(sighting, state=self._last_state(sighting)))
        elif (self.open.condition.variant, self.open.condition.sizes) != (sighting.variant, sighting.sizes):
            launch = sighting.launched_at
            if self.window.holds(launch) and launch != self.open.launched_at:
                self._change(replace(sighting, state=self.open.condition.state, changed_at=launch))
        exact = sighting.terminated_at
        moment = self.window.exactly(exact) if exact is not None else self.window.no_later(sighting.updated_at)
        self._close(moment)

    def _last_state(self, sighting: Sighting) -> State:
        """What state a deleted resource must be taken to have been in that was never seen alive."""
        if self.scope.sort is Sort.SERVER:
            return State.BUILDING if sighting.launched_at is None else State.ACTIVE
        return State.OTHER

    def _start(self, moment: Moment, condition: Condition, *, launched_at: datetime | None) -> None:
        if self.ended is not None and moment.at < self.ended:
            moment = replace(
                moment, at=self.ended, earliest=max(moment.earliest, self.ended), latest=max(moment.latest, self.ended)
            )
        self.open = Open(
            id=self.id, condition=condition, start=moment, first_look=self.window.until, launched_at=launched_at
        )

    def _step(self, moment: Moment, condition: Condition, launched_at: datetime | None) -> None:
        after = self._close(moment)
        self._start(after, condition, launched_at=launched_at)

    def _close(self, moment: Moment) -> Moment:
        """End what is open; gives the moment as it was taken, never before the interval's beginning."""
        opened = self.open
        if opened is None:
            return moment
        start = opened.start
        if moment.at < start.at or moment.earliest < start.earliest:
            moment = Moment(
                at=max(moment.at, start.at),
                evidence=moment.evidence,
                earliest=max(moment.earliest, start.earliest),
                latest=max(moment.latest, start.at),
            )
        self.closed.append(
            Interval(
                scope=self.scope,
                id=self.id,
                condition=opened.condition,
                start=start,
                end=moment,
                first_look=opened.first_look,
                last_look=self.window.until,
            )
        )
        self.open, self.ended = None, moment.at
        return moment
