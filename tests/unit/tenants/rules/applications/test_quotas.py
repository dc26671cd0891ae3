"""What a project's applications need fits the quota that its manifest names."""

from typing import Any

import pytest

from tenants.resources import Resource, Service
from tenants.rules.applications.quotas import needs

STORAGE = Service.BLOCK_STORAGE


def test_needs_are_counted_in_single_servers_and_volumes(change: Any) -> None:
    """Numbers spelt out, and each type beside the whole."""
    city = change(", server: db}\n  floatingIPs", ", server: web}\n  floatingIPs").city()
    assert needs(city.applications["registration"]) == {
        Resource(service=Service.COMPUTE, name="instances"): 3,
        Resource(service=Service.COMPUTE, name="server_groups"): 1,
        Resource(service=Service.NETWORK, name="port"): 5,
        Resource(service=Service.NETWORK, name="floatingip"): 1,
        Resource(service=STORAGE, name="volumes"): 3,
        Resource(service=STORAGE, name="gigabytes"): 220,
        Resource(service=STORAGE, name="volumes", volume_type="ssd"): 2,
        Resource(service=STORAGE, name="gigabytes", volume_type="ssd"): 200,
    }


@pytest.mark.parametrize(
    "case",
    [
        ("instances: 10", "instances: 2", "compute.instances", "3 of 2, 1 too much: registration 3"),
        ("server_groups: 1", "server_groups: 0", "compute.server_groups", "1 of 0, 1 too much: registration 1"),
        ("volumes: 4", "volumes: 1", "block-storage.volumes", "2 of 1, 1 too much: registration 2"),
        ("gigabytes: 1TiB", "gigabytes: 100", "block-storage.gigabytes", "120GiB of 100GiB, 20GiB too much: registration 120GiB"),
        ("{gigabytes: 200GiB}", "{gigabytes: 60}", "block-storage.types.ssd.gigabytes", "100GiB of 60GiB, 40GiB too much: registration 100GiB"),
        ("{gigabytes: 200GiB}", "{volumes: 0}", "block-storage.types.ssd.volumes", "1 of 0, 1 too much: registration 1"),
        ("port: 6", "port: 4", "network.port", "5 of 4, 1 too much: registration 5"),
    ],
)  # fmt: skip
def test_quota_that_is_too_small_is_refused(city: Any, case: tuple[str, str, str, str]) -> None:
    """At the quota, with the numbers and who needs how much."""
    old, new, at, numbers = case
    changed = city.edit("tenant.yaml", old, new)
    told = [each for each in changed.validation().problems if each.severity == "error"]
    assert [(each.location.file, each.path) for each in told] == [("tenant.yaml", f"spec.projects[0].quota.{at}")]
    assert told[0].message == f"the applications of this project need {numbers}"
    assert told[0].remedy == "raise the quota, or let the applications need less"


def test_applications_of_a_project_add_up(other: Any) -> None:
    """The largest need comes first."""
    changed = other("  servers: [{name: x, replicas: 8, image: guest, flavor: small}]\n")
    problem = changed.problem()
    assert problem.location == changed.place("tenant.yaml", "10, cores")
    assert problem.message == ("the applications of this project need 11 of 10, 1 too much: credit 8, registration 3")


@pytest.mark.parametrize("more", ["  state: absent\n", "  manage: observe\n", ""])
def test_what_is_not_made_needs_nothing(other: Any, more: str) -> None:
    """An application that goes or is only described, and servers that go."""
    state = "" if more else ", state: absent"
    assert other(f"{more}  servers: [{{name: x, replicas: 9, image: guest, flavor: small{state}}}]\n").problems() == []


def test_unlimited_has_room(city: Any) -> None:
    """And so has what the quota does not name."""
    changed = city.edit("tenant.yaml", "instances: 10, ", "").edit("tenant.yaml", "port: 6", "port: unlimited")
    assert changed.problems() == []


def test_volume_larger_than_one_may_be_is_refused(change: Any, check: Any) -> None:
    """Cinder would refuse it whatever else is free."""
    said = (
        "error: spec.volumes[0].size: is more than the 500GiB that one volume of the project may have "
        "(ask for less, or raise that quota)"
    )
    check(change("size: 20GiB", "size: 501GiB"), "501GiB", said)


def test_largest_volume_is_right(change: Any) -> None:
    """To the last GiB."""
    assert change("size: 20GiB", "size: 500GiB").problems() == []
