"""Requests out of the service's answers."""

from api.client.records import (
    Difference,
    Document,
    Execution,
    Form,
    RequestLine,
    WholeRequest,
    day,
    moment,
    perhaps,
)
from api.client.works import operation_line
from provisioner.operation import Actor, PlanId
from provisioner.plan import Fingerprint
from provisioner.requests.comparison import Comparison, DocumentChange, Replanned
from provisioner.requests.evidence import Evidence, Use
from provisioner.requests.increase import Line, Room
from provisioner.requests.request import Event, Papers, Party, Request, RequestId
from provisioner.requests.route import Route
from provisioner.requests.states import Act, Role, State
from provisioner.store.codec import resource_of
from tenants.names import CloudName, ProjectName, TenantName
from tenants.policy import Need, PersonName
from tenants.resources import Limit


def line(document: Document) -> RequestLine:
    """A request in a list."""
    return RequestLine(request=_request(document), display_name=document["displayName"], document=document)


def whole(document: Document) -> WholeRequest:
    """A request with everything that a decision needs."""
    return WholeRequest(
        request=_request(document),
        display_name=document["displayName"],
        document=document,
        forms=tuple(_form(each) for each in document["projects"]),
        actions=tuple(document["actions"]),
    )


def papers(document: Document) -> Papers:
    """The manifests that a request brings."""
    return Papers(files=document["files"], attached=document["attached"])


def difference(document: Document) -> Difference:
    """What a request would change."""
    changed = Comparison(
        documents=tuple(
            DocumentChange(kind=each["kind"], name=each["name"], new=each["new"], diff=each["diff"])
            for each in document["documents"]
        ),
        changes=tuple(document["changes"]),
        replanned=perhaps(_replanned, document["replanned"]),
    )
    return Difference(comparison=changed, document=document)


def execution(document: Document) -> Execution:
    """A request under execution."""
    return Execution(
        request=line(document["request"]), operations=tuple(operation_line(each) for each in document["operations"])
    )


def _replanned(document: Document) -> Replanned:
    return Replanned(
        act=Act(document["act"]),
        at=moment(document["at"]),
        before=Fingerprint(document["from"]),
        after=Fingerprint(document["to"]),
        changes=tuple(document["changes"]),
    )


def _request(document: Document) -> Request:
    return Request(
        id=RequestId(document["id"]),
        tenant=TenantName(document["tenant"]),
        requester=Actor(document["requester"]),
        state=State(document["state"]),
        created_at=moment(document["createdAt"]),
        papers=Papers(files={}),
        plan=perhaps(PlanId, document["plan"]),
        fingerprint=perhaps(Fingerprint, document["fingerprint"]),
        evidence=Evidence(
            rooms=tuple(_room(each) for each in document.get("rooms", ())),
            uses=tuple(_use(each) for each in document.get("uses", ())),
            rejected=perhaps(lambda rooms: tuple(map(_room, rooms)), document.get("leftAtRejection")),
        ),
        route=perhaps(_route, document.get("route")),
        review_due=perhaps(day, document["reviewDue"]),
        expires_at=perhaps(moment, document["expiresAt"]),
        history=tuple(_event(each) for each in document.get("history", ())),
        obstacle=document.get("obstacle"),
    )


def _route(document: Document) -> Route:
    return Route(
        rule=document["rule"],
        policy=document["policy"],
        administrative=_need(document["administrative"]),
        technical=_need(document["technical"]),
        failures=tuple(document["failures"]),
        facts=document["facts"],
    )


def _need(document: Document) -> Need:
    return Need(approvals=document["approvals"], among=tuple(map(PersonName, document["among"])))


def _room(document: Document) -> Room:
    of = Line(
        cloud=CloudName(document["cloud"]),
        tenant=perhaps(TenantName, document["tenant"]),
        resource=resource_of(document["resource"]),
    )
    return Room(
        line=of,
        bound=document["total"],
        held=document["held"],
        reserved=document["reserved"],
        asked=document["asked"],
    )


def _use(document: Document) -> Use:
    return Use(
        tenant=TenantName(document["tenant"]),
        project=ProjectName(document["project"]),
        cloud=CloudName(document["cloud"]),
        resource=resource_of(document["resource"]),
        used=document["used"],
        enforced=perhaps(Limit, document["enforced"]),
        asked=Limit(document["asked"]),
    )


def _event(document: Document) -> Event:
    return Event(
        at=moment(document["at"]),
        act=Act(document["act"]),
        role=Role(document["role"]),
        by=Party(
            actor=Actor(document["actor"]),
            entered_by=perhaps(Actor, document["enteredBy"]),
            stands_for=perhaps(Actor, document.get("standsFor")),
        ),
        before=State(document["from"]),
        after=State(document["to"]),
        comment=document["comment"],
        fingerprint=perhaps(Fingerprint, document["fingerprint"]),
    )


def _form(document: Document) -> Form:
    assessment = document["cryptography"] or {}
    return Form(
        project=document["name"],
        systems=", ".join(f"{each['name']} ({each['code']})" for each in document["systems"]),
        purpose=document["purpose"],
        funding=document["funding"],
        environment=document["environment"],
        protection_level=document["protectionLevel"],
        cryptography_required=assessment.get("required"),
        cryptography_passed_on=perhaps(day, assessment.get("passedOn")),
        cryptography_next_due=perhaps(day, assessment.get("nextDue")),
        go_live=perhaps(day, document["goLive"]),
        valid_from=perhaps(day, document["validFrom"]),
        valid_until=perhaps(day, document["validUntil"]),
    )
