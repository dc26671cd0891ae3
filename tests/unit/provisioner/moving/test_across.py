"""Applications moved into another cloud or project by copies: the same bytes whatever dies on the way, and a way back from everywhere."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from provisioner.clouds.interface import ProjectId
from provisioner.kinds.network import NETWORKS
from provisioner.kinds.security_group import SECURITY_GROUPS
from provisioner.kinds.subnet import SUBNETS
from provisioner.migration.collections import IMAGES, PORTS, SERVERS, SNAPSHOTS, VOLUME_TRANSFERS, VOLUMES
from provisioner.migration.mapping import networks_of, resolve
from provisioner.migration.migration import StepState
from provisioner.migration.script import StepKind
from provisioner.moving.deeds.catalogue import DEEDS
from provisioner.moving.inspecting import Place
from provisioner.moving.viewing import view
from tenants.names import CloudName, DomainName, ProjectName, TenantName, ZoneName
from tenants.spec import ProjectSpec
from tenants.wave import Mode, TargetPlace
from tests.migrations import Fate, Fated, Journey, Killed, wave_of

#: What the record does, and not a cloud; the deeds of these have tests on PostgreSQL.
_ON_RECORD = {StepKind.CHECK, StepKind.HOLD, StepKind.ACCEPT, StepKind.CLEAN, StepKind.MANIFEST, StepKind.RETIRE}
_CONTENT = {"web-root": "根盘".encode() * 700, "web-data-0": b"data of web" * 500, "db-root": b"boot" * 900}


class NoTraffic:
    """Means without a record: nothing is limited, nothing is kept."""

    def __init__(self) -> None:
        self.traffic = self
        self.rates: list[Any] = []

    @contextmanager
    def of(self, run: Any) -> Iterator[None]:
        """No limit."""
        yield None

    def share_anew(self, run: Any) -> None:
        """Nothing is shared."""

    def note_rate(self, *rate: Any, at: Any) -> None:
        """Kept for the test."""
        self.rates.append(rate)


@dataclass
class OneCloud:
    """A cloud whose calls meet their fate."""

    name: CloudName
    resources: Any
    image_data: Any


@dataclass
class Fatal(Journey):
    """A journey with means of its own."""

    means: Any = field(default_factory=NoTraffic)

    @property
    def scene(self) -> Any:
        """Where it plays."""
        return replace(super().scene, means=self.means)


class Passage:
    """A source with two servers, a target with the same network, and the journey from one to the other."""

    def __init__(self, found_estate: Any, found_cloud: Any, mode: Mode) -> None:
        self.mode = mode
        self.source = found_estate()
        self.web = self.source.server("web", data=1, metadata={"duty": "网页"})
        self.db = self.source.server("db", from_volume=True)
        self.fate = Fate()
        self.target = self.source.cloud if mode is Mode.CROSS_PROJECT else found_cloud("district")
        made = self.target.identity.create_project(DomainName("government"), name="market-b", description="")[0].id
        self.project = ProjectId(made)
        network = self.make(NETWORKS, name="应用网", project_id=made)["id"]
        self.make(SUBNETS, network_id=network, cidr="10.30.0.0/24", ip_version=4, name="app-v4", project_id=made)
        self.make(SECURITY_GROUPS, name="web", project_id=made)
        self.write()
        for port in self.source.cloud.items(PORTS, self.source.place.project_id):
            own = {"ip_address": "10.30.0.100", "mac_address": port["mac_address"]}
            self.source.cloud.alter(PORTS, port["id"], allowed_address_pairs=[own])
        self.journey = self._journey()

    def make(self, collection: Any, **body: Any) -> Any:
        """An item of the target's project."""
        return self.target.resources.create(collection, self.project, body).item

    def write(self) -> None:
        """Each disk has content of its own."""
        self.disks = {"web-root": self.web}
        for each in self.source.cloud.items(VOLUMES, self.source.place.project_id):
            self.disks[str(each["name"])] = str(each["id"])
        for name, item in self.disks.items():
            self.source.cloud.write_disk(item, _CONTENT[name], offset=100)

    def _journey(self) -> Fatal:
        workload = self.source.inspect("web", "db").workload
        cloud = self.target.name if self.mode is Mode.CROSS_CLOUD else CloudName("city")
        goal = TargetPlace(cloud=cloud, project=ProjectName("b"))
        wave = wave_of(workload, self.mode, target=goal, probes=False)
        place = Place(cloud=cloud, tenant=TenantName("market"), project=ProjectName("b"), project_id=self.project)
        seen = view(self.target, place, _project(cloud), networks_of(wave, workload))
        bindings = resolve(wave, workload, seen)
        assert not isinstance(bindings, tuple), bindings
        return Fatal(
            workload=workload,
            bindings=bindings,
            wave=wave,
            deeds=DEEDS,
            source=self._fated(self.source.cloud),
            target=self._fated(self.target),
        )

    def _fated(self, cloud: Any) -> OneCloud:
        return OneCloud(name=cloud.name, resources=Fated(cloud.resources, self.fate), image_data=cloud.image_data)

    @property
    def kinds(self) -> list[StepKind]:
        """The stages that clouds are asked for, in order, up to where the target serves."""
        found = dict.fromkeys(each.spec.kind for each in self.journey.steps.values())
        until = list(found).index(StepKind.ACCEPT)
        return [each for each in list(found)[:until] if each not in _ON_RECORD and not each.gate]

    def go(self) -> None:
        """All stages; where the process dies another comes and goes on."""
        for kind in self.kinds:
            end = self._surviving(self.journey.forward, kind)
            assert end.failure is None, (kind, end.failure)

    def go_back(self) -> None:
        """All that was begun is taken back, from the end."""
        for kind in reversed(self.kinds):
            if any(each.state is not StepState.PENDING for each in self.journey.migration.of_kind(kind)):
                end = self._surviving(self.journey.backward, kind)
                assert end.failure is None, (kind, end.failure)

    @staticmethod
    def _surviving(act: Any, kind: StepKind) -> Any:
        with suppress(Killed):
            return act(kind)
        return act(kind)

    def arrived(self) -> dict[str, bytes]:
        """What the target's disks hold, by the source's names."""
        servers = {str(each["name"]): str(each["id"]) for each in self.target.items(SERVERS, self.project)}
        found = {"web-root": self.target.read_disk(servers["web"])}
        for each in self.target.items(VOLUMES, self.project):
            found[str(each["name"])] = self.target.read_disk(str(each["id"]))
        return found

    def left(self) -> dict[str, bytes]:
        """What the source's disks hold."""
        return {name: self.source.cloud.read_disk(item) for name, item in self.disks.items()}

    def counts(self, collection: Any, project: ProjectId | None = None) -> int:
        """How many items of a collection the target's project, or another, has."""
        cloud = self.target if project is None else self.source.cloud
        return len(cloud.items(collection, self.project if project is None else project))


