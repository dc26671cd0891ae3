"""The kind `Policy`: who reviews which requests, what becomes of drift, and what of projects whose time is over."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from tenants.facts import BOUNDLESS, DRIFT_FACTS, REVIEW_FACTS, Fact, FactType
from tenants.kinds.condition import Condition
from tenants.kinds.kind import IDENTIFIER_TEXT, Kind
from tenants.language.composites import ListOf, NamedMap, Record
from tenants.language.scalars import Ratio, Text, Truth, Whole, Word
from tenants.language.shape import Field, Shape
from tenants.names import TenantName
from tenants.policy import (
    NO_RULE,
    DriftAction,
    DriftRule,
    EndOfUse,
    Example,
    Expression,
    Need,
    PersonName,
    PolicyName,
    PolicySpec,
    ReviewRule,
    StatementRules,
)

#: More people than this review no request.
_MOST_APPROVALS: Final = 20
_LONGEST_NOTICE: Final = 3650
_LARGEST: Final = Decimal(1_000_000_000)
_RESOURCE: Final = Text(pattern="[a-z-]+/[A-Za-z0-9_.-]+", rule="a service and a resource, such as compute/cores")

PEOPLE: Final = ListOf(item=Text(), unique=True)


def _people(names: tuple[str, ...]) -> tuple[PersonName, ...]:
    return tuple(PersonName(each) for each in names if each)


def _need(*, approvals: int, among: tuple[str, ...]) -> Need:
    return Need(approvals=max(0, approvals), among=_people(among))


NEED: Final = Record(
    name="ReviewNeed",
    description="What one review takes.",
    fields=(
        Field(
            key="approvals",
            shape=Whole(lowest=0, highest=_MOST_APPROVALS),
            description="Approvals by so many different people; 0 passes the review by rule.",
            default=1,
            shown_default=1,
            example=2,
        ),
        Field(
            key="among",
            shape=PEOPLE,
            description="Who may review, by the names that they log in with; any reviewer unless given.",
            default=(),
            shown_default=[],
            example=["chen.jing", "liu.yang"],
        ),
    ),
    build=_need,
)

_BELOW: Final = Field(
    key="below",
    shape=IDENTIFIER_TEXT,
    description="Only for this tenant and those below it; for all unless given.",
    example="market-regulation",
)


def _review(*, below: str | None, when: str | None, administrative: Need | None, **rest: Any) -> ReviewRule:
    technical = rest.pop("technical")
    return ReviewRule(
        below=None if below is None else TenantName(below),
        when=None if when is None else Expression(when),
        administrative=administrative or Need(),
        technical=technical or Need(),
        **rest,
    )


REVIEW: Final = Record(
    name="ReviewRule",
    description="What requests of one sort need. The first rule that fits decides; where none does, each review takes one "
    "approval by any reviewer. A rule whose condition has no answer for a request does not fit, and then each review "
    "takes at least one approval, and as many as that rule wants. A request about several tenants is decided for each of them, "
    "and the most demanding rule counts.",
    fields=(
        Field(
            key="name",
            shape=IDENTIFIER_TEXT,
            description="What it is called in records and examples.",
            required=True,
            example="small-growth",
        ),
        _BELOW,
        Field(
            key="when",
            shape=Condition(facts=REVIEW_FACTS),
            description="Only for requests that this CEL expression over [facts of a request](#facts-of-a-request) is true "
            "for; for all unless given.",
            example="addedCores > 256",
        ),
        Field(
            key="administrative",
            shape=NEED,
            description="The administrative review (行政审批); one approval by any reviewer unless given.",
        ),
        Field(
            key="technical",
            shape=NEED,
            description="The technical review (技术审批); one approval by any reviewer unless given.",
        ),
    ),
    build=_review,
)


def _drift(*, below: str | None, when: str | None, **rest: Any) -> DriftRule:
    return DriftRule(
        below=None if below is None else TenantName(below), when=None if when is None else Expression(when), **rest
    )


DRIFT: Final = Record(
    name="DriftRule",
    description="What becomes of what is no longer as it was applied. The first rule that fits decides; where none does, or "
    "a condition before it has no answer, drift is reported.",
    fields=(
        Field(
            key="name",
            shape=IDENTIFIER_TEXT,
            description="What it is called in records.",
            required=True,
            example="quotas",
        ),
        _BELOW,
        Field(
            key="when",
            shape=Condition(facts=DRIFT_FACTS),
            description="Only for drift that this CEL expression over [facts of drift](#facts-of-drift) is true for; for all "
            "unless given.",
            example='kind == "quota"',
        ),
        Field(
            key="action",
            shape=Word(words=DriftAction),
            description="`report` tells of it; `correct` makes it as it was applied.",
            required=True,
            example="correct",
        ),
    ),
    build=_drift,
)


def _end_of_use(*, notices: tuple[int, ...], restrict: bool, retire: bool, retire_after: int) -> EndOfUse:
    days = tuple(sorted({each for each in notices if each > 0}, reverse=True))
    return EndOfUse(notices=days, restrict=restrict, retire_after=max(0, retire_after) if retire else None)


END_OF_USE: Final = Record(
    name="EndOfUse",
    description="What becomes of a project whose `validUntil` comes and passes.",
    fields=(
        Field(
            key="notices",
            shape=ListOf(item=Whole(lowest=1, highest=_LONGEST_NOTICE), unique=True),
            description="Days before the end at which a notice is given.",
            default=(30, 7, 1),
            shown_default=[30, 7, 1],
            example=[60, 30, 7],
        ),
        Field(
            key="restrict",
            shape=Truth(),
            description="Whether its limits are lowered to what it uses once the day is over. Nothing that runs is touched.",
            default=True,
            shown_default=True,
        ),
        Field(
            key="retire",
            shape=Truth(),
            description="Whether people are asked, by a request, to have it retired.",
            default=True,
            shown_default=True,
        ),
        Field(
            key="retireAfter",
            attribute="retire_after",
            shape=Whole(lowest=0, highest=_LONGEST_NOTICE),
            description="So many days after the end they are asked.",
            default=30,
            shown_default=30,
        ),
    ),
    build=_end_of_use,
)

STATEMENTS: Final = Record(
    name="StatementRules",
    description="How statements are made.",
    fields=(
        Field(
            key="cutOffDay",
            attribute="cut_off_day",
            shape=Whole(lowest=1, highest=28),
            description="The last day of a statement's month: with 25, October's is from September 26 to October 25, by days in "
            "China. The month's own last day unless given.",
            example=25,
        ),
    ),
    build=StatementRules,
)

_SHAPES: Final[Mapping[FactType, Shape[Any]]] = {
    FactType.TEXT: Text(),
    FactType.WHOLE: Whole(lowest=0, highest=BOUNDLESS),
    FactType.NUMBER: Ratio(lowest=Decimal(0), highest=_LARGEST),
    FactType.TRUTH: Truth(),
    FactType.TEXTS: ListOf(item=Text(), unique=True),
    FactType.WHOLES: NamedMap(key=_RESOURCE, value=Whole(lowest=0, highest=BOUNDLESS)),
    FactType.NUMBERS: NamedMap(key=_RESOURCE, value=Ratio(lowest=Decimal(0), highest=_LARGEST)),
}


def _given(**facts: Any) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None}


def _fact(fact: Fact) -> Field:
    return Field(key=fact.name, shape=_SHAPES[fact.type], description=fact.description)


FACTS: Final = Record(
    name="ExampleFacts",
    description="Facts of a request that somebody thought of. Those left out are as in a request that asks for nothing; those "
    "that follow from others are never given.",
    fields=tuple(_fact(each) for each in REVIEW_FACTS if not each.derived),
    refused={each.name: "it follows from `added`: give that" for each in REVIEW_FACTS if each.derived},
    build=_given,
)

EXAMPLE: Final = Record(
    name="PolicyExample",
    description="A case that has to be decided so: validation tries it.",
    fields=(
        Field(
            key="name",
            shape=Text(),
            description="What it shows.",
            required=True,
            example="ten per cent more of what is well used",
        ),
        Field(key="facts", shape=FACTS, description=FACTS.description, default={}, shown_default={}),
        Field(
            key="rule",
            shape=IDENTIFIER_TEXT,
            description=f"The review rule that has to decide; `{NO_RULE}` where none may fit.",
            required=True,
            example="small-growth",
        ),
    ),
    build=Example,
)

SPEC: Final = Record(
    name="PolicySpec",
    description="The city's rules. A city has one policy or none; only operators bring it into force.",
    fields=(
        Field(
            key="reviews",
            shape=ListOf(item=REVIEW, identity="name"),
            description="Who reviews which requests, in order.",
            default=(),
            shown_default=[],
        ),
        Field(
            key="escalateTo",
            attribute="escalate_to",
            shape=PEOPLE,
            description="Who is told of a review that is overdue.",
            default=(),
            shown_default=[],
            example=["director.he"],
        ),
        Field(
            key="drift",
            shape=ListOf(item=DRIFT, identity="name"),
            description="What becomes of drift, in order.",
            default=(),
            shown_default=[],
        ),
        Field(
            key="endOfUse",
            attribute="end_of_use",
            shape=END_OF_USE,
            description="What becomes of a project whose `validUntil` comes and passes.",
        ),
        Field(key="statements", shape=STATEMENTS, description="How statements are made."),
        Field(
            key="examples",
            shape=ListOf(item=EXAMPLE, identity="name"),
            description="Cases that the rules for reviews have to decide as they say.",
            default=(),
            shown_default=[],
        ),
    ),
    build=dict[str, Any],
)


def _policy(
    *,
    name: str,
    display_name: str,
    escalate_to: tuple[str, ...],
    end_of_use: EndOfUse | None,
    statements: StatementRules | None,
    **rest: Any,
) -> PolicySpec:
    return PolicySpec(
        name=PolicyName(name),
        display_name=display_name,
        escalate_to=_people(escalate_to),
        end_of_use=end_of_use or EndOfUse(),
        statements=statements or StatementRules(),
        **rest,
    )


POLICY: Final = Kind(
    name="Policy",
    description="Who reviews which requests, what becomes of drift, and what of projects whose time is over.",
    spec=SPEC,
    build=_policy,
)
