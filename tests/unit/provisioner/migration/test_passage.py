"""What manifests mean while something of them is on its way."""

from dataclasses import replace
from typing import Any

import pytest

from provisioner.migration.passage import End, Moved, Passage, awaited, left_alone, outdated, unnamed
from provisioner.migration.states import State
from tenants.application import ApplicationSpec, Management, ServerSpec
from tenants.names import ApplicationName, CloudName, FlavorName, ProjectName, ServerName, TenantName, ZoneName
from tenants.presence import Presence
from tenants.resources import Resource, Service
from tenants.spec import City, ProjectSpec, TenantSpec
from tenants.wave import Mode, TargetPlace, WaveMember, WaveName, WaveSpec

MARKET = TenantName("market")
SPRING = WaveName("spring")
REGISTRATION = ApplicationName("registration")
CORES = Resource(service=Service.COMPUTE, name="cores")


def end(project: str, cloud: str) -> End:
    """A project of `market`."""
    return End(cloud=CloudName(cloud), tenant=MARKET, project=ProjectName(project))


def passage(**fields: Any) -> Passage:
    """`registration` on its way from `a` in the city to `b` in the district."""
    said: dict[str, Any] = {
        "wave": SPRING,
        "application": REGISTRATION,
        "servers": frozenset({ServerName("web-1"), ServerName("web-2")}),
        "source": end("a", "city"),
        "target": end("b", "district"),
        "state": State.QUIESCED,
        **fields,
    }
    return Passage(**said)


def application(name: str, server: str, **fields: Any) -> ApplicationSpec:
    """One with two servers."""
    listed = (ServerSpec(name=ServerName(server), flavor=FlavorName("tiny"), replicas=2),)
    said: dict[str, Any] = {"display_name": name, "owner": MARKET, "project": ProjectName("a"), "protection_level": 2}
    return ApplicationSpec(name=ApplicationName(name), servers=listed, **{**said, **fields})


def city(**projects: tuple[ApplicationSpec, ...]) -> City:
    """`a` in the city and `b` in the district, with these applications."""
    listed = tuple(
        ProjectSpec(
            name=ProjectName(name),
            cloud=CloudName("city" if name == "a" else "district"),
            keystone_name=f"market-{name}",
            zone=ZoneName("web"),
            description=None,
            purpose="",
            protection_level=2,
            applications=held,
        )
        for name, held in projects.items()
    )
    tenant = TenantSpec(name=MARKET, display_name="", parent=None, protection_level=2, projects=listed)
    return City(clouds={}, tenants={MARKET: tenant})


MOVING, STAYING = application("registration", "web"), application("archive", "db")


def seen(found: City) -> dict[str, tuple[set[str], set[str]]]:
    """By project, which applications it says are on their way, and which of its own are only described."""
    return {
        each.name: (
            set(each.on_the_way),
            {app.name for app in each.applications if app.management is Management.OBSERVE},
        )
        for each in found.tenants[MARKET].projects
    }


def test_what_moves_is_only_described() -> None:
    """At both ends it is known what is on its way; what stays is as it was."""
    found = left_alone(city(a=(MOVING, STAYING), b=()), [passage()])
    assert seen(found) == {"a": ({"registration"}, {"registration"}), "b": ({"registration"}, set())}


def test_what_is_to_go_stays_while_it_moves() -> None:
    """For it would be taken away at its source, with the target half built."""
    gone = replace(MOVING, presence=Presence.ABSENT)
    (project, _) = left_alone(city(a=(gone,), b=()), [passage()]).tenants[MARKET].projects
    assert project.applications[0].presence is Presence.PRESENT


def test_once_it_is_signed_off_its_target_is_as_any_other() -> None:
    """And its source is kept, whoever's manifest still has it there."""
    retained = passage(state=State.RETAINED)
    there, still = replace(MOVING, project=ProjectName("b")), MOVING
    assert seen(left_alone(city(a=(), b=(there,)), [retained])) == {"a": ({"registration"}, set()), "b": (set(), set())}
    assert seen(left_alone(city(a=(still,), b=()), [retained]))["a"] == ({"registration"}, {"registration"})


