"""A report from what happened: the same to the byte, whatever became of the migration since."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner.migration.differences import Difference, Verdict, to_text
from provisioner.migration.identifiers import Subject
from provisioner.migration.migration import Migration, StepState
from provisioner.migration.report import Authority, Report
from provisioner.migration.report_document import digest, document, sums, wave_document
from provisioner.migration.retelling import report
from provisioner.migration.script import StepKind
from provisioner.migration.states import State
from provisioner.operation import Actor
from tenants.wave import Mode
from tests.portal import AT, WAVE, migration, run

ALICE, TENANTRY = Actor("alice"), Actor("tenantry")


@dataclass(frozen=True)
class Told:
    """Something that happened, so many seconds after the beginning."""

    seconds: float
    what: str
    detail: dict[str, Any] = field(default_factory=dict)
    actor: Actor = TENANTRY

    @property
    def at(self) -> datetime:
        """When."""
        return AT + timedelta(seconds=self.seconds)


def state(seconds: float, to: State, **more: str) -> Told:
    """A state that was reached."""
    return Told(seconds, "state", {"state": to.value, **more})


def step(seconds: float, kind: StepKind, subject: str, to: str, **more: Any) -> Told:
    """What became of a step."""
    return Told(seconds, "step", {"step": kind.value, "subject": subject, "to": to, **more})


def made(*told: Told, of: Migration | None = None, mode: Mode = Mode.CROSS_CLOUD) -> Report:
    """The report of what happened."""
    return report(run(wave=replace(WAVE, mode=mode)), of or migration(), told, Authority())


def test_nothing_happened_yet() -> None:
    """What was planned is told, and every step with it."""
    found = made()
    assert (found.state, found.as_of, found.downtime) == (State.PLANNED, AT, None)
    assert {each.state for each in found.steps} == {StepState.PENDING}
    assert [each.subject for each in found.disks] == ["web#0", "web#1"]
    assert (found.source.cloud, found.target.cloud) == ("city", "district")


def test_a_display_name_is_a_part_of_the_report_only_where_there_is_one() -> None:
    """As it was when the move was planned; a report of one that nobody wrote down has the hash that it always had."""
    assert "displayName" not in document(made())
    planned = migration()
    named = made(of=replace(planned, workload=replace(planned.workload, display_name="门户")))
    assert (document(named)["displayName"], named.called) == ("门户", "门户 (portal)")


def test_downtime_is_from_the_first_server_that_stops_to_where_the_target_serves() -> None:
    """To the second, whatever happens between and after."""
    found = made(
        step(10.2, StepKind.STOP, "web", "started"),
        step(12, StepKind.STOP, "web", "done"),
        step(13, StepKind.STOP, "web", "started"),
        state(99.9, State.ACCEPTED),
        state(500, State.RETAINED),
    )
    assert [each.seconds for each in found.standstills] == [90]
    assert found.downtime == 90


def test_one_that_came_back_stood_still_until_its_source_ran() -> None:
    """Until the last of its servers was started again."""
    found = made(
        step(10, StepKind.STOP, "web", "started"),
        state(20, State.COMPENSATING, why="the copy differs"),
        step(30, StepKind.STOP, "web", "undoing"),
        step(45, StepKind.STOP, "web", "undone"),
        state(50, State.ROLLED_BACK),
    )
    assert [(each.since, each.until) for each in found.standstills] == [
        (AT + timedelta(seconds=10), AT + timedelta(seconds=45))
    ]
    assert [(each.state, each.why) for each in found.states][1:] == [
        (State.COMPENSATING, "the copy differs"),
        (State.ROLLED_BACK, ""),
    ]


def test_the_time_that_the_target_served_is_no_standstill() -> None:
    """Where it is taken back after that, there are two."""
    found = made(
        step(10, StepKind.STOP, "web", "started"),
        state(20, State.ACCEPTED),
        state(1000, State.COMPENSATING),
        step(1030, StepKind.STOP, "web", "undoing"),
        step(1040, StepKind.STOP, "web", "undone"),
        state(1041, State.ROLLED_BACK),
    )
    assert [each.seconds for each in found.standstills] == [10, 40]
    assert found.downtime == 50


def test_one_that_stands_still_yet_has_no_downtime_yet() -> None:
    """It is not known."""
    assert made(step(10, StepKind.STOP, "web", "started")).downtime is None


def test_attempts_failures_and_resumptions_are_told_apart() -> None:
    """A process that died left its attempt begun; whoever came next began another."""
    found = made(
        step(1, StepKind.COPY, "web#1", "started"),
        step(4, StepKind.COPY, "web#1", "failed", why="HTTP 500", request="req-1"),
        step(5, StepKind.COPY, "web#1", "started"),
        step(9, StepKind.COPY, "web#1", "started"),
        step(19, StepKind.COPY, "web#1", "done", values={"size": 2000, "sha256": "abc"}, requests=["req-2"]),
    )
    copy = next(each for each in found.steps if each.kind is StepKind.COPY and each.subject == "web#1")
    assert (copy.state, copy.attempts, copy.resumptions, copy.seconds) == (StepState.DONE, 3, 1, 18)
    assert [(each.why, each.request) for each in copy.failures] == [("HTTP 500", "req-1")]
    assert (copy.size, copy.rate, copy.requests) == (2000, 200, ("req-2",))


def test_disks_have_what_proves_their_content() -> None:
    """Step by step."""
    found = made(
        step(1, StepKind.EXPORT, "web#1", "done", values={"hash": "f00", "id": "i1"}),
        step(2, StepKind.COPY, "web#1", "done", values={"size": 7, "sha256": "abc", "hash": "sha512:f00"}),
        step(3, StepKind.PROVE, "web#1", "done", values={"content": "abc"}),
    )
    assert found.disks[0].hashes == {}
    assert found.disks[1].hashes == {
        "export": {"hash": "f00"},
        "copy": {"sha256": "abc", "hash": "sha512:f00"},
        "prove": {"content": "abc"},
    }


def test_every_difference_is_told() -> None:
    """Of the last comparison; nothing where none was made."""
    mac = Difference(subject=Subject("web@0"), what="mac", before="a", after="b", verdict=Verdict.KNOWN, why="taken")
    found = made(step(1, StepKind.COMPARE, "", "done", values={"servers": 1, "differences": to_text([mac])}))
    assert found.differences == (mac,)
    assert made().differences is None


def test_probes_playbooks_and_wishes_are_told() -> None:
    """The last answers, every run, and whoever asked for anything."""
    answer = {
        "probe": "web",
        "server": "web",
        "address": "10.0.0.1",
        "result": "passed",
        "reason": "",
        "milliseconds": 3,
    }
    played = {"phase": "quiesce", "playbook": "quiesce", "sha256": "ab", "state": "ok", "message": "", "results": []}
    found = made(
        Told(1, "probes", {"step": "probe-before", "answers": [{**answer, "at": "then"}]}),
        Told(2, "playbook", played),
        Told(3, "asked", {"asked": "paused", "comment": "午休"}, actor=ALICE),
        Told(4, "signed-off", {"asked": "signed-off"}, actor=ALICE),
    )
    assert [each.result for each in found.probes_before] == ["passed"]
    assert found.probes_after == ()
    assert [(each.phase, each.state) for each in found.playbooks] == [("quiesce", "ok")]
    assert [(each.actor, each.asked, each.comment) for each in found.wishes] == [(ALICE, "paused", "午休")]
    assert found.signed_off is not None
    assert found.signed_off.actor == ALICE


def test_events_of_steps_that_were_never_planned_are_passed_over() -> None:
    """A report is not where a migration fails."""
    assert made(step(1, StepKind.PROVE, "nobody#9", "done")).state is State.PLANNED


@given(minutes=st.integers(-600, 600), gone=st.sampled_from(list(State)))
def test_what_became_of_it_since_makes_no_other_report(minutes: int, gone: State) -> None:
    """Nor does the zone in which the database gives times: the hash is of what happened."""
    zone = timezone(timedelta(minutes=minutes))
    told = [state(1, State.READY), step(2, StepKind.STOP, "web", "started")]
    later = replace(
        migration(),
        state=gone,
        created_at=AT.astimezone(zone),
        steps=tuple(replace(each, state=StepState.DONE, attempts=9) for each in migration().steps),
        kept_until=AT,
        down_from=AT,
    )
    assert digest(document(made(*told, of=later))) == digest(document(made(*told)))


def test_a_document_reads_back_to_the_same_hash() -> None:
    """However the file is indented, and in whichever order its keys stand."""
    found = document(made(state(1, State.READY), step(2, StepKind.STOP, "web", "done", values={"gpu": None, "n": 1})))
    text = json.dumps(found, ensure_ascii=True, indent=3)
    assert digest(json.loads(text)) == digest(found)
    assert digest({**json.loads(text), "downtimeSeconds": 1}) != digest(found)


def test_documents_have_times_in_utc_and_no_fractions() -> None:
    """So that any library writes them alike."""
    found = document(made(state(1.5, State.READY)))
    assert found["asOf"] == (AT + timedelta(seconds=1.5)).astimezone(UTC).isoformat()

    def fractions(value: Any) -> bool:
        if isinstance(value, dict | list):
            return any(map(fractions, value.values() if isinstance(value, dict) else value))
        return isinstance(value, float)

    assert not fractions(found)


def test_a_wave_is_summed_up() -> None:
    """How many, how long, and what was slowest."""
    slow = made(
        step(1, StepKind.STOP, "web", "started"),
        step(2, StepKind.COPY, "web#1", "started"),
        step(12, StepKind.COPY, "web#1", "failed", why="x"),
        step(12, StepKind.COPY, "web#1", "started"),
        step(22, StepKind.COPY, "web#1", "done", values={"size": 100}),
        state(31, State.ACCEPTED),
    )
    found = sums([slow, made()])
    assert (found["applications"], found["byState"]) == (2, {"planned": 1, "accepted": 1})
    assert (found["downtimeSeconds"], found["failures"], found["copiedBytes"]) == (30, 1, 100)
    assert found["slowestCopy"] == {"bytesPerSecond": 10, "application": "portal", "subject": "web#1"}
    whole = wave_document(run(), [slow])
    assert [each["sha256"] for each in whole["applications"]] == [digest(document(slow))]


@pytest.mark.parametrize("mode", [Mode.COLD, Mode.LIVE])
def test_within_a_cloud_it_serves_once_it_has_arrived(mode: Mode) -> None:
    """A cold move is confirmed later; a live one stands still at no time that is told."""
    inside = replace(migration(), steps=tuple(replace(each) for each in migration().steps))
    moved = [step(5, StepKind.MOVE_COLD, "web", "started")] if mode is Mode.COLD else []
    found = made(*moved, state(25, State.BUILT), state(99, State.CLOSED), of=inside, mode=mode)
    assert found.downtime == (20 if mode is Mode.COLD else None)
