"""Charges with the column names of FOCUS 1.1, the FinOps Open Cost and Usage Specification (https://focus.finops.org).

A row is a charge, a correction, or a line that was entered by hand. What FOCUS has no column for begins with `x_`, as it prescribes: coverage, bounds, quota,
the business system. Money and quantities are text with all their digits.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from provisioner.statements.account import Account
from provisioner.statements.statement import Charge, Correction, ManualLine, QuotaLine, Statement
from provisioner.usage.coverage import Coverage, Span
from provisioner.usage.quantities import Measure
from provisioner.usage.sightings import Sort

Row = Mapping[str, str | None]
#: Whose service it is, and who states it.
_PROVIDER: Final = "Tenantry"
_CATEGORIES: Final[Mapping[Sort, tuple[str, str]]] = {
    Sort.SERVER: ("Compute", "Compute"),
    Sort.VOLUME: ("Storage", "Block Storage"),
    Sort.SNAPSHOT: ("Storage", "Block Storage Snapshot"),
    Sort.BACKUP: ("Storage", "Block Storage Backup"),
    Sort.IMAGE: ("Storage", "Image"),
    Sort.FLOATING_IP: ("Networking", "Floating IP"),
}
#: The quota that bounds what is charged.
_QUOTAS: Final[Mapping[tuple[Sort, Measure], str]] = {
    (Sort.SERVER, Measure.COUNT): "compute/instances",
    (Sort.SERVER, Measure.VCPUS): "compute/cores",
    (Sort.SERVER, Measure.MEMORY_BYTES): "compute/ram",
    (Sort.VOLUME, Measure.COUNT): "block-storage/volumes",
    (Sort.VOLUME, Measure.SIZE_BYTES): "block-storage/gigabytes",
    (Sort.SNAPSHOT, Measure.COUNT): "block-storage/snapshots",
    (Sort.FLOATING_IP, Measure.COUNT): "network/floatingip",
}
#: A cell that begins so is a formula to a spreadsheet.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
#: Columns whose text people chose.
_NAMES: Final = frozenset(
    {
        "BillingAccountName",
        "SubAccountName",
        "ChargeDescription",
        "x_SystemId",
        "x_SystemName",
        "x_PriceListVersion",
        "SkuMeter",
        "ConsumedUnit",
        "PricingUnit",
        "x_EnteredBy",
    }
)
COLUMNS: Final = (
    *("BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodStart", "BillingPeriodEnd"),
    *("ChargePeriodStart", "ChargePeriodEnd", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargeFrequency"),
    *("SubAccountId", "SubAccountName", "ProviderName", "PublisherName", "InvoiceIssuerName", "RegionId", "RegionName"),
    *(
        "ResourceId",
        "ResourceName",
        "ResourceType",
        "ServiceCategory",
        "ServiceName",
        "SkuId",
        "SkuPriceId",
        "SkuMeter",
    ),
    *("ConsumedQuantity", "ConsumedUnit", "PricingCategory", "PricingQuantity", "PricingUnit"),
    *("ListUnitPrice", "ListCost", "ContractedUnitPrice", "ContractedCost", "EffectiveCost", "BilledCost"),
    *("x_StatementState", "x_ParentAccountId", "x_SystemId", "x_SystemName", "x_PriceList", "x_PriceListVersion"),
    *("x_ConsumedSeconds", "x_ConsumedSecondsLeast", "x_ConsumedSecondsMost", "x_UnitSeconds"),
    *("x_CoveredSeconds", "x_AskedSeconds", "x_CoverageGaps", "x_PreviousCost", "x_CorrectedMonth"),
    *("x_EnteredBy", "x_Manifests"),
    *("x_QuotaHeldAverage", "x_QuotaHeldPeak", "x_QuotaUsedAverage", "x_QuotaUsedPeak"),
)


def rows(account: Account) -> Iterator[Row]:
    """Every charge, manual line and correction of all statements of an account, with all columns."""
    for statement in account.statements:
        yield from rows_of(statement, closed=account.closed_at is not None)


def rows_of(statement: Statement, *, closed: bool) -> Iterator[Row]:
    """Every charge, manual line and correction of one statement."""
    quotas = {(each.holder.cloud, each.holder.project, each.resource): each for each in statement.quotas}
    state = "closed" if closed else "provisional"
    for each in statement.charges:
        quota = quotas.get((each.holder.cloud, each.holder.project, _QUOTAS.get((each.sort, each.measure), "")))
        yield _row({**_common(statement, each), **_charge(each), **_quota(quota), "x_StatementState": state})
    for line in statement.manual:
        yield _row(
            {**_head(statement), **_times("ChargePeriod", statement.period), **_manual(line), "x_StatementState": state}
        )
    for correction in statement.corrections:
        yield _row({**_common(statement, correction), **_correction(correction), "x_StatementState": state})


def csv_text(account: Account) -> str:
    """The rows as CSV (RFC 4180) with a header. Write it with a byte-order mark: spreadsheets need one to read Chinese."""
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, COLUMNS)
    writer.writeheader()
    for row in rows(account):
        writer.writerow({name: _cell(name, value) for name, value in row.items()})
    return stream.getvalue()


def instant(at: datetime) -> str:
    """A time as FOCUS has it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def gaps_text(coverage: Coverage) -> str:
    """Gaps as intervals (ISO 8601), apart by spaces."""
    return " ".join(f"{instant(each.start)}/{instant(each.end)}" for each in coverage.gaps)


