"""Plays one phase of a migration in a guest and says what it came to, as JSON: `python -m tests.acceptance.guests.played`.

A process of its own, for it has to be in the guest's network.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from provisioner.playing.access import SshAccess
from provisioner.playing.folders import Folders
from provisioner.playing.play import Play, PlayedGuest, play
from tenants.wave import PlaybookPhase, PlaybookUse


def main() -> None:
    """Read what to play from the first argument."""
    asked = json.loads(sys.argv[1])
    variables = {name: tuple(each) if isinstance(each, list) else each for name, each in asked["variables"].items()}
    use = PlaybookUse(phase=PlaybookPhase(asked["phase"]), variables=variables, timeout=240)
    guests = tuple(
        PlayedGuest(name=name, address=address, server=None, user="root") for name, address in asked["guests"].items()
    )
    played = play(
        Play(
            use=use,
            application="reference",
            wave="trial",
            migration=asked["migration"],
            guests=guests,
            folders=Folders(),
            access=SshAccess(key_file=Path(asked["key"]), known_hosts=Path(asked["known_hosts"])),
            patience=120,
            check=asked["check"],
        )
    )
    sys.stdout.write(json.dumps(asdict(played)))


if __name__ == "__main__":
    main()
