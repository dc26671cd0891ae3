"""Wiring: the only place that chooses adapters and puts Tenantry's parts together."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from threading import Event, Lock, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from api.language.spoken import current
from api.settings import Settings, current_actor
from provisioner.asking import Preparing
from provisioner.clouds.cloud import Cloud
from provisioner.counting import Tally
from provisioner.deciding import Deciding
from provisioner.errors import InputError
from provisioner.looks import Looks
from provisioner.operation import Actor
from provisioner.playing.access import SshAccess
from provisioner.playing.folders import Folders
from provisioner.proposal import Proposer
from provisioner.requests.request import Party
from provisioner.staging import Staging
from provisioner.store.database import Database, open_database
from tenants.names import CloudName
from tenants.spec import CloudSpec

if TYPE_CHECKING:
    from api.accounting.statements import Statements
    from api.collection.collecting import Collecting
    from api.desk.interface import Desk
    from api.exposition.board import Board
    from api.http.authentication import Authenticator
    from api.http.service import Service
    from provisioner.approval import Approver
    from provisioner.engine import Engine
    from provisioner.execution import Execution
    from provisioner.moving.controlling import Controlling
    from provisioner.moving.draining import Draining
    from provisioner.moving.orphans import Orphanage
    from provisioner.moving.running import Moving
    from provisioner.moving.starting import Starting
    from provisioner.reconciliation.correcting import Correcting
    from provisioner.reconciliation.force import CityInForce
    from provisioner.reconciliation.looking import Looking
    from provisioner.routine import Rota, Routine
    from tenants.spec import City


#: Collectors that a worker runs at a time: those of several clouds side by side, and few beside one that waits for its budget.
_COLLECTORS: Final = 8
#: Of a collector's request: it comes again soon by itself, and a dead cloud must not keep all others waiting.
_COLLECTED_ATTEMPTS: Final = 3
#: Who the service is where nobody acts: its plans for requests, and their execution, are in this name.
_TENANTRY: Final = Actor("tenantry")


def utc_now() -> datetime:
    """The time, aware of its zone."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Tenantry:
    """Tenantry's parts, opened when first needed and closed together. Use it as a context manager."""

    settings: Settings
    actor: Actor = field(default_factory=current_actor)
    now: Callable[[], datetime] = utc_now
    _closing: ExitStack = field(default_factory=ExitStack)
    _database: Database | None = None
    _clouds: dict[CloudName, Cloud] = field(default_factory=dict)
    _polite: dict[CloudName, Cloud] = field(default_factory=dict)
    _tally: Tally = field(default_factory=Tally)
    _looks: Looks = field(init=False)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._looks = Looks(connect=self.connect, now=self.now)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._closing.close()

    @property
    def database(self) -> Database:
        """The database, at this version's schema. Raises StoreError where it cannot be had."""
        with self._lock:
            if self._database is None:
                self._database = self._closing.enter_context(
                    open_database(self.settings.postgresql_url, self.settings.state_dir)
                )
                self._record_counts(self._database)
            return self._database

    def _record_counts(self, database: Database) -> None:
        """Write down every few seconds, and at the end, what this process counts."""
        end = Event()
        thread = Thread(target=self._tally.flush_until, args=(end, database), name="counts", daemon=True)
        thread.start()
        self._closing.callback(thread.join)
        self._closing.callback(end.set)

    def connect(self, spec: CloudSpec) -> Cloud:
        """The cloud that a manifest describes. Raises CloudError where clouds.yaml does not let us in."""
        return self.cloud(spec.name, spec.clouds_yaml)

    def cloud(self, name: CloudName, clouds_yaml: str) -> Cloud:
        """The cloud that clouds.yaml has under that key: one connection, shared by all threads."""
        with self._lock:
            if name not in self._clouds:
                self._clouds[name] = self._connected(name, clouds_yaml)
            return self._clouds[name]

    def _connected(self, name: CloudName, clouds_yaml: str, permit: Callable[[], None] | None = None) -> Cloud:
        """A connection whose requests are counted, and let go one by one where there is a permit to be had."""
        # openstacksdk takes a while to import, and half of the commands never talk to a cloud.
        from api.collection.politeness import count_exchange  # noqa: PLC0415
        from provisioner.clouds.openstack.cloud import connect  # noqa: PLC0415
        from provisioner.clouds.openstack.retry import RetryPolicy  # noqa: PLC0415
        from provisioner.clouds.openstack.transport import TransportSettings  # noqa: PLC0415

        settings = TransportSettings(
            concurrency=self.settings.requests_per_cloud,
            retry=RetryPolicy() if permit is None else RetryPolicy(attempts=_COLLECTED_ATTEMPTS),
            permit=permit,
            heard=lambda exchange: count_exchange(self._tally, name, exchange),
        )
        return self._closing.enter_context(connect(name, clouds_yaml, settings=settings))

    def collecting(self, ending: Event | None = None) -> "Collecting":
        """What collects what clouds hold; once `ending` is set it sends nothing more."""
        from api.collection.collecting import Collecting  # noqa: PLC0415  # as above
        from api.collection.politeness import Permits  # noqa: PLC0415
        from api.collection.routines import Intervals  # noqa: PLC0415
        from monitoring.metering.looks import meter  # noqa: PLC0415
        from provisioner.reconciliation.force import CityInForce  # noqa: PLC0415
        from provisioner.store.usage import Recorder  # noqa: PLC0415

        database, settings, over = self.database, self.settings, ending or Event()

        def connect(spec: CloudSpec) -> Cloud:
            """A connection of its own, for operations are not to wait for the collectors' budget."""
            most = settings.collect_requests_a_minute
            permits = Permits(database=database, cloud=spec.name, most=most, tally=self._tally, ending=over)
            with self._lock:
                if spec.name not in self._polite:
                    self._polite[spec.name] = self._connected(spec.name, spec.clouds_yaml, permits)
                return self._polite[spec.name]

        intervals = Intervals(
            servers=timedelta(seconds=settings.collect_servers_seconds),
            volumes=timedelta(seconds=settings.collect_volumes_seconds),
            network=timedelta(seconds=settings.collect_network_seconds),
            images=timedelta(seconds=settings.collect_images_seconds),
            quotas=timedelta(seconds=settings.collect_quotas_seconds),
            capacity=timedelta(seconds=settings.collect_capacity_seconds),
        )
        return Collecting(
            database=database,
            connect=connect,
            force=CityInForce(database),
            recorder=Recorder(meter),
            tally=self._tally,
            now=self.now,
            every=intervals.of_collectors(),
        )

    def proposer(self, *, recorded: bool = False, actor: Actor | None = None) -> Proposer:
        """What makes plans, in somebody's name; with `recorded`, from the last looks on record in place of new ones."""
        return Proposer(
            database=self.database,
            connect=self.connect,
            actor=actor or self.actor,
            now=self.now,
            recorded=recorded,
            looks=self._looks,
        )

    def service(self) -> "Service":
        """What answers over HTTP. It queues operations, and carries none out."""
        from api.http.cities import Cities  # noqa: PLC0415  # as above
        from api.http.picture import Pictures  # noqa: PLC0415
        from api.http.refusals import Refusals  # noqa: PLC0415
        from api.http.service import Service  # noqa: PLC0415
        from provisioner.approval import Approver  # noqa: PLC0415
        from provisioner.engine import EngineSettings, Queue  # noqa: PLC0415

        settings = EngineSettings(concurrency=self.settings.tenants_per_cloud)
        queues = self._closing.enter_context(Queue(self.database, settings=settings))
        approver = Approver(database=self.database, queues=queues, now=self.now, lasting=self._lasting)
        return Service(
            database=self.database,
            authenticators=self._authenticators(),
            pictures=Pictures(self.database),
            refusals=Refusals(database=self.database, now=self.now),
            approver=approver,
            deciding=self.deciding(_TENANTRY),
            cities=Cities(approver),
            proposer=lambda actor, recorded: self.proposer(recorded=recorded, actor=actor),
            now=self.now,
            board=self.board(),
            starting=self.starting(),
            metrics_open=self.settings.metrics_open,
        )

    def board(self) -> "Board":
        """The pages of metrics."""
        from api.exposition.board import Board  # noqa: PLC0415  # as above
        from api.exposition.reading import Exposing  # noqa: PLC0415
        from provisioner.baseline import Baselines  # noqa: PLC0415

        exposing = Exposing(
            limit=self.settings.metrics_series,
            version=version("tenantry"),
            requests_a_minute=self.settings.collect_requests_a_minute,
            declared=self.settings.metrics_declared,
            servers=self.settings.metrics_servers,
        )
        return Board(self.database, Baselines(self.database), exposing, self.now)

    def deciding(self, system: Actor | None = None) -> Deciding:
        """What moves requests on. The steps that nobody takes are the system's: whoever runs the command, unless one is named."""
        acting = system or self.actor
        preparing = Preparing(database=self.database, proposer=self.proposer(actor=acting))
        return Deciding(database=self.database, preparing=preparing, system=acting, now=self.now)

    def statements(self) -> "Statements":
        """What makes statements of what was metered, and closes them."""
        from api.accounting.statements import Statements  # noqa: PLC0415  # as above
        from provisioner.reconciliation.force import CityInForce  # noqa: PLC0415

        return Statements(database=self.database, force=CityInForce(self.database), now=self.now)

    def city_in_force(self) -> "City":
        """The city that is in force. Raises InputError where none is."""
        return self.statements().city()

    @property
    def _lasting(self) -> timedelta:
        """How long plans may be applied."""
        return timedelta(days=self.settings.plan_days)

    def _authenticators(self) -> "Sequence[Authenticator]":
        """The ways of proving who asks. Raises InputError for settings of single sign-on that cannot be."""
        from api.http.authentication import TokenAuthenticator  # noqa: PLC0415  # as above
        from api.http.openid.authenticator import open_id  # noqa: PLC0415
        from api.http.openid.trust import Trust, grants_of, must_be_safe  # noqa: PLC0415

        tokens, settings = TokenAuthenticator(database=self.database, now=self.now), self.settings
        if settings.oidc_issuer is None:
            return (tokens,)
        if settings.oidc_audience is None:
            raise InputError("TENANTRY_OIDC_ISSUER needs TENANTRY_OIDC_AUDIENCE: the service's name at the issuer")
        must_be_safe(settings.oidc_issuer, what="TENANTRY_OIDC_ISSUER")
        trust = Trust(
            issuer=settings.oidc_issuer,
            audience=settings.oidc_audience,
            clients=settings.oidc_clients,
            leeway=settings.oidc_leeway_seconds,
            actor_claim=settings.oidc_actor_claim,
            roles_claim=settings.oidc_roles_claim,
            tenant_claim=settings.oidc_tenant_claim,
            grants=grants_of(settings.oidc_roles),
        )
        return (tokens, open_id(trust, self.now))

    def desk(self, actor: str | None = None) -> "Desk":
        """Where requests are handed in, places handed over and operations watched: at the service that the settings name, or at the database.

        `actor` is who told whoever runs this to act. Raises InputError where a service is asked, for there it is the token that says
        who acts.
        """
        if self.settings.url is not None:
            return self._service_desk(self.settings.url, actor)
        from api.desk.database import DatabaseDesk  # noqa: PLC0415  # as above

        named = actor is not None and actor != self.actor
        by = Party(actor=Actor(actor), entered_by=self.actor) if actor and named else Party(actor=self.actor)
        return DatabaseDesk(database=self.database, by=by, now=self.now, decides=self.deciding, executes=self.execution)

    def _service_desk(self, url: str, actor: str | None) -> "Desk":
        from api.client.client import Client  # noqa: PLC0415  # as above
        from api.client.transport import Access  # noqa: PLC0415
        from api.desk.service import ServiceDesk  # noqa: PLC0415

        if actor is not None:
            raise InputError("--actor is for the database: over the network you act as whoever your token is for")
        access = Access(
            url=url,
            token=self.settings.bearer_token,
            ca_file=self.settings.ca_file,
            language=current().tag,
        )
        return ServiceDesk(client=self._closing.enter_context(Client(access)))

    def execution(self) -> "Execution":
        """What carries plans out; its engine is not launched yet."""
        # The durable engine, too, is needed by few commands and takes a while to import.
        from provisioner.engine import Engine, EngineSettings  # noqa: PLC0415
        from provisioner.execution import Execution  # noqa: PLC0415

        settings = EngineSettings(concurrency=self.settings.tenants_per_cloud, patience=self.settings.shutdown_seconds)
        engine = self._closing.enter_context(Engine(self.database, settings=settings))
        staging = Staging(database=self.database, connect=self.connect, now=self.now)
        execution = Execution(
            database=self.database,
            engine=engine,
            staging=staging,
            actor=self.actor,
            now=self.now,
            lasting=self._lasting,
        )
        execution.register()
        # Whichever process comes across a migration that a dead one left behind must know how to carry it on.
        self._moving(engine).register()
        return execution

    def _moving(self, engine: "Engine") -> "Moving":
        from provisioner.disk_images.preparing import Workshop  # noqa: PLC0415  # as above
        from provisioner.moving.deeds.catalogue import DEEDS  # noqa: PLC0415
        from provisioner.moving.means import Means, Traffic  # noqa: PLC0415
        from provisioner.moving.running import Moving  # noqa: PLC0415

        database, settings = self.database, self.settings
        means = Means(
            database=database,
            traffic=Traffic(database=database),
            access=self._access(),
            playbooks=self._playbooks,
            workshop=Workshop(
                images=settings.disk_images and settings.disk_images.expanduser().absolute(),
                scratch=settings.scratch_folder,
                largest=settings.largest_disk,
            ),
        )
        return Moving(
            database=database, engine=engine, connect=self._cloud_in_force, deeds=DEEDS, means=means, now=self.now
        )

    def _cloud_in_force(self, name: CloudName) -> Cloud:
        """The cloud of that name in the manifests in force. Raises InputError where they have none."""
        known = self._clouds.get(name)
        if known is not None:
            return known
        spec = self.city_in_force().clouds.get(name)
        if spec is None:
            raise InputError(f"the manifests in force have no cloud {name}")
        return self.connect(spec)

    def ssh_access(self) -> SshAccess:
        """How guests are logged in to; host keys are kept beside the records. Raises InputError where they cannot be."""
        folder = self.settings.state_dir.absolute()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise InputError(f"TENANTRY_STATE_DIR: {folder} cannot be made: {error.strerror}") from error
        return self._access()

    def _access(self) -> SshAccess:
        """The same, with a folder that is made where it is first needed."""
        key = self.settings.ssh_key_file
        hosts = self.settings.state_dir.absolute() / "known_hosts"
        return SshAccess(key_file=key and key.expanduser().absolute(), known_hosts=hosts)

    @property
    def _playbooks(self) -> Folders:
        folder = self.settings.playbooks
        return Folders(operators=folder and folder.expanduser().absolute())

    def starting(self) -> "Starting":
        """What plans and starts waves."""
        from provisioner.moving.starting import Starting  # noqa: PLC0415  # as above

        return Starting(database=self.database, connect=self.connect, now=self.now)

    def draining(self) -> "Draining":
        """What empties hosts."""
        from provisioner.moving.draining import Draining  # noqa: PLC0415  # as above

        return Draining(database=self.database, connect=self.connect, now=self.now)

    def orphanage(self) -> "Orphanage":
        """What finds and takes away what migrations left."""
        from provisioner.moving.orphans import Orphanage  # noqa: PLC0415  # as above

        return Orphanage(database=self.database, connect=self.connect, now=self.now)

    def controlling(self) -> "Controlling":
        """What people do to waves under way."""
        from provisioner.moving.controlling import Controlling  # noqa: PLC0415  # as above

        return Controlling(database=self.database, now=self.now)

    def conducting(self, engine: "Engine") -> "Rota":
        """What hands migrations to those who work, again and again."""
        from provisioner.moving.conducting import routine  # noqa: PLC0415  # as above
        from provisioner.moving.conductor import Conductor  # noqa: PLC0415
        from provisioner.moving.running import WORKFLOW  # noqa: PLC0415
        from provisioner.moving.sweeping import Sweeping  # noqa: PLC0415
        from provisioner.moving.tidying import Tidying  # noqa: PLC0415
        from provisioner.routine import Rota  # noqa: PLC0415

        conductor = Conductor(database=self.database, queues=engine, workflow=WORKFLOW, now=self.now)
        sweeping = Sweeping(database=self.database, engine=engine)
        tidying = Tidying(database=self.database, scratch=self.settings.scratch_folder)
        # A hand for each: whole disks may take a while to go.
        return Rota(database=self.database, routines=(routine(conductor, sweeping), tidying.routine()), hands=2)

    def looking(self, approver: "Approver | None" = None) -> "Looking":
        """What looks for drift; with an approver it corrects what policy has corrected."""
        from provisioner.baseline import Baselines  # noqa: PLC0415  # as above
        from provisioner.reconciliation.force import CityInForce  # noqa: PLC0415
        from provisioner.reconciliation.looking import Looking  # noqa: PLC0415
        from provisioner.reconciliation.seeing import Seeing  # noqa: PLC0415

        return Looking(
            database=self.database,
            seeing=Seeing(database=self.database, looks=self._looks),
            baselines=Baselines(self.database),
            now=self.now,
            every=timedelta(seconds=self.settings.look_seconds),
            correcting=self._correcting(approver, CityInForce(self.database)) if approver else None,
        )

    def rotas(self, execution: "Execution", ending: Event) -> "tuple[Rota, ...]":
        """The recurring work of a worker; collectors stop in their midst once `ending` is set."""
        from provisioner.reconciliation.applying import Applying  # noqa: PLC0415  # as above
        from provisioner.reconciliation.endings import Endings  # noqa: PLC0415
        from provisioner.reconciliation.force import CityInForce  # noqa: PLC0415
        from provisioner.reconciliation.routines import OfClouds, OfRequests  # noqa: PLC0415
        from provisioner.reconciliation.seeing import Seeing  # noqa: PLC0415
        from provisioner.routine import Rota  # noqa: PLC0415

        approver, deciding = execution.approver, self.deciding(_TENANTRY)
        endings = Endings(
            database=self.database,
            force=CityInForce(self.database),
            applying=Applying(database=self.database, approver=approver, system=_TENANTRY, now=self.now),
            deciding=deciding,
            seeing=Seeing(database=self.database, looks=self._looks),
            now=self.now,
        )
        groups = (
            (
                *OfRequests(database=self.database, deciding=deciding, approver=approver).routines(),
                *self._anchoring(),
            ),
            (
                *OfClouds(
                    database=self.database, looking=self.looking(approver), endings=endings, tally=self._tally
                ).routines(),
                self._patrolling(),
            ),
        )
        rotas = (
            *(Rota(database=self.database, routines=each) for each in groups),
            self.conducting(execution.engine),
        )
        return (*rotas, self._collectors(ending)) if self.settings.collect else rotas

    def _collectors(self, ending: Event) -> "Rota":
        from api.collection.routines import routines  # noqa: PLC0415  # as above
        from provisioner.routine import Rota  # noqa: PLC0415

        return Rota(database=self.database, routines=routines(self.collecting(ending)), hands=_COLLECTORS)

    def _patrolling(self) -> "Routine":
        """Leftovers of migrations looked for once a day."""
        from provisioner.moving.patrolling import Patrolling  # noqa: PLC0415  # as above
        from provisioner.reconciliation.force import CityInForce  # noqa: PLC0415

        force = CityInForce(self.database)
        return Patrolling(database=self.database, orphanage=self.orphanage(), city=lambda: force.read()[1]).routine()

    def _anchoring(self) -> "Sequence[Routine]":
        """The audit log's head noted outside the database again and again, where a setting says where."""
        from provisioner.anchoring import Anchoring  # noqa: PLC0415  # as above
        from provisioner.routine import Routine  # noqa: PLC0415
        from provisioner.store.schedules import Subject, TaskName  # noqa: PLC0415

        file = self.settings.audit_anchor_file
        if file is None:
            return ()
        anchoring = Anchoring(database=self.database, file=file, now=self.now)
        every = timedelta(minutes=self.settings.audit_anchor_minutes)

        def note(_: Subject) -> None:
            anchoring.note()

        return (Routine(task=TaskName("anchor"), every=every, run=note),)

    def _correcting(self, approver: "Approver", force: "CityInForce") -> "Correcting":
        from provisioner.reconciliation.applying import Applying  # noqa: PLC0415  # as above
        from provisioner.reconciliation.correcting import Correcting  # noqa: PLC0415

        applying = Applying(database=self.database, approver=approver, system=_TENANTRY, now=self.now)
        most = self.settings.corrections_a_day
        return Correcting(database=self.database, force=force, applying=applying, now=self.now, most=most)
