"""What exists becomes manifests that ask for just that; what they cannot say is left out and told."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from provisioner.adoption.cloud import adopt_cloud
from provisioner.adoption.documents import Adopter, Adoption
from provisioner.adoption.takeover import adopt
from provisioner.observation import Observation, ProjectView
from provisioner.planning import make_plan
from tenants.language.emission import emit
from tenants.names import CloudName, DomainName, TenantName, VolumeTypeName, ZoneName
from tenants.quantities import MAXIMUM
from tenants.resources import CATALOGUE, Service
from tenants.spec import City, CloudSpec
from tenants.validation import validate

_CITY = CloudName("city")
_MARKET = Adopter(name=TenantName("market"), display_name="市市场监督管理局")

#: Whatever Keystone lets people call a thing.
_names = st.text(min_size=1, max_size=12) | st.sampled_from(
    ["市监局登记", "market-a", "Market A", "yes", "1.0", " spaced ", "名\u3000", "a\nb", "a:b", "🏛", "-", "\x00"]
)
#: The builders take a member apart at its slashes.
_words = _names.filter(lambda name: "/" not in name)
_members = st.builds(
    lambda kind, principal, role, resolved: (f"{kind}/{principal}/{role}", resolved),
    st.sampled_from(["group", "user"]),
    _words | st.just("名" * 100),
    _words | st.sampled_from(["member", "reader"]),
    st.booleans(),
)
#: The cloud's manifest offers the type `ssd` alone.
_resources = [
    f"{service}/{name}{volume_type}"
    for service in Service
    for name, each in CATALOGUE[service].items()
    for volume_type in (["", "/ssd", "/高速 1"] if each.per_volume_type else [""])
]
_readings = st.dictionaries(
    st.sampled_from(_resources), st.tuples(st.just(-1) | st.integers(0, MAXIMUM), st.integers(-1, 2**62)), max_size=8
)
_projects = st.dictionaries(
    _names,
    st.fixed_dictionaries(
        {
            "description": st.text(max_size=20)
            | st.sampled_from(["\u3000", "\x7f", "a\x00", " a\n b\n", "长" * 65536]),
            "enabled": st.sampled_from([True, True, False]),
            "members": st.lists(_members, max_size=3),
            "readings": _readings,
            "unreadable": st.sampled_from([{}, {}, {"network": "HTTP 503"}]),
        }
    ),
    max_size=4,
)


@pytest.fixture(scope="session")
def cloud_document(build: Any) -> dict[str, object]:
    """The manifest of the cloud `city`, as it describes itself: one volume type."""
    has = build.capabilities(volume_types=frozenset({VolumeTypeName("ssd")}))
    return dict(adopt_cloud(_CITY, "city-yaml", DomainName("government"), has))


@pytest.fixture(scope="session")
def adopted(build: Any, cloud_document: dict[str, object]) -> Callable[..., tuple[Adoption, City]]:
    """The tenant `market` with these projects of the cloud, and the city that its manifest and the cloud's make."""

    def make(*views: ProjectView, **options: Any) -> tuple[Adoption, City]:
        described = validate([("cloud.yaml", emit([cloud_document]).encode())]).city
        assert described
        adoption = adopt(_MARKET, described.clouds[_CITY], build.observation(*views), **options)
        validation = validate([("all.yaml", emit([cloud_document, adoption.document]).encode())])
        assert validation.city, validation.problems
        return adoption, validation.city

    return make


@pytest.fixture(scope="session")
def seen(build: Any) -> Callable[..., Observation]:
    """The cloud with projects as `_projects` draws them."""

    def make(projects: dict[str, dict[str, Any]]) -> Observation:
        views = []
        for name, fields in projects.items():
            members = [build.membership(text, resolved=resolved) for text, resolved in fields["members"]]
            view = build.view(name, **{**fields, "members": (), "strangers": members})
            views.append(view)
        return build.observation(*views)

    return make


def _asked(city: City) -> dict[str, Any]:
    """The projects of the manifest, by Keystone name."""
    return {each.keystone_name: each for each in city.tenants[_MARKET.name].projects}


