"""The catalogue: every family is described in whole, by the names' rules, and is exposed by somebody."""

import re

import pytest

from monitoring.exposition.catalogue import CATALOGUE, IMPORTANCE
from monitoring.exposition.family import Endpoint, Family, MetricType
from monitoring.exposition.reference import page

FAMILIES = list(CATALOGUE.values())
UNITS = {"seconds": "_seconds", "bytes": "_bytes", "ratio": "_ratio"}
#: Labels that Prometheus puts there itself, or that mean something else in most alerts.
TAKEN = {"job", "instance", "service", "type", "zone", "owner", "le", "quantile", "__name__"}


@pytest.mark.parametrize("family", FAMILIES, ids=lambda each: each.name)
def test_a_family_says_what_it_is(family: Family) -> None:
    """A sentence that is not its name, labels that are nobody else's, and a unit in its name."""
    assert re.fullmatch(r"tenantry(_[a-z0-9]+)+", family.name)
    assert family.help.endswith(".")
    assert len(family.help.split()) > 3
    assert family.name not in family.help
    assert not TAKEN & set(family.labels)
    assert len(set(family.labels)) == len(family.labels)
    assert family.name.endswith(UNITS.get(family.unit, ""))
    assert not family.name.endswith(
        ("_total", "_info", "_count", "_sum", "_bucket", "_created", "_milliseconds", "_gb")
    )


@pytest.mark.parametrize("family", FAMILIES, ids=lambda each: each.name)
def test_a_department_s_families_are_by_tenant(family: Family) -> None:
    """Or its own part of them could not be told."""
    assert not family.departmental or "tenant" in family.labels


@pytest.mark.parametrize("family", FAMILIES, ids=lambda each: each.name)
def test_histograms_have_buckets_and_statesets_states(family: Family) -> None:
    """In order; and no others have."""
    assert bool(family.buckets) == (family.type is MetricType.HISTOGRAM)
    assert bool(family.states) == (family.type is MetricType.STATESET)
    assert list(family.buckets) == sorted(set(family.buckets))


def test_names_of_people_and_machines_are_in_info_families_alone() -> None:
    """Whatever else had one would be another series after each renaming."""
    named = {each.name for each in FAMILIES if {"name", "project_name"} & set(each.labels)}
    assert named == {"tenantry_tenant", "tenantry_project"}


def test_every_family_has_a_place_when_room_is_short() -> None:
    """One each."""
    assert sorted(IMPORTANCE) == sorted(CATALOGUE)


def test_the_reference_has_every_family() -> None:
    """By the name that its series have, under the page that shows it."""
    city, servers = page().split("## /metrics/servers")
    for family in FAMILIES:
        where = servers if family.endpoint is Endpoint.SERVERS else city
        assert f"### {family.sample}\n" in where
        assert family.help in where
