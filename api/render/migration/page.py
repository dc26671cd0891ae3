"""A migration's report as one page of HTML for people: complete in itself, to be read on a screen and to be printed on A4."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Final

from api.language.catalogue import in_language
from api.language.spoken import Language
from api.render.migration.timeline import timeline
from api.render.migration.words import named, word
from api.render.migrations.words import brief, size
from provisioner.migration.migration import Run
from provisioner.migration.report import Answer, Report, Wished
from provisioner.migration.report_document import digest, document, sums, wave_document
from tenants.days import ZONE

_STYLE: Final = """
@page { size: A4 landscape; margin: 12mm; }
body { font: 13px/1.5 "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", system-ui, sans-serif;
  color: #1f2937; max-width: 1080px; margin: 24px auto; padding: 0 16px; }
h1 { font-size: 22px; margin: 0 0 4px; } h2 { font-size: 16px; margin: 28px 0 8px; border-bottom: 2px solid #16335f; }
h3 { font-size: 14px; margin: 18px 0 6px; } h2, h3 { break-after: avoid; }
.facts { color: #4b5563; margin: 0 0 16px; } .facts span { margin-right: 20px; }
.cards { display: flex; gap: 12px; flex-wrap: wrap; } .card { border: 1px solid #d1d5db; border-radius: 6px; padding: 10px 16px; }
.card b { display: block; font-size: 20px; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; font-size: 12px; } tr { break-inside: avoid; } thead { display: table-header-group; }
th, td { border-bottom: 1px solid #e5e7eb; padding: 4px 6px; text-align: left; vertical-align: top; overflow-wrap: break-word; }
td { max-width: 26em; } td.hash { overflow-wrap: anywhere; }
th { background: #f3f4f6; white-space: nowrap; } .hash { font-family: monospace; font-size: 11px; }
svg { max-width: 100%; height: auto; } footer { margin-top: 28px; color: #4b5563; overflow-wrap: anywhere; }
.report + .report { break-before: page; margin-top: 48px; }
@media print { body { margin: 0; padding: 0; max-width: none; } }
"""


def page(report: Report, language: Language) -> str:
    """That of one application."""
    title = f"{word('title', language)} {report.called}"
    return _whole(title, _Part(report=report, language=language).html(), language)


def wave_page(run: Run, reports: Sequence[Report], language: Language) -> str:
    """That of a wave: sums, one line for each application, and then each by itself."""
    summary = _summary(run, reports, language)
    parts = "".join(_Part(report=each, language=language).html() for each in reports)
    return _whole(
        f"{word('wave_title', language)} {run.wave.display_name} ({run.wave.name})", summary + parts, language
    )


def _whole(title: str, body: str, language: Language) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="{language.tag}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _summary(run: Run, reports: Sequence[Report], language: Language) -> str:
    found = sums(reports)
    longest, slowest = found["longestDowntime"], found["slowestCopy"]
    called = {each.name: each.called for each in reports}
    cards = (
        ("application", str(found["applications"])),
        ("servers", str(found["servers"])),
        ("copied", size(found["copiedBytes"])),
        ("downtime", brief(found["downtimeSeconds"])),
        ("longest", "—" if longest is None else f"{brief(longest['seconds'])} · {called[longest['application']]}"),
        (
            "slowest",
            "—" if slowest is None else f"{size(slowest['bytesPerSecond'])}/s · {called[slowest['application']]}",
        ),
        ("failures", str(found["failures"])),
        ("differences", str(found["differences"])),
    )
    rows = [
        (
            each.called,
            named(each.state.value, language),
            _downtime(each, language),
            str(len(each.before)),
            size(sum(step.size or 0 for step in each.steps)),
            str(sum(len(step.failures) for step in each.steps)),
            "—" if each.signed_off is None else each.signed_off.actor,
        )
        for each in reports
    ]
    heads = ("application", "state", "downtime", "servers", "copied", "failures", "signed")
    name = escape(run.wave.display_name)
    proof = escape(word("verify", language, sha256=digest(wave_document(run, reports))))
    return (
        f'<div class="report"><h1>{name}</h1><p>{word("wave_title", language)} · {escape(run.wave.name)}</p>'
        f"{_cards(cards, language)}{_table(heads, rows, language)}<footer><p>{proof}</p></footer></div>"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    report: Report
    language: Language

    def html(self) -> str:
        """All of one application."""
        report = self.report
        sections = (
            ("timeline", timeline(report, self.language) + self._states()),
            ("authority", self._authority()),
            ("disks", self._disks()),
            ("differences", self._differences()),
            ("left", self._left()),
            ("probes", self._probes()),
            ("playbooks", self._playbooks()),
            ("inventory", self._inventory()),
            ("wishes", self._wishes(report.wishes)),
            ("signed", self._signed()),
            ("steps", self._steps()),
        )
        shown = "".join(f"<h2>{self._word(key)}</h2>{body or self._none()}" for key, body in sections)
        proof = self._word("verify", sha256=digest(document(report)))
        return f'<div class="report">{self._head()}{shown}<footer><p>{escape(proof)}</p></footer></div>'

    def _head(self) -> str:
        report = self.report
        facts = (
            ("wave", f"{report.wave_name} ({report.wave})"),
            ("tenant", report.tenant),
            ("mode", named(report.mode.value, self.language)),
            ("from", f"{report.source.cloud} / {report.source.project}"),
            ("to", f"{report.target.cloud} / {report.target.project}"),
            ("started", f"{_moment(report.started_at)} {report.started_by}"),
            ("as_of", _moment(report.as_of)),
            ("times", word("china", self.language)),
        )
        cards = (
            ("state", named(report.state.value, self.language)),
            ("downtime", _downtime(report, self.language)),
            ("servers", str(len(report.before))),
            ("copied", size(sum(each.size or 0 for each in report.steps))),
            ("differences", "—" if report.differences is None else str(len(report.differences))),
            ("failures", str(sum(len(each.failures) for each in report.steps))),
            ("resumptions", str(sum(each.resumptions for each in report.steps))),
        )
        listed = "".join(f"<span>{self._word(key)}: {escape(value)}</span>" for key, value in facts)
        beside = f" · {escape(report.name)}" if report.called != report.name else ""
        return (
            f"<h1>{escape(report.display_name or report.name)}</h1><p>{self._word('title')}{beside}</p>"
            f'<p class="facts">{listed}</p>{_cards(cards, self.language)}'
        )

    def _states(self) -> str:
        rows = [
            (self._moment(each.at), self._named(each.state.value), self._said(each.why)) for each in self.report.states
        ]
        return self._table(("at", "state", "why"), rows)

    def _authority(self) -> str:
        given = self.report.authority
        facts = (("document", given.document), ("origin", given.origin))
        said = "".join(f"<span>{self._word(key)}: {escape(value)}</span>" for key, value in facts if value)
        rows = [
            (
                self._moment(each.at),
                each.actor + (f" ({self._word('for')} {each.stands_for})" if each.stands_for else ""),
                self._named(each.act),
                each.role,
                each.comment,
            )
            for each in given.consents
        ]
        if not said and not rows:
            return f"<p>{self._word('no_authority')}</p>"
        return f'<p class="facts">{said}</p>' + (
            self._table(("at", "who", "act", "phase", "comment"), rows) if rows else ""
        )

    def _disks(self) -> str:
        rates = {each.subject: each.rate for each in self.report.steps if each.rate is not None}
        rows = [
            (
                each.subject,
                each.server,
                f"{each.size} GiB",
                f"{size(rates[each.subject])}/s" if each.subject in rates else "—",
                "\n".join(
                    f"{self._named(kind)}: {name} {value}"
                    for kind, said in each.hashes.items()
                    for name, value in said.items()
                ),
            )
            for each in self.report.disks
        ]
        return self._table(("disk", "server", "size", "rate", "hashes"), rows, hashes={4})

    def _differences(self) -> str:
        found = self.report.differences
        if not found:
            return f"<p>{self._word('not_compared' if found is None else 'no_differences')}</p>"
        rows = [
            (
                each.subject,
                each.what,
                _shown(each.before),
                _shown(each.after),
                self._named(each.verdict.value),
                self._said(each.why),
            )
            for each in found
        ]
        return self._table(("subject", "property", "before", "after", "verdict", "why"), rows)

    def _left(self) -> str:
        rows = [(each.subject, each.what, each.before, self._said(each.why)) for each in self.report.left]
        return self._table(("subject", "property", "before", "why"), rows) if rows else ""

    def _probes(self) -> str:
        before = {(each.probe, each.server): each for each in self.report.probes_before}
        after = {(each.probe, each.server): each for each in self.report.probes_after}
        rows = [
            (key[0], key[1] or "", self._answer(before.get(key)), self._answer(after.get(key)))
            for key in dict.fromkeys((*before, *after))
        ]
        return self._table(("probe", "server", "before", "after"), rows) if rows else ""

    def _answer(self, answer: Answer | None) -> str:
        if answer is None:
            return "—"
        took = "" if answer.milliseconds is None else f" {answer.milliseconds} ms"
        return f"{self._named(answer.result)}{took} {self._said(answer.reason)}".strip()

    def _playbooks(self) -> str:
        rows = [
            (
                self._moment(each.at),
                each.phase,
                each.playbook,
                self._named(each.state),
                each.message or "; ".join(_result(one) for one in each.results),
                each.sha256,
            )
            for each in self.report.playbooks
        ]
        heads = ("at", "phase", "playbook", "state", "result", "hashes")
        return self._table(heads, rows, hashes={5}) if rows else ""

    def _inventory(self) -> str:
        rows = [
            (
                each.name,
                each.status,
                f"{each.flavor} ({each.vcpus} vCPU, {each.ram} MiB)",
                each.host or "",
                ", ".join(address.address for port in each.interfaces for address in port.addresses),
                ", ".join(f"{disk.subject}: {disk.size} GiB" for disk in each.disks),
            )
            for each in self.report.before
        ]
        return self._table(("server", "state", "flavor", "host", "addresses", "disk"), rows) if rows else ""

    def _wishes(self, wishes: Iterable[Wished]) -> str:
        rows = [(self._moment(each.at), each.actor, self._named(each.asked), each.comment) for each in wishes]
        return self._table(("at", "who", "act", "comment"), rows) if rows else ""

    def _signed(self) -> str:
        report = self.report
        kept = (
            ""
            if report.kept_until is None
            else f"<p>{self._word('kept')} {_moment(datetime.fromisoformat(report.kept_until))}</p>"
        )
        if report.signed_off is None:
            return f"<p>{self._word('not_signed')}</p>{kept}"
        return self._wishes([report.signed_off]) + kept

    def _steps(self) -> str:
        rows = [
            (
                self._named(each.kind.value),
                each.subject,
                self._named(each.state.value),
                "" if each.started_at is None else self._moment(each.started_at),
                "" if each.seconds is None else brief(each.seconds),
                str(each.attempts) if each.attempts else "",
                "; ".join((*each.requests, *(_failed(self._said(one.why), one.request) for one in each.failures))),
            )
            for each in self.report.steps
        ]
        return self._table(("step", "subject", "state", "begun", "took", "attempts", "requests"), rows, hashes={6})

    def _none(self) -> str:
        return f"<p>{self._word('none')}</p>"

    def _said(self, message: str) -> str:
        """What arose in English, in the report's language."""
        return message if self.language is Language.ENGLISH else in_language(self.language.value, message)

    def _table(
        self, heads: Sequence[str], rows: Iterable[Sequence[str]], *, hashes: frozenset[int] | set[int] = frozenset()
    ) -> str:
        return _table(heads, rows, self.language, hashes=hashes)

    def _word(self, key: str, **values: str) -> str:
        return word(key, self.language, **values)

    def _named(self, value: str) -> str:
        return named(value, self.language)

    @staticmethod
    def _moment(at: datetime) -> str:
        return _moment(at)


def _cards(cards: Iterable[tuple[str, str]], language: Language) -> str:
    shown = "".join(f'<div class="card">{word(key, language)}<b>{escape(value)}</b></div>' for key, value in cards)
    return f'<div class="cards">{shown}</div>'


def _table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    language: Language,
    *,
    hashes: frozenset[int] | set[int] = frozenset(),
) -> str:
    def cell(place: int, text: str) -> str:
        lines = "<br>".join(map(escape, str(text).splitlines()))
        return f"<td{' class=hash' if place in hashes else ''}>{lines}</td>"

    head = "".join(f"<th>{word(each, language)}</th>" for each in heads)
    body = "".join(f"<tr>{''.join(cell(place, each) for place, each in enumerate(row))}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _downtime(report: Report, language: Language) -> str:
    if not report.standstills:
        return word("no_downtime", language)
    return word("lasting", language) if report.downtime is None else f"{report.downtime} s"


def _result(one: Any) -> str:
    return " ".join(str(one[key]) for key in ("server", "outcome", "message") if one.get(key))


def _failed(why: str, request: str | None) -> str:
    return f"✗ {why}" + (f" ({request})" if request else "")


def _shown(value: str | None) -> str:
    return "—" if value is None else value


def _moment(at: datetime) -> str:
    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")