@given(_projects)
def test_applying_it_at_once_changes_nothing(
    adopted: Callable[..., Any], seen: Callable[..., Observation], projects: dict[str, dict[str, Any]]
) -> None:
    """Whatever there is: the manifest is valid, its plan is empty, and what it does not name was told."""
    observation = seen(projects)
    adoption, city = adopted(*observation.projects.values())
    plan = make_plan(city, {_CITY: observation})
    assert [*plan.actions, *plan.refusals] == []
    assert {name for _, name in plan.unmanaged} == {name for name, _ in adoption.left_out if name in projects}


@given(_projects)
def test_nothing_is_left_out_in_silence(
    adopted: Callable[..., Any], seen: Callable[..., Observation], projects: dict[str, dict[str, Any]]
) -> None:
    """Every limit, member and description is in the manifest, or among what was left out of its project."""
    observation = seen(projects)
    adoption, city = adopted(*observation.projects.values())
    for name, project in _asked(city).items():
        view = observation.projects[name]
        limits = {each: usage.limit for reading in view.readings.values() for each, usage in reading.items()}
        members = {(each.kind, each.principal, each.role) for each in view.memberships}
        whole = (
            project.limits == limits
            and project.description == view.project.description
            and {(each.kind, each.name, each.role) for each in project.members} == members
        )
        assert whole or any(entry.startswith(f"{name}: ") for entry, _ in adoption.left_out)


def test_only_the_chosen_projects_are_taken(adopted: Callable[..., Any], build: Any) -> None:
    """By their Keystone names."""
    _, city = adopted(*map(build.view, ("a", "b", "c")), names=["c", "a"])
    assert sorted(_asked(city)) == ["a", "c"]


def test_a_project_keeps_what_it_has(adopted: Callable[..., Any], build: Any) -> None:
    """Its name in Keystone, description, limits of every kind, and members."""
    limits = {
        "compute/ram": (2048, 0),
        "block-storage/gigabytes/ssd": (-1, 0),
        "network/port": (0, 0),
        "block-storage/gigabytes": (0, 0),
    }
    view = build.view("老系统", description="历史系统", readings=limits, members=("group/ops/member", "user/li/reader"))
    adoption, _ = adopted(view)
    (project,) = yaml.safe_load(emit([adoption.document]))["spec"]["projects"]
    assert (project["projectName"], project["description"], project["purpose"]) == ("老系统", "历史系统", "历史系统")
    assert project["quota"] == {
        "compute": {"ram": "2GiB"},
        "block-storage": {"gigabytes": 0, "types": {"ssd": {"gigabytes": "unlimited"}}},
        "network": {"port": 0},
    }
    assert project["members"] == [{"group": "ops", "role": "member"}, {"user": "li", "role": "reader"}]


def test_a_project_without_description_is_for_what_its_name_says(adopted: Callable[..., Any], build: Any) -> None:
    """A purpose is needed, and the empty description stays one."""
    _, city = adopted(build.view("老系统"))
    assert [(each.purpose, each.description) for each in _asked(city).values()] == [("老系统", "")]


@pytest.mark.parametrize(
    ("names", "identifiers"),
    [
        (["market-permits"], ["permits"]),
        (["Legacy App (2019)"], ["legacy-app-2019"]),
        (["登记", "许可"], ["project", "project-2"]),
        (["a b", "a-b", "a-b-2"], ["a-b", "a-b-2", "a-b-2-2"]),
        (["x" * 64], ["x" * 56]),
    ],
)
def test_names_become_identifiers(
    adopted: Callable[..., Any], build: Any, names: list[str], identifiers: list[str]
) -> None:
    """As near as they come, without the tenant's own name before them, and told apart."""
    _, city = adopted(*map(build.view, names))
    assert [each.name for each in _asked(city).values()] == identifiers


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"enabled": False}, "it is disabled; a manifest would enable it"),
        ({"unreadable": {"compute": "HTTP 503"}}, "the limits of compute could not be read: HTTP 503"),
        ({"name": " a"}, '" a" is not allowed here; one line of visible text, without spaces around it'),
    ],
)
def test_a_project_that_cannot_be_taken_whole_is_left_out(
    adopted: Callable[..., Any], build: Any, fields: dict[str, Any], reason: str
) -> None:
    """With the reason; the others are taken."""
    left = build.view(**{"name": "a", **fields})
    adoption, city = adopted(left, build.view("b"))
    assert (adoption.left_out, list(_asked(city))) == (((left.project.name, reason),), ["b"])


