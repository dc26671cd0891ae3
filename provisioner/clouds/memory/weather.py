"""What goes wrong with a cloud in memory, how long it takes, and what was called.

Calls are named after the port: `identity.projects`, `compute.set_limits`, `capabilities`.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

from provisioner.errors import CloudError


class When(Enum):
    """At which moment a trouble strikes."""

    BEFORE = "before"
    #: The call has taken effect, and its answer is lost.
    AFTER = "after"
    #: The cloud says yes and does nothing.
    INSTEAD = "instead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that goes wrong with calls of one name."""

    when: When = When.BEFORE
    #: None only with INSTEAD.
    error: CloudError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaking:
    """A call that carries bytes and breaks off in their midst."""

    #: How many bytes pass before.
    after_bytes: int
    error: CloudError


class Weather:
    """Troubles to come, latency and the log of calls. Safe to share between threads."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep
        self._lock = threading.Lock()
        self._coming: dict[str, list[Trouble]] = {}
        self._breaking: dict[str, list[Breaking]] = {}
        self._calls: Counter[str] = Counter()
        self._requests = 0
        #: Seconds that every call takes.
        self.latency = 0.0

    def fail(self, call: str, error: CloudError, *, times: int = 1, after_acting: bool = False) -> None:
        """The next calls of that name raise the error; with `after_acting`, once they have taken effect."""
        trouble = Trouble(when=When.AFTER if after_acting else When.BEFORE, error=error)
        self._expect(call, trouble, times)

    def ignore(self, call: str, *, times: int = 1) -> None:
        """The next writes of that name are answered with success and change nothing."""
        self._expect(call, Trouble(when=When.INSTEAD), times)

    def break_off(self, call: str, error: CloudError, *, after_bytes: int, times: int = 1) -> None:
        """The next calls of that name, which carry bytes, let so many of them pass and raise the error."""
        with self._lock:
            self._breaking.setdefault(call, []).extend([Breaking(after_bytes=after_bytes, error=error)] * times)

    def breaking(self, call: str) -> Breaking | None:
        """Where a call of that name is to break off, if anywhere; asked once for each."""
        with self._lock:
            coming = self._breaking.get(call)
            return coming.pop(0) if coming else None

    def clear(self) -> None:
        """No more trouble, no latency."""
        with self._lock:
            self._coming.clear()
            self._breaking.clear()
            self.latency = 0.0

    @property
    def calls(self) -> Mapping[str, int]:
        """How often each call was made, the failed ones included."""
        with self._lock:
            return dict(self._calls)

    @property
    def requests(self) -> int:
        """How many requests the calls would have taken on OpenStack."""
        with self._lock:
            return self._requests

    @contextmanager
    def passing(self, call: str, *, requests: int = 1) -> Iterator[bool]:
        """Make a call through the weather: whether it is to take effect. Raises what is to come, before or after."""
        trouble = self._begin(call, requests)
        if self.latency:
            self._sleep(self.latency)
        if trouble is not None and trouble.when is When.BEFORE and trouble.error is not None:
            raise trouble.error
        yield trouble is None or trouble.when is not When.INSTEAD
        if trouble is not None and trouble.when is When.AFTER and trouble.error is not None:
            raise trouble.error

    def _begin(self, call: str, requests: int) -> Trouble | None:
        with self._lock:
            self._calls[call] += 1
            self._requests += requests
            coming = self._coming.get(call)
            return coming.pop(0) if coming else None

    def _expect(self, call: str, trouble: Trouble, times: int) -> None:
        with self._lock:
            self._coming.setdefault(call, []).extend([trouble] * times)
