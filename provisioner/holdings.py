"""Envelopes and capacity as only the clouds can settle them: what manifests leave open is counted as it is. Pure.

Validation has checked what manifests ask for. A limit that a manifest does not name still holds something: what the
cloud enforces today, or will by default. Where an envelope bounds such a resource, it counts.
"""

from collections.abc import Mapping

from provisioner.observation import Observation, enforced
from provisioner.requirements import locate
from tenants.envelopes import Breach, CloudTotal, Contribution, Holdings, account, allocatable, bounded, holdings
from tenants.names import CloudName
from tenants.problems import Problem, Severity
from tenants.quantities import spell
from tenants.resources import Limit, Limits, Resource, definition
from tenants.spec import City, ProjectSpec, ProjectState, Sources, TenantSpec

Observations = Mapping[CloudName, Observation]


def observed_breaches(city: City, observations: Observations, sources: Sources) -> tuple[Problem, ...]:
    """Envelopes that hold too much once unnamed limits count, and clouds that are promised more than they have."""
    ledger = account(city, observed_holdings(city, observations), capacities(city, observations))
    return tuple(
        sorted(
            [
                *(_breach_problem(breach, sources) for breach in ledger.breaches),
                *(_total_problem(total, sources) for total in ledger.totals if not total.fits),
            ]
        )
    )


def observed_holdings(city: City, observations: Observations) -> Holdings:
    """What every project holds: as its cloud shows it where that was observed, as manifests ask for it elsewhere."""
    observed = {
        (tenant.name, project.name): (project.cloud, _held(city, tenant, project, observations[project.cloud]))
        for tenant in city.tenants.values()
        for project in tenant.projects
        if project.cloud in observations
    }
    return {**holdings(city), **observed}


def capacities(city: City, observations: Observations) -> dict[CloudName, dict[Resource, int]]:
    """What each observed cloud may give out: what is there, times overcommit, less reserves."""
    return {
        name: {
            resource: allocatable(
                total=capacity.total,
                reserved=capacity.reserved,
                ratio=capacity.ratio,
                overcommit=city.clouds[name].overcommit.get(resource),
                reserve=city.clouds[name].reserve.get(resource, Limit(0)),
            )
            for resource, capacity in observation.capacity.items()
        }
        for name, observation in observations.items()
    }


def _held(city: City, tenant: TenantSpec, project: ProjectSpec, observation: Observation) -> Limits:
    """What a project holds: what its manifest names, and whatever else an envelope above it bounds.

    One that is retired holds what is still in it, until its owner has taken that away.
    """
    view = observation.projects.get(project.keystone_name)
    if project.state is ProjectState.RETIRED:
        readings = view.readings.values() if view else ()
        return {
            resource: Limit(usage.used + usage.reserved)
            for reading in readings
            for resource, usage in reading.items()
            if usage.used is not None and definition(resource).additive
        }
    unnamed = bounded(city, tenant, project.cloud) - project.limits.keys()
    found = {
        resource: limit
        for resource in unnamed
        if (limit := enforced(view, observation.capabilities, resource)) is not None
    }
    return {**project.limits, **found}


def _breach_problem(breach: Breach, sources: Sources) -> Problem:
    row = breach.row
    unit = definition(row.resource).unit
    path = f"spec.envelope.{row.cloud}.{_path(row.resource)}"
    bound = spell(row.envelope or Limit(0), unit)
    who = "; ".join(_contribution(each, row.resource) for each in breach.contributors)
    over = (
        f"{spell(Limit(row.allocated.total), unit)} of {bound}"
        if breach.excess
        else f"a project without limit, under {bound}"
    )
    return Problem(
        location=locate(sources, "Tenant", row.tenant, path),
        path=path,
        message=f"with what the cloud enforces where manifests are silent, {row.resource} holds {over}: {who}",
        remedy="name the resource in those projects' quota, or raise the envelope",
    )


def _total_problem(total: CloudTotal, sources: Sources) -> Problem:
    unit = definition(total.resource).unit
    room = spell(Limit(total.allocatable or 0), unit)
    too_much = total.allocated.excess(total.allocatable or 0) > 0
    asked = f"{spell(Limit(total.allocated.total), unit)} of {total.resource}"
    unlimited = total.allocated.unlimited
    holders = "1 project holds" if unlimited == 1 else f"{unlimited} projects hold"
    without = f", and {holders} it without limit" if unlimited else ""
    return Problem(
        location=locate(sources, "Cloud", total.cloud, ""),
        path="spec",
        message=f"manifests ask for {asked}, and the cloud can give out {room}{without}",
        remedy="ask for less, add capacity, or change spec.overcommit or spec.reserve",
        severity=Severity.ERROR if too_much else Severity.WARNING,
    )


def _contribution(each: Contribution, resource: Resource) -> str:
    return f"{each.tenant}/{each.project} {spell(each.limit, definition(resource).unit)}"


def _path(resource: Resource) -> str:
    typed = "" if resource.volume_type is None else f"types.{resource.volume_type}."
    return f"{resource.service}.{typed}{resource.name}"
