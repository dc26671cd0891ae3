"""A look beside what was open before it: what closes, what opens, what is known now.

What is as it was costs next to nothing, for of a province's servers hardly any change between two looks. The rules of a
look as a whole are here; those of one resource are in `tracking`.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from monitoring.metering.dating import Window, whole
from monitoring.metering.tracking import Track
from provisioner.clouds.interface import ProjectId
from provisioner.usage.coverage import Span
from provisioner.usage.intervals import Interval, Ledger, Open, Outcome, Standing, Verdict
from provisioner.usage.sightings import Extent, Look, ResourceId, Sighting

#: Of the time between looks that is asked for: a gap of more is not covered.
BRIDGED_INTERVALS: Final = 3


def meter(look: Look, ledger: Ledger) -> Outcome:
    """What a look changes in its scope. The same look again changes nothing.

    `ledger.ended` MUST have those of the look's ids that are not open and were metered before.
    """
    at, newest = _span(look), ledger.standing.newest
    if newest is not None and (at.start < newest or at.end <= newest):
        return Outcome(verdict=Verdict.LATE, standing=ledger.standing)
    passing = _Passing(look, ledger)
    passing.changed()
    if look.extent is Extent.ALL and not look.failed:
        passing.absent()
    return passing.outcome()


class _Passing:
    """One look passing over one ledger."""

    def __init__(self, look: Look, ledger: Ledger) -> None:
        self._look, self._ledger, self._span = look, ledger, _span(look)
        self._seen = {each.id: each for each in look.sightings}
        self._closed: list[Interval] = []
        self._opened: list[Open] = []
        self._removed: set[ResourceId] = set()

    def changed(self) -> None:
        """Follow whatever is not as it was."""
        history: defaultdict[ResourceId, list[Sighting]] = defaultdict(list)
        for each in self._look.history:
            history[each.id].append(each)
        before = self._ledger.open
        for name, now in self._seen.items():
            known = before.get(name)
            if known is None or name in history or not _as_before(now, known):
                self._follow(name, [*history.pop(name, ()), now], known)
        for name, past in history.items():
            self._follow(name, past, before.get(name))

    def absent(self) -> None:
        """Close what a look at everything does not list.

        Rule "absent": at the later look; but where nobody looked for too long, what is gone was carried no further than
        the last look that saw it. Of a project that could not be read nothing is absent.
        """
        for name in self._ledger.open.keys() - self._seen.keys():
            known = self._ledger.open[name]
            if name in self._removed or known.condition.project in self._look.failed_projects:
                continue
            seen = self._seen_of(known.condition.project, known)
            track = self._track(name, known, seen)
            track.lose(self._span.end if self._bridges(seen) else seen.end)
            self._take(track, known)

    def outcome(self) -> Outcome:
        """All of it."""
        covered, uncovered = self._covered()
        return Outcome(
            verdict=Verdict.METERED,
            standing=self._standing(),
            closed=tuple(self._closed),
            opened=tuple(self._opened),
            removed=frozenset(self._removed),
            covered=covered,
            uncovered=uncovered,
        )

    def _follow(self, name: ResourceId, sightings: list[Sighting], known: Open | None) -> None:
        project = sightings[-1].project if known is None else known.condition.project
        track = self._track(name, known, self._seen_of(project, known))
        track.follow(sightings)
        self._take(track, known)

    def _track(self, name: ResourceId, known: Open | None, seen: Span) -> Track:
        window = Window(since=seen.start, until=self._span.end, ahead=self._look.clock_ahead)
        ended = self._ledger.ended.get(name)
        return Track(scope=self._ledger.scope, id=name, window=window, open=known, ended=ended)

    def _take(self, track: Track, known: Open | None) -> None:
        self._closed.extend(track.closed)
        if track.open is None:
            if known is not None:
                self._removed.add(track.id)
        elif track.open is not known:
            self._opened.append(track.open)

    def _seen_of(self, project: ProjectId, known: Open | None) -> Span:
        """The last look that told of a project. Rule "first": before any, nothing is metered, so it is this one's end.

        Where only partial looks were before, what they saw was there at their end.
        """
        seen = self._ledger.standing.seen(project)
        if seen is not None:
            return seen
        first = self._span.end if known is None else known.first_look
        return Span(start=first, end=first)

    def _bridges(self, seen: Span) -> bool:
        return self._span.end - seen.end <= self._look.every * BRIDGED_INTERVALS

    def _standing(self) -> Standing:
        """Rule "partial": a look that missed something somewhere tells how far nothing is known; see `Look.failed`."""
        before = self._ledger.standing
        if self._look.failed:
            return Standing(last=before.last, newest=self._span.end, behind=before.behind)
        never = Span(start=self._span.end, end=self._span.end)
        behind = {each: before.seen(each) or never for each in self._look.failed_projects}
        return Standing(last=self._span, newest=self._span.end, behind=behind)

    def _covered(self) -> tuple[Span | None, Mapping[ProjectId, Span]]:
        """Rule "coverage": the time between two looks is known where it is no longer than three times what was asked for."""
        standing = self._ledger.standing
        if self._look.failed or standing.last is None:
            return None, {}
        covered = Span(start=standing.last.end, end=self._span.end) if self._bridges(standing.last) else None
        back = {each: seen for each, seen in standing.behind.items() if each not in self._look.failed_projects}
        uncovered = {
            each: Span(start=seen.end, end=self._span.end) for each, seen in back.items() if not self._bridges(seen)
        }
        return covered, uncovered


def _as_before(now: Sighting, known: Open) -> bool:
    before = known.condition
    return (
        now.state is before.state
        and now.sizes == before.sizes
        and now.variant == before.variant
        and now.project == before.project
    )


def _span(look: Look) -> Span:
    """From the look's beginning to its end, in whole seconds as all that is metered."""
    return Span(start=whole(look.began), end=whole(look.ended))
