"""What the API says of requests: the models that all of their routes answer with."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from pydantic import Field, field_serializer

from api.http.model import Model, Prose, example
from api.http.resources.operations import OperationLine
from api.language.spoken import say
from provisioner.requests.states import Act, Role, State

ID: Final = "01jd7z9k3m5p7r9t1x"
FINGERPRINT: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
LINE: Final[Mapping[str, Any]] = {
    "id": ID,
    "tenant": "market-regulation",
    "displayName": "市市场监督管理局",
    "state": "administrative-review",
    "requester": "zhang.wei",
    "createdAt": "2026-11-20T02:00:00Z",
    "plan": "01jd7z9k3m5p7r9t1q",
    "fingerprint": FINGERPRINT,
    "reviewDue": "2026-11-27",
    "overdue": False,
    "expiresAt": "2026-12-11T16:00:00Z",
}
_ROOM: Final = {
    "cloud": "city",
    "tenant": "market-regulation",
    "displayName": "市市场监督管理局",
    "resource": "compute/cores",
    "unit": "count",
    "total": 800,
    "held": 160,
    "reserved": 24,
    "asked": 40,
    "left": 576,
}
_WHOLE: Final[Mapping[str, Any]] = {
    **LINE,
    "review": "administrative",
    "actions": ["approve", "reject", "ask-changes"],
    "approvedBy": [],
    "obstacle": None,
    "route": {
        "rule": "large",
        "policy": "city",
        "administrative": {"approvals": 1, "among": []},
        "technical": {"approvals": 2, "among": ["zhao.lei", "liu.yang", "li.na"]},
        "failures": [],
        "facts": {"tenant": "market-regulation", "added": {"compute/cores": 40}},
    },
    "leftAtRejection": None,
    "projects": [
        {
            "tenant": "market-regulation",
            "displayName": "市市场监督管理局",
            "name": "registration",
            "cloud": "city",
            "zone": "extranet",
            "purpose": "商事登记",
            "systems": [{"code": "SZ-SJ-001", "name": "商事登记系统"}],
            "funding": "2026 年市本级信息化项目",
            "environment": "production",
            "protectionLevel": 3,
            "cryptography": {"required": True, "passedOn": "2026-03-02", "nextDue": "2027-03-02"},
            "goLive": "2026-06-01",
            "validFrom": "2026-04-01",
            "validUntil": None,
        }
    ],
    "cost": [{"cloud": "city", "resource": "compute/cores", "unit": "count", "asked": 40}],
    "rooms": [_ROOM],
    "uses": [
        {
            "tenant": "market-regulation",
            "displayName": "市市场监督管理局",
            "project": "registration",
            "cloud": "city",
            "resource": "compute/cores",
            "unit": "count",
            "used": 112,
            "enforced": 120,
            "asked": 160,
        }
    ],
    "history": [
        {
            "at": "2026-11-20T02:00:00Z",
            "act": "submit",
            "role": "requester",
            "actor": "zhang.wei",
            "enteredBy": None,
            "standsFor": None,
            "from": "draft",
            "to": "submitted",
            "comment": "",
            "fingerprint": FINGERPRINT,
        }
    ],
}


class RequestLine(Model):
    """A request in a list."""

    model_config = example(**LINE)

    id: str
    tenant: str = Field(description="All that is asked for is this tenant's or below it.")
    display_name: str
    state: State
    requester: str = Field(description="Who first submitted it.")
    created_at: datetime
    plan: str | None = Field(description="What would be done in the clouds; null for a draft.")
    fingerprint: str | None = Field(description="The plan's: decisions name it and bind to it.")
    review_due: date | None = Field(description="The last working day of the review that is due.")
    overdue: bool
    expires_at: datetime | None = Field(
        description="When it ends for want of a decision, and what it reserved is free again."
    )


class System(Model):
    """A business system that a project serves."""

    code: str
    name: str


class Cryptography(Model):
    """The assessment of commercial cryptography (密评)."""

    required: bool
    passed_on: date | None
    next_due: date | None


class Form(Model):
    """What the application form says of a project, from the request's manifests."""

    tenant: str
    display_name: str
    name: str
    cloud: str
    zone: str
    purpose: str
    systems: tuple[System, ...]
    funding: str | None
    environment: str
    protection_level: int
    cryptography: Cryptography | None
    go_live: date | None
    valid_from: date | None
    valid_until: date | None = Field(description="Null where it is permanent.")


class Cost(Model):
    """What the request takes of a cloud altogether."""

    cloud: str
    resource: str
    unit: str = Field(description="Of the number beside it.")
    asked: int


class Room(Model):
    """What the request adds to one line: a resource of a tenant's envelope, or of the cloud as a whole."""

    model_config = example(**_ROOM)

    cloud: str
    tenant: str | None = Field(description="Null for the cloud as a whole.")
    display_name: str | None
    resource: str
    unit: str = Field(description="Of the numbers beside it.")
    total: int | None = Field(description="The envelope, or what the cloud may give out; null where nothing bounds it.")
    held: int = Field(description="What manifests in force ask for, or the cloud enforces.")
    reserved: int = Field(description="For other requests.")
    asked: int = Field(description="What this request adds.")
    left: int | None = Field(description="What would be left of `total` with it.")


