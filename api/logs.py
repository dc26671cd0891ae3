"""Logs of the service: one line for each event, as JSON for collectors or plain for people, with the request's id.

The id is kept in a context variable, so that whatever logs while a request is answered has it. What a log call gives as
`extra` becomes fields of its own: `operation`, `tenant`, `cloud`.
"""

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

#: The id of the request that is being answered.
REQUEST: Final[ContextVar[str | None]] = ContextVar("request", default=None)
#: What every log record has; everything else was given with the event.
_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class LogFormat(StrEnum):
    """How log lines are written."""

    CONSOLE = "console"
    JSON = "json"


class LogLevel(StrEnum):
    """The least that is written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def configure(form: LogFormat, level: LogLevel) -> None:
    """Write all logs to standard error in this form, in place of whatever was set up before."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form is LogFormat.JSON else PlainLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # These tell of every poll and request at INFO; what goes wrong with them is a warning.
    for name in ("uvicorn.access", "dbos", "openstack", "keystoneauth", "urllib3", "alembic"):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def fields(record: logging.LogRecord) -> dict[str, Any]:
    """What an event carries besides its message: the request's id, and what was given as `extra`."""
    given = {name: value for name, value in vars(record).items() if name not in _OWN}
    request = REQUEST.get()
    return given if request is None or "request" in given else {"request": request, **given}


class JsonLines(logging.Formatter):
    """One JSON object for each event."""

    def format(self, record: logging.LogRecord) -> str:
        """The line. Values that JSON has no form for become their text."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **fields(record),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class PlainLines(logging.Formatter):
    """Time, level, message, and the fields as `name=value`."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and below it the traceback where there is one."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told = " ".join(f"{name}={value}" for name, value in fields(record).items())
        # A line is a line whatever somebody put into a path or a name.
        message = " ".join([at, f"{record.levelname:<7}", record.getMessage(), told]).rstrip().replace("\n", "\\n")
        return f"{message}\n{self.formatException(record.exc_info)}" if record.exc_info else message
