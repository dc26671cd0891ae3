"""Kind `quota`: what a manifest's limits mean beside what is enforced and in use."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.diff import Change, diff
from provisioner.kinds.interface import Asked, Assessment
from provisioner.kinds.quota import QuotaKind, managed_services
from provisioner.objects import Properties
from tenants.names import ApplicationName
from tenants.resources import UNLIMITED, Service
from tenants.spec import KeptRoom, ProjectState
from tenants.wave import WaveName

_KIND = QuotaKind()
_CORES = "compute/cores"


def _changes(asked: Asked) -> tuple[Change, ...]:
    return diff(_KIND.desired(asked), dict(_KIND.observed(asked)))


def _after(asked: Asked) -> dict[str, Properties]:
    return {change.address.key: change.after for change in _changes(asked)}


def _assessed(asked: Asked) -> Assessment:
    (change,) = _changes(asked)
    return _KIND.assess(change, asked)


@pytest.fixture(scope="session")
def cores(build: Any) -> Callable[..., Asked]:
    """A project that asks for `limit` cores where `enforced` are enforced and `used` used."""

    def make(limit: int, *, enforced: int, used: int, reserved: int = 0, **fields: object) -> Asked:
        project = build.project(limits={_CORES: limit}, **fields)
        return build.asked(project, build.view(readings={_CORES: (enforced, used, reserved)}))

    return make


def keeps(build: Any, amount: int, *, application: str = "registration", of: str = _CORES) -> KeptRoom:
    """What a migration of the wave `spring` keeps."""
    wave = WaveName("spring")
    return KeptRoom(wave=wave, application=ApplicationName(application), amounts={build.resource(of): amount})


def test_limits_are_one_object_for_each_service(build: Any) -> None:
    """A service's limits are written in one request, so they are one object."""
    project = build.project(limits={_CORES: 4, "compute/ram": 1024, "network/port": 9})
    assert _after(build.asked(project)) == {"compute": {"cores": 4, "ram": 1024}, "network": {"port": 9}}


def test_limits_of_a_volume_type_stand_beside_those_of_all(build: Any) -> None:
    """Cinder's own keys tell the limit over all types from the limit of one."""
    project = build.project(
        limits={"block-storage/gigabytes": 100, "block-storage/gigabytes/ssd": 40, "block-storage/gigabytes/慢": -1}
    )
    assert _after(build.asked(project)) == {
        "block-storage": {"gigabytes": 100, "gigabytes_ssd": 40, "gigabytes_慢": UNLIMITED}
    }


def test_a_limit_of_one_type_is_judged_by_the_use_of_that_type(build: Any) -> None:
    """What all types together use is no reason to refuse a lower limit of one."""
    project = build.project(limits={"block-storage/gigabytes/ssd": 10})
    used = {"block-storage/gigabytes": (100, 90), "block-storage/gigabytes/ssd": (50, 10)}
    assert not _assessed(build.asked(project, build.view(readings=used))).refusals


def test_limits_that_nobody_names_are_not_compared(build: Any) -> None:
    """A service's other limits, and other services', are unmanaged."""
    project = build.project(limits={_CORES: 4})
    seen = {_CORES: (4, 1), "compute/ram": (51200, 0), "network/port": (500, 3)}
    assert _changes(build.asked(project, build.view(readings=seen))) == ()


def test_only_what_differs_is_changed(build: Any) -> None:
    """A limit that is as asked stays out of the change."""
    project = build.project(limits={_CORES: 4, "compute/ram": 1024})
    seen = {_CORES: (4, 1), "compute/ram": (51200, 0)}
    assert _after(build.asked(project, build.view(readings=seen))) == {"compute": {"ram": 1024}}


def test_a_limit_of_zero_is_a_value(cores: Callable[..., Asked]) -> None:
    """Zero is asked for and written; it is not the same as leaving the limit out."""
    assert _after(cores(0, enforced=20, used=0)) == {"compute": {"cores": 0}}