class Use(Model):
    """Present use against present quota, of a limit that would change."""

    tenant: str
    display_name: str
    project: str
    cloud: str
    resource: str
    unit: str = Field(description="Of the numbers beside it.")
    used: int | None = Field(description="Null where the service does not tell, or there is no project yet.")
    enforced: int | None = Field(description="Null where there is no project yet; -1: without limit.")
    asked: int = Field(description="-1: without limit.")


class Step(Model):
    """Something that happened to a request."""

    at: datetime
    act: Act
    role: Role
    actor: str
    entered_by: str | None = Field(description="Who was at the keyboard, where that was somebody else.")
    stands_for: str | None = Field(description="Whose place they took, by delegation.")
    before: State = Field(alias="from")
    after: State = Field(alias="to")
    comment: str
    fingerprint: str | None = Field(description="The plan that it is about.")

    @field_serializer("comment", when_used="json")
    def _said(self, comment: str) -> str:
        """What Tenantry says in the reader's language; what people say as they said it."""
        return say(comment) if self.role is Role.SYSTEM else comment


class Need(Model):
    """What one review takes."""

    approvals: int = Field(description="By so many different people; 0: it is passed by rule.")
    among: tuple[str, ...] = Field(description="Who may review; empty: any reviewer.")


class Route(Model):
    """What the reviews of a request take, by the policy that was in force when it was submitted."""

    rule: str = Field(description="The rule that decided; `standard` where none did.")
    policy: str
    administrative: Need
    technical: Need
    failures: tuple[str, ...] = Field(description="Conditions that had no answer, with the reasons.")
    facts: Mapping[str, Any] = Field(description="What was decided by. Empty for a member of a department.")


class Request(RequestLine):
    """A request with everything that a decision needs."""

    model_config = example(**_WHOLE)

    review: str | None = Field(description="The review that it waits for: `administrative` or `technical`; or null.")
    actions: tuple[str, ...] = Field(
        description="What you may do now, each a route below it: `submit`, `withdraw`, `approve`, `reject`, `ask-changes`, "
        "`execute`, `confirm`."
    )
    approved_by: tuple[str, ...] = Field(description="Who has approved it in the review that it waits for.")
    obstacle: Prose | None = Field(
        description="Why workers could not carry it out when they last tried, although it is approved; they try again."
    )
    route: Route | None = Field(description="Null before it is submitted.")
    projects: tuple[Form, ...] = Field(description="Of its manifests; empty for a draft that cannot be read.")
    cost: tuple[Cost, ...]
    rooms: tuple[Room, ...] = Field(
        description="As it was when it was planned. A member of a department sees the lines of its own part of the tree."
    )
    left_at_rejection: tuple[Room, ...] | None = Field(
        description="The same lines as they were when it was rejected: what would have fitted. Null unless it was."
    )
    uses: tuple[Use, ...]
    history: tuple[Step, ...] = Field(description="Oldest first.")


class Manifests(Model):
    """The manifests that a request brings."""

    model_config = example(
        files={
            "market-regulation.yaml": "apiVersion: tenantry/v1\nkind: Tenant\nmetadata: {name: market-regulation}\n"
        },
        attached={"files/web.sh": "#!/bin/sh\n"},
    )

    files: Mapping[str, str] = Field(description="Text by the file's name, as they were submitted.")
    attached: Mapping[str, str] = Field(description="Files that the manifests name.")


class Changed(Model):
    """One document beside the one of that kind and name that is in force."""

    kind: str
    name: str
    new: bool = Field(description="Whether none is in force.")
    diff: str = Field(description="Unified; empty where it says what is in force.")


class Replanned(Model):
    """How the plan differs from the one that was looked at before."""

    act: Act = Field(description="What brought the new plan: `review-again`, or `submit` after changes were asked for.")
    at: datetime
    before: str = Field(alias="from", description="The fingerprint of then.")
    after: str = Field(alias="to")
    changes: tuple[Prose, ...] = Field(description="In words, one for each object.")


class Difference(Model):
    """What a request would change."""

    model_config = example(
        documents=[
            {
                "kind": "Tenant",
                "name": "market-regulation",
                "new": False,
                "diff": "--- in force\n+++ asked for\n@@ -9 +9 @@\n-          cores: 120\n+          cores: 160\n",
            }
        ],
        changes=["city/market-regulation/registration/quota/compute: update it (cores 120 -> 160)"],
        replanned=None,
    )

    documents: tuple[Changed, ...] = Field(description="Its manifests beside those in force now.")
    changes: tuple[Prose, ...] = Field(description="What its plan does in the clouds, in words.")
    replanned: Replanned | None = Field(description="Null where it was planned once.")


class Execution(Model):
    """A request under execution."""

    model_config = example(
        request={**LINE, "state": "executing", "reviewDue": None, "expiresAt": None},
        operations=[
            {
                "id": "01jd7z9k3m5p7r9t1v",
                "plan": "01jd7z9k3m5p7r9t1q",
                "tenant": "market-regulation",
                "displayName": "市市场监督管理局",
                "cloud": "city",
                "fingerprint": "2c26b46b68ffc68f",
                "state": "queued",
                "createdAt": "2026-11-21T08:30:00Z",
                "finishedAt": None,
                "failure": None,
                "steps": 1,
                "stepsDone": 0,
            }
        ],
    )

    request: RequestLine
    operations: tuple[OperationLine, ...]