def _project(cloud: CloudName) -> ProjectSpec:
    return ProjectSpec(
        name=ProjectName("b"),
        cloud=cloud,
        keystone_name="market-b",
        zone=ZoneName("extranet"),
        description=None,
        purpose="",
        protection_level=2,
    )


@pytest.fixture(params=[Mode.CROSS_CLOUD, Mode.CROSS_PROJECT], ids=str)
def mode(request: pytest.FixtureRequest) -> Mode:
    """Either way of moving by copies."""
    found: Mode = request.param
    return found


@pytest.fixture
def new_passage(found_estate: Any, found_cloud: Any, mode: Mode) -> Any:
    """Makes passages, each in a world of its own."""
    return lambda: Passage(found_estate, found_cloud, mode)


def _moved(passage: Passage) -> None:
    """Everything arrived once and as it was, and the source is as it was."""
    assert passage.arrived() == passage.left()
    assert {name: content[100 : 100 + len(_CONTENT[name])] for name, content in passage.arrived().items()} == _CONTENT
    assert (passage.counts(SERVERS), passage.counts(VOLUMES), passage.counts(PORTS)) == (2, 2, 2)
    assert passage.source.rest(passage.web)[0] == passage.source.rest(passage.db)[0] == "SHUTOFF"


def test_everything_arrives_once_and_the_source_stays(new_passage: Any) -> None:
    """Names, bytes, metadata, MACs; the source stands still, locked."""
    passage = new_passage()
    passage.go()
    _moved(passage)
    web = next(each for each in passage.target.items(SERVERS, passage.project) if each["name"] == "web")
    assert web["metadata"]["duty"] == "网页"
    pairs = [each["allowed_address_pairs"] for each in passage.target.items(PORTS, passage.project)]
    assert [[each["ip_address"] for each in shared] for shared in pairs] == [["10.30.0.100"]] * 2
    assert passage.source.rest(passage.web)[2]


