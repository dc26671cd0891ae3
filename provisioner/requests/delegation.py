"""Reviewers' places taken by others for some days: the record, and whose place somebody may take. Pure.

Who is away lets somebody else act where a policy names them. Whoever stands in may do no more than both of them might:
`states.separation` looks at both.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from provisioner.operation import Actor
from tenants.names import TenantName

DelegationId = NewType("DelegationId", str)


class Standing(StrEnum):
    """Whether a delegation counts."""

    COMING = "coming"
    CURRENT = "current"
    OVER = "over"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handing:
    """What somebody wants: their place, or another's, taken by a third."""

    giver: Actor
    taker: Actor
    tenant: TenantName | None = None
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """One person's place, taken by another."""

    id: DelegationId
    giver: Actor
    taker: Actor
    #: Only for requests of this tenant and those below it; None for all.
    tenant: TenantName | None
    #: Both days count, where deadlines do (`calendar.ZONE`).
    first_day: date
    last_day: date
    created_at: datetime
    created_by: Actor
    revoked_at: datetime | None = None
    revoked_by: Actor | None = None

    def standing(self, day: date) -> Standing:
        """Whether it counts on that day."""
        if self.revoked_at is not None:
            return Standing.REVOKED
        if day < self.first_day:
            return Standing.COMING
        return Standing.CURRENT if day <= self.last_day else Standing.OVER


def givers(
    delegations: Iterable[Delegation], taker: Actor, day: date, above: Collection[TenantName]
) -> tuple[Actor, ...]:
    """Whose place somebody may take on that day, for a request of a tenant that has `above` above it and itself."""
    return tuple(
        sorted(
            {
                each.giver
                for each in delegations
                if each.taker == taker
                and each.standing(day) is Standing.CURRENT
                and (each.tenant is None or each.tenant in above)
            }
        )
    )
