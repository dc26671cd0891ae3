"""Images of the city cloud that are copied to the district cloud, over relays that can break."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from devcloud.fixture import Devcloud
from provisioner.clouds.collections import Item, ItemId
from provisioner.clouds.interface import Assignment, PrincipalId, ProjectId
from provisioner.clouds.openstack.cloud import OpenStackCloud, connect
from provisioner.clouds.openstack.retry import RetryPolicy
from provisioner.clouds.openstack.transport import TransportSettings
from provisioner.copying.records import Conduct, ImageCopy, NewImage, Patience, Progress, StoredImage
from provisioner.migration.collections import IMAGES
from tenants.names import CloudName, DomainName, RoleName
from tenants.spec import PrincipalKind
from tests.integration.copying.relay import Relay

_PATIENCE = 180
_DOMAIN = DomainName("government")
_RAW = {"disk_format": "raw", "container_format": "bare", "visibility": "private"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests of this folder the time that real clouds need."""
    for item in items:
        if item.path.is_relative_to(__file__.rpartition("/")[0]) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(_PATIENCE))


@dataclass
class Place:
    """A project of a cloud, and the relay to the cloud's image service."""

    cloud: OpenStackCloud
    project: ProjectId
    relay: Relay

    def image(self, name: str, content: bytes) -> StoredImage:
        """An image with that content."""
        made = self.cloud.resources.create(IMAGES, self.project, {"name": name, **_RAW})
        image = ItemId(str(made.item["id"]))
        pieces = (content[at : at + 2**20] for at in range(0, len(content), 2**20))
        self.cloud.image_data.write(image, self.project, pieces, size=len(content))
        return StoredImage(cloud=self.cloud, project=self.project, image=image)

    def images(self) -> tuple[Item, ...]:
        """The project's, of whatever state."""
        found = self.cloud.resources.everything(IMAGES, {"owner": self.project})
        assert found.failure is None
        return tuple(each for each in found.items if each["owner"] == self.project)

    def content(self, image: ItemId) -> bytes:
        """What the image has."""
        with self.cloud.image_data.read(image, self.project) as pieces:
            return b"".join(pieces)


@dataclass
class Road:
    """From here to there."""

    source: Place
    target: Place
    clouds_yaml: Path
    told: list[Progress] = field(default_factory=list)

    def copy(self, content: bytes, **more: Any) -> ImageCopy:
        """The copy of an image with that content."""
        new = NewImage(cloud=self.target.cloud, project=self.target.project, body={"name": "副本", **_RAW})
        return ImageCopy(source=self.source.image("原件", content), target=new, **more)

    def conduct(self, **more: Any) -> Conduct:
        """With short pauses, in chunks of 1 MiB."""
        patience = Patience(first_pause=0.1)
        return Conduct(**{"chunk": 2**20, "patience": patience, "progress": self.told.append, **more})


@pytest.fixture
def road(devcloud: Devcloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Road]:
    """From a new project in the city to one in the district; both are emptied in the end."""
    document = yaml.safe_load(devcloud.clouds_yaml.read_text())
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(devcloud.clouds_yaml))
    clouds_yaml = tmp_path / "clouds.yaml"
    with ExitStack() as stack:
        relays = {name: stack.enter_context(_relay(name)) for name in ("city", "district")}
        for name, relay in relays.items():
            document["clouds"][name]["image_endpoint_override"] = f"http://{relay.address}"
        clouds_yaml.write_text(yaml.safe_dump(document))
        monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(clouds_yaml))
        source, target = (_place(stack, name, relay) for name, relay in relays.items())
        yield Road(source, target, clouds_yaml)
        devcloud.clear()


@pytest.fixture
def content() -> Callable[[int], bytes]:
    """So many bytes of which nothing repeats."""
    return secrets.token_bytes


def _relay(name: str) -> Relay:
    with connect(CloudName(name), name) as cloud:
        address = urlsplit(str(cloud._connection.adapter("image").get_endpoint()))
    assert address.hostname is not None
    assert address.port is not None
    return Relay(address.hostname, address.port)


def _place(stack: ExitStack, name: str, relay: Relay) -> Place:
    settings = TransportSettings(read_timeout=5.0, retry=RetryPolicy(attempts=2, first_pause=0.1))
    cloud = stack.enter_context(connect(CloudName(name), name, settings=settings))
    made, _ = cloud.identity.create_project(_DOMAIN, name=f"copying-{secrets.token_hex(4)}", description="")
    roles = cloud.identity.directory(_DOMAIN, users=False).roles
    cloud.identity.grant(
        Assignment(
            project_id=made.id,
            kind=PrincipalKind.USER,
            principal_id=PrincipalId(cloud.own_user()),
            role_id=roles[RoleName("admin")],
        )
    )
    place = Place(cloud, made.id, relay)
    stack.callback(_clear, place)
    return place


def _clear(place: Place) -> None:
    place.relay.cuts.clear()
    place.relay.frozen.clear()
    for each in place.images():
        place.cloud.resources.delete(IMAGES, place.project, ItemId(str(each["id"])))