def test_a_manifest_that_is_ahead_of_the_move_changes_nothing_yet() -> None:
    """The target is left alone until the migration has done with it."""
    ahead = replace(MOVING, project=ProjectName("b"))
    assert seen(left_alone(city(a=(), b=(ahead,)), [passage()]))["b"] == ({"registration"}, {"registration"})


def test_servers_of_a_host_that_is_drained_tell_whose_they_are() -> None:
    """In their own project, and in no other."""
    drained = passage(application=None, servers=frozenset({ServerName("web-2")}), target=end("a", "city"))
    found = left_alone(city(a=(MOVING, STAYING), b=(MOVING,)), [drained])
    assert seen(found) == {"a": ({"registration"}, {"registration"}), "b": (set(), set())}


def rooms(found: City) -> dict[str, int]:
    """By project, how many cores are kept in it."""
    return {each.name: each.kept(CORES) for each in found.tenants[MARKET].projects}


def test_room_is_kept_where_a_migration_keeps_it() -> None:
    """At either end, by whichever migrations; and however often it is said."""
    town = city(a=(MOVING,), b=())
    one = passage(rooms={end("a", "city"): {CORES: 1}, end("b", "district"): {CORES: 2}})
    other = passage(application=ApplicationName("archive"), rooms={end("b", "district"): {CORES: 4}})
    found = left_alone(town, [one, other])
    assert rooms(found) == rooms(left_alone(found, [one, other])) == {"a": 1, "b": 6}
    assert rooms(left_alone(found, [passage()])) == {"a": 0, "b": 0}
    assert [(each.wave, each.application) for each in found.tenants[MARKET].projects[1].kept_rooms] == [
        (SPRING, "registration"),
        (SPRING, "archive"),
    ]


def test_room_that_is_used_by_and_by_makes_no_other_manifest() -> None:
    """What is in force is compared with what was applied, and a step that is done is no difference."""
    town = city(a=(MOVING,), b=())
    assert left_alone(town, [passage(rooms={end("a", "city"): {CORES: 1}})]) == left_alone(town, [passage()])


def test_ends_that_manifests_leave_out_are_told() -> None:
    """Once each."""
    assert [each.project for _, each in unnamed(city(a=(MOVING,)), [passage()])] == ["b"]
    assert unnamed(city(a=(MOVING,), b=()), [passage()]) == ()


@pytest.mark.parametrize("mode", list(Mode))
def test_only_imports_are_awaited(mode: Mode) -> None:
    """Until they are done, or given up."""
    wave = WaveSpec(
        name=SPRING,
        display_name="",
        owner=MARKET,
        mode=mode,
        source=None,
        target=TargetPlace(cloud=CloudName("city")),
        members=(WaveMember(application=REGISTRATION),),
    )
    town = city(a=(MOVING,))
    assert [each.source for each in awaited(town, [wave], frozenset())] == (
        [end("a", "city")] if mode is Mode.IMPORT else []
    )
    assert awaited(town, [wave], frozenset({(SPRING, REGISTRATION)})) == ()
    assert awaited(town, [replace(wave, presence=Presence.ABSENT)], frozenset()) == ()


@pytest.mark.parametrize(
    ("place", "changes", "is_told"),
    [
        ("a", {}, True),
        ("b", {}, False),
        ("a", {"presence": Presence.ABSENT}, False),
        ("a", {"management": Management.OBSERVE}, False),
    ],
)
def test_what_a_city_has_where_it_was_before_it_moved(place: str, changes: dict[str, Any], *, is_told: bool) -> None:
    """Not what it has at the target, nor what it would not build."""
    move = Moved(wave=SPRING, application=REGISTRATION, source=end("a", "city"), target=end("b", "district"))
    held = replace(MOVING, project=ProjectName(place), **changes)
    found = city(**{"a": (), "b": (), place: (held,)})
    assert outdated(found, [move]) == ((move,) if is_told else ())
