"""The devcloud as a context manager, for pytest and for benchmarks.

A test run shares one: the clouds take half a minute to start. In ``tests/conftest.py``::

    @pytest.fixture(scope="session")
    def devcloud() -> Iterator[Devcloud]:
        with running(clouds=("city", "district")) as started:
            yield started
"""

import contextlib
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from devcloud import launch
from devcloud.environment import Progress
from devcloud.handle import Devcloud
from devcloud.layout import StateFolder
from devcloud.records import CloudName, CloudOptions

__all__ = ["Devcloud", "running"]


@contextlib.contextmanager
def running(
    clouds: Sequence[str] = ("city", "district"),
    *,
    state: Path | None = None,
    options: CloudOptions | None = None,
    groups: Path | None = None,
    progress: Progress | None = None,
) -> Iterator[Devcloud]:
    """Run a devcloud for the time of the block; it ends with this process at the latest, even on ``kill -9``.

    Args:
        clouds: names of the clouds.
        state: folder to keep it in; a temporary one, removed afterwards, when None.
        options: sizes and modes; the defaults when None.
        groups: a file with further Keystone groups.
        progress: told what goes on; lines on standard error when None.

    Raises:
        DevcloudError: it could not be started.
    """
    with contextlib.ExitStack() as stack:
        folder = state or Path(tempfile.mkdtemp(prefix="devcloud-"))
        wanted = launch.Wanted(
            clouds=tuple(CloudName(name) for name in clouds),
            options=options or CloudOptions(),
            groups=groups.resolve() if groups else None,
            disposable=state is None,
        )
        process = launch.start(StateFolder(root=folder.resolve()), wanted, progress or _say, child=True)
        stack.callback(launch.end, process)
        yield Devcloud.attach(folder)


def _say(line: str) -> None:
    print(f"devcloud: {line}", file=sys.stderr, flush=True)
