"""Requests: where each is, what it costs and leaves over, what was decided; and why one was declined."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rich.console import Console

from api.client.records import Form
from api.language.spoken import say
from api.render import plan as plan_view
from api.render.moments import moment
from api.render.names import Names
from api.render.output import Document
from api.render.page import Column, Group, Page, Part, counted
from api.render.plan import Detail
from api.render.quantity import UNKNOWN, amount, size, unit_of
from provisioner.asking import Declined
from provisioner.plan import Plan
from provisioner.requests.calendar import Calendar, china
from provisioner.requests.evidence import Use
from provisioner.requests.increase import Room
from provisioner.requests.progress import ENOUGH, is_overdue
from provisioner.requests.request import Event, Request
from provisioner.requests.route import Route
from provisioner.requests.states import Act, Role, State, spoken, this_round
from tenants.days import day_of
from tenants.policy import Need

_INDENT = 2
_FORM = (
    "project",
    "systems",
    "purpose",
    "funding",
    "environment",
    "level",
    "cryptography",
    "live on",
    "from",
    "until",
)
_STYLES = {
    State.OPEN: "bold green",
    State.TESTING: "green",
    State.REJECTED: "bold red",
    State.FAILED: "bold red",
    State.EXPIRED: "red",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A request with what is shown beside it."""

    request: Request
    plan: Plan | None
    now: datetime
    #: What the application form would say of each project.
    forms: Sequence[Form] = ()
    #: What whoever looks may do now; None where nobody is held to a role.
    actions: Sequence[str] | None = None


def print_state(console: Console, request: Request) -> None:
    """One request in a line, and what comes next."""
    page = Page(console)
    page.line(f"Request {request.id} of {request.tenant}: ", _state(request.state))
    if request.review_due and request.fingerprint:
        page.line(f"Plan {request.fingerprint[:ENOUGH]}; the review is due on {request.review_due}.")
    if request.history and request.history[-1].comment:
        page.line(_told(request.history[-1]))


def print_requests(console: Console, requests: Iterable[Request], *, now: datetime) -> None:
    """A line for each."""
    page = Page(console)
    rows = [_row(request, now) for request in requests]
    if not rows:
        page.line("No requests.")
        return
    titles = ("request", "tenant", "state", "asked by", "asked on", "review due")
    page.table([Column(title=title, flexible=title == "tenant") for title in titles], [Group(rows=rows)])


def print_request(console: Console, shown: Shown, names: Names) -> None:
    """All of a request that a reviewer needs."""
    page, request = Page(console), shown.request
    page.line((f"Request {request.id}", "bold"), f" of {names.full(request.tenant)}: ", _state(request.state))
    page.line(f"Asked for by {request.requester} on {moment(request.created_at)}.")
    if request.review_due:
        late = (" — overdue", "bold red") if is_overdue(request, shown.now) else ""
        page.line(f"The review is due on {request.review_due}", late, f".{_doubt(request, shown.now)}")
    if request.expires_at:
        page.line(f"What it reserves is held until {moment(request.expires_at)}.")
    if request.obstacle:
        page.line(("It could not be carried out yet: ", "bold red"), say(request.obstacle), ". Workers try again.")
    _print_route(page, request)
    if shown.actions:
        page.line(f"You may: {', '.join(shown.actions)}.")
    _print_forms(page, shown.forms)
    _print_rooms(page, request.evidence.rooms)
    _print_uses(page, request.evidence.uses)
    if request.evidence.rejected:
        _print_rooms(page, request.evidence.rejected, title="As it was when it was rejected")
    _print_history(page, request.history)
    if shown.plan and request.fingerprint:
        page.gap()
        page.line((f"Plan {request.fingerprint[:ENOUGH]}", "bold"))
        plan_view.print_plan(console, without_others(shown.plan), names, detail=Detail.ALIKE)


def without_others(plan: Plan) -> Plan:
    """A request's plan without what no manifest names: that is the operators' business, and none of the request's."""
    return replace(plan, unmanaged=(), orphaned=())


def print_declined(console: Console, message: str, shortfalls: Sequence[object] = ()) -> None:
    """Why nothing was done; where there is not enough left, with a sentence for each resource."""
    page = Page(console)
    if shortfalls:
        page.line((say("Declined: "), "bold red"), say("there is not enough left") + say("."))
        for each in shortfalls:
            page.line(say(str(each)), indent=_INDENT, hang=_INDENT)
    else:
        page.line((say("Declined: "), "bold red"), say(message) + say("."))


