"""Locking, stopping and moving servers within a cloud: whatever is lost on the way, and whenever the process dies."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from provisioner.clouds.collections import Act
from provisioner.migration.collections import COMPUTE_SERVICES, INSTANCE_ACTIONS, MIGRATIONS, PORTS, SERVERS
from provisioner.migration.differences import Verdict, from_text
from provisioner.migration.identifiers import EVERYTHING
from provisioner.migration.migration import StepState
from provisioner.migration.script import StepKind
from provisioner.migration.states import State
from provisioner.moving.deed import Standing
from provisioner.moving.deeds.comparing import arrived
from provisioner.moving.deeds.destinations import host_to_ask_for
from tenants.wave import HostName, Mode, TargetPlace
from tests.migrations import Fate, Journey, Killed

_ELSEWHERE = TargetPlace(cloud="city", host=HostName("compute-2"))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Case:
    """One kind of step, what comes before it, and what it leads to."""

    mode: Mode
    kind: StepKind
    #: Nova's name for what is to be done once only.
    action: str
    #: Status, host and lock at the end; hosts are `here` and `there`.
    leads_to: tuple[str, str, bool]
    before: tuple[StepKind, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.kind.value


CASES = (
    Case(mode=Mode.LIVE, kind=StepKind.LOCK, action="lock", leads_to=("ACTIVE", "here", True)),
    Case(mode=Mode.LIVE, kind=StepKind.MOVE_LIVE, action="live-migration", leads_to=("ACTIVE", "there", False)),
    Case(
        mode=Mode.LIVE,
        kind=StepKind.UNLOCK,
        action="unlock",
        leads_to=("ACTIVE", "here", False),
        before=(StepKind.LOCK,),
    ),
    Case(mode=Mode.COLD, kind=StepKind.MOVE_COLD, action="migrate", leads_to=("VERIFY_RESIZE", "there", False)),
    Case(
        mode=Mode.COLD,
        kind=StepKind.CONFIRM,
        action="confirmResize",
        leads_to=("ACTIVE", "there", False),
        before=(StepKind.MOVE_COLD,),
    ),
    Case(mode=Mode.CROSS_PROJECT, kind=StepKind.STOP, action="stop", leads_to=("SHUTOFF", "here", False)),
)
#: A call's answer is lost before or after it took effect, or the process dies there.
STRIKES = [(after, kills) for after in (False, True) for kills in (False, True)]


@dataclass
class Play:
    """A case being played in a world of its own."""

    estate: Any
    case: Case
    server: str
    here: str
    journey: Journey

    @classmethod
    def of(cls, estate: Any, case: Case) -> "Play":
        """With everything done that comes before it."""
        server = estate.server("登记-web", data=1)
        here = estate.seen(server)["OS-EXT-SRV-ATTR:host"]
        play = cls(estate=estate, case=case, server=server, here=here, journey=estate.journey(case.mode, "登记-web"))
        for kind in case.before:
            assert play.journey.forward(kind).failure is None
        estate.fate.calls.clear()
        return play

    def place(self, *rest: Any) -> tuple[Any, ...]:
        """With hosts as `here` and `there`."""
        status, host, locked = rest
        return status, "here" if host == self.here else "there", locked

    def forward(self) -> Any:
        """As often as the process dies, another comes."""
        return self._surviving(self.journey.forward)

    def backward(self, kind: StepKind | None = None) -> Any:
        """The same on the way back."""
        return self._surviving(self.journey.backward, kind)

    def _surviving(self, go: Callable[[StepKind], Any], kind: StepKind | None = None) -> Any:
        try:
            return go(kind or self.case.kind)
        except Killed:
            return go(kind or self.case.kind)


def _calls(found_estate: Callable[[], Any], case: Case, *, back: bool = False) -> int:
    """How many calls an undisturbed run makes."""
    play = Play.of(found_estate(), case)
    play.forward()
    if back:
        play.estate.fate.calls.clear()
        play.backward()
    return len(play.estate.fate.calls)


def _struck(found_estate: Callable[[], Any], case: Case, *, back: bool = False) -> Iterator[tuple[Play, Fate]]:
    """A world of its own for each call and each way in which it may go wrong."""
    for number in range(_calls(found_estate, case, back=back)):
        for after, kills in STRIKES:
            play = Play.of(found_estate(), case)
            yield play, Fate(at=number, after=after, kills=kills)


def _strike(play: Play, fate: Fate) -> None:
    ours = play.estate.fate
    ours.calls.clear()
    ours.at, ours.after, ours.kills = fate.at, fate.after, fate.kills


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_step_leads_where_it_should(found_estate: Callable[[], Any], case: Case) -> None:
    """Undisturbed: once, with the requests' ids as evidence."""
    play = Play.of(found_estate(), case)
    assert play.forward().failure is None
    assert play.place(*play.estate.rest(play.server)) == case.leads_to
    (step,) = play.journey.migration.of_kind(case.kind)
    assert step.evidence is not None
    assert len(step.evidence.request_ids) == 1


