"""How long the reference application stands while something is done to its server, seen from outside."""

import threading
import time
from typing import Self

from tests.acceptance.guests.site import ReferenceSite


class Watch:
    """Asks for a server's page every 50 ms while something is done, and notes when its line last went on."""

    def __init__(self, site: ReferenceSite, name: str) -> None:
        self._site, self._name = site, name
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        #: The longest time between two new lines, seconds.
        self.gap = 0.0
        self._last, self._since = 0, time.monotonic()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
        if self._last:  # a pause that has not ended counts as far as it went
            self.gap = max(self.gap, time.monotonic() - self._since)

    def _look(self) -> None:
        while not self._end.wait(0.05):
            line = self._site.last_line(self._name)
            if line > self._last:
                self.gap = max(self.gap, time.monotonic() - self._since if self._last else 0.0)
                self._last, self._since = line, time.monotonic()
