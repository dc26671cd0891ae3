"""What operators and departments see of applications: drawings, and what is there beside what is asked for."""

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.acceptance.manifests import application, project, tenant
from tests.acceptance.shell import CHANGES, ERROR
from tests.acceptance.site import Site
from tests.acceptance.waiting import until

_SHOWN = "商事登记"


def _ask(site: Site, *, replicas: int = 1, state: str = "present") -> None:
    """Ask for an application called as its tenant: numbered servers with a volume each."""
    server = {"name": "web", "replicas": replicas, "image": "guest", "flavor": "tiny"}
    volume = {"name": "数据", "size": "1GiB", "server": "web", "state": state}
    parts = {"owner": site.name, "project": "registration", "servers": [server], "volumes": [volume], "state": state}
    site.ask_all(tenant(site.name, project(members=[])), application(f"{site.name}-app", _SHOWN, **parts))


@pytest.fixture
def running(site: Site) -> Iterator[Site]:
    """A server with a volume, made by Tenantry; both go with the test, for the hosts are shared."""
    _ask(site)
    site.apply()
    yield site
    _ask(site, state="absent")
    site.apply("--confirm", "web-1", "--confirm", "数据-1")


def _status(site: Site, *options: str) -> Any:
    shown = site.tenantry("status", f"{site.name}-app", *options, "-o", "json").document
    (only,) = shown["applications"]
    return only


def test_status_shows_an_application_as_it_is(running: Site) -> None:
    """Servers and volumes with what the cloud says of them, all as asked."""
    shown = _status(running)
    assert [(each["name"], each["state"], each["flavor"], each["standing"]) for each in shown["servers"]] == [
        ("web-1", "ACTIVE", "tiny", "matches"),
    ]
    assert [(each["sizeGiB"], each["servers"], each["standing"]) for each in shown["volumes"]] == [
        (1, ["web-1"], "matches"),
    ]


def test_what_somebody_took_away_is_missing(running: Site) -> None:
    """Seen by a fresh look, while the one on record still has it."""
    running.plan(code=0)
    compute = running.city.admin
    listed = compute.call("GET", "nova", f"/servers/detail?all_tenants=1&project_id={running.project_id}")["servers"]
    gone = next(each["id"] for each in listed if each["name"] == "web-1")
    compute.call("DELETE", "nova", f"/servers/{gone}")
    until(lambda: _status(running)["servers"][0]["standing"] == "missing", "web-1 is gone")
    assert _status(running, "--recorded")["servers"][0]["standing"] == "matches"


def test_people_read_it_by_name(running: Site) -> None:
    """Under the application's own name, with what it is part of."""
    shown = running.tenantry("status", f"{running.name}-app").out
    assert f"{_SHOWN} ({running.name}-app)  level 3" in shown
    assert "1 server: 1 as asked. 1 volume: 1 as asked." in shown


def test_an_unknown_application_is_said_to_be(running: Site) -> None:
    """With the one that may be meant."""
    said = running.tenantry("status", f"{running.name}-ap", code=ERROR).err
    assert f'"{running.name}-app"' in said


def test_a_plan_reads_by_application(site: Site) -> None:
    """Members that are alike are one line, unless all is asked for."""
    _ask(site, replicas=2)
    shown, full = (site.tenantry("plan", site.folder, *more, code=CHANGES).out for more in ((), ("--full",)))
    assert f"  registration: application {_SHOWN} ({site.name}-app)" in shown
    assert ("2 servers web-1 … web-2" in shown, "server web-2" in full) == (True, True)


def test_graph_draws_without_a_cloud(site: Site) -> None:
    """Mermaid to standard output from manifests alone."""
    _ask(site, replicas=2)
    shell = site.tenantry.with_environment(OS_CLIENT_CONFIG_FILE="/nowhere")
    drawn = shell("graph", f"{site.name}-app", site.folder).out
    assert "flowchart TB" in drawn.splitlines()
    assert '"web ×2<br/>web-1 … web-2<br/>flavor tiny<br/>image guest"' in drawn


def test_graph_writes_svg_into_a_file(site: Site) -> None:
    """By the file's ending; Chinese names as they are."""
    _ask(site, replicas=2)
    into = site.tenantry.folder / "图" / "应用.svg"
    site.tenantry("graph", f"{site.name}-app", site.folder, "--into", into)
    root = ET.parse(into).getroot()  # noqa: S314 - written by what is tested
    assert {_SHOWN, "数据 ×2"} <= {each.text for each in root.iter("{http://www.w3.org/2000/svg}text")}


def test_nothing_to_draw_is_said(site: Site) -> None:
    """Manifests without applications give no empty drawing."""
    assert "there is nothing to draw" in site.tenantry("graph", site.folder, code=ERROR).err
