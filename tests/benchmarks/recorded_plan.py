"""Planning for many tenants from what is on record: how long the decision takes when no cloud has to be asked.

The records are made by Tenantry's own parts: clouds in memory that have all the projects, a look at each, and the note
of what was applied.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final

from provisioner.clouds.interface import Assignment, Capacity
from provisioner.clouds.memory import Furnishing, MemoryCloud
from provisioner.observe import observe, wanted_of
from provisioner.operation import Actor
from provisioner.store import applied, observations, revisions
from provisioner.store.applied import Applied
from provisioner.store.database import Connection, open_database
from tenants.names import CloudName, DomainName, PrincipalName, RoleName
from tenants.resources import Limit, Resource, Service
from tenants.spec import City, CloudSpec, PrincipalKind
from tenants.validation import validate
from tests.benchmarks.bench import Bench
from tests.benchmarks.departments import MEMBERS, QUOTA, Department, departments, write_manifests
from tests.benchmarks.measurements import BenchmarkFailed, Figure, Measurement
from tests.benchmarks.process import Ended

NAME = "plan-recorded"
_CLOUDS: Final = ("city", *(f"district-{number}" for number in range(1, 11)))
_DOMAIN: Final = DomainName("government")
#: One tenant in this many asks for something else than its cloud has.
_EVERY: Final = 10
_CHANGES: Final = 2
_CAPACITY: Final = {
    Resource(service=Service.COMPUTE, name="cores"): Capacity(total=100_000, reserved=0, ratio=4.0, used=0),
    Resource(service=Service.COMPUTE, name="ram"): Capacity(total=2**29, reserved=0, ratio=1.0, used=0),
    Resource(service=Service.BLOCK_STORAGE, name="gigabytes"): Capacity(total=2**24, reserved=0, ratio=1.0, used=0),
}


def measure(bench: Bench) -> Measurement:
    """Tenants that all exist, a tenth of which are to change; and as many that are all new."""
    number, repetitions = bench.sizes.tenants, bench.sizes.repetitions
    known, new = bench.scratch / NAME / "known", bench.scratch / NAME / "new"
    listed = departments(number, prefix="p", clouds=_CLOUDS)
    manifests = _prepare(known, listed, existing=True)
    for department in listed[::_EVERY]:
        (manifests / f"{department.name}.yaml").write_text(department.manifest(cores=41), encoding="utf-8")
    runs = _runs(bench, known, manifests, repetitions)
    all_new = _runs(bench, new, _prepare(new, listed, existing=False), repetitions)
    return Measurement(
        name=NAME,
        title=f"`tenantry plan --recorded` for {number} tenants in {len(_CLOUDS)} clouds",
        figures=(
            *_figures(f"{number // _EVERY} of {number} to change", runs),
            *_figures(f"{number} new", all_new),
        ),
        notes=(
            (
                f"The median of {repetitions} runs of the whole command, start of the embedded database included; memory is "
                "the most of the command's process."
            ),
        ),
    )


def _figures(what: str, runs: list[Ended]) -> tuple[Figure, ...]:
    return (
        Figure(name=f"{what}: time", value=median(each.seconds for each in runs), unit="s", at_most=2.0),
        Figure(name=f"{what}: processor time", value=median(each.cpu_seconds for each in runs), unit="s"),
        Figure(
            name=f"{what}: peak memory",
            value=max(each.peak_bytes for each in runs) / 1e6,
            unit="MB",
            at_most=300,
        ),
    )


def _runs(bench: Bench, folder: Path, manifests: Path, repetitions: int) -> list[Ended]:
    command = ("plan", manifests, "--recorded")
    return [bench.tenantry(*command, state=folder / "records", ends_with={_CHANGES}) for _ in range(repetitions)]


def _prepare(folder: Path, listed: tuple[Department, ...], *, existing: bool) -> Path:
    """Manifests and the records that belong to them; returns the manifests' folder."""
    manifests, at = folder / "manifests", datetime.now(UTC)
    write_manifests(manifests, listed)
    texts = {str(path): path.read_text(encoding="utf-8") for path in sorted(manifests.iterdir())}
    city = _valid(texts)
    with open_database(None, folder / "records") as database, database.transaction() as connection:
        for spec in city.clouds.values():
            cloud = _cloud(spec, [each for each in listed if existing and each.cloud == spec.name])
            observations.save(connection, observe(cloud, wanted_of(city, spec), now=lambda: at))
        if existing:
            _note_applied(connection, city, texts, at)
    return manifests


def _valid(texts: Mapping[str, str]) -> City:
    validation = validate((name, text.encode()) for name, text in texts.items())
    if validation.city is None:
        raise BenchmarkFailed(f"the manifests are not valid: {validation.problems[:3]}")
    return validation.city


def _cloud(spec: CloudSpec, listed: list[Department]) -> MemoryCloud:
    """A cloud in memory that has these departments' projects as their manifests ask for them."""
    groups, roles = (
        frozenset(PrincipalName(group) for group, _ in MEMBERS),
        frozenset(RoleName(role) for _, role in MEMBERS),
    )
    cloud = MemoryCloud(CloudName(spec.name), Furnishing(groups=groups, roles=roles, capacity=_CAPACITY))
    directory = cloud.identity.directory(_DOMAIN, users=False)
    for department in listed:
        made, _ = cloud.identity.create_project(_DOMAIN, name=department.project, description=department.description)
        for service, limits in QUOTA.items():
            wanted = {key: Limit(value) for key, value in limits.items()}
            cloud.quotas(Service(service)).set_limits(made.id, wanted, force=False)
        for group, role in MEMBERS:
            cloud.identity.grant(
                Assignment(
                    project_id=made.id,
                    kind=PrincipalKind.GROUP,
                    principal_id=directory.groups[PrincipalName(group)],
                    role_id=directory.roles[RoleName(role)],
                )
            )
    return cloud


def _note_applied(connection: Connection, city: City, texts: Mapping[str, str], at: datetime) -> None:
    revision = revisions.save(connection, texts, actor=Actor("benchmark"), at=at)
    for tenant in city.tenants.values():
        for cloud in {project.cloud for project in tenant.projects}:
            applied.record(connection, Applied(tenant=tenant.name, cloud=cloud, revision=revision, spec=tenant, at=at))
