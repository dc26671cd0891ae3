"""How fast bytes travel, from one look at the record to the next. Pure, but for the clock that is handed in."""

from collections import deque
from collections.abc import Iterable
from typing import Final

from provisioner.migration.identifiers import MigrationId
from provisioner.migration.migration import Step

#: Seconds of the past that a rate is the mean of.
_WINDOW: Final = 15.0
#: Looks that a rate is told from, at least.
_LOOKS: Final = 2
_Key = tuple[MigrationId, int]


class Rates:
    """Remembers how far each step was at the last looks."""

    def __init__(self) -> None:
        """Nothing was looked at yet."""
        self._seen: dict[_Key, deque[tuple[float, int]]] = {}

    def note(self, migration: MigrationId, steps: Iterable[Step], now: float) -> None:
        """Take down how far the steps under way are, at a time in seconds."""
        for step in steps:
            if step.done_bytes is None:
                continue
            seen = self._seen.setdefault((migration, step.spec.position), deque())
            if seen and step.done_bytes < seen[-1][1]:
                seen.clear()  # begun anew
            if not seen or step.done_bytes != seen[-1][1] or now - seen[-1][0] >= _WINDOW / 2:
                seen.append((now, step.done_bytes))
            while len(seen) > _LOOKS and now - seen[1][0] > _WINDOW:
                seen.popleft()

    def of(self, migration: MigrationId, steps: Iterable[Step]) -> float | None:
        """Bytes a second of all these together; None where it cannot be told yet."""
        rates = [rate for step in steps if (rate := self._rate((migration, step.spec.position))) is not None]
        return sum(rates) if rates else None

    def _rate(self, key: _Key) -> float | None:
        seen = self._seen.get(key)
        if not seen or len(seen) < _LOOKS:
            return None
        (began, first), (ended, last) = seen[0], seen[-1]
        return (last - first) / (ended - began) if ended > began else None
