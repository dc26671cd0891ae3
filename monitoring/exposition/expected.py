"""How many series manifests bring along, counted before anything is applied. Pure.

Exactly those that a page has of them once all is applied and looked at. Beside them a page has series that nobody can
tell beforehand: what is used without being asked for, reservations, storage by type, zones' capacity, migrations while they are under way, and Tenantry's own.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from monitoring.exposition.catalogue import CATALOGUE, named
from monitoring.exposition.estate import COUNTED
from monitoring.exposition.family import FamilyName
from monitoring.exposition.quotas import families_of
from tenants.names import CloudName, TenantName
from tenants.spec import City

#: What each tenant has in each cloud that it has a project in.
_FOR_PAIRS: Final = (
    *("usage_vcpu_seconds", "usage_memory_byte_seconds", "metering_coverage_ratio"),
    *("quota_drift_resources", "reconcile", "reconcile_last_success_timestamp_seconds"),
)
#: Families whose series for declared resources are counted; undeclared ones that are used come on top.
QUOTAS: Final = tuple(name for name in CATALOGUE if name.startswith("tenantry_quota_") and "drift" not in name)


def expected(city: City, *, with_declared: bool) -> Mapping[FamilyName, int]:
    """Series by family, in the catalogue's order; families without any are left out."""
    found = Counter[FamilyName]()
    pairs: set[tuple[TenantName, CloudName]] = set()
    for tenant in city.tenants.values():
        found[named("tenant").name] += 1
        for project in tenant.projects:
            pairs.add((tenant.name, project.cloud))
            found[named("project").name] += 1
            for resource in project.limits:
                found.update(named(each).name for each in families_of(resource, with_declared=with_declared))
    for name in _FOR_PAIRS:
        found[named(name).name] += len(pairs) * named(name).series
    for name, states in COUNTED.values():
        found[named(name).name] += len(pairs) * (len(states) + 1)
    return {name: found[name] for name in CATALOGUE if found[name]}
