"""Work in threads of its own, watched by the thread that wants it: so that it can be told of, and given up at once.

A thread that waits for a cloud cannot be interrupted. Whoever cancels does not wait for it: the threads are told to stop, which
most do at once, and one that hangs in a connection ends with that connection's time limit, without having written anything more.
They are daemons, so that they keep no process alive.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

#: Seconds between looks, and how long whoever gives up waits for the threads.
_BETWEEN_LOOKS: Final = 0.25
_PARTING: Final = 0.5

_Result = TypeVar("_Result")


class Work(Generic[_Result]):
    """A function in a thread."""

    def __init__(self, name: str, function: Callable[[], _Result]) -> None:
        self._function = function
        self._result: _Result
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def ended(self, seconds: float | None = None) -> bool:
        """Whether it has ended, or does within so many seconds; None waits as long as it takes."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def check(self) -> None:
        """Raise what the function raised, if it has ended that way."""
        if self._failure is not None:
            raise self._failure

    def result(self) -> _Result:
        """What the function gave once it has ended. Raises what it raised."""
        self.check()
        return self._result

    def _run(self) -> None:
        try:
            self._result = self._function()
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is asked for
            self._failure = error


def watch(works: Sequence[Work[_Result]], look: Callable[[], None], stop: Callable[[], None]) -> list[_Result]:
    """Wait for all works, looking at them a few times a second and once in the end; gives their results.

    What `look` raises, or one of the works, stops the others.
    """
    try:
        while waiting := [each for each in works if not each.ended(0)]:
            waiting[0].ended(_BETWEEN_LOOKS)
            look()
            for each in works:
                each.check()
        results = [each.result() for each in works]
        look()
    except BaseException:
        stop()
        deadline = time.monotonic() + _PARTING
        for each in works:
            each.ended(max(0.0, deadline - time.monotonic()))
        raise
    return results