def _row(known: Row) -> Row:
    return {name: known.get(name) for name in COLUMNS}


def _common(statement: Statement, line: Charge | Correction) -> Row:
    category, service = _CATEGORIES[line.sort]
    rate, holder = line.rate, line.holder
    price = f"{rate.price:f}" if rate else None
    cost = f"{line.cost:f}"
    return {
        **_head(statement),
        **_times("ChargePeriod", line.period),
        "ChargeCategory": "Usage",
        "ChargeDescription": rate.name if rate else f"{line.sort} {line.measure}: no price",
        "ChargeFrequency": "Usage-Based",
        "SubAccountId": holder.project,
        "SubAccountName": holder.name,
        "RegionId": holder.cloud,
        "RegionName": holder.cloud,
        "ResourceType": line.sort.value,
        "ServiceCategory": category,
        "ServiceName": service,
        "SkuId": rate.sku if rate else None,
        "SkuPriceId": f"{rate.price_list}/{rate.sku}" if rate else None,
        "SkuMeter": line.variant or None,
        "ConsumedQuantity": f"{line.quantity:f}",
        "ConsumedUnit": line.unit,
        "PricingCategory": "Standard" if rate else None,
        "PricingQuantity": f"{line.quantity:f}",
        "PricingUnit": line.unit,
        **_priced(price, cost),
        "x_SystemId": holder.system or None,
        "x_SystemName": holder.system_name or None,
        "x_PriceList": rate.price_list if rate else None,
        "x_PriceListVersion": rate.version if rate else None,
        "x_UnitSeconds": str(rate.unit_seconds) if rate else None,
    }


def _head(statement: Statement) -> Row:
    return {
        "BillingAccountId": statement.tenant,
        "BillingAccountName": statement.display_name,
        "BillingCurrency": statement.currency or None,
        **_times("BillingPeriod", statement.period),
        "ProviderName": _PROVIDER,
        "PublisherName": _PROVIDER,
        "InvoiceIssuerName": _PROVIDER,
        "x_ParentAccountId": statement.parent,
        "x_Manifests": statement.manifests or None,
    }


def _priced(price: str | None, cost: str) -> Row:
    return {
        "ListUnitPrice": price,
        "ListCost": cost,
        "ContractedUnitPrice": price,
        "ContractedCost": cost,
        "EffectiveCost": cost,
        "BilledCost": cost,
    }


def _manual(line: ManualLine) -> Row:
    return {
        "ChargeCategory": "Purchase",
        "ChargeDescription": line.item,
        "ChargeFrequency": "One-Time",
        "ServiceCategory": "Other",
        "ServiceName": "Manual",
        # No ConsumedQuantity: FOCUS leaves it to what was metered.
        "PricingCategory": "Standard",
        "PricingQuantity": f"{line.quantity:f}",
        "PricingUnit": line.unit,
        **_priced(f"{line.price:f}", f"{line.cost:f}"),
        "x_SystemId": line.system or None,
        "x_SystemName": line.system_name or None,
        "x_EnteredBy": line.entered_by,
    }


def _charge(line: Charge) -> Row:
    return {
        "x_ConsumedSeconds": str(line.used.metered),
        "x_ConsumedSecondsLeast": str(line.used.least),
        "x_ConsumedSecondsMost": str(line.used.most),
        "x_CoveredSeconds": str(line.coverage.covered_seconds),
        "x_AskedSeconds": str(line.coverage.asked_seconds),
        "x_CoverageGaps": gaps_text(line.coverage) or None,
        "x_PreviousCost": None if line.previous_cost is None else f"{line.previous_cost:f}",
    }


def _correction(line: Correction) -> Row:
    return {
        "ChargeClass": "Correction",
        "x_ConsumedSeconds": str(line.found - line.stated),
        "x_CorrectedMonth": line.month,
    }


def _quota(line: QuotaLine | None) -> Row:
    if line is None:
        return {}
    return {
        "x_QuotaHeldAverage": None if line.unlimited else f"{line.held_average:f}",
        "x_QuotaHeldPeak": None if line.unlimited else str(line.held_peak),
        "x_QuotaUsedAverage": None if line.used_average is None else f"{line.used_average:f}",
        "x_QuotaUsedPeak": None if line.used_peak is None else str(line.used_peak),
    }


def _times(name: str, period: Span) -> Row:
    return {f"{name}Start": instant(period.start), f"{name}End": instant(period.end)}


def _cell(name: str, value: str | None) -> str:
    text = value or ""
    return f"'{text}" if name in _NAMES and text.startswith(_FORMULA) else text
