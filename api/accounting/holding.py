"""Who held each project when, as far back as nobody can say otherwise."""

from collections.abc import Mapping, Sequence

from provisioner.clouds.interface import ProjectId
from provisioner.store import usage_coverages, usage_tenancies
from provisioner.store.database import Connection
from provisioner.usage.coverage import Span
from provisioner.usage.sightings import Sort
from provisioner.usage.tenancy import Tenancy, reaching_back
from tenants.names import CloudName


def held_within(connection: Connection, period: Span) -> Mapping[tuple[CloudName, ProjectId], Sequence[Tenancy]]:
    """All tenancies of a period, by cloud and project, oldest first.

    A project's first one reaches back over the time before it in which its cloud was not looked at, too where metering
    began after the period: so that what nobody knows is a gap in its tenant's statement, and not nothing.
    """
    found = usage_tenancies.since(connection, period.start)
    end = max((held[0].since for held in found.values()), default=period.end)
    known = usage_coverages.within(connection, Span(start=period.start, end=max(period.end, end)))
    result: dict[tuple[CloudName, ProjectId], Sequence[Tenancy]] = {}
    for (cloud, project), held in found.items():
        # Projects are listed as often as servers.
        gaps = known.of(cloud, Sort.SERVER, project).gaps
        within = [each for each in reaching_back(held, gaps) if each.since < period.end]
        if within:
            result[cloud, project] = within
    return result
