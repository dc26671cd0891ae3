"""A host emptied: a wave made on the spot of all servers that are on it, whosever they are, one migration for each.

Servers of projects that no manifest names move as well, and are told as such: a host that is to be maintained asks nobody whose it
is. Nothing of it is a manifest; the wave is what the record has of it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from provisioner.audit import Detail, Event
from provisioner.clouds.cloud import Cloud
from provisioner.clouds.collections import Act, Item, ItemId
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.offers import Offers
from provisioner.errors import InputError
from provisioner.migration.collections import COMPUTE_SERVICES
from provisioner.migration.identifiers import MigrationId, RunId
from provisioner.migration.mapping import resolve
from provisioner.migration.migration import Migration, Run, RunState, Step
from provisioner.migration.script import script
from provisioner.migration.states import Asked, State
from provisioner.migration.target import TargetView
from provisioner.migration.workload import Machine, Workload
from provisioner.moving.inspecting import Inspection, Place, inspect_host
from provisioner.moving.reading import everything
from provisioner.operation import Actor
from provisioner.store import audit, migration_events, migration_records
from provisioner.store.database import Connection, Database
from provisioner.store.ids import new_id
from provisioner.store.migration_events import Happening
from provisioner.survey import Connect
from tenants.language.report import choose
from tenants.names import CloudName, TenantName
from tenants.spec import City
from tenants.wave import HostName, Mode, SourcePlace, TargetPlace, WaveLimits, WaveName, WaveSpec

_COMPUTES: Final = {"binary": "nova-compute"}
#: What cannot be moved while it runs can be moved stopped, and the other way round.
_LIVE: Final = frozenset({"ACTIVE", "PAUSED"})
_COLD: Final = frozenset({"ACTIVE", "SHUTOFF"})
#: Servers that arrive on one host at once, at least.
_ARRIVING: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """What somebody wants."""

    cloud: CloudName
    host: HostName
    #: None leaves it to Nova.
    to: HostName | None = None
    mode: Mode = Mode.LIVE
    #: Servers that leave at once.
    at_once: int = 1
    #: Whether a live migration that does not end by itself may pause the guest.
    may_pause: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """One server that leaves."""

    machine: Machine
    workload: Workload
    #: Whether a manifest in force names its project.
    known: bool
    #: Why it cannot leave as asked, in words; empty where it can.
    obstacle: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainPlan:
    """A host that has not been touched yet."""

    drain: Drain
    servers: tuple[Leaving, ...]
    #: Nova's id of the host's compute service, and whether it takes servers.
    service: ItemId
    takes_servers: bool

    @property
    def moving(self) -> tuple[Leaving, ...]:
        """Those that can leave."""
        return tuple(each for each in self.servers if not each.obstacle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draining:
    """Plans and starts drains."""

    database: Database
    connect: Connect
    now: Callable[[], datetime]

    def plan(self, city: City, drain: Drain) -> DrainPlan:
        """Look at the host. Raises InputError for a cloud or a host that is not there, and CloudError where the cloud is away."""
        cloud = self._cloud(city, drain.cloud)
        service = _service(cloud, drain.host)
        if drain.to is not None:
            _service(cloud, drain.to)
        if drain.to == drain.host:
            raise InputError(f"host {drain.host} cannot be drained to itself")
        owners = dict(_owners(city, cloud))
        with self.database.transaction() as connection:
            busy = _busy(connection)
        found = inspect_host(cloud.resources, drain.cloud, drain.host, owners)
        servers = tuple(_leaving(each, drain.mode, owners, busy) for each in found)
        enabled = service.get("status") == "enabled"
        return DrainPlan(drain=drain, servers=servers, service=ItemId(str(service["id"])), takes_servers=enabled)

    def disable(self, city: City, plan: DrainPlan, actor: Actor) -> None:
        """Have Nova put no further server on the host (compute API reference, "Update Compute Service"). It stays so."""
        reason = f"tenantry: drained by {actor}"
        sent = Act(method="PUT", below="", body={"status": "disabled", "disabled_reason": reason})
        self._cloud(city, plan.drain.cloud).resources.act(COMPUTE_SERVICES, ProjectId(""), plan.service, sent)
        subject = f"{plan.drain.cloud}/{plan.drain.host}"
        with self.database.transaction() as connection:
            audit.append(
                connection, Event(at=self.now(), actor=actor, action="host.disabled", subject=subject, detail={})
            )

    def start(self, plan: DrainPlan, actor: Actor, *, authority: str = "") -> Run:
        """Write it down as a wave under way. Raises InputError where no server can leave, or one is on the way by now."""
        if not plan.moving:
            raise InputError(f"no server of host {plan.drain.host} can leave it")
        at = self.now()
        run = Run(
            id=RunId(new_id(at)),
            wave=_wave(plan.drain, at),
            state=RunState.RUNNING,
            started_by=actor,
            started_at=at,
            order={},
            authority=authority,
        )
        migrations = [_migration(run, each, name, at) for each, name in _named(plan.moving)]
        with self.database.transaction() as connection:
            elsewhere = _busy(connection)
            busy = sorted(each.machine.name for each in plan.moving if each.machine.id in elsewhere)
            if busy:
                raise InputError(f"{', '.join(busy)}: on the way with another wave by now")
            migration_records.create(connection, run, migrations)
            _note(connection, run, migrations)
        return run

    def _cloud(self, city: City, name: CloudName) -> Cloud:
        if name not in city.clouds:
            raise InputError(f"the manifests in force have no cloud {name}; {choose(name, city.clouds)}")
        return self.connect(city.clouds[name])


def _service(cloud: Cloud, host: HostName) -> Item:
    """Nova's compute service of a host. Raises InputError where there is none."""
    services = everything(cloud.resources, COMPUTE_SERVICES, _COMPUTES)
    computes = {str(each["host"]): each for each in services if each.get("binary") == "nova-compute"}
    if host not in computes:
        raise InputError(f"cloud {cloud.name} has no compute host {host}; {choose(host, computes)}")
    return computes[host]


