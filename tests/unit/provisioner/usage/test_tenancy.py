"""Who had a project when, as far back as nobody can say otherwise."""

from datetime import UTC, datetime, timedelta

from provisioner.clouds.interface import ProjectId
from provisioner.usage.coverage import Span
from provisioner.usage.tenancy import Tenancy, reaching_back
from tenants.names import CloudName, TenantName


def at(hours: float) -> datetime:
    """An hour of a day."""
    return datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=hours)


def tenancy(since: float, tenant: str = "market", until: float | None = None) -> Tenancy:
    """A tenant's, from one hour to another."""
    return Tenancy(
        cloud=CloudName("city"),
        project=ProjectId("p"),
        tenant=TenantName(tenant),
        name="p",
        since=at(since),
        until=None if until is None else at(until),
    )


def since(held: list[Tenancy], *unknown: tuple[float, float]) -> list[datetime]:
    """The hours at which they begin, where these times are unknown."""
    return [each.since for each in reaching_back(held, [Span(start=at(a), end=at(b)) for a, b in unknown])]


def test_who_has_a_project_at_the_first_look_may_have_had_it_before() -> None:
    """The look ends a little after it began to list projects."""
    assert since([tenancy(9)], (0, 9.1)) == [at(0)]
    assert since([tenancy(9)], (0, 9)) == [at(0)]


def test_what_was_looked_at_before_was_not_there_then() -> None:
    """A project that is made while its cloud is watched is its tenant's from then on, whatever gaps were long before."""
    assert since([tenancy(9)]) == [at(9)]
    assert since([tenancy(9)], (0, 8), (10, 11)) == [at(9)]


def test_what_appears_after_an_outage_may_have_been_there_during_it() -> None:
    """And no earlier."""
    assert since([tenancy(9)], (0, 1), (5, 9.1)) == [at(5)]


def test_what_changes_hands_in_an_outage_was_the_former_tenant_s() -> None:
    """Only the first of a project's tenants reaches back."""
    held = [tenancy(1, until=9), tenancy(9, "transport")]
    assert since(held, (5, 9.1)) == [at(1), at(9)]
    assert since([]) == []
