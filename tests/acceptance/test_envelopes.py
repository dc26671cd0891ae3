"""Envelopes and capacity: nobody holds more than was granted above them, and no cloud is promised more than it has."""

from typing import Any

from tests.acceptance.manifests import Document, cloud, project, tenant, write
from tests.acceptance.shell import CHANGES, ERROR
from tests.acceptance.site import Site

#: What the devcloud has: three computes of 2,000 processors, four times overcommitted.
_CORES = 24_000


def _parent(site: Site) -> Document:
    return tenant(site.name, project(quota={}), envelope={"city": {"compute": {"cores": 100}}})


def _errors(site: Site, command: str) -> list[dict[str, Any]]:
    problems = site.tenantry(command, site.folder, "-o", "json", code=ERROR).document["problems"]
    return [each for each in problems if each["severity"] == "error"]


def test_more_than_an_ancestors_envelope_is_refused(site: Site) -> None:
    """Two departments that fit their own envelopes, and not the city's: told with what each holds, before any plan."""
    half = [
        tenant(
            f"{site.name}-{each}",
            project(quota={"compute": {"cores": 60}}),
            parent=site.name,
            envelope={"city": {"compute": {"cores": 60}}},
        )
        for each in "ab"
    ]
    site.ask_all(_parent(site), *half)
    found = _errors(site, "validate")
    assert [each["path"] for each in found] == ["spec.envelope.city.compute.cores"]
    assert [each for each in ("60", "100", f"{site.name}-a", f"{site.name}-b") if each not in str(found)] == []


def test_unlimited_under_an_envelope_is_refused(site: Site) -> None:
    """What has no bound fits into nothing that has one."""
    asked = project(quota={"compute": {"cores": "unlimited"}})
    site.ask_all(tenant(site.name, asked, envelope={"city": {"compute": {"cores": 100}}}))
    assert "unlimited" in str(_errors(site, "validate"))


def test_a_limit_that_is_left_open_counts_as_the_cloud_has_it(site: Site) -> None:
    """Nova gives a new project 20 cores where nothing is said, and that is more than 10."""
    asked = project(quota={"compute": {"instances": 2}})
    site.ask_all(tenant(site.name, asked, envelope={"city": {"compute": {"cores": 10}}}))
    site.tenantry("validate", site.folder)
    assert "20" in str(_errors(site, "plan"))
    assert site.writes == 0


def test_more_than_the_cloud_has_is_refused(site: Site) -> None:
    """Processors are those that Placement counts, times the overcommitment, less the reserve."""
    site.ask(quota={"compute": {"cores": _CORES + 1}})
    assert str(_CORES) in str(_errors(site, "plan")).replace(",", "")
    reserve = {"compute": {"cores": 100}}
    for cores, code in ((_CORES - 100, CHANGES), (_CORES - 99, ERROR)):
        write(site.folder, cloud(reserve=reserve), tenant(site.name, project(quota={"compute": {"cores": cores}})))
        site.tenantry("plan", site.folder, code=code)
