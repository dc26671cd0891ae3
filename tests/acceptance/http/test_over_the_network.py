"""`tenantry request` and `operation` at a service: real processes, real clouds, and servers that die meanwhile."""

import signal
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance import manifests
from tests.acceptance.http.conftest import Serve, Work
from tests.acceptance.http.service import Answering, none_left
from tests.acceptance.shell import ERROR, INTERRUPTED, NOTHING, Shell
from tests.acceptance.site import Site
from tests.acceptance.terminal import terminal
from tests.acceptance.waiting import until

LogIn = Callable[..., Shell]


@pytest.fixture
def log_in(site: Site, tmp_path: Path) -> LogIn:
    """Somebody's own machine: a token and the service's address, and neither database nor clouds."""

    def log_in(server: Answering, name: str, role: str, *options: str) -> Shell:
        token = tmp_path / f"{name}.token"
        token.write_text(site.tenantry("token", "create", name, "--role", role, *options).out)
        return Shell(
            folder=tmp_path,
            clouds_yaml=tmp_path / "no-clouds.yaml",
            environment={
                "TENANTRY_URL": str(server.client.base_url),
                "TENANTRY_TOKEN_FILE": str(token),
                "TENANTRY_STATE_DIR": str(tmp_path / "nowhere"),
            },
        )

    return log_in


@pytest.fixture
def in_force(site: Site) -> Site:
    """A tenant with 6 of its 12 cores, applied by the operators."""
    site.ask_all(_wanted(site, 6))
    site.apply()
    return site


@pytest.fixture
def queued(site: Site, serve: Serve) -> tuple[Answering, str]:
    """A service, and an operation that nobody carries out yet."""
    site.ask()
    server = serve()
    return server, server.apply(server.plan(site.folder)).json()["operations"][0]["id"]


def _wanted(site: Site, cores: int) -> manifests.Document:
    quota = {**manifests.QUOTA, "compute": {**manifests.QUOTA["compute"], "cores": cores}}
    return manifests.tenant(site.name, manifests.project(quota=quota), envelope={"city": {"compute": {"cores": 12}}})


def _ask(shell: Shell, *arguments: str | Path, code: int = NOTHING) -> Any:
    return shell("request", *arguments, "-o", "json", code=code).document


def test_from_asking_to_confirmed(in_force: Site, serve: Serve, work: Work, log_in: LogIn) -> None:
    """Four people at machines of their own; the roles are the tokens', and the cloud follows."""
    server = serve()
    member = log_in(server, "陈明", "member", "--tenant", in_force.name)
    wang, zhao = (log_in(server, name, "reviewer") for name in ("王芳", "赵磊"))
    ours = manifests.write(in_force.tenantry.folder / "ours", _wanted(in_force, 10)) / "manifests.yaml"
    made = _ask(member, "submit", ours, "--tenant", in_force.name)
    key, plan = made["id"], made["fingerprint"][:12]
    changed = {line.strip() for line in wang("request", "diff", key).out.splitlines()}
    assert any(line.startswith("+") and line.endswith(" cores: 10") for line in changed)
    for each in (manifests.DISPLAY_NAME, manifests.PURPOSE, "administrative: 0 of 1", "cores"):
        assert each in wang("request", "show", key).out
    refused = member("request", "approve", key, "--review", "technical", "--plan", plan, code=ERROR).err
    assert "the role member has no permission requests:review" in refused
    _ask(wang, "approve", key, "--review", "administrative", "--plan", plan)
    again = _ask(wang, "approve", key, "--review", "technical", "--plan", plan, code=ERROR)
    assert "王芳 made the other review" in again["declined"]
    _ask(zhao, "approve", key, "--review", "technical", "--plan", plan)
    work()
    assert _ask(log_in(server, "李娜", "operator"), "execute", key)["state"] == "testing"
    assert in_force.enforced["compute"]["cores"] == 10
    assert _ask(member, "confirm", key)["state"] == "open"
    assert [each["state"] for each in _ask(zhao, "list")["requests"]] == ["open"]
    assert not (in_force.tenantry.folder / "nowhere").exists()


def test_what_is_declined_is_told_with_places_and_numbers(in_force: Site, serve: Serve, log_in: LogIn) -> None:
    """The file's own line, as if it had been checked here; what would fit; and who may not act for others."""
    member = log_in(serve(), "陈明", "member", "--tenant", in_force.name)
    much = manifests.write(in_force.tenantry.folder / "much", _wanted(in_force, 15)) / "manifests.yaml"
    said = member("request", "submit", much, "--tenant", in_force.name, code=ERROR).err
    assert "compute/cores: 9 more asked for, and at most 6 would fit" in said
    wrong = manifests.write(in_force.tenantry.folder / "wrong", _wanted(in_force, 10)) / "manifests.yaml"
    wrong.write_text(wrong.read_text(encoding="utf-8").replace("zone: extranet", "zone: extranets"), encoding="utf-8")
    said = member("request", "submit", wrong, "--tenant", in_force.name, code=ERROR).err
    assert f"{wrong}:" in said
    assert "zone: extranets" in said
    said = member("request", "withdraw", "01", "--actor", "李娜", code=ERROR).err
    assert "over the network you act as whoever your token is for" in said


def test_a_server_that_dies_is_waited_for(
    queued: tuple[Answering, str], log_in: LogIn, *, tenantry: Shell, work: Work, processes: ExitStack
) -> None:
    """`kill -9` in the middle of a watch, and another server at the same address: the watch goes on to the end."""
    server, operation = queued
    port = str(server.client.base_url.port)
    watching = log_in(server, "王芳", "reviewer").start("operation", "watch", operation, "-o", "json")
    until(lambda: "queued" in watching.said(), "it watches")
    server.running.kill()
    until(lambda: "The connection is lost" in watching.said(), "it has noticed")
    processes.enter_context(none_left(tenantry.start("serve", "--port", port)))
    until(lambda: "The connection is back" in watching.said(), "it has found the other")
    work()
    ended = watching.wait().must_be(NOTHING)
    assert ended.document["state"] == "done"
    assert {each["state"] for each in ended.document["steps"]} == {"done"}


def test_who_leaves_leaves_the_operation_running(queued: tuple[Answering, str], log_in: LogIn, work: Work) -> None:
    """Ctrl-C on a terminal: it says so, and the operation is carried out all the same; another watches its end."""
    server, operation = queued
    shell = log_in(server, "王芳", "reviewer")
    with terminal(shell, "operation", "watch", operation) as watching:
        watching.shows("registration: compute quota")
        watching.process.send_signal(signal.SIGINT)
        ended = watching.wait().must_be(INTERRUPTED)
    assert f"operation {operation} goes on without you" in ended.out
    assert watching.raw.count("\x1b[?25h") >= watching.raw.count("\x1b[?25l")
    work()
    said = shell("operation", "watch", operation)
    assert "done" in said.out
    assert operation in shell("operation", "list", "--state", "done").out


def test_at_the_database_it_is_watched_too(queued: tuple[Answering, str], tenantry: Shell, work: Work) -> None:
    """Without a service's address."""
    _, operation = queued
    watching = tenantry.start("operation", "watch", operation)
    until(lambda: "queued" in watching.said(), "it watches")
    work()
    assert "done" in watching.wait().must_be(NOTHING).out
    assert tenantry("operation", "show", operation, "-o", "json").document["state"] == "done"
