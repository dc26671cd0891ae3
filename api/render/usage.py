"""What was used, in resource-hours, and what clouds have left."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from rich.console import Console

from api.accounting.capacity import CloudCapacity
from api.accounting.usage import Used
from api.render.moments import moment
from api.render.moments import period as spoken_period
from api.render.output import Document
from api.render.page import Column, Group, Page, Part
from api.render.quantity import UNKNOWN, amount, size, unit_of
from api.render.statements.document import coverage_document
from monitoring.statements.money import rounded
from provisioner.usage.coverage import Span
from provisioner.usage.quantities import Measure
from provisioner.usage.sightings import TYPED, Sort

#: Seconds of an hour, and what each measure is divided by beside, to be read.
_GIB = 2**30
_HOUR = 3600
_BYTES = frozenset({Measure.MEMORY_BYTES, Measure.ROOT_BYTES, Measure.EPHEMERAL_BYTES, Measure.SIZE_BYTES})
_TENTHS = 1000


def print_usage(console: Console, found: Sequence[Used], period: Span) -> None:
    """A table by tenant; quotas are left to JSON, for they are held and not used."""
    page = Page(console)
    page.line((spoken_period(period), "bold"))
    shown = [each for each in found if each.line.sort not in {Sort.QUOTA, Sort.QUOTA_USE}]
    if not shown:
        page.line("Nothing was metered.")
        return
    titles = ("tenant", "cloud", "project", "system", "what", "variant", "state")
    columns = (
        *(Column(title=title, flexible=title in {"project", "system"}) for title in titles),
        Column(title="used", right=True),
        Column(title="unit"),
        Column(title="known", right=True),
    )
    page.table(columns, [Group(rows=[_row(each) for each in shown])])


def usage_document(found: Iterable[Used], period: Span) -> Mapping[str, Document]:
    """Every line in whole resource-seconds."""
    return {
        "start": period.start.isoformat(),
        "end": period.end.isoformat(),
        "lines": [
            {
                "tenant": each.line.tenant,
                "cloud": each.line.cloud,
                "project": each.line.project,
                "projectName": each.holder.name,
                "system": each.holder.system or None,
                "resource": each.line.sort.value,
                "variant": each.line.variant,
                "state": each.line.state.value,
                "measure": each.line.measure.value,
                "resourceSeconds": each.quantity.metered,
                "least": each.quantity.least,
                "most": each.quantity.most,
                "coverage": coverage_document(each.coverage),
            }
            for each in found
        ],
    }


def print_capacity(console: Console, found: Sequence[CloudCapacity]) -> None:
    """One row for each cloud and resource."""
    page = Page(console)
    if not found:
        page.line("No cloud's capacity is known yet.")
        return
    titles = ("raw", "can give out", "in use", "quotas", "reserved", "left", "after losing a host")
    columns = (
        Column(title="cloud"),
        Column(title="resource", flexible=True),
        *(Column(title=title, right=True) for title in titles),
        Column(title="seen"),
    )
    page.table(columns, [Group(rows=[_capacity_row(each) for each in found])])


def capacity_document(found: Iterable[CloudCapacity]) -> Mapping[str, Document]:
    """The same rows, in the unit that stands beside them."""
    return {
        "capacity": [
            {
                "cloud": each.cloud,
                "resource": str(each.resource),
                "unit": unit_of(each.resource).value,
                "seenAt": each.at.isoformat(),
                "complete": each.complete,
                "raw": each.raw,
                "allocatable": each.allocatable,
                "inUse": each.in_use,
                "granted": each.granted,
                "unlimitedProjects": each.unlimited_projects,
                "reserved": each.reserved,
                "left": each.left,
                "largestHost": each.largest_host,
                "leftAfterLosingAHost": each.left_after_losing_a_host,
            }
            for each in found
        ]
    }


def _row(each: Used) -> Sequence[Part]:
    line, known = each.line, each.coverage
    divisor = _HOUR * (_GIB if line.measure in _BYTES else 1)
    unit = {Measure.VCPUS: "vCPU-h", Measure.COUNT: "h"}.get(line.measure, "GiB-h")
    what = (
        line.sort.value
        if line.measure in {Measure.COUNT, Measure.SIZE_BYTES}
        else line.measure.value.removesuffix("_bytes")
    )
    tenths = known.covered_seconds * _TENTHS // known.asked_seconds if known.asked_seconds else _TENTHS
    share = f"{tenths // 10}.{tenths % 10}%"
    return (
        line.tenant or UNKNOWN,
        line.cloud,
        each.holder.name,
        each.holder.system_name or each.holder.system or UNKNOWN,
        what,
        line.variant or ("type unknown" if line.sort in TYPED else ""),
        line.state.value,
        f"{rounded(Fraction(each.quantity.metered, divisor), 2):,}",
        unit,
        (share, "yellow") if known.gaps else share,
    )


def _capacity_row(each: CloudCapacity) -> Sequence[Part]:
    unit = unit_of(each.resource)
    unlimited = f" + {each.unlimited_projects} unlimited" if each.unlimited_projects else ""
    return (
        each.cloud,
        each.resource.key,
        amount(each.raw, unit),
        amount(each.allocatable, unit),
        amount(each.in_use, unit),
        size(each.granted, unit) + unlimited,
        size(each.reserved, unit),
        *(_left(value, each) for value in (each.left, each.left_after_losing_a_host)),
        moment(each.at) if each.complete else (f"{moment(each.at)}, partly", "yellow"),
    )


def _left(value: int | None, each: CloudCapacity) -> Part:
    if value is None:
        return UNKNOWN
    return (size(value, unit_of(each.resource)), "bold red" if value < 0 else "bold")
