"""What every cloud does alike with what projects hold, collection by collection."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from provisioner.clouds.cloud import Cloud
from provisioner.clouds.collections import Act, Collection, CollectionName, Item, ItemId, Read
from provisioner.clouds.interface import Assignment, PrincipalId, ProjectId
from provisioner.errors import CloudConflict, CloudError, CloudMisconfigured, CloudRefused
from provisioner.kinds.network import NETWORKS
from provisioner.kinds.port import PORTS
from provisioner.kinds.security_group import SECURITY_GROUPS
from provisioner.kinds.subnet import SUBNETS
from provisioner.kinds.volume import VOLUMES
from tenants.names import RoleName
from tenants.resources import Limit, Resource
from tenants.spec import PrincipalKind

_NOBODY = ProjectId("0" * 32)
_GONE = ItemId("00000000-0000-0000-0000-000000000000")
#: How often something that takes time is looked at, a tenth of a second apart.
_LOOKS = 300
_UNDER_WAY = frozenset({"creating", "deleting", "extending"})


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A collection, and what tests make and change in it."""

    collection: Collection
    body: Mapping[str, Any]
    changed: Mapping[str, Any]
    #: What the service does not take.
    bad: Mapping[str, Any]


_SAMPLES = {
    each.collection.name: each
    for each in (
        Sample(collection=NETWORKS, body={"name": "应用网"}, changed={"description": "商事登记"}, bad={"mtu": "abc"}),
        Sample(
            collection=SUBNETS,
            body={"name": "应用网-v4", "cidr": "10.20.0.0/24", "ip_version": 4},
            changed={"dns_nameservers": ["10.0.0.53"]},
            bad={"cidr": "10.20.0.0/55"},
        ),
        Sample(collection=SECURITY_GROUPS, body={"name": "网页"}, changed={"description": "对外"}, bad={"unicorns": 1}),
        Sample(collection=PORTS, body={"name": "web-1"}, changed={"description": "对外"}, bad={"unicorns": 1}),
        Sample(
            collection=VOLUMES, body={"name": "数据盘", "size": 1}, changed={"description": "数据"}, bad={"size": 0}
        ),
    )
}


class Workshop:
    """A project in which things are made, changed, and cleared away at the end."""

    def __init__(self, cloud: Cloud, project: ProjectId) -> None:
        self.cloud = cloud
        self.project = project
        self._made: list[tuple[Collection, ItemId]] = []

    def make(self, collection: Collection, **body: Any) -> Item:
        """An item that is there."""
        owner = {"project_id": self.project} if collection.neutron else {}
        answered = self.cloud.resources.create(collection, self.project, {**body, **owner})
        self._made.append((collection, ItemId(answered.item["id"])))
        return self.settled(collection, answered.item["id"]) or {}

    def sample(self, name: str, /, **more: Any) -> Item:
        """The collection's sample; subnets and ports get a network of their own."""
        sample = _SAMPLES[CollectionName(name)]
        below = {"network_id": self.make(NETWORKS, name="net")["id"]} if name in {"subnets", "ports"} else {}
        return self.make(sample.collection, **{**sample.body, **below, **more})

    def settled(self, collection: Collection, item: str) -> Item | None:
        """The item once nothing is under way; None once it is gone."""
        for _ in range(_LOOKS):
            found = self.cloud.resources.fetch(collection, self.project, ItemId(item))
            if found is None or found.get("status") not in _UNDER_WAY:
                return found
            time.sleep(0.1)
        raise AssertionError(f"{item} is {found}")

    def listed(self, collection: Collection) -> tuple[Item, ...]:
        """What the project has."""
        found = self.cloud.resources.list(Read(collection=collection), [self.project])[self.project]
        assert not isinstance(found, CloudError), found
        return found

    def clear(self) -> None:
        """Leave nothing behind."""
        for collection, item in reversed(self._made):
            self.cloud.resources.delete(collection, self.project, item)
            self.settled(collection, item)


@pytest.fixture
def workshop(bench: Any, project: ProjectId) -> Iterator[Workshop]:
    """A new project, in which Tenantry has a role of its own."""
    roles = bench.cloud.identity.directory(bench.domain, users=False).roles
    bench.cloud.identity.grant(
        Assignment(
            project_id=project,
            kind=PrincipalKind.USER,
            principal_id=PrincipalId(bench.cloud.own_user()),
            role_id=roles[RoleName("admin")],
        )
    )
    workshop = Workshop(bench.cloud, project)
    yield workshop
    workshop.clear()


@pytest.fixture(params=list(_SAMPLES))
def sample(request: pytest.FixtureRequest) -> Sample:
    """Each collection in turn."""
    return _SAMPLES[request.param]


