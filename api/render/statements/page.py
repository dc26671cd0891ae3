"""An account as one page of HTML for people: complete in itself, to be read on a screen and to be printed on A4."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from html import escape
from typing import Final

from api.language.spoken import Language
from api.render.quantity import unit_of
from api.render.statements.charts import bars, columns, strip
from api.render.statements.words import word
from provisioner.statements.account import Account
from provisioner.statements.statement import ZERO, Charge, Correction, ManualLine, QuotaLine, Statement, Unknown
from provisioner.store.codec import resource_of
from provisioner.usage.coverage import Coverage, Span
from provisioner.usage.sightings import TYPED
from tenants.days import ZONE
from tenants.resources import Unit

_STYLE: Final = """
@page { size: A4 landscape; margin: 12mm; }
body { font: 13px/1.5 "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", system-ui, sans-serif;
  color: #1f2937; max-width: 1080px; margin: 24px auto; padding: 0 16px; }
h1 { font-size: 22px; margin: 0 0 4px; } h2 { font-size: 16px; margin: 28px 0 8px; border-bottom: 2px solid #16335f; }
h3 { font-size: 14px; margin: 18px 0 6px; } h2, h3 { break-after: avoid; } section { break-inside: avoid; }
.charts { display: grid; grid-template-columns: 1fr 1fr; gap: 0 28px; } .charts .wide { grid-column: 1 / -1; }
.facts { color: #4b5563; margin: 0 0 16px; } .facts span { margin-right: 20px; }
.provisional { background: #fff8eb; border: 1px solid #c57a09; padding: 6px 10px; }
.cards { display: flex; gap: 12px; flex-wrap: wrap; } .card { border: 1px solid #d1d5db; border-radius: 6px; padding: 10px 16px; }
.card b { display: block; font-size: 20px; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; font-size: 12px; } tr { break-inside: avoid; } thead { display: table-header-group; }
th, td { border-bottom: 1px solid #e5e7eb; padding: 4px 6px; text-align: left; vertical-align: top; }
th { background: #f3f4f6; white-space: nowrap; } td svg { vertical-align: -1px; margin-right: 4px; } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } td.w { white-space: nowrap; }
tr.sum td { font-weight: 600; background: #f9fafb; } .gap { color: #8a5206; font-weight: 600; } svg { max-width: 100%; height: auto; }
footer { margin-top: 28px; color: #4b5563; } .sign { margin-top: 40px; border-top: 1px solid #1f2937; width: 320px; padding-top: 4px; }
@media print { body { margin: 0; padding: 0; max-width: none; } .charts { gap: 0 20px; } footer { break-inside: avoid; break-before: avoid; } }
"""
_WHOLE: Final = 1000
_SECOND: Final = timedelta(seconds=1)
#: Gaps that are written out; coverage tells how many seconds all are.
_GAPS: Final = 5
#: So many digits of the manifests' fingerprint; CSV and JSON have all.
_FINGERPRINT: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is shown, to whom."""

    account: Account
    language: Language
    #: What the part's charges cost in months before, the earliest first.
    history: Sequence[tuple[str, Decimal]] = ()

    def html(self) -> str:
        """The page."""
        body = [self._head(), self._charts()]
        body += [self._statement(each) for each in self.account.statements]
        body.append(f'<footer><p>{self._word("rounding")}</p><p class="sign">{self._word("confirmed")}</p></footer>')
        title = f"{self._word('title')} {self.account.root.month} {self.account.root.display_name}"
        return (
            f'<!DOCTYPE html>\n<html lang="{self.language.tag}">\n<head>\n<meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}</title>\n'
            f"<style>{_STYLE}</style>\n</head>\n<body>\n{chr(10).join(body)}\n</body>\n</html>\n"
        )

    def _word(self, key: str, **values: str) -> str:
        return word(key, self.language, **values)

    def _head(self) -> str:
        account, root = self.account, self.account.root
        closed = account.closed_at
        state = self._word("closed", at=_moment(closed)) if closed else self._word("provisional")
        corrected = account.total - account.cost
        previous = account.previous_cost
        change = self._word("no_previous") if previous is None else _signed(account.cost - previous)
        cards = (
            ("cost", _money(account.cost)),
            ("corrections", _signed(corrected)),
            ("total", _money(account.total)),
            ("change", change),
        )
        shown = "".join(f'<div class="card">{self._word(key)}<b>{escape(value)}</b></div>' for key, value in cards)
        facts = (
            *(() if account.system is None else (("system", self._system_name(account)),)),
            ("month", root.month),
            ("period", _span(root.period)),
            ("currency", root.currency or "—"),
            *((("manifests", root.manifests[:_FINGERPRINT]),) if root.manifests else ()),
        )
        listed = "".join(f"<span>{self._word(key)}: {escape(value)}</span>" for key, value in facts)
        banner = f'<p class="{"facts" if closed else "provisional"}">{escape(state)}</p>'
        return (
            f"<h1>{escape(root.display_name)}</h1><p>{self._word('title')}</p>"
            f'<p class="facts">{listed}</p>{banner}<div class="cards">{shown}</div>'
        )

    def _charts(self) -> str:
        statements = self.account.statements
        items: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        for statement in statements:
            for line in statement.charges:
                items[line.rate.name if line.rate else self._word("no_price")] += line.cost
            for entered in statement.manual:
                items[entered.item] += entered.cost
        chosen = {"by_service": tuple(items.items())}
        if self.account.system is None:
            chosen["by_system"] = tuple(
                (self._named(each.system, each.name), each.cost) for each in self.account.systems
            )
        if len(statements) > 1:
            chosen["by_unit"] = tuple((each.display_name, each.cost) for each in statements)
        parts = [
            f"<section><h2>{self._word(key)}</h2>{bars(sums, self._word(key), self._word('rest'))}</section>"
            for key, sums in chosen.items()
            if any(cost for _, cost in sums)
        ]
        if self.history:
            months = [*self.history, (self.account.root.month, self.account.cost)]
            chart = columns(months, self._word("history"))
            parts.append(f'<section class="wide"><h2>{self._word("history")}</h2>{chart}</section>')
        return f'<div class="charts">{"".join(parts)}</div>'

    def _statement(self, statement: Statement) -> str:
        sections: list[tuple[str, str]] = []
        if statement.charges:
            sections.append(("charges", self._charges(statement)))
        if statement.manual:
            sections.append(("manual", self._manual(statement.manual)))
        if statement.corrections:
            sections.append(("corrections", self._corrections(statement.corrections)))
        if statement.quotas:
            sections.append(("quotas", self._quotas(statement.quotas, statement.period)))
        if statement.unknown:
            note = f'<p class="gap">{self._word("unknown_note")}</p>'
            sections.append(("unknown", note + self._unknown(statement.unknown, statement.period)))
        shown = "".join(f"<h3>{self._word(key)}</h3>{table}" for key, table in sections)
        nothing = f"<p>{self._word('none')}</p>"
        return f"<h2>{escape(statement.display_name)}</h2>{self._sums(statement)}{shown or nothing}"

    def _sums(self, statement: Statement) -> str:
        previous = statement.previous_cost
        sums = (
            ("cost", _money(statement.cost)),
            ("corrections", _signed(statement.total - statement.cost)),
            ("total", _money(statement.total)),
            ("previous", "—" if previous is None else _money(previous)),
        )
        return f'<p class="facts">{"".join(f"<span>{self._word(key)}: {value}</span>" for key, value in sums)}</p>'

    def _charges(self, statement: Statement) -> str:
        heads = (
            "cloud",
            "project",
            "system",
            "item",
            "variant",
            "from",
            "quantity",
            "unit",
            "price",
            "amount",
            "previous",
        )
        whole = statement.period
        rows = [
            (
                *self._about(each),
                _days(each.period) if each.period != whole else "",
                f"{each.quantity:,}",
                self._unit(each.unit),
                f"{each.rate.price:f}" if each.rate else self._word("no_price"),
                _money(each.cost),
                "—" if each.previous_cost is None else _money(each.previous_cost),
                _Raw(self._known(each.coverage, each.period)),
            )
            for each in statement.charges
        ]
        charged = sum((each.cost for each in statement.charges), ZERO)
        total = (self._word("sum"), *[""] * 8, _money(charged), "", "")
        return self._table((*heads, "coverage"), rows, numbers={6, 8, 9, 10}, total=total)

    def _about(self, line: Charge | Correction) -> tuple[str, str, str, str, str]:
        item = line.rate.name if line.rate else f"{self._word(line.sort)} · {self._word(line.measure)}"
        holder = line.holder
        return holder.cloud, holder.name, self._named(holder.system, holder.system_name), item, self._variant(line)

    def _variant(self, line: Charge | Correction) -> str:
        return line.variant or (self._word("no_type") if line.sort in TYPED else "")

    def _unit(self, unit: str) -> str:
        """`GiB-month` in the page's words."""
        if self.language is not Language.CHINESE:
            return unit
        amount, _, term = unit.rpartition("-")
        return f"{self._word('piece') if amount == 'unit' else amount}·{self._word(f'per_{term}')}"

    def _named(self, system: str, name: str) -> str:
        return name or system or self._word("no_system")

    def _system_name(self, account: Account) -> str:
        name = next((each.name for each in account.systems if each.name), "")
        return f"{name} ({account.system})" if name else self._named(account.system or "", name)

    def _manual(self, lines: Iterable[ManualLine]) -> str:
        rows = [
            (
                self._named(each.system, each.system_name),
                each.item,
                f"{each.quantity:,f}",
                each.unit,
                f"{each.price:f}",
                _money(each.cost),
                each.entered_by,
            )
            for each in lines
        ]
        heads = ("system", "item", "quantity", "unit", "price", "amount", "entered_by")
        return self._table(heads, rows, numbers={2, 4, 5})

    def _corrections(self, lines: Iterable[Correction]) -> str:
        heads = ("cloud", "project", "system", "item", "variant", "of_month", "quantity", "unit", "price", "amount")
        rows = [
            (
                *self._about(each),
                each.month,
                f"{each.quantity:+,}",
                self._unit(each.unit),
                f"{each.rate.price:f}" if each.rate else self._word("no_price"),
                _signed(each.cost),
            )
            for each in lines
        ]
        return self._table(heads, rows, numbers={6, 8, 9})

    def _quotas(self, lines: Iterable[QuotaLine], period: Span) -> str:
        heads = ("cloud", "project", "resource", "held_average", "held_peak", "used_average", "used_peak", "coverage")
        rows = [
            (
                each.holder.cloud,
                each.holder.name,
                _with_unit(each.resource),
                self._word("unlimited") if each.unlimited else f"{each.held_average:,}",
                self._word("unlimited") if each.unlimited else f"{each.held_peak:,}",
                "—" if each.used_average is None else f"{each.used_average:,}",
                "—" if each.used_peak is None else f"{each.used_peak:,}",
                _Raw(self._known(each.coverage, period)),
            )
            for each in lines
        ]
        return self._table(heads, rows, numbers={3, 4, 5, 6})

    def _unknown(self, lines: Iterable[Unknown], period: Span) -> str:
        rows = [
            (
                each.holder.cloud,
                each.holder.name,
                self._word(each.sort),
                "; ".join(_span(gap) for gap in each.coverage.gaps[:_GAPS])
                + ("; …" if len(each.coverage.gaps) > _GAPS else ""),
                _Raw(self._known(each.coverage, period)),
            )
            for each in lines
        ]
        return self._table(("cloud", "project", "resource", "time", "coverage"), rows)

    def _known(self, coverage: Coverage, period: Span) -> str:
        share = _percent(coverage)
        mark = ' class="gap"' if coverage.gaps else ""
        return f"{strip(coverage, period, share)}<span{mark}>{share}</span>"

    def _table(
        self,
        heads: Sequence[str],
        rows: Iterable[Sequence[str]],
        *,
        numbers: set[int] = frozenset(),  # type: ignore[assignment]  # read only
        total: Sequence[str] = (),
    ) -> str:
        def cells(row: Sequence[str], tag: str) -> str:
            return "".join(
                f"<{tag}{' class=n' if place in numbers else ' class=w' if isinstance(each, _Raw) else ''}>{each if isinstance(each, _Raw) else escape(each)}</{tag}>"
                for place, each in enumerate(row)
            )

        head = cells([self._word(each) for each in heads], "th")
        body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
        last = f'<tr class="sum">{cells(total, "td")}</tr>' if total else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}{last}</tbody></table>"


class _Raw(str):
    """Markup of our own: it is not escaped."""

    __slots__ = ()


def _with_unit(resource: str) -> str:
    """A quota's name, with the unit of the numbers beside it where it is not a count."""
    unit = unit_of(resource_of(resource))
    return resource if unit is Unit.COUNT else f"{resource} ({unit.value})"


def _percent(coverage: Coverage) -> str:
    """Known of asked, rounded down: what has a gap is never shown as whole."""
    tenths = coverage.covered_seconds * _WHOLE // coverage.asked_seconds if coverage.asked_seconds else _WHOLE
    return f"{tenths // 10}.{tenths % 10} %"


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _signed(amount: Decimal) -> str:
    return f"{amount:+,.2f}" if amount else "0.00"


def _span(period: Span) -> str:
    return f"{_moment(period.start)} – {_moment(period.end)}"


def _days(period: Span) -> str:
    """From the first day to the last: prices change at midnight, and so do months."""
    first, last = period.start.astimezone(ZONE), period.end.astimezone(ZONE) - _SECOND
    return f"{first:%m-%d} – {last:%m-%d}"


def _moment(at: datetime) -> str:
    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
