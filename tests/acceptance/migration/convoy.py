"""One application in the city, a project for it in the district, and the wave that takes it there: with the clouds' own word for all."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from devcloud import disks
from devcloud.fixture import Devcloud
from tests.acceptance.clouds import Cloud
from tests.acceptance.manifests import Document, application, cloud, project, tenant, write
from tests.acceptance.shell import NOTHING, Ended, Running, Shell
from tests.acceptance.waiting import until

_QUOTA: Final = {
    "compute": {"instances": 2, "cores": 2, "ram": "2GiB"},
    "block-storage": {"volumes": 6, "gigabytes": 12, "snapshots": 6},
    "network": {"network": 1, "subnet": 1, "port": 6},
}
_ZONE: Final = {"networks": [{"name": "业务网", "subnets": [{"name": "app-v4", "cidr": "10.40.0.0/24"}]}]}
#: Bytes that a guest would have written, and where: at the beginning, in the midst, and near the end of a disk of 1 GiB.
_OFFSETS: Final = (1 << 20, 500_000_001, (1 << 30) - 300_000)
_WRITTEN: Final = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Convoy:
    """What a test moves."""

    tenantry: Shell
    devcloud: Devcloud
    city: Cloud
    district: Cloud
    name: str

    @property
    def folder(self) -> Path:
        """Where the manifests are."""
        return self.tenantry.folder / "manifests"

    @property
    def app(self) -> str:
        """The application."""
        return f"{self.name}-app"

    @property
    def wave(self) -> str:
        """The wave."""
        return f"{self.name}-wave"

    @property
    def home(self) -> str:
        """Keystone's id of the project that it is in."""
        return str(self.city.project(f"{self.name}-home")["id"])

    @property
    def away(self) -> str:
        """Keystone's id of the project that it goes to."""
        return str(self.district.project(f"{self.name}-away")["id"])

    def ask(self, *, image_root: bool = False, **wave: Any) -> None:
        """Write the manifests: one server, that boots from a volume, or from an image with a volume beside."""
        near, far = (
            project(each, cloud=where, quota=_QUOTA, landingZone=_ZONE, members=[], purpose="商事登记")
            for each, where in (("home", "city"), ("away", "district"))
        )
        server: Document = {"name": "网页", "flavor": "tiny", "networks": [{"network": "业务网"}]}
        volume: Document = {"name": "数据", "size": "1GiB"}
        if image_root:
            server["image"], volume["server"] = "guest", "网页"
        else:
            server["bootVolume"], volume["image"] = "数据", "guest"
        parts = {"owner": self.name, "project": "home", "servers": [server], "volumes": [volume]}
        write(
            self.folder,
            cloud(),
            cloud("district"),
            tenant(self.name, near, far),
            application(self.app, **parts),
            self._wave(**wave),
        )

    def _wave(self, **fields: Any) -> Document:
        spec = {
            "owner": self.name,
            "mode": "cross-cloud",
            "source": {"cloud": "city"},
            "target": {"cloud": "district", "project": "away"},
            "applications": [{"name": self.app}],
            "probes": False,
            **fields,
        }
        metadata = {"name": self.wave, "displayName": "商事登记下沉"}
        return {"apiVersion": "tenantry/v1", "kind": "Wave", "metadata": metadata, "spec": spec}

    def migrate(self, command: str, *arguments: str, code: int = NOTHING) -> Ended:
        """A command of `tenantry migrate` about the wave."""
        return self.tenantry("migrate", command, self.wave, *arguments, code=code)

    def start(self) -> Running:
        """Start the wave, or carry it on, in a process that goes on."""
        return self.tenantry.start("migrate", "start", self.wave, "--yes")

    def migration(self) -> Any:
        """The application's migration, with its steps."""
        return self.tenantry("migrate", "show", self.wave, self.app, "-o", "json").document

    def await_copying(self, running: Running) -> None:
        """Wait until bytes travel."""

        def travels() -> bool:
            assert running.process.poll() is None, running.wait()
            return "copy 网页#0 started" in running.said()

        until(travels, "the disk travels")

    def fill(self) -> str:
        """Write into the application's volume at the source; gives what its bytes hash to."""
        file = self._volume_file(self.city, self.home)
        for offset in _OFFSETS:
            disks.write(file, offset, os.urandom(_WRITTEN))
        return _hash(file)

    def arrived(self) -> str:
        """What the bytes of its volume at the target hash to."""
        return _hash(self._volume_file(self.district, self.away))

    def server(self, place: Cloud, project_id: str) -> tuple[str, bool]:
        """The one server of a project: its status, and whether it is locked."""
        (found,) = place.servers(project_id)
        return found["status"], found["locked"]

    def left_over(self) -> list[str]:
        """Whatever is on either cloud that only a migration makes, by name."""
        found = [
            f"{where.name}: {each['name']}"
            for where in (self.city, self.district)
            for each in where.admin.call("GET", "glance", "/v2/images?visibility=all&limit=500")["images"]
            if each.get("tenantry-migration") in self._migrations()
        ]
        for where, held in ((self.city, self.home), (self.district, self.away)):
            path = f"/snapshots/detail?all_tenants=1&project_id={held}"
            found += [each["name"] for each in where.admin.call("GET", "cinder", path)["snapshots"]]
        names = [each["name"] for each in self.city.volumes(self.home)]
        return found + [name for name in names if name != "数据"]

    def _migrations(self) -> set[str]:
        listed = self.tenantry("migrate", "list", "-o", "json").document["waves"]
        return {each["migration"] for wave in listed for each in wave["applications"]}

    def _volume_file(self, place: Cloud, project_id: str) -> Path:
        volume = next(each["id"] for each in place.volumes(project_id) if each["name"] == "数据")
        return disks.volume_file(self.devcloud, place.name, volume)


def _hash(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
