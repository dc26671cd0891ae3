"""The disturbance in force in a cloud, as its services see it: read again whenever its file changes, hits counted."""

import threading
import time
from collections import Counter
from pathlib import Path

from devcloud.faultrules import Disturbance, FaultRule, Work, WorkFault

_TICK_S = 0.1


class FaultFile:
    """The disturbance of one cloud, and the hits of each rule so far in this process."""

    def __init__(self, file: Path, *, service: str) -> None:
        self._file = file
        self._service = service
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._now = Disturbance()
        self._hits: Counter[str] = Counter()

    def decide(self, *, method: str, path: str) -> tuple[float, FaultRule | None]:
        """Return the latency for a request, in milliseconds, and the rule that strikes it, counting the hit."""
        with self._lock:
            self._refresh()
            for rule in self._now.rules:
                if self._hits[rule.id] < rule.count and rule.matches(service=self._service, method=method, path=path):
                    self._hits[rule.id] += 1
                    return self._now.latency_ms, rule
            return self._now.latency_ms, None

    def hinder(self, work: Work) -> WorkFault | None:
        """Return the fault that strikes a piece of work, counting the hit."""
        with self._lock:
            self._refresh()
            for fault in self._now.work:
                if fault.work is work and self._hits[fault.id] < fault.count:
                    self._hits[fault.id] += 1
                    return fault
            return None

    def undergo(self, work: Work) -> bool:
        """Let a fault's time pass, if one strikes this piece of work; return whether the work is to fail."""
        fault = self.hinder(work)
        if fault is None:
            return False
        end = time.monotonic() + fault.seconds
        while time.monotonic() < end and self.in_force(fault):
            time.sleep(_TICK_S)
        return fault.fails and self.in_force(fault)

    def in_force(self, rule: FaultRule | WorkFault) -> bool:
        """Return whether a rule has not been cleared."""
        with self._lock:
            self._refresh()
            known = {each.id for each in self._now.rules} | {each.id for each in self._now.work}
            return rule.id in known

    def _refresh(self) -> None:
        try:
            status = self._file.stat()
        except FileNotFoundError:
            self._seen, self._now = None, Disturbance()
            return
        mark = (status.st_ino, status.st_mtime_ns, status.st_size)
        if mark != self._seen:
            self._now = Disturbance.load(self._file.read_text(encoding="utf-8"))
            self._seen = mark