def test_lowering_below_use_is_refused_with_the_figures(cores: Callable[..., Asked]) -> None:
    """The refusal says from what to what, how much is in use, and what would be right."""
    (refusal,) = _assessed(cores(4, enforced=20, used=6)).refusals
    assert refusal.message == "cores cannot go from 20 to 4: 6 in use"
    assert "at least 6" in refusal.remedy
    assert "allowBelowUsage" in refusal.remedy


def test_figures_are_as_people_write_them(build: Any) -> None:
    """Sizes in their largest whole unit, of volume types too, and no limit by its word."""
    project = build.project(limits={"compute/ram": 1024, "block-storage/gigabytes/ssd": 1024})
    seen = {"compute/ram": (-1, 98304), "block-storage/gigabytes/ssd": (5120, 1536)}
    asked = build.asked(project, build.view(readings=seen))
    refusals = [refusal for change in _changes(asked) for refusal in _KIND.assess(change, asked).refusals]
    assert [(each.message, each.remedy.split(", ")[1]) for each in refusals] == [
        ("gigabytes_ssd cannot go from 5TiB to 1TiB: 1536GiB in use", "ask for at least 1536GiB"),
        ("ram cannot go from unlimited to 1GiB: 96GiB in use", "ask for at least 96GiB"),
    ]


def test_a_refusal_names_the_resource(build: Any, cores: Callable[..., Asked]) -> None:
    """So that those who hold it can be listed."""
    (refusal,) = _assessed(cores(4, enforced=20, used=6)).refusals
    assert refusal.resource == build.resource(_CORES)


def test_what_is_reserved_counts_as_used(cores: Callable[..., Asked]) -> None:
    """A volume that is just being made will be there in a moment."""
    (refusal,) = _assessed(cores(5, enforced=20, used=4, reserved=2)).refusals
    assert "6 in use" in refusal.message


def test_lowering_to_just_what_is_used_is_allowed(cores: Callable[..., Asked]) -> None:
    """A limit equal to the use takes nothing from anybody."""
    assert _assessed(cores(6, enforced=20, used=5, reserved=1)) == Assessment(reason="the manifest names other limits")


def test_every_limit_below_use_is_refused_by_itself(build: Any) -> None:
    """Nobody should have to run the plan once for each of them."""
    project = build.project(limits={_CORES: 1, "compute/ram": 1, "compute/instances": 9})
    seen = {_CORES: (20, 2), "compute/ram": (51200, 512), "compute/instances": (10, 3)}
    refusals = _assessed(build.asked(project, build.view(readings=seen))).refusals
    assert sorted(each.resource.name for each in refusals if each.resource) == ["cores", "ram"]


def test_lowering_below_use_is_destructive_where_it_is_allowed(cores: Callable[..., Asked]) -> None:
    """`allowBelowUsage` turns the refusal into a warning that shows in the plan."""
    assessment = _assessed(cores(4, enforced=20, used=6, allow_below_usage=True))
    assert (assessment.refusals, assessment.destructive) == ((), True)


def test_allowing_it_makes_nothing_else_destructive(cores: Callable[..., Asked]) -> None:
    """A limit above the use harms nobody, whatever is allowed."""
    assert not _assessed(cores(10, enforced=20, used=6, allow_below_usage=True)).destructive


def test_going_below_use_is_noticed(cores: Callable[..., Asked]) -> None:
    """Also when the limit is there already and nothing changes."""
    (notice,) = _KIND.notices(cores(4, enforced=4, used=6, allow_below_usage=True))
    assert notice.message == "cores 4 is below the 6 in use, as the manifest allows (allowBelowUsage)"


def test_going_below_use_is_not_noticed_where_it_is_refused(cores: Callable[..., Asked]) -> None:
    """The refusal says it."""
    assert list(_KIND.notices(cores(4, enforced=20, used=6))) == []


def test_what_migrations_keep_counts_as_used(build: Any, cores: Callable[..., Asked]) -> None:
    """The refusal says which keep how much, and what would be right; what others keep of others' resources is no matter."""
    kept = (keeps(build, 2), keeps(build, 1, application="archive"), keeps(build, 9, of="compute/instances"))
    (refusal,) = _assessed(cores(6, enforced=20, used=3, reserved=1, kept_rooms=kept)).refusals
    assert refusal.message == (
        "cores cannot go from 20 to 6: 4 in use and 3 kept for migrations, "
        "spring/registration 2, spring/archive 1 by wave/application"
    )
    assert refusal.remedy == (
        "wait until these have ended, ask for at least 7, or set allowBelowUsage: true on the project"
    )
    assert not _assessed(cores(7, enforced=20, used=3, reserved=1, kept_rooms=kept)).refusals


