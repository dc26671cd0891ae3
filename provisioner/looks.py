"""Looks at clouds that are shared by all who ask at the same time.

Every plan needs a look that began after it was asked for, and no look tells a cloud anything: so whoever asks while one
is under way waits for the next, and all who wait share that one. Many who ask at once cost two looks in place of many.
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import TypeAlias

from provisioner.clouds.cloud import Cloud
from provisioner.observation import Observation
from provisioner.observe import Wanted, narrowed, observe, together
from tenants.names import CloudName, DomainName
from tenants.spec import CloudSpec

#: Opens a cloud by its manifest. Raises CloudError where it cannot be used.
Connect: TypeAlias = Callable[[CloudSpec], Cloud]

#: Looks are shared for one domain of one cloud: its name, its key in clouds.yaml, the domain.
_Subject: TypeAlias = tuple[CloudName, str, DomainName]


@dataclass(slots=True)
class _Next:
    """A look that has not begun: whoever asks joins it, and its first asker makes it for all."""

    wanted: Wanted
    seen: Future[Observation] = field(default_factory=Future)


@dataclass(slots=True)
class _Line:
    """Those who wait for one cloud."""

    #: Held while a look at it is under way.
    looking: Lock = field(default_factory=Lock)
    next: _Next | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """One process's looks at clouds; safe to share between threads. A slow cloud holds up only who asks for it."""

    connect: Connect
    now: Callable[[], datetime]
    _lines: dict[_Subject, _Line] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def look(self, spec: CloudSpec, wanted: Wanted) -> Observation:
        """What was seen of a cloud in a look that began after this call did.

        Raises CloudError where the cloud as a whole cannot be read; so does everybody who shared the look.
        """
        line, mine, first = self._join((spec.name, spec.clouds_yaml, wanted.domain), wanted)
        if first:
            self._make(line, mine, spec)
        return narrowed(mine.seen.result(), wanted)

    def _join(self, subject: _Subject, wanted: Wanted) -> tuple[_Line, _Next, bool]:
        """The next look, with what is wanted added to it, and whether it is the caller's to make."""
        with self._lock:
            line = self._lines.setdefault(subject, _Line())
            if line.next is not None:
                line.next.wanted = together(line.next.wanted, wanted)
                return line, line.next, False
            line.next = _Next(wanted)
            return line, line.next, True

    def _make(self, line: _Line, mine: _Next, spec: CloudSpec) -> None:
        """Wait for the look under way to end, then look for all who joined until then."""
        try:
            with line.looking:
                self._close(line)
                mine.seen.set_result(observe(self.connect(spec), mine.wanted, now=self.now))
        except BaseException as error:
            if line.next is mine:  # interrupted while it waited: nobody else would make the look
                self._close(line)
            mine.seen.set_exception(error)
            raise

    def _close(self, line: _Line) -> None:
        """From here on whoever asks waits for the look after this one."""
        with self._lock:
            line.next = None
