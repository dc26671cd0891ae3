"""Real clouds, collected: counts equal the clouds' own, what was deleted is metered to its real end, failures cost their part."""

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import openstack
import pytest

from api.collection.collecting import Collected, Collecting
from api.collection.crosschecking import crosscheck
from api.collection.politeness import Permits
from api.collection.routines import COLLECTORS, Intervals
from devcloud.fixture import Devcloud
from monitoring.collection.contents import ServerRow, counted, numbers, readings, servers, zones
from monitoring.metering.crosscheck import Agreement
from monitoring.metering.looks import meter
from provisioner.clouds.openstack.cloud import OpenStackCloud, connect
from provisioner.clouds.openstack.retry import RetryPolicy
from provisioner.clouds.openstack.transport import TransportSettings
from provisioner.counting import Tally
from provisioner.reconciliation.force import city_of
from provisioner.requests.request import Papers
from provisioner.store import usage_snapshots, usage_sums
from provisioner.store.database import Database
from provisioner.store.usage import Recorder
from provisioner.store.usage_sums import Selection
from provisioner.usage.collection import CollectorName
from provisioner.usage.coverage import Span
from provisioner.usage.intervals import Evidence
from provisioner.usage.quantities import Piece
from provisioner.usage.sightings import Sort, State
from tests.integration.collection.conftest import CITY
from tests.integration.requests.conftest import cloud as cloud_manifest
from tests.integration.requests.conftest import tenant

pytestmark = [pytest.mark.filterwarnings("ignore::PendingDeprecationWarning"), pytest.mark.timeout(240)]
_PATIENCE = 90


@dataclass
class Site:
    """A project of its own in the city's cloud, and what collects from that cloud."""

    collecting: Collecting
    database: Database
    #: An administrator in the project.
    own: Any
    project: str
    began: datetime

    def collect(self, name: str) -> Collected:
        """One run of a collector; it ends in a second of its own."""
        found = self.collecting.collect(CITY, next(each for each in COLLECTORS if each.name == name))
        time.sleep(1.1)
        return found

    def content(self, name: str) -> Any:
        """What it left."""
        with self.database.transaction() as connection:
            found = usage_snapshots.latest(connection, CITY, CollectorName(name))
        assert found
        return found.content

    def states(self, name: str) -> dict[str, int]:
        """How many the project has of something, by state."""
        rows = [each for each in counted(self.content(name)) if each.project == self.project]
        return {each.state.value: each.number for each in rows}

    def rows(self) -> list[ServerRow]:
        """The project's servers."""
        return [each for each in servers(self.content("servers")) if each.project == self.project]

    def pieces(self, sort: Sort) -> list[Piece]:
        """What was metered of the project."""
        selection = Selection(cloud=CITY, sorts=frozenset({sort}))
        period = Span(start=self.began, end=datetime.now(UTC) + timedelta(minutes=1))
        with self.database.transaction() as connection:
            found = list(usage_sums.pieces(connection, period, selection))
        return [each for each in found if each.condition.project == self.project]

    def server(self, flavor: str = "tiny") -> Any:
        """A server that runs."""
        image = next(iter(self.own.image.images(name="guest")))
        chosen = self.own.compute.find_flavor(flavor)
        made = self.own.compute.create_server(
            name=f"w-{secrets.token_hex(2)}", image_id=image.id, flavor_id=chosen.id, networks="none"
        )
        return self.own.compute.wait_for_server(made, wait=_PATIENCE, interval=0.3)


@pytest.fixture
def polite(devcloud: Devcloud, database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenStackCloud]:
    """The city's cloud within a budget that is no hindrance."""
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(devcloud.clouds_yaml))
    permits = Permits(database=database, cloud=CITY, most=5000, tally=Tally())
    retry = replace(RetryPolicy(), attempts=2, first_pause=0.05)
    with connect(CITY, "city", settings=TransportSettings(permit=permits, retry=retry)) as cloud:
        yield cloud


