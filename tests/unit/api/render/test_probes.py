"""What probes found, for people and for programs."""

from typing import Any

import pytest

from api.render.probes import as_document, print_readings
from provisioner.probing.readings import Finding, Reading, Result
from tenants.application import ApplicationSpec

APPLICATION = ApplicationSpec(
    name="registration", display_name="商事登记", owner="market", project="a", protection_level=2
)


@pytest.fixture
def readings(build: Any) -> list[Reading]:
    """One of each result."""

    def reading(probe: str, result: Result, reason: str, **where: Any) -> Reading:
        fields = {"server": None, "address": None, "milliseconds": None, **where}
        finding = Finding(result=result, reason=reason)
        return Reading(application="registration", probe=probe, finding=finding, at=build.noon, **fields)

    return [
        reading("page", Result.PASSED, "status 200", server="web-1", address="192.0.2.7", milliseconds=12),
        reading(
            "page", Result.FAILED, "no answer within 10 s", server="web-2", address="192.0.2.8", milliseconds=10003
        ),
        reading("disk", Result.UNKNOWN, "the server's address is not known", server="web-1"),
        reading("portal", Result.PASSED, "status 200", address="portal.example.com", milliseconds=40),
    ]


def test_readings_line_by_line(show: Any, readings: list[Reading]) -> None:
    """What is not known is a dash."""
    assert show(print_readings, APPLICATION, readings) == (
        "商事登记 (registration)\n"
        "  probe   server  address             result       time  reason\n"
        "  page    web-1   192.0.2.7           passed      12 ms  status 200\n"
        "  page    web-2   192.0.2.8           failed   10003 ms  no answer within 10 s\n"
        "  disk    web-1   -                   unknown         -  the server's address is not known\n"
        "  portal  -       portal.example.com  passed      40 ms  status 200\n"
        "\n"
        "2 passed, 1 failed, 1 unknown.\n"
    )


def test_readings_as_a_document(readings: list[Reading]) -> None:
    """Times are ISO 8601, what is not known is null."""
    document: Any = as_document(APPLICATION, readings)
    assert (document["application"], document["displayName"]) == ("registration", "商事登记")
    assert document["probes"][2] == {
        "probe": "disk",
        "server": "web-1",
        "address": None,
        "result": "unknown",
        "reason": "the server's address is not known",
        "milliseconds": None,
        "at": "2027-06-01T12:00:00+00:00",
    }
