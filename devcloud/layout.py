"""Where a devcloud keeps things: the home shared by all devclouds of a checkout, and the folder of one cloud."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from devcloud.records import CloudName, ServiceName

PACKAGE: Final = Path(__file__).resolve().parent
"""The folder of this package."""

HOME_VARIABLE: Final = "DEVCLOUD_HOME"
"""Environment variable that moves the home elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What all devclouds share: the OpenStack environment, and the database templates."""

    root: Path

    @classmethod
    def locate(cls, environ: Mapping[str, str] = os.environ) -> "Home":
        """Return the home that ``DEVCLOUD_HOME`` names, or ``.devcloud`` beside the package."""
        named = environ.get(HOME_VARIABLE)
        return cls(root=Path(named).expanduser().resolve() if named else PACKAGE.parent / ".devcloud")

    @property
    def venv(self) -> Path:
        """The OpenStack environment."""
        return self.root / "venv"

    @property
    def python(self) -> Path:
        """The OpenStack environment's interpreter."""
        return self.venv / "bin" / "python"

    @property
    def templates(self) -> Path:
        """Prebuilt databases; see :mod:`devcloud.template`."""
        return self.root / "templates"

    @property
    def guests(self) -> Path:
        """The image of real guests and what it is made of; see :mod:`devcloud.guests`."""
        return self.root / "guests"

    @property
    def default_state(self) -> Path:
        """State folder of ``up`` without ``--state``."""
        return self.root / "state"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateFolder:
    """The folder of one devcloud: one or more clouds under one supervisor."""

    root: Path

    @property
    def clouds_yaml(self) -> Path:
        """The ``clouds.yaml`` that clients are given."""
        return self.root / "clouds.yaml"

    @property
    def state(self) -> Path:
        """The supervisor's :class:`~devcloud.records.DevcloudState`."""
        return self.root / "devcloud.json"

    @property
    def lock(self) -> Path:
        """Held by the supervisor for as long as it lives."""
        return self.root / "supervisor.lock"

    @property
    def log(self) -> Path:
        """What a detached supervisor prints."""
        return self.root / "supervisor.log"

    def cloud(self, name: CloudName) -> "CloudFolder":
        """Return the folder of one cloud."""
        return CloudFolder(root=self.root / "clouds" / name)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudFolder:
    """The folder of one cloud: configuration, databases, keys, images, volumes, logs."""

    root: Path

    @property
    def etc(self) -> Path:
        """Configuration files."""
        return self.root / "etc"

    @property
    def databases(self) -> Path:
        """SQLite files, copied from a template."""
        return self.root / "databases"

    @property
    def keys(self) -> Path:
        """Keystone's key repositories."""
        return self.root / "keys"

    @property
    def images(self) -> Path:
        """Glance's image files."""
        return self.root / "images"

    @property
    def volumes(self) -> Path:
        """Cinder's sparse volume files, a folder for each backend."""
        return self.root / "volumes"

    @property
    def disks(self) -> Path:
        """Root disks of fake servers that are made of images, by the servers' ids."""
        return self.root / "disks"

    @property
    def scratch(self) -> Path:
        """Lock files, state paths and temporary files of the services."""
        return self.root / "scratch"

    @property
    def hypervisor(self) -> Path:
        """What the libvirt daemons of real guests keep, a folder for each compute."""
        return self.root / "hypervisor"

    @property
    def faults(self) -> Path:
        """The fault and latency rules in force; see :mod:`devcloud.faultrules`."""
        return self.root / "faults.json"

    def config(self, service: ServiceName) -> Path:
        """Return the configuration file of a service."""
        # Glance insists on the name glance-api.conf.
        return self.etc / ("glance-api.conf" if service == "glance" else f"{service}.conf")

    def log(self, service: ServiceName) -> Path:
        """Return the log of a service."""
        return self.root / "logs" / f"{service}.log"

    def requests(self, service: ServiceName) -> Path:
        """Return the request log of a service: one JSON object a line."""
        return self.root / "requests" / f"{service}.jsonl"

    def settings(self, service: ServiceName) -> Path:
        """Return the file of a service's :class:`~devcloud.records.ServiceSettings`."""
        return self.etc / f"{service}.json"

    def create(self) -> None:
        """Make every folder."""
        for folder in (
            self.etc,
            self.databases,
            self.keys,
            self.images,
            self.volumes,
            self.disks,
            self.scratch,
            self.root / "logs",
            self.root / "requests",
        ):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
