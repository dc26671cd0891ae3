"""A province's month closed: statements of all tenants by system, after a year of closed months, and what they are shown as."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any, Final

from sqlalchemy import ColumnElement, Date, DateTime, Table, func, insert, literal, select, text

from api.accounting.statements import Statements
from api.language.spoken import Language
from api.render.output import json_text
from api.render.statements import focus
from api.render.statements.document import as_document
from api.render.statements.page import Page
from monitoring.metering.looks import meter
from provisioner.clouds.interface import ProjectId
from provisioner.operation import Actor
from provisioner.reconciliation.force import CityInForce
from provisioner.statements.months import Month
from provisioner.store import standing, usage, usage_months, usage_systems, usage_tenancies
from provisioner.store.database import Connection, Database, open_database
from provisioner.store.schema_usage import usage_coverage, usage_intervals, usage_open
from provisioner.usage.sightings import Look, ResourceId, Scope, Sighting, Sizes, Sort, State, Variant
from provisioner.usage.systems import System
from provisioner.usage.tenancy import Tenancy
from tenants.documents import documents
from tenants.names import TenantName
from tests.benchmarks.bench import Bench
from tests.benchmarks.measurements import BenchmarkFailed, Figure, Measurement
from tests.benchmarks.province import BEGIN, CLOUD, Looks, Province, Size

NAME: Final = "statements"
_TENANTS: Final = 96
#: Each project has three of the province's 594 systems.
_PROJECTS: Final = 198
_SYSTEMS_EACH: Final = 3
#: Volumes of each server.
_VOLUMES: Final = 2
_RESOURCES: Final = (
    *("compute/instances", "compute/cores", "compute/ram", "network/floatingip"),
    *("block-storage/volumes", "block-storage/gigabytes", "block-storage/snapshots"),
)
#: Closed months before the one that is measured: as far back as late evidence is looked for.
_CLOSED: Final = 12
_MONTH: Final = Month(2027, 3)
_DAY: Final = 86400
_LI: Final = Actor("li.na")
_GIB: Final = 2**30
_CITY: Final = """\
apiVersion: tenantry/v1
kind: Cloud
metadata: {name: province, displayName: 省政务云}
spec:
  level: municipal
  domain: government
  zones: [{name: extranet, displayName: 政务外网, availabilityZone: extranet, externalNetwork: e, protectionLevels: [2]}]
  volumeTypes: [ssd, standard]
---
apiVersion: tenantry/v1
kind: PriceList
metadata: {name: prices, displayName: 价格目录}
spec:
  version: "1"
  currency: CNY
  validFrom: 2020-01-01
  prices:
    - {sku: vcpu-stopped, displayName: 核（关机）, resource: server, measure: vcpus, states: [stopped], amount: "1", per: month, price: "12.50"}
    - {sku: vcpu, displayName: 核, resource: server, measure: vcpus, amount: "1", per: month, price: "25.00"}
    - {sku: memory, displayName: 内存, resource: server, measure: memory, amount: GB, per: month, price: "12.00"}
    - {sku: disk, displayName: 系统盘, resource: server, measure: root-disk, amount: GB, per: month, price: "0.30"}
    - {sku: ssd, displayName: 高性能云硬盘, resource: volume, measure: size, variants: [ssd], amount: GB, per: month, price: "0.60"}
    - {sku: volume, displayName: 云硬盘, resource: volume, measure: size, amount: GB, per: month, price: "0.30"}
"""
_TENANT: Final = """\
---
apiVersion: tenantry/v1
kind: Tenant
metadata: {{name: unit-{number}, displayName: 省第{number}局}}
spec:
  {parent}protectionLevel: 2
  projects:
"""
_PROJECT: Final = (
    "    - {{name: p{number}, cloud: province, zone: extranet, purpose: 政务服务, quota: {{compute: {{cores: 10}}}}}}\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Timed:
    """How long something took, and what came of it."""

    seconds: float
    #: Of this process alone, the last time: what a busy machine does not change.
    processor: float
    result: Any


def measure(bench: Bench) -> Measurement:
    """Meter a month, put a year before it, close all of it, and show the last month."""
    standard, servers = Size(), bench.sizes.province
    vcpus = standard.vcpus * servers // standard.servers
    province = Province(replace(standard, servers=servers, vcpus=vcpus, projects=_PROJECTS, hectic=False))
    with open_database(None, bench.scratch / NAME) as database:
        _fill(database, province)
        statements = Statements(
            database=database, force=CityInForce(database), now=lambda: BEGIN + timedelta(days=province.size.days + 2)
        )
        before = _forget_peak()
        closings = [_timed(lambda month=month: statements.close(month, _LI)) for month in _months()]
        peak = _peak()
        whole = _timed(lambda: statements.account(_MONTH, TenantName("unit-0")))
        one = _timed(lambda: statements.account(_MONTH, TenantName("unit-1")))
        running = _timed(lambda: statements.account(_MONTH.later(1), TenantName("unit-1")))
        account = whole.result
        if account is None or len(account.statements) != _TENANTS or not account.total:
            raise BenchmarkFailed("the province's statement lacks tenants or sums")
        history = statements.history(account)
        shown = {
            "CSV": _timed(lambda: focus.csv_text(account)),
            "JSON": _timed(lambda: json_text(as_document(account), "utf-8")),
            "HTML": _timed(lambda: Page(account=account, language=Language.CHINESE, history=history).html()),
        }
        verified = _timed(statements.verify)
        kept = _bytes(database, "tenantry.statements")
        attributed = _bytes(database, "tenantry.usage_systems")
    lines = sum(len(each.charges) + len(each.corrections) for each in account.statements)
    systems = sum(bool(each.system) for each in account.systems)
    return Measurement(
        name=NAME,
        title=f"A province's statements: {_TENANTS} tenants, {systems} systems, {servers:,} servers, {servers * _VOLUMES:,} volumes",
        figures=(
            Figure(name="lines of the month", value=lines),
            Figure(name="the first month closed", value=closings[0].seconds, unit="s", at_most=20),
            Figure(
                name=f"a month closed after {_CLOSED} closed ones, looked at again for late evidence",
                value=closings[-1].seconds,
                unit="s",
                at_most=20,
            ),
            Figure(name="of it this process's processor time", value=closings[-1].processor, unit="s"),
            Figure(name="memory more for all closings", value=(peak - before) / 1e6, unit="MB", at_most=500),
            Figure(name="the whole province's closed statement read", value=whole.seconds, unit="s"),
            Figure(name="one tenant's closed statement read", value=one.seconds * 1000, unit="ms"),
            Figure(name="one tenant's running month, made anew", value=running.seconds, unit="s", at_most=5),
            *(Figure(name=f"the whole as {name}", value=each.seconds, unit="s") for name, each in shown.items()),
            *(
                Figure(name=f"its {name}", value=len(each.result.encode()) / 1e6, unit="MB")
                for name, each in shown.items()
            ),
            Figure(name=f"the chain of {_CLOSED + 1} months verified", value=verified.seconds, unit="s"),
            Figure(name=f"{_CLOSED + 1} months of statements on disk", value=kept / 1e6, unit="MB"),
            Figure(name="which system each resource is of, on disk", value=attributed / 1e6, unit="MB"),
        ),
        notes=(
            (
                f"A month of servers as in the metering benchmark, with {_VOLUMES} volumes each and {len(_RESOURCES)} quotas of each of "
                f"{_PROJECTS} projects, looked at once a day; the {_CLOSED} months before it have the same. The whole is the root "
                "tenant's statement, which has all others below it."
            ),
        ),
    )


def _fill(database: Database, province: Province) -> None:
    """The city in force, a month's looks, whose everything is, and a year of the same before it."""
    with database.transaction() as connection:
        standing.put(connection, documents({"city.yaml": _city()}, {}), origin="bench", at=BEGIN)
        held = [
            Tenancy(
                cloud=CLOUD,
                project=_project(number),
                tenant=TenantName(f"unit-{number % _TENANTS}"),
                name=f"unit-{number % _TENANTS}-p{number}",
                since=_begin(_CLOSED + 1),
            )
            for number in range(_PROJECTS)
        ]
        usage_tenancies.note(connection, held)
    recorder = usage.Recorder(meter)
    for look in (*Looks(province=province, every=_DAY).looks(), *_others(province)):
        with database.transaction() as connection:
            recorder.record(connection, look)
    with database.transaction() as connection:
        usage_systems.note(connection, CLOUD, _systems(province), at=BEGIN, before=())
        for back in range(1, _CLOSED + 2):
            _copy(connection, back)
    with database.autocommit() as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _others(province: Province) -> Iterator[Look]:
    """Volumes and quotas, day by day: what is used of quotas changes each day."""
    for day in range(province.size.days + 1):
        at = BEGIN + timedelta(days=day)
        for sort, seen in (
            (Sort.VOLUME, tuple(_volumes(province))),
            (Sort.QUOTA, tuple(_quotas(40))),
            (Sort.QUOTA_USE, tuple(_quotas(20 + day % 7))),
        ):
            scope = Scope(cloud=CLOUD, sort=sort)
            yield Look(scope=scope, began=at, ended=at, every=timedelta(days=1), sightings=seen)