def _owners(city: City, cloud: Cloud) -> Iterable[tuple[ProjectId, Place]]:
    """The projects that manifests in force know, by Keystone's ids."""
    ids = {each.name: ProjectId(each.id) for each in cloud.identity.projects(city.clouds[cloud.name].domain)}
    for tenant in city.tenants.values():
        for project in tenant.projects:
            identity = ids.get(project.keystone_name)
            if project.cloud == cloud.name and identity is not None:
                place = Place(cloud=cloud.name, tenant=tenant.name, project=project.name, project_id=identity)
                yield identity, place


def _busy(connection: Connection) -> Mapping[str, str]:
    """Servers that are on the way with a wave: by Nova's id, with the wave's application or server."""
    return {
        machine.id: each.name for each in migration_records.unfinished(connection) for machine in each.workload.machines
    }


def _leaving(found: Inspection, mode: Mode, owners: Mapping[ProjectId, Place], busy: Mapping[str, str]) -> Leaving:
    machine = found.workload.machines[0]
    obstacle = "; ".join(found.obstacles) or _obstacle(machine, mode, busy)
    return Leaving(
        machine=machine, workload=found.workload, known=found.workload.project_id in owners, obstacle=obstacle
    )


def _obstacle(machine: Machine, mode: Mode, busy: Mapping[str, str]) -> str:
    if machine.id in busy:
        return f"it is on the way with {busy[machine.id]}"
    if machine.task is not None:
        return f"something is being done with it: {machine.task}"
    if mode is Mode.LIVE and machine.status not in _LIVE:
        return f"{machine.status} servers do not move live, but what runs does: drain with --cold as well"
    if mode is Mode.COLD and machine.status not in _COLD:
        return f"{machine.status} servers cannot be moved, but what runs or is off"
    return ""


def _wave(drain: Drain, at: datetime) -> WaveSpec:
    return WaveSpec(
        name=WaveName(f"drain-{drain.host}-{at:%Y%m%d-%H%M%S}"),
        display_name=f"drain of host {drain.host}",
        owner=TenantName(""),
        mode=drain.mode,
        source=SourcePlace(cloud=drain.cloud, host=drain.host),
        target=TargetPlace(cloud=drain.cloud, host=drain.to),
        limits=WaveLimits(
            applications=drain.at_once, per_source_host=drain.at_once, per_target_host=max(_ARRIVING, drain.at_once)
        ),
        probes=False,
        may_pause=drain.may_pause,
    )


def _named(servers: Iterable[Leaving]) -> Iterable[tuple[Leaving, str]]:
    """Each with a name that no other of them has: servers of two projects may be called the same."""
    listed = tuple(servers)
    names = [each.machine.name for each in listed]
    for each in listed:
        name = str(each.machine.name)
        yield each, name if names.count(each.machine.name) == 1 else f"{name} ({each.machine.id})"


def _migration(run: Run, leaving: Leaving, name: str, at: datetime) -> Migration:
    workload = leaving.workload
    view = TargetView(
        cloud=workload.cloud,
        tenant=workload.tenant,
        project=workload.project,
        project_id=workload.project_id,
        availability_zone=None,
        offers=Offers(),
    )
    bindings = resolve(run.wave, workload, view)
    if isinstance(bindings, tuple):
        raise InputError("; ".join(f"{each.subject}: {each.message}" for each in bindings))
    return Migration(
        id=MigrationId(new_id(at)),
        run=run.id,
        name=name,
        application=None,
        tenant=workload.tenant,
        state=State.PLANNED,
        asked=Asked.NOTHING,
        workload=workload,
        bindings=bindings,
        steps=tuple(Step(spec=each) for each in script(run.wave, workload, bindings)),
        created_at=at,
    )


def _note(connection: Connection, run: Run, migrations: Iterable[Migration]) -> None:
    names: list[Detail] = [each.name for each in migrations]
    detail: dict[str, Detail] = {"wave": run.wave.name, "mode": run.wave.mode.value, "servers": names}
    started = Happening(
        run=run.id, migration=None, at=run.started_at, actor=run.started_by, what="started", detail=detail
    )
    migration_events.note(connection, started)
    audit.append(
        connection,
        Event(at=run.started_at, actor=run.started_by, action="wave.started", subject=run.id, detail=detail),
    )
