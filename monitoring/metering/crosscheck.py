"""Our month beside Nova's own: `os-simple-tenant-usage` counts servers too, by rules of its own.

Nova counts each server from its *latest* launch to its termination, in its *present* flavor, in whatever state (`GET
/os-simple-tenant-usage?detailed=1`, compute API reference). A resize, its reverting, a rescue, an unshelving and a rebuild are
launches: what was before them Nova forgets. That part of our sum is set aside; what then remains between the two is for an auditor to look at.
Servers that are being built count in neither.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from monitoring.metering.dating import whole
from monitoring.metering.sums import seconds_of
from provisioner.clouds.interface import ProjectId
from provisioner.usage.coverage import Span
from provisioner.usage.quantities import Piece, Quantity
from provisioner.usage.sightings import ResourceId, Sizes, Sort, State

_MEBIBYTE: Final = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class NovaServer:
    """One of Nova's `server_usages`, of a project's usage or several pages of it."""

    id: ResourceId
    project: ProjectId
    vcpus: int
    memory_mb: int
    #: Its latest launch; None where it never was, which Nova counts as nothing.
    started_at: datetime | None
    #: None while it is there.
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSeconds:
    """What a project's servers amount to: seconds of servers, of vCPUs, of bytes of memory."""

    servers: Quantity = field(default_factory=Quantity)
    vcpus: Quantity = field(default_factory=Quantity)
    memory_bytes: Quantity = field(default_factory=Quantity)

    def __add__(self, other: "ServerSeconds") -> "ServerSeconds":
        return ServerSeconds(
            servers=self.servers + other.servers,
            vcpus=self.vcpus + other.vcpus,
            memory_bytes=self.memory_bytes + other.memory_bytes,
        )

    def measures(self) -> tuple[Quantity, Quantity, Quantity]:
        """All three, in order."""
        return self.servers, self.vcpus, self.memory_bytes


class Agreement(StrEnum):
    """How our sum stands to Nova's."""

    #: The same to the second.
    EQUAL = "equal"
    #: The same to the second but for what Nova forgets.
    NOVA_FORGETS = "nova-forgets"
    #: Different, but for what Nova forgets, by no more than our own bounds.
    WITHIN_BOUNDS = "within-bounds"
    #: Different, and nothing here says why.
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One project's servers within a period, by both."""

    project: ProjectId
    ours: ServerSeconds
    theirs: ServerSeconds
    #: What of ours lies before the latest launch that Nova knows.
    forgotten: ServerSeconds
    agreement: Agreement


def compare(ours: Iterable[Piece], theirs: Iterable[NovaServer], period: Span) -> tuple[Comparison, ...]:
    """Every project that either knows of, by id. Of our pieces only those of servers count."""
    pieces: defaultdict[ProjectId, list[Piece]] = defaultdict(list)
    for each in ours:
        if each.sort is Sort.SERVER and each.condition.state is not State.BUILDING:
            pieces[each.condition.project].append(each)
    servers: defaultdict[ProjectId, list[NovaServer]] = defaultdict(list)
    for server in theirs:
        servers[server.project].append(server)
    projects = sorted(pieces.keys() | servers.keys())
    return tuple(_comparison(project, pieces[project], servers[project], period) for project in projects)


def _comparison(project: ProjectId, pieces: Sequence[Piece], servers: Sequence[NovaServer], period: Span) -> Comparison:
    launches = {each.id: each.started_at for each in servers}
    ours = forgotten = ServerSeconds()
    for each in pieces:
        ours += _times(seconds_of(each, period), each.condition.sizes)
        if each.id in launches:
            launch = launches[each.id] or period.end
            before = Span(start=period.start, end=min(max(whole(launch), period.start), period.end))
            forgotten += _times(seconds_of(each, before), each.condition.sizes)
    theirs = _of_nova(servers, period)
    return Comparison(
        project=project, ours=ours, theirs=theirs, forgotten=forgotten, agreement=_agreement(ours, theirs, forgotten)
    )


def _agreement(ours: ServerSeconds, theirs: ServerSeconds, forgotten: ServerSeconds) -> Agreement:
    compared = list(zip(ours.measures(), theirs.measures(), forgotten.measures(), strict=True))
    if all(our.metered == nova.metered for our, nova, _ in compared):
        return Agreement.EQUAL
    if all(our.metered - lost.metered == nova.metered for our, nova, lost in compared):
        return Agreement.NOVA_FORGETS
    if all(our.least - lost.most <= nova.metered <= our.most - lost.least for our, nova, lost in compared):
        return Agreement.WITHIN_BOUNDS
    return Agreement.UNEXPLAINED


def _of_nova(servers: Iterable[NovaServer], period: Span) -> ServerSeconds:
    """Nova's sum in whole seconds, from the times that it gives: its hours are fractions and lose seconds."""
    total = ServerSeconds()
    for each in servers:
        if each.started_at is not None:
            ended = period.end if each.ended_at is None else min(whole(each.ended_at), period.end)
            seconds = Span(start=max(whole(each.started_at), period.start), end=ended).seconds
            sizes = Sizes(vcpus=each.vcpus, memory_bytes=each.memory_mb * _MEBIBYTE)
            total += _times(Quantity(metered=seconds, least=seconds, most=seconds), sizes)
    return total


def _times(seconds: Quantity, sizes: Sizes) -> ServerSeconds:
    return ServerSeconds(
        servers=seconds, vcpus=seconds.times(sizes.vcpus), memory_bytes=seconds.times(sizes.memory_bytes)
    )
