"""`tenantry apply`: afterwards the clouds enforce what the manifests ask for, and nothing else has changed."""

from typing import Any, Final

import pytest
import requests

from devcloud.fixture import Devcloud
from tests.acceptance.clouds import Cloud
from tests.acceptance.manifests import DISPLAY_NAME, ENFORCED, MEMBERS_HELD, PURPOSE, differences, project, tenant
from tests.acceptance.records import rows
from tests.acceptance.site import Site
from tests.acceptance.traffic import writes

#: Every limit that a stock OpenStack knows. Sizes are in the units of the APIs.
_EVERYTHING: Final[dict[str, dict[str, Any]]] = {
    "compute": {
        "instances": 11,
        "cores": 12,
        "ram": 1300,
        "metadata_items": 14,
        "key_pairs": 15,
        "server_groups": 16,
        "server_group_members": 17,
    },
    "block-storage": {
        "volumes": 21,
        "snapshots": 22,
        "gigabytes": 230,
        "per_volume_gigabytes": 24,
        "backups": 25,
        "backup_gigabytes": 26,
        "groups": 27,
        "types": {"ssd": {"volumes": 7, "snapshots": 8, "gigabytes": 90}, "standard": {"gigabytes": 100}},
    },
    "network": {
        "network": 31,
        "subnet": 32,
        "subnetpool": 33,
        "port": 34,
        "router": 35,
        "floatingip": 36,
        "security_group": 37,
        "security_group_rule": 38,
        "rbac_policy": 39,
    },
}
_TYPES = {"volumes_ssd": 7, "snapshots_ssd": 8, "gigabytes_ssd": 90, "gigabytes_standard": 100}
_EVERYTHING_ENFORCED = {
    **_EVERYTHING,
    "block-storage": {**{k: v for k, v in _EVERYTHING["block-storage"].items() if k != "types"}, **_TYPES},
}

_FORBIDDEN = 403
_TOO_LARGE = 413


def test_every_service_shows_the_limits_asked_for(settled: Any, city: Cloud, district: Cloud) -> None:
    """Nova, Cinder and Neutron of both clouds have the manifests' numbers, in their own units."""
    made = city.project(f"{settled.market}-registration"), city.project(f"{settled.transport}-buses")
    found = [differences(ENFORCED, city.limits(each["id"])) for each in made]
    elsewhere = district.project(f"{settled.transport}-buses")
    assert [*found, differences(ENFORCED, district.limits(elsewhere["id"]))] == [[], [], []]


def test_nova_refuses_a_server_over_quota(settled: Any, city: Cloud) -> None:
    """A member who asks for four servers where three are granted gets none."""
    engineer = city.as_user("li-wei", f"{settled.market}-registration")
    refusal = engineer.boot(count=4)
    assert (refusal.status_code, city.servers(engineer.project_id)) == (_FORBIDDEN, [])
    assert "Quota exceeded" in refusal.text


@pytest.mark.parametrize(("gigabytes", "volume_type"), [(41, "standard"), (11, "ssd")])
def test_cinder_refuses_a_volume_over_quota(settled: Any, city: Cloud, gigabytes: int, volume_type: str) -> None:
    """The limit of all types together holds, and so does that of one type."""
    engineer = city.as_user("li-wei", f"{settled.market}-registration")
    assert engineer.store(gigabytes, volume_type).status_code == _TOO_LARGE


def test_members_have_their_roles_and_nobody_else_has(settled: Any, city: Cloud) -> None:
    """Groups and users are assigned just as written."""
    assert city.members(city.project(f"{settled.market}-registration")["id"]) == MEMBERS_HELD


def test_a_member_that_was_not_named_cannot_log_in(settled: Any, city: Cloud) -> None:
    """Keystone gives no token for the project to somebody outside the group."""
    with pytest.raises(requests.HTTPError, match="401"):
        city.as_user("zhang-min", f"{settled.market}-registration")


def test_keystone_has_the_tenants_name_and_purpose(settled: Any, city: Cloud) -> None:
    """A new project is described by what the manifest says it is for, in Chinese."""
    made = city.project(f"{settled.market}-registration")
    assert (made["description"], made["enabled"]) == (f"{DISPLAY_NAME}:{PURPOSE}", True)


def test_a_table_tells_each_tenants_end(settled: Any) -> None:
    """One row for each tenant and cloud, and the totals."""
    ends = [line.split() for line in settled.applied.out.splitlines() if settled.transport in line and "done" in line]
    assert sorted(words[2] for words in ends) == ["city", "district"]
    assert "3 done." in settled.applied.out


def test_the_second_time_sends_no_write(settled: Any, devcloud: Devcloud) -> None:
    """Nothing is left to do, and the clouds' own logs show that nothing was done."""
    mark = devcloud.mark()
    again = settled.shell("apply", settled.manifests, "--yes")
    assert (writes(devcloud, mark), "Nothing to do" in again.out) == ([], True)


