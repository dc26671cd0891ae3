"""A source that people change between the check and its lock, until a window opens: nothing of it is left behind unnoticed."""

from typing import Any

import pytest

from provisioner.clouds.collections import Act, ItemId
from provisioner.migration.collections import SERVERS
from provisioner.migration.script import StepKind
from tenants.wave import Mode


def _attach(estate: Any, server: str) -> None:
    more = {"volumeAttachment": {"volumeId": estate.volume("later")}}
    act = Act(below="/os-volume_attachments", body=more)
    estate.cloud.resources.act(SERVERS, estate.place.project_id, ItemId(server), act)


@pytest.mark.parametrize(
    ("mode", "kind"), [(Mode.LIVE, StepKind.LOCK), (Mode.CROSS_CLOUD, StepKind.STOP), (Mode.CROSS_CLOUD, StepKind.LOCK)]
)
def test_a_disk_that_came_after_the_check_keeps_a_server_from_moving(estate: Any, mode: Mode, kind: StepKind) -> None:
    """It would have stayed behind, and its application would have served without it."""
    server = estate.server("web", data=1)
    journey = estate.journey(mode, "web")
    _attach(estate, server)
    failure = journey.forward(kind).failure
    assert failure is not None
    assert "it has 2 volumes, of which it had 1 of 1; start the wave again" in failure.message
    assert estate.done_to("stop") == estate.done_to("lock") == 0


def test_a_server_that_was_resized_after_the_check_does_not_move(estate: Any) -> None:
    """Its flavor was mapped, and room for it kept."""
    server = estate.server("web")
    journey = estate.journey(Mode.CROSS_CLOUD, "web")
    flavor = {**estate.seen(server)["flavor"], "original_name": "large"}
    estate.cloud.alter(SERVERS, ItemId(server), flavor=flavor)
    failure = journey.forward(StepKind.STOP).failure
    assert failure is not None
    assert "its flavor is large and was tiny" in failure.message
