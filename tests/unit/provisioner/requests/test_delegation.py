"""Whose place somebody may take, on which days, for which requests."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.operation import Actor
from provisioner.requests.delegation import Delegation, DelegationId, Standing, givers
from tenants.names import TenantName

AT = datetime(2026, 9, 30, 8, tzinfo=UTC)
MADE = Delegation(
    id=DelegationId("d"),
    giver=Actor("chen"),
    taker=Actor("liu"),
    tenant=TenantName("town"),
    first_day=date(2026, 10, 1),
    last_day=date(2026, 10, 8),
    created_at=AT,
    created_by=Actor("chen"),
)
ABOVE = frozenset({TenantName("market"), TenantName("town")})


@pytest.mark.parametrize(
    ("day", "standing"),
    [
        (date(2026, 9, 30), Standing.COMING),
        (date(2026, 10, 1), Standing.CURRENT),
        (date(2026, 10, 8), Standing.CURRENT),
        (date(2026, 10, 9), Standing.OVER),
    ],
)
def test_both_days_count(day: date, standing: Standing) -> None:
    """The first and the last."""
    assert MADE.standing(day) is standing
    assert givers([MADE], Actor("liu"), day, ABOVE) == ((Actor("chen"),) if standing is Standing.CURRENT else ())


def test_place_is_taken_in_its_part_of_the_tree() -> None:
    """Below the tenant that it names, or everywhere."""
    day, elsewhere = date(2026, 10, 2), frozenset({TenantName("harbour")})
    assert givers([MADE], Actor("liu"), day, elsewhere) == ()
    assert givers([replace(MADE, tenant=None)], Actor("liu"), day, elsewhere) == ("chen",)


@given(st.integers(-30, 30), st.booleans(), st.sampled_from(["liu", "chen", "wang"]))
def test_nobody_takes_a_place_that_is_not_theirs(days: int, revoked: bool, who: str) -> None:  # noqa: FBT001
    """Not before, not after, not once it was revoked, and not because they gave one."""
    made = replace(MADE, revoked_at=AT, revoked_by=Actor("chen")) if revoked else MADE
    day = MADE.first_day + timedelta(days=days)
    allowed = who == "liu" and not revoked and MADE.first_day <= day <= MADE.last_day
    assert givers([made, made], Actor(who), day, ABOVE) == (("chen",) if allowed else ())
