"""Which format and encoding a scrape is answered in."""

import pytest

from monitoring.exposition.negotiation import format_for, takes_gzip
from monitoring.exposition.text import Format

PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        (PROMETHEUS_2, Format.OPENMETRICS),
        (PROMETHEUS_3, Format.OPENMETRICS),
        ("text/plain;version=0.0.4;q=0.9, application/openmetrics-text;version=1.0.0;q=0.5", Format.TEXT),
        ("application/openmetrics-text", Format.OPENMETRICS),
        ("application/openmetrics-text; version=2.0.0", Format.TEXT),
        ("application/openmetrics-text; version=1.0.0; q=0", Format.TEXT),
        ("text/html,application/xhtml+xml,*/*;q=0.8", Format.TEXT),
        ("*/*", Format.TEXT),
        ("nonsense;;q=x", Format.TEXT),
        (None, Format.TEXT),
    ],
)
def test_the_format_is_the_one_liked_best(accept: str | None, wanted: Format) -> None:
    """Text where neither is named; every Prometheus reads it."""
    assert format_for(accept) is wanted


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        ("gzip", True),
        ("gzip, deflate, br", True),
        ("GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("br", False),
        (None, False),
    ],
)
def test_gzip_is_for_those_who_take_it(header: str | None, takes: bool) -> None:  # noqa: FBT001
    """By name."""
    assert takes_gzip(header) is takes
