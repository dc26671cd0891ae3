"""Prebuilt databases: making them is the slow part of a start, so it is done once and copied.

Two layers, both kept under a digest of the lock file and of the code that fills them, so that a change makes new ones:
the empty *schema* of every service, and a *seeded* cloud for each cloud name and options, taken from the first cloud
that was started so. A seeded template belongs to one name because two clouds must not share ids: a program that
mistook one cloud's project for another's would go unnoticed.
"""

import hashlib
import json
import shutil
import sqlite3
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

from devcloud import configs, processes
from devcloud.environment import LOCK_FILE, Progress, exclusive
from devcloud.layout import PACKAGE, CloudFolder, Home
from devcloud.records import NOVA, SERVICES, CloudName, CloudOptions, Endpoint, ServiceName

_KEPT_GENERATIONS: Final = 3
_SIDE_FILES: Final = ("keys", "images")
"""Folders of a cloud that a seeded template holds beside the databases."""

_DATABASES: Final = tuple(str(service) for service in SERVICES if service != NOVA) + configs.NOVA_DATABASES


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedOrigin:
    """What a seeded template was taken from, whose addresses and paths a copy must replace."""

    folder: str
    endpoints: dict[ServiceName, Endpoint]
    admin_password: str

    def dump(self) -> str:
        """Return this as JSON."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def load(cls, text: str) -> Self:
        """Read what :meth:`dump` wrote."""
        raw = json.loads(text)
        endpoints = {ServiceName(name): Endpoint(**ports) for name, ports in raw["endpoints"].items()}
        return cls(folder=raw["folder"], endpoints=endpoints, admin_password=raw["admin_password"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Templates:
    """The templates of this lock file and this code."""

    home: Home

    @property
    def generation(self) -> Path:
        """The folder of this lock file and this code."""
        return self.home.templates / _digest()

    @property
    def schema(self) -> Path:
        """The folder of the empty databases."""
        return self.generation / "schema"

    def seeded(self, name: CloudName, options: CloudOptions) -> Path:
        """Return the folder of a seeded cloud, whether it is there or not."""
        digest = hashlib.sha256(json.dumps(asdict(options), sort_keys=True).encode()).hexdigest()[:10]
        return self.generation / f"seeded-{name}-{digest}"

    def ensure_schema(self, progress: Progress) -> None:
        """Make the empty databases unless they are there."""
        if self.schema.exists():
            return
        self.generation.mkdir(parents=True, exist_ok=True)
        with exclusive(self.generation / "schema.lock", waiting=lambda: progress("waiting for the databases")):
            if not self.schema.exists():
                progress("creating the databases (once for this lock file)")
                self._build_schema()
                self._prune()

    def copy_schema(self, target: CloudFolder) -> None:
        """Give a cloud empty databases."""
        origin = (self.schema / "origin").read_text(encoding="utf-8")
        for name in _DATABASES:
            shutil.copyfile(self.schema / f"{name}.sqlite", target.databases / f"{name}.sqlite")
        _move_cells(target, origin)

    def save_seeded(self, name: CloudName, options: CloudOptions, source: CloudFolder, origin: SeedOrigin) -> None:
        """Keep a running, freshly seeded cloud as a template; the databases may be in use."""
        final = self.seeded(name, options)
        draft = final.with_name(f"{final.name}.{time.monotonic_ns()}")
        draft.mkdir(parents=True)
        for database in _DATABASES:
            with (
                closing(sqlite3.connect(source.databases / f"{database}.sqlite", timeout=60)) as reader,
                closing(sqlite3.connect(draft / f"{database}.sqlite")) as writer,
            ):
                reader.backup(writer)
        for side in _SIDE_FILES:
            shutil.copytree(source.root / side, draft / side)
        (draft / "origin.json").write_text(origin.dump(), encoding="utf-8")
        try:
            draft.rename(final)
        except OSError:  # another devcloud saved the same first
            shutil.rmtree(draft)

    def copy_seeded(self, template: Path, target: CloudFolder, endpoints: Mapping[ServiceName, Endpoint]) -> SeedOrigin:
        """Give a cloud a seeded template's content, with its own addresses and paths."""
        origin = SeedOrigin.load((template / "origin.json").read_text(encoding="utf-8"))
        for name in _DATABASES:
            shutil.copyfile(template / f"{name}.sqlite", target.databases / f"{name}.sqlite")
        for side in _SIDE_FILES:
            shutil.copytree(template / side, target.root / side, dirs_exist_ok=True)
        _move_catalogue(target, origin, endpoints)
        _move_cells(target, origin.folder)
        _move_images(target, origin.folder)
        _refresh_heartbeats(target)
        return origin

    def _build_schema(self) -> None:
        draft = CloudFolder(root=self.generation / f"schema-draft.{time.monotonic_ns()}")
        draft.create()
        nowhere = {service: Endpoint(public=1, internal=1) for service in SERVICES}
        configs.write_all(
            configs.ConfigInput(
                folder=draft, packaged_etc=self.home.venv / "etc", endpoints=nowhere, options=CloudOptions()
            )
        )
        with ThreadPoolExecutor(max_workers=len(SERVICES)) as pool:
            list(pool.map(lambda service: processes.create_schema(self.home, draft, service), SERVICES))
        ready = draft.root / "ready"
        ready.mkdir()
        for name in _DATABASES:
            with (
                closing(sqlite3.connect(draft.databases / f"{name}.sqlite", timeout=60)) as reader,
                closing(sqlite3.connect(ready / f"{name}.sqlite")) as writer,
            ):
                reader.backup(writer)
        (ready / "origin").write_text(str(draft.root), encoding="utf-8")
        ready.rename(self.schema)
        shutil.rmtree(draft.root)

    def _prune(self) -> None:
        """Remove what older lock files and older code left."""
        generations = sorted(self.home.templates.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
        for folder in generations[_KEPT_GENERATIONS:]:
            shutil.rmtree(folder, ignore_errors=True)


def _digest() -> str:
    """Return a digest of everything that a template's content depends on."""
    digest = hashlib.sha256(LOCK_FILE.read_bytes())
    for pattern in ("services/*.py", "data/*", "configs.py", "seed.py", "template.py"):
        for file in sorted(PACKAGE.glob(pattern)):
            digest.update(f"{file.relative_to(PACKAGE)}\n".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _move_catalogue(target: CloudFolder, origin: SeedOrigin, endpoints: Mapping[ServiceName, Endpoint]) -> None:
    moved = {
        old: new
        for service, ports in origin.endpoints.items()
        for old, new in (
            (ports.public, endpoints[service].public),
            (ports.internal, endpoints[service].internal),
        )
    }
    with closing(sqlite3.connect(target.databases / "keystone.sqlite")) as keystone, keystone:
        for row, url in keystone.execute("SELECT id, url FROM endpoint").fetchall():
            scheme, host, rest = url.split(":", 2)
            port, slash, path = rest.partition("/")
            address = f"{scheme}:{host}:{moved[int(port)]}{slash}{path}"
            keystone.execute("UPDATE endpoint SET url = ? WHERE id = ?", (address, row))


def _move_cells(target: CloudFolder, origin: str) -> None:
    with closing(sqlite3.connect(target.databases / "nova_api.sqlite")) as nova_api, nova_api:
        nova_api.execute(
            "UPDATE cell_mappings SET database_connection = replace(database_connection, ?, ?)",
            (origin, str(target.root)),
        )


def _move_images(target: CloudFolder, origin: str) -> None:
    with closing(sqlite3.connect(target.databases / "glance.sqlite")) as glance, glance:
        glance.execute("UPDATE image_locations SET value = replace(value, ?, ?)", (origin, str(target.root)))


def _refresh_heartbeats(target: CloudFolder) -> None:
    """Let the services' records say "seen just now": they report anew within seconds, and schedulers want it earlier."""
    now = time.strftime("%Y-%m-%d %H:%M:%S.000000", time.gmtime())
    with closing(sqlite3.connect(target.databases / "nova.sqlite")) as nova, nova:
        nova.execute("UPDATE services SET updated_at = ?, last_seen_up = ? WHERE deleted = 0", (now, now))
    with closing(sqlite3.connect(target.databases / "cinder.sqlite")) as cinder, cinder:
        cinder.execute("UPDATE services SET updated_at = ? WHERE deleted = 0", (now,))
