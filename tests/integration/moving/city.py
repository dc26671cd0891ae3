"""A city in force on two clouds in memory, with an engine that carries out plans and waves: from manifests to a move and back."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from provisioner.approval import Approver
from provisioner.baseline import Baselines
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory import MemoryCloud
from provisioner.disk_images.preparing import Workshop
from provisioner.engine import Engine
from provisioner.execution import Execution
from provisioner.looks import Looks
from provisioner.migration.identifiers import MigrationId
from provisioner.migration.migration import Migration, SignOff
from provisioner.migration.script import StepKind
from provisioner.migration.states import Asked, State
from provisioner.moving.conductor import Conductor
from provisioner.moving.deed import Deed
from provisioner.moving.deeds.catalogue import DEEDS
from provisioner.moving.driving import Pace
from provisioner.moving.means import Means, Traffic
from provisioner.moving.running import WORKFLOW, Moving
from provisioner.moving.starting import Starting
from provisioner.operation import Actor, OperationState
from provisioner.plan import Plan
from provisioner.playing.access import SshAccess
from provisioner.playing.folders import Folders
from provisioner.proposal import Manifests, Proposal, Proposer
from provisioner.reconciliation.applying import Applying
from provisioner.reconciliation.correcting import Correcting
from provisioner.reconciliation.force import CityInForce
from provisioner.reconciliation.looking import Found, Looking
from provisioner.reconciliation.seeing import Seeing
from provisioner.staging import Staging
from provisioner.standing import in_force
from provisioner.store import audit, migration_events, migration_records
from provisioner.store.database import Database
from tenants.names import CloudName, DomainName, TenantName
from tenants.spec import City, CloudSpec
from tenants.validation import validate
from tenants.wave import WaveName
from tests.estates import memory_cloud

NAMES = ("city", "district")
_DOMAIN = DomainName("government")
_ACTOR = Actor("chen")
_SOON = 30.0
_QUICK = Pace(first_look=0.01, longest_look=0.05, away=5.0, telling=0.05)

CLOUD = """\
apiVersion: tenantry/v1
kind: Cloud
metadata: {{name: {name}, displayName: {name}}}
spec:
  level: district
  domain: government
  zones: [{{name: web, displayName: 互联网区, availabilityZone: internet, protectionLevels: [2]}}]
  volumeTypes: [standard, ssd]
"""
TENANT = """\
apiVersion: tenantry/v1
kind: Tenant
metadata: {name: market, displayName: 市市场监督管理局}
spec:
  protectionLevel: 2
  projects:
    - name: a
      cloud: city
      zone: web
      purpose: 登记
      landingZone:
        networks: [{name: app, subnets: [{name: app-v4, cidr: 10.30.0.0/24}]}]
        securityGroups: [{name: web, rules: [{protocol: tcp, ports: 443}]}]
    - name: b
      cloud: district
      zone: web
      purpose: 登记
      landingZone:
        networks: [{name: 应用网, subnets: [{name: app-v4, cidr: 10.40.0.0/24}]}]
        securityGroups: [{name: web, rules: [{protocol: tcp, ports: 443}]}]
"""
APPLICATION = """\
apiVersion: tenantry/v1
kind: Application
# 2024 年上线
metadata: {name: registration, displayName: 商事登记}
spec:
  owner: market
  project: a   # 市级云
  servers:
    - name: web
      flavor: tiny
      image: guest
      networks: [{network: app, address: 10.30.0.11, securityGroups: [web]}]
      metadata: {duty: 网页}
    - name: db
      flavor: tiny
      bootVolume: db-root
      networks: [{network: app, securityGroups: [web]}]
  volumes:
    - {name: db-root, size: 1GiB, type: ssd, image: guest}
    - {name: db-data, size: 1GiB, type: ssd, server: db}
"""
WAVE = """\
apiVersion: tenantry/v1
kind: Wave
metadata: {name: spring, displayName: 春季迁移}
spec:
  owner: market
  mode: cross-cloud
  source: {cloud: city}
  target: {cloud: district, project: b}
  applications: [{name: registration}]
  mappings: {networks: {app: 应用网}, flavors: {tiny: small}, volumeTypes: {ssd: standard}}
  probes: false
  retention: 3d
