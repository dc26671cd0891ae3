"""An image from elsewhere in a cloud's image store, with all of its bytes."""

from collections.abc import Iterator
from uuid import uuid4

import openstack
import pytest

from devcloud.fixture import Devcloud
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.openstack.cloud import connect
from provisioner.copying import records as copying
from provisioner.copying.compare import stored_hash
from provisioner.copying.moving import Moving
from provisioner.copying.upload import ImageUpload
from provisioner.disk_images.preparing import Conduct, Wanted, Workshop, opened, prepare
from provisioner.disk_images.source import DiskSource
from tenants.names import CloudName
from tests.qemu_images import SIZE, Images

#: openstacksdk warns of what it will do without, whatever it is used for.
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")


@pytest.fixture
def upload(devcloud: Devcloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[ImageUpload]:
    """An image that is to be made in the city's cloud; it is deleted afterwards."""
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(devcloud.clouds_yaml))
    body = {"name": f"财政-{uuid4()}", "disk_format": "raw", "container_format": "bare", "visibility": "private"}
    with connect(CloudName("city"), "city") as cloud, openstack.connect(cloud="city") as sdk:
        project = ProjectId(sdk.current_project_id)
        made = ImageUpload(copying.NewImage(cloud=cloud, project=project, body=body))
        yield made
        made.discard()


def test_a_converted_disk_arrives_whole(images: Images, workshop: Workshop, upload: ImageUpload) -> None:
    """What is sent is what was made ready, and what is stored is what was sent."""
    images.write("stream.vmdk", "vmdk", "-o", "subformat=streamOptimized")
    disk = prepare(Wanted(file="stream.vmdk"), workshop, Conduct())
    with opened(disk, workshop) as content:
        sent = Moving(DiskSource(content), upload, copying.Conduct(), algorithm="sha512").done()
    stored = upload.settled()
    assert (sent.digests.sha256, stored["status"], stored["size"]) == (images.sha256, "active", SIZE)
    assert stored_hash(stored) == ("sha512", sent.other)
