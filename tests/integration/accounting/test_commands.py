"""`tenantry usage`, `capacity` and `statement` on a database with a small city's month."""

import csv
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.cli.main import app

Run = Any


@pytest.fixture
def run(database_url: str, october: Any, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on the database."""
    monkeypatch.setenv("TENANTRY_DATABASE_URL", database_url)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, arguments, catch_exceptions=False)

    return run


def test_a_month_is_closed_shown_and_proved(run: Run, tmp_path: Path) -> None:
    """The files say the same as the record, and the export is verified without it."""
    assert json.loads(run("statement", "close", "2026-10", "-o", "json").stdout)["statements"] == 2
    page, table, document = (tmp_path / f"s.{kind}" for kind in ("html", "csv", "json"))
    run(
        "statement",
        "show",
        "2026-10",
        "market",
        "--html",
        str(page),
        "--csv",
        str(table),
        "--json",
        str(document),
        "--language",
        "zh",
    )
    assert '<html lang="zh-CN">' in page.read_text()
    with table.open(encoding="utf-8-sig", newline="") as stream:
        assert {row["x_StatementState"] for row in csv.DictReader(stream)} == {"closed"}
    assert json.loads(document.read_text())["total"] == "182.16"
    run("statement", "export", str(tmp_path / "all.jsonl"))
    assert run("statement", "verify").exit_code == 0
    assert run("statement", "verify", "--file", str(tmp_path / "all.jsonl")).exit_code == 0
    (tmp_path / "all.jsonl").write_text((tmp_path / "all.jsonl").read_text().replace("182.16", "182.61"))
    assert run("statement", "verify", "--file", str(tmp_path / "all.jsonl")).exit_code == 1


def test_a_statement_is_shown_at_the_terminal(run: Run) -> None:
    """With what it costs, and that it is not closed."""
    shown = run("statement", "show", "2026-10", "market").stdout
    assert "provisional" in shown
    assert "Total 182.16 CNY" in shown
    assert "No month is closed." in run("statement", "list").stdout


def test_use_is_shown_at_the_terminal(run: Run) -> None:
    """In hours of a core, and as JSON in resource-seconds."""
    assert "2,880.00" in run("usage", "market", "--month", "2026-10").stdout
    lines = json.loads(run("usage", "--month", "2026-10", "-o", "json").stdout)["lines"]
    assert {each["resourceSeconds"] for each in lines if each["measure"] == "vcpus"} == {4 * 30 * 86400}
    assert "No cloud's capacity is known yet." in run("capacity").stdout


@pytest.mark.parametrize("month", ["2026-10", "2026-11"])
def test_use_of_a_month_is_that_of_its_statement(run: Run, cut_off: Any, month: str) -> None:
    """Also where another cut-off day was set since: a closed month stays as it was, and the next one begins at its end."""
    run("statement", "close", "2026-10")
    cut_off(20)
    stated, used = (
        json.loads(run(*command, "-o", "json").stdout)
        for command in (("statement", "show", month, "market"), ("usage", "--month", month))
    )
    assert datetime.fromisoformat(used["start"]) == datetime.fromisoformat(stated["start"])
    assert datetime.fromisoformat(used["end"]) <= datetime.fromisoformat(stated["end"])
