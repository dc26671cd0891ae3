"""Statements at a terminal."""

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console

from api.render.moments import moment, period
from api.render.output import Document
from api.render.page import Column, Group, Page, Part
from api.render.quantity import UNKNOWN
from provisioner.audit import Examination
from provisioner.statements.account import Account
from provisioner.statements.statement import Charge, Correction, Holder, ManualLine, Statement
from provisioner.store.statements import Closed
from provisioner.usage.sightings import TYPED

_COLUMNS = (
    Column(title="cloud"),
    Column(title="project", flexible=True),
    Column(title="system", flexible=True),
    Column(title="item", flexible=True),
    Column(title="quantity", right=True),
    Column(title="unit"),
    Column(title="price", right=True),
    Column(title="cost", right=True),
    Column(title="known", right=True),
)
_TENTHS = 1000


def print_account(console: Console, account: Account) -> None:
    """A part of the tree: its sums, and each statement's lines."""
    page, root = Page(console), account.root
    state = f"closed {moment(account.closed_at)}" if account.closed_at else "provisional"
    page.line((f"{root.display_name} ({root.tenant}) {root.month}", "bold"), f", {state}")
    page.line(period(root.period))
    if account.system is not None:
        name = next((each.name for each in account.systems if each.name), "")
        page.line(f"System {account.system} {name}".rstrip() if account.system else "What is of no system")
    groups = [
        Group(heading=[[(f"{each.display_name}: {each.total:,} {each.currency}", "bold")]], rows=_rows(each))
        for each in account.statements
        if each.charges or each.corrections or each.manual
    ]
    if groups:
        page.gap()
        page.table(_COLUMNS, groups)
    page.gap()
    # Without a price list there is no currency either.
    page.line((f"Total {account.total:,} {root.currency}".rstrip(), "bold"), f", of it {account.cost:,} for this month")
    places = {(each.holder.cloud, each.holder.name) for one in account.statements for each in one.unknown}
    if places:
        what = "1 project's" if len(places) == 1 else f"{len(places)} projects'"
        page.line((f"Not all of the month is known of {what} resources: --json and --html tell the times.", "yellow"))


def print_months(console: Console, found: Sequence[Closed]) -> None:
    """The months that are closed."""
    page = Page(console)
    if not found:
        page.line("No month is closed.")
        return
    columns = (
        *(Column(title=title) for title in ("month", "closed", "by")),
        Column(title="statements", right=True),
        Column(title="digest of the last"),
    )
    rows = [(str(each.month), moment(each.at), each.actor, str(each.count), each.digest) for each in found]
    page.table(columns, [Group(rows=rows)])


def months_document(found: Iterable[Closed]) -> Mapping[str, Document]:
    """The same."""
    return {"months": [month_document(each) for each in found]}


def month_document(each: Closed) -> Mapping[str, Document]:
    """A closed month."""
    return {
        "month": str(each.month),
        "start": each.terms.period.start.isoformat(),
        "end": each.terms.period.end.isoformat(),
        "closedAt": each.at.isoformat(),
        "closedBy": each.actor,
        "statements": each.count,
        "priceLists": [f"{found.name} {found.version}" for found in each.terms.price_lists],
        "digest": each.digest,
    }


def print_examination(console: Console, found: Examination) -> None:
    """Whether the chain is whole."""
    page = Page(console)
    for each in found.findings:
        page.line((f"{each.kind}: ", "bold red"), each.message)
    if not found.findings:
        page.line(("Whole: ", "bold green"), f"{found.end.count} entries, as they were closed.")
    page.line(f"Head: {found.end.count}:{found.end.digest}")


def _rows(statement: Statement) -> list[Sequence[Part]]:
    return [
        *(_charge(each) for each in statement.charges),
        *(_manual(each) for each in statement.manual),
        *(_correction(each) for each in statement.corrections),
    ]


def _charge(each: Charge) -> Sequence[Part]:
    known = each.coverage
    tenths = known.covered_seconds * _TENTHS // known.asked_seconds if known.asked_seconds else _TENTHS
    share = f"{tenths // 10}.{tenths % 10}%"
    variant = each.variant or ("type unknown" if each.sort in TYPED else "")
    cells = _cells(each, f"{each.rate.name if each.rate else _what(each)} {variant}".rstrip())
    return (*cells, (share, "yellow") if known.gaps else share)


def _correction(each: Correction) -> Sequence[Part]:
    name = each.rate.name if each.rate else _what(each)
    return (*_cells(each, f"{each.month}, corrected: {name}"), "")


def _manual(each: ManualLine) -> Sequence[Part]:
    system = each.system_name or each.system or UNKNOWN
    return (
        UNKNOWN,
        UNKNOWN,
        system,
        each.item,
        f"{each.quantity:,f}",
        each.unit,
        f"{each.price:f}",
        f"{each.cost:,}",
        "",
    )


def _system(holder: Holder) -> str:
    return holder.system_name or holder.system or UNKNOWN


def _what(each: Charge | Correction) -> str:
    return f"{each.sort} {each.measure.removesuffix('_bytes')}"


def _cells(each: Charge | Correction, item: str) -> Sequence[Part]:
    rate = each.rate
    return (
        each.holder.cloud,
        each.holder.name,
        _system(each.holder),
        item,
        f"{each.quantity:,}",
        each.unit,
        f"{rate.price:f}" if rate else "no price",
        f"{each.cost:,}",
    )
