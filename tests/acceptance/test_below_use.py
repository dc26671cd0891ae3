"""Limits below what is in use: refused with who uses it, unless the manifest allows it."""

from typing import Any

import pytest

from tests.acceptance.manifests import project, tenant
from tests.acceptance.shell import ERROR
from tests.acceptance.site import Site
from tests.acceptance.waiting import until

_ACCEPTED = 202


def _asked(*, volumes: int, cores: int, allowed: bool = False) -> dict[str, Any]:
    quota = {"compute": {"cores": cores, "instances": 3}, "block-storage": {"volumes": volumes, "gigabytes": 20}}
    return {"quota": quota, "members": [{"user": "li-wei", "role": "member"}], "allowBelowUsage": allowed}


@pytest.fixture
def busy(site: Site) -> Site:
    """A project that holds two volumes of 3 GiB and two servers of one core, of five and four that it may hold."""
    site.ask(**_asked(volumes=5, cores=4))
    site.apply()
    engineer = site.engineer
    answers = engineer.store(3), engineer.store(3), engineer.boot(count=2)
    assert [each.status_code for each in answers] == [_ACCEPTED] * 3
    until(lambda: _is_busy(site), "two servers and two volumes are there")
    return site


def _is_busy(site: Site) -> bool:
    states = [each["status"] for each in (*site.city.servers(site.project_id), *site.city.volumes(site.project_id))]
    assert not {"ERROR", "error"} & set(states)
    return sorted(states) == ["ACTIVE", "ACTIVE", "available", "available"]


def _limits(site: Site) -> tuple[int, int]:
    return site.enforced["block-storage"]["volumes"], site.enforced["compute"]["cores"]


def test_it_is_refused_with_the_use_and_who_holds_it(busy: Site) -> None:
    """Both limits are refused at once, each with the use and the names; the clouds stay as they were."""
    busy.ask(**_asked(volumes=1, cores=1))
    refusals = busy.plan(code=ERROR)["sections"][0]["refusals"]
    told = {each["address"].rpartition("/")[2]: each for each in refusals}
    assert told["block-storage"]["message"].startswith("volumes cannot go from 5 to 1: 2 in use")
    assert told["compute"]["message"].startswith("cores cannot go from 4 to 1: 2 in use")
    shown = busy.apply(code=ERROR).out
    assert ("卷" in shown, "server-1" in shown, "server-2" in shown) == (True, True, True)
    assert _limits(busy) == (5, 4)


def test_others_are_applied_all_the_same(busy: Site) -> None:
    """One tenant's refusal stops nobody else; the command still ends with 1."""
    refused = tenant(busy.name, project(**_asked(volumes=1, cores=4)))
    busy.ask_all(refused, tenant(f"{busy.name}-fine"))
    assert "1 done, 1 refused" in busy.apply(code=ERROR).out
    assert len(busy.city.projects(f"{busy.name}-fine-registration")) == 1


def test_it_is_done_where_the_manifest_allows_it(busy: Site) -> None:
    """`allowBelowUsage` shows in the plan as destructive, reaches every service, and what exists stays."""
    busy.ask(**_asked(volumes=1, cores=1, allowed=True))
    plan = busy.plan()
    notices = [each["message"] for each in plan["sections"][0]["notices"]]
    assert (len(notices), plan["summary"]["destructive"]) == (2, 2)
    assert all("allowBelowUsage" in each for each in notices)
    busy.apply()
    assert (_limits(busy), _is_busy(busy)) == ((1, 1), True)


def test_freeing_some_lets_it_through(busy: Site) -> None:
    """Once the use is down, the same manifest is applied."""
    busy.ask(**_asked(volumes=0, cores=4))
    busy.apply(code=ERROR)
    busy.city.delete_volumes(busy.project_id)
    until(lambda: not busy.city.volumes(busy.project_id), "no volume is left")
    busy.apply()
    assert _limits(busy) == (0, 4)