@pytest.mark.parametrize("member", ["group/ops /member", "user/li/a:b", f"group/{'长' * 65}/member"])
def test_a_member_that_cannot_be_written_is_left_out(adopted: Callable[..., Any], build: Any, member: str) -> None:
    """The project and its other members are taken."""
    adoption, city = adopted(build.view("a", members=(member, "group/ops/member")))
    assert [each.name for each in _asked(city)["a"].members] == ["ops"]
    assert [name.partition(":")[0] for name, _ in adoption.left_out] == ["a"]


def test_a_member_of_another_domain_is_left_out(adopted: Callable[..., Any], build: Any) -> None:
    """Only its id is known, which a manifest cannot name."""
    stranger = build.membership("user/0af3/member", resolved=False)
    adoption, city = adopted(build.view("a", strangers=(stranger,)))
    assert adoption.left_out == (("a: user 0af3 as member", "it is not of the cloud's tenant domain"),)
    assert _asked(city)["a"].members == ()


def test_limits_of_a_volume_type_that_is_not_offered_are_left_out(adopted: Callable[..., Any], build: Any) -> None:
    """The cloud's manifest decides which types tenants may name; the other limits are taken."""
    limits = {
        "block-storage/volumes/hdd": (1, 0),
        "block-storage/gigabytes/hdd": (1, 0),
        "block-storage/volumes": (1, 0),
    }
    adoption, city = adopted(build.view("a", readings=limits))
    assert list(map(str, _asked(city)["a"].limits)) == ["block-storage/volumes"]
    assert adoption.left_out == (("a: limits of volume type hdd", "the cloud's manifest does not offer it"),)


def test_the_lowest_level_of_the_first_zone_is_asked_for(build: Any) -> None:
    """Whoever looks the manifest over puts in what is right; until then it claims the least."""
    (zone,) = build.cloud().zones.values()
    spec: CloudSpec = build.cloud(zones={ZoneName("extranet"): replace(zone, protection_levels=frozenset({3, 2}))})
    document: Any = adopt(_MARKET, spec, build.observation(build.view())).document
    assert (document["spec"]["protectionLevel"], document["spec"]["projects"][0]["zone"]) == (2, "extranet")


def test_a_cloud_describes_itself(cloud_document: dict[str, Any]) -> None:
    """One zone for each of its availability zones, with the one external network there is."""
    spec = cloud_document["spec"]
    assert [(each["name"], each["availabilityZone"], each["externalNetwork"]) for each in spec["zones"]] == [
        ("extranet", "extranet", "public"),
        ("internet", "internet", "public"),
    ]
    assert (spec["cloud"], spec["domain"], spec["volumeTypes"]) == ("city-yaml", "government", ["ssd"])


@pytest.mark.parametrize(
    ("networks", "ways_out"),
    [
        ({"extranet-external", "internet-external"}, ["extranet-external", "internet-external"]),
        ({"blue", "green"}, [None, None]),
        ({"internet-a", "internet-b"}, [None, None]),
    ],
)
def test_a_zones_way_out_is_not_guessed(build: Any, networks: set[str], ways_out: list[str | None]) -> None:
    """Of several external networks it is the only one that has the zone's name in its own, or none."""
    has = build.capabilities(
        external_networks=frozenset(networks), availability_zones=frozenset({"extranet", "internet"})
    )
    document: Any = adopt_cloud(_CITY, "city-yaml", DomainName("government"), has)
    assert [each.get("externalNetwork") for each in document["spec"]["zones"]] == ways_out


def test_a_cloud_without_external_network_names_none(build: Any) -> None:
    """And its zones in other scripts get names."""
    has = build.capabilities(external_networks=frozenset(), availability_zones=frozenset({"互联网", "政务外网"}))
    document = adopt_cloud(_CITY, "city-yaml", DomainName("government"), has)
    validation = validate([("cloud.yaml", emit([document]).encode())])
    assert validation.city, validation.problems
    zones = validation.city.clouds[_CITY].zones
    assert {name: (each.availability_zone, each.external_network) for name, each in zones.items()} == {
        "zone": ("互联网", None),
        "zone-2": ("政务外网", None),
    }


def test_a_clouds_manifest_is_as_a_person_would_write_it(cloud_document: dict[str, object]) -> None:
    """Each zone says its protection levels itself: no anchors, no aliases."""
    assert not {"&", "*"} & set(emit([cloud_document]))