@pytest.fixture
def site(polite: OpenStackCloud, database: Database) -> Iterator[Site]:
    """Whatever the test leaves in the project is taken away."""
    name = f"collected-{secrets.token_hex(3)}"
    texts = {"c": cloud_manifest(), "town": tenant("town", parent=None), "t": tenant(name, registration=4)}
    city = city_of(Papers(files={f"{each}.yaml": text for each, text in texts.items()}, attached={}))
    assert city
    force: Any = SimpleNamespace(read=lambda: (None, city))
    collecting = Collecting(
        database=database,
        connect=lambda _: polite,
        force=force,
        recorder=Recorder(meter),
        tally=Tally(),
        now=lambda: datetime.now(UTC),
        every=Intervals().of_collectors(),
    )
    with openstack.connect(cloud="city") as administrator:
        domain = administrator.identity.find_domain("government")
        project = administrator.identity.create_project(name=f"{name}-registration", domain_id=domain.id)
        admin = administrator.identity.find_role("admin")
        administrator.identity.assign_project_role_to_user(project, administrator.current_user_id, admin)
        own = administrator.connect_as(project_id=project.id)
        yield Site(collecting=collecting, database=database, own=own, project=project.id, began=datetime.now(UTC))
        _clear(own)
        administrator.identity.delete_project(project)


def _clear(own: Any) -> None:
    for server in own.compute.servers():
        own.compute.delete_server(server)
    for server in own.compute.servers():
        own.compute.wait_for_delete(server, wait=_PATIENCE, interval=0.3)
    for snapshot in own.block_storage.snapshots():
        own.block_storage.delete_snapshot(snapshot)
        own.block_storage.wait_for_delete(snapshot, wait=_PATIENCE, interval=0.3)
    for volume in own.block_storage.volumes():
        own.block_storage.delete_volume(volume)
    for hidden in (False, True):
        for image in own.image.images(owner=own.current_project_id, is_hidden=hidden):
            own.image.delete_image(image)
    for address in own.network.ips(project_id=own.current_project_id):
        own.network.delete_ip(address)


def test_what_is_collected_is_what_the_cloud_has(site: Site) -> None:
    """Volumes, snapshots, images, floating IPs, ports and quotas of a project, after it made some."""
    volume = site.own.block_storage.create_volume(size=1, name="数据盘")
    site.own.block_storage.wait_for_status(volume, "available", wait=_PATIENCE, interval=0.3)
    snapshot = site.own.block_storage.create_snapshot(volume_id=volume.id)
    site.own.block_storage.wait_for_status(snapshot, "available", wait=_PATIENCE, interval=0.3)
    site.own.image.create_image("空", disk_format="raw", container_format="bare")
    hidden = site.own.image.create_image("藏", disk_format="raw", container_format="bare")
    site.own.image.update_image(hidden, is_hidden=True)
    outside = site.own.network.find_network("internet-external")
    site.own.network.create_ip(floating_network_id=outside.id)
    for name in ("projects", "volumes", "snapshots", "backups", "images", "floating-ips", "routers", "quotas"):
        assert site.collect(name).run.complete
    found = [site.states(each) for each in ("volumes", "snapshots", "backups", "images", "floating-ips")]
    assert found == [{"available": 1}, {"available": 1}, {}, {"building": 2}, {"unassociated": 1}]
    assert site.project not in numbers(site.content("routers"))
    used = {str(resource): use.used for project, resource, use in readings(site.content("quotas")) if use.used}
    assert (used["block-storage/volumes"], used["block-storage/gigabytes"], used["network/floatingip"]) == (1, 2, 1)