def as_document(request: Request, *, now: datetime | None = None) -> Mapping[str, Document]:
    """A request with evidence and history; amounts in the units of the services' APIs."""
    return {
        **line_as_document(request, now=now),
        "approvedBy": [each.by.actor for each in request.approvals],
        "obstacle": request.obstacle,
        "route": None if request.route is None else _route_document(request.route),
        "rooms": [_room_document(each) for each in request.evidence.rooms],
        "uses": [
            {
                "tenant": each.tenant,
                "project": each.project,
                "cloud": each.cloud,
                "resource": str(each.resource),
                "used": each.used,
                "enforced": each.enforced,
                "asked": each.asked,
            }
            for each in request.evidence.uses
        ],
        "history": [
            {
                "at": each.at.isoformat(),
                "act": each.act.value,
                "role": each.role.value,
                "actor": each.by.actor,
                "enteredBy": each.by.entered_by,
                "standsFor": each.by.stands_for,
                "from": each.before.value,
                "to": each.after.value,
                "comment": each.comment,
                "fingerprint": each.fingerprint,
            }
            for each in request.history
        ],
    }


def line_as_document(request: Request, *, now: datetime | None = None) -> Mapping[str, Document]:
    """A request in a list, without evidence and history."""
    return {
        "id": request.id,
        "tenant": request.tenant,
        "state": request.state.value,
        "requester": request.requester,
        "createdAt": request.created_at.isoformat(),
        "plan": request.plan,
        "fingerprint": request.fingerprint,
        "reviewDue": None if request.review_due is None else request.review_due.isoformat(),
        "overdue": None if now is None else is_overdue(request, now),
        "expiresAt": None if request.expires_at is None else request.expires_at.isoformat(),
    }


def declined_as_document(declined: Declined) -> Mapping[str, Document]:
    """Why nothing was done; where there is not enough, the most that would fit."""
    return {
        "declined": declined.message,
        "shortfalls": [{**_room_document(each.room), "largest": each.largest} for each in declined.shortfalls],
        "problems": [str(each) for each in declined.problems],
    }


def _route_document(route: Route) -> Mapping[str, Document]:
    return {
        "rule": route.rule,
        "policy": route.policy,
        "administrative": _need_document(route.administrative),
        "technical": _need_document(route.technical),
        "failures": list(route.failures),
        "facts": dict(route.facts),
    }


def _need_document(need: Need) -> Mapping[str, Document]:
    return {"approvals": need.approvals, "among": list(need.among)}


def _room_document(room: Room) -> Mapping[str, Document]:
    return {
        "cloud": room.line.cloud,
        "tenant": room.line.tenant,
        "resource": str(room.line.resource),
        "total": room.bound,
        "held": room.held,
        "reserved": room.reserved,
        "asked": room.asked,
        "left": None if room.bound is None else room.bound - room.held - room.reserved - room.asked,
    }


def _row(request: Request, now: datetime) -> Sequence[Part]:
    due = str(request.review_due or "")
    return (
        request.id,
        request.tenant,
        _state(request.state),
        request.requester,
        str(day_of(request.created_at)),
        (f"{due}, overdue", "bold red") if is_overdue(request, now) else due,
    )


def _state(state: State) -> Part:
    return spoken(state), _STYLES.get(state, "bold")


def _print_route(page: Page, request: Request) -> None:
    """What its reviews take, how far they have come, and by which rule."""
    route = request.route
    if route is None:
        return
    round_ = this_round(request.moves)
    told = []
    for name, role, need in (
        ("administrative", Role.ADMINISTRATIVE_REVIEWER, route.administrative),
        ("technical", Role.TECHNICAL_REVIEWER, route.technical),
    ):
        given = sum(each.act is Act.APPROVE and each.role is role for each in round_)
        among = f" among {', '.join(need.among)}" if need.among else ""
        told.append(f"{name}: {given} of {need.approvals}{among}" if need.approvals else f"{name}: passed by rule")
    page.line(f"Approvals: {'; '.join(told)} (rule {route.rule} of the policy {route.policy}).")
    for each in route.failures:
        page.line(("A condition had no answer: ", "yellow"), each, indent=_INDENT, hang=_INDENT)