def test_what_migrations_keep_is_as_people_write_it(build: Any) -> None:
    """Sizes in their largest whole unit."""
    kept = (keeps(build, 2048, of="compute/ram"),)
    project = build.project(limits={"compute/ram": 1024}, kept_rooms=kept)
    (refusal,) = _assessed(build.asked(project, build.view(readings={"compute/ram": (4096, 0)}))).refusals
    assert ": 0 in use and 2GiB kept for migrations, spring/registration 2GiB by wave/application" in refusal.message


def test_the_room_of_migrations_is_taken_where_going_below_use_is_allowed(
    build: Any, cores: Callable[..., Asked]
) -> None:
    """As what is in use is: destructive, and noticed."""
    asked = cores(5, enforced=20, used=4, allow_below_usage=True, kept_rooms=(keeps(build, 2),))
    assert (_assessed(asked).refusals, _assessed(asked).destructive) == ((), True)
    (notice,) = _KIND.notices(asked)
    assert notice.message == (
        "cores 5 is below the 4 in use and 2 kept for migrations, spring/registration 2 by wave/application, "
        "as the manifest allows (allowBelowUsage)"
    )


def test_a_limit_that_the_service_does_not_show_is_written(build: Any) -> None:
    """Its use is unknown, so nothing speaks against it."""
    project = build.project(limits={"block-storage/volumes/ssd": 0})
    assessment = _assessed(build.asked(project, build.view(read=(Service.BLOCK_STORAGE,))))
    assert not assessment.refusals


@pytest.mark.parametrize(("exists", "reason"), [(True, "the manifest names other limits"), (False, "a new project")])
def test_a_change_of_limits_gives_its_reason(build: Any, *, exists: bool, reason: str) -> None:
    """A new project is told from one that is changed."""
    view = build.view(readings={_CORES: (20, 0)}) if exists else None
    assert _assessed(build.asked(build.project(limits={_CORES: 4}), view)).reason == reason


@pytest.mark.parametrize("limit", [6, 7, -1])
def test_a_limit_that_covers_the_use_is_not_noticed(cores: Callable[..., Asked], limit: int) -> None:
    """Just enough, more than enough, and unlimited."""
    assert list(_KIND.notices(cores(limit, enforced=4, used=6, allow_below_usage=True))) == []


@pytest.fixture(scope="session")
def volumes(build: Any) -> Callable[..., Asked]:
    """A project that may go to 4 volumes of the 6 that it uses; Cinder's defaults are 10 volumes and 10 snapshots."""

    def make(**named: int) -> Asked:
        kept = {f"block-storage/{name}": limit for name, limit in named.items()}
        project = build.project(limits={"block-storage/volumes": 4, **kept}, allow_below_usage=True)
        seen = {
            "block-storage/volumes": (8, 6),
            "block-storage/snapshots": (7, 0),
            "block-storage/backups": (10, 0),
            "block-storage/groups": (3, 0),
        }
        defaults = {build.resource(name): 10 for name in seen}
        return build.asked(project, build.view(readings=seen), capabilities=build.capabilities(defaults=defaults))

    return make


def test_cinder_goes_below_use_only_with_all_of_a_projects_own_limits(volumes: Callable[..., Asked]) -> None:
    """One that the manifest does not name is not ours to write anew; one that is as by default is none of its own."""
    (refusal,) = _assessed(volumes()).refusals
    assert refusal.message.endswith("together with the project's other own limits: groups 3, snapshots 7")


def test_cinder_goes_below_use_where_the_manifest_names_them_all(volumes: Callable[..., Asked]) -> None:
    """The change is allowed then, and destructive."""
    assessment = _assessed(volumes(snapshots=7, groups=3))
    assert (assessment.refusals, assessment.destructive) == ((), True)


