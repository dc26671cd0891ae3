"""Look at a cloud, in the fewest requests: whole lists first, each project only where OpenStack has nothing else.

The effect at the head of the flow; what it sees goes into an `Observation` and everything after that is pure.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime

from provisioner.clouds.cloud import Cloud
from provisioner.clouds.collections import OWN_USER, Read
from provisioner.clouds.interface import Assignment, Capacity, Directory, KeystoneProject, ProjectId, Reading
from provisioner.clouds.offers import Offers
from provisioner.errors import CloudError, CloudUnavailable
from provisioner.inventory import NOTHING, Holdings, list_holdings
from provisioner.kinds.catalogue import reads_of
from provisioner.kinds.quota import managed_services
from provisioner.observation import Membership, Observation, ProjectView
from tenants.envelopes import bounded
from tenants.names import DomainName, PrincipalName, RoleName
from tenants.resources import Resource, Service
from tenants.spec import City, CloudSpec, PrincipalKind, ProjectSpec, is_furnished

_ByProject = Mapping[ProjectId, Reading | CloudError]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to look at in one cloud."""

    domain: DomainName
    #: Services whose limits to read, by the project's Keystone name.
    services: Mapping[str, frozenset[Service]]
    #: Every project of the domain in every service, whatever `services` says.
    everything: bool = False
    #: Whether users are looked up by name: they can be many.
    users: bool = False
    #: By Keystone name, the projects whose manifests speak of a landing zone or of applications; several of one name
    #: where several manifests of it are to be planned from one look.
    furnished: Mapping[str, tuple[ProjectSpec, ...]] = field(default_factory=dict)
    #: All that every project of the domain holds, whatever `furnished` says.
    inventory: bool = False


def wanted_of(city: City, cloud: CloudSpec) -> Wanted:
    """What a city's manifests need to know of one cloud."""
    pairs = [(tenant, each) for tenant in city.tenants.values() for each in tenant.projects if each.cloud == cloud.name]
    wanted = wanted_for(cloud, (project for _, project in pairs))
    # What an envelope bounds counts as the cloud enforces it, where a project's own manifest is silent.
    services = {
        project.keystone_name: wanted.services[project.keystone_name]
        | {resource.service for resource in bounded(city, tenant, cloud.name)}
        for tenant, project in pairs
    }
    return replace(wanted, services=services)


def wanted_for(cloud: CloudSpec, projects: Iterable[ProjectSpec]) -> Wanted:
    """What these projects need to know of their cloud."""
    listed = tuple(projects)
    return Wanted(
        domain=cloud.domain,
        services={project.keystone_name: managed_services(project) for project in listed},
        users=any(_names_users(project) for project in listed),
        furnished={project.keystone_name: (project,) for project in listed if is_furnished(project)},
    )


def together(one: Wanted, other: Wanted) -> Wanted:
    """What two who look at the same domain of a cloud need to know of it."""
    return Wanted(
        domain=one.domain,
        services={
            name: one.services.get(name, frozenset()) | other.services.get(name, frozenset())
            for name in {**one.services, **other.services}
        },
        everything=one.everything or other.everything,
        users=one.users or other.users,
        furnished={name: _either(name, one, other) for name in {**one.furnished, **other.furnished}},
        inventory=one.inventory or other.inventory,
    )


def _either(name: str, one: Wanted, other: Wanted) -> tuple[ProjectSpec, ...]:
    first = one.furnished.get(name, ())
    return (*first, *(each for each in other.furnished.get(name, ()) if each not in first))


def narrowed(seen: Observation, wanted: Wanted) -> Observation:
    """An observation with no more about projects than was wanted: what failed beside it is no obstacle."""
    return replace(seen, projects={name: _narrowed(view, wanted, seen.offers) for name, view in seen.projects.items()})


