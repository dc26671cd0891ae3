"""Statements for programs and for people, from a small city's month."""

import csv
import io
import re
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest

from api.accounting.statements import Statements
from api.language.spoken import Language
from api.render.output import json_text
from api.render.statements import focus
from api.render.statements.charts import bars
from api.render.statements.document import as_document
from api.render.statements.page import Page
from provisioner.operation import Actor
from provisioner.statements.account import Account
from provisioner.statements.months import Month
from tenants.names import TenantName

VOID = {"meta", "br", "img", "rect"}


class Balanced(HTMLParser):
    """Notes what is opened and not closed, and all text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        """Something begins."""
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Something ends: what began last."""
        if tag not in VOID and (not self.open or self.open.pop() != tag):
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        """Text."""
        self.text.append(data)


@pytest.fixture
def account(metered: Any, statements: Statements, see: Any, day: Any) -> Account:
    """Department and unit, with a gap of five days, closed a month after another."""
    metered.days(day(9, 26), day(10, 21), see(), see(project="q"))
    metered.now = day(10, 27)
    statements.close(Month(2026, 10), Actor("李娜"))
    metered.days(day(10, 28), day(11, 26), see(), see(project="q", vcpus=2))
    found = statements.account(Month(2026, 11), TenantName("market"))
    assert found is not None
    return found


def parsed(html: str) -> Balanced:
    """A page that was read."""
    reader = Balanced()
    reader.feed(html)
    reader.close()
    return reader


@pytest.mark.parametrize("language", list(Language))
def test_the_page_is_whole_and_has_the_total(account: Account, language: Language) -> None:
    """In both languages: everything that is opened is closed, and nothing comes from elsewhere."""
    html = Page(account=account, language=language, history=[("2026-10", Decimal("303.60"))]).html()
    reader = parsed(html)
    assert (reader.open, reader.wrong) == ([], [])
    assert f"{account.total:,.2f}" in reader.text
    assert "src=" not in html
    assert "href=" not in html
    assert "档案室" in reader.text


def test_the_chinese_page_has_no_english_words(account: Account) -> None:
    """But for names, units of measure and what services call their quotas."""
    words = {each.strip() for each in parsed(Page(account=account, language=Language.CHINESE).html()).text}
    english = {each for each in words if re.search("[a-z]{2}", each) and not each.startswith(("@page", "清单指纹"))}
    assert english <= {"city", "market-registration", "archive-files", "compute/cores", "ssd"}
    assert {"GiB·月", "vCPU·月", "GiB·小时"} <= words


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("商事登记", "商事登记"),
        ("归档与电子档案长期保存管理信息系统（二期）", "归档与电子档案长期保存管理信息…"),
        ("a" * 40, "a" * 31 + "…"),
    ],
)
def test_a_name_beside_a_bar_has_room(name: str, shown: str) -> None:
    """A Chinese character takes as much of it as two others."""
    assert f">{shown}<" in bars([(name, Decimal(1))], "")


def test_the_csv_adds_up_to_the_total(account: Account) -> None:
    """All rows have FOCUS's columns, and their costs are the account's."""
    rows = list(csv.DictReader(io.StringIO(focus.csv_text(account))))
    assert tuple(rows[0]) == focus.COLUMNS
    assert sum(Decimal(row["BilledCost"]) for row in rows) == account.total
    assert {row["x_CorrectedMonth"] for row in rows if row["ChargeClass"] == "Correction"} == {"2026-10"}
    assert {row["BillingAccountName"] for row in rows} == {"市市场监督管理局", "档案室"}


def test_a_row_says_what_is_known(account: Account) -> None:
    """Covered seconds, the gap, and the quota beside the use."""
    row = next(each for each in focus.rows(account) if each["SkuId"] == "vcpu" and each["x_CoverageGaps"])
    assert row["x_CoverageGaps"] == "2026-10-25T16:00:00Z/2026-10-27T16:00:00Z"
    assert (row["x_AskedSeconds"], row["x_CoveredSeconds"]) == ("1382400", "1209600")
    assert row["x_QuotaHeldPeak"] == "6"


def test_no_figure_is_floating_point(account: Account) -> None:
    """A program reads money as text, with all its digits."""

    def floats(value: Any) -> list[float]:
        if isinstance(value, dict):
            return [found for each in value.values() for found in floats(each)]
        if isinstance(value, list):
            return [found for each in value for found in floats(each)]
        return [value] if isinstance(value, float) else []

    document = as_document(account)
    assert floats(document) == []
    assert f'"total": "{account.total}"' in json_text(document, "utf-8")


def test_names_that_spreadsheets_would_run_are_text(account: Account) -> None:
    """A department's name is never a formula."""
    root = account.statements[0]
    named = type(root)(**{name: getattr(root, name) for name in root.__slots__} | {"display_name": "=HYPERLINK(1)"})
    text = focus.csv_text(Account(root=named, statements=(named,)))
    assert "'=HYPERLINK(1)" in text