def test_nothing_is_left_of_a_move_that_is_taken_back(new_passage: Any) -> None:
    """The source runs as before, unlocked, with its ports; at the target, and of copies, nothing is there."""
    passage = new_passage()
    images = passage.counts(IMAGES, passage.source.place.project_id)
    passage.go()
    passage.go_back()
    assert (passage.counts(SERVERS), passage.counts(VOLUMES), passage.counts(PORTS), passage.counts(IMAGES)) == (0,) * 4
    own = passage.source.place.project_id
    counted = [passage.counts(each, own) for each in (SNAPSHOTS, VOLUME_TRANSFERS, IMAGES, VOLUMES, PORTS)]
    assert counted == [0, 0, images, 2, 2]
    assert [passage.source.rest(each)[0::2] for each in (passage.web, passage.db)] == [("ACTIVE", False)] * 2


def test_a_bin_of_deleted_servers_keeps_nothing_of_a_move_that_is_taken_back(new_passage: Any) -> None:
    """Servers that were built go past it: else their volumes and ports would stay theirs for as long as Nova keeps them."""
    passage = new_passage()
    passage.target.keep_deleted_servers()
    passage.go()
    passage.go_back()
    assert (passage.counts(SERVERS), passage.counts(VOLUMES), passage.counts(PORTS)) == (0, 0, 0)


def _undisturbed(new_passage: Any, *, back: bool) -> int:
    """How many calls there are, there or on the way back."""
    passage = new_passage()
    passage.go()
    if not back:
        return len(passage.fate.calls)
    passage.fate.calls.clear()
    passage.go_back()
    return len(passage.fate.calls)


@pytest.mark.parametrize("kills", [True, False], ids=["killed", "lost"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_whatever_call_is_the_last_the_next_process_goes_on(new_passage: Any, *, after: bool, kills: bool) -> None:
    """Every call of the whole way is once the last one before a death, or unanswered: everything arrives all the same, once."""
    for number in range(_undisturbed(new_passage, back=False)):
        passage = new_passage()
        passage.fate.at, passage.fate.after, passage.fate.kills = number, after, kills
        passage.go()
        _moved(passage)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_whatever_call_is_the_last_on_the_way_back(new_passage: Any, *, after: bool) -> None:
    """The source runs again, and nothing is left, whichever call of the way back a death comes at."""
    for number in range(_undisturbed(new_passage, back=True)):
        passage = new_passage()
        passage.go()
        passage.fate.calls.clear()
        passage.fate.at, passage.fate.after, passage.fate.kills = number, after, True
        passage.go_back()
        assert (passage.counts(SERVERS), passage.counts(VOLUMES), passage.counts(PORTS)) == (0, 0, 0)
        assert passage.source.rest(passage.web)[0] == "ACTIVE"


def test_there_is_a_way_back_from_every_stage(new_passage: Any) -> None:
    """After each stage in turn."""
    for place in range(len(new_passage().kinds)):
        passage = new_passage()
        for kind in passage.kinds[: place + 1]:
            assert passage.journey.forward(kind).failure is None
        passage.go_back()
        assert (passage.counts(SERVERS), passage.counts(VOLUMES), passage.counts(PORTS)) == (0, 0, 0)
        assert passage.counts(SNAPSHOTS, passage.source.place.project_id) == 0
        assert passage.source.rest(passage.db)[0::2] == ("ACTIVE", False)
