"""What a migration needs of quotas, and what there is too little of."""

from hypothesis import given
from hypothesis import strategies as st

from provisioner.clouds.interface import Usage
from provisioner.clouds.offers import Flavor
from provisioner.migration.headroom import Amounts, Done, Goal, Part, Share, added, parts, share, shortfalls, total
from provisioner.migration.script import StepKind
from provisioner.migration.workload import Machine, Workload
from tenants.names import ServerName
from tenants.resources import Resource, Service
from tenants.wave import Mode
from tests.cases import CITY, DISTRICT, bindings, disk, machine, migration, volume, wave, workload

SOURCE, TARGET = (CITY, "source"), (DISTRICT, "target")


def compute(name: str) -> Resource:
    """One of Nova's."""
    return Resource(service=Service.COMPUTE, name=name)


def storage(name: str, of: str | None = None) -> Resource:
    """One of Cinder's."""
    return Resource(service=Service.BLOCK_STORAGE, name=name, volume_type=of)


GIGABYTES, SSD = storage("gigabytes"), storage("gigabytes", "ssd")


def brought(mode: Mode, of: Workload | None = None, goal: Goal | None = None) -> tuple[Part, ...]:
    """What a migration brings into projects."""
    here = of or workload()
    return parts(mode, here, bindings(here), goal or Goal())


def test_between_clouds_the_source_needs_snapshots_and_clones() -> None:
    """Each size twice: Cinder counts snapshots among gigabytes."""
    assert total(brought(Mode.CROSS_CLOUD))[SOURCE] == {
        storage("snapshots"): 1,
        storage("snapshots", "ssd"): 1,
        storage("volumes"): 1,
        storage("volumes", "ssd"): 1,
        GIGABYTES: 80,
        SSD: 80,
    }


def test_between_clouds_the_target_needs_what_arrives() -> None:
    """The root disk that is no volume takes nothing of Cinder."""
    assert total(brought(Mode.CROSS_CLOUD))[TARGET] == {
        compute("instances"): 1,
        compute("cores"): 2,
        compute("ram"): 2048,
        storage("volumes"): 1,
        storage("volumes", "ssd"): 1,
        GIGABYTES: 40,
        SSD: 40,
        Resource(service=Service.NETWORK, name="port"): 1,
    }


def test_servers_count_as_large_as_they_will_be() -> None:
    """By the flavor that they will have."""
    goal = Goal(flavors={"f1": Flavor(id="f1", name="large", vcpus=8, ram=16384, disk=0)})
    needed = total(brought(Mode.CROSS_CLOUD, goal=goal))[TARGET]
    assert (needed[compute("cores")], needed[compute("ram")]) == (8, 16384)


def test_server_groups_count_where_they_are_not_there() -> None:
    """Each once, however many servers are in it."""
    grouped = workload(machine(server_group="apart"), machine(name=ServerName("网页-2"), server_group="apart"))
    assert total(brought(Mode.CROSS_CLOUD, grouped))[TARGET][compute("server_groups")] == 1
    there = Goal(groups=frozenset({"apart"}))
    assert compute("server_groups") not in total(brought(Mode.CROSS_CLOUD, grouped, there))[TARGET]


def test_within_a_cloud_nothing_is_needed() -> None:
    """What Placement counts twice is no project's."""
    assert brought(Mode.LIVE) == brought(Mode.COLD) == ()


def test_an_import_needs_nothing_at_a_source() -> None:
    """Its disks come from files."""
    needed = total(brought(Mode.IMPORT))
    assert SOURCE not in needed
    assert needed[TARGET][GIGABYTES] == 50


def test_what_passes_is_what_serves_the_migration_alone() -> None:
    """Snapshots and clones."""
    assert {each.kind for each in brought(Mode.CROSS_PROJECT) if each.passes} == {StepKind.SNAPSHOT, StepKind.CLONE}


def test_too_little_is_told_with_numbers() -> None:
    """Limit, use, what others keep, and what would be enough."""
    reading = {SOURCE: {GIGABYTES: Usage(limit=100, used=20, reserved=5)}}
    others = [Share(kept={SOURCE: {GIGABYTES: 1}})]
    (lacking,) = shortfalls({SOURCE: {GIGABYTES: 80}}, reading, others)
    assert lacking.message == (
        "cloud city: 80GiB more of block-storage/gigabytes is needed, and of 100GiB there are 25GiB in use and 1GiB kept for "
        "other migrations"
    )
    assert lacking.remedy == "raise the limit of gigabytes to at least 106GiB, or free some"


