"""The phases of a migration in the guests of the reference application, and what they must do in guests of any kind."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from devcloud.guests import reference
from tests.acceptance.guests.site import ADDRESSES, ReferenceSite

#: The volume of the writer.
DATA: Final = "/mnt/data"
#: The writer as a service of the kind that busybox systems have.
SERVICE: Final = """\
mkdir -p /etc/init.d && cat > /etc/init.d/S50writer <<'EOF' && chmod 755 /etc/init.d/S50writer
#!/bin/sh
case $1 in
    start) /etc/rc.local ;;
    stop) killall writer ;;
    status) pidof writer > /dev/null || exit 3 ;;
esac
EOF
"""


@dataclass(frozen=True, kw_only=True)
class Phases:
    """Plays phases in the application's servers."""

    site: ReferenceSite
    #: The service that the writer is.
    service: str

    def play(self, phase: str, *, check: bool = False, **variables: object) -> Any:
        """What a phase came to, as a document."""
        folder = self.site.tenantry.folder
        asked = {
            "phase": phase,
            "check": check,
            "variables": variables,
            "guests": ADDRESSES,
            "migration": self.site.name,
            "key": str(self.site.key),
            "known_hosts": str(folder / "known_hosts"),
        }
        said = self.site.within(sys.executable, "-m", "tests.acceptance.guests.played", json.dumps(asked))
        return json.loads(said)

    def outcomes(self, phase: str, *, check: bool = False, **variables: object) -> set[str]:
        """How a phase ended in the guests; all well."""
        played = self.play(phase, check=check, **variables)
        assert played["state"] == "ok", played
        return {each["outcome"] for each in played["guests"]}

    def line(self) -> int:
        """The number of the last line that the writer of the first server has written."""
        return int(self.site.run("web-1", f"tail -n 1 {reference.LINES}").split()[0])

    def stands(self) -> bool:
        """Whether the writer writes nothing."""
        line = self.line()
        time.sleep(1)
        return self.line() == line


#: Something that must hold.
Case = Callable[[Phases], None]


def preflight_passes(phases: Phases) -> None:
    """With what quiesce will use; a service that is not there is told."""
    assert phases.outcomes("preflight", services=[phases.service], freeze=[DATA], programs=["sh"]) == {"ok"}
    found = phases.play("preflight", services=["nonesuch"], freeze=["/"])
    assert found["state"] == "failed"
    assert {each["message"] for each in found["guests"]} == {
        "there is no service nonesuch; / is not frozen: logging in needs it"
    }


def quiesce_stops_and_freezes(phases: Phases) -> None:
    """Nothing in check mode, then all of it, then nothing more: it is frozen already."""
    wanted = {"services": [phases.service], "freeze": [DATA], "freeze_seconds": 600}
    assert phases.outcomes("quiesce", check=True, **wanted) == {"changed"}
    assert not phases.stands()
    assert phases.outcomes("quiesce", **wanted) == {"changed"}
    assert phases.stands()
    assert phases.outcomes("quiesce", **wanted) == {"ok"}


def rollback_thaws_and_starts(phases: Phases) -> None:
    """Nothing in check mode, then all of it, then nothing more; no line is missing or doubled."""
    wanted = {"services": [phases.service], "freeze": [DATA]}
    assert phases.outcomes("rollback", check=True, **wanted) == {"changed"}
    assert phases.stands()
    assert phases.outcomes("rollback", **wanted) == {"changed"}
    assert not phases.stands()
    assert phases.outcomes("rollback", **wanted) == {"ok"}
    assert {phases.site.written(name).fault for name in ADDRESSES} == {None}


def what_is_frozen_thaws_by_itself(phases: Phases) -> None:
    """Whatever becomes of whoever froze it: the writer is never told to stop, and goes on after a while."""
    assert phases.outcomes("quiesce", freeze=[DATA], freeze_seconds=5) == {"changed"}
    line = phases.line()
    phases.site.goes_on("web-1", line)
    assert phases.outcomes("rollback", freeze=[DATA]) == {"ok"}
    assert {phases.site.written(name).fault for name in ADDRESSES} == {None}


def verify_sees_it_work(phases: Phases) -> None:
    """The service, its volume and its page; in check mode as well."""
    page = f"/srv/www{reference.PAGE}"  # as the web server runs it: not every guest has a client
    wanted = {"services": [phases.service], "mounts": [DATA], "commands": [f"test -s {reference.LINES}"]}
    assert phases.outcomes("verify", **wanted, text_command=page, texts=["host web-"]) == {"ok"}
    assert phases.outcomes("verify", check=True, **wanted) == {"ok"}


#: All of them, in the order in which they can follow one another.
CASES: Final[tuple[Case, ...]] = (
    preflight_passes,
    quiesce_stops_and_freezes,
    rollback_thaws_and_starts,
    what_is_frozen_thaws_by_itself,
    verify_sees_it_work,
)
