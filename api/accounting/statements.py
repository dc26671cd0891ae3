"""Statements shown and closed."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from api.accounting import books
from monitoring.statements.building import statements_of
from monitoring.statements.money import added
from provisioner.access import subtree
from provisioner.audit import Detail, Event, Examination, Head
from provisioner.errors import InputError
from provisioner.operation import Actor
from provisioner.reconciliation.force import CityInForce
from provisioner.statements.months import Month
from provisioner.statements.statement import UNASSIGNED, Account, Statement
from provisioner.store import audit
from provisioner.store import statements as store
from provisioner.store.database import Connection, Database
from provisioner.store.statements import Closed
from tenants.names import TenantName
from tenants.spec import City

#: What the audit log calls a closing; its detail has the chain's head.
CLOSED: Final = "statements.closed"
#: Months before that a page shows.
_HISTORY: Final = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """Makes statements from the record, and closes them."""

    database: Database
    force: CityInForce
    now: Callable[[], datetime]

    def months(self) -> tuple[Closed, ...]:
        """All closed months, the earliest first."""
        with self.database.autocommit() as connection:
            return store.months(connection)

    def account(
        self, month: Month, tenant: TenantName, visible: Collection[TenantName] | None = None
    ) -> Account | None:
        """A tenant's statement with those below it, closed or as it would be now; None where there is none.

        `visible` bounds what is put into it; None: nothing is hidden. Raises InputError where nothing is in force.
        """
        city = self.city()
        chosen = None if tenant == UNASSIGNED else subtree(city.tenants, tenant)
        with self.database.transaction() as connection:
            closed = _closed(connection, month)
            made = store.of_month(connection, month) if closed else self._made(connection, city, month, chosen)
        part = books.subtree_order(made, tenant)
        shown = tuple(each for each in part if visible is None or each.tenant in visible)
        if not shown or shown[0].tenant != tenant:
            return None
        return Account(root=shown[0], statements=shown, closed_at=closed.at if closed else None)

    def of_month(self, month: Month) -> tuple[tuple[Statement, ...], Closed | None]:
        """The statements of all tenants, and how they were closed, if they were."""
        city = self.city()
        with self.database.transaction() as connection:
            closed = _closed(connection, month)
            made = store.of_month(connection, month) if closed else self._made(connection, city, month)
        return made, closed

    def close(self, month: Month, actor: Actor) -> Closed:
        """Close a month for good. One that is closed stays as it is.

        Raises InputError where it has not ended, or the month before is not closed and an earlier one is.
        """
        city, at = self.city(), self.now()
        with self.database.transaction() as connection:
            store.lock(connection)
            if (closed := _closed(connection, month)) is not None:
                return closed
            _must_follow(connection, month)
            place = books.place_of(connection, month, city.policy.statements.cut_off_day)
            if at < place.period.end:
                raise InputError(f"{month} cannot be closed before it ends, {place.period.end.isoformat()}")
            made = books.read(connection, city, place)
            statements = statements_of(made)
            head = store.append(connection, made.terms, statements, actor=actor, at=at)
            audit.append(connection, _event(month, len(statements), head, actor=actor, at=at))
            result = _closed(connection, month)
        if result is None:
            raise AssertionError("what was just written is there")
        return result

    def verify(self, kept: Head | None = None) -> Examination:
        """Read the whole chain of closed statements, and say what is wrong with it."""
        with self.database.transaction() as connection:
            return store.examine(connection, kept=kept)

    def history(self, account: Account) -> tuple[tuple[str, Decimal], ...]:
        """What the same tenants' charges cost in the closed months before, the earliest first."""
        tenants = [each.tenant for each in account.statements]
        with self.database.transaction() as connection:
            before = [each.month for each in store.months(connection) if str(each.month) < account.root.month]
            sums = [
                (str(month), added(each.cost for each in store.of_month(connection, month, tenants)))
                for month in before[-_HISTORY:]
            ]
        return tuple(sums)

    def in_force(self) -> City:
        """The city in force; an empty one where nothing is in force yet."""
        _, city = self.force.read()
        return city or City(clouds={}, tenants={})

    def city(self) -> City:
        """The city in force. Raises InputError where there is none."""
        _, city = self.force.read()
        if city is None:
            raise InputError("no manifests are in force yet, so there is nothing to state: begin with `tenantry apply`")
        return city

    def _made(
        self, connection: Connection, city: City, month: Month, tenants: Collection[TenantName] | None = None
    ) -> tuple[Statement, ...]:
        place = books.place_of(connection, month, city.policy.statements.cut_off_day)
        return statements_of(books.read(connection, city, place, tenants))


def _closed(connection: Connection, month: Month) -> Closed | None:
    return next((each for each in store.months(connection) if each.month == month), None)


def _must_follow(connection: Connection, month: Month) -> None:
    """Raises InputError: a month left out would never be stated, and its use would be paid by nobody."""
    closed = store.months(connection)
    if closed and closed[-1].month.later(1) != month:
        last = closed[-1].month
        raise InputError(f"{month} does not follow {last}, which was closed last: close {last.later(1)}")


def _event(month: Month, count: int, head: Head, *, actor: Actor, at: datetime) -> Event:
    detail: dict[str, Detail] = {"statements": count, "head": f"{head.count}:{head.digest}"}
    return Event(at=at, actor=actor, action=CLOSED, subject=str(month), detail=detail)
