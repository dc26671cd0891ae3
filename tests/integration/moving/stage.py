"""One migration on record, carried on by worker processes that die, whatever it is that moves."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from devcloud.fixture import Devcloud
from provisioner.clouds.interface import ProjectId
from provisioner.disk_images.preparing import Workshop
from provisioner.migration.bindings import Bindings
from provisioner.migration.identifiers import MigrationId, RunId
from provisioner.migration.migration import Migration, Run, RunState, SignOff, Step
from provisioner.migration.script import script
from provisioner.migration.states import Asked, State
from provisioner.migration.workload import Workload
from provisioner.operation import Actor
from provisioner.store import migration_holds, migration_records
from provisioner.store.database import Database
from provisioner.store.ids import new_id
from tenants.wave import Mode, WaveSpec
from tests.integration.moving import belongings
from tests.integration.moving.belongings import Inventory
from tests.integration.moving.mover import Fate, Orders, hire

_RESTS_S: Final = 1700
_KILLED: Final = -9
#: Where nothing more becomes of it, whether that was wanted or not.
_ENDS: Final = frozenset({State.MANUAL, *(each for each in State if each.final)})
#: Lives that a migration may need: more than there are moments to die in.
_LIVES: Final = 400


@dataclass(kw_only=True)
class Stage:
    """One application on its way, by workers that may die."""

    devcloud: Devcloud
    database: Database
    #: Has `cloud`, `place`, `server`, `seen`, `inspect`.
    estate: Any
    target: Any
    #: Whose the target is.
    project: ProjectId
    mode: Mode
    folder: Path
    run: RunId = field(init=False)
    migration: MigrationId = field(init=False)
    workload: Workload = field(init=False)
    #: How many workers were killed.
    deaths: int = 0

    @property
    def workshop(self) -> Workshop | None:
        """Where workers have their disk images."""
        return None

    def put_on_record(self, wave: WaveSpec, bindings: Bindings) -> None:
        """Its migration, begun by nobody yet."""
        at = datetime.now(UTC)
        run = Run(
            id=RunId(new_id(at)),
            wave=wave,
            state=RunState.RUNNING,
            started_by=Actor("chen"),
            started_at=at,
            order={},
        )
        migration = Migration(
            id=MigrationId(new_id(at)),
            run=run.id,
            name=str(self.workload.application),
            application=self.workload.application,
            tenant=self.workload.tenant,
            state=State.PLANNED,
            asked=Asked.NOTHING,
            workload=self.workload,
            bindings=bindings,
            steps=tuple(Step(spec=each) for each in script(wave, self.workload, bindings)),
            created_at=at,
        )
        with self.database.transaction() as connection:
            migration_records.create(connection, run, [migration])
        self.run, self.migration = run.id, migration.id

    # Workers

    def orders(self, *until: State, at: tuple[str, ...] = (), **more: Any) -> Orders:
        """What workers are to do, and where they end."""
        freezes = more.pop("freezes", False)
        orders = {
            "database_url": self.database.url.replace("postgresql+psycopg", "postgresql"),
            "clouds_yaml": self.devcloud.clouds_yaml,
            "migration": self.migration,
            "until": frozenset({*until, *_ENDS}),
            "fate": Fate(book=self.folder / "fate", at=at, freezes=freezes),
            "log": self.folder / "workers.log",
            "workshop": self.workshop,
        }
        return Orders(**{**orders, **more})

    def goes_on_to(
        self, *until: State, at: tuple[str, ...] = (), meanwhile: Callable[[], None] | None = None, **more: Any
    ) -> Migration:
        """Start a worker, and another each time that one is killed, until the migration rests in one of these states."""
        orders = self.orders(*until, at=at, **more)
        end = time.monotonic() + _RESTS_S
        for _ in range(_LIVES):
            worker = hire(orders)
            worker.join(max(1.0, end - time.monotonic()))
            if worker.exitcode != _KILLED:
                break
            self.deaths += 1
            if meanwhile:
                meanwhile()
        if worker.is_alive():
            worker.kill()
            worker.join()
        found = self.load()
        assert worker.exitcode == 0, self._said(found)
        assert found.state in until, self._said(found)
        return found

    @contextmanager
    def dies_at(self, moment: str, *until: State, **more: Any) -> Iterator[None]:
        """A worker that dies at a moment, and what happens before the next one comes."""
        worker = hire(self.orders(*until, at=(moment,), **more))
        worker.join(_RESTS_S)
        assert worker.exitcode == _KILLED, self._said(self.load())
        self.deaths += 1
        yield

    def _said(self, found: Migration) -> str:
        at = [
            (each.spec.kind, each.spec.subject, each.state, each.failure)
            for each in found.steps
            if each.state != "done"
        ]
        log = self.folder / "workers.log"
        return f"{found.state} {found.failure} {at[:6]}\n{log.read_text()[-3000:] if log.exists() else ''}"

    # The record

    def load(self) -> Migration:
        """The migration as it is on record."""
        with self.database.transaction() as connection:
            return migration_records.load(connection, self.migration)

    def ask(self, asked: Asked) -> None:
        """An operator wants something."""
        with self.database.transaction() as connection:
            migration_records.ask(connection, self.migration, asked)

    def sign_off(self) -> None:
        """Somebody signs off."""
        with self.database.transaction() as connection:
            migration_records.sign_off(connection, self.migration, SignOff(actor=Actor("li"), at=datetime.now(UTC)))

    def keeps_room(self) -> bool:
        """Whether room in quotas is kept for it."""
        with self.database.transaction() as connection:
            return self.migration in migration_holds.holders(connection)

    # The clouds

    def has(self) -> Inventory:
        """What the target's project has."""
        return belongings.inventory(self.target, self.project)

    def target_content(self) -> dict[str, str]:
        """The hash of each disk at the target, by subject."""
        return belongings.contents(self.devcloud, self.target, self.project, self.workload)

    def everything_arrived_once(self) -> None:
        """The target has what is to be there, and nothing that only served the migration."""
        all_disks = [disk for _, disk in self.workload.disks()]
        roots = sum(disk.volume is None for disk in all_disks)
        assert {sort: len(there) for sort, there in self.has().items()} == {
            "servers": len(self.workload.machines),
            "volumes": len(all_disks) - roots,
            "ports": len(tuple(self.workload.interfaces())),
            "snapshots": 0,
            "transfers": 0,
            # Nova may want the image of a root disk again.
            "images": roots,
        }

    def marked_elsewhere(self) -> list[str]:
        """What bears the migration's name anywhere on the clouds, but in the target's project and on the source's locks."""
        return belongings.marked(("city", str(self.target.name)), self.migration, besides=self.project)

    def marked(self) -> list[str]:
        """What bears the migration's name anywhere on the clouds."""
        return belongings.marked(("city", str(self.target.name)), self.migration)