def test_the_records_keep_chinese_names(settled: Any) -> None:
    """What was applied stands in the database as it was written, the folder's name included."""
    kept = rows(settled.shell, "SELECT files::text FROM tenantry.manifest_revisions")
    assert [each for each in (DISPLAY_NAME, PURPOSE, "市交通运输局", "清单") if each not in kept[0]] == []


def test_every_limit_of_the_language_is_enforced(site: Site) -> None:
    """Each resource of each service goes to its service, under its own name, and is found there again."""
    site.ask(quota=_EVERYTHING)
    site.apply()
    assert differences(_EVERYTHING_ENFORCED, site.enforced) == []
    assert site.plan(code=0)["summary"]["change"] == 0


def test_unlimited_and_nothing_are_limits_too(site: Site) -> None:
    """Neither passes for a limit that is not named."""
    no_cores = {"compute": {"cores": 0}, "block-storage": {"volumes": 0}, "network": {"floatingip": 0}}
    all_cores = {service: dict.fromkeys(limits, "unlimited") for service, limits in no_cores.items()}
    unbounded = {service: dict.fromkeys(limits, -1) for service, limits in no_cores.items()}
    for quota, expected in ((all_cores, unbounded), (no_cores, no_cores)):
        site.ask(quota=quota)
        site.apply()
        assert differences(expected, site.enforced) == []


def test_a_description_is_kept_as_written(site: Site) -> None:
    """Keystone shows what the manifest says, also when that changes."""
    for description in ("登记", "登记：第二行\n（含“引号”）"):
        site.ask(description=description)
        site.apply()
        assert site.city.project(site.keystone_name)["description"] == description


def test_a_project_that_was_there_is_taken_over(site: Site) -> None:
    """`projectName` names it; it is not made again, and its description stays."""
    project_id = site.city.make_project(f"老系统-{site.name}", "老系统")
    site.ask(projectName=f"老系统-{site.name}")
    site.apply()
    taken = site.city.project(f"老系统-{site.name}")
    assert (taken["id"], taken["description"], site.projects_made) == (project_id, "老系统", 0)
    assert differences(ENFORCED, site.city.limits(project_id)) == []


def test_a_limit_that_no_manifest_names_stays(site: Site) -> None:
    """What an administrator set by hand beside the managed limits is left alone, whatever changes around it."""
    site.ask(quota={"compute": {"instances": 2}, "block-storage": {"gigabytes": 10}})
    site.apply()
    by_hand = {"compute": {"cores": 77}, "block-storage": {"volumes": 33, "gigabytes_ssd": 4}, "network": {"port": 55}}
    for service, limits in by_hand.items():
        site.city.set_limits(service, site.project_id, limits)
    site.ask(quota={"compute": {"instances": 4}, "block-storage": {"gigabytes": 20}})
    site.apply()
    changed = {"compute": {"instances": 4}, "block-storage": {"gigabytes": 20}}
    assert (differences(by_hand, site.enforced), differences(changed, site.enforced)) == ([], [])


def test_a_member_that_no_manifest_names_stays(site: Site) -> None:
    """A role given by hand is not taken away because the manifest does not speak of it."""
    site.apply()
    site.city.grant(site.project_id, "group:cloud-auditors:reader")
    site.apply()
    assert site.members == {*MEMBERS_HELD, "group:cloud-auditors:reader"}


def test_a_member_that_is_to_be_absent_is_taken_away(site: Site) -> None:
    """`state: absent` removes the role, and the plan calls that destructive."""
    site.apply()
    site.ask(members=[{"group": "market-regulation-ops", "role": "member", "state": "absent"}])
    summary = site.plan()["summary"]
    assert (summary["takeAway"], summary["destructive"]) == (1, 1)
    site.apply()
    assert site.members == {"user:zhao-lei:reader"}


def test_a_project_that_no_manifest_names_is_listed_and_left_alone(site: Site) -> None:
    """It stands in the plan as unmanaged, and stays as it is to the last property."""
    by_hand = f"{site.name}-by-hand"
    project_id = site.city.make_project(by_hand, "手工创建")
    site.city.set_limits("compute", project_id, {"cores": 3})
    before = site.city.project(by_hand), site.city.limits(project_id), site.city.members(project_id)
    assert {"cloud": "city", "project": by_hand} in site.plan()["unmanaged"]
    site.apply()
    assert (site.city.project(by_hand), site.city.limits(project_id), site.city.members(project_id)) == before
    assert not [each for each in writes(site.devcloud, site.began) if project_id in each.path]


def test_a_project_left_out_of_its_manifest_is_orphaned_and_left_alone(site: Site) -> None:
    """What was applied and is no longer named is told apart from what never was; absence deletes nothing."""
    site.ask_all(tenant(site.name, project("one"), project("two")))
    site.apply()
    mark = site.devcloud.mark()
    site.ask_all(tenant(site.name, project("one")))
    assert site.plan(code=0)["orphaned"] == [{"cloud": "city", "project": f"{site.name}-two"}]
    assert f"{site.name}-two" in site.apply().out
    assert (writes(site.devcloud, mark), site.city.project(f"{site.name}-two")["enabled"]) == ([], True)
