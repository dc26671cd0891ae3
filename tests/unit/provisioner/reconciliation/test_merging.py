"""A look at some projects, completed by an earlier look at all."""

from typing import Any

from provisioner.observe import wanted_of
from provisioner.reconciliation.merging import among, completed
from tenants.resources import Service


def test_only_what_is_due_is_read(build: Any) -> None:
    """Of the others nothing is asked."""
    projects = build.project("a", limits={"compute/cores": 1}), build.project("b", limits={"compute/cores": 1})
    city = build.city(build.tenant(*projects))
    wanted = wanted_of(city, city.clouds["city"])
    assert set(among(wanted, {"market-a"}).services) == {"market-a"}
    assert among(wanted, {"market-a"}).domain == wanted.domain


def test_what_was_not_read_is_as_it_was(build: Any) -> None:
    """What was, is new, though it could not be read this time; who has roles is always new."""
    earlier = build.observation(
        build.view("a", readings={"compute/cores": (1, 0)}), build.view("b", readings={"compute/cores": (2, 0)})
    )
    fresh = build.observation(
        build.view("a", unreadable={"compute": "503"}), build.view("b", members=("group/ops/member",))
    )
    merged = completed(fresh, earlier, {"a"}).projects
    assert (dict(merged["a"].readings), merged["a"].unreadable) == ({}, {Service.COMPUTE: "503"})
    assert merged["b"].readings == earlier.projects["b"].readings
    assert merged["b"].memberships == fresh.projects["b"].memberships


def test_projects_come_and_go(build: Any) -> None:
    """One that is gone is gone, though it was there before."""
    earlier, fresh = (
        build.observation(build.view("a"), build.view("b")),
        build.observation(build.view("b"), build.view("c")),
    )
    assert set(completed(fresh, earlier, set()).projects) == {"b", "c"}