@pytest.mark.parametrize("case", CASES, ids=str)
def test_whatever_call_is_lost_or_the_last_the_step_is_done_once(found_estate: Callable[[], Any], case: Case) -> None:
    """Each call of a run, before and after it took effect, without an answer and with the process's death."""
    for play, fate in _struck(found_estate, case):
        _strike(play, fate)
        assert play.forward().failure is None, fate
        assert play.place(*play.estate.rest(play.server)) == case.leads_to, fate
        assert play.estate.done_to(case.action) == 1, fate


@pytest.mark.parametrize("case", [each for each in CASES if each.kind is not StepKind.UNLOCK], ids=str)
def test_every_point_has_a_way_back(found_estate: Callable[[], Any], case: Case) -> None:
    """Whatever the process that died had done: the server is where it was, runs, and nobody's lock is on it."""
    for play, fate in _struck(found_estate, case):
        _strike(play, fate)
        with suppress(Killed):
            play.journey.forward(case.kind)
        for kind in (case.kind, *reversed(case.before)):
            assert play.backward(kind).failure is None, fate
        assert play.place(*play.estate.rest(play.server)) == ("ACTIVE", "here", False), fate


@pytest.mark.parametrize(
    "case", [each for each in CASES if each.kind not in {StepKind.UNLOCK, StepKind.CONFIRM}], ids=str
)
def test_whatever_is_lost_on_the_way_back_it_leads_back(found_estate: Callable[[], Any], case: Case) -> None:
    """Each call of the way back, in each of the four ways."""
    for play, fate in _struck(found_estate, case, back=True):
        play.forward()
        _strike(play, fate)
        assert play.backward().failure is None, fate
        assert play.place(*play.estate.rest(play.server)) == ("ACTIVE", "here", False), fate


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_request_that_arrives_twice_is_taken_once(found_estate: Callable[[], Any], case: Case) -> None:
    """Where a look saw nothing of the first, for it was still on its way: Nova refuses the second, and no harm is done."""
    play = Play.of(found_estate(), case)
    deed, spot = play.journey.deed(case.kind), play.journey.spot(case.kind, "登记-web")
    deed.begin(spot)
    deed.begin(spot)
    assert play.forward().failure is None
    assert play.estate.done_to(case.action) == 1


def test_what_was_locked_before_is_locked_afterwards(estate: Any) -> None:
    """For the reason that was given, and on the way back too."""
    server = estate.server("web")
    estate.cloud.alter(SERVERS, server, locked=True, locked_reason="审计")
    journey = estate.journey(Mode.LIVE, "web")
    journey.forward(StepKind.LOCK)
    assert estate.seen(server)["locked_reason"] == "tenantry-migration:m1, locked before: 审计"
    assert journey.values(StepKind.LOCK, "web")["locked_before"] is True
    journey.forward(StepKind.UNLOCK)
    assert (estate.seen(server)["locked"], estate.seen(server)["locked_reason"]) == (True, "审计")
    journey.backward(StepKind.UNLOCK)
    journey.backward(StepKind.LOCK)
    assert (estate.seen(server)["locked"], estate.seen(server)["locked_reason"]) == (True, "审计")