# Listing


def test_what_is_made_is_listed_with_the_fields_alone(workshop: Workshop, sample: Sample) -> None:
    """Under the project's id; whatever else the service says of it is left out."""
    made = workshop.sample(sample.collection.name)
    item = next(each for each in workshop.listed(sample.collection) if each["id"] == made["id"])
    assert item.keys() <= {"id", sample.collection.owner, *sample.collection.fields}
    assert (item["name"], item[sample.collection.owner]) == (sample.body["name"], workshop.project)


@pytest.mark.parametrize("others", [3, 12, 60], ids=["a few", "many", "very many"])
def test_many_projects_are_listed_as_one(workshop: Workshop, sample: Sample, others: int) -> None:
    """However a service lists many; who has nothing has an empty list."""
    made = workshop.sample(sample.collection.name)
    strangers = [ProjectId(f"{number:032x}") for number in range(1, others + 1)]
    if sample.collection is SECURITY_GROUPS:
        # A listing of security groups gives each of the projects that it names a default group.
        strangers = []
    found = workshop.cloud.resources.list(Read(collection=sample.collection), [*strangers, workshop.project])
    assert made["id"] in {each["id"] for each in found[workshop.project]}  # type: ignore[union-attr]
    assert {project: found[project] for project in strangers} == dict.fromkeys(strangers, ())


def test_listing_for_nobody_sends_nothing(cloud: Cloud, sample: Sample) -> None:
    """And gives nothing."""
    before = cloud.requests_sent()
    assert cloud.resources.list(Read(collection=sample.collection), []) == {}
    assert cloud.requests_sent() == before


def test_a_collection_that_fails_is_told_for_each_project(cloud: Cloud, project: ProjectId) -> None:
    """As a value, so that it costs nothing else."""
    unicorns = Collection(
        name=CollectionName("unicorns"), service="unicorns", path="/unicorns", item="unicorn", items="unicorns"
    )
    found = cloud.resources.list(Read(collection=unicorns), [project, _NOBODY])
    assert {each: type(error) for each, error in found.items()} == {
        project: CloudMisconfigured,
        _NOBODY: CloudMisconfigured,
    }


def test_everything_is_what_anybody_has(workshop: Workshop, sample: Sample) -> None:
    """Whoever's it is, with the fields alone."""
    made = workshop.sample(sample.collection.name)
    listing = workshop.cloud.resources.everything(sample.collection)
    item = next(each for each in listing.items if each["id"] == made["id"])
    assert item.keys() <= {"id", sample.collection.owner, *sample.collection.fields}
    assert (item[sample.collection.owner], listing.failure) == (workshop.project, None)
    assert listing.pages >= 1


def test_what_cannot_be_listed_is_told_beside_nothing(cloud: Cloud) -> None:
    """A service that is not there has no pages; and it can be asked for first."""
    unicorns = Collection(
        name=CollectionName("unicorns"), service="unicorns", path="/unicorns", item="unicorn", items="unicorns"
    )
    listing = cloud.resources.everything(unicorns)
    assert (listing.items, listing.pages, type(listing.failure)) == ((), 0, CloudMisconfigured)
    assert (cloud.has("unicorns"), cloud.has("network")) == (False, True)


# Finding one


def test_a_name_finds_that_name_alone(workshop: Workshop, sample: Sample) -> None:
    """Not names that begin with it; all keys are shown."""
    made = workshop.sample(sample.collection.name, name="web-1")
    workshop.sample(sample.collection.name, name="web-10")
    found = workshop.cloud.resources.named(sample.collection, workshop.project, "web-1")
    assert [each["id"] for each in found] == [made["id"]]
    assert found[0].keys() > {"id", *sample.collection.fields}


def test_names_of_other_projects_are_not_found(workshop: Workshop, sample: Sample) -> None:
    """Each project has its own."""
    workshop.sample(sample.collection.name)
    assert workshop.cloud.resources.named(sample.collection, _NOBODY, sample.body["name"]) == ()


def test_what_is_not_there_is_none(workshop: Workshop, sample: Sample) -> None:
    """No error: it may have been deleted."""
    assert workshop.cloud.resources.fetch(sample.collection, workshop.project, _GONE) is None


# Making, changing, deleting


def test_making_answers_with_the_item_and_evidence(workshop: Workshop) -> None:
    """Its id at least, and the request's."""
    answered = workshop.cloud.resources.create(VOLUMES, workshop.project, {"name": "数据盘", "size": 1})
    assert answered.item["name"] == "数据盘"
    assert [each[:4] for each in answered.receipt.request_ids] == ["req-"]
    workshop.settled(VOLUMES, answered.item["id"])
    workshop.cloud.resources.delete(VOLUMES, workshop.project, ItemId(answered.item["id"]))


