"""Servers that are nowhere yet, and the disk images that they are built of by worker processes that die."""

import hashlib
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from devcloud import disks
from provisioner.clouds.collections import ItemId
from provisioner.disk_images.preparing import Workshop
from provisioner.migration.mapping import networks_of, resolve
from provisioner.moving.importing import imported, sized
from provisioner.moving.viewing import view
from tenants.application import (
    ApplicationSpec,
    GroupPolicy,
    InterfaceSpec,
    ServerGroupSpec,
    ServerSpec,
    VolumeSpec,
)
from tenants.names import (
    ApplicationName,
    CloudName,
    FlavorName,
    ImageName,
    NetworkName,
    SecurityGroupName,
    ServerGroupName,
    ServerName,
    VolumeName,
)
from tenants.wave import DiskFormat, DiskImport, ServerImport, TargetPlace, WaveMember, WaveName, WaveSpec
from tests.integration.moving.belongings import NOTHING, digest
from tests.integration.moving.stage import Stage
from tests.integration.moving.theatre import project_of
from tests.qemu_images import run

_GIB: Final = 2**30
#: Bytes of each disk, of which most are zeros.
_DISK: Final = 24 * 2**20
#: An image that every project of the cloud can use.
_GUEST: Final = ImageName("guest")
_GROUP: Final = ServerGroupName("apart")
_SUBFORMATS: Final = {DiskFormat.VMDK: ("-o", "subformat=streamOptimized")}


@dataclass(kw_only=True)
class Import(Stage):
    """Files of the operators' folder on their way to be servers."""

    #: By subject, of the volume of 1 GiB.
    _content: dict[str, str] = field(default_factory=dict)
    #: Of each file of the folder, its hash and when it was written.
    _files: dict[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def workshop(self) -> Workshop:
        """One for all workers, as on one machine."""
        return self.workshop_of("here")

    def workshop_of(self, machine: str) -> Workshop:
        """The folder of disk images, which all machines see, and a scratch folder that one has."""
        return Workshop(images=self.folder / "images", scratch=self.folder / f"scratch-{machine}", largest=1 << 40)

    def put_on(self, servers: Mapping[str, tuple[DiskFormat | None, ...]], **changes: Any) -> None:
        """Write a disk image for each disk of these servers, the one to boot from first, and put their migration on record.

        Where no format is named, the disk is that of an image which the cloud has.
        """
        imports = tuple(self._server_import(name, formats) for name, formats in servers.items())
        application, place = self._application(imports), self.estate.place
        member = WaveMember(application=application.name, imports=imports)
        wave = WaveSpec(
            name=WaveName(f"w-{secrets.token_hex(3)}"),
            display_name="镜像导入",
            owner=place.tenant,
            mode=self.mode,
            source=None,
            target=TargetPlace(cloud=CloudName("city")),
            members=(member,),
            probes=False,
            retention=timedelta(0),
        )
        wave = replace(wave, **changes)
        project = replace(project_of(place.cloud), name=place.project)
        workload = imported(place, project, application, member)
        seen = view(self.target, place, project, networks_of(wave, workload))
        self.workload = sized(workload, seen, wave.mappings)
        bindings = resolve(wave, self.workload, seen)
        assert not isinstance(bindings, tuple), bindings
        self._files = dict(self._files_now())
        self.put_on_record(wave, bindings)

    def _server_import(self, name: str, formats: tuple[DiskFormat | None, ...]) -> ServerImport:
        disks = tuple(self._disk_import(name, place, each) for place, each in enumerate(formats))
        return ServerImport(server=ServerName(name), disks=disks)

    def _disk_import(self, name: str, place: int, form: DiskFormat | None) -> DiskImport:
        volume = VolumeName(f"{name}-{place}")
        if form is None:
            self._content[f"{name}#{place}"] = self._of_guest()
            return DiskImport(volume=volume, image=_GUEST)
        file = f"market/{volume}.{form}"
        self._content[f"{name}#{place}"] = self._written(self.folder / "images" / file, form)
        return DiskImport(volume=volume, file=file, format=form)

    def _of_guest(self) -> str:
        """What a volume of 1 GiB holds that is made of the image which the cloud has, by its hash."""
        image = next(each.id for each in self.target.offers().images if each.name == _GUEST)
        found, size = hashlib.sha256(), 0
        with self.target.image_data.read(ItemId(image), None) as pieces:
            for each in pieces:
                found.update(each)
                size += len(each)
        found.update(bytes(_GIB - size))
        return found.hexdigest()

    def _written(self, file: Path, form: DiskFormat) -> str:
        """What a volume of 1 GiB holds that is made of the file which this writes, by its hash."""
        file.parent.mkdir(parents=True, exist_ok=True)
        raw = self.folder / "disk.raw"
        raw.touch()
        os.truncate(raw, _DISK)
        for _ in range(8):
            disks.write(raw, secrets.randbelow(_DISK - 65536), secrets.token_bytes(65536))
        run("qemu-img", "convert", "-f", "raw", "-O", form, *_SUBFORMATS.get(form, ()), str(raw), str(file))
        os.truncate(raw, _GIB)
        found = digest(raw)
        raw.unlink()
        return found

    def _application(self, imports: tuple[ServerImport, ...]) -> ApplicationSpec:
        interface = InterfaceSpec(network=NetworkName("应用网"), security_groups=(SecurityGroupName("web"),))
        servers = tuple(
            ServerSpec(
                name=each.server,
                flavor=FlavorName("tiny"),
                boot_volume=each.disks[0].volume,
                interfaces=(interface,),
                metadata={"duty": "登记"},
                server_group=_GROUP,
            )
            for each in imports
        )
        volumes = (
            VolumeSpec(name=disk.volume, size=1, bootable=place == 0, server=each.server)
            for each in imports
            for place, disk in enumerate(each.disks)
        )
        return ApplicationSpec(
            name=ApplicationName("registration"),
            display_name="登记",
            owner=self.estate.place.tenant,
            project=self.estate.place.project,
            protection_level=2,
            servers=servers,
            server_groups=(ServerGroupSpec(name=_GROUP, policy=GroupPolicy.SOFT_ANTI_AFFINITY),),
            volumes=tuple(volumes),
        )

    # What is there

    def files_are_untouched(self) -> None:
        """Every disk image is as it was, and there is nothing beside them."""
        assert dict(self._files_now()) == self._files

    def _files_now(self) -> Iterator[tuple[str, tuple[str, int]]]:
        for each in (self.folder / "images").rglob("*"):
            if each.is_file():
                yield str(each), (digest(each), each.stat().st_mtime_ns)

    def in_scratch(self, machine: str = "here") -> list[str]:
        """What is left in a machine's scratch folder."""
        folder = self.workshop_of(machine).scratch
        return sorted(each.name for each in folder.iterdir()) if folder.exists() else []

    def arrived(self) -> None:
        """The servers run, each once, on volumes that hold what the files hold; nothing is left that only served for it."""
        self.everything_arrived_once()
        assert self.target_content() == self._content
        servers = [self.estate.seen(each) for each in self.has()["servers"]]
        assert {(each["status"], each["locked"], each["metadata"]["duty"]) for each in servers} == {
            ("ACTIVE", False, "登记")
        }
        assert self.marked_elsewhere() == []

    def nothing_came_of_it(self) -> None:
        """Neither on the cloud nor in what is kept for it, and the files are as they were."""
        assert self.has() == NOTHING
        assert self.marked() == []
        assert not self.keeps_room()
        self.files_are_untouched()
