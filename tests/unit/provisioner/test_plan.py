"""A plan's fingerprint stands for all that would be done, and for nothing else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.diff import Change, Verb
from provisioner.objects import Address, KindName, Value
from provisioner.plan import Action, Notice, Plan, Refusal, Section
from tenants.names import CloudName, ProjectName, TenantName

_ADDRESS = Address(
    cloud=CloudName("city"), tenant=TenantName("market"), project=ProjectName("registration"), kind=KindName("project")
)
_CHANGE = Change(address=_ADDRESS, verb=Verb.UPDATE, before={"description": "旧"}, after={"description": "新"})
_ACTION = Action(change=_CHANGE, reason="the manifest describes it differently")
_REFUSAL = Refusal(address=_ADDRESS, message="no", remedy="ask for less")
_values = st.one_of(st.none(), st.integers(), st.booleans(), st.text(max_size=3))


def _section(*actions: Action, tenant: str = "market", cloud: str = "city", **prose: tuple[object, ...]) -> Section:
    return Section(tenant=TenantName(tenant), cloud=CloudName(cloud), actions=actions, **prose)  # type: ignore[arg-type]


def _same(one: Action, other: Action) -> bool:
    return _section(one).fingerprint == _section(other).fingerprint


@pytest.mark.parametrize("part", ["cloud", "tenant", "project", "kind", "key"])
def test_every_part_of_an_address_counts(part: str) -> None:
    """The same change elsewhere is another change."""
    moved = replace(_ADDRESS, **{part: "elsewhere"})
    assert not _same(_ACTION, replace(_ACTION, change=replace(_CHANGE, address=moved)))


@pytest.mark.parametrize("verb", [Verb.CREATE, Verb.DELETE])
def test_the_verb_counts(verb: Verb) -> None:
    """Creating is not updating."""
    assert not _same(_ACTION, replace(_ACTION, change=replace(_CHANGE, verb=verb)))


def test_danger_counts() -> None:
    """Consent to something harmless does not cover what became destructive."""
    assert not _same(_ACTION, replace(_ACTION, destructive=True))


@pytest.mark.parametrize("side", ["before", "after"])
@given(one=_values, other=_values)
def test_every_value_counts(side: str, one: Value, other: Value) -> None:
    """Before and after; true is not 1, and None is not the text."""
    first = replace(_ACTION, change=replace(_CHANGE, **{side: {"it": one}}))
    second = replace(_ACTION, change=replace(_CHANGE, **{side: {"it": other}}))
    assert _same(first, second) == ((type(one), one) == (type(other), other))


def test_the_name_of_a_property_counts() -> None:
    """The same value of another property is another change."""
    renamed = replace(_CHANGE, after={"enabled": "新"})
    assert not _same(_ACTION, replace(_ACTION, change=renamed))


def test_the_order_of_properties_does_not_count() -> None:
    """They are made in one request."""
    one = replace(_CHANGE, after={"cores": 1, "ram": 2})
    other = replace(_CHANGE, after={"ram": 2, "cores": 1})
    assert _same(replace(_ACTION, change=one), replace(_ACTION, change=other))


def test_the_order_of_actions_counts() -> None:
    """It is what would be done, one after the other."""
    second = replace(_ACTION, destructive=True)
    assert _section(_ACTION, second).fingerprint != _section(second, _ACTION).fingerprint


def test_prose_does_not_count() -> None:
    """Reasons, notices and refusals may be put better without asking for consent again."""
    told = _section(
        replace(_ACTION, reason="in other words"),
        notices=(Notice(address=_ADDRESS, message="by the way"),),
        refusals=(_REFUSAL,),
    )
    assert told.fingerprint == _section(_ACTION).fingerprint


def test_a_fingerprint_is_the_same_in_every_process() -> None:
    """It is stored, and compared by another process later: no hash seed, no memory address in it."""
    assert _section(_ACTION).fingerprint == "a7683761c7e802c6129b55959dbb639c69b2b8b716f8e365b29416a154460d79"


@pytest.mark.parametrize("part", ["tenant", "cloud"])
def test_a_plan_tells_whose_actions_they_are(part: str) -> None:
    """The same actions for another tenant or cloud are another plan."""
    moved = _section(_ACTION, **{part: "elsewhere"})
    assert Plan(sections=(_section(_ACTION),)).fingerprint != Plan(sections=(moved,)).fingerprint


def test_every_section_of_a_plan_counts() -> None:
    """Consent to one tenant's changes is no consent to two tenants'."""
    one, other = _section(_ACTION), _section(_ACTION, tenant="taxes")
    assert Plan(sections=(one,)).fingerprint != Plan(sections=(one, other)).fingerprint


def test_sections_with_nothing_to_do_do_not_count() -> None:
    """A tenant that is as it should be changes nobody's consent."""
    idle = _section(tenant="taxes")
    assert Plan(sections=(_section(_ACTION), idle)).fingerprint == Plan(sections=(_section(_ACTION),)).fingerprint


@pytest.mark.parametrize(
    ("section", "applicable"),
    [
        (_section(_ACTION), True),
        (_section(), False),
        (_section(_ACTION, refusals=(_REFUSAL,)), False),
        (_section(refusals=(_REFUSAL,)), False),
    ],
)
def test_a_section_is_applied_where_there_is_something_to_do_and_nothing_refused(
    section: Section,
    applicable: bool,  # noqa: FBT001  # a parameter of the cases above
) -> None:
    """A refusal anywhere in it holds back the rest of it."""
    assert section.applicable is applicable


def test_a_plan_lists_all_its_actions_and_refusals() -> None:
    """Section by section."""
    plan = Plan(sections=(_section(_ACTION), _section(refusals=(_REFUSAL,)), _section(_ACTION)))
    assert (list(plan.actions), list(plan.refusals)) == ([_ACTION, _ACTION], [_REFUSAL])
