"""What services go on with can take time and fail: live migrations of fake servers are watched, aborted, completed by force."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from devcloud.fixture import Devcloud

pytestmark = pytest.mark.timeout(240)

_HOST = "OS-EXT-SRV-ATTR:host"
_TASK = "OS-EXT-STS:task_state"
_ON_THE_WAY = {"queued", "preparing", "running", "running (post-copy)"}
_COMPUTE = {"OpenStack-API-Version": "compute 2.94"}


class Moving:
    """A server that has begun to migrate, for as long as nobody ends it."""

    def __init__(self, city: Any, server: Any) -> None:
        self.city = city
        self.server = server
        self.path = f"/servers/{server['id']}"
        request = {"os-migrateLive": {"host": None, "block_migration": "auto"}}
        city.call("compute", "POST", f"{self.path}/action", json=request, headers=_COMPUTE, raise_exc=True)

    def under_way(self) -> Any:
        """The migration, once it runs and shows how much memory there is."""
        while True:
            found = self.city.get("compute", f"{self.path}/migrations", headers=_COMPUTE)["migrations"]
            if found and found[0]["status"] == "running" and found[0]["memory_total_bytes"]:
                return found[0]

    def ended(self) -> tuple[str, str]:
        """How the migration ended, and whether its server `moved` or `stayed`."""
        self.city.wait("compute", self.path, "server", status="ACTIVE", **{_TASK: None})
        now = self.city.get("compute", self.path, headers=_COMPUTE)["server"]
        path = f"/os-migrations?instance_uuid={now['id']}"
        # Nova shows the server at rest first, and a moment later what became of the migration.
        while (last := self.city.get("compute", path, headers=_COMPUTE)["migrations"][0]["status"]) in _ON_THE_WAY:
            time.sleep(0.1)
        return last, "stayed" if now[_HOST] == self.server[_HOST] else "moved"


@pytest.fixture
def moving(devcloud: Devcloud, city: Any, boot: Callable[..., Any]) -> Moving:
    """A live migration that would take an hour."""
    server = boot(availability_zone="internet")
    devcloud.hinder("city", "live-migration", seconds=3600)
    return Moving(city, server)


def test_a_migration_shows_its_progress(moving: Moving, devcloud: Devcloud) -> None:
    """While it runs; when it has ended it is listed among all alone."""
    memory = moving.under_way()
    assert memory["memory_total_bytes"] == memory["memory_processed_bytes"] + memory["memory_remaining_bytes"]
    devcloud.clear()
    assert moving.ended() == ("completed", "moved")
    assert moving.city.get("compute", f"{moving.path}/migrations", headers=_COMPUTE)["migrations"] == []


def test_a_migration_is_aborted(moving: Moving) -> None:
    """The server stays where it was."""
    path = f"{moving.path}/migrations/{moving.under_way()['id']}"
    moving.city.call("compute", "DELETE", path, headers=_COMPUTE, raise_exc=True)
    assert moving.ended() == ("cancelled", "stayed")


def test_a_migration_is_completed_by_force(moving: Moving) -> None:
    """It ends at once, moved."""
    path = f"{moving.path}/migrations/{moving.under_way()['id']}/action"
    moving.city.call("compute", "POST", path, json={"force_complete": None}, headers=_COMPUTE, raise_exc=True)
    assert moving.ended() == ("completed", "moved")


def test_a_migration_fails(devcloud: Devcloud, city: Any, boot: Callable[..., Any]) -> None:
    """The server goes on where it was."""
    server = boot(availability_zone="internet")
    devcloud.hinder("city", "live-migration", fails=True)
    assert Moving(city, server).ended() == ("failed", "stayed")


def test_a_cold_migration_fails(devcloud: Devcloud, city: Any, boot: Callable[..., Any]) -> None:
    """The server is in error, which says why."""
    server = boot(availability_zone="internet")
    devcloud.hinder("city", "cold-migration", fails=True)
    path = f"/servers/{server['id']}"
    city.call("compute", "POST", f"{path}/action", json={"migrate": None}, raise_exc=True)
    while "fault" not in (now := city.get("compute", path)["server"]):
        pass
    assert "devcloud fault: cold-migration fails" in now["fault"]["message"] + now["fault"].get("details", "")
    assert now["status"] == "ERROR"


def test_a_volume_ends_in_error(devcloud: Devcloud, city: Any) -> None:
    """One of them, and the next is well again."""
    devcloud.hinder("city", "volume", fails=True)
    broken = city.create("block-storage", "/volumes", "volume", size=1)
    while (status := city.get("block-storage", f"/volumes/{broken['id']}")["volume"]["status"]) != "error":
        assert status == "creating"
    well = city.create("block-storage", "/volumes", "volume", size=1)
    city.wait("block-storage", f"/volumes/{well['id']}", "volume", status="available")
