"""Log lines: one line for each event, whatever is in it."""

import json
import logging
import sys

import pytest

from api.logs import REQUEST, JsonLines, LogFormat, LogLevel, PlainLines, configure


def record(message: str = "操作 ended", **extra: object) -> logging.LogRecord:
    """An event."""
    made = logging.makeLogRecord({"name": "tenantry", "levelno": 20, "levelname": "INFO", "msg": message})
    vars(made).update(extra)
    return made


def test_json_has_what_was_given_with_the_event() -> None:
    """As fields of their own, Chinese as it is, what JSON does not know as text."""
    line = JsonLines().format(record(operation="01j", tenant="市场", state=LogLevel))
    found = json.loads(line)
    assert (found["message"], found["level"], found["operation"], found["tenant"]) == (
        "操作 ended",
        "info",
        "01j",
        "市场",
    )
    assert "操作" in line


@pytest.mark.parametrize("form", [JsonLines(), PlainLines()])
def test_an_event_is_one_line(form: logging.Formatter) -> None:
    """Whatever somebody put into a path."""
    assert "\n" not in form.format(record("GET /a\nforged", path="/a\nforged"))


@pytest.mark.parametrize("form", [JsonLines(), PlainLines()])
def test_events_of_a_request_have_its_id(form: logging.Formatter) -> None:
    """And others have none."""
    token = REQUEST.set("req-1")
    try:
        assert "req-1" in form.format(record())
    finally:
        REQUEST.reset(token)
    assert "request" not in form.format(record())


def test_a_traceback_is_told() -> None:
    """As a field in JSON, below the line for people."""
    try:
        int("geheim")
    except ValueError:
        broken = record()
        broken.exc_info = sys.exc_info()
    assert "geheim" in json.loads(JsonLines().format(broken))["traceback"]
    assert PlainLines().format(broken).endswith("'geheim'")


def test_everything_is_written_in_one_form(capsys: pytest.CaptureFixture[str]) -> None:
    """Other libraries' events as well, from the level on that was asked for; their chatter is left out."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        configure(LogFormat.JSON, LogLevel.INFO)
        for name in ("uvicorn.error", "uvicorn.access", "tenantry.http"):
            logging.getLogger(name).info("told")
            logging.getLogger(name).debug("hidden")
    finally:
        root.handlers[:], root.level = before
    lines = [json.loads(line)["logger"] for line in capsys.readouterr().err.splitlines()]
    assert lines == ["uvicorn.error", "tenantry.http"]
