"""`kill -9` at any moment: the same command carries on, and the clouds end exactly as planned, nothing doubled."""

import random
import subprocess

import pytest

from devcloud.fixture import Devcloud
from tests.acceptance.fleet import SIZE, WRITES_EACH, Fleet
from tests.acceptance.manifests import cloud as cloud_manifest
from tests.acceptance.manifests import tenant, write
from tests.acceptance.records import kill_server, unfinished
from tests.acceptance.site import Site
from tests.acceptance.waiting import until

#: Milliseconds added to every request, so that there is time to die in.
_LATENCY = 60
_SEED = 20261121
_DEATHS = 6


@pytest.fixture
def fleet(undisturbed: Devcloud, site: Site) -> Fleet:
    """Tenants on a cloud that is far away."""
    undisturbed.latency(_LATENCY, cloud="city")
    return Fleet.of(site)


@pytest.mark.full
@pytest.mark.parametrize("writes", [1, 8, 31, SIZE, SIZE * WRITES_EACH - 3])
def test_killed_after_a_write(fleet: Fleet, writes: int) -> None:
    """Dead half-way, right after the first project, the eighth, the last, or just before the end."""
    fleet.started(writes).kill()
    fleet.finish()
    fleet.must_be_as_planned()


def test_killed_again_and_again(fleet: Fleet) -> None:
    """At random moments, while it starts, looks, carries on what was left, or writes."""
    moments = random.Random(_SEED)  # noqa: S311 - moments that can be had again
    for _ in range(_DEATHS):
        running = fleet.start()
        try:
            running.process.wait(moments.uniform(0.3, 6.0))
        except subprocess.TimeoutExpired:
            running.kill()
    fleet.finish()
    fleet.must_be_as_planned()


def test_killed_together_with_its_database(fleet: Fleet) -> None:
    """As when the machine loses its power, twice: PostgreSQL recovers, and so do we."""
    for writes in (10, 40):
        fleet.started(writes).kill()
        kill_server(fleet.site.tenantry)
    fleet.finish()
    fleet.must_be_as_planned()


def test_another_command_carries_on_what_was_left(fleet: Fleet) -> None:
    """What a dead process left behind is brought to its end first, even if the next command asks for something else."""
    site = fleet.site
    fleet.started(SIZE).kill()
    site.devcloud.clear()
    other = write(site.tenantry.folder / "other", cloud_manifest(), tenant(f"{site.name}-late"))
    assert "Carrying on" in site.tenantry("apply", other, "--yes").err
    assert len(site.city.projects(f"{site.name}-late-registration")) == 1
    assert [len(site.city.projects(f"{each}-registration")) for each in fleet.tenants] == [1] * SIZE


def test_killed_while_keystone_makes_the_project(undisturbed: Devcloud, site: Site) -> None:
    """Keystone has acted and its answer never came: the project is found, not made twice."""
    undisturbed.fail("city", "keystone", "/v3/projects$", method="POST", kind="hang", after_acting=True)
    running = site.tenantry.start("apply", site.folder, "--yes")
    until(lambda: site.city.projects(site.keystone_name), "the project is there")
    running.kill()
    undisturbed.clear()
    site.apply()
    site.must_be_as_asked()
    assert unfinished(site.tenantry) == []


def test_killed_while_nova_takes_the_limits(undisturbed: Devcloud, site: Site) -> None:
    """Nova has acted and its answer never came: the limits are as asked, and the rest follows."""
    undisturbed.fail("city", "nova", "/os-quota-sets/", method="PUT", kind="hang", after_acting=True)
    running = site.tenantry.start("apply", site.folder, "--yes")
    until(lambda: site.city.projects(site.keystone_name), "the project is there")
    until(lambda: site.enforced["compute"]["cores"] == 6, "Nova has the limits")
    running.kill()
    undisturbed.clear()
    site.apply()
    site.must_be_as_asked()
    assert unfinished(site.tenantry) == []
