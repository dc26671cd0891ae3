"""An account as JSON: sums and lines, whose charges have FOCUS's names."""

from collections.abc import Mapping
from decimal import Decimal

from api.render.output import Document
from api.render.statements.focus import rows_of
from provisioner.statements.account import Account
from provisioner.statements.statement import Holder, QuotaLine, Statement, Unknown
from provisioner.usage.coverage import Coverage
from tenants.days import ZONE


def as_document(account: Account) -> Mapping[str, Document]:
    """A part of the tree: its sums, and each statement."""
    root = account.root
    return {
        "month": root.month,
        "start": root.period.start.isoformat(),
        "end": root.period.end.isoformat(),
        "timeZone": str(ZONE),
        "tenant": root.tenant,
        "displayName": root.display_name,
        "state": "closed" if account.closed_at else "provisional",
        "closedAt": account.closed_at.isoformat() if account.closed_at else None,
        "currency": root.currency or None,
        "cost": f"{account.cost:f}",
        "total": f"{account.total:f}",
        "previousCost": _money(account.previous_cost),
        "manifests": root.manifests or None,
        "systems": [
            {
                "system": each.system or None,
                "name": each.name or None,
                "cost": f"{each.cost:f}",
                "total": f"{each.total:f}",
            }
            for each in account.systems
        ],
        "statements": [_statement(each, closed=account.closed_at is not None) for each in account.statements],
    }


def coverage_document(coverage: Coverage) -> Mapping[str, Document]:
    """How much is known, and what is not."""
    return {
        "coveredSeconds": coverage.covered_seconds,
        "askedSeconds": coverage.asked_seconds,
        "gaps": [{"start": each.start.isoformat(), "end": each.end.isoformat()} for each in coverage.gaps],
    }


def _statement(statement: Statement, *, closed: bool) -> Mapping[str, Document]:
    return {
        "tenant": statement.tenant,
        "displayName": statement.display_name,
        "parent": statement.parent,
        "cost": f"{statement.cost:f}",
        "total": f"{statement.total:f}",
        "previousCost": _money(statement.previous_cost),
        "change": _money(statement.change),
        "charges": [dict(each) for each in rows_of(statement, closed=closed)],
        "quotas": [_quota(each) for each in statement.quotas],
        "unknown": [_unknown(each) for each in statement.unknown],
    }


def _quota(line: QuotaLine) -> Mapping[str, Document]:
    return {
        **_holder(line.holder),
        "resource": line.resource,
        "unlimited": line.unlimited,
        "heldAverage": f"{line.held_average:f}",
        "heldPeak": line.held_peak,
        "usedAverage": _money(line.used_average),
        "usedPeak": line.used_peak,
        "coverage": coverage_document(line.coverage),
    }


def _unknown(line: Unknown) -> Mapping[str, Document]:
    return {**_holder(line.holder), "resource": line.sort.value, "coverage": coverage_document(line.coverage)}


def _holder(holder: Holder) -> Mapping[str, Document]:
    return {
        "cloud": holder.cloud,
        "project": holder.project,
        "projectName": holder.name,
        "system": holder.system or None,
    }


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"