"""


@dataclass
class Town:
    """Everything that a city has at work, with short ways to say what happens."""

    database: Database
    engine: Engine
    folder: Path
    clouds: Mapping[str, MemoryCloud] = field(
        default_factory=lambda: {name: memory_cloud(CloudName(name)) for name in NAMES}
    )
    #: What steps do: tests may change it.
    deeds: dict[StepKind, Deed] = field(default_factory=lambda: dict(DEEDS))
    ahead: timedelta = timedelta(0)
    #: Files that manifests name, by their names.
    attached: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Register what the engine carries out; it is launched afterwards."""
        self.images = self.folder / "images"
        self.images.mkdir()
        staging = Staging(database=self.database, connect=self.connect, now=self.now)
        self.execution = Execution(
            database=self.database, engine=self.engine, staging=staging, actor=_ACTOR, now=self.now
        )
        self.execution.register()
        means = Means(
            database=self.database,
            traffic=Traffic(database=self.database),
            access=SshAccess(key_file=None, known_hosts=self.folder / "known_hosts"),
            playbooks=Folders(),
            workshop=Workshop(images=self.images, scratch=self.folder / "scratch", largest=1 << 40),
        )
        Moving(
            database=self.database,
            engine=self.engine,
            connect=lambda name: self.clouds[name],
            deeds=self.deeds,
            means=means,
            now=self.now,
            pace=_QUICK,
        ).register()
        self.engine.launch(None)
        self.starting = Starting(database=self.database, connect=self.connect, now=self.now)
        self.conductor = Conductor(database=self.database, queues=self.engine, workflow=WORKFLOW, now=self.now)

    def now(self) -> datetime:
        """The time, or so much later."""
        return datetime.now(UTC) + self.ahead

    def connect(self, spec: CloudSpec) -> MemoryCloud:
        """Open a cloud by its manifest."""
        return self.clouds[spec.name]

    def manifests(self, *texts: str) -> Manifests:
        """Whole manifests, with those of the clouds."""
        files = {f"{name}.yaml": CLOUD.format(name=name) for name in NAMES}
        files |= {f"city-{number}.yaml": text for number, text in enumerate(texts)}
        named = {name: text.encode() for name, text in self.attached.items()}
        validation = validate(((name, text.encode()) for name, text in files.items()), named.get)
        assert validation.city, validation.problems
        return Manifests(city=validation.city, sources=validation.sources, files=files, attached=self.attached)

    def propose(self, *texts: str) -> Proposal:
        """What comes of planning."""
        proposer = Proposer(database=self.database, connect=self.connect, actor=_ACTOR, now=self.now)
        return proposer.propose(self.manifests(*texts))

    def plan(self, *texts: str) -> Plan:
        """What applying these would do; the manifests in force, unless some are given."""
        proposal = self.propose(*(texts or self.standing()))
        assert proposal.stored, proposal.problems
        return proposal.stored.plan

    def standing(self) -> tuple[str, ...]:
        """The documents in force but those of clouds."""
        return tuple(each.text for each in in_force(self.database).documents if each.kind != "Cloud")

    def document(self, kind: str) -> str:
        """The text of the one document in force of a kind."""
        (found,) = (each.text for each in in_force(self.database).documents if each.kind == kind)
        return found

    def apply(self, *texts: str) -> tuple[OperationState, ...]:
        """As an operator does it: plan, consent, and follow to the end."""
        manifests, proposal = self.manifests(*texts), self.propose(*texts)
        assert proposal.stored, proposal.problems
        made = self.execution.approve(proposal.stored, manifests.city)
        ended = self.execution.follow(each.id for each in made)
        return tuple(each.state for each in ended)

    def city(self) -> City:
        """What is in force."""
        city = CityInForce(self.database).read()[1]
        assert city
        return city

    def start(self, wave: str = "spring") -> MigrationId:
        """Start a wave of one application."""
        city = self.city()
        plan = self.starting.plan(city, WaveName(wave))
        assert plan.obstacles == (), plan.obstacles
        run = self.starting.start(city, plan, _ACTOR)
        with self.database.transaction() as connection:
            return migration_records.of_run(connection, run.id)[0].id

    def load(self, migration: MigrationId) -> Migration:
        """As it is on record."""
        with self.database.transaction() as connection:
            return migration_records.load(connection, migration)

    def until(self, migration: MigrationId, is_so: Callable[[Migration], bool]) -> Migration:
        """Conduct until something is so."""
        end = time.monotonic() + _SOON
        while not is_so(found := self.load(migration)):
            undone = [(each.spec.kind, each.state, each.failure) for each in found.steps if each.state != "done"]
            assert time.monotonic() < end, (found.state, found.failure, undone)
            self.conductor.conduct_all()
            time.sleep(0.05)
        return found

    def rests(self, migration: MigrationId, state: State) -> Migration:
        """Conduct until it is in a state and nobody is at work on it."""
        return self.until(migration, lambda found: found.state is state and not found.queued)

    def sign_off(self, migration: MigrationId) -> None:
        """Somebody signs off."""
        with self.database.transaction() as connection:
            migration_records.sign_off(connection, migration, SignOff(actor=Actor("li"), at=self.now()))

    def ask(self, migration: MigrationId, asked: Asked) -> None:
        """An operator wants something."""
        with self.database.transaction() as connection:
            migration_records.ask(connection, migration, asked)

    def told(self, migration: MigrationId, what: str) -> list[Any]:
        """The details of a migration's events of one sort."""
        with self.database.transaction() as connection:
            run = migration_records.load(connection, migration).run
            events = migration_events.since(connection, run, migration=migration)
        return [each.detail for each in events if each.what == what]

    def audited(self, action: str) -> list[Any]:
        """The details of what the audit log has of one kind."""
        with self.database.transaction() as connection:
            assert audit.verify(connection) == ()
            return [each.event.detail for each in audit.read(connection) if each.event.action == action]

    def look(self, cloud: str) -> Found:
        """Look at `market` now, and correct what policy says."""
        applying = Applying(
            database=self.database,
            approver=Approver(database=self.database, queues=self.engine, now=self.now),
            system=Actor("tenantry"),
            now=self.now,
        )
        looking = Looking(
            database=self.database,
            seeing=Seeing(database=self.database, looks=Looks(connect=self.connect, now=self.now)),
            baselines=Baselines(self.database),
            now=self.now,
            every=timedelta(minutes=10),
            correcting=Correcting(
                database=self.database, force=CityInForce(self.database), applying=applying, now=self.now
            ),
        )
        return looking.look_now(CloudName(cloud), [TenantName("market")])

    def project(self, name: str, cloud: str) -> ProjectId:
        """Keystone's id of a project."""
        found = self.clouds[cloud].identity.project(_DOMAIN, f"market-{name}")
        assert found
        return ProjectId(found.id)
