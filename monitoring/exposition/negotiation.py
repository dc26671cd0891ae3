"""Which format a scrape wants, and whether compressed (RFC 9110, 12.5). Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from monitoring.exposition.text import Format

#: The media type and the versions by which each format is asked for; a version that is not given is any. Liked best first.
_KNOWN: Final[Mapping[Format, tuple[str, frozenset[str]]]] = {
    Format.OPENMETRICS: ("application/openmetrics-text", frozenset({"1.0.0"})),
    Format.TEXT: ("text/plain", frozenset({"0.0.4"})),
}
_ANY: Final = frozenset({"*/*", "text/*"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    name: str
    parameters: Mapping[str, str]

    @property
    def weight(self) -> float:
        try:
            return float(self.parameters.get("q", "1"))
        except ValueError:
            return 0.0


def format_for(accept: str | None) -> Format:
    """The format that `Accept` likes best: OpenMetrics where it likes both alike, text where it names neither."""
    best, found = 0.0, Format.TEXT
    for format_, (name, versions) in _KNOWN.items():
        weight = max((each.weight for each in _choices(accept) if _names(each, name, versions)), default=0.0)
        if weight > best:
            best, found = weight, format_
    return found


def takes_gzip(accept_encoding: str | None) -> bool:
    """Whether `Accept-Encoding` takes gzip."""
    return any(each.name in {"gzip", "x-gzip"} and each.weight > 0 for each in _choices(accept_encoding))


def _names(choice: _Choice, name: str, versions: frozenset[str]) -> bool:
    if choice.name in _ANY:
        return name == "text/plain"
    return choice.name == name and choice.parameters.get("version", next(iter(versions))) in versions


def _choices(header: str | None) -> Iterator[_Choice]:
    for item in (header or "").split(","):
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        pairs = (each.partition("=") for each in parameters)
        yield _Choice(name=name, parameters={key.strip(): value.strip().strip('"') for key, _, value in pairs})
