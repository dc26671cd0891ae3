"""The frame of a live view: drawn again and again on a terminal, lines in logs and pipes, nothing left behind at its end.

`progress`, `watching` and `migrations.watch` say what is in it.
"""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Final, Self

from rich.console import Console, RenderableType
from rich.live import Live

from api.render.page import Page

_REFRESHES_PER_SECOND: Final = 4
#: Of what does not fit on a terminal, at least so much is shown.
_FEWEST: Final = 3


class LiveView(ABC):
    """Something that goes on, shown live. Use it as a context manager."""

    def __init__(self, console: Console) -> None:
        """It begins to be drawn when it is entered."""
        self._console = console
        self._page = Page(console)
        self._live: Live | None = None

    def __enter__(self) -> Self:
        """Begin to show."""
        if self._drawn:
            self._live = Live(
                get_renderable=self._render,
                console=self._console,
                refresh_per_second=_REFRESHES_PER_SECOND,
                transient=True,
            )
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take the live view away."""
        if self._live is not None:
            self._live.stop()

    @property
    def _drawn(self) -> bool:
        """Whether it is drawn; where it is not, lines tell what changes."""
        return self._page.interactive

    def _room(self, others: int) -> int:
        """How many lines of the terminal there are beside so many others."""
        return max(self._console.height - others, _FEWEST)

    @abstractmethod
    def _render(self) -> RenderableType:
        """What is drawn now."""


class Watch(LiveView):
    """A live view of what may be out of sight for a while, and goes on all the same."""

    def __init__(self, console: Console) -> None:
        """In sight at first."""
        super().__init__(console)
        #: Why it is out of sight; None where it is not.
        self._lost: str | None = None

    def _regain(self, text: str) -> None:
        """It is in sight; this says so where it was not."""
        if self._lost is not None:
            self._lost = None
            self._tell(text)

    def _tell(self, text: str) -> None:
        """A line, where nothing is drawn that says the same."""
        if not self._drawn:
            self._page.line(text)
