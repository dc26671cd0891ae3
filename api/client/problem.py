"""Problem details as a service sends them (RFC 9457), read into a record; whatever else answers is made one as well."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from tenants.problems import Location, Severity
from tenants.problems import Problem as Fault
from tenants.quantities import spell
from tenants.resources import Limit, Unit

#: Characters of a foreign answer that are told.
_EXCERPT: Final = 200
#: What `type` is where a problem names none (RFC 9457, 4.2.1).
_BLANK: Final = "about:blank"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """A resource that there is not enough of, in its unit."""

    cloud: str
    #: Whose envelope it is; None for the cloud as a whole, and where that is not to be seen.
    tenant: str | None
    resource: str
    #: `count`, `MiB` or `GiB`.
    unit: str
    #: How much more is asked for, and how much more would fit.
    asked: int
    largest: int
    #: The bound, and what of it is held and reserved for others; None where that is not to be seen.
    total: int | None = None
    held: int | None = None
    reserved: int | None = None

    def __str__(self) -> str:
        said = f"{self.resource}: {self._text(self.asked)} more asked for, and at most {self._text(self.largest)} would fit"
        if self.total is None or self.held is None or self.reserved is None:
            return said
        whose = f"{self.tenant} may hold in {self.cloud}" if self.tenant else f"cloud {self.cloud} may give out"
        return (
            f"{said}: of the {self._text(self.total)} that {whose}, {self._text(self.held)} are held and "
            f"{self._text(self.reserved)} reserved for other requests"
        )

    def _text(self, amount: int) -> str:
        known = {each.value: each for each in Unit}
        return spell(Limit(amount), known[self.unit]) if self.unit in known else f"{amount} {self.unit}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why something was not done."""

    #: A URI that stays as it is.
    type: str
    title: str
    status: int
    detail: str | None = None
    #: As in the service's log.
    request_id: str | None = None
    #: What is wrong with manifests, with file, line and column.
    faults: tuple[Fault, ...] = ()
    #: What there is not enough of, with the most that would fit.
    shortfalls: tuple[Shortfall, ...] = ()
    #: Everything that the service said, as it said it.
    document: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The last part of the type: `invalid-manifests`."""
        return self.type.rpartition(":")[2]


def read(status: int, body: bytes) -> Problem:
    """The problem that an answer is, whoever gave it: a proxy's page in HTML is one too."""
    document = _object(body)
    if document is None or "title" not in document:
        return _foreign(status, body)
    return Problem(
        type=str(document.get("type", _BLANK)),
        title=str(document["title"]),
        status=status,
        detail=_text(document.get("detail")),
        request_id=_text(document.get("requestId")),
        faults=tuple(_fault(each) for each in _objects(document.get("problems"))),
        shortfalls=tuple(_shortfall(each) for each in _objects(document.get("shortfalls"))),
        document=document,
    )


def _foreign(status: int, body: bytes) -> Problem:
    known = {each.value: each.phrase for each in HTTPStatus}
    text = " ".join(body[: _EXCERPT * 4].decode(errors="replace").split())[:_EXCERPT]
    return Problem(
        type=_BLANK,
        title=f"HTTP {status} {known.get(status, '')}".strip(),
        status=status,
        detail=f"this is no answer of Tenantry's, so check TENANTRY_URL and whatever stands before the service: {text}",
    )


def _object(body: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _objects(value: Any) -> tuple[Mapping[str, Any], ...]:
    return tuple(each for each in value if isinstance(each, dict)) if isinstance(value, list) else ()


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _perhaps(value: Any) -> int | None:
    return value if isinstance(value, int) else None


def _fault(document: Mapping[str, Any]) -> Fault:
    place = Location(
        file=str(document.get("file", "")),
        line=_number(document.get("line")),
        column=_number(document.get("column")),
    )
    return Fault(
        location=place,
        path=str(document.get("path", "")),
        message=str(document.get("message", "")),
        remedy=str(document.get("remedy", "")),
        severity=Severity.WARNING if document.get("severity") == Severity.WARNING else Severity.ERROR,
    )


def _shortfall(document: Mapping[str, Any]) -> Shortfall:
    return Shortfall(
        cloud=str(document.get("cloud", "")),
        tenant=_text(document.get("tenant")),
        resource=str(document.get("resource", "")),
        unit=str(document.get("unit", "")),
        asked=_number(document.get("asked")),
        largest=_number(document.get("largest")),
        total=_perhaps(document.get("total")),
        held=_perhaps(document.get("held")),
        reserved=_perhaps(document.get("reserved")),
    )
