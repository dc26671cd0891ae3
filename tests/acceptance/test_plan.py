"""`tenantry plan`: what would change and why, told to people and to programs; nothing is changed."""

from typing import Any

import pytest
import yaml

from devcloud.fixture import Devcloud
from tests.acceptance.manifests import DISPLAY_NAME, project, tenant
from tests.acceptance.shell import ASCII, CHANGES, ERROR, NOTHING
from tests.acceptance.site import Site
from tests.acceptance.terminal import terminal
from tests.acceptance.traffic import sent


def test_changes_end_with_2_and_change_nothing(site: Site) -> None:
    """A plan looks at the clouds, sends no write, and makes no project."""
    site.tenantry("plan", site.folder, code=CHANGES)
    assert (site.writes, site.city.projects(site.keystone_name)) == (0, [])
    assert sent(site.devcloud, site.began)


def test_nothing_to_do_ends_with_0(settled: Any) -> None:
    """The clouds are as the manifests ask."""
    assert "Nothing to do" in settled.shell("plan", settled.manifests, code=NOTHING).out


def test_wrong_manifests_end_with_1_and_no_request(site: Site) -> None:
    """What is not valid is never compared with a cloud."""
    site.ask(cloud="elsewhere")
    assert "elsewhere" in site.tenantry("plan", site.folder, code=ERROR).err
    assert sent(site.devcloud, site.began) == []


def test_a_plan_gives_every_value_with_its_reason(site: Site) -> None:
    """As JSON: ordered actions, values before and after in the API's units, reasons, a fingerprint."""
    plan = site.plan()
    actions = plan["sections"][0]["actions"]
    ordered = ["project/", "quota/block-storage", "quota/compute", "quota/network", "members/"]
    assert [f"{each['kind']}/{each['key']}" for each in actions] == ordered
    assert actions[2]["after"] == {"cores": 6, "instances": 3, "ram": 8192}
    assert all(each["reason"] for each in actions)
    assert (plan["summary"]["create"], len(plan["fingerprint"])) == (5, 64)


def test_yaml_and_json_hold_the_same(site: Site) -> None:
    """The two forms for programs differ in nothing but their notation."""
    assert yaml.safe_load(site.tenantry("plan", site.folder, "-o", "yaml", code=CHANGES).out) == site.plan()


def test_a_fingerprint_is_of_the_content(site: Site) -> None:
    """The order of the documents does not change it; a number does."""
    first, second = tenant(site.name), tenant(f"{site.name}-b", project(quota={"compute": {"cores": 1}}))
    site.ask_all(first, second)
    fingerprint = site.plan()["fingerprint"]
    site.ask_all(second, first)
    assert site.plan()["fingerprint"] == fingerprint
    site.ask_all(first, tenant(f"{site.name}-b", project(quota={"compute": {"cores": 2}})))
    assert site.plan()["fingerprint"] != fingerprint


def test_tenants_may_be_chosen(site: Site) -> None:
    """`--tenant` plans and applies the named ones alone."""
    site.ask_all(tenant(site.name), tenant(f"{site.name}-b"))
    assert [each["tenant"] for each in site.plan("--tenant", site.name)["sections"]] == [site.name]
    site.apply("--tenant", site.name)
    site.must_be_as_asked()
    assert site.city.projects(f"{site.name}-b-registration") == []


def test_a_tenant_that_no_manifest_names_cannot_be_chosen(site: Site) -> None:
    """A misspelt option does not pass for a plan without changes."""
    said = site.tenantry("plan", site.folder, "-t", f"{site.name}x", code=ERROR).err
    assert f"no manifest names the tenant {site.name}x" in said


def test_a_recorded_plan_asks_no_cloud(site: Site) -> None:
    """`--recorded` plans from the last look."""
    looked = site.plan()
    mark = site.devcloud.mark()
    assert (site.plan("--recorded"), sent(site.devcloud, mark)) == (looked, [])


def test_a_recorded_plan_says_of_when_it_is(site: Site) -> None:
    """The time of the look stands below the plan; where there was none, what makes one."""
    assert "No look at city is on record" in site.tenantry("plan", site.folder, "--recorded", code=ERROR).err
    site.plan()
    assert "Cloud city as it was seen at 20" in site.tenantry("plan", site.folder, "--recorded", code=CHANGES).out


def test_a_terminal_shows_the_plan_in_chinese(site: Site) -> None:
    """The tenant's name and the purpose are read as they were written."""
    with terminal(site.tenantry, "plan", site.folder) as seen:
        seen.wait().must_be(CHANGES)
    assert f"{DISPLAY_NAME} ({site.name}) on city" in seen.text


@pytest.mark.parametrize("output", ["table", "yaml"])
def test_an_ascii_pipe_changes_no_plan(settled: Any, output: str) -> None:
    """With LANG=C the plan is made, and ends, as with any other language."""
    ended = settled.shell.with_environment(**ASCII)("plan", settled.manifests, "-o", output)
    assert (ended.out.isascii(), "Traceback" in ended.err) == (True, False)


def test_json_from_an_ascii_pipe_reads_back_in_chinese(settled: Any, devcloud: Devcloud) -> None:
    """No character is lost on the way."""
    plan = settled.shell.with_environment(**ASCII)("plan", settled.manifests, "-o", "json").document
    assert {each["displayName"] for each in plan["sections"]} == {DISPLAY_NAME, "市交通运输局"}
