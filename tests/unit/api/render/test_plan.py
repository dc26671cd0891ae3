"""A plan is shown so that a person can decide by it."""

from typing import Any

import pytest

from api.render.plan import Detail, as_document, print_plan, short
from provisioner.clouds.interface import Holder
from provisioner.plan import Fingerprint, Notice, Plan, Refusal, Section
from tenants.names import CloudName
from tenants.resources import Resource, Service

_CITY = CloudName("city")
_RAM = Resource(service=Service.COMPUTE, name="ram")


@pytest.fixture
def refusal(build: Any) -> Refusal:
    """Memory that is in use and shall be taken away."""
    return Refusal(
        address=build.address("quota", "compute"),
        message="ram cannot go from 655360 to 65536: 98304 in use (MiB)",
        remedy="free some first",
        resource=_RAM,
        holders=(Holder(id="1", name="选课-1", amount=65536), Holder(id="2", name="", amount=32768)),
    )


def _last(text: str) -> str:
    return text.splitlines()[-1]


def test_a_creation_shows_every_property(build: Any, show: Any, names: Any) -> None:
    """With its reason, sizes in readable units, and the API's own number beside them."""
    plan = Plan(sections=(build.section(build.action({"cores": 160, "ram": 655360}, kind="quota", key="compute")),))
    assert show(print_plan, plan, names) == (
        "市市场监督管理局 (market) on city\n"
        "  + registration: compute quota  (because)\n"
        "      + cores  160\n"
        "      + ram    640 GiB  (655360 MiB)\n"
        "\n"
        f"Plan: 1 to create, 0 to change, 0 to take away, 0 refused. Fingerprint {plan.fingerprint[:8]}.\n"
    )


def test_changed_limits_line_up(build: Any, show: Any, names: Any) -> None:
    """Before and after stand on either side of arrows below each other."""
    change = build.action(
        {"cores": 160, "instances": 40, "ram": 655360, "server_groups": 5},
        {"cores": 20, "instances": -1, "ram": 65536, "server_groups": None},
        kind="quota",
        key="compute",
    )
    shown = show(print_plan, Plan(sections=(build.section(change),)), names).splitlines()
    assert shown[2:6] == [
        "      ~ cores                 20 -> 160",
        "      ~ instances      unlimited -> 40",
        "      ~ ram               64 GiB -> 640 GiB  (65536 -> 655360 MiB)",
        "      + server_groups  5",
    ]


def test_members_are_named(build: Any, show: Any, names: Any) -> None:
    """Who comes and who goes, in words."""
    change = build.action(
        {"group:ops:member": True, "user:li:admin": False},
        {"group:ops:member": False, "user:li:admin": True},
        kind="members",
        destructive=True,
    )
    assert show(print_plan, Plan(sections=(build.section(change),)), names).splitlines()[1:4] == [
        "  ~ registration: members  DESTRUCTIVE   (because)",
        "      + group ops as member",
        "      - user li as admin",
    ]


def test_disabling_is_taking_away(build: Any, show: Any, names: Any) -> None:
    """It is marked, called destructive, and said once more before the last line."""
    change = build.action({"enabled": False}, {"enabled": True}, destructive=True)
    plan = Plan(sections=(build.section(change),))
    assert show(print_plan, plan, names).splitlines()[1:] == [
        "  - registration: project  DESTRUCTIVE   (because)",
        "      ~ enabled  yes -> no",
        "",
        "1 action is DESTRUCTIVE: its reason stands above.",
        f"Plan: 0 to create, 0 to change, 1 to take away, 0 refused. Fingerprint {plan.fingerprint[:8]}.",
    ]


