"""Waves and migrations as they are listed and shown, and the words that sizes and times are put in."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.render.migrations import documents
from api.render.migrations.lines import print_runs, print_sight
from api.render.migrations.plan import as_document, print_plan
from api.render.migrations.show import print_migration
from api.render.migrations.words import Called, bounded, brief, size, way
from provisioner.migration.checks.findings import warning
from provisioner.migration.differences import Difference, Verdict, to_text
from provisioner.migration.estimate import Spread
from provisioner.migration.headroom import Part
from provisioner.migration.migration import Migration, StepState
from provisioner.migration.script import StepKind
from provisioner.migration.states import State
from provisioner.moving.planning import Obstacle, Planned, WavePlan
from provisioner.moving.sighting import Sight
from provisioner.operation import Evidence, Failure
from tenants.names import ApplicationName, VolumeTypeName
from tenants.resources import Resource, Service
from tenants.wave import HostName, Mode, SourcePlace, TargetPlace, WaveMember, WindowSpec
from tests import cases

Show = Callable[..., str]
Seen = Callable[..., Sight]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "0s"), (119, "119s"), (120, "2m"), (3599, "60m"), (3900, "1h05m"), (86400 * 3 + 4 * 3600, "3d04h")],
)
def test_times_fit_a_column(seconds: float, text: str) -> None:
    """In the two largest units."""
    assert brief(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 bytes"), (1023, "1023 bytes"), (1 << 30, "1 GiB"), (40_000_000, "38.1 MiB")]
)
def test_sizes_have_about_three_digits(number: int, text: str) -> None:
    """And a unit."""
    assert size(number) == text


@given(low=st.floats(0, 1e6), more=st.floats(0, 1e6), most=st.floats(0, 1e6))
def test_a_bounded_time_is_one_line(low: float, more: float, most: float) -> None:
    """Whatever the bounds are; and nothing where there is nothing left."""
    text = bounded(Spread(low=low, likely=low + more, high=low + more + most))
    assert (text == "") == (low + more + most <= 0)


@pytest.mark.parametrize(
    ("mode", "place", "text"),
    [
        (Mode.CROSS_CLOUD, {}, "cross-cloud, city to district"),
        (Mode.CROSS_PROJECT, {}, "cross-project within city"),
        (
            Mode.LIVE,
            {"source": SourcePlace(cloud=cases.CITY, host=HostName("h1"))},
            "live within city, away from host h1",
        ),
        (Mode.IMPORT, {"source": None, "target": TargetPlace(cloud=cases.DISTRICT)}, "import into district"),
    ],
)
def test_a_wave_says_where_it_goes(mode: Mode, place: dict[str, Any], text: str) -> None:
    """In a few words."""
    assert way(cases.wave(mode, **place)) == text


def test_a_wave_is_shown_with_what_each_application_does(show: Show, seen: Seen, called: Called) -> None:
    """A row, with bytes, time and bounds."""
    shown = show(print_sight, seen(), called)
    assert "商事登记 (registration)" in shown
    assert "512 MiB of 1 GiB" in shown
    assert "All serve in 4m (60s to 15m)" in shown


def test_why_it_needs_a_person_is_said(show: Show, seen: Seen, called: Called) -> None:
    """Below the table."""
    stuck = seen(
        "needs a person: retry, or abort", goes_on=False, state=State.MANUAL, failure=Failure(message="no room")
    )
    assert "商事登记: no room" in show(print_sight, stuck, called)


def test_waves_are_listed_by_how_they_ended(show: Show, seen: Seen, moving: Migration) -> None:
    """How many serve, went back, and need a person."""
    states = (State.ACCEPTED, State.ROLLED_BACK, State.MANUAL)
    shown = show(print_runs, [(seen().run, [replace(moving, state=each) for each in states])])
    assert shown.splitlines()[1].split()[-4:] == ["of", "3", "1", "1"]
    assert "No wave was started." in show(print_runs, [])


def test_waves_are_listed_with_how_many_wait_in_vain(show: Show, seen: Seen, moving: Migration) -> None:
    """Until somebody does something about what they wait for: as a number, and by name for programs."""
    run = replace(seen().run, order={"mail": ("registration",)})
    both = [replace(moving, state=State.ROLLED_BACK), replace(moving, name="mail", state=State.PLANNED, legs=0)]
    assert show(print_runs, [(run, both)]).splitlines()[1].split()[-4:] == ["of", "2", "1", "1"]
    assert documents.run_document(run, both)["heldUp"] == ["mail"]


def test_what_does_not_come_is_not_expected(show: Show, seen: Seen, called: Called) -> None:
    """The time that is left is that of the others, and says so; why is in the row."""
    sight = seen()
    (moving,) = sight.lines
    planned = replace(moving.migration, name="mail", state=State.PLANNED, legs=0, queued=False)
    held = replace(moving, migration=planned, waits="waits for base", held_up_by=("base",), left=moving.left * 9)
    both = replace(sight, lines=(moving, held))
    assert both.left == sight.left
    shown = show(print_sight, both, called)
    assert "All but 1 serve in 4m (60s to 15m)" in shown
    assert "waits for base" in shown
    assert documents.sight_document(both, called)["applications"][1]["heldUpBy"] == ["base"]  # type: ignore[index, call-overload]


def test_a_migration_that_waits_says_for_what(show: Show, seen: Seen, called: Called) -> None:
    """Also where it is shown by itself."""
    (line,) = seen("waits for base").lines
    assert "waits for base" in show(print_migration, line.migration, called, line.waits)
    assert documents.migration_document(line.migration, called, line)["waits"] == "waits for base"


def test_a_migration_is_shown_with_its_evidence(show: Show, moving: Migration, called: Called) -> None:
    """Every step, and how long it stood still."""
    still = replace(moving, down_from=cases.NOW, down_until=cases.NOW + timedelta(seconds=61))
    shown = show(print_migration, still, called)
    assert "stood still for 61s" in shown
    assert "copy 网页-1#0  started" in shown


def test_what_is_different_has_a_line_each(show: Show, moving: Migration, called: Called) -> None:
    """Not as the record keeps it."""
    found = Difference(
        subject=cases.WEB, what="mac", before="fa:16", after=None, verdict=Verdict.KNOWN, why="the wave leaves it"
    )
    evidence = Evidence(values={"differences": to_text([found])})
    steps = tuple(
        replace(each, state=StepState.DONE, evidence=evidence) if each.spec.kind is StepKind.COMPARE else each
        for each in moving.steps
    )
    shown = show(print_migration, replace(moving, steps=steps), called)
    assert "differences: 1" in shown
    assert "网页-1: mac was fa:16 and is nothing: the wave leaves it" in shown
    assert "verdict" not in shown


def test_documents_can_be_written_as_json(seen: Seen, moving: Migration, called: Called) -> None:
    """All of them, names as they are."""
    sight = seen()
    every = (
        documents.sight_document(sight, called),
        documents.migration_document(moving, called),
        documents.run_document(sight.run, [moving]),
        as_document(_plan(), called),
    )
    assert "商事登记" in json.dumps(every, ensure_ascii=False)


def _plan(**changes: Any) -> WavePlan:
    case = cases.case(Mode.CROSS_CLOUD)
    planned = Planned(
        member=WaveMember(application=ApplicationName("registration")),
        workload=case.migration.workload,
        bindings=case.migration.bindings,
        steps=case.migration.steps,
        warnings=(warning(cases.WEB, "it has a config drive", "look at it"),),
        standstill=Spread(low=60, likely=240, high=900),
        whole=Spread(low=60, likely=240, high=900),
    )
    return replace(WavePlan(wave=case.wave, planned=(planned,), obstacles=()), **changes)


def test_a_plan_says_what_goes_where(show: Show, called: Called) -> None:
    """Servers, disks, what to know, how long."""
    shown = show(print_plan, _plan(), called)
    assert "a in city to b in district" in shown
    assert "网页-1: it has a config drive" in shown
    assert "stands still for 4m (60s to 15m)" in shown
    assert "1 application would move: 1 server, 2 disks of 50 GiB in all." in shown


def test_a_plan_says_its_window_by_the_waves_clocks(show: Show, called: Called) -> None:
    """As its author wrote it, wherever it is read."""
    china = timezone(timedelta(hours=8))
    window = WindowSpec(start=datetime(2027, 3, 6, 22, tzinfo=china), end=datetime(2027, 3, 7, 6, tzinfo=china))
    shown = show(print_plan, _plan(wave=replace(cases.wave(Mode.CROSS_CLOUD), window=window)), called)
    assert "cutovers from 2027-03-06 22:00 UTC+08:00 to 2027-03-07 06:00 UTC+08:00" in shown


def test_a_plan_says_what_room_it_needs(show: Show, called: Called) -> None:
    """Each resource by its name, with its amount behind it."""
    planned = _plan().planned[0]
    amounts = {
        Resource(service=Service.BLOCK_STORAGE, name="gigabytes", volume_type=VolumeTypeName("ssd")): 50,
        Resource(service=Service.COMPUTE, name="cores"): 1,
    }
    place = (planned.bindings.cloud, planned.bindings.project_id)
    part = Part(kind=StepKind.SERVER, subject=cases.WEB, project=place, amounts=amounts)
    shown = show(print_plan, _plan(planned=(replace(planned, parts=(part,)),)), called)
    assert "gigabytes of ssd 50 GiB, cores 1" in shown


def test_what_cannot_move_is_not_among_the_others(show: Show, called: Called) -> None:
    """Also where it could be planned, and only its window keeps it."""
    obstacle = Obstacle(application=ApplicationName("registration"), message="its window closed", remedy="")
    assert "The others" not in show(print_plan, _plan(obstacles=(obstacle,)), called)


def test_a_plan_says_all_that_keeps_it(show: Show, called: Called) -> None:
    """Each with what would be right, in the reader's sight before the sum."""
    obstacle = Obstacle(application=ApplicationName("registration"), message="there is no flavor", remedy="map it")
    shown = show(print_plan, _plan(obstacles=(obstacle,)), called)
    assert "商事登记 (registration)  cannot move" in shown
    assert "x there is no flavor" in shown
    assert "The wave cannot start: 1 application of it cannot move as the wave says." in shown
