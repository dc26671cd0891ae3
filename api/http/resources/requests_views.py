"""Requests as the API shows them, and how much of one each reader sees.

A member of a department is told of the lines of its own part of the tree: what others hold of the envelopes above it, and of the
cloud, is not for it. What its request takes of a cloud is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final

from api.http import problems
from api.http.picture import Picture
from api.http.resources import requests_models as models
from api.render.names import Names
from api.render.quantity import unit_of
from provisioner.access import Permission, Principal, subtree
from provisioner.deciding import Deciding
from provisioner.requests.evidence import Use
from provisioner.requests.increase import Room, Shortfall
from provisioner.requests.request import Event, Papers, Party, Request
from provisioner.requests.route import Route
from provisioner.requests.states import STEPS, Act, Role, State
from provisioner.store import request_pages
from provisioner.store.request_pages import RequestLine
from tenants.days import day_of
from tenants.names import TenantName
from tenants.policy import Need
from tenants.spec import City, ProjectSpec, TenantSpec
from tenants.validation import validate

#: The reviews as routes name them.
REVIEWS: Final[Mapping[Role, str]] = {
    Role.ADMINISTRATIVE_REVIEWER: "administrative",
    Role.TECHNICAL_REVIEWER: "technical",
}
_WAITING_FOR: Final[Mapping[State, str]] = {
    State.ADMINISTRATIVE_REVIEW: "administrative",
    State.TECHNICAL_REVIEW: "technical",
}
#: What somebody needs to act in a role; and the acts that are a way in over HTTP, in the order in which they are shown.
_NEEDED: Final = {
    Role.REQUESTER: Permission.REQUESTS_MAKE,
    Role.ADMINISTRATIVE_REVIEWER: Permission.REQUESTS_REVIEW,
    Role.TECHNICAL_REVIEWER: Permission.REQUESTS_REVIEW,
    Role.SYSTEM: Permission.REQUESTS_EXECUTE,
}
_Display = Callable[[TenantName], str]
_ACTS: Final = (Act.SUBMIT, Act.APPROVE, Act.REJECT, Act.ASK_CHANGES, Act.EXECUTE, Act.CONFIRM, Act.WITHDRAW)


def asked_for(papers: Papers) -> City:
    """What a request's own manifests say, read by themselves; nothing where they cannot be read."""

    def lookup(name: str) -> bytes | None:
        text = papers.attached.get(name)
        return None if text is None else text.encode()

    files = ((name, text.encode()) for name, text in papers.files.items())
    return validate(files, lookup, rules=()).city or City(clouds={}, tenants={})


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Shows requests to one person."""

    picture: Picture
    principal: Principal
    deciding: Deciding
    now: datetime

    @cached_property
    def visible(self) -> frozenset[TenantName] | None:
        """The tenants that they may see, with those below them that a request is the first to bring; None where that is all."""
        seen, known = self.picture.visible(self.principal), self.picture.city.tenants
        if seen is None or self.principal.tenant is None:
            return None
        with self.deciding.database.autocommit() as connection:
            brought = request_pages.newcomers(connection, known)
        news = {name: asked_for(papers).tenants.get(name) for name, papers in brought.items()}
        if not any(news.values()):
            return seen
        whole = {**{name: each for name, each in news.items() if each}, **known}
        return subtree(whole, self.principal.tenant)

    def sees(self, tenant: TenantName | None) -> bool:
        """Whether the lines of a tenant, or with None those of whole clouds, are for them."""
        return self.visible is None or tenant in self.visible

    def line(self, request: RequestLine | Request, display_name: str | None = None) -> models.RequestLine:
        """A request in a list."""
        return models.RequestLine(**self._line(request, display_name))

    def whole(self, request: Request) -> models.Request:
        """A request with all that they may see of it."""
        asked = asked_for(request.papers)
        known = Names.of(asked).tenants

        def display(tenant: TenantName) -> str:
            return known.get(tenant) or self.picture.names.display(tenant)

        def rooms(listed: Iterable[Room]) -> tuple[models.Room, ...]:
            return tuple(_room(room, display) for room in listed if self.sees(room.line.tenant))

        evidence = request.evidence
        return models.Request(
            **self._line(request, display(request.tenant)),
            review=_WAITING_FOR.get(request.state),
            actions=tuple(self.actions(request)),
            approved_by=tuple(event.by.actor for event in request.approvals),
            obstacle=request.obstacle,
            route=None if request.route is None else self._route(request.route),
            projects=tuple(_form(tenant, each) for tenant in asked.tenants.values() for each in tenant.projects),
            cost=tuple(_cost(room) for room in evidence.cost),
            rooms=rooms(evidence.rooms),
            left_at_rejection=None if evidence.rejected is None else rooms(evidence.rejected),
            uses=tuple(_use(use, display(use.tenant)) for use in evidence.uses),
            history=tuple(_step(event) for event in request.history),
        )

    def actions(self, request: Request) -> Iterator[str]:
        """What they may do to it now."""
        by = Party(actor=self.principal.actor)
        for act in _ACTS:
            step = STEPS.get((request.state, act))
            permitted = step is not None and self.principal.may(_NEEDED[step.role])
            if step and permitted and self.deciding.may(request, act, step.role, by):
                yield act.value

    def shortfall(self, lacking: Shortfall) -> problems.Shortfall:
        """What there is not enough of; with the numbers of others only where they may see them."""
        room, line = lacking.room, lacking.room.line
        told = problems.Shortfall(
            cloud=line.cloud,
            resource=str(line.resource),
            unit=unit_of(line.resource).value,
            asked=room.asked,
            largest=lacking.largest,
        )
        if not self.sees(line.tenant):
            return told
        numbers = {"tenant": line.tenant, "total": room.bound, "held": room.held, "reserved": room.reserved}
        return told.model_copy(update=numbers)

    def _line(self, request: RequestLine | Request, display_name: str | None) -> dict[str, Any]:
        due = request.review_due
        return {
            "id": request.id,
            "tenant": request.tenant,
            "display_name": display_name or self.picture.names.display(request.tenant),
            "state": request.state,
            "requester": request.requester,
            "created_at": request.created_at,
            "plan": request.plan,
            "fingerprint": request.fingerprint,
            "review_due": due,
            "overdue": due is not None and day_of(self.now) > due,
            "expires_at": None if request.expires_at is None else request.expires_at.astimezone(UTC),
        }

    def _route(self, route: Route) -> models.Route:
        """Facts may tell of shares in the whole cloud, and are for those who see all of it."""
        whole = self.visible is None
        return models.Route(
            rule=route.rule,
            policy=route.policy,
            administrative=_need(route.administrative),
            technical=_need(route.technical),
            failures=route.failures if whole else (),
            facts=route.facts if whole else {},
        )


def _form(tenant: TenantSpec, project: ProjectSpec) -> models.Form:
    assessment = project.cryptography
    return models.Form(
        tenant=tenant.name,
        display_name=tenant.display_name,
        name=project.name,
        cloud=project.cloud,
        zone=project.zone,
        purpose=project.purpose,
        systems=tuple(models.System(code=each.code, name=each.name) for each in project.systems),
        funding=project.funding,
        environment=project.environment.value,
        protection_level=project.protection_level,
        cryptography=None
        if assessment is None
        else models.Cryptography(
            required=assessment.required, passed_on=assessment.passed_on, next_due=assessment.next_due
        ),
        go_live=project.go_live,
        valid_from=project.valid_from,
        valid_until=project.valid_until,
    )


def _cost(room: Room) -> models.Cost:
    line = room.line
    return models.Cost(
        cloud=line.cloud, resource=str(line.resource), unit=unit_of(line.resource).value, asked=room.asked
    )


def _need(need: Need) -> models.Need:
    return models.Need(approvals=need.approvals, among=need.among)


def _room(room: Room, display: _Display) -> models.Room:
    tenant = room.line.tenant
    return models.Room(
        cloud=room.line.cloud,
        tenant=tenant,
        display_name=None if tenant is None else display(tenant),
        resource=str(room.line.resource),
        unit=unit_of(room.line.resource).value,
        total=room.bound,
        held=room.held,
        reserved=room.reserved,
        asked=room.asked,
        left=None if room.bound is None else room.bound - room.held - room.reserved - room.asked,
    )


def _use(use: Use, display_name: str) -> models.Use:
    return models.Use(
        tenant=use.tenant,
        display_name=display_name,
        project=use.project,
        cloud=use.cloud,
        resource=str(use.resource),
        unit=unit_of(use.resource).value,
        used=use.used,
        enforced=use.enforced,
        asked=use.asked,
    )


def _step(event: Event) -> models.Step:
    document = {
        "at": event.at,
        "act": event.act,
        "role": event.role,
        "actor": event.by.actor,
        "enteredBy": event.by.entered_by,
        "standsFor": event.by.stands_for,
        "from": event.before,
        "to": event.after,
        "comment": event.comment,
        "fingerprint": event.fingerprint,
    }
    return models.Step.model_validate(document)
