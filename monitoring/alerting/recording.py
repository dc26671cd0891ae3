"""Series that are computed once for alerts and dashboards: ratios of quotas, what capacity has left, and ages.

Where nothing is allowed and nothing used, 0 / 0 is no number and gives no series; unlimited is `+Inf`, of which any use is 0.
"""

from typing import Final

from monitoring.alerting.rule import Group, Recording, once
from tenants.resources import CATALOGUE

#: Limits of these are about one thing of many (pairs on one server): they add up to nothing.
_ALONE: Final = "|".join(
    sorted(each.name for service in CATALOGUE.values() for each in service.values() if not each.additive)
)
_ADDITIVE: Final = f'{{resource!~"{_ALONE}"}}'
_QUOTA: Final = ("cloud", "service_type", "resource")
_JOB: Final = ("job",)


def _either(*expressions: str) -> str:
    return "\nor\n".join(expressions)


def _used_of_project(suffix: str) -> str:
    used = f"tenantry_quota_used{suffix} + tenantry_quota_reserved{suffix} or tenantry_quota_used{suffix}"
    return f"{once(used)}\n/ {once(f'tenantry_quota_limit{suffix}')} >= 0"


def _used_of_tier(suffix: str) -> str:
    return f"{once(f'tenantry_quota_tier_used{suffix}')}\n/ {once(f'tenantry_quota_tier_limit{suffix}')} >= 0"


def _used_of_all(by: str, suffix: str) -> str:
    used, limit = (f"sum by ({by}) ({once(f'tenantry_quota_{each}{suffix}{_ADDITIVE}')})" for each in ("used", "limit"))
    return f"{used}\n/ {limit} >= 0"


def _quotas() -> tuple[Recording, ...]:
    wholes = {"tenant_resource": ("tenant", *_QUOTA), "cloud_resource": _QUOTA}
    return (
        Recording(
            name="project_resource:tenantry_quota_used:ratio",
            expr=_either(_used_of_project(""), _used_of_project("_bytes"), _used_of_tier(""), _used_of_tier("_bytes")),
            labels=("tenant", "project", *_QUOTA, "tier", *_JOB),
        ),
        *(
            Recording(
                name=f"{level}:tenantry_quota_used:ratio",
                expr=_either(*(_used_of_all(", ".join(labels), suffix) for suffix in ("", "_bytes"))),
                labels=labels,
            )
            for level, labels in wholes.items()
        ),
    )


def _allocated(by: str, suffix: str) -> str:
    part, whole = (
        f"sum by ({by}) ({once(f'tenantry_capacity_{each}{suffix}')})" for each in ("allocated", "allocatable")
    )
    return f"{part}\n/ {whole} >= 0"


def _spare(by: str, suffix: str, *, requested: bool) -> str:
    def added(family: str) -> str:
        return f"sum by ({by}) ({once(f'tenantry_capacity_{family}{suffix}')})"

    none = f"0 * {added('allocatable')}"
    lost = f"max by ({by}) ({once(f'tenantry_capacity_largest_host{suffix}')})"
    terms = [added("allocatable"), f"({lost} or {none})", f"({added('allocated')} or {none})"]
    if requested:
        terms.append(f"({added('requested')} or {none})")
    return "\n- ".join(terms)


def _capacity() -> tuple[Recording, ...]:
    levels = {"cloud_resource": ("cloud", "resource"), "zone_resource": ("cloud", "availability_zone", "resource")}
    found: list[Recording] = []
    for level, labels in levels.items():
        by = ", ".join(labels)
        ratio = _either(*(_allocated(by, suffix) for suffix in ("", "_bytes")))
        found.append(Recording(name=f"{level}:tenantry_capacity_allocated:ratio", expr=ratio, labels=labels))
        for suffix in ("", "_bytes"):
            # What requests have reserved is of a cloud, not of a zone.
            spare = _spare(by, suffix, requested=level == "cloud_resource")
            found.append(Recording(name=f"{level}:tenantry_capacity_spare{suffix}:sum", expr=spare, labels=labels))
    return tuple(found)


def _age(level: str, family: str, labels: tuple[str, ...]) -> Recording:
    return Recording(
        name=f"{level}:{family.replace('_timestamp_seconds', '')}_age_seconds:max",
        expr=f"time() - {once(family)}",
        labels=(*labels, *_JOB),
    )


def _ages() -> tuple[Recording, ...]:
    return (
        _age("collector", "tenantry_collector_last_success_timestamp_seconds", ("cloud", "collector")),
        _age("tenant", "tenantry_drift_oldest_timestamp_seconds", ("tenant", "cloud")),
        _age("tenant", "tenantry_reconcile_last_success_timestamp_seconds", ("tenant", "cloud")),
        _age("state", "tenantry_request_oldest_timestamp_seconds", ("state",)),
        _age("state", "tenantry_operation_oldest_timestamp_seconds", ("cloud", "state")),
    )


def _speed(span: str) -> str:
    size, took = (f"tenantry_migration_link_{each}_total" for each in ("bytes", "seconds"))
    by = "sum by (source_cloud, target_cloud)"
    return f"{by} ({once(span.format(size))})\n/ {by} ({once(span.format(took))}) >= 0"


def _migrations() -> tuple[Recording, ...]:
    moving = ("migration", "wave", "application", "source_cloud", "target_cloud")
    link = ("source_cloud", "target_cloud")
    copied, size = (f"tenantry_migration_{each}_bytes" for each in ("copied", "size"))
    return (
        _age("migration", "tenantry_migration_phase_start_timestamp_seconds", (*moving, "state")),
        _age("migration", "tenantry_migration_last_progress_timestamp_seconds", (*moving, "state")),
        Recording(
            name="migration:tenantry_migration_copied:ratio",
            expr=f"{once(copied)}\n/ {once(size)} >= 0",
            labels=(*moving, *_JOB),
        ),
        Recording(
            name="link:tenantry_migration_disk_bytes_per_second:rate",
            expr=_either(_speed("increase({}[1h])"), _speed("{}")),
            labels=link,
        ),
    )


#: What is recorded, in the order in which it is evaluated.
GROUPS: Final = (
    Group(name="tenantry.quotas", rules=_quotas()),
    Group(name="tenantry.capacity", rules=_capacity()),
    Group(name="tenantry.ages", rules=_ages()),
    Group(name="tenantry.migrations", rules=_migrations()),
)
