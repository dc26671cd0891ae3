"""Waves of many applications: in their order, and never more at once than the wave says, by the clouds' own logs."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devcloud.fixture import Devcloud, running
from devcloud.records import CloudOptions
from tests.acceptance.migration.limits import Log, Moved, most_at_once, served, summary, uploads
from tests.acceptance.migration.many import Many, layered, without
from tests.acceptance.service.postgres import postgres
from tests.acceptance.service.processes import processes
from tests.acceptance.shell import Shell
from tests.acceptance.traffic import sent

pytestmark = pytest.mark.timeout(900)

Note = Callable[[str], None]
_TARGET = "compute-2"
#: The places of those that go to another cloud: two of which one waits for the other, and three that wait for nobody.
_FAR = (0, 1, 4, 8, 10)
#: The state folder of a devcloud with six computes that is up already.
_ATTACHED = "TENANTRY_TEST_SIX_COMPUTES"


def prepared(many: Many, log: Mapping[str, Moved]) -> None:
    """Raises AssertionError where an application began before one that it depends on served."""
    for member in many.members:
        for before in member.after:
            assert log[before].acted[1] < log[member.name].acted[0], (before, member.name)
            assert log[before].recorded[1] <= log[member.name].recorded[0], (before, member.name)


def held(log: Mapping[str, Moved], *, applications: int, source: int, target: int) -> Mapping[str, int]:
    """The most of each sort at once. Raises AssertionError where that is more than it may be."""
    sources, targets = ({getattr(each, end) for each in log.values()} for end in ("source", "target"))
    seen = {
        "applications": most_at_once(each.acted for each in log.values()),
        "recorded": most_at_once(each.recorded for each in log.values()),
        "source": max(most_at_once(m.moving for m in log.values() if m.source == host) for host in sources),
        "target": max(most_at_once(m.moving for m in log.values() if m.target == host) for host in targets),
    }
    assert seen["applications"] <= applications, seen
    assert seen["recorded"] <= applications, seen
    assert seen["source"] <= source, seen
    assert seen["target"] <= target, seen
    return seen


@pytest.fixture
def note() -> Note:
    """Says something about the run: shown where the test fails, or with `-s`."""

    def note(line: str) -> None:
        sys.stdout.write(f"{line}\n")

    return note


@pytest.fixture
def few(tenantry: Shell, devcloud: Devcloud, name: str, tmp_path: Path) -> Iterator[Many]:
    """Eight applications on one host, and two workers."""
    with postgres(tmp_path / "postgres") as server:
        shell = tenantry.with_environment(TENANTRY_DATABASE_URL=server.url)
        many = Many(tenantry=shell, postgres=server, devcloud=devcloud, name=name, members=layered(name, 8))
        with processes(shell, servers=0, workers=2):
            yield many
            many.city.delete_servers(many.home)


def test_a_wave_keeps_to_its_order_and_its_limits(few: Many) -> None:
    """Live, from host to host: two leave a host at a time, though four applications may be on their way."""
    wave = few.wave(
        "moves",
        few.members,
        mode="live",
        target={"cloud": "city", "host": _TARGET},
        limits={"applications": 4, "perSourceHost": 2, "perTargetHost": 2},
    )
    with without(few.city, _TARGET):
        few.ask(wave)
    mark = few.devcloud.mark()
    few.start("moves")
    few.await_all("moves", "closed")
    log = Log(many=few, wave="moves", since=mark).moves()
    prepared(few, log)
    held(log, applications=4, source=2, target=2)
    assert {(each.target, each.actions) for each in log.values()} == {(_TARGET, 3)}


@pytest.fixture
def forty(tmp_path: Path, name: str) -> Iterator[Many]:
    """Forty applications on three of the four hosts of a zone, and two workers."""
    attached = os.environ.get(_ATTACHED)
    with ExitStack() as stack:
        if attached:
            devcloud = Devcloud.attach(Path(attached))
        else:
            devcloud = stack.enter_context(running(("city", "district"), options=CloudOptions(computes=6)))
        server = stack.enter_context(postgres(tmp_path / "postgres"))
        environment = {"TENANTRY_DATABASE_URL": server.url}
        shell = Shell(folder=tmp_path, clouds_yaml=devcloud.clouds_yaml, environment=environment)
        many = Many(tenantry=shell, postgres=server, devcloud=devcloud, name=name, members=layered(name, 40))
        stack.enter_context(processes(shell, servers=0, workers=2))
        yield many


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_hosts_that_nova_chooses_are_kept_to_their_limit(forty: Many, note: Note) -> None:
    """Whatever it chooses, one arrives on a host at a time."""
    limits = {"applications": 8, "perSourceHost": 4, "perTargetHost": 1}
    modes = ("live", "cold")
    forty.ask(*(forty.wave(mode, forty.members, mode=mode, target={"cloud": "city"}, limits=limits) for mode in modes))
    for mode in modes:
        mark = forty.devcloud.mark()
        forty.start(mode)
        forty.await_all(mode, "closed")
        log = Log(many=forty, wave=mode, since=mark).moves()
        prepared(forty, log)
        note(f"{mode}: {held(log, applications=8, source=4, target=1)}")
        note(
            f"moves at once: {most_at_once(each.moving for each in log.values())} to {len({each.target for each in log.values()})} hosts"
        )


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_forty_applications_keep_to_all_limits(forty: Many, note: Note) -> None:
    """Cold, to one host, in a window; then five to another cloud, and those with volumes to another project."""
    now = datetime.now(UTC)
    start, end = (f"{now + timedelta(hours=each):%Y-%m-%dT%H:%M}+00:00" for each in (-1, 12))
    window = {"start": start, "end": end}
    most = {"applications": 6, "perSourceHost": 1, "perTargetHost": 2, "perLink": 2}
    to_host = {"mode": "cold", "target": {"cloud": "city", "host": "compute-4"}, "limits": most, "window": window}
    away = {"mode": "cross-cloud", "target": {"cloud": "district", "project": "away"}, "limits": most}
    beside = {"mode": "cross-project", "target": {"cloud": "city", "project": "beside"}, "limits": most}
    with without(forty.city, "compute-4"):
        forty.ask(
            forty.wave("cold", forty.members, **to_host),
            forty.wave("away", [forty.members[each] for each in _FAR], **away),
            forty.wave("beside", [each for each in forty.members if each.volume], **beside),
        )
    mark = forty.devcloud.mark()
    forty.start("cold")
    forty.await_all("cold", "closed")
    log = Log(many=forty, wave="cold", since=mark).moves()
    note(f"cold: {summary(log)}")
    prepared(forty, log)
    note(f"at once: {held(log, applications=6, source=1, target=2)}")
    assert {(each.target, each.actions) for each in log.values()} == {("compute-4", 4)}
    _moves_by_copies(forty, note)


def _moves_by_copies(many: Many, note: Note) -> None:
    """No more disks at once on the link than may be, by the image store that they arrive in; and as to applications."""
    for wave in ("away", "beside"):
        mark = many.devcloud.mark()
        many.start(wave)
        many.await_all(wave, "accepted")
        spans = served(many, wave)
        at_once = {"applications": most_at_once(spans.values()), "disks": most_at_once(uploads(many, mark))}
        requests = len(sent(many.devcloud, mark)) / len(spans)
        note(f"{wave}: {len(spans)} applications, {at_once}, {requests:.0f} requests each")
        assert at_once["applications"] <= 6
        assert at_once["disks"] <= 2
        assert len(uploads(many, mark)) == (len(spans) if wave == "away" else 0)
        for member in (each for each in many.members if each.name in spans):
            for before in {*member.after} & spans.keys():
                assert spans[before][1] <= spans[member.name][0], (before, member.name)
