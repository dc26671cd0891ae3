"""Servers of a real Nova, metered by what its API says, beside Nova's own account of them."""

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import openstack
import pytest

from devcloud.fixture import Devcloud
from monitoring.metering.crosscheck import Agreement, NovaServer, compare
from monitoring.metering.looks import meter
from monitoring.metering.sums import pieces
from provisioner.clouds.interface import ProjectId
from provisioner.usage.coverage import Span
from provisioner.usage.intervals import Evidence, Interval, Ledger
from provisioner.usage.sightings import Look, ResourceId, Scope, Sighting, Sizes, Sort, State, Variant, state_of
from tenants.names import CloudName

pytestmark = [pytest.mark.filterwarnings("ignore::PendingDeprecationWarning"), pytest.mark.timeout(240)]
_MICROVERSION = "2.57"
_PATIENCE = 120
_MEBIBYTE = 2**20


@dataclass(slots=True)
class Nova:
    """Servers of one name in a real Nova, and what was metered of them."""

    connection: Any
    name: str
    began: datetime
    ledger: Ledger = field(default_factory=lambda: Ledger(scope=Scope(cloud=CloudName("city"), sort=Sort.SERVER)))
    closed: list[Interval] = field(default_factory=list)

    def get(self, path: str, microversion: str = _MICROVERSION) -> Any:
        """What Nova answers."""
        return self.connection.compute.get(path, microversion=microversion).json()

    def servers(self) -> list[Any]:
        """All that are there and all that were deleted since the beginning, as an administrator's `changes-since` has them."""
        since = self.began.replace(tzinfo=None, microsecond=0).isoformat()
        found = self.get(f"/servers/detail?all_tenants=1&changes-since={since}")["servers"]
        return [each for each in found if each["name"].startswith(self.name)]

    def wait(self, state: str) -> None:
        """Until every server is in that state, and Nova is at work on none."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            found = [(each["OS-EXT-STS:vm_state"], each["OS-EXT-STS:task_state"]) for each in self.servers()]
            if found and all(each == (state, None) for each in found):
                return
            time.sleep(0.3)
        raise AssertionError(f"not {state} in time: {found}")

    def look(self) -> None:
        """One whole look."""
        began = datetime.now(UTC)
        sightings = tuple(_sighting(each) for each in self.servers())
        # A look ends in a second of its own, so that the next can begin in another.
        time.sleep(1.1)
        look = Look(
            scope=self.ledger.scope,
            began=began,
            ended=datetime.now(UTC),
            every=timedelta(minutes=5),
            sightings=sightings,
        )
        outcome = meter(look, self.ledger)
        self.closed += outcome.closed
        still = {name: each for name, each in self.ledger.open.items() if name not in outcome.removed}
        still |= {each.id: each for each in outcome.opened}
        self.ledger = replace(self.ledger, standing=outcome.standing, open=still)
        time.sleep(1.1)

    def account(self) -> list[NovaServer]:
        """Nova's own account of them."""
        start = (self.began - timedelta(minutes=1)).replace(tzinfo=None, microsecond=0).isoformat()
        usages = self.get(f"/os-simple-tenant-usage?detailed=1&start={start}", "2.40")["tenant_usages"]
        return [
            NovaServer(
                id=ResourceId(each["instance_id"]),
                project=ProjectId(each["tenant_id"]),
                vcpus=each["vcpus"],
                memory_mb=each["memory_mb"],
                started_at=_time(each["started_at"]),
                ended_at=_time(each["ended_at"]),
            )
            for usage in usages
            for each in usage["server_usages"]
            if each["name"].startswith(self.name)
        ]


def _sighting(server: Any) -> Sighting:
    flavor = server["flavor"]
    return Sighting(
        id=ResourceId(server["id"]),
        project=ProjectId(server["tenant_id"]),
        variant=Variant(flavor["original_name"]),
        state=state_of(Sort.SERVER, server["OS-EXT-STS:vm_state"]),
        sizes=Sizes(vcpus=flavor["vcpus"], memory_bytes=flavor["ram"] * _MEBIBYTE),
        created_at=_time(server["created"]),
        launched_at=_time(server["OS-SRV-USG:launched_at"]),
        terminated_at=_time(server["OS-SRV-USG:terminated_at"]),
        updated_at=_time(server["updated"]),
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def nova(devcloud: Devcloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nova]:
    """The city cloud's Nova; whatever the test leaves there is taken away."""
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(devcloud.clouds_yaml))
    with openstack.connect(cloud="city") as connection:
        nova = Nova(connection, f"metered-{secrets.token_hex(4)}", datetime.now(UTC))
        yield nova
        for server in nova.servers():
            if server["OS-EXT-STS:vm_state"] != "deleted":
                connection.compute.delete_server(server["id"], ignore_missing=True)


@pytest.fixture
def create(nova: Nova) -> Callable[[str], str]:
    """Makes a server and gives its id when it runs."""

    def create(name: str) -> str:
        image = next(iter(nova.connection.image.images()))
        flavor = nova.connection.compute.find_flavor("tiny")
        made = nova.connection.compute.create_server(
            name=f"{nova.name}-{name}", image_id=image.id, flavor_id=flavor.id, networks="none"
        )
        nova.wait("active")
        return str(made.id)

    return create


def test_a_server_that_lives_and_dies_is_what_nova_says(nova: Nova, create: Callable[[str], str]) -> None:
    """Created, stopped and deleted between looks: to the second, with the API's times as evidence."""
    nova.look()
    server = create("a")
    nova.look()
    nova.connection.compute.stop_server(server)
    nova.wait("stopped")
    nova.look()
    nova.connection.compute.delete_server(server)
    nova.wait("deleted")
    nova.look()
    assert [each.condition.state for each in nova.closed] == [State.BUILDING, State.ACTIVE, State.STOPPED]
    evidence = [each.end.evidence for each in nova.closed]
    assert evidence == [Evidence.API, Evidence.BOUND, Evidence.API]
    (found,) = compare(pieces(nova.ledger, nova.closed), nova.account(), _all(nova))
    assert found.agreement is Agreement.EQUAL
    assert found.ours.servers.metered > 0


def test_what_nova_forgets_of_a_resize_is_metered_here(nova: Nova, create: Callable[[str], str]) -> None:
    """The launch that a resize renews dates it, and is all that Nova counts from."""
    nova.look()
    server = create("b")
    nova.look()
    nova.connection.compute.resize_server(server, nova.connection.compute.find_flavor("medium").id)
    nova.wait("resized")
    nova.connection.compute.confirm_server_resize(server)
    nova.wait("active")
    nova.look()
    nova.connection.compute.delete_server(server)
    nova.wait("deleted")
    nova.look()
    small, large = (
        next(each for each in nova.closed if (each.condition.variant, each.condition.state) == (flavor, State.ACTIVE))
        for flavor in ("tiny", "medium")
    )
    assert (small.end.evidence, small.end.at) == (Evidence.API, large.start.at)
    (found,) = compare(pieces(nova.ledger, nova.closed), nova.account(), _all(nova))
    assert found.agreement is Agreement.NOVA_FORGETS
    assert found.forgotten.servers.metered == (small.end.at - small.start.at).total_seconds() > 0


def _all(nova: Nova) -> Span:
    return Span(start=nova.began - timedelta(minutes=1), end=datetime.now(UTC) + timedelta(minutes=1))
