"""A province's month, made up: what every server was at every second, what looks at it see, and the sum by simple arithmetic.

The sum is made from the lives alone, without a line of the product's: one loop over lives and their parts. Sightings are made
anew for each look, as a collector makes them from JSON.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from provisioner.clouds.interface import ProjectId
from provisioner.usage.sightings import Look, ResourceId, Scope, Sighting, Sizes, Sort, State, Variant
from tenants.names import CloudName

CLOUD: Final = CloudName("province")
#: The month's first second, at which the first look ends.
BEGIN: Final = datetime(2027, 3, 1, tzinfo=UTC)
_GIB: Final = 2**30
_HOUR: Final = 3600
#: Memory for each vCPU, so that the province's 184,139 vCPU have its 493,198 GB or so.
_GIB_PER_VCPU: Final = 3
_FLAVORS: Final = (2, 4, 8, 16, 32)
_WEIGHTS: Final = (20, 28, 30, 16, 6)
#: Parts of all servers that something happens to in a month.
_RESIZED: Final = 0.05
_STOPPED: Final = 0.2
_DELETED: Final = 0.03
_CREATED: Final = 0.04
_SHORT_LIVED: Final = 0.01

#: What sums are kept apart by: project, state, vCPUs.
Key = tuple[int, str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is made up."""

    servers: int = 18_138
    projects: int = 594
    vcpus: int = 184_139
    #: The month's length.
    days: int = 31
    #: Whether more can happen to a server within an hour than one look can see: to be built and launched, to come and go.
    hectic: bool = True
    seed: int = 20270301


@dataclass(frozen=True, slots=True)
class Part:
    """What a server was from a second of the month on (negative: before it) until the next."""

    since: int
    state: str
    vcpus: int
    launched: int | None


@dataclass(slots=True)
class Life:
    """One server."""

    name: str
    project: int
    parts: list[Part]
    ended: int | None = None


@dataclass(slots=True)
class Province:
    """All lives of a month, in seconds since its beginning."""

    size: Size
    lives: list[Life] = field(default_factory=list)

    def __post_init__(self) -> None:
        chance = random.Random(self.size.seed)  # noqa: S311  # made-up servers, the same every time
        month = self.size.days * 24 * _HOUR
        for number, vcpus in enumerate(_vcpus(self.size, chance)):
            launched = -chance.randrange(1, 400 * 24 * _HOUR)
            part = Part(launched, "active", vcpus, launched)
            self.lives.append(self._lived(number, [part], chance, month))
        for number in range(round(self.size.servers * _CREATED)):
            short = self.size.hectic and number < self.size.servers * _SHORT_LIVED
            created = chance.randrange(_HOUR, month)
            launched = created + chance.randrange(5, 240)
            vcpus = chance.choice(_FLAVORS)
            parts = [Part(launched, "active", vcpus, launched)]
            if self.size.hectic:
                parts.insert(0, Part(created, "building", vcpus, None))
            life = self._lived(self.size.servers + number, parts, chance, month)
            if short:
                life.parts[2:] = []
                life.ended = launched + chance.randrange(60, 5 * _HOUR)
            self.lives.append(life)

    @property
    def seconds(self) -> int:
        """The month's length."""
        return self.size.days * 24 * _HOUR

    def truth(self, start: int, end: int) -> Counter[Key]:
        """Seconds of servers between two seconds of the month: plain arithmetic over the lives."""
        sums: Counter[Key] = Counter()
        for life in self.lives:
            ends = [part.since for part in life.parts[1:]] + [end if life.ended is None else life.ended]
            for part, until in zip(life.parts, ends, strict=True):
                lasted = min(until, end) - max(part.since, start)
                if lasted > 0:
                    sums[life.project, part.state, part.vcpus] += lasted
        return sums

    def _lived(self, number: int, parts: list[Part], chance: random.Random, month: int) -> Life:
        """A server's month after its beginning: hours of its life at which it is stopped, started, resized, deleted."""
        life = Life(f"{number:08x}-0000-4000-8000-000000000000", number % self.size.projects, parts)
        at = max(0, parts[-1].since)
        if chance.random() < _STOPPED:
            for _ in range(chance.randrange(1, 5)):
                at += chance.randrange(2 * _HOUR, 200 * _HOUR)
                before = life.parts[-1]
                state = "stopped" if before.state == "active" else "active"
                life.parts.append(Part(at, state, before.vcpus, before.launched))
        if chance.random() < _RESIZED:
            at += chance.randrange(2 * _HOUR, 200 * _HOUR)
            before = life.parts[-1]
            life.parts.append(Part(at, before.state, before.vcpus * 2, at))
        life.parts[:] = [part for part in life.parts if part.since < month]
        if chance.random() < _DELETED:
            soonest = 1 if self.size.hectic else 2 * _HOUR
            life.ended = max(life.parts[-1].since, at) + chance.randrange(soonest, 200 * _HOUR)
        return life


