"""Statements shown and closed."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from api.accounting import books, manual
from api.accounting.books import Ground
from api.accounting.knowable import so_far
from monitoring.statements.building import statements_of
from monitoring.statements.money import added
from provisioner.access import subtree
from provisioner.audit import Detail, Event, Examination, Head
from provisioner.errors import InputError
from provisioner.operation import Actor
from provisioner.reconciliation.force import CityInForce
from provisioner.statements.account import Account, of_system
from provisioner.statements.months import Month
from provisioner.statements.statement import NO_SYSTEM, UNASSIGNED, Statement
from provisioner.store import audit, usage_coverages
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
        self,
        month: Month,
        tenant: TenantName,
        visible: Collection[TenantName] | None = None,
        *,
        system: str | None = None,
    ) -> Account | None:
        """A tenant's statement with those below it, closed or as it would be now; None where there is none.

        `visible` bounds what is put into it; None: nothing is hidden. With a system's code it is that system's alone
        (`NO_SYSTEM`: what is of none), and None where nothing is of that system. Raises InputError where nothing is in
        force, or the month has not begun.
        """
        ground = self._ground()
        chosen = None if tenant == UNASSIGNED else subtree(ground.city.tenants, tenant)
        with self.database.transaction() as connection:
            closed = _closed(connection, month)
            made = store.of_month(connection, month) if closed else self._made(connection, ground, month, chosen)
            part = books.subtree_order(made, tenant)
            shown = tuple(each for each in part if visible is None or each.tenant in visible)
            if not shown or shown[0].tenant != tenant:
                return None
            account = Account(root=shown[0], statements=shown, closed_at=closed.at if closed else None)
            if system is None:
                return account
            before = store.of_month(connection, month.later(-1), [each.tenant for each in shown])
        return _of_system(account, "" if system == NO_SYSTEM else system, {each.tenant: each for each in before})

    def of_month(self, month: Month) -> tuple[tuple[Statement, ...], Closed | None]:
        """The statements of all tenants, and how they were closed, if they were."""
        ground = self._ground()
        with self.database.transaction() as connection:
            closed = _closed(connection, month)
            made = store.of_month(connection, month) if closed else self._made(connection, ground, month)
        return made, closed

    def close(self, month: Month, actor: Actor, entered: str | None = None) -> Closed:
        """Close a month for good. One that is closed stays as it is.

        `entered` are lines for what nobody meters, as `api.accounting.manual` reads them. Raises InputError where they are
        wrong, the month has not ended, or the month before is not closed and an earlier one is; where it would be the first and
        nothing was looked at in it; and where it is closed already and there are lines, for they would be lost.
        """
        ground, at = self._ground(), self.now()
        if entered is not None:
            ground = replace(ground, manual=manual.lines(entered, ground.city, actor))
        with self.database.transaction() as connection:
            store.lock(connection)
            if (closed := _closed(connection, month)) is not None:
                if ground.manual:
                    raise InputError(f"{month} is closed, so nothing can be entered: enter it in the month after")
                return closed
            _must_follow(connection, month)
            place = books.place_of(connection, month, ground.city.policy.statements.cut_off_day)
            if at < place.period.end:
                raise InputError(f"{month} cannot be closed before it ends, {place.period.end.isoformat()}")
            if not ground.manual:
                _must_tell_something(connection, place)
            made = books.read(connection, ground, place)
            statements = statements_of(made)
            head = store.append(connection, made.terms, statements, actor=actor, at=at)
            count = sum(len(each.manual) for each in statements)
            counts = {"statements": len(statements), **({"manualLines": count} if count else {})}
            event = _event(month, head, counts, actor=actor, at=at)
            audit.append(connection, event)
            result = _closed(connection, month)
        if result is None:
            raise AssertionError("what was just written is there")
        return result

    def verify(self, kept: Head | None = None) -> Examination:
        """Read the whole chain of closed statements, and say what is wrong with it."""
        with self.database.transaction() as connection:
            return store.examine(connection, kept=kept)

    def history(self, account: Account) -> tuple[tuple[str, Decimal], ...]:
        """What the same tenants' charges cost in the closed months before, the earliest first; of a system, its own."""
        system = account.system
        tenants = [each.tenant for each in account.statements]
        with self.database.transaction() as connection:
            before = [each.month for each in store.months(connection) if str(each.month) < account.root.month]
            sums = [
                (
                    str(month),
                    added(
                        (each if system is None else of_system(each, system, None)).cost
                        for each in store.of_month(connection, month, tenants)
                    ),
                )
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
            raise InputError("no manifests are in force yet, so there is nothing to show: begin with `tenantry apply`")
        return city

    def _ground(self) -> Ground:
        """What is in force. Raises InputError where nothing is."""
        city = self.city()
        force, _ = self.force.read()
        return Ground(city=city, manifests=force.fingerprint)

    def _made(
        self, connection: Connection, ground: Ground, month: Month, tenants: Collection[TenantName] | None = None
    ) -> tuple[Statement, ...]:
        place = books.place_of(connection, month, ground.city.policy.statements.cut_off_day)
        if place.period.start > self.now():
            raise InputError(f"{month} has not begun: it begins {place.period.start.isoformat()}")
        made = books.read(connection, ground, place, tenants)
        known = so_far(made.coverage, usage_coverages.looked(connection), self.now())
        return statements_of(replace(made, coverage=known))


def _of_system(account: Account, system: str, before: Mapping[TenantName, Statement]) -> Account | None:
    """A system's part of it; None where it has none."""
    parts = [of_system(each, system, before.get(each.tenant)) for each in account.statements]
    if not any(each.charges or each.corrections or each.manual or each.quotas for each in parts):
        return None
    # What a unit no longer has of it is part of what the last month cost.
    kept = tuple(
        each for each in parts if each.tenant == account.root.tenant or each.charges or each.total or each.previous_cost
    )
    return replace(account, root=parts[0], statements=kept, system=system)


def _closed(connection: Connection, month: Month) -> Closed | None:
    return next((each for each in store.months(connection) if each.month == month), None)


def _must_follow(connection: Connection, month: Month) -> None:
    """Raises InputError: a month left out would never be stated, and its use would be paid by nobody."""
    closed = store.months(connection)
    if closed and closed[-1].month.later(1) != month:
        last = closed[-1].month
        raise InputError(f"{month} does not follow {last}, which was closed last: close {last.later(1)}")


def _must_tell_something(connection: Connection, place: books.Place) -> None:
    """Raises InputError: closings cannot be taken back, and a first one of a month without metering is a slip of the pen."""
    if not store.months(connection) and usage_coverages.is_blank(connection, place.period):
        raise InputError(
            f"nothing was metered in {place.month}, and no month before it is closed: begin with one of which something is known"
        )


def _event(month: Month, head: Head, counts: Mapping[str, int], *, actor: Actor, at: datetime) -> Event:
    detail: dict[str, Detail] = {**counts, "head": f"{head.count}:{head.digest}"}
    return Event(at=at, actor=actor, action=CLOSED, subject=str(month), detail=detail)