def test_a_refusal_holds_the_rest_back(build: Any, show: Any, names: Any, refusal: Refusal) -> None:
    """With the remedy, who holds what, and that nothing of the tenant will be done."""
    plan = Plan(sections=(build.section(build.action({"port": 5}, kind="quota", key="network"), refusals=(refusal,)),))
    assert show(print_plan, plan, names) == (
        "市市场监督管理局 (market) on city\n"
        "  ! registration: compute quota  REFUSED   ram cannot go from 655360 to 65536: 98304 in use (MiB)\n"
        "      = free some first\n"
        "      held by 选课-1 (64 GiB), 2 (32 GiB)\n"
        "  1 action held back until nothing here is refused:\n"
        "  + registration: network quota  (because)\n"
        "      + port  5\n"
        "\n"
        "Plan: 0 to create, 0 to change, 0 to take away, 1 refused (1 action held back). "
        f"Fingerprint {plan.fingerprint[:8]}.\n"
    )


def test_one_cause_is_told_once(build: Any, show: Any, names: Any) -> None:
    """A cloud out of reach is one paragraph, not one for each of its tenants."""

    def cut_off(tenant: str) -> Section:
        where = build.address(tenant=tenant)
        section: Section = build.section(
            tenant=tenant, refusals=(Refusal(address=where, message="no answer", remedy="run again"),)
        )
        return section

    plan = Plan(sections=(cut_off("market"), cut_off("education")))
    assert show(print_plan, plan, names).splitlines()[:4] == [
        "2 tenants on city",
        "  !  REFUSED   no answer",
        "      = run again",
        "      concerns 市市场监督管理局 (market), 市教育局 (education)",
    ]


def test_notices_are_shown(build: Any, show: Any, names: Any) -> None:
    """What is worth knowing stands below the tenant, and is no change."""
    notice = Notice(address=build.address(), message="stays enabled")
    shown = show(print_plan, Plan(sections=(build.section(notices=(notice,)),)), names)
    assert shown.splitlines()[:2] == [
        "市市场监督管理局 (market) on city",
        "  note: registration: project: stays enabled",
    ]
    assert _last(shown).startswith("Nothing to do: the clouds are as the manifests ask. Fingerprint ")


def test_other_peoples_projects_are_listed(show: Any, names: Any) -> None:
    """By cloud, a dozen by name, the rest counted."""
    legacy = tuple((_CITY, f"legacy-{number:02}") for number in range(14))
    plan = Plan(sections=(), unmanaged=(*legacy, (CloudName("district"), "演示")), orphaned=((_CITY, "pilot"),))
    shown = show(print_plan, plan, names).splitlines()
    assert shown[0] == "Projects that no manifest names, left as they are:"
    assert shown[1].startswith("  city      legacy-00, legacy-01, ")
    assert shown[1].endswith(", legacy-11 and 2 more")
    assert shown[2:6] == [
        "  district  演示",
        "",
        "Projects that only an earlier manifest named, left as they are:",
        "  city  pilot",
    ]


def test_tenants_without_changes_are_counted(build: Any, show: Any, names: Any) -> None:
    """They take no line of their own."""
    plan = Plan(sections=(build.section(build.action({"enabled": True})), build.section(tenant="education")))
    assert show(print_plan, plan, names).splitlines()[-2] == "1 of 2 tenants already as asked."


def test_a_summary_has_one_line_for_each(build: Any, show: Any, names: Any, refusal: Refusal) -> None:
    """What is refused or destructive is told in full below, the rest is counted."""
    create, revoke = build.action({"enabled": True}), build.action({"x": False}, {"x": True}, destructive=True)
    plan = Plan(
        sections=(
            build.section(create, revoke, tenant="education"),
            build.section(create, refusals=(refusal,)),
        )
    )
    shown = show(print_plan, plan, names, detail=Detail.LINES).splitlines()
    assert shown[:3] == [
        "tenant                     cloud  create  take away  refused  held back",
        "市教育局 (education)       city        1          1",
        "市市场监督管理局 (market)  city                            1          1",
    ]
    assert "  - registration: project  DESTRUCTIVE   (because)" in shown
    assert "  + registration: project  (because)" not in shown


