"""`tenantry probe`: an application's probes from the command line."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.manifests import application, cloud, project, tenant, write
from tests.acceptance.shell import ERROR, NOTHING, Shell

HERE = "127.0.0.1"


class Page(BaseHTTPRequestHandler):
    """A page that says 商事登记."""

    def do_GET(self) -> None:  # the standard library's name
        """Answer any path."""
        body = "<h1>商事登记</h1>".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the standard library's name
        """Say nothing."""


@pytest.fixture
def page() -> Iterator[int]:
    """A web server; its port."""
    with ThreadingHTTPServer((HERE, 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def closed() -> int:
    """A port on which nothing listens."""
    with socket.create_server((HERE, 0)) as server:
        return int(server.getsockname()[1])


def manifests(folder: Path, name: str, **probes: Any) -> Path:
    """An application with probes of this machine, and one server that was never made."""
    written = [{"name": key, "address": HERE, **each} for key, each in probes.items()]
    return write(folder / "manifests", cloud(), tenant(name, project()), site(name, written))


def site(name: str, probes: list[dict[str, Any]]) -> dict[str, Any]:
    """The application."""
    return application(f"{name}-app", owner=name, project="registration", probes=probes)


def test_probes_that_pass(tenantry: Shell, name: str, page: int) -> None:
    """The exit code says so, and each is told."""
    folder = manifests(
        tenantry.folder, name, page={"http": {"port": page, "text": "商事登记"}}, port={"tcp": {"port": page}}
    )
    said = tenantry("probe", f"{name}-app", folder, code=NOTHING).out
    assert "2 passed." in said
    assert 'status 200, with "商事登记"' in said


def test_a_probe_that_fails_costs_only_itself(tenantry: Shell, name: str, page: int, closed: int) -> None:
    """The exit code is that of an error; the other is asked all the same."""
    folder = manifests(tenantry.folder, name, page={"http": {"port": page}}, port={"tcp": {"port": closed}})
    document = tenantry("probe", f"{name}-app", folder, "-o", "json", code=ERROR).document
    assert [(each["probe"], each["result"]) for each in document["probes"]] == [("page", "passed"), ("port", "failed")]


def test_one_probe_alone(tenantry: Shell, name: str, page: int, closed: int) -> None:
    """Others are not asked."""
    folder = manifests(tenantry.folder, name, page={"http": {"port": page}}, port={"tcp": {"port": closed}})
    document = tenantry("probe", f"{name}-app", folder, "--probe", "page", "-o", "json").document
    assert [each["probe"] for each in document["probes"]] == ["page"]


def test_a_server_that_is_not_there_fails(tenantry: Shell, name: str) -> None:
    """The cloud is looked at, whatever was applied before."""
    landing = {"networks": [{"name": "front", "subnets": [{"name": "front", "cidr": "10.77.0.0/24"}]}]}
    server = {"name": "web", "image": "guest", "flavor": "tiny", "networks": [{"network": "front"}]}
    probed = application(
        f"{name}-app",
        owner=name,
        project="registration",
        servers=[server],
        probes=[
            {"name": "ssh", "server": "web", "tcp": {"port": 22}},
            {"name": "disk", "server": "web", "command": {"command": "true"}},
        ],
    )
    folder = write(tenantry.folder / "manifests", cloud(), tenant(name, project(landingZone=landing)), probed)
    document = tenantry("probe", f"{name}-app", folder, "-o", "json", code=ERROR).document
    assert [(each["server"], each["result"], each["reason"]) for each in document["probes"]] == [
        ("web", "failed", "the project has no server of this name")
    ] * 2


def test_an_unknown_application_is_refused_with_the_nearest(tenantry: Shell, name: str, page: int) -> None:
    """A slip of the finger."""
    folder = manifests(tenantry.folder, name, port={"tcp": {"port": page}})
    assert f'did you mean "{name}-app"?' in tenantry("probe", f"{name}-ap", folder, code=ERROR).err


def test_an_unknown_probe_is_refused_with_what_there_is(tenantry: Shell, name: str, page: int) -> None:
    """Nothing is asked then."""
    folder = manifests(tenantry.folder, name, port={"tcp": {"port": page}})
    said = tenantry("probe", f"{name}-app", folder, "--probe", "zzz", code=ERROR).err
    assert "has no probe zzz; one of: port" in said


def test_no_probes_are_no_success(tenantry: Shell, name: str) -> None:
    """A script must not take silence for good news."""
    folder = manifests(tenantry.folder, name)
    assert "has no probes: write them below spec.probes" in tenantry("probe", f"{name}-app", folder, code=ERROR).err


def test_nothing_applied_yet_is_said(tenantry: Shell) -> None:
    """Without manifests, what was last applied is meant."""
    assert "nothing was applied yet" in tenantry("probe", "anything", code=ERROR).err
