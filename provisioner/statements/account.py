"""Statements together: a part of the tree, and in it one business system. Pure."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from provisioner.statements.statement import ZERO, Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemSum:
    """What one business system cost; what is of none has an empty code."""

    system: str
    name: str
    cost: Decimal = ZERO
    total: Decimal = ZERO


def of_system(statement: Statement, system: str, previous: Statement | None) -> Statement:
    """The part of a statement that is of one system, or of none where its code is empty; beside the same of last month's."""
    charges = tuple(each for each in statement.charges if each.holder.system == system)
    corrections = tuple(each for each in statement.corrections if each.holder.system == system)
    manual = tuple(each for each in statement.manual if each.system == system)
    holders = [*(each.holder for each in charges), *(each.holder for each in corrections)]
    places = {(each.cloud, each.project) for each in holders}
    cost = sum([*(each.cost for each in charges), *(each.cost for each in manual)], ZERO)
    return replace(
        statement,
        charges=charges,
        corrections=corrections,
        manual=manual,
        quotas=tuple(each for each in statement.quotas if each.holder.system == system),
        unknown=tuple(
            each
            for each in statement.unknown
            if each.holder.system == system or (each.holder.cloud, each.holder.project) in places
        ),
        cost=cost,
        total=sum((each.cost for each in corrections), cost),
        previous_cost=None if previous is None else of_system(previous, system, None).cost,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A part of the tree: a tenant's own statement and those below it, whose sums are the part's."""

    root: Statement
    #: All of the part, the root's first.
    statements: tuple[Statement, ...] = field(default_factory=tuple)
    #: None while the month is not closed: figures may still change.
    closed_at: datetime | None = None
    #: The system that it is of alone; empty: of none; None: of all.
    system: str | None = None

    @property
    def cost(self) -> Decimal:
        """What this month's charges of all cost."""
        return sum((each.cost for each in self.statements), ZERO)

    @property
    def total(self) -> Decimal:
        """The same with corrections."""
        return sum((each.total for each in self.statements), ZERO)

    @property
    def systems(self) -> tuple[SystemSum, ...]:
        """What each system cost, by code, and last what is of none; with corrections."""
        sums: dict[str, SystemSum] = {}
        for statement in self.statements:
            lines = (
                *((each.holder.system, each.holder.system_name, each.cost, each.cost) for each in statement.charges),
                *((each.system, each.system_name, each.cost, each.cost) for each in statement.manual),
                *((each.holder.system, each.holder.system_name, ZERO, each.cost) for each in statement.corrections),
            )
            for system, name, cost, total in lines:
                known = sums.get(system, SystemSum(system=system, name=name))
                sums[system] = replace(known, cost=known.cost + cost, total=known.total + total)
        return tuple(sorted(sums.values(), key=lambda each: (not each.system, each.system)))

    @property
    def previous_cost(self) -> Decimal | None:
        """What last month's charges of those cost that had a statement; None where none had."""
        known = [each.previous_cost for each in self.statements if each.previous_cost is not None]
        return sum(known, ZERO) if known else None
