"""Looks are shared by those who wait for one, each begins after it was asked for, and each asker sees what it asked for."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import pytest

from provisioner.clouds.memory import MemoryCloud
from provisioner.errors import CloudRefused, CloudUnavailable
from provisioner.kinds.network import NETWORKS
from provisioner.looks import Looks
from provisioner.observation import Observation
from provisioner.observe import Wanted, narrowed, observe, together, wanted_for
from tenants.landing_zone import LandingZoneSpec, NetworkSpec
from tenants.names import CloudName, DomainName, NetworkName
from tenants.resources import Service

_DOMAIN = DomainName("government")
#: Seconds, until a test that hangs ends.
_PATIENCE = 30


def _wanted(*names: str, service: Service = Service.COMPUTE) -> Wanted:
    return Wanted(domain=_DOMAIN, services={name: frozenset({service}) for name in names})


@dataclass
class Site:
    """A cloud whose looks begin when they are let, and those who ask for them."""

    build: Any
    cloud: MemoryCloud
    pool: ThreadPoolExecutor
    #: Released once for each look that may begin.
    gate: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    #: Released by each look that waits at the gate.
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    looks: Looks = field(init=False)
    _times: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.looks = Looks(connect=self._connect, now=lambda: self.build.now().replace(microsecond=next(self._times)))

    def _connect(self, spec: Any) -> MemoryCloud:
        if spec.name == "city":
            self.begun.release()
            assert self.gate.acquire(timeout=_PATIENCE)
        return self.cloud

    def ask(self, wanted: Wanted) -> Future[Observation]:
        """Ask in a thread; returns once the question stands."""
        asked = self.pool.submit(self.looks.look, self.build.cloud("city"), wanted)
        while not asked.done() and not self._stands(wanted):
            threading.Event().wait(0.001)
        return asked

    def ask_first(self) -> Future[Observation]:
        """Ask, and wait until that look is under way."""
        asked = self.pool.submit(self.looks.look, self.build.cloud("city"), _wanted("first"))
        assert self.begun.acquire(timeout=_PATIENCE)
        return asked

    def _stands(self, wanted: Wanted) -> bool:
        waiting = [line.next for line in self.looks._lines.values() if line.next]
        return any(wanted.services.keys() <= each.wanted.services.keys() for each in waiting)


@pytest.fixture
def site(build: Any) -> Iterator[Site]:
    """With three projects that nobody has read yet."""
    cloud = MemoryCloud(CloudName("city"))
    for name in ("first", "a", "b"):
        cloud.identity.create_project(_DOMAIN, name=name, description="")
    with ThreadPoolExecutor() as pool:
        made = Site(build, cloud, pool)
        yield made
        made.gate.release(100)


def test_all_who_wait_share_the_next_look(site: Site) -> None:
    """Three questions while a look is under way cost one more."""
    first = site.ask_first()
    waiting = [site.ask(_wanted(name)) for name in ("a", "b", "c")]
    site.gate.release(2)
    seen = {each.result(_PATIENCE).at for each in waiting}
    assert len(seen) == 1
    assert first.result(_PATIENCE).at not in seen
    assert site.cloud.weather.calls["identity.projects"] == 2


def test_a_look_never_began_before_its_question(site: Site) -> None:
    """What changes after a look began is seen by whoever asks after the change."""
    first = site.ask_first()
    later = site.ask(_wanted("late"))
    site.gate.release()
    first.result(_PATIENCE)
    site.cloud.identity.create_project(_DOMAIN, name="late", description="")
    site.gate.release()
    assert "late" not in first.result(_PATIENCE).projects
    assert "late" in later.result(_PATIENCE).projects


def test_everybody_sees_what_they_asked_for_and_no_more(site: Site) -> None:
    """Though the look read it all."""
    site.ask_first()
    compute, network = site.ask(_wanted("a")), site.ask(_wanted("b", service=Service.NETWORK))
    site.gate.release(2)
    read = [
        {name: list(view.readings) for name, view in each.result(_PATIENCE).projects.items() if view.readings}
        for each in (compute, network)
    ]
    assert read == [{"a": [Service.COMPUTE]}, {"b": [Service.NETWORK]}]


def test_what_failed_for_another_is_no_obstacle(site: Site) -> None:
    """A service that somebody else asked about could not be read."""
    site.ask_first()
    compute, network = site.ask(_wanted("a")), site.ask(_wanted("a", "b", service=Service.NETWORK))
    site.cloud.weather.fail("network.readings", CloudUnavailable("HTTP 503"))
    site.gate.release(2)
    assert compute.result(_PATIENCE).projects["a"].unreadable == {}
    assert network.result(_PATIENCE).projects["a"].unreadable == {Service.NETWORK: "HTTP 503"}


def test_an_error_reaches_all_who_shared_the_look(site: Site) -> None:
    """And nobody after them."""
    site.ask_first()
    waiting = [site.ask(_wanted(name)) for name in ("a", "b")]
    site.gate.release()
    assert site.begun.acquire(timeout=_PATIENCE)
    site.cloud.weather.fail("identity.projects", CloudRefused("HTTP 403"))
    site.gate.release()
    assert [type(each.exception(_PATIENCE)) for each in waiting] == [CloudRefused] * 2
    site.gate.release()
    assert "a" in site.looks.look(site.build.cloud("city"), _wanted("a")).projects


def test_a_slow_cloud_holds_up_no_other(site: Site) -> None:
    """While the one is looked at, the other is seen."""
    site.ask_first()
    assert site.looks.look(site.build.cloud("district"), _wanted("a")).projects.keys() >= {"a"}


def test_who_asks_alone_looks_at_once(site: Site) -> None:
    """Nobody waits for company."""
    site.gate.release(2)
    for _ in range(2):
        site.looks.look(site.build.cloud("city"), _wanted("a"))
    assert site.cloud.weather.calls["identity.projects"] == 2


def test_interrupted_before_its_turn_it_leaves_nobody_waiting(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next who asks begins anew."""

    class Interrupted:
        def __enter__(self) -> None:
            raise KeyboardInterrupt

        def __exit__(self, *_: object) -> None:
            """Nothing was taken."""

    site.gate.release(2)
    spec = site.build.cloud("city")
    site.looks.look(spec, _wanted("a"))
    (line,) = site.looks._lines.values()
    with monkeypatch.context() as patched:
        patched.setattr(line, "looking", Interrupted())
        with pytest.raises(KeyboardInterrupt):
            site.looks.look(spec, _wanted("a"))
    assert "a" in site.looks.look(spec, _wanted("a")).projects


@pytest.mark.parametrize("furnished", ["a", "b"])
def test_a_shared_look_shows_what_ones_own_would(build: Any, furnished: str) -> None:
    """Where only one of two manifests speaks of a landing zone, and that of one project."""
    cloud = MemoryCloud(CloudName("city"))
    for name in ("market-a", "market-b"):
        project = cloud.identity.create_project(_DOMAIN, name=name, description="")[0].id
        cloud.resources.create(NETWORKS, project, {"name": "app", "project_id": project})
    zone = LandingZoneSpec(networks=(NetworkSpec(name=NetworkName("app")),))
    plain = tuple(build.project(name, limits={"compute/cores": 4}) for name in ("a", "b"))
    other = tuple(replace(each, landing_zone=zone) if each.name == furnished else each for each in plain)
    one, two = (wanted_for(build.cloud(), projects) for projects in (plain, other))
    shared = observe(cloud, together(one, two), now=build.now)
    for own in (one, two):
        assert narrowed(shared, own).projects == observe(cloud, own, now=build.now).projects
