"""A migration's report as a page: complete, in both languages, and with nothing in it that somebody else wrote as markup."""

import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from api.language.spoken import Language
from api.render.migration.page import page, wave_page
from api.render.migration.timeline import timeline
from api.render.migration.words import named
from provisioner.migration.migration import StepState
from provisioner.migration.report import Authority, Consent, Report, Standstill, Wished
from provisioner.migration.report_document import digest, document
from provisioner.migration.retelling import report
from provisioner.migration.script import StepKind
from provisioner.migration.states import State
from provisioner.operation import Actor
from tenants.wave import Mode
from tests.portal import AT, migration, run

VOID = {"meta", "br", "rect"}
HOUR = timedelta(hours=1)


class Balance(HTMLParser):
    """Counts what is open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """One more."""
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """The last one."""
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture
def told() -> Report:
    """A report with something of most sorts."""
    consent = Consent(
        at=AT, actor=Actor("li"), stands_for=Actor("wang"), act="approve", role="security", comment="同意"
    )
    planned = report(run(), migration(), (), Authority(document="政数〔2027〕12号", origin="q1", consents=(consent,)))
    steps = tuple(
        replace(each, state=StepState.DONE, attempts=1, started_at=AT, finished_at=AT + HOUR, requests=("req-7",))
        if each.kind in {StepKind.COPY, StepKind.STOP, StepKind.GATE_RETENTION}
        else each
        for each in planned.steps
    )
    return replace(
        planned,
        name="门户<script>",
        state=State.ACCEPTED,
        steps=steps,
        standstills=(Standstill(since=AT, until=AT + timedelta(seconds=754)),),
        wishes=(Wished(at=AT, actor=Actor("alice"), asked="paused", comment="午休"),),
        kept_until=(AT + HOUR).isoformat(),
    )


@pytest.mark.parametrize("language", list(Language))
def test_a_page_is_whole(told: Report, language: Language) -> None:
    """Every tag that opens closes, and the page says its language."""
    text = page(told, language)
    balance = Balance()
    balance.feed(text)
    assert balance.open == []
    assert f'<html lang="{language.tag}">' in text


@pytest.mark.parametrize("language", list(Language))
def test_a_page_tells_what_happened(told: Report, language: Language) -> None:
    """Standstill to the second, who allowed it, request ids, and the hash by which it is proven."""
    text = page(told, language)
    for said in ("754 s", "政数〔2027〕12号", "wang", "同意", "req-7", "午休", digest(document(told))):
        assert said in text


@pytest.mark.parametrize(
    ("language", "zone"), [(Language.ENGLISH, "China Standard Time"), (Language.CHINESE, "北京时间")]
)
def test_a_page_says_by_which_clocks_its_times_are(told: Report, language: Language, zone: str) -> None:
    """They are told to the second, and commands tell them by the reader's own clocks."""
    assert zone in page(told, language)


def test_names_are_no_markup(told: Report) -> None:
    """Whatever an application is called."""
    assert "<script" not in page(told, Language.ENGLISH)
    assert "门户&lt;script&gt;" in page(told, Language.ENGLISH)


def test_a_page_is_headed_by_what_people_call_the_application(told: Report) -> None:
    """Its identifier stands beside it; where there is no other name, that is the heading."""
    named = replace(told, name="registration", display_name="商事登记 <一期>")
    text = page(named, Language.CHINESE)
    assert "<title>应用迁移报告 商事登记 &lt;一期&gt; (registration)</title>" in text
    assert "<h1>商事登记 &lt;一期&gt;</h1><p>应用迁移报告 · registration</p>" in text
    assert "<h1>registration</h1><p>应用迁移报告</p>" in page(replace(named, display_name=""), Language.CHINESE)


def test_an_english_page_has_only_names_in_chinese(told: Report) -> None:
    """And a Chinese one calls each state and step by a Chinese name."""
    headings = re.findall(r"<h2>([^<]*)</h2>", page(told, Language.ENGLISH))
    assert not [each for each in headings if re.search("[\u4e00-\u9fff]", each)]
    assert all(
        re.search("[\u4e00-\u9fff]", each) for each in re.findall(r"<h2>([^<]*)</h2>", page(told, Language.CHINESE))
    )


@pytest.mark.parametrize("value", [*State, *StepKind, *Mode])
def test_states_steps_and_modes_have_chinese_names(value: str) -> None:
    """All there are."""
    assert re.search("[\u4e00-\u9fff]", named(value, Language.CHINESE))


def test_a_timeline_shows_what_was_done_and_not_what_was_waited_for(told: Report) -> None:
    """A bar for each stage; gates have none, for they may last for weeks."""
    text = timeline(told, Language.ENGLISH)
    assert [name for name in ("stop", "copy × 2") if f">{name}</text>" in text] == ["stop", "copy × 2"]
    assert "retention" not in text
    assert "stands still" in text


def test_nothing_done_has_no_timeline() -> None:
    """A plan has no course."""
    assert timeline(report(run(), migration(), (), Authority()), Language.ENGLISH) == ""


def test_a_wave_has_its_sums_and_then_each_application(told: Report) -> None:
    """On one page."""
    named = replace(told, name="mail", display_name="邮件")
    text = wave_page(run(), [told, named], Language.CHINESE)
    assert text.count('<div class="report">') == 3
    assert "第一批 (w1)</title>" in text
    assert "<td>邮件 (mail)</td>" in text
