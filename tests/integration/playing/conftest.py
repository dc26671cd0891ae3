"""A guest that takes playbooks: a real SSH server on this machine, and what a playbook of a wave is asked to do in it."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import pytest

from provisioner.playing.access import SshAccess
from provisioner.playing.folders import Folders
from provisioner.playing.play import Play, PlayedGuest, play
from provisioner.playing.played import Played
from tenants.wave import PlaybookPhase, PlaybookUse
from tests.integration.probing.conftest import LOCALHOST, SshServer, access, closing, guest, refusing

__all__ = ["access", "closing", "guest", "refusing"]

#: Plays a phase: `played(PlaybookPhase.QUIESCE, services=("web",))`.
Playing = Callable[..., Played]

_CONTROL = """\
#!/bin/sh
# A service: runs while its file is there.
case $1 in
    start) echo running > "$0.up" ;;
    stop) rm -f "$0.up" ;;
    status) [ -e "$0.up" ] || exit 3 ;;
esac
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service of the guest with a script of its own."""

    script: Path

    @property
    def runs(self) -> bool:
        """Whether it runs."""
        return self.script.with_name(self.script.name + ".up").exists()

    def start(self) -> None:
        """Start it."""
        self.script.with_name(self.script.name + ".up").touch()


@pytest.fixture
def service(tmp_path: Path) -> Service:
    """A service that runs."""
    script = tmp_path / "my service"
    script.write_text(_CONTROL, encoding="ascii")
    script.chmod(0o755)
    made = Service(script=script)
    made.start()
    return made


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """The operators' folder of playbooks."""
    folder = tmp_path / "剧本"
    folder.mkdir()
    return folder


@pytest.fixture
def asked(access: SshAccess, theirs: Path) -> Iterator[Play]:
    """The playbook of a phase in one guest; what it remembers there goes with the test, for the guest is this machine."""
    made = Play(
        use=PlaybookUse(phase=PlaybookPhase.VERIFY, timeout=60),
        application="registration",
        wave="wave-1",
        migration=f"m-{uuid4().hex}",
        guests=(guest_named("web-1"),),
        folders=Folders(operators=theirs),
        access=access,
    )
    yield made
    shutil.rmtree(Path("/run") / f"tenantry-{made.migration}", ignore_errors=True)


def guest_named(name: str, **fields: object) -> PlayedGuest:
    """The guest, as a server of an application."""
    return PlayedGuest(name=name, address=LOCALHOST, server=f"i-{name}", user="ops", **fields)


@pytest.fixture
def played(asked: Play, guest: SshServer) -> Playing:
    """Plays a phase with variables in the guest."""

    def played(
        phase: PlaybookPhase, *, check: bool = False, playbook: str | None = None, **variables: object
    ) -> Played:
        use = replace(asked.use, phase=phase, playbook=playbook, variables=variables)
        return play(replace(asked, use=use, check=check))

    return played