def test_own_limits_that_nobody_names_are_no_matter_above_use(volumes: Callable[..., Asked], build: Any) -> None:
    """Only going below it needs Cinder to write everything anew."""
    asked = volumes()
    above = build.project(limits={"block-storage/volumes": 6}, allow_below_usage=True)
    assert not _assessed(replace(asked, project=above)).refusals


def test_cinder_knows_nothing_of_what_migrations_keep(volumes: Callable[..., Asked], build: Any) -> None:
    """Above what is in use it takes a limit by itself."""
    asked = volumes()
    kept = (keeps(build, 1, of="block-storage/volumes"),)
    above = build.project(limits={"block-storage/volumes": 6}, allow_below_usage=True, kept_rooms=kept)
    assessment = _assessed(replace(asked, project=above))
    assert (assessment.refusals, assessment.destructive) == ((), True)


def test_own_limits_that_nobody_names_are_no_matter_to_nova(build: Any) -> None:
    """It can be forced limit by limit."""
    project = build.project(limits={_CORES: 4}, allow_below_usage=True)
    view = build.view(readings={_CORES: (8, 6), "compute/ram": (7, 0)}, read=(Service.BLOCK_STORAGE,))
    has = build.capabilities(defaults={build.resource("compute/ram"): 10})
    assert not _assessed(build.asked(project, view, capabilities=has)).refusals


def test_unlimited_is_never_below_use(cores: Callable[..., Asked]) -> None:
    """-1 is the smallest number and the greatest limit."""
    assert not _assessed(cores(UNLIMITED, enforced=20, used=6)).refusals


def test_coming_down_from_unlimited_is_checked_against_the_use(cores: Callable[..., Asked]) -> None:
    """A limit after none is a lowering like others."""
    (refusal,) = _assessed(cores(5, enforced=UNLIMITED, used=6)).refusals
    assert refusal.message == "cores cannot go from unlimited to 5: 6 in use"


def test_an_unknown_use_forbids_nothing(cores: Callable[..., Asked]) -> None:
    """Some limits have no use that a service could tell, such as the size of one volume."""
    assert not _assessed(cores(0, enforced=20, used=-1)).refusals


@given(
    st.tuples(st.integers(-1, 12), st.integers(-1, 12)),
    st.tuples(st.integers(0, 12), st.integers(0, 3), st.integers(0, 3)),
)
def test_a_limit_is_refused_exactly_where_it_is_below_use(
    build: Any, cores: Callable[..., Asked], limits: tuple[int, int], held: tuple[int, int, int]
) -> None:
    """Never where nothing changes, never for unlimited, always for a finite limit below use, reservations and what is kept."""
    limit, enforced = limits
    asked = cores(limit, enforced=enforced, used=held[0], reserved=held[1], kept_rooms=(keeps(build, held[2]),))
    refused = any(_KIND.assess(change, asked).refusals for change in _changes(asked))
    assert refused == (limit not in {enforced, UNLIMITED} and limit < sum(held))


def test_a_managed_service_that_could_not_be_read_is_an_obstacle(build: Any) -> None:
    """Without the present limits there is nothing to compare with; the reason is passed on."""
    project = build.project(limits={_CORES: 4})
    (obstacle,) = _KIND.obstacles(build.asked(project, build.view(unreadable={"compute": "HTTP 503"})))
    assert obstacle.message == "its limits could not be read: HTTP 503"


def test_an_unmanaged_service_that_could_not_be_read_is_none(build: Any) -> None:
    """A manifest that names no network limit does not wait for Neutron."""
    view = build.view(readings={_CORES: (4, 0)}, unreadable={"network": "HTTP 503"})
    assert list(_KIND.obstacles(build.asked(build.project(limits={_CORES: 4}), view))) == []


def test_a_managed_service_that_was_not_read_is_an_obstacle(build: Any) -> None:
    """A recorded look may be older than the manifest's wish; it is never taken for a project without limits."""
    (obstacle,) = _KIND.obstacles(build.asked(build.project(limits={_CORES: 4}), build.view()))
    assert obstacle.address.key == "compute"


