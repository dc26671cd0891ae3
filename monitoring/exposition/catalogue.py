"""Every family of metrics there is. A test holds what is exposed, the reference, rules and dashboards equal to this.

Limits and use are families of their own, so that each can be added up; bytes and plain numbers never share a family; times
are timestamps, not ages; unlimited is `+Inf`, so that use divided by it is 0.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from monitoring.exposition.family import (
    LONG,
    MIDDLING,
    SHORT,
    Endpoint,
    Family,
    FamilyName,
    LabelName,
    MetricType,
    Stability,
)
from provisioner.reconciliation.conditions import Condition
from provisioner.usage.sightings import State


def _labels(*names: str) -> tuple[LabelName, ...]:
    return tuple(LabelName(name) for name in names)


def _family(name: str, kind: MetricType, labels: tuple[LabelName, ...], text: str) -> Family:
    units = ("bytes", "seconds", "ratio")
    unit = next((each for each in units if name.endswith(f"_{each}")), "")
    return Family(name=FamilyName(f"tenantry_{name}"), type=kind, help=text, labels=labels, unit=unit)


def _gauge(name: str, labels: tuple[LabelName, ...], text: str) -> Family:
    return _family(name, MetricType.GAUGE, labels, text)


def _counter(name: str, labels: tuple[LabelName, ...], text: str) -> Family:
    return _family(name, MetricType.COUNTER, labels, text)


def _info(name: str, labels: tuple[LabelName, ...], text: str) -> Family:
    return _family(name, MetricType.INFO, labels, text)


def _histogram(name: str, labels: tuple[LabelName, ...], text: str, buckets: tuple[float, ...]) -> Family:
    return replace(_family(name, MetricType.HISTOGRAM, labels, text), buckets=buckets)


def _both(name: str, labels: tuple[LabelName, ...], text: str) -> Iterator[Family]:
    """A family for what is counted, and one for what is measured in bytes."""
    yield _gauge(name, labels, f"{text} Counted resources.")
    yield _gauge(f"{name}_bytes", labels, f"{text} Memory and storage, in bytes.")


def _or(states: tuple[State, ...]) -> str:
    return ", ".join(f"`{each}`" for each in states)


#: The states that are told apart; all others are `other`.
SERVER_STATES: Final = (
    *(State.ACTIVE, State.BUILDING, State.STOPPED, State.SHELVED, State.SHELVED_OFFLOADED, State.SUSPENDED),
    *(State.RESIZED, State.ERROR),
)
VOLUME_STATES: Final = (State.AVAILABLE, State.IN_USE, State.BUSY, State.ERROR)
FLOATING_IP_STATES: Final = (State.ASSOCIATED, State.UNASSOCIATED)

_TENANT: Final = _labels("tenant", "cloud")
_STATE: Final = _labels("tenant", "cloud", "state")
_QUOTA: Final = _labels("tenant", "project", "cloud", "service_type", "resource")
_TIER: Final = (*_QUOTA, LabelName("tier"))
_POOL: Final = _labels("cloud", "availability_zone", "resource")
_COLLECTOR: Final = _labels("cloud", "collector")
#: Whoever knows Nova's words would look for SHUTOFF, and for SHELVED_OFFLOADED in capitals.
_METERED: Final = "in metering's words, not the service's own"
_ZERO: Final = "0 is said, too."

_QUOTAS: Final = (
    *_both("quota_limit", _QUOTA, "What the cloud lets the project hold, as its service enforces it; +Inf: unlimited."),
    *_both("quota_used", _QUOTA, "What the project holds, as its service counts it."),
    *_both("quota_reserved", _QUOTA, "What the service has set aside for work under way; left out where it is 0."),
    *_both(
        "quota_tier_limit", _TIER, "As quota_limit, for one volume type: part of the whole, never to be added to it."
    ),
    *_both("quota_tier_used", _TIER, "As quota_used, for one volume type: part of the whole, never to be added to it."),
    *_both("quota_declared", _QUOTA, "What the manifest in force asks for; +Inf: unlimited. Off unless switched on."),
)
_ESTATE: Final = (
    _gauge("servers", _STATE, f"Servers by state, {_METERED}: {_or(SERVER_STATES)}; rarer ones are `other`. {_ZERO}"),
    _gauge("volumes", _STATE, f"Volumes by state, {_METERED}: {_or(VOLUME_STATES)}; rarer ones are `other`. {_ZERO}"),
    _gauge(
        "floating_ips",
        _STATE,
        f"Floating IPs by whether a port has them, {_METERED}: {_or(FLOATING_IP_STATES)}, `other`. {_ZERO}",
    ),
    _info("tenant", _labels("tenant", "name", "parent"), "A tenant, what people call it, and the tenant above it."),
    _info(
        "project",
        _labels("tenant", "project", "cloud", "project_id", "project_name"),
        "A project, with Keystone's id and name for it: the only place that has them.",
    ),
    _counter(
        "usage_vcpu_seconds", _TENANT, "vCPU-seconds of servers that were not shelved, as metered since the beginning."
    ),
    _counter("usage_memory_byte_seconds", _TENANT, "Byte-seconds of the memory of these servers."),
    _counter(
        "usage_storage_byte_seconds", _labels("tenant", "cloud", "tier"), "Byte-seconds of volumes, by volume type."
    ),
    _gauge(
        "metering_coverage_ratio",
        _TENANT,
        "The part of the running month that looks cover, from the cloud's first look until three intervals ago: 1 is all of it.",
    ),
    _gauge("cost_accrued", _labels("tenant", "cloud", "currency"), "Cost of the running month up to now; provisional."),
)
_CAPACITY: Final = (
    *_both("capacity_raw", _POOL, "What the hosts or pools of an availability zone have."),
    *_both("capacity_allocatable", _POOL, "What may be given out: times overcommit, less the manifest's reserve."),
    *_both("capacity_allocated", _POOL, "What Placement or Cinder has allocated."),
    *_both("capacity_largest_host", _POOL, "What may be given out on the largest host: what its loss takes away."),
    *_both("capacity_requested", _labels("cloud", "resource"), "What requests under way have reserved in the cloud."),
)
_CONTROL: Final = (
    _gauge("quota_drift_resources", _TENANT, "Properties that are no longer as they were applied."),
    _gauge(
        "drift_oldest_timestamp_seconds", _TENANT, "When the oldest drift still there was first seen; none, no series."
    ),
    replace(
        _family("reconcile", MetricType.STATESET, _TENANT, "How a tenant stands in a cloud: one of its states is 1."),
        states=tuple(Condition),
    ),
    _gauge("reconcile_last_success_timestamp_seconds", _TENANT, "When it was last looked at in whole."),
    _counter("reconcile_attempts", _labels("cloud"), "Looks at the tenants of a cloud that were due."),
    _counter(
        "reconcile_failures",
        _labels("cloud", "reason"),
        "Looks that failed, in whole or for one of the tenants, by reason.",
    ),
    _gauge("requests_open", _labels("state"), "Departments' requests that have not ended."),
    _gauge("request_oldest_timestamp_seconds", _labels("state"), "When the oldest request in that state came into it."),
    _gauge("requests_overdue", _labels("state"), "Requests whose review has taken longer than it may."),
    _histogram("request_duration_seconds", (), "From a request's submission to its end.", LONG),
    _gauge("operations", _labels("cloud", "state"), "Operations that have not ended."),
    _gauge("operation_oldest_timestamp_seconds", _labels("cloud", "state"), "When the oldest of them was queued."),
    _counter("operations_ended", _labels("cloud", "state"), "Operations that ended, by how."),
    _gauge("workers", (), "Worker processes that gave a sign of life."),
)
_LINK: Final = _labels("source_cloud", "target_cloud")
_MOVING: Final = (*_labels("migration", "wave", "application"), *_LINK)
_PHASE: Final = (*_MOVING, LabelName("state"))
_MIGRATIONS: Final = (
    _gauge(
        "migrations",
        (*_LINK, LabelName("state")),
        "Migrations that have not ended, of links that have had any; 0 is said.",
    ),
    _counter("migrations_ended", (*_LINK, LabelName("state")), "Migrations that ended, by how."),
    _gauge("waves", _labels("state"), "Waves that were started and have not ended."),
    _gauge("migration_phase_start_timestamp_seconds", _PHASE, "When a migration under way came into its state."),
    _gauge(
        "migration_last_progress_timestamp_seconds",
        _PHASE,
        "When a step of it last ended or was taken back, or it came into its state; bytes that travel are not told by it.",
    ),
    _gauge(
        "migration_window_end_timestamp_seconds", _PHASE, "When its wave's window closes; without a window, no series."
    ),
    _gauge("migration_size_bytes", _MOVING, "Bytes that it is to copy; where it copies none, no series."),
    _gauge(
        "migration_copied_bytes", _MOVING, "Bytes of them that have arrived; told every few seconds while they travel."
    ),
    _histogram(
        "migration_downtime_seconds",
        _LINK,
        "How long applications stood still, of all that ever moved and serve where they went.",
        MIDDLING,
    ),
    _counter("migration_link_bytes", _LINK, "Bytes of disks that travelled from cloud to cloud."),
    _counter("migration_link_seconds", _LINK, "Seconds that these disks travelled, added up over disks side by side."),
    _gauge(
        "migration_orphans",
        _labels("cloud", "kind"),
        "What migrations that ended, or that nobody knows, left in a cloud, as it was last looked for.",
    ),
    _gauge("migration_orphans_seen_timestamp_seconds", _labels("cloud"), "When it was last looked for."),
)
_SELF: Final = (
    _gauge("collector_last_success_timestamp_seconds", _COLLECTOR, "When all of it was last collected."),
    _gauge("collector_last_attempt_timestamp_seconds", _COLLECTOR, "When it was last tried."),
    _gauge(
        "collector_interval_seconds",
        _COLLECTOR,
        "How often it is to be collected: what is three times as old is stale.",
    ),
    _gauge("collector_duration_seconds", _COLLECTOR, "How long the last time took."),
    _gauge("collector_projects_failed", _COLLECTOR, "Projects whose part the last time lacks."),
    _gauge("collector_complete", _COLLECTOR, "Whether the last time has all: 1, or 0 where a part is missing."),
    _counter("collector_runs", _COLLECTOR, "Times that it was tried."),
    _counter(
        "collector_failures", _labels("cloud", "collector", "reason"), "Times that it failed, in part or in whole."
    ),
    _counter(
        "api_requests", _labels("cloud", "service_type", "code_class"), "Requests sent to clouds, repetitions included."
    ),
    _histogram(
        "api_request_duration_seconds", _labels("cloud", "service_type"), "How long clouds took to answer.", SHORT
    ),
    _gauge("api_budget_requests", _labels("cloud"), "Requests a minute that collectors may send to a cloud."),
    _counter("api_budget_waits", _labels("cloud"), "Requests of collectors that had to wait for the budget."),
    _counter("http_requests", _labels("method", "route", "code_class"), "Requests that the service answered."),
    _histogram("http_request_duration_seconds", _labels("method", "route"), "How long its answers took.", SHORT),
    _gauge("exporter_series", _COLLECTOR, "Series of one shard of this page; of all shards, all that it has."),
    _gauge("exporter_series_limit", (), "The most series that this page may have."),
    _gauge("exporter_series_dropped", _COLLECTOR, "Series of a shard that this page lacks, to keep within the limit."),
    _info("build", _labels("version"), "The version that answers."),
    _gauge("manifest_last_load_success_timestamp_seconds", (), "When manifests last came into force."),
)
_SERVER: Final = _labels("tenant", "project", "cloud", "server_id", "server_name")
_SERVERS: Final = (
    _info(
        "server",
        (*_SERVER, *_labels("flavor", "availability_zone", "state")),
        "A server, as it was last seen.",
    ),
    _gauge("server_vcpus", _SERVER, "How many vCPUs it has."),
    _gauge("server_memory_bytes", _SERVER, "How much memory it has."),
    _gauge("server_created_timestamp_seconds", _SERVER, "When it was made."),
)
#: A department's own part of these is at `/v1/tenants/{tenant}/metrics`.
_DEPARTMENTAL: Final = (*_QUOTAS, *_ESTATE)


def _catalogue() -> Iterator[Family]:
    for each in (*_QUOTAS, *_ESTATE, *_CAPACITY, *_CONTROL, *_MIGRATIONS, *_SELF):
        family = replace(each, departmental=each in _DEPARTMENTAL)
        yield replace(family, stability=Stability.EXPERIMENTAL) if each in _ESTATE[-2:] else family
    for each in _SERVERS:
        yield replace(each, endpoint=Endpoint.SERVERS)


#: By name, in the order in which they are exposed.
CATALOGUE: Final = {family.name: family for family in _catalogue()}


def named(name: str) -> Family:
    """The family of that name, without the prefix. KeyError where the catalogue has none."""
    return CATALOGUE[FamilyName(f"tenantry_{name}")]


def _important() -> Iterator[Family]:
    """Most important first."""
    yield from (*_SELF, *_CONTROL, *_MIGRATIONS)
    yield from _QUOTAS[:4]
    yield from (*_CAPACITY, *_ESTATE, *_QUOTAS[4:], *_SERVERS)


#: In which order families stay where a page would have too many series: Tenantry's own, limits and use, capacity, what is held.
IMPORTANCE: Final = tuple(family.name for family in _important())