def _doubt(request: Request, now: datetime, calendar: Calendar | None = None) -> str:
    """What the deadline does not know of."""
    known = (calendar or china()).years
    days = {day_of(now).year, *((request.review_due.year,) if request.review_due else ())}
    unknown = sorted(days - known.keys())
    return f" Holidays of {', '.join(map(str, unknown))} are not known to this version." if unknown else ""


def _print_forms(page: Page, forms: Sequence[Form]) -> None:
    """What the application form would say, from the manifests."""
    if forms:
        page.gap()
        page.line(("For", "bold"))
        flexible = {"systems", "purpose", "funding"}
        page.table(
            [Column(title=title, flexible=title in flexible) for title in _FORM], [Group(rows=list(map(_form, forms)))]
        )


def _form(form: Form) -> Sequence[Part]:
    return (
        form.project,
        form.systems or UNKNOWN,
        form.purpose,
        form.funding or UNKNOWN,
        form.environment,
        str(form.protection_level),
        _cryptography(form),
        str(form.go_live or UNKNOWN),
        str(form.valid_from or UNKNOWN),
        str(form.valid_until or "permanent"),
    )


def _cryptography(form: Form) -> str:
    if form.cryptography_required is None:
        return UNKNOWN
    passed = f"passed on {form.cryptography_passed_on}" if form.cryptography_passed_on else "not passed yet"
    due = f", next due {form.cryptography_next_due}" if form.cryptography_next_due else ""
    return f"{passed}{due}" if form.cryptography_required else "not required"


def _print_rooms(page: Page, rooms: Sequence[Room], title: str = "What it takes, and leaves") -> None:
    page.gap()
    if not rooms:
        page.line("It adds nothing to what is held.")
        return
    page.line((title, "bold"))
    titles = ("resource", "of", "total", "held", "reserved", "asked for", "left")
    columns = [Column(title=title, right=index > 1) for index, title in enumerate(titles)]
    page.table(columns, [Group(rows=[_room(each) for each in rooms])])


def _room(room: Room) -> Sequence[Part]:
    unit = unit_of(room.line.resource)
    left = None if room.bound is None else room.bound - room.held - room.reserved - room.asked
    whose = f"{room.line.tenant} in {room.line.cloud}" if room.line.tenant else f"cloud {room.line.cloud}"
    return (
        str(room.line.resource),
        whose,
        "unbounded" if room.bound is None else size(room.bound, unit),
        size(room.held, unit),
        size(room.reserved, unit),
        (f"+{size(room.asked, unit)}", "bold"),
        UNKNOWN if left is None else size(left, unit),
    )


def _print_uses(page: Page, uses: Sequence[Use]) -> None:
    if not uses:
        return
    page.gap()
    page.line((f"Present use against present quota: {counted(len(uses), 'limit')} would change", "bold"))
    titles = ("project", "resource", "in use", "quota now", "asked for")
    columns = [Column(title=title, right=index > 1) for index, title in enumerate(titles)]
    page.table(columns, [Group(rows=[_use(each) for each in uses])])


def _use(use: Use) -> Sequence[Part]:
    unit = unit_of(use.resource)
    return (
        f"{use.tenant}/{use.project} in {use.cloud}",
        str(use.resource),
        amount(use.used, unit),
        amount(use.enforced, unit),
        amount(use.asked, unit),
    )


def _told(event: Event) -> str:
    """The comment on a step: Tenantry's own in the reader's language, people's as they wrote it."""
    return say(event.comment) if event.role is Role.SYSTEM else event.comment


def _print_history(page: Page, history: Sequence[Event]) -> None:
    page.gap()
    page.line(("What happened", "bold"))
    rows = [
        (
            moment(each.at),
            spoken(each.act),
            _who(each),
            spoken(each.after),
            _told(each),
        )
        for each in history
    ]
    titles = ("when", "what", "by", "then in", "")
    page.table([Column(title=title, flexible=not title) for title in titles], [Group(rows=rows)])


def _who(event: Event) -> str:
    more = [
        *((f"for {event.by.stands_for}",) if event.by.stands_for else ()),
        *((f"entered by {event.by.entered_by}",) if event.by.entered_by else ()),
    ]
    return f"{event.by.actor} ({', '.join(more)})" if more else event.by.actor