def test_servers_are_what_the_cloud_has_after_resizes_and_deletions(site: Site) -> None:
    """Followed by what changed alone: one request a look, and never another listing of all."""
    site.collect("servers")
    grown, stopped, gone = (site.server() for _ in range(3))
    assert site.collect("servers").run.requests == 1
    site.own.compute.resize_server(grown, site.own.compute.find_flavor("small"))
    site.own.compute.wait_for_server(grown, "VERIFY_RESIZE", wait=_PATIENCE, interval=0.3)
    site.own.compute.confirm_server_resize(grown)
    site.own.compute.wait_for_server(grown, wait=_PATIENCE, interval=0.3)
    site.own.compute.stop_server(stopped)
    site.own.compute.wait_for_server(stopped, "SHUTOFF", wait=_PATIENCE, interval=0.3)
    site.own.compute.delete_server(gone)
    site.own.compute.wait_for_delete(gone, wait=_PATIENCE, interval=0.3)
    assert site.collect("servers").run.requests == 1
    found = {each.id: (each.flavor, each.state) for each in site.rows()}
    assert found == {grown.id: ("small", State.ACTIVE), stopped.id: ("tiny", State.STOPPED)}


def test_a_server_deleted_between_two_looks_is_metered_to_its_real_end(site: Site) -> None:
    """By the time that Nova tells, and one that came and went between them as well."""
    site.collect("servers")
    server = site.server()
    site.collect("servers")
    brief = site.server()
    for each in (server, brief):
        site.own.compute.delete_server(each)
        site.own.compute.wait_for_delete(each, wait=_PATIENCE, interval=0.3)
    time.sleep(1.1)
    site.collect("servers")
    last = {each.id: each for each in site.pieces(Sort.SERVER) if each.condition.state is not State.BUILDING}
    for each in (server, brief):
        told = site.own.compute.get(f"/servers/detail?deleted=true&uuid={each.id}", microversion="2.69").json()
        ended = next(found for found in told["servers"] if found["id"] == each.id)["OS-SRV-USG:terminated_at"]
        end = last[each.id].end
        assert (end.at, end.evidence) == (_second(ended), Evidence.API)


def test_a_service_that_fails_costs_its_part_alone(site: Site, devcloud: Devcloud) -> None:
    """Cinder answers nothing of backups; the rest of it, and what was known, stay."""
    site.collect("backups")
    before = site.content("backups")
    devcloud.fail("city", "cinder", "/backups/detail", count=2)
    failed = site.collect("backups")
    assert (failed.anything, failed.run.reasons) == (False, {"unavailable"})
    assert site.content("backups") == before
    assert site.collect("volumes").run.complete
    assert site.collect("backups").run.complete


def test_novas_own_account_agrees(site: Site) -> None:
    """To the second, up to the last look."""
    site.collect("servers")
    server = site.server()
    site.own.compute.stop_server(server)
    site.own.compute.wait_for_server(server, "SHUTOFF", wait=_PATIENCE, interval=0.3)
    # A quick cloud starts and stops it within the second of the look: whole seconds must lie between.
    time.sleep(2.1)
    site.collect("servers")
    day = Span(start=site.began - timedelta(days=1), end=site.began + timedelta(days=1))
    found = crosscheck(site.collecting, CITY, day)
    (mine,) = (each for each in found.comparisons if each.project == site.project)
    assert mine.agreement is Agreement.EQUAL
    assert mine.ours.servers.metered > 0


def test_capacity_has_the_zones_of_the_cloud(site: Site) -> None:
    """As Nova names them; of each what its computes have together."""
    assert site.collect("capacity").run.complete
    found = {(each.availability_zone, str(each.resource)): each for each in zones(site.content("capacity"))}
    there = {zone for zone, resource in found if resource == "compute/cores"}
    assert there == {"internet", "extranet"}
    cores = [each for (_, resource), each in found.items() if resource == "compute/cores"]
    assert all(0 < (each.largest_host or 0) <= each.allocatable for each in cores)
    assert any(resource == "block-storage/gigabytes" for _, resource in found)


def _second(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC, microsecond=0)
