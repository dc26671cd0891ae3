"""What projects hold is listed once for all that need it; what cannot be listed is said to be so."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from provisioner.clouds.collections import Collection, CollectionName, Item, Read
from provisioner.clouds.interface import ProjectId
from provisioner.clouds.memory import MemoryCloud
from provisioner.errors import CloudError, CloudRefused, CloudUnavailable
from provisioner.inventory import Holdings, list_holdings
from provisioner.kinds.network import NETWORKS
from provisioner.kinds.subnet import SUBNETS
from tenants.names import DomainName

_MEMBERS = Collection(
    name=CollectionName("members"), service="image", path="/images/{parent}/members", item="", items="members"
)


@pytest.fixture
def projects(cloud: MemoryCloud) -> list[ProjectId]:
    """Three projects with a network each."""
    made = [cloud.identity.create_project(DomainName("government"), name=name, description="")[0].id for name in "abc"]
    for project in made:
        cloud.resources.create(NETWORKS, project, {"name": "app", "project_id": project})
    return made


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads enough."""
    with ThreadPoolExecutor(max_workers=4) as pool:
        yield pool


@pytest.fixture
def hold(cloud: MemoryCloud, pool: ThreadPoolExecutor) -> Callable[..., Mapping[ProjectId, Holdings]]:
    """What is held, by the reads of each project."""
    return lambda reads: list_holdings(pool, cloud, reads)


def _names(items: Iterable[Item]) -> list[str]:
    return [each["name"] for each in items]


def test_each_project_has_what_it_asked_for(
    hold: Callable[..., Mapping[ProjectId, Holdings]], projects: list[ProjectId]
) -> None:
    """A collection that only another one asked for is none of its own."""
    a, b, _ = projects
    found = hold({a: (Read(collection=NETWORKS),), b: (Read(collection=NETWORKS), Read(collection=SUBNETS))})
    assert found.keys() == {a, b}
    assert {name: _names(items) for name, items in found[a].items.items()} == {"networks": ["app"]}
    assert found[b].items.keys() == {"networks", "subnets"}


def test_a_collection_is_listed_once_for_all(
    cloud: MemoryCloud, hold: Callable[..., Mapping[ProjectId, Holdings]], projects: list[ProjectId]
) -> None:
    """However many projects need it, and however many kinds."""
    read = Read(collection=NETWORKS)
    hold(dict.fromkeys(projects, (read, read)))
    assert cloud.weather.calls["resources.list.networks"] == 1


def test_nothing_is_listed_for_nobody(
    cloud: MemoryCloud, hold: Callable[..., Mapping[ProjectId, Holdings]], projects: list[ProjectId]
) -> None:
    """No reads, no requests; a project without reads holds nothing that is known."""
    assert hold({}) == {}
    assert hold({projects[0]: ()}) == {projects[0]: Holdings()}
    assert not any(call.startswith("resources.list") for call in cloud.weather.calls)


def test_a_collection_that_fails_costs_only_itself(
    cloud: MemoryCloud, hold: Callable[..., Mapping[ProjectId, Holdings]], projects: list[ProjectId]
) -> None:
    """It is unlisted, with the reason; never empty."""
    cloud.weather.fail("resources.list.subnets", CloudRefused("no"))
    found = hold(dict.fromkeys(projects, (Read(collection=NETWORKS), Read(collection=SUBNETS))))
    assert [(set(each.items), dict(each.unlisted)) for each in found.values()] == [
        ({"networks"}, {"subnets": "no"})
    ] * 3


def test_parents_are_asked_for_together(
    cloud: MemoryCloud, hold: Callable[..., Mapping[ProjectId, Holdings]], projects: list[ProjectId], pool: Any
) -> None:
    """Every parent that any project names, each once."""
    seen: list[Read] = []

    class Resources:
        def list(self, read: Read, wanted: tuple[ProjectId, ...]) -> Mapping[ProjectId, tuple[Item, ...]]:
            seen.append(read)
            return dict.fromkeys(wanted, ())

    class Cloud:
        resources = Resources()

    a, b, _ = projects
    read_a = Read(collection=_MEMBERS, parents=frozenset({"i1", "i2"}))
    read_b = Read(collection=_MEMBERS, parents=frozenset({"i2", "i3"}))
    list_holdings(pool, Cloud(), {a: (read_a,), b: (read_b,)})  # type: ignore[arg-type]
    assert seen == [Read(collection=_MEMBERS, parents=frozenset({"i1", "i2", "i3"}))]


def test_silence_about_a_project_is_no_empty_list(projects: list[ProjectId], pool: ThreadPoolExecutor) -> None:
    """It may hold things all the same."""

    class Resources:
        def list(self, read: Read, wanted: tuple[ProjectId, ...]) -> Mapping[ProjectId, tuple[Item, ...] | CloudError]:
            return {wanted[0]: ()}

    class Cloud:
        resources = Resources()

    a, b, _ = projects
    found = list_holdings(pool, Cloud(), dict.fromkeys((a, b), (Read(collection=NETWORKS),)))  # type: ignore[arg-type]
    assert (found[a], found[b].items) == (Holdings(items={NETWORKS.name: ()}), {})
    assert "said nothing of the project" in found[b].unlisted[NETWORKS.name]


def test_an_adapter_that_raises_costs_only_the_collection(
    cloud: MemoryCloud,
    hold: Callable[..., Mapping[ProjectId, Holdings]],
    projects: list[ProjectId],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """For every project that needs it."""

    def fail(*_: Any) -> None:
        raise CloudUnavailable("busy")

    monkeypatch.setattr(cloud.resources, "list", fail)
    found = hold({projects[0]: (Read(collection=NETWORKS),)})
    assert found[projects[0]] == Holdings(unlisted={NETWORKS.name: "busy"})