def _narrowed(view: ProjectView, wanted: Wanted, offers: Offers) -> ProjectView:
    name = view.project.name
    services = frozenset(Service) if wanted.everything else wanted.services.get(name, frozenset())
    listed = {each.collection.name for each in _reads_for(name, wanted, offers)}
    return replace(
        view,
        readings={service: each for service, each in view.readings.items() if service in services},
        unreadable={service: each for service, each in view.unreadable.items() if service in services},
        items={collection: each for collection, each in view.items.items() if collection in listed},
        unlisted={collection: each for collection, each in view.unlisted.items() if collection in listed},
    )


def _names_users(project: ProjectSpec) -> bool:
    keys = project.landing_zone.key_pairs if project.landing_zone else ()
    return any(each.kind is PrincipalKind.USER for each in project.members) or any(each.user for each in keys)


def observe(cloud: Cloud, wanted: Wanted, *, now: Callable[[], datetime]) -> Observation:
    """One full look. Raises CloudError where the cloud as a whole cannot be read.

    A service that fails for a project makes that service unreadable for that project, and nothing else.
    """
    sent_before = cloud.requests_sent()
    # By itself and first: where the cloud is out of reach, one answer to wait for is enough.
    projects = cloud.identity.projects(wanted.domain)
    with ThreadPoolExecutor(max_workers=8, thread_name_prefix=f"observe-{cloud.name}") as pool:
        capabilities = pool.submit(cloud.capabilities)
        directory = pool.submit(cloud.identity.directory, wanted.domain, users=wanted.users)
        assignments = pool.submit(cloud.identity.assignments)
        capacity: Future[Mapping[Resource, Capacity]] = pool.submit(cloud.capacity)
        offers = pool.submit(cloud.offers) if wanted.furnished or wanted.inventory else None
        readings = _readings(pool, cloud, wanted, projects)
        offered = offers.result() if offers else Offers()
        own_user = cloud.own_user() if offers else ""
        users = _users(directory.result(), own_user)
        holdings = list_holdings(pool, cloud, _of_users(_reads(wanted, offered, projects), users))
        views = _views(projects, readings, _memberships(assignments.result(), directory.result()), holdings)
        return Observation(
            cloud=cloud.name,
            at=now(),
            capabilities=capabilities.result(),
            directory=directory.result(),
            projects=views,
            capacity=capacity.result(),
            offers=offered,
            own_user=own_user,
            requests=cloud.requests_sent() - sent_before,
        )


def look_again(cloud: Cloud, wanted: Wanted, previous: Observation, *, now: Callable[[], datetime]) -> Observation:
    """A fresh look at those projects alone that the previous look found; the cloud's own properties are kept.

    A project that was not there is not looked for: making it is what tells whether that is still so.
    """
    sent_before = cloud.requests_sent()
    known = [name for name in wanted.services if name in previous.projects]
    projects = [found for name in known if (found := cloud.identity.project(wanted.domain, name))]
    assignments = [each for project in projects for each in cloud.identity.assignments(project.id)]
    users = _users(previous.directory, previous.own_user)
    with ThreadPoolExecutor(max_workers=len(Service), thread_name_prefix=f"look-again-{cloud.name}") as pool:
        readings = _readings(pool, cloud, wanted, projects)
        holdings = list_holdings(pool, cloud, _of_users(_reads(wanted, previous.offers, projects), users))
    views = _views(projects, readings, _memberships(assignments, previous.directory), holdings)
    return replace(previous, at=now(), projects=views, requests=cloud.requests_sent() - sent_before)


def _reads(wanted: Wanted, offers: Offers, projects: Iterable[KeystoneProject]) -> Mapping[ProjectId, tuple[Read, ...]]:
    """The listings that each project's manifest calls for."""
    listed = {project.id: _reads_for(project.name, wanted, offers) for project in projects}
    return {project: reads for project, reads in listed.items() if reads or wanted.inventory}


def _reads_for(name: str, wanted: Wanted, offers: Offers) -> tuple[Read, ...]:
    if wanted.inventory:
        return reads_of(None, offers)
    return tuple(read for project in wanted.furnished.get(name, ()) for read in reads_of(project, offers))


