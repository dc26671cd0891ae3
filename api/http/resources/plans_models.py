"""Plans as they are answered: what would change, why, and what is refused; consent, and what it began."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from pydantic import Field

from api.http.model import TEXT, Model, Prose, Value, example
from api.http.problems import Fault
from api.http.resources.operations import OperationLine
from provisioner.diff import Verb

#: Operations that the answer to consent lists; all of them are at `operations`.
LISTED: Final = 200
_ID: Final = "01jd7z9k3m5p7r9t1q"
_LINE: Final = {
    "id": _ID,
    "revision": "01jd7z9k3m5p7r9t1p",
    "createdAt": "2026-11-21T08:29:00Z",
    "actor": "li.na",
    "fingerprint": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}
_PLAN: Final = {
    **_LINE,
    "expiresAt": "2026-11-28T08:29:00Z",
    "summary": {"create": 0, "change": 1, "takeAway": 0, "destructive": 0, "refused": 0, "heldBack": 0},
    "sections": [
        {
            "tenant": "market-regulation",
            "displayName": "市市场监督管理局",
            "cloud": "city",
            "fingerprint": "2c26b46b68ffc68f",
            "applicable": True,
            "actions": [
                {
                    "address": "city/market-regulation/registration/quota/compute",
                    "project": "registration",
                    "kind": "quota",
                    "key": "compute",
                    "verb": "update",
                    "before": {"cores": 120},
                    "after": {"cores": 160},
                    "application": None,
                    "reason": "the manifest asks for it",
                    "destructive": False,
                }
            ],
            "refusals": [],
            "notices": [],
        }
    ],
    "unmanaged": [],
    "orphaned": [],
}


class PlanSummary(Model):
    """A plan in a list."""

    model_config = example(**_LINE, actions=1, refusals=0, applied=False)

    id: str
    revision: str = Field(description="The manifests that it was made from.")
    created_at: datetime
    actor: str
    fingerprint: str
    actions: int
    refusals: int
    applied: bool = Field(description="Whether it was consented to.")


class Summary(Model):
    """A plan, counted."""

    create: int
    change: int
    take_away: int
    destructive: int
    refused: int
    held_back: int = Field(description="Actions that wait, for something of the same tenant and cloud is refused.")


class Action(Model):
    """One change, and why."""

    address: str
    project: str
    kind: str
    key: str
    verb: Verb
    before: Mapping[str, Value]
    after: Mapping[str, Value]
    application: str | None
    reason: Prose
    destructive: bool = Field(description="Whether something that exists may be lost or cut off by it.")


class Holder(Model):
    """Somebody who uses what a change would take away."""

    id: str
    name: str
    amount: int


class Refusal(Model):
    """Something asked for that will not be done."""

    address: str
    message: Prose
    remedy: Prose
    resource: str | None
    holders: tuple[Holder, ...]


class Notice(Model):
    """Something worth knowing that stops nothing."""

    address: str
    message: Prose


class Section(Model):
    """What one tenant's manifest means for one cloud."""

    tenant: str
    display_name: str
    cloud: str
    fingerprint: str
    applicable: bool
    actions: tuple[Action, ...]
    refusals: tuple[Refusal, ...]
    notices: tuple[Notice, ...]


class Unnamed(Model):
    """A project that no manifest names."""

    cloud: str
    project: str


class Plan(Model):
    """What would change, and why. It never changes itself: its `ETag` is its fingerprint."""

    model_config = example(**_PLAN)

    id: str
    revision: str
    created_at: datetime
    expires_at: datetime | None = Field(
        description="When it can no longer be applied, and a new one has to be made; null where it always can."
    )
    actor: str
    fingerprint: str = Field(description="Over every address, verb and value: consent binds to it.")
    summary: Summary
    sections: tuple[Section, ...]
    unmanaged: tuple[Unnamed, ...] = Field(description="Left as they are. Empty for a member of a department.")
    orphaned: tuple[Unnamed, ...] = Field(description="Those that an earlier manifest named. As above.")


class MadePlan(Plan):
    """A new plan."""

    model_config = example(**_PLAN, warnings=[])

    warnings: tuple[Fault, ...] = Field(description="What is doubtful in the manifests and stops nothing.")


class Consent(Model):
    """Consent to a plan."""

    model_config = example(confirm=["reg-data"], authority="市政数〔2026〕12号")

    confirm: tuple[str, ...] = Field(
        default=(), description="The name of each object that the plan deletes, once for each."
    )
    authority: str = Field(
        default="",
        max_length=200,
        pattern=TEXT,
        description="The number of an official document, for the audit log.",
    )


class Applied(Model):
    """What consent began."""

    model_config = example(
        plan=_ID,
        begun=True,
        operations=[
            {
                "id": "01jd7z9k3m5p7r9t1v",
                "plan": _ID,
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

    plan: str
    begun: bool = Field(description="False where it was applied before: the operations are those of then.")
    operations: tuple[OperationLine, ...] = Field(description=f"The newest {LISTED}; `Location` lists all.")
