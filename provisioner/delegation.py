"""Delegations made and revoked, each with its audit entry."""

from datetime import date, datetime, timedelta
from typing import Final

from provisioner.audit import Event
from provisioner.errors import InputError
from provisioner.operation import Actor
from provisioner.requests.delegation import Delegation, DelegationId, Handing
from provisioner.store import audit, delegations
from provisioner.store.database import Database
from provisioner.store.ids import new_id
from tenants.days import day_of
from tenants.names import IDENTIFIER

#: Whoever is away for longer should be named by nobody.
LONGEST: Final = timedelta(days=366)


def delegate(database: Database, handing: Handing, *, by: Actor, at: datetime) -> Delegation:
    """Let somebody take another's place. Raises InputError for what cannot be."""
    _must_make_sense(handing, day_of(at))
    made = Delegation(
        id=DelegationId(new_id(at)),
        giver=handing.giver,
        taker=handing.taker,
        tenant=handing.tenant,
        first_day=handing.first_day,
        last_day=handing.last_day,
        created_at=at,
        created_by=by,
    )
    detail = {
        "giver": made.giver,
        "taker": made.taker,
        "tenant": made.tenant,
        "first day": str(made.first_day),
        "last day": str(made.last_day),
    }
    with database.transaction() as connection:
        delegations.create(connection, made)
        audit.append(connection, Event(at=at, actor=by, action="delegation.made", subject=made.id, detail=detail))
    return made


def revoke(database: Database, delegation: DelegationId, *, by: Actor, at: datetime) -> bool:
    """Let a delegation count no more. Returns whether nobody had revoked it; InputError where there is no such one."""
    with database.transaction() as connection:
        found = delegations.find(connection, delegation)
        if found is None:
            raise InputError(
                f"there is no delegation {delegation}; `tenantry delegation list` shows those that there are"
            )
        revoked = delegations.revoke(connection, delegation, by=by, at=at)
        if revoked:
            detail = {"giver": found.giver, "taker": found.taker}
            event = Event(at=at, actor=by, action="delegation.revoked", subject=delegation, detail=detail)
            audit.append(connection, event)
    return revoked


def _must_make_sense(handing: Handing, today: date) -> None:
    if not handing.giver.strip() or not handing.taker.strip():
        raise InputError("a delegation is from somebody to somebody: give both names")
    if handing.giver == handing.taker:
        raise InputError(f"{handing.giver} cannot stand in for themselves: name somebody else")
    if handing.last_day < handing.first_day:
        raise InputError(
            f"a delegation from {handing.first_day} cannot end on {handing.last_day}: it ends on a later day"
        )
    if handing.last_day < today:
        raise InputError(f"{handing.last_day} is over: name a day to come")
    if handing.last_day - handing.first_day > LONGEST:
        raise InputError(f"a delegation lasts {LONGEST.days} days at most")
    if handing.tenant is not None and not IDENTIFIER.fullmatch(handing.tenant):
        raise InputError(f"{handing.tenant}: not a tenant's name")
