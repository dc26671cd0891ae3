"""What a plan's objects are part of, as those know it who wrote the manifests."""

from typing import Any

import pytest

from api.render.names import Names
from api.render.plan import Detail, print_plan
from provisioner.plan import Notice, Plan, Refusal
from tests.unit.api.render.graph.documents import REGISTRATION, application, city_of


@pytest.fixture(scope="module")
def known() -> Names:
    """The names in a city with one application."""
    return Names.of(
        city_of(application("registration", "商事登记", REGISTRATION.replace("  dependsOn: [credit]\n", "")))
    )


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("server", "web-3"),
        ("server", "db"),
        ("port", "web-1-shared"),
        ("volume", "logs-2"),
        ("volume", "历史档案"),
        ("server-group", "apart"),
        ("floating-ip", "portal"),
        ("server", "web-4"),
        ("port", "web-4-app"),
    ],
)
def test_parts_of_an_application_are_known(known: Names, build: Any, kind: str, key: str) -> None:
    """By kind and name, members beyond the count too."""
    found = known.belonging.application(build.address(kind, key))
    assert found is not None
    assert found.display_name == "商事登记"


@pytest.mark.parametrize(
    ("kind", "key"), [("network", "app"), ("server", "web"), ("server", "db-2"), ("volume", "web-1")]
)
def test_other_objects_are_part_of_none(known: Names, build: Any, kind: str, key: str) -> None:
    """Nor are names that only look alike."""
    assert known.belonging.application(build.address(kind, key)) is None


def test_a_plan_reads_by_project_landing_zone_and_application(known: Names, build: Any, show: Any) -> None:
    """Whatever the order in which it is carried out; properties in words."""
    volume = build.action({"size": 2048, "type": "ssd"}, kind="volume", key="历史档案")
    server = build.action({"flavor": "large", "port db-app": True}, kind="server", key="db")
    network = build.action({"mtu": 1450}, kind="network", key="app")
    router = build.action({"subnet app-v4": False}, {"subnet app-v4": True}, kind="router", key="edge")
    project = build.action({"enabled": True})
    plan = Plan(sections=(build.section(volume, network, server, router, project),))
    assert show(print_plan, plan, known, detail=Detail.ALIKE).splitlines()[:-1] == [
        "市市场监督管理局 (market) on city",
        "  + registration: project  (because)",
        "      + enabled  yes",
        "  registration: landing zone",
        "    + network app  (because)",
        "        + mtu  1450",
        "    - router edge  (because)",
        "        - subnet app-v4  disconnected",
        "  registration: application 商事登记 (registration)",
        "    + volume 历史档案  (because)",
        "        + size  2 TiB  (2048 GiB)",
        "        + type  ssd",
        "    + server db  (because)",
        "        + flavor       large",
        "        + port db-app  attached",
        "",
    ]


def test_twenty_members_take_one_line(known: Names, build: Any, show: Any) -> None:
    """With `--full` each has its own."""
    actions = [build.action({"flavor": "small"}, kind="server", key=f"web-{number}") for number in range(1, 21)]
    plan = Plan(sections=(build.section(*actions),))
    brief, full = (show(print_plan, plan, known, detail=each) for each in (Detail.ALIKE, Detail.FULL))
    assert "    + 20 servers web-1 … web-20  (because)" in brief
    assert len(brief.splitlines()) < 7
    assert "    + server web-17  (because)" in full


def test_notices_and_refusals_name_the_application(known: Names, build: Any, show: Any) -> None:
    """A department engineer knows that, and not every server."""
    where = build.address("server", "web-2")
    refusal = Refusal(address=where, message="no flavor", remedy="")
    section = build.section(refusals=(refusal,), notices=(Notice(address=where, message="is in another zone"),))
    shown = show(print_plan, Plan(sections=(section,)), known)
    assert "! registration: web-2 server of 商事登记  REFUSED   no flavor" in shown
    assert "note: registration: web-2 server of 商事登记: is in another zone" in shown
