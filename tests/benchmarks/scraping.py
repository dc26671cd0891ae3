"""A scrape of a quarter of a million series: the service's answer beside prometheus_client's own way of writing the same."""

import gzip
import http.client
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Final

from prometheus_client import Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from monitoring.collection.contents import Counted, ServerRow, counts_content, reading_content, servers_content
from provisioner.clouds.interface import ProjectId, Usage
from provisioner.operation import Actor
from provisioner.store import applied, revisions, usage_snapshots, usage_tenancies
from provisioner.store.applied import Applied
from provisioner.store.database import Connection, open_database
from provisioner.usage.collection import CollectorName, Run, Snapshot
from provisioner.usage.sightings import ResourceId, State, Variant
from provisioner.usage.tenancy import Tenancy
from tenants.names import CloudName, ProjectName, TenantName, VolumeTypeName, ZoneName
from tenants.resources import CATALOGUE, Limit, Resource
from tenants.spec import ProjectSpec, TenantSpec
from tests.benchmarks.bench import TENANTRY, Bench
from tests.benchmarks.measurements import BenchmarkFailed, Figure, Measurement
from tests.benchmarks.serving import free_port, running

NAME: Final = "scraping"
_CLOUDS: Final = 20
_SCRAPES: Final = 11
_SERIES: Final = 250_000
_TYPES: Final = ("ssd", "hdd")
_EVERY: Final = timedelta(hours=1)
_RESOURCES: Final = tuple(
    Resource(service=service, name=name, volume_type=None if volume_type is None else VolumeTypeName(volume_type))
    for service, names in CATALOGUE.items()
    for name, definition in names.items()
    for volume_type in ((None, *_TYPES) if definition.per_volume_type else (None,))
)
_CLOUD: Final = """\
apiVersion: tenantry/v1
kind: Cloud
metadata: {{name: {name}, displayName: 云}}
spec:
  level: district
  domain: government
  zones: [{{name: extranet, displayName: 政务外网, availabilityZone: nova, protectionLevels: [1, 2, 3]}}]
  volumeTypes: [ssd, hdd]
---
"""


