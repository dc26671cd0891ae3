"""Drift, with its age."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from api.render.drift import as_document, print_drift
from provisioner.diff import Difference
from provisioner.store.drift import Drift

pytestmark = pytest.mark.usefixtures("shenzhen_time")


@pytest.fixture
def drifts(build: Any) -> list[Drift]:
    """A limit that was raised, a member that was removed and a project that was deleted."""

    def drift(hours: int, name: str, expected: Any, actual: Any, **where: str) -> Drift:
        difference = Difference(address=build.address(**where), property=name, expected=expected, actual=actual)
        seen = build.noon - timedelta(hours=hours)
        return Drift(
            difference=difference, first_seen=seen, last_seen=build.noon, last_matching_seen=None, resolved_at=None
        )

    return [
        drift(30, "ram", 655360, -1, kind="quota", key="compute"),
        drift(1, "group:ops:member", expected=True, actual=False, kind="members"),
        drift(0, "", "present", "absent", tenant="education"),
    ]


def test_drift_by_tenant(build: Any, show: Any, names: Any, drifts: list[Drift]) -> None:
    """What was applied, what was found, since when, in the reader's time."""
    assert show(print_drift, drifts, names, now=build.noon) == (
        "  what                                        applied  found      first seen           age\n"
        "\n"
        "市教育局 (education) on city\n"
        "  registration: project                       present  absent     2027-06-01 20:00:00  0 seconds\n"
        "\n"
        "市市场监督管理局 (market) on city\n"
        "  registration: members: group ops as member  yes      no         2027-06-01 19:00:00  1 hour\n"
        "  registration: compute quota: ram            640 GiB  unlimited  2027-05-31 14:00:00  1 day\n"
        "\n"
        "3 differences in 2 tenants.\n"
    )


def test_a_limit_that_the_cloud_no_longer_has(build: Any, show: Any, names: Any, drifts: list[Drift]) -> None:
    """What is not there is a dash."""
    gone = replace(drifts[0], difference=replace(drifts[0].difference, actual=None))
    assert "640 GiB  -      " in show(print_drift, [gone], names, now=build.noon)


def test_no_drift(build: Any, show: Any, names: Any) -> None:
    """Good news is said in words."""
    assert show(print_drift, [], names, now=build.noon) == "No drift: what was read is as it was last applied.\n"


def test_drift_as_a_document(names: Any, drifts: list[Drift]) -> None:
    """Values are those of the API."""
    document: Any = as_document(drifts[:1], names)
    assert document == {
        "differences": [
            {
                "tenant": "market",
                "displayName": "市市场监督管理局",
                "cloud": "city",
                "address": "city/market/registration/quota/compute",
                "property": "ram",
                "expected": 655360,
                "actual": -1,
                "firstSeen": "2027-05-31T06:00:00+00:00",
                "lastSeen": "2027-06-01T12:00:00+00:00",
                "lastMatchingSeen": None,
                "resolvedAt": None,
            }
        ]
    }
