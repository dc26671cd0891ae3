"""PROBE_BEFORE and PROBE_AFTER: the application's own probes, at the source and at the target.

What was answered before has to be answered after; what was not answered before is told and keeps nobody from moving. What could
not be asked at all says nothing, before as after.
"""

from collections.abc import Iterable, Mapping
from time import monotonic
from typing import Any

from provisioner.clouds.interface import Receipt
from provisioner.errors import CloudError
from provisioner.migration.script import StepKind
from provisioner.moving.deed import ABSENT, Look, Spot, done
from provisioner.moving.deeds.guests import address_of, server_of
from provisioner.moving.telling import tell, told
from provisioner.probing.checks import Check, Place
from provisioner.probing.readings import Reading, Result, failed
from provisioner.probing.run import Prober
from tenants.application import ProbeSpec
from tenants.names import ApplicationName

#: Seconds in which what answered before may come up again, and between two attempts.
_UNTIL_IT_ANSWERS = 600.0
_BETWEEN = 5.0
_WHAT = "probes"


class Probe:
    """All probes of the application, once before and once after."""

    patience = 3600.0
    side_by_side = 1

    def look(self, spot: Spot) -> Look:
        """By the event of their answers."""
        answers = _told(spot, spot.step.spec.kind)
        if answers is None:
            return ABSENT
        counts = {each.value: sum(1 for answer in answers if answer["result"] == each.value) for each in Result}
        return done(**counts)

    def begin(self, spot: Spot) -> Receipt:
        """Ask; after the cutover again and again, for guests take their time to come up."""
        after = spot.step.spec.kind is StepKind.PROBE_AFTER
        before = {(each["probe"], each["server"]): each for each in _told(spot, StepKind.PROBE_BEFORE) or ()}
        end = monotonic() + (_UNTIL_IT_ANSWERS if after else 0)
        while True:
            readings = Prober(
                access=spot.scene.means.access, now=spot.scene.now, stopped=spot.scene.control.must_stop
            ).ask(_checks(spot))
            spot.must_go_on()
            worse = [each for each in readings if after and _is_worse(each, before)]
            if not worse or monotonic() >= end:
                break
            spot.scene.control.wait(_BETWEEN)
        if worse:
            told_of = "; ".join(
                f"{each.probe} at {each.server or each.address}: {each.finding.reason}" for each in worse
            )
            raise CloudError(f"what answered before the move does not after it: {told_of}")
        tell(spot, _WHAT, {"step": spot.step.spec.kind.value, "answers": [_answer(each) for each in readings]})
        return Receipt()

    def clear(self, spot: Spot) -> None:
        """Nothing of it is ever called broken."""

    def undo(self, spot: Spot) -> None:
        """Nothing: asking changes nothing."""


def _told(spot: Spot, kind: StepKind) -> list[Mapping[str, Any]] | None:
    found = told(spot, _WHAT, {"step": kind.value})
    return None if found is None else list(found["answers"])


def _checks(spot: Spot) -> Iterable[Check]:
    """One for each server that a probe is about and that moves, or for its own address."""
    application = ApplicationName(spot.scene.migration.name)
    for probe in spot.scene.workload.probes:
        if probe.server is None:
            place = Place(address=str(probe.address))
            yield Check(application=application, probe=probe, server=None, place=place)
            continue
        for machine in spot.scene.workload.machines:
            if not machine.runs or not _is_about(probe, machine.name):
                continue
            address = address_of(spot, machine)
            if address is None:
                nowhere = failed("the server has no address")
                yield Check(application=application, probe=probe, server=machine.name, place=nowhere)
            else:
                there = Place(address=address, server=server_of(spot, machine))
                yield Check(application=application, probe=probe, server=machine.name, place=there)


def _is_about(probe: ProbeSpec, name: str) -> bool:
    """Whether a server is the one that a probe names, or a numbered member of it."""
    if probe.server is None:
        return False
    stem, _, number = name.rpartition("-")
    return name == probe.server or (stem == probe.server and number.isdigit())


def _is_worse(reading: Reading, before: Mapping[tuple[str, str | None], Mapping[str, Any]]) -> bool:
    was = before.get((reading.probe, reading.server))
    return reading.finding.result is not Result.PASSED and was is not None and was["result"] == Result.PASSED.value


def _answer(reading: Reading) -> dict[str, Any]:
    return {
        "probe": reading.probe,
        "server": reading.server,
        "address": reading.address,
        "result": reading.finding.result.value,
        "reason": reading.finding.reason,
        "milliseconds": reading.milliseconds,
        "at": reading.at.isoformat(),
    }
