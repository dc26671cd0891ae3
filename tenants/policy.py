"""What a city's policy says: who reviews which requests, what becomes of drift, and what of projects whose time is over.

The record of the kind `Policy`; there is one for a city, or none, and then `STANDARD` holds. Conditions are expressions of
the Common Expression Language (CEL, https://cel.dev) over documented facts; here they are text that validation compiled.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NewType

from tenants.names import TenantName

#: Somebody by the name that they log in with; requests, reviews and delegations name people so.
PersonName = NewType("PersonName", str)
#: A CEL expression.
Expression = NewType("Expression", str)
PolicyName = NewType("PolicyName", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What one review takes."""

    #: Approvals by so many different people; 0: the review is passed by rule.
    approvals: int = 1
    #: Who may review; empty: any reviewer.
    among: tuple[PersonName, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRule:
    """What requests of one sort need. The first rule that fits decides."""

    name: str
    #: Only requests of this tenant and those below it; None: of all.
    below: TenantName | None = None
    #: Only requests whose facts it is true for; None: all.
    when: Expression | None = None
    administrative: Need = field(default_factory=Need)
    technical: Need = field(default_factory=Need)


class DriftAction(StrEnum):
    """What becomes of what is no longer as it was applied."""

    REPORT = "report"
    #: Made as it was applied, by Tenantry itself.
    CORRECT = "correct"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRule:
    """What becomes of drift of one sort. The first rule that fits decides; where none does, drift is reported."""

    name: str
    below: TenantName | None = None
    #: Over the facts of one drifted property.
    when: Expression | None = None
    action: DriftAction = DriftAction.REPORT


@dataclass(frozen=True, slots=True, kw_only=True)
class EndOfUse:
    """What becomes of a project whose `validUntil` comes and passes."""

    #: Days before the end at which a notice is given, the longest first.
    notices: tuple[int, ...] = (30, 7, 1)
    #: Whether its limits are lowered to what it uses, once the day is over.
    restrict: bool = True
    #: Days after the end at which people are asked to have it retired; None: they are not.
    retire_after: int | None = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRules:
    """How statements are made."""

    #: The last day of a statement's month, such as 25: October's is then from September 26 to October 25. None: the month's
    #: own last day.
    cut_off_day: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A case that the policy's author wants decided so: validation tries it."""

    name: str
    #: The facts as the manifest gives them; those left out have the values that an empty request has.
    facts: Mapping[str, Any]
    #: The name of the review rule that has to decide; `standard` where none may fit.
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySpec:
    """A city's policy."""

    name: PolicyName
    display_name: str
    reviews: tuple[ReviewRule, ...] = ()
    drift: tuple[DriftRule, ...] = ()
    end_of_use: EndOfUse = field(default_factory=EndOfUse)
    statements: StatementRules = field(default_factory=StatementRules)
    #: Who is told of a review that is overdue.
    escalate_to: tuple[PersonName, ...] = ()
    examples: tuple[Example, ...] = ()


#: What examples and records call the two reviews of a request that no rule fits; no rule has this name.
NO_RULE: Final = "standard"
#: What holds where a city has no policy: two reviews of everything, drift reported.
STANDARD: Final = PolicySpec(name=PolicyName(NO_RULE), display_name=NO_RULE)
