"""Coverage of a month that is under way: what nobody can know yet is no gap."""

from collections.abc import Callable, Mapping
from datetime import datetime

from monitoring.metering.looks import BRIDGED_INTERVALS
from provisioner.clouds.interface import ProjectId
from provisioner.usage.coverage import Coverage, Looked, Span
from provisioner.usage.sightings import Sort
from tenants.names import CloudName

#: How much is known of one sort in one project.
Known = Callable[[CloudName, Sort, ProjectId, Span], Coverage]


def so_far(known: Known, looked: Mapping[tuple[CloudName, Sort], Looked], now: datetime) -> Known:
    """The same for times that end by now: not those to come, nor that since the last look, till it has lasted for three intervals."""

    def of(cloud: CloudName, sort: Sort, project: ProjectId, span: Span) -> Coverage:
        if span.end <= now:
            return known(cloud, sort, project, span)
        found = known(cloud, sort, project, Span(start=span.start, end=max(span.start, now)))
        last, own = found.gaps[-1:], looked.get((cloud, sort))
        if own and last and last[0].end == now and now - last[0].start <= BRIDGED_INTERVALS * own.every:
            return known(cloud, sort, project, Span(start=span.start, end=last[0].start))
        return found

    return of