def test_another_migrations_lock_is_left_alone(estate: Any) -> None:
    """A tag that only begins like ours is another's."""
    server = estate.server("web")
    estate.cloud.alter(SERVERS, server, locked=True, locked_reason="tenantry-migration:m12")
    estate.journey(Mode.LIVE, "web").backward(StepKind.LOCK)
    assert estate.seen(server)["locked_reason"] == "tenantry-migration:m12"


def test_a_server_that_stood_still_is_not_started_on_the_way_back(estate: Any) -> None:
    """It is off, as it was when the migration was planned."""
    server = estate.server("web")
    estate.cloud.alter(SERVERS, server, status="SHUTOFF")
    journey = estate.journey(Mode.CROSS_PROJECT, "web")
    assert journey.forward(StepKind.STOP).failure is None
    assert estate.done_to("stop") == 0
    assert journey.backward(StepKind.STOP).failure is None
    assert estate.rest(server)[0] == "SHUTOFF"


def test_a_live_migration_tells_how_far_it_is(estate: Any) -> None:
    """Bytes of memory, of how many."""
    estate.server("web")
    journey = estate.journey(Mode.LIVE, "web")
    estate.cloud.destine(MIGRATIONS, "web")
    journey.forward(StepKind.MOVE_LIVE)
    whole = 512 * 1024**2
    assert set(journey.told) == {(0, whole), (whole // 2, whole)}


def test_a_live_migration_that_fails_is_told_and_tried_again_when_asked(estate: Any) -> None:
    """The failure of the first attempt is not taken for one of the second."""
    server = estate.server("web")
    journey = estate.journey(Mode.LIVE, "web")
    estate.cloud.destine(MIGRATIONS, "web", {"status": "failed"})
    failure = journey.forward(StepKind.MOVE_LIVE).failure
    assert failure is not None
    assert failure.message == "the server web was not moved: Nova ended its migration as failed"
    assert estate.done_to("live-migration") == 1
    assert journey.forward(StepKind.MOVE_LIVE).failure is None
    assert estate.rest(server)[0] == "ACTIVE"
    assert estate.done_to("live-migration") == 2


def test_a_stopped_server_is_not_moved_live(estate: Any) -> None:
    """And the message says what kind of server is."""
    server = estate.server("web")
    estate.cloud.alter(SERVERS, server, status="SHUTOFF")
    failure = estate.journey(Mode.LIVE, "web").forward(StepKind.MOVE_LIVE).failure
    assert failure.message == "the server web is SHUTOFF: only a server that runs can be moved live"


def test_a_live_migration_that_never_ends_is_given_up(estate: Any) -> None:
    """The guest must not be paused, so it stays where it is."""
    server = estate.server("web")
    here = estate.rest(server)[1]
    journey = estate.journey(Mode.LIVE, "web")
    estate.cloud.destine(MIGRATIONS, "web")
    failure = journey.forward(StepKind.MOVE_LIVE).failure
    assert failure is not None
    assert "the wave does not allow it to pause the guest (mayPause)" in failure.message
    assert estate.rest(server) == ("ACTIVE", here, False)


@pytest.mark.parametrize("forcing", [True, False], ids=["asked", "stalled"])
def test_a_live_migration_that_never_ends_is_completed_where_the_guest_may_pause(estate: Any, *, forcing: bool) -> None:
    """When somebody asks for it, or when it comes no closer to its end for minutes."""
    server = estate.server("web")
    here = estate.rest(server)[1]
    journey = estate.journey(Mode.LIVE, "web", may_pause=True)
    journey.forcing = forcing
    estate.cloud.destine(MIGRATIONS, "web")
    assert journey.forward(StepKind.MOVE_LIVE).failure is None
    assert estate.rest(server)[1] != here


def test_an_abort_gives_up_a_live_migration_under_way(estate: Any) -> None:
    """The way back from one that is running is to cancel it."""
    server = estate.server("web")
    here = estate.rest(server)[1]
    journey = estate.journey(Mode.LIVE, "web")
    estate.cloud.destine(MIGRATIONS, "web")
    journey.deed(StepKind.MOVE_LIVE).begin(journey.spot(StepKind.MOVE_LIVE, "web"))
    assert journey.backward(StepKind.MOVE_LIVE).failure is None
    assert estate.rest(server) == ("ACTIVE", here, False)
    assert [each["status"] for each in estate.cloud.items(MIGRATIONS, None)] == ["cancelled"]


def test_a_pause_leaves_a_live_migration_running(estate: Any) -> None:
    """It stays begun, and whoever comes next finds it done."""
    estate.server("web")
    journey = estate.journey(Mode.LIVE, "web")
    spot = journey.spot(StepKind.MOVE_LIVE, "web")
    journey.deed(StepKind.MOVE_LIVE).begin(spot)
    journey.stopping = True
    assert journey.forward(StepKind.MOVE_LIVE).stopped
    journey.stopping = False
    assert journey.forward(StepKind.MOVE_LIVE).failure is None
    assert estate.done_to("live-migration") == 1


@pytest.mark.parametrize("before", ["ACTIVE", "SHUTOFF"])
def test_a_cold_migration_that_broke_the_server_where_it_was_is_taken_back(estate: Any, before: str) -> None:
    """With what Nova says of it. A hard reboot brings the server back, and stops it again if it was off."""
    server = estate.server("web")
    estate.cloud.alter(SERVERS, server, status=before)
    journey = estate.journey(Mode.COLD, "web")
    estate.cloud.destine(MIGRATIONS, "web", {"status": "error"})
    failure = journey.forward(StepKind.MOVE_COLD).failure
    assert failure is not None
    assert failure.message == "the server web is ERROR: Nova could not do it: the migration failed"
    assert journey.backward(StepKind.MOVE_COLD).failure is None
    assert estate.done_to("reboot") == 1
    assert estate.seen(server)["status"] == before


def test_a_cold_migration_that_broke_the_server_elsewhere_is_told(estate: Any) -> None:
    """Which of two disks counts is for people; nothing is made worse."""
    server = estate.server("web")
    journey = estate.journey(Mode.COLD, "web")
    estate.cloud.destine(MIGRATIONS, "web", {"status": "error"})
    assert journey.forward(StepKind.MOVE_COLD).failure is not None
    estate.cloud.alter(SERVERS, server, **{"OS-EXT-SRV-ATTR:host": "compute-9"})
    back = journey.backward(StepKind.MOVE_COLD).failure
    assert back is not None
    assert "ERROR on compute-9" in back.message
    assert (estate.done_to("migrate"), estate.done_to("reboot")) == (1, 0)
    assert estate.seen(server)["status"] == "ERROR"


def test_nova_may_confirm_by_itself(estate: Any) -> None:
    """The move is done all the same, and says that there is no simple way back."""
    server = estate.server("web")
    journey = estate.journey(Mode.COLD, "web")
    estate.cloud.alter(SERVERS, server, **{"OS-EXT-SRV-ATTR:host": "compute-9"})
    assert journey.forward(StepKind.MOVE_COLD).failure is None
    assert journey.values(StepKind.MOVE_COLD, "web")["confirmed"] is True
    assert journey.forward(StepKind.CONFIRM).failure is None


def test_servers_go_to_the_host_that_the_wave_names(estate: Any) -> None:
    """One that is there already is not moved at all."""
    servers = [estate.server(f"web-{number}") for number in (1, 2)]
    journey = estate.journey(Mode.LIVE, "web-1", "web-2", target=_ELSEWHERE)
    assert journey.forward(StepKind.MOVE_LIVE).failure is None
    assert [estate.rest(each)[1] for each in servers] == ["compute-2", "compute-2"]
    assert estate.done_to("live-migration") == 1


def test_a_zone_without_another_host_is_told(estate: Any) -> None:
    """Hosts that are switched off do not count."""
    server = estate.server("web")
    here = estate.rest(server)[1]
    for each in estate.cloud.items(COMPUTE_SERVICES, None):
        if each["host"] != here:
            estate.cloud.alter(COMPUTE_SERVICES, each["id"], status="disabled")
    zone = replace(_ELSEWHERE, host=None, availability_zone="internet")
    failure = estate.journey(Mode.LIVE, "web", target=zone).forward(StepKind.MOVE_LIVE).failure
    assert failure.message == "the availability zone internet has no other host that works and takes servers"


def test_a_server_that_is_gone_is_told(estate: Any) -> None:
    """By every step that is about it; the way back has nothing to do but for what would start it."""
    server = estate.server("web")
    journey = estate.journey(Mode.LIVE, "web")
    estate.cloud.resources.delete(SERVERS, estate.place.project_id, server)
    while any(each["id"] == server for each in estate.cloud.items(SERVERS, estate.place.project_id)):
        estate.cloud.resources.fetch(SERVERS, estate.place.project_id, server)
    for kind in (StepKind.LOCK, StepKind.MOVE_LIVE, StepKind.UNLOCK):
        assert journey.forward(kind).failure.message == "the server web is not there any more"  # type: ignore[union-attr]
    assert journey.backward(StepKind.MOVE_LIVE).failure is None
    assert journey.backward(StepKind.LOCK).failure is None
    assert {each.state for each in journey.migration.of_kind(StepKind.LOCK)} == {StepState.UNDONE}
    assert journey.migration.state is State.READY


def test_a_comparison_finds_what_changed_on_the_way(estate: Any) -> None:
    """A server that moved is the same elsewhere; one that lost something is told, and keeps the step from being done."""
    server = estate.server("web", metadata={"role": "web"})
    journey = estate.journey(Mode.LIVE, "web")
    journey.forward(StepKind.MOVE_LIVE)
    assert journey.forward(StepKind.COMPARE).failure is None
    kept = from_text(journey.migration.values(StepKind.COMPARE, EVERYTHING)["differences"])
    assert [(each.what, each.verdict) for each in kept] == [("host", Verdict.ASKED)]
    estate.cloud.alter(SERVERS, server, metadata={})
    other = replace(journey, steps={})
    failure = other.forward(StepKind.COMPARE).failure
    assert failure is not None
    assert failure.message == (
        "what arrived is not what left: web: metadata role was web and is nothing: it should be web"
    )


def test_a_port_is_given_a_while_to_become_active(estate: Any) -> None:
    """Its agent tells Neutron in its own time; one that never does is told."""
    estate.server("web")
    journey = estate.journey(Mode.LIVE, "web")
    journey.forward(StepKind.MOVE_LIVE)
    (port,) = estate.cloud.items(PORTS, estate.place.project_id)
    estate.cloud.alter(PORTS, port["id"], status="DOWN")
    began = journey.at
    failure = journey.forward(StepKind.COMPARE).failure
    assert failure is not None
    assert "port-status was ACTIVE and is DOWN" in failure.message
    assert journey.at - began >= timedelta(minutes=2)


def test_servers_go_to_a_host_of_the_zone_that_the_wave_names(estate: Any) -> None:
    """Each to one that works there, and asks for the same one every time."""
    servers = [estate.server(f"web-{number}") for number in (1, 2)]
    zone = replace(_ELSEWHERE, host=None, availability_zone="extranet")
    journey = estate.journey(Mode.COLD, "web-1", "web-2", target=zone)
    assert journey.forward(StepKind.MOVE_COLD).failure is None
    assert {estate.rest(each)[1] for each in servers} <= {"compute-3", "compute-4"}
    spot = journey.spot(StepKind.MOVE_COLD, "web-1")
    assert host_to_ask_for(spot) == estate.rest(servers[0])[1]


def test_somebody_elses_resize_is_not_taken_for_a_move(estate: Any) -> None:
    """One that waits on its own host to be confirmed is a person's to end."""
    server = estate.server("web")
    estate.cloud.alter(SERVERS, server, status="VERIFY_RESIZE")
    failure = estate.journey(Mode.COLD, "web").forward(StepKind.MOVE_COLD).failure
    assert failure is not None
    assert failure.message == (
        f"the server web waits on {estate.rest(server)[1]} for somebody to confirm or to revert another resize"
    )
    assert estate.done_to("migrate") == 0


def test_a_move_that_somebody_reverted_is_not_confirmed(estate: Any) -> None:
    """The server is where it was, and the step says so."""
    server = estate.server("web")
    journey = estate.journey(Mode.COLD, "web")
    here = estate.rest(server)[1]
    journey.forward(StepKind.MOVE_COLD)
    revert = Act(below="/action", body={"revertResize": None})
    estate.cloud.resources.act(SERVERS, estate.place.project_id, server, revert)
    failure = journey.forward(StepKind.CONFIRM).failure
    assert failure is not None
    assert failure.message == f"the server web is ACTIVE: it is on {here}, as if it had been reverted"


def test_a_way_back_that_nova_refuses_is_told(estate: Any) -> None:
    """The server stays where it came to, and a person has to see to it."""
    estate.server("web")
    journey = estate.journey(Mode.LIVE, "web")
    journey.forward(StepKind.MOVE_LIVE)
    estate.cloud.destine(MIGRATIONS, "web", {"status": "error"})
    failure = journey.backward(StepKind.MOVE_LIVE).failure
    assert failure is not None
    assert failure.message == (
        "the server web stays on compute-2 and not on compute-1: Nova ended its migration as error"
    )


def test_a_failure_is_told_in_the_words_of_what_nova_did(estate: Any) -> None:
    """Of the event that failed, with the request's id."""
    estate.server("web")
    journey = estate.journey(Mode.LIVE, "web")
    spot = journey.spot(StepKind.MOVE_LIVE, "web")
    deed = journey.deed(StepKind.MOVE_LIVE)
    deed.look(spot)
    estate.cloud.destine(MIGRATIONS, "web", {"status": "error"})
    (request,) = deed.begin(spot).request_ids
    events = [
        {"event": "conductor_live_migrate_instance", "result": "Success"},
        {"event": "compute_live_migration", "result": "Error", "details": "No valid host was found."},
    ]
    estate.cloud._world.shelves.find(INSTANCE_ACTIONS.path, request, parent=journey.workload.machines[0].id).item[
        "events"
    ] = events
    while (seen := deed.look(spot)).standing is Standing.UNDER_WAY:
        pass
    assert seen.message == (
        "the server web was not moved: no host of its availability zone has room for it (Nova: No valid host was found.) "
        f"(request {request})"
    )


def test_what_was_built_elsewhere_is_found_by_the_migrations_tag(estate: Any) -> None:
    """A server of the same name that is not the migration's is not taken for it."""
    estate.server("web")
    journey = estate.journey(Mode.CROSS_PROJECT, "web")
    spot = journey.spot(StepKind.COMPARE, EVERYTHING)
    assert arrived(spot).machines == ()
    built = estate.server("web", tags=["tenantry-migration:m1"])
    assert [each.id for each in arrived(spot).machines] == [built]


@pytest.mark.parametrize(("mode", "kind"), [(Mode.LIVE, StepKind.MOVE_LIVE), (Mode.COLD, StepKind.MOVE_COLD)])
def test_the_host_that_nova_chose_is_told_once(estate: Any, mode: Mode, kind: StepKind) -> None:
    """While the server is on its way, so that others may arrive on the rest."""
    server = estate.server("web")
    journey = estate.journey(mode, "web", may_pause=True)
    if mode is Mode.LIVE:  # else it is over before anybody looks
        estate.cloud.destine(MIGRATIONS, "web")
        journey.forcing = True
    assert journey.forward(kind).failure is None
    assert journey.chosen == [estate.rest(server)[1]]
    named = estate.journey(mode, "web", target=_ELSEWHERE)
    assert named.forward(kind).failure is None
    assert named.chosen == []