def _volumes(province: Province) -> Iterator[Sighting]:
    for number, life in enumerate(province.lives[: province.size.servers]):
        for each in range(_VOLUMES):
            yield Sighting(
                id=ResourceId(f"{life.name[:-1]}{each + 1}"),
                project=_project(life.project),
                variant=Variant(("ssd", "standard")[number % 2]),
                state=State.IN_USE,
                sizes=Sizes(size_bytes=(40 + 10 * (number % 50)) * _GIB),
            )


def _quotas(amount: int) -> Iterator[Sighting]:
    for number in range(_PROJECTS):
        for each in _RESOURCES:
            yield Sighting(
                id=ResourceId(f"{_project(number)}/{each}"),
                project=_project(number),
                variant=Variant(each),
                state=State.LIMITED,
                sizes=Sizes(amount=amount + number),
            )


def _systems(province: Province) -> dict[tuple[Sort, ResourceId], System]:
    """Nine of ten servers with their volumes, spread over their projects' systems."""
    result: dict[tuple[Sort, ResourceId], System] = {}
    for number, life in enumerate(province.lives):
        if number % 10:
            code = f"system-{life.project}-{number // _PROJECTS % _SYSTEMS_EACH}"
            system = System(code=code, name=f"业务系统{code}")
            result[Sort.SERVER, ResourceId(life.name)] = system
            if number < province.size.servers:
                for each in range(_VOLUMES):
                    result[Sort.VOLUME, ResourceId(f"{life.name[:-1]}{each + 1}")] = system
    return result


def _copy(connection: Connection, back: int) -> None:
    """The month once more, so many months earlier: what ended, and what is open as if it had ended with the month."""
    month = usage_months.later(BEGIN.date(), -back)
    start, end = _begin(back), _begin(back - 1)
    usage_months.ensure(connection, usage_intervals.name, (month,))
    rows = select(*_moved(usage_intervals, start, end)).where(usage_intervals.c.month == BEGIN.date())
    connection.execute(insert(usage_intervals).from_select(list(usage_intervals.c), rows))
    still = usage_open.c
    instead = {"end_at": end, "end_earliest": end, "end_latest": end, "last_look": end}
    known: list[Any] = []
    for each in usage_intervals.c:
        if each.name == "month":
            known.append(literal(month))
        elif each.name == "end_evidence":
            known.append(literal("cut"))
        elif each.name in instead:
            known.append(literal(instead[each.name], each.type))
        elif isinstance(each.type, DateTime):
            known.append(func.least(still[each.name] - (BEGIN - start), end))
        else:
            known.append(still[each.name])
    connection.execute(insert(usage_intervals).from_select(list(usage_intervals.c), select(*known)))
    covered = [
        {"cloud": CLOUD, "sort": sort.value, "scope": "", "start_at": start, "end_at": end}
        for sort in (Sort.SERVER, Sort.VOLUME, Sort.QUOTA, Sort.QUOTA_USE)
    ]
    connection.execute(insert(usage_coverage), covered)


def _moved(table: Table, start: datetime, end: datetime) -> Iterator[ColumnElement[Any]]:
    for each in table.c:
        if isinstance(each.type, Date):
            yield literal(start.date())
        elif isinstance(each.type, DateTime):
            yield func.least(each - (BEGIN - start), end)
        else:
            yield each


def _city() -> str:
    parts = [_CITY]
    for number in range(_TENANTS):
        parent = "" if number == 0 else "parent: unit-0\n  "
        parts.append(_TENANT.format(number=number, parent=parent))
        parts += [_PROJECT.format(number=each) for each in range(number, _PROJECTS, _TENANTS)]
    return "".join(parts)


def _months() -> Iterator[Month]:
    return (_MONTH.later(-back) for back in range(_CLOSED, -1, -1))


def _project(number: int) -> ProjectId:
    return ProjectId(f"{number:032x}")


def _begin(back: int) -> datetime:
    return usage_months.begin_of(usage_months.later(BEGIN.date(), -back))


def _timed(act: Callable[[], Any]) -> _Timed:
    """The median of three times where it is quick."""
    taken: list[float] = []
    while True:
        begun, processor = perf_counter(), process_time()
        result = act()
        taken.append(perf_counter() - begun)
        worked = process_time() - processor
        if len(taken) == 1 and taken[0] > 1:
            return _Timed(seconds=taken[0], processor=worked, result=result)
        if len(taken) == 3:  # times
            return _Timed(seconds=median(taken), processor=worked, result=result)


def _forget_peak() -> int:
    """Have the kernel begin anew with the most memory that this process held; gives what it holds now, in bytes."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _peak()


def _peak() -> int:
    """The most memory that this process held since then, in bytes."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


def _bytes(database: Database, table: str) -> int:
    with database.autocommit() as connection:
        return int(connection.scalar(text("SELECT pg_total_relation_size(:table)"), {"table": table}) or 0)