class _Again(Collector):
    """Families that are there already."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families


def measure(bench: Bench) -> Measurement:
    """Fill a record, scrape a service on it, and write the same with prometheus_client."""
    state = bench.scratch / "scraped"
    with open_database(None, state) as database, database.transaction() as connection:
        _fill(connection, bench.sizes.departments)
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TENANTRY_")},
        "TENANTRY_STATE_DIR": str(state),
        "TENANTRY_METRICS_OPEN": "true",
        "TENANTRY_METRICS_SERIES": "1000000",
    }
    with running([str(TENANTRY), "serve", "--port", str(port)], environment, port) as pid:
        first = _first(port)
        _await_sums(port)
        zipped = [_scrape(port, "gzip") for _ in range(_SCRAPES)]
        plain = [_scrape(port, "identity") for _ in range(_SCRAPES)]
        peak = _peak(pid)
    page = plain[-1][1].decode()
    if gzip.decompress(zipped[-1][1]).decode().count("\n") != page.count("\n"):
        raise BenchmarkFailed("the compressed page is another one")
    series = sum(not line.startswith("#") for line in page.splitlines())
    if series < _SERIES and bench.sizes.departments >= type(bench.sizes)().departments:
        raise BenchmarkFailed(f"the page has {series} series only")
    families = list(text_string_to_metric_families(page))
    written = [_timed(lambda: generate_latest(_Again(families))) for _ in range(3)]
    ours = median(each for each, _ in zipped)
    return Measurement(
        name=NAME,
        title=f"A scrape of {series:,} series",
        figures=(
            Figure(name="a scrape, gzip", value=ours, unit="s", at_most=0.5),
            Figure(name="the slowest of them", value=max(each for each, _ in zipped), unit="s"),
            Figure(name="a scrape, not compressed", value=median(each for each, _ in plain), unit="s", at_most=0.5),
            Figure(name="the first page after a start, all of it read and written out", value=first, unit="s"),
            Figure(name="the service's greatest memory", value=peak / 1e6, unit="MB", at_most=300),
            Figure(name="the page, gzip", value=len(zipped[-1][1]) / 1e6, unit="MB"),
            Figure(name="the page, not compressed", value=len(plain[-1][1]) / 1e6, unit="MB"),
            Figure(name="prometheus_client's `generate_latest` of the same", value=median(written), unit="s"),
            Figure(name="`generate_latest` ÷ a scrape", value=median(written) / ours, at_least=4),
        ),
        notes=(
            (
                f"{bench.sizes.departments} departments with a project in each of {_CLOUDS} clouds and {len(_RESOURCES)} limits in each "
                "project; every cloud's snapshots are in the record as collectors leave them. Scraped over HTTP from `tenantry serve`, "
                f"{_SCRAPES} times each way; the service reads its record meanwhile."
            ),
            "`generate_latest` writes in this process what was scraped, without HTTP, compression or a database; medians of 3.",
        ),
    )


def _fill(connection: Connection, departments: int) -> None:
    at = datetime.now(UTC)
    clouds = [CloudName(f"cloud-{number:02}") for number in range(_CLOUDS)]
    manifests = "".join(_CLOUD.format(name=each) for each in clouds)
    revision = revisions.save(connection, {"clouds.yaml": manifests}, actor=Actor("bench"), at=at)
    tenants = [_tenant(number, clouds) for number in range(departments)]
    for tenant in tenants:
        for cloud in clouds:
            row = Applied(tenant=tenant.name, cloud=cloud, revision=revision, spec=tenant, at=at)
            applied.record(connection, row)
    for cloud in clouds:
        held = {ProjectId(f"{cloud}-{tenant.name}"): tenant for tenant in tenants}
        usage_tenancies.note(
            connection,
            [
                Tenancy(cloud=cloud, project=id_, tenant=each.name, name=f"{each.name}-p", since=at)
                for id_, each in held.items()
            ],
        )
        _collected(connection, cloud, list(held), at)


def _tenant(number: int, clouds: list[CloudName]) -> TenantSpec:
    name = TenantName(f"department-{number:03}")
    projects = [
        ProjectSpec(
            name=ProjectName("p"),
            cloud=cloud,
            keystone_name=f"{name}-p",
            zone=ZoneName("extranet"),
            description=None,
            purpose="业务",
            protection_level=2,
            limits={each: Limit(100) for each in _RESOURCES},
        )
        for cloud in clouds
    ]
    return TenantSpec(
        name=name, display_name=f"第{number}局", parent=None, protection_level=2, projects=tuple(projects)
    )


def _collected(connection: Connection, cloud: CloudName, projects: list[ProjectId], at: datetime) -> None:
    reading = reading_content({each: Usage(limit=Limit(100), used=50, reserved=1) for each in _RESOURCES})
    rows = [
        ServerRow(
            id=ResourceId(f"{project}-{number}"),
            project=project,
            name="服务器",
            flavor=Variant("small"),
            availability_zone="nova",
            state=State.ACTIVE,
            vcpus=2,
            memory_bytes=2**32,
            created_at=at,
        )
        for project in projects
        for number in range(10)
    ]
    counts = counts_content(
        Counted(project=each, variant=Variant("ssd"), state=State.IN_USE, number=3, size_bytes=2**40)
        for each in projects
    )
    for name, content in (
        ("quotas", {"projects": dict.fromkeys(projects, reading)}),
        ("servers", {"servers": servers_content(rows)}),
        ("volumes", counts),
        ("floating-ips", counts),
    ):
        collector = CollectorName(name)
        snapshot = Snapshot(cloud=cloud, collector=collector, began=at, at=at, complete=True, content=content)
        usage_snapshots.keep(connection, snapshot)
        usage_snapshots.note(connection, Run(cloud=cloud, collector=collector, every=_EVERY, began=at, ended=at))


def _first(port: int) -> float:
    """Seconds until there is a page; a scrape that comes before is told so."""
    began = time.perf_counter()
    while _ask(port, "gzip")[0] != 200:
        if time.perf_counter() - began > 300:
            raise BenchmarkFailed("there is no page after five minutes")
    return time.perf_counter() - began


def _await_sums(port: int) -> None:
    """Wait until the page has what is added up, which comes after the first: so that all scrapes are of one page."""
    deadline = time.perf_counter() + 300
    while b"\ntenantry_metering_coverage_ratio{" not in gzip.decompress(_scrape(port, "gzip")[1]):
        if time.perf_counter() > deadline:
            raise BenchmarkFailed("what was metered is not on the page after five minutes")
        time.sleep(0.5)


def _scrape(port: int, encoding: str) -> tuple[float, bytes]:
    began = time.perf_counter()
    status, body = _ask(port, encoding)
    took = time.perf_counter() - began
    if status != 200:
        raise BenchmarkFailed(f"a scrape was answered {status}")
    return took, body


def _ask(port: int, encoding: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/metrics", headers={"accept-encoding": encoding})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def _peak(pid: int) -> int:
    """The greatest resident memory of a process so far, in bytes (proc(5): VmHWM)."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
