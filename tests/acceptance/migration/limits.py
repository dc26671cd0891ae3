"""What a wave had under way at once, by the clouds' own logs of requests and by the record of events, held against its limits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from devcloud.handle import Mark
from devcloud.records import RequestRecord
from tests.acceptance.migration.many import Many, Member
from tests.acceptance.traffic import sent

#: From when to when, seconds since the epoch.
Span = tuple[float, float]
_REFUSED: Final = 400


def most_at_once(spans: Iterable[Span]) -> int:
    """How many of these were under way at one moment, at most."""
    turns = sorted((at, change) for begin, end in spans for at, change in ((begin, 1), (end, -1)))
    now = most = 0
    for _, change in turns:  # an end before a beginning of the same moment
        now += change
        most = max(most, now)
    return most


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One application's move, as the clouds saw it and as it was written down."""

    #: From the first request to act on its server to the end of the last.
    acted: Span
    #: From the order to move to the last look before the move counted as done.
    moving: Span
    #: From its first step to its last state.
    recorded: Span
    #: Nova's own word: the hosts.
    source: str
    target: str
    #: How often its server was acted on, by the log.
    actions: int
    #: All requests that name its server.
    requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A wave within one cloud that has ended."""

    many: Many
    wave: str
    since: Mark

    def moves(self) -> Mapping[str, Moved]:
        """Each application's."""
        asked = [each for each in sent(self.many.devcloud, self.since) if each.service == "nova"]
        events = self.many.happened(self.wave)
        servers = {str(each["name"]): str(each["id"]) for each in self.many.city.servers(self.many.home)}
        return {each.name: self._moved(each, servers[each.name], asked, events) for each in self._members(events)}

    def _members(self, events: Sequence[Any]) -> list[Member]:
        moved = {name for name, *_ in events}
        return [each for each in self.many.members if each.name in moved]

    def _moved(self, member: Member, server: str, asked: Sequence[RequestRecord], events: Sequence[Any]) -> Moved:
        ours = [each for each in asked if f"/servers/{server}" in each.path]
        acts = [each for each in ours if each.method == "POST" and (each.status or _REFUSED) < _REFUSED]
        own = [(what, at, detail) for name, what, at, detail in events if name == member.name]
        arrived = next(at for what, at, each in own if what == "step" and _is_move(each) and each["to"] == "done")
        order = acts[1]  # it is locked, moved, confirmed where it moved cold, and unlocked
        looked = max(end_of(each) for each in ours if order.time < end_of(each) <= arrived)
        nova = max(self._migrations(server), key=lambda each: str(each["created_at"]))
        return Moved(
            acted=(acts[0].time, end_of(acts[-1])),
            moving=(order.time, looked),
            recorded=(own[0][1], own[-1][1]),
            source=nova["source_compute"],
            target=nova["dest_compute"],
            actions=len(acts),
            requests=len(ours),
        )

    def _migrations(self, server: str) -> list[dict[str, Any]]:
        path = f"/os-migrations?instance_uuid={server}"
        return list(self.many.city.admin.call("GET", "nova", path)["migrations"])


def end_of(request: RequestRecord) -> float:
    """When it was answered."""
    return request.time + request.duration_ms / 1000


def _is_move(detail: Mapping[str, Any]) -> bool:
    return detail["step"] in {"move-live", "move-cold"}


def uploads(many: Many, since: Mark) -> list[Span]:
    """When disks arrived in the district's image store."""
    return [
        (each.time, end_of(each))
        for each in sent(many.devcloud, since)
        if (each.cloud, each.service, each.method) == ("district", "glance", "PUT")
        and urlsplit(each.path).path.endswith("/file")
    ]


def served(many: Many, wave: str) -> Mapping[str, Span]:
    """From the first step of each application to when it served at its target, by the record."""
    events = many.happened(wave)
    begun = {name: at for name, _, at, _ in reversed(events)}
    ended = {name: at for name, what, at, detail in events if what == "state" and detail["state"] == "accepted"}
    return {name: (at, ended[name]) for name, at in begun.items()}


def summary(log: Mapping[str, Moved]) -> str:
    """What a wave within a cloud came to, in a line."""
    whole = max(each.recorded[1] for each in log.values()) - min(each.recorded[0] for each in log.values())
    longest = max(each.moving[1] - each.moving[0] for each in log.values())
    requests = sorted(each.requests for each in log.values())
    return (
        f"{len(log)} applications in {whole:.0f} s, the longest move {longest:.1f} s, requests about each server "
        f"{requests[0]} to {requests[-1]}"
    )