@dataclass(slots=True, kw_only=True)
class Looks:
    """Looks at a province: at which seconds, and what the API tells of times."""

    province: Province
    #: Seconds between two looks.
    every: int = _HOUR
    #: The looks (by number) that the cloud is away for, and those that miss every third server.
    away: range = range(0)
    partial: frozenset[int] = frozenset()
    #: Whether times are told: creation, launch, termination, and each action's.
    timed: bool = True

    @property
    def scope(self) -> Scope:
        """Servers where times are told, volumes where they are not."""
        return Scope(cloud=CLOUD, sort=Sort.SERVER if self.timed else Sort.VOLUME)

    def looks(self) -> Iterator[Look]:
        """One look after the other, the first at the month's beginning and the last at its end."""
        before = 0
        for number in range(self.province.seconds // self.every + 1):
            if number in self.away:
                continue
            now = number * self.every
            past, seen = self._seen(before, now, partial=number in self.partial)
            yield Look(
                scope=self.scope,
                began=_time(now),
                ended=_time(now),
                every=timedelta(seconds=self.every),
                sightings=tuple(seen),
                history=tuple(past),
                failed=("page 3: HTTP 504",) if number in self.partial else (),
            )
            if number not in self.partial:
                before = now

    def _seen(self, before: int, now: int, *, partial: bool) -> tuple[list[Sighting], list[Sighting]]:
        past: list[Sighting] = []
        seen: list[Sighting] = []
        for number, life in enumerate(self.province.lives):
            ended = life.ended
            if life.parts[0].since > now or (ended is not None and ended <= before) or (partial and number % 3 == 0):
                continue
            # Most are as they always were: what follows is for the few.
            place = len(life.parts) - 1
            while life.parts[place].since > now:
                place -= 1
            if ended is not None and ended <= now:
                if self.timed:
                    past.extend(self._sighting(life, part) for part in _between(life, before, place + 1))
                    seen.append(self._sighting(life, life.parts[place], gone=True))
                continue
            if self.timed and place and life.parts[place].since > before:
                past.extend(self._sighting(life, part) for part in _between(life, before, place))
            seen.append(self._sighting(life, life.parts[place]))
        return past, seen

    def _sighting(self, life: Life, part: Part, *, gone: bool = False) -> Sighting:
        timed, created = self.timed, life.parts[0].since
        return Sighting(
            id=ResourceId(life.name),
            project=ProjectId(f"{life.project:032x}"),
            variant=Variant(f"c{part.vcpus}"),
            state=State.DELETED if gone else State(part.state),
            sizes=sizes(part.vcpus),
            created_at=_time(created) if timed else None,
            launched_at=_time(part.launched) if timed and part.launched is not None else None,
            terminated_at=_time(life.ended) if gone and life.ended is not None else None,
            changed_at=_time(part.since) if timed else None,
        )


@cache
def sizes(vcpus: int) -> Sizes:
    """A server of so many vCPUs."""
    return Sizes(vcpus=vcpus, memory_bytes=vcpus * _GIB_PER_VCPU * _GIB, root_bytes=40 * _GIB)


def _between(life: Life, before: int, place: int) -> list[Part]:
    """The parts that began since the look before, up to that place."""
    return [part for part in life.parts[:place] if part.since > before]


@cache
def _time(second: int) -> datetime:
    return BEGIN + timedelta(seconds=second)


def _vcpus(size: Size, chance: random.Random) -> list[int]:
    """So many vCPUs for so many servers, in flavors of the usual sizes and a few odd ones."""
    drawn = chance.choices(_FLAVORS, _WEIGHTS, k=size.servers)
    missing, place = size.vcpus - sum(drawn), 0
    while missing:
        step = max(1 - drawn[place], min(missing, 8) if missing > 0 else max(missing, -8))
        drawn[place] += step
        missing -= step
        place = (place + 1) % size.servers
    return drawn