def test_what_others_give_back_is_worth_waiting_for() -> None:
    """What is in use for their copies as well as what they only keep."""
    reading = {SOURCE: {GIGABYTES: Usage(limit=100, used=60)}}
    share_of_other = Share(kept={SOURCE: {GIGABYTES: 10}}, returning={SOURCE: {GIGABYTES: 40}})
    (waits,) = shortfalls({SOURCE: {GIGABYTES: 80}}, reading, [share_of_other])
    (never,) = shortfalls({SOURCE: {GIGABYTES: 81}}, reading, [share_of_other])
    assert (waits.for_others, never.for_others) == (True, False)


def test_what_nobody_limits_is_enough() -> None:
    """Neither unlimited resources nor those that no service tells of."""
    reading = {SOURCE: {GIGABYTES: Usage(limit=-1, used=10**9)}}
    assert list(shortfalls({SOURCE: {GIGABYTES: 1, SSD: 1}}, reading)) == []


def done_of(here: Workload, *kinds: StepKind) -> set[Done]:
    """The steps of these kinds, of those that a migration between clouds has."""
    steps = migration(here, bindings(here), wave(Mode.CROSS_CLOUD)).steps
    return {(each.spec.kind, each.spec.subject) for each in steps if each.spec.kind in kinds}


def test_what_is_made_is_in_use_and_no_longer_kept() -> None:
    """It is not counted twice."""
    made = brought(Mode.CROSS_CLOUD)
    found = share(done_of(workload(), StepKind.SNAPSHOT), total(made), made)
    assert found.kept[SOURCE][GIGABYTES] == 40
    assert found.returning[SOURCE][GIGABYTES] == 40


disks = st.lists(st.integers(1, 2000), max_size=6).map(
    lambda sizes: tuple(volume(subject=f"a#{place}", size=size) for place, size in enumerate(sizes, start=1))
)
machines = st.lists(disks, min_size=1, max_size=4).map(
    lambda listed: tuple(
        machine(name=ServerName(f"s-{place}"), disks=(disk(), *each)) for place, each in enumerate(listed)
    )
)


@given(machines)
def test_sums_are_of_all_disks(several: tuple[Machine, ...]) -> None:
    """At the source twice the volumes' size, at the target once, of all types as of the one."""
    sizes = sum(each.size for one in several for each in one.disks if each.volume)
    needed = total(brought(Mode.CROSS_CLOUD, workload(*several)))
    for resource in (GIGABYTES, SSD):
        assert needed.get(SOURCE, {}).get(resource, 0) == 2 * sizes
        assert needed[TARGET].get(resource, 0) == sizes


@given(machines, machines)
def test_two_need_what_each_needs(one: tuple[Machine, ...], other: tuple[Machine, ...]) -> None:
    """Adding up loses and makes up nothing."""
    apart = [total(brought(Mode.CROSS_PROJECT, workload(*each))) for each in (one, other)]
    together = total([*brought(Mode.CROSS_PROJECT, workload(*one)), *brought(Mode.CROSS_PROJECT, workload(*other))])
    assert added(apart) == together


@given(machines, st.sets(st.sampled_from(list(StepKind))))
def test_nothing_is_counted_twice_or_lost(several: tuple[Machine, ...], done: set[StepKind]) -> None:
    """What is kept, and what is in use, is what was needed."""
    here = workload(*several)
    made = brought(Mode.CROSS_CLOUD, here)
    found = share(done_of(here, *done), total(made), made)
    in_use = total(each for each in made if each.kind in done)
    assert _sound(added([found.kept, in_use])) == _sound(total(made))


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_it_falls_short_where_the_sum_is_more_than_the_limit(limit: int, used: int, kept: int, needed: int) -> None:
    """And nowhere else."""
    reading = {SOURCE: {GIGABYTES: Usage(limit=limit, used=used)}}
    found = list(shortfalls({SOURCE: {GIGABYTES: needed}}, reading, [Share(kept={SOURCE: {GIGABYTES: kept}})]))
    assert bool(found) == (needed > 0 and used + kept + needed > limit)


def _sound(amounts: Amounts) -> Amounts:
    return {
        project: {resource: amount for resource, amount in each.items() if amount} for project, each in amounts.items()
    }
