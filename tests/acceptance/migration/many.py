"""Many applications that move together, with those that each depends on: their manifests, and the processes that move them."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from devcloud.fixture import Devcloud
from tests.acceptance.clouds import Cloud
from tests.acceptance.manifests import Document, application, cloud, project, tenant, write
from tests.acceptance.service.postgres import Postgres
from tests.acceptance.shell import Shell

ZONE: Final = "internet"
_NETWORK: Final = "业务网"
#: Seconds. Far above what a wave takes: it ends a test that hangs, and measures nothing.
_PATIENCE_S: Final = 1200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One application: a server, and perhaps a volume."""

    name: str
    after: tuple[str, ...] = ()
    volume: bool = False


def layered(prefix: str, count: int) -> tuple[Member, ...]:
    """Applications in groups of ten: a chain of three, a diamond over it, another chain, and two that stand alone."""
    names = [f"{prefix}-{number:02d}" for number in range(count)]
    found = []
    for number, name in enumerate(names):
        match number % 10:
            case 1 | 2 | 5 | 6:  # 0 before 1 before 2, 4 before 5 before 6
                after: tuple[str, ...] = (names[number - 1],)
            case 3:  # the diamond's other side: 0 before 3
                after = (names[number - 3],)
            case 7:  # its end: 2 and 3 before 7
                after = (names[number - 5], names[number - 4])
            case _:
                after = ()
        found.append(Member(name=name, after=after, volume=number % 10 == 9))  # one in ten
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """The applications of one tenant."""

    tenantry: Shell
    postgres: Postgres
    devcloud: Devcloud
    name: str
    members: tuple[Member, ...]

    @property
    def city(self) -> Cloud:
        """The cloud that they are in."""
        return Cloud.of(self.devcloud, "city")

    @property
    def home(self) -> str:
        """Keystone's id of the project that they are in."""
        return str(self.city.project(f"{self.name}-home")["id"])

    def ask(self, *waves: Document) -> None:
        """Apply the applications and these waves. Whatever is in force beside them stays."""
        room = 2 * len(self.members)
        quota = {
            "compute": {"instances": room, "cores": room, "ram": f"{room}GiB"},
            "block-storage": {"volumes": 60, "gigabytes": 120, "snapshots": 40},
            "network": {"network": 2, "subnet": 2, "port": room + 20},
        }
        projects = (
            project(each, cloud=where, zone=ZONE, quota=quota, landingZone=_landing(each), members=[])
            for each, where in (("home", "city"), ("beside", "city"), ("away", "district"))
        )
        folder = write(
            self.tenantry.folder / "manifests",
            cloud("city"),
            cloud("district"),
            tenant(self.name, *projects),
            *map(self._application, self.members),
            *waves,
        )
        running = self.tenantry.start("apply", folder, "--yes")
        running.process.wait(_PATIENCE_S)
        running.wait().must_be(0)

    def _application(self, member: Member) -> Document:
        server = {"name": member.name, "image": "guest", "flavor": "tiny", "networks": [{"network": _NETWORK}]}
        volumes = [{"name": f"{member.name}-data", "size": "1GiB", "server": member.name}] if member.volume else []
        return application(
            member.name,
            "业务系统",
            owner=self.name,
            project="home",
            servers=[server],
            volumes=volumes,
            dependsOn=list(member.after),
        )

    def wave(self, name: str, members: Iterable[Member], **fields: Any) -> Document:
        """A wave of some of them."""
        spec = {
            "owner": self.name,
            "source": {"cloud": "city"},
            "applications": [{"name": each.name} for each in members],
            "probes": False,
            **fields,
        }
        metadata = {"name": f"{self.name}-{name}", "displayName": "批量迁移"}
        return {"apiVersion": "tenantry/v1", "kind": "Wave", "metadata": metadata, "spec": spec}

    def start(self, name: str) -> None:
        """Start a wave, for workers to carry on."""
        self.tenantry("migrate", "start", f"{self.name}-{name}", "--yes", "--detach")

    def states(self, name: str) -> Mapping[str, str]:
        """Where the applications of a wave are."""
        query = (
            "SELECT m.name, m.state FROM tenantry.migrations m JOIN tenantry.wave_runs r ON r.id = m.run_id"
            " WHERE r.wave = :wave"
        )
        return dict(self.postgres.rows(query, wave=f"{self.name}-{name}"))

    def await_all(self, name: str, state: str) -> None:
        """Wait until all of a wave are in a state. Raises AssertionError where one cannot come there."""

        def there() -> bool:
            states = self.states(name)
            assert not {"manual", "rolled-back", "compensating"} & set(states.values()), self.failures(name)
            return set(states.values()) == {state}

        deadline = time.monotonic() + _PATIENCE_S
        while not there():
            assert time.monotonic() < deadline, self.states(name)
            time.sleep(0.5)

    def failures(self, name: str) -> list[Any]:
        """What went wrong in a wave."""
        query = (
            "SELECT m.name, m.state, m.failure FROM tenantry.migrations m JOIN tenantry.wave_runs r ON r.id = m.run_id"
            " WHERE r.wave = :wave AND m.failure IS NOT NULL"
        )
        return self.postgres.rows(query, wave=f"{self.name}-{name}")

    def happened(self, name: str) -> list[tuple[str, str, float, Mapping[str, Any]]]:
        """What the record tells of a wave: application, what, when (seconds since the epoch), detail; in order."""
        query = (
            "SELECT m.name, e.what, extract(epoch FROM e.at)::float8, e.detail FROM tenantry.migration_events e"
            " JOIN tenantry.migrations m ON m.id = e.migration_id JOIN tenantry.wave_runs r ON r.id = e.run_id"
            " WHERE r.wave = :wave ORDER BY e.seq"
        )
        return self.postgres.rows(query, wave=f"{self.name}-{name}")


def _landing(project: str) -> Document:
    """One network, with the same addresses in every project: servers take theirs along."""
    subnet = {"name": "app-v4", "cidr": "10.41.0.0/24"}
    if project == "beside":
        subnet["exception"] = "迁移期间与原项目共用地址"
    return {"networks": [{"name": _NETWORK, "subnets": [subnet]}]}


@contextmanager
def without(city: Cloud, *hosts: str) -> Iterator[None]:
    """Nova puts no server on these hosts, for the block."""
    services = city.admin.call("GET", "nova", "/os-services?binary=nova-compute")["services"]
    chosen = [each["id"] for each in services if each["host"] in hosts]
    assert len(chosen) == len(hosts), services
    for each in chosen:
        city.admin.call("PUT", "nova", f"/os-services/{each}", {"status": "disabled"})
    try:
        yield
    finally:
        for each in chosen:
            city.admin.call("PUT", "nova", f"/os-services/{each}", {"status": "enabled"})