def test_every_service_that_could_not_be_read_is_told(build: Any) -> None:
    """In a fixed order."""
    project = build.project(limits={"network/port": 1, _CORES: 1, "block-storage/volumes": 1})
    told = [each.address.key for each in _KIND.obstacles(build.asked(project, build.view()))]
    assert told == ["block-storage", "compute", "network"]


def test_a_new_project_waits_for_the_keepers_of_its_limits(build: Any) -> None:
    """It is not made to be left at a cloud's defaults; the reason is passed on."""
    silent = build.capabilities(services=frozenset(), unreachable={Service.COMPUTE: "HTTP 503"})
    (obstacle,) = _KIND.obstacles(build.asked(build.project(limits={_CORES: 4}), capabilities=silent))
    assert obstacle.message == "its limits could not be read: HTTP 503"


def test_a_new_project_does_not_wait_for_others(build: Any) -> None:
    """Neutron keeps none of the limits that its manifest names."""
    silent = build.capabilities(unreachable={Service.NETWORK: "HTTP 503"})
    assert list(_KIND.obstacles(build.asked(build.project(limits={_CORES: 4}), capabilities=silent))) == []


def test_a_new_project_has_no_obstacles(build: Any) -> None:
    """What does not exist needs no reading."""
    assert list(_KIND.obstacles(build.asked(build.project(limits={_CORES: 4})))) == []


def test_a_manifest_manages_the_services_that_it_names(build: Any) -> None:
    """Reading others would be requests for nothing."""
    assert managed_services(build.project(limits={_CORES: 1, "network/port": 1})) == {Service.COMPUTE, Service.NETWORK}


def test_a_retired_project_is_read_in_all_services(build: Any) -> None:
    """What it still holds decides what may be taken from it."""
    assert managed_services(build.project(state=ProjectState.RETIRED)) == set(Service)


def test_a_restricted_project_keeps_what_it_uses(cores: Any) -> None:
    """And can make nothing new; lowering to that is no danger to anybody."""
    asked = cores(100, enforced=100, used=40, reserved=2, state=ProjectState.RESTRICTED)
    assert _after(asked) == {"compute": {"cores": 42}}
    assert _assessed(asked) == Assessment(
        reason="the manifest restricts the project; its limits go down to what is in use"
    )


def test_a_restricted_project_keeps_what_was_promised_to_migrations(build: Any, cores: Any) -> None:
    """They would fail half-way otherwise."""
    asked = cores(100, enforced=100, used=40, state=ProjectState.RESTRICTED, kept_rooms=(keeps(build, 2),))
    assert _after(asked) == {"compute": {"cores": 42}}
    assert _assessed(asked) == Assessment(
        reason="the manifest restricts the project; its limits go down to what is in use and kept for migrations"
    )


@pytest.mark.parametrize("enforced", [30, 40])
def test_a_restriction_gives_nothing(cores: Any, enforced: int) -> None:
    """A limit that is as low as what is in use, or lower, stays."""
    assert _after(cores(100, enforced=enforced, used=40, state=ProjectState.RESTRICTED)) == {}


def test_a_restriction_lowers_what_was_unlimited(cores: Any) -> None:
    """In the manifest and in the cloud."""
    asked = cores(UNLIMITED, enforced=UNLIMITED, used=40, state=ProjectState.RESTRICTED)
    assert _after(asked) == {"compute": {"cores": 40}}


def test_a_restriction_leaves_alone_what_nobody_counts(cores: Any) -> None:
    """A service that does not say how much is in use is no reason to take it away."""
    assert _after(cores(100, enforced=100, used=-1, state=ProjectState.RESTRICTED)) == {}


def test_a_restriction_waits_for_what_cannot_be_read(build: Any) -> None:
    """Missing numbers are an obstacle, not zero."""
    project = build.project(limits={_CORES: 100}, state=ProjectState.RESTRICTED)
    asked = build.asked(project, build.view(unreadable={Service.COMPUTE: "503"}))
    assert [each.message for each in _KIND.obstacles(asked)] == ["its limits could not be read: 503"]
    assert _after(asked) == {}


def test_an_extended_project_has_its_limits_again(cores: Any) -> None:
    """The manifest still says what they were."""
    assert _after(cores(100, enforced=42, used=40)) == {"compute": {"cores": 100}}