def test_a_change_is_shown(workshop: Workshop, sample: Sample) -> None:
    """In its answer and when it is read again; the rest stays."""
    made = workshop.sample(sample.collection.name)
    answered = workshop.cloud.resources.update(sample.collection, workshop.project, made["id"], sample.changed)
    again = workshop.cloud.resources.fetch(sample.collection, workshop.project, made["id"]) or {}
    assert sample.changed.items() <= {**answered.item}.items() or answered.item["id"] == made["id"]
    assert {key: again[key] for key in (*sample.changed, "name")} == {**sample.changed, "name": made["name"]}


def test_deleting_twice_is_deleting_once(workshop: Workshop, sample: Sample) -> None:
    """What is gone counts as deleted."""
    made = workshop.sample(sample.collection.name)
    workshop.cloud.resources.delete(sample.collection, workshop.project, made["id"])
    assert workshop.settled(sample.collection, made["id"]) is None
    workshop.cloud.resources.delete(sample.collection, workshop.project, made["id"])


def test_several_are_made_in_one_request(workshop: Workshop) -> None:
    """Their answers are in the order of the bodies."""
    before = workshop.cloud.requests_sent()
    bodies = [{"name": f"网-{number}", "project_id": workshop.project} for number in range(3)]
    made = workshop.cloud.resources.create_all(NETWORKS, workshop.project, bodies)
    assert [each.item["name"] for each in made] == ["网-0", "网-1", "网-2"]
    assert workshop.cloud.requests_sent() == before + 1
    for each in made:
        workshop.cloud.resources.delete(NETWORKS, workshop.project, each.item["id"])


def test_several_are_made_all_or_none(workshop: Workshop) -> None:
    """One that is refused keeps the others from being made."""
    good, bad = {"name": "a", "project_id": workshop.project}, {"name": "b", "mtu": "abc"}
    with pytest.raises(CloudRefused):
        workshop.cloud.resources.create_all(NETWORKS, workshop.project, [good, bad])
    assert workshop.listed(NETWORKS) == ()


def test_an_action_has_its_effect(workshop: Workshop) -> None:
    """A volume that is extended is larger afterwards."""
    volume = workshop.sample("volumes")
    act = Act(below="/action", body={"os-extend": {"new_size": 2}})
    answered = workshop.cloud.resources.act(VOLUMES, workshop.project, volume["id"], act)
    assert [each[:4] for each in answered.receipt.request_ids] == ["req-"]
    assert (workshop.settled(VOLUMES, volume["id"]) or {})["size"] == 2


# What services add


def test_a_network_is_active_and_has_an_mtu(workshop: Workshop) -> None:
    """And tells its subnets."""
    subnet = workshop.sample("subnets")
    network = workshop.cloud.resources.fetch(NETWORKS, workshop.project, subnet["network_id"]) or {}
    assert (network["status"], network["mtu"], network["subnets"]) == ("ACTIVE", 1450, [subnet["id"]])


def test_a_subnet_has_a_gateway_and_pools(workshop: Workshop) -> None:
    """The first address, and all others; DHCP is on."""
    subnet = workshop.sample("subnets")
    assert (subnet["gateway_ip"], subnet["enable_dhcp"]) == ("10.20.0.1", True)
    assert subnet["allocation_pools"] == [{"start": "10.20.0.2", "end": "10.20.0.254"}]


def test_pools_go_around_a_gateway_in_the_middle(workshop: Workshop) -> None:
    """Nobody else may have its address."""
    subnet = workshop.sample("subnets", gateway_ip="10.20.0.100")
    assert [(each["start"], each["end"]) for each in subnet["allocation_pools"]] == [
        ("10.20.0.1", "10.20.0.99"),
        ("10.20.0.101", "10.20.0.254"),
    ]


def test_a_port_has_an_address_and_the_default_group(workshop: Workshop) -> None:
    """Of its network's subnet, and of its project."""
    subnet = workshop.sample("subnets")
    port = workshop.make(PORTS, name="p", network_id=subnet["network_id"])
    groups = {each["id"]: each["name"] for each in workshop.listed(SECURITY_GROUPS)}
    assert [each["subnet_id"] for each in port["fixed_ips"]] == [subnet["id"]]
    assert ([groups[each] for each in port["security_groups"]], port["device_id"]) == (["default"], "")


def test_a_volume_is_of_a_type_and_not_attached(workshop: Workshop) -> None:
    """After a while it is available."""
    volume = workshop.sample("volumes")
    assert (volume["status"], volume["attachments"], volume["bootable"]) == ("available", [], "false")
    assert volume["volume_type"] in {each.name for each in workshop.cloud.offers().volume_types}