def test_a_summary_of_harmless_changes_is_short(build: Any, show: Any, names: Any) -> None:
    """Where nothing is refused or lost, the table says it all, without columns that nothing happens in."""
    plan = Plan(sections=(build.section(build.action({"enabled": True})),))
    assert show(print_plan, plan, names, detail=Detail.LINES).splitlines() == [
        "tenant                     cloud  create",
        "市市场监督管理局 (market)  city        1",
        "",
        f"Plan: 1 to create, 0 to change, 0 to take away, 0 refused. Fingerprint {plan.fingerprint[:8]}.",
    ]


def test_totals_alone(build: Any, show: Any, names: Any, refusal: Refusal) -> None:
    """What is refused or destructive is told in full all the same, and that there are notes."""
    create, revoke = build.action({"enabled": True}), build.action({"x": False}, {"x": True}, destructive=True)
    notice = Notice(address=build.address(), message="below use")
    plan = Plan(
        sections=(
            build.section(create, notices=(notice, notice)),
            build.section(create, revoke, tenant="education"),
            build.section(refusals=(refusal,)),
        )
    )
    shown = show(print_plan, plan, names, detail=Detail.TOTALS).splitlines()
    assert [line for line in shown if line.startswith("市")] == [
        "市教育局 (education) on city",
        "市市场监督管理局 (market) on city",
    ]
    assert "2 notes, left out here." in shown
    assert shown[-1].startswith("Plan: 2 to create, 0 to change, 1 to take away, 1 refused.")


def test_a_long_value_is_folded_on_a_terminal(build: Any, show: Any, names: Any) -> None:
    """No line is wider than the terminal, and nothing is lost."""
    description = "食品药品安全监管" * 12
    plan = Plan(sections=(build.section(build.action({"description": description})),))
    shown = show(print_plan, plan, names, width=80)
    assert max(len(line.encode("gbk")) for line in shown.splitlines()) <= 80
    assert description in "".join(shown.split())


def test_a_plan_as_a_document(build: Any, names: Any, refusal: Refusal) -> None:
    """Everything that is printed is there, with values in the units of the APIs."""
    change = build.action({"cores": 160}, {"cores": 20}, kind="quota", key="compute")
    plan = Plan(
        sections=(build.section(change), build.section(tenant="education", refusals=(refusal,))),
        unmanaged=((_CITY, "演示"),),
    )
    first, second = plan.sections
    assert as_document(plan, names) == {
        "fingerprint": plan.fingerprint,
        "summary": {"create": 0, "change": 1, "takeAway": 0, "destructive": 0, "refused": 1, "heldBack": 0},
        "sections": [
            {
                "tenant": "market",
                "displayName": "市市场监督管理局",
                "cloud": "city",
                "fingerprint": first.fingerprint,
                "applicable": True,
                "actions": [
                    {
                        "address": "city/market/registration/quota/compute",
                        "project": "registration",
                        "kind": "quota",
                        "key": "compute",
                        "verb": "update",
                        "before": {"cores": 20},
                        "after": {"cores": 160},
                        "application": None,
                        "reason": "because",
                        "destructive": False,
                    }
                ],
                "refusals": [],
                "notices": [],
            },
            {
                "tenant": "education",
                "displayName": "市教育局",
                "cloud": "city",
                "fingerprint": second.fingerprint,
                "applicable": False,
                "actions": [],
                "refusals": [
                    {
                        "address": "city/market/registration/quota/compute",
                        "message": "ram cannot go from 655360 to 65536: 98304 in use (MiB)",
                        "remedy": "free some first",
                        "resource": "compute/ram",
                        "holders": [
                            {"id": "1", "name": "选课-1", "amount": 65536},
                            {"id": "2", "name": "", "amount": 32768},
                        ],
                    }
                ],
                "notices": [],
            },
        ],
        "unmanaged": [{"cloud": "city", "project": "演示"}],
        "orphaned": [],
    }


def test_fingerprints_are_shown_short() -> None:
    """Eight digits are what people compare."""
    assert short(Fingerprint("1a2b3c4d5e")) == "1a2b3c4d"
