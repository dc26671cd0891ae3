"""A request checked and entered: its manifests beside all in force, planned on fresh looks, with room reserved for it.

The slow part, validation and the look at the clouds, is done without any lock. Then, in one transaction under the
ledger's lock, what others hold and reserved is counted again, and either the request is written down with its
reservation, or nothing is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from provisioner.holdings import Observations, capacities, observed_holdings
from provisioner.migration.passage import left_alone
from provisioner.observation import ProjectView
from provisioner.operation import Actor
from provisioner.proposal import Manifests, Proposer
from provisioner.requests.documents import Asking, improper, taken, tenants_of, waves_of
from provisioner.requests.evidence import Evidence, uses
from provisioner.requests.increase import Room, Shortfall, increase, rooms, shortfalls, with_enforced
from provisioner.requests.request import Papers, Request, RequestId
from provisioner.requests.route import Looked, Route, route_of
from provisioner.standing import InForce, in_force
from provisioner.store import reservations
from provisioner.store.database import Connection, Database
from provisioner.store.plans import StoredPlan
from provisioner.store.reservations import Mark
from tenants.documents import documents
from tenants.envelopes import Capacities, Holdings, holdings
from tenants.names import CloudName, TenantName
from tenants.problems import Problem, Severity
from tenants.resources import Limits, Resource
from tenants.rules import RULES, Rule, allocation
from tenants.spec import City
from tenants.validation import Known, Validation, validate

#: All rules but those that add up envelopes, which are told here with what others reserved.
_OTHER_RULES: Final = tuple(rule for rule in RULES if rule not in allocation.RULES)

_NOTHING: Final = "nothing is in force yet: the city's manifests are applied once before the first request"
_UNFIT: Final = "the manifests in force do not fit one another: the operators have to apply them anew"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """Why nothing was done, as a person needs it; the request is as it was, or there is none."""

    message: str
    #: What is wrong with the manifests, with places.
    problems: tuple[Problem, ...] = ()
    #: What there is not enough of, with numbers and the most that would fit.
    shortfalls: tuple[Shortfall, ...] = ()


class Moved(Exception):
    """What is in force changed while a request was checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A request's manifests with all that can be found out about them without a lock."""

    plan: StoredPlan
    city: City
    #: What everybody holds now, and what everybody would hold with the request.
    before: Holdings
    after: Holdings
    capacities: Capacities
    evidence: Evidence
    mark: Mark
    asking: Asking

    def route(self, requester: Actor, evidence: Evidence) -> Route:
        """What its reviews take, by the policy in force."""
        plan = self.plan.plan
        return route_of(Looked(asking=self.asking, requester=requester, plan=plan, evidence=evidence))

    def reserve(self, connection: Connection, request: RequestId) -> Evidence | Declined:
        """What there is room for, as evidence, checked with the ledger locked until the transaction ends.

        The caller writes it with `hold`, for the request must be there first. Raises Moved where the check must begin
        anew, with a fresh `Prepared`.
        """
        now = reservations.lock(connection)
        asked = increase(self.city, self.before, self.after)
        clouds = {line.cloud for line in asked}
        others = reservations.reserved(connection, clouds, besides=request, since=self.mark)
        found = rooms(self.city, held=self.before, capacities=self.capacities, asked=asked, reserved=others)
        lacking = shortfalls(found)
        if now.standing != self.mark.standing or (lacking and now.settled != self.mark.settled):
            raise Moved
        if lacking:
            return short(lacking)
        return Evidence(rooms=found, uses=self.evidence.uses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparing:
    """Checks requests' manifests; holds what that needs."""

    database: Database
    proposer: Proposer
    #: The city in force that was read last: to read it takes as long as all else together.
    _read: dict[Mark, City] = field(default_factory=dict)
    #: The manifests in force, which every request is judged beside, as they were read.
    _known: Known = field(default_factory=Known)

    def prepare(self, tenant: TenantName, papers: Papers) -> Prepared | Declined:
        """Validate, plan on fresh looks, and gather evidence; writes the plan on record and nothing else."""
        force = in_force(self.database)
        before = self._city(force) if force.documents else None
        if before is None:
            return Declined(message=_UNFIT if force.documents else _NOTHING)
        if (declined := _misplaced(tenant, papers, force, before)) is not None:
            return declined
        whole, brought = _papers_beside(force, papers)
        validation = _valid(whole, known=self._known)
        if validation.city is None:
            return self._invalid(whole, before, validation)
        asking = Asking(
            tenant=tenant,
            documents=brought,
            before=before,
            after=validation.city,
            sources=validation.sources,
        )
        if problems := improper(asking):
            return Declined(message="the request asks for what no request can change", problems=problems)
        if before == validation.city:
            return Declined(message="the manifests say what is in force already: there is nothing to ask for")
        return self._planned(asking, whole, validation, force.mark)

    def city_in_force(self) -> City | None:
        """The city as it is in force; None where nothing is, or what is does not fit together."""
        with self.database.transaction() as connection:
            mark = reservations.mark(connection)
        known = self._read.get(mark)
        return known or self._city(in_force(self.database))

    def rooms_now(self, request: Request) -> tuple[Room, ...]:
        """The lines that a request adds to, with what is held and reserved by others at this moment. To be told, no more."""
        city, found = self.city_in_force(), request.evidence.rooms
        if city is None:
            return found
        bounds: dict[CloudName, dict[Resource, int]] = {}
        for room in request.evidence.cost:
            if room.bound is not None:
                bounds.setdefault(room.line.cloud, {})[room.line.resource] = room.bound
        asked = {room.line: room.asked for room in found}
        with self.database.transaction() as connection:
            mark, clouds = reservations.mark(connection), {line.cloud for line in asked}
            others = reservations.reserved(connection, clouds, besides=request.id, since=mark)
        return rooms(city, held=holdings(city), capacities=bounds, asked=asked, reserved=others)

    def _city(self, force: InForce) -> City | None:
        if (known := self._read.get(force.mark)) is not None:
            return known
        city = _valid(force.papers, known=self._known).city
        self._read.clear()
        if city is not None:
            self._read[force.mark] = city
        return city

    def _planned(self, asking: Asking, whole: Papers, validation: Validation, mark: Mark) -> Prepared | Declined:
        city, before = asking.after, asking.before
        concerned = tenants_of(asking)
        manifests = Manifests(city=city, sources=asking.sources, files=whole.files, attached=_texts(validation))
        proposal = self.proposer.propose(manifests, concerned, waves_of(asking))
        seen = proposal.survey.observations
        held = _held(before, seen)
        asked = {key: each for key, each in observed_holdings(city, seen).items() if key[0] in concerned}
        # Whoever is not concerned holds the same afterwards, whatever their clouds enforce at this moment.
        after = {**held, **asked}
        room = capacities(city, seen)
        if proposal.stored is None:
            if lacking := self._lacking(city, held, after, room):
                return short(lacking)
            wrong = tuple(each for each in proposal.problems if each.severity is Severity.ERROR)
            return Declined(message="the clouds cannot give what is asked for", problems=wrong)
        if refusals := tuple(proposal.stored.plan.refusals):
            told = "; ".join(f"{each.address}: {each.message} ({each.remedy})" for each in refusals)
            return Declined(message=f"the plan refuses what is asked for: {told}")
        return Prepared(
            plan=proposal.stored,
            city=city,
            before=held,
            after=after,
            capacities=room,
            evidence=Evidence(uses=uses(left_alone(city, proposal.moving), seen, concerned)),
            mark=mark,
            asking=asking,
        )

    def _invalid(self, whole: Papers, before: City, validation: Validation) -> Declined:
        """Too much asked for is told with numbers, where nothing else is wrong."""
        otherwise = _valid(whole, _OTHER_RULES, known=self._known).city
        if otherwise and (lacking := self._lacking(otherwise, holdings(before), holdings(otherwise), {})):
            return short(lacking)
        wrong = tuple(each for each in validation.problems if each.severity is Severity.ERROR)
        return Declined(message="the manifests are not right", problems=wrong)

    def _lacking(self, city: City, before: Holdings, after: Holdings, room: Capacities) -> tuple[Shortfall, ...]:
        """What there is not enough of, beside what is reserved at this moment: to be told, and not to be relied on."""
        asked = increase(city, before, after)
        with self.database.transaction() as connection:
            others = reservations.live(connection, {line.cloud for line in asked})
        return shortfalls(rooms(city, held=before, capacities=room, asked=asked, reserved=others))


def hold(connection: Connection, request: Request, *, at: datetime) -> None:
    """Reserve what the request's evidence says that it adds. With the ledger locked, after the request is written."""
    amounts = {room.line: room.asked for room in request.evidence.rooms}
    reservations.hold(connection, request.id, amounts, at=at)


def short(lacking: tuple[Shortfall, ...]) -> Declined:
    """There is not enough, in words with numbers."""
    return Declined(message="there is not enough left: " + "; ".join(map(str, lacking)), shortfalls=lacking)


def _papers_beside(force: InForce, papers: Papers) -> tuple[Papers, frozenset[tuple[str, str]]]:
    brought = frozenset((each.kind, each.name) for each in documents(papers.files, papers.attached))
    return force.with_papers(papers), brought


def _misplaced(tenant: TenantName, papers: Papers, force: InForce, before: City) -> Declined | None:
    """Why these papers cannot even be read beside those in force: they would take the place of others'."""
    known = {each.own_file for each in force.documents} | {name for each in force.documents for name in each.attached}
    if alike := sorted(known & (papers.files.keys() | papers.attached.keys())):
        return Declined(message=f"the name of the file {alike[0]} is taken: choose another")
    strange = taken(tenant, {(each.kind, each.name) for each in documents(papers.files, papers.attached)}, before)
    if not strange:
        return None
    sources = _valid(papers, ()).sources
    problems = (
        Problem(location=sources[*each.document, ""], path="", message=each.message, remedy=each.remedy)
        for each in strange
    )
    return Declined(message="the request asks for what no request can change", problems=tuple(problems))


def _valid(papers: Papers, rules: Iterable[Rule] = RULES, *, known: Known | None = None) -> Validation:
    def lookup(name: str) -> bytes | None:
        text = papers.attached.get(name)
        return None if text is None else text.encode()

    files = ((name, text.encode()) for name, text in papers.files.items())
    return validate(files, lookup, rules, known=known)


def _texts(validation: Validation) -> dict[str, str]:
    return {name: content.decode() for name, content in validation.attached.items()}


def _held(city: City, seen: Observations) -> Holdings:
    """What everybody holds: what manifests in force ask for, or the clouds enforce where that is more."""
    enforced = {
        (tenant.name, project.name): (project.cloud, _enforced(project.keystone_name, seen[project.cloud].projects))
        for tenant in city.tenants.values()
        for project in tenant.projects
        if project.cloud in seen
    }
    return with_enforced(observed_holdings(city, seen), enforced)


def _enforced(keystone_name: str, seen: Mapping[str, ProjectView]) -> Limits:
    readings = seen[keystone_name].readings.values() if keystone_name in seen else ()
    return {resource: usage.limit for reading in readings for resource, usage in reading.items()}