# Refusals


def test_a_body_that_is_wrong_is_refused(workshop: Workshop, sample: Sample) -> None:
    """With the request's id, by which the cloud's operators find it."""
    with pytest.raises(CloudRefused, match="HTTP 400") as refusal:
        workshop.sample(sample.collection.name, **sample.bad)
    assert (refusal.value.request_id or "").startswith("req-")


@pytest.mark.parametrize("collection", [SUBNETS, PORTS], ids=lambda each: each.name)
def test_what_needs_something_that_is_not_there_is_refused(workshop: Workshop, collection: Collection) -> None:
    """A network that was never made."""
    body = _SAMPLES[collection.name].body
    with pytest.raises(CloudRefused, match="HTTP 404") as refusal:
        workshop.make(collection, **body, network_id=_GONE)
    assert (refusal.value.request_id or "").startswith("req-")


def test_what_is_gone_cannot_be_changed(workshop: Workshop, sample: Sample) -> None:
    """Nor made anew by that."""
    with pytest.raises(CloudRefused, match="HTTP 404"):
        workshop.cloud.resources.update(sample.collection, workshop.project, _GONE, sample.changed)


def test_what_is_gone_cannot_be_acted_on(workshop: Workshop) -> None:
    """It is refused."""
    with pytest.raises(CloudRefused, match="HTTP 404"):
        workshop.cloud.resources.act(
            VOLUMES, workshop.project, _GONE, Act(below="/action", body={"os-extend": {"new_size": 2}})
        )


def test_a_network_in_use_is_not_deleted(workshop: Workshop) -> None:
    """It is busy: a conflict."""
    port = workshop.sample("ports")
    with pytest.raises(CloudConflict, match="HTTP 409"):
        workshop.cloud.resources.delete(NETWORKS, workshop.project, port["network_id"])


def test_an_address_is_given_once(workshop: Workshop) -> None:
    """A second port with it is a conflict."""
    subnet = workshop.sample("subnets")
    taken = [{"ip_address": "10.20.0.9"}]
    workshop.make(PORTS, name="a", network_id=subnet["network_id"], fixed_ips=taken)
    with pytest.raises(CloudConflict, match=r"10\.20\.0\.9"):
        workshop.make(PORTS, name="b", network_id=subnet["network_id"], fixed_ips=taken)


# Quotas


@pytest.mark.parametrize(
    ("collection", "counted", "refusal"),
    [(NETWORKS, "network/network", CloudConflict), (VOLUMES, "block-storage/volumes", CloudRefused)],
    ids=["Neutron", "Cinder"],
)
def test_what_is_made_counts_and_the_limit_holds(  # noqa: PLR0917 - the parts of one case
    workshop: Workshop,
    resource: Callable[[str], Resource],
    collection: Collection,
    counted: str,
    refusal: type[CloudError],
) -> None:
    """One is in use; a second one does not fit."""
    one = resource(counted)
    keeper = workshop.cloud.quotas(one.service)
    keeper.set_limits(workshop.project, {one.key: Limit(1)}, force=False)
    workshop.sample(collection.name)
    assert keeper.readings([workshop.project])[workshop.project][one].used == 1  # type: ignore[index]
    with pytest.raises(refusal, match=r"(?i)quota"):
        workshop.sample(collection.name)


# Offers


def test_flavors_images_and_volume_types_are_offered(cloud: Cloud) -> None:
    """With what manifests and plans need of them."""
    offers = cloud.offers()
    assert ("tiny", 1, 512, 1, True) in [(f.name, f.vcpus, f.ram, f.disk, f.public) for f in offers.flavors]
    assert ("guest", "active", "public") in [(i.name, i.status, i.visibility) for i in offers.images]
    assert {"standard", "ssd"} <= {each.name for each in offers.volume_types}


def test_the_external_networks_are_offered(cloud: Cloud) -> None:
    """Those that the capabilities name."""
    external = {each.name for each in cloud.offers().networks if each.external}
    assert external == cloud.capabilities().external_networks


def test_projects_networks_are_offered_with_their_owner(workshop: Workshop) -> None:
    """To tell whose a shared one is."""
    network = workshop.sample("networks")
    found = next(each for each in workshop.cloud.offers().networks if each.id == network["id"])
    assert (found.name, found.owner, found.external, found.shared) == ("应用网", workshop.project, False, False)


def test_our_own_user_is_always_the_same(cloud: Cloud) -> None:
    """An id of Keystone's."""
    assert cloud.own_user() == cloud.own_user() != ""