def _users(directory: Directory, own_user: str) -> Mapping[PrincipalName, str]:
    """The ids of the users whose items may be listed."""
    return {**directory.users, **({OWN_USER: own_user} if own_user else {})}


def _of_users(
    reads: Mapping[ProjectId, tuple[Read, ...]], ids: Mapping[PrincipalName, str]
) -> Mapping[ProjectId, tuple[Read, ...]]:
    """The listings with users' ids for their names; a user that the cloud does not have has nothing to be listed."""

    def known(read: Read) -> Read | None:
        found = frozenset(ids[name] for name in read.users if name in ids)
        return replace(read, parents=found, users=frozenset()) if found else None

    return {
        project: tuple(each for read in listed if (each := known(read) if read.users else read))
        for project, listed in reads.items()
    }


def _readings(
    pool: ThreadPoolExecutor, cloud: Cloud, wanted: Wanted, projects: Iterable[KeystoneProject]
) -> Mapping[Service, _ByProject]:
    """Limits and use of the projects that are wanted, one bulk reading per service, the services side by side."""
    listed = tuple(projects)
    asked = {
        service: [each.id for each in listed if wanted.everything or service in wanted.services.get(each.name, ())]
        for service in Service
    }
    running = {service: pool.submit(_service_readings, cloud, service, ids) for service, ids in asked.items() if ids}
    return {service: future.result() for service, future in running.items()}


def _service_readings(cloud: Cloud, service: Service, ids: list[ProjectId]) -> _ByProject:
    """What the service says of each project. Its silence about one is a failure to read, never an empty reading."""
    silence = CloudUnavailable(f"{service} said nothing of the project")
    try:
        found = cloud.quotas(service).readings(ids)
    except CloudError as error:
        return dict.fromkeys(ids, error)
    return {project: found.get(project, silence) for project in ids}


def _memberships(assignments: Iterable[Assignment], directory: Directory) -> Mapping[ProjectId, frozenset[Membership]]:
    """Assignments with their names; a principal that the directory does not list keeps its id for a name."""
    roles = {role_id: name for name, role_id in directory.roles.items()}
    groups = {principal_id: name for name, principal_id in directory.groups.items()}
    users = {principal_id: name for name, principal_id in directory.users.items()}
    held: dict[ProjectId, set[Membership]] = {}
    for each in assignments:
        names = groups if each.kind is PrincipalKind.GROUP else users
        membership = Membership(
            kind=each.kind,
            principal=names.get(each.principal_id, PrincipalName(each.principal_id)),
            role=roles.get(each.role_id, RoleName(each.role_id)),
            resolved=each.principal_id in names and each.role_id in roles,
        )
        held.setdefault(each.project_id, set()).add(membership)
    return {project_id: frozenset(memberships) for project_id, memberships in held.items()}


def _views(
    projects: Iterable[KeystoneProject],
    readings: Mapping[Service, _ByProject],
    memberships: Mapping[ProjectId, frozenset[Membership]],
    holdings: Mapping[ProjectId, Holdings],
) -> Mapping[str, ProjectView]:
    return {
        project.name: replace(
            _view(project, readings),
            memberships=memberships.get(project.id, frozenset()),
            items=holdings.get(project.id, NOTHING).items,
            unlisted=holdings.get(project.id, NOTHING).unlisted,
        )
        for project in projects
    }


def _view(project: KeystoneProject, readings: Mapping[Service, _ByProject]) -> ProjectView:
    read: dict[Service, Reading] = {}
    unreadable: dict[Service, str] = {}
    for service, by_project in readings.items():
        outcome = by_project.get(project.id)
        if isinstance(outcome, CloudError):
            unreadable[service] = str(outcome)
        elif outcome is not None:
            read[service] = outcome
    return ProjectView(project=project, readings=read, unreadable=unreadable)
