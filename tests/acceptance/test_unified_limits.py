"""A Nova that takes its limits from Keystone: PUT on its own quota answers 200 and does nothing, so Keystone is told."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devcloud.fixture import Devcloud, running
from devcloud.records import CloudOptions
from tests.acceptance.clouds import Cloud
from tests.acceptance.manifests import QUOTA
from tests.acceptance.shell import Shell
from tests.acceptance.site import Site
from tests.acceptance.waiting import until

_ACCEPTED = 202
_FORBIDDEN = 403


@pytest.fixture(scope="module")
def unified() -> Iterator[Devcloud]:
    """One cloud of its own whose Nova runs with the unified limits driver."""
    with running(("city",), options=CloudOptions(unified_limits=True)) as started:
        yield started


@pytest.fixture(scope="module")
def city(unified: Devcloud) -> Cloud:
    """That cloud in its administrator's hands."""
    return Cloud.of(unified, "city")


@pytest.fixture
def site(tmp_path: Path, unified: Devcloud, city: Cloud, name: str) -> Site:
    """One tenant, applied to that cloud."""
    shell = Shell(folder=tmp_path, clouds_yaml=unified.clouds_yaml)
    made = Site(tenantry=shell, devcloud=unified, city=city, name=name, began=unified.mark())
    made.ask()
    made.apply()
    return made


def _limits(site: Site) -> dict[str, dict[str, Any]]:
    path = f"/v3/limits?project_id={site.project_id}"
    return {each["resource_name"]: each for each in site.city.admin.call("GET", "keystone", path)["limits"]}


def test_the_limits_are_in_keystone(site: Site) -> None:
    """Under the names that Nova asks for."""
    limits = {name: each["resource_limit"] for name, each in _limits(site).items()}
    assert limits == {"servers": 3, "class:VCPU": 6, "class:MEMORY_MB": 8192}


def test_nova_enforces_them(site: Site) -> None:
    """Three servers are given, the fourth is refused."""
    engineer = site.engineer
    assert engineer.boot(count=3).status_code == _ACCEPTED
    until(lambda: [each["status"] for each in site.city.servers(site.project_id)] == ["ACTIVE"] * 3, "three servers")
    assert engineer.boot().status_code == _FORBIDDEN


def test_the_second_time_sends_no_write(site: Site) -> None:
    """Keystone's limits are read back as what they are."""
    sent = site.writes
    site.apply()
    assert site.writes == sent


def test_a_changed_number_changes_the_limit(site: Site) -> None:
    """Keystone's limit is changed, not made a second time."""
    site.ask(quota={**QUOTA, "compute": {"instances": 3, "cores": 16, "ram": "8GiB"}})
    site.apply()
    assert (_limits(site)["class:VCPU"]["resource_limit"], len(_limits(site))) == (16, 3)


def test_a_limit_changed_by_hand_is_drift(site: Site) -> None:
    """It is looked for where Nova looks."""
    limit = _limits(site)["class:VCPU"]["id"]
    site.city.admin.call("PATCH", "keystone", f"/v3/limits/{limit}", {"limit": {"resource_limit": 30}})
    assert [(each["property"], each["actual"]) for each in site.drift()] == [("cores", 30)]
