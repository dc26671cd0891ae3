"""Hold what was metered of a cloud's servers beside Nova's own account of them: for a month, project by project."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.collection.collecting import Collecting
from monitoring.collection import simple_usage
from monitoring.metering.crosscheck import Comparison, compare
from provisioner.clouds.interface import ProjectId
from provisioner.errors import InputError
from provisioner.store import usage_sums, usage_tenancies
from provisioner.store.usage_sums import Selection
from provisioner.usage.coverage import Coverage, Span
from provisioner.usage.sightings import Sort
from tenants.names import CloudName


@dataclass(frozen=True, slots=True, kw_only=True)
class Crosschecked:
    """One cloud's comparison."""

    cloud: CloudName
    #: What was compared: the part of the month that metering has reached.
    period: Span
    coverage: Coverage
    comparisons: tuple[Comparison, ...]
    #: What the projects were called last that tenants held.
    names: Mapping[ProjectId, str]


def crosscheck(collecting: Collecting, cloud: CloudName, month: Span) -> Crosschecked:
    """Ask Nova, one request a page, and compare. Raises CloudError where it cannot be read in whole.

    Raises InputError where nothing of the month was metered: there would be nothing to compare.
    """
    period = _metered(collecting, cloud, month)
    listing = collecting.cloud(cloud).resources.everything(simple_usage.COLLECTION, simple_usage.query(period))
    if listing.failure is not None:
        raise listing.failure
    with collecting.database.transaction() as connection:
        ours = list(usage_sums.pieces(connection, period, Selection(cloud=cloud, sorts=frozenset({Sort.SERVER}))))
        coverage = usage_sums.coverage_of(connection, cloud, Sort.SERVER, period=period)
        tenancies = usage_tenancies.within(connection, period)
    names = {project: held[-1].name for (where, project), held in tenancies.items() if where == cloud}
    compared = compare(ours, simple_usage.nova_servers(listing.items), period)
    return Crosschecked(cloud=cloud, period=period, coverage=coverage, comparisons=compared, names=names)


def _metered(collecting: Collecting, cloud: CloudName, month: Span) -> Span:
    """The part of a month between the first look at servers and the last: beyond, Nova counts and we do not."""
    with collecting.database.transaction() as connection:
        known = usage_sums.coverage_of(connection, cloud, Sort.SERVER, period=month)
    if not known.covered_seconds:
        raise InputError(f"nothing was metered of the servers of {cloud} in that time")
    starts = [gap.end for gap in known.gaps if gap.start == month.start]
    ends = [gap.start for gap in known.gaps if gap.end == month.end]
    return Span(start=starts[0] if starts else month.start, end=ends[0] if ends else month.end)
