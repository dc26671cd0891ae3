"""The command's first moments."""

import signal
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from api.cli import entry


class Late(ModuleType):
    """Stands for the module `main`: notes how Ctrl-C is handled when something of it is imported, and when it is run."""

    def __init__(self) -> None:
        super().__init__("api.cli.main")
        self.seen: list[Any] = []

    def __getattr__(self, name: str) -> Callable[[], None]:
        """`main`, at the moment when it is imported."""
        if name != "main":
            raise AttributeError(name)
        self.seen.append(signal.getsignal(signal.SIGINT))
        return lambda: self.seen.append("run")


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> Iterator[Late]:
    """The module's place is taken, and Ctrl-C is handled as before afterwards."""
    before = signal.getsignal(signal.SIGINT)
    module = Late()
    monkeypatch.setitem(sys.modules, "api.cli.main", module)
    yield module
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_ends_the_process_while_it_imports(late: Late) -> None:
    """As the system does it, without a traceback; then the command is run."""
    entry.main()
    assert late.seen == [signal.SIG_DFL, "run"]
