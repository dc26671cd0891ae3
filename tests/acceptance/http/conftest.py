"""A service of one's own: processes on one database, and whoever is let in."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from devcloud.fixture import Devcloud
from tests.acceptance.http.service import Answering, none_left
from tests.acceptance.shell import Running, Shell

Serve = Callable[..., Answering]
Work = Callable[[], Running]


@pytest.fixture
def tenantry(tmp_path: Path, devcloud: Devcloud) -> Shell:
    """Tenantry with empty records, whose log is for programs and whose workers take one tenant at a time."""
    shell = Shell(folder=tmp_path, clouds_yaml=devcloud.clouds_yaml)
    return shell.with_environment(TENANTRY_LOG_FORMAT="json", TENANTRY_TENANTS_PER_CLOUD="1")


@pytest.fixture
def token(tenantry: Shell) -> str:
    """An operator's token."""
    return tenantry("token", "create", "李娜", "--role", "operator").out.strip()


@pytest.fixture
def processes() -> Iterator[ExitStack]:
    """What was started, and must not be left running."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def serve(tenantry: Shell, token: str, processes: ExitStack) -> Serve:
    """Starts a process that answers."""

    def serve(command: str = "serve") -> Answering:
        answering = Answering.start(tenantry, token, command)
        processes.enter_context(none_left(answering.running))
        processes.callback(answering.client.close)
        return answering

    return serve


@pytest.fixture
def work(tenantry: Shell, processes: ExitStack) -> Work:
    """Starts a process that works."""

    def work() -> Running:
        running = tenantry.start("work")
        processes.enter_context(none_left(running))
        return running

    return work
