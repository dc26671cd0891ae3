"""The proof by a disk's own content, where the target's Cinder makes no image of it."""

from typing import Any

import pytest

from provisioner.errors import CloudError
from provisioner.migration.identifiers import MigrationId, Subject, marks
from provisioner.migration.script import StepKind
from provisioner.moving.deeds.disks import DISK, Prove
from tenants.wave import Mode, Verification

_DISK = Subject("web#1")


@pytest.mark.timeout(20)
def test_a_disk_of_which_no_image_comes_is_given_up(estate: Any) -> None:
    """The image store is full, say: each upload ends as if it had never begun, and the application stands still meanwhile."""
    estate.server("web", data=1)
    estate.volume("web-data-0", metadata=marks(MigrationId("m1"), DISK, _DISK))
    journey = estate.journey(Mode.CROSS_CLOUD, "web", verification=Verification.DISK)
    uploads = "resources.act.migrated-volumes"
    before = estate.cloud.weather.calls.get(uploads, 0)
    estate.cloud.weather.ignore(uploads, times=1000)
    with pytest.raises(CloudError, match="could not be made an image"):
        Prove().begin(journey.spot(StepKind.PROVE, _DISK))
    assert estate.cloud.weather.calls[uploads] - before == 3
