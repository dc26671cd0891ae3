"""An application's status is read by those who run it."""

from dataclasses import replace
from typing import Any

import pytest

from api.render.applications import as_document, print_application
from api.render.names import Names
from monitoring.applications import ApplicationStatus, ServerStatus, Standing, application_status
from provisioner.probing.readings import Finding, Reading, Result
from tenants.names import ApplicationName, CloudName, ProbeName, ServerName
from tenants.spec import City
from tests.unit.api.render.graph.documents import application, city_of

_NAME = ApplicationName("registration")
_SPEC = """\
  dependsOn: [credit]
  servers: [{name: web, image: guest, flavor: small, networks: [{network: app}]}]
  volumes: [{name: 档案, size: 2TiB, server: web}]
  probes: [{name: page, server: web, http: {port: 80}}, {name: login, server: web, tcp: {port: 22}}]
"""


@pytest.fixture(scope="module")
def city() -> City:
    """One application that depends on another."""
    return city_of(application("registration", "商事登记", _SPEC), application("credit", "社会信用", ""))


@pytest.fixture
def unseen(city: City) -> ApplicationStatus:
    """It, in a cloud that did not answer."""
    return application_status(city, _NAME, {})


def _reading(build: Any) -> Reading:
    finding = Finding(result=Result.FAILED, reason="the port takes no connections")
    return Reading(
        application=_NAME,
        probe=ProbeName("page"),
        server=ServerName("web"),
        address="10.20.0.11",
        finding=finding,
        milliseconds=3,
        at=build.noon,
    )


def test_it_begins_with_what_it_is_and_needs(unseen: Any, city: City, show: Any) -> None:
    """Names for people, with the identifiers that commands take."""
    assert show(print_application, unseen, (), Names.of(city)).splitlines()[:3] == [
        "商事登记 (registration)  level 3",
        "  市市场监督管理局 (market): project registration on city, 政务外网  (Keystone: market-registration)",
        "  depends on 社会信用 (credit)",
    ]


def test_what_is_not_known_is_said_to_be(unseen: Any, city: City, show: Any) -> None:
    """And counted so."""
    shown = show(print_application, unseen, (), Names.of(city))
    assert shown.endswith("1 server: 1 unreadable. 1 volume: 1 unreadable.\n")


def test_totals_are_in_plain_words(unseen: Any, city: City, show: Any) -> None:
    """One server differs, two differ."""
    differing = replace(unseen.servers[0], part=replace(unseen.servers[0].part, standing=Standing.DIFFERS))
    two = replace(unseen, servers=(differing, differing))
    assert "2 servers: 2 differ. 1 volume" in show(print_application, two, (), Names.of(city))
    assert "1 server: 1 differs. 1 volume" in show(
        print_application, replace(two, servers=(differing,)), (), Names.of(city)
    )


def test_what_is_asked_for_stands_beside_what_is_there(unseen: ApplicationStatus, city: City, show: Any) -> None:
    """In brackets where there is nothing, and with both where they differ."""
    small = replace(unseen.servers[0], flavor="tiny")
    shown = show(print_application, replace(unseen, servers=(small,)), (), Names.of(city)).splitlines()
    assert any("tiny, not small" in line for line in shown)
    assert any(line.split()[:4] == ["档案", "-", "(2", "TiB)"] for line in shown)


def test_a_server_in_trouble_says_why(unseen: ApplicationStatus, city: City, show: Any) -> None:
    """In Nova's own words, below the tables."""
    part = unseen.servers[0].part
    broken = ServerStatus(part=part, state="ERROR", fault="No valid host was found.")
    status = replace(unseen, servers=(broken,))
    assert "  ! server web: No valid host was found.\n" in show(print_application, status, (), Names.of(city))


def test_what_probes_last_found_is_shown(unseen: Any, city: City, build: Any, show: Any) -> None:
    """With the reason and the time."""
    shown = show(print_application, unseen, (_reading(build),), Names.of(city))
    assert "page   web     failed  the port takes no connections" in shown
    assert "probes never asked: login (tenantry probe registration)" in shown


def test_the_document_holds_all_of_it(unseen: Any, city: City, build: Any) -> None:
    """Under names that stay as they are."""
    document: Any = as_document(unseen, (_reading(build),), Names.of(city))
    assert document["application"] == "registration"
    assert document["tenantDisplayName"] == "市市场监督管理局"
    assert document["dependsOn"] == [{"application": "credit", "displayName": "社会信用"}]
    assert document["volumes"][0]["asked"]["size"] == 2048
    assert document["servers"][0]["standing"] == Standing.UNREADABLE.value
    assert document["probes"][0]["result"] == "failed"
    assert (document["cloud"], document["seenAt"]) == (CloudName("city"), None)
