"""Step STOP: the source's servers stand still, so that what is copied of their disks is one moment.

Nova asks the guest to shut down, and turns it off where it has not within the time that the operators allow (compute API
reference, "Stop server"; 60 seconds unless `shutdown_timeout` or the image's `os_shutdown_timeout` says otherwise). Nova powers
a server on and off for administrators whatever its lock.
"""

from typing import Final

from provisioner.clouds.interface import Receipt
from provisioner.moving.deed import ABSENT, UNDER_WAY, Look, Spot, done, impossible
from provisioner.moving.deeds import sources
from provisioner.moving.deeds.sources import Server

STOPPED: Final = "SHUTOFF"
RUNNING: Final = "ACTIVE"
#: Seconds for a server to run again on the way back.
_START: Final = 600.0


class Stop:
    """The source's servers are off."""

    #: Guests may be given half an hour, by a property of their image.
    patience = 2400.0
    side_by_side = 8

    def look(self, spot: Spot) -> Look:
        """Done where it is off and nothing goes on; one that was off from the beginning is left so."""
        found = sources.find(spot)
        if found is None:
            return impossible(f"the server {spot.subject} is not there any more")
        if found.busy:
            return UNDER_WAY
        match found.status:
            case "SHUTOFF":
                return done(at=found.updated, ran_before=sources.machine_of(spot).runs)
            case "ACTIVE":
                why = sources.changed(spot, found)
                return ABSENT if why is None else impossible(why)
            case status:
                return impossible(f"the server {spot.subject} is {status}, from where it cannot be shut down")

    def begin(self, spot: Spot) -> Receipt:
        """Ask the guest to shut down."""
        return sources.ask(spot, {"os-stop": None}, lambda found: found.status == STOPPED)

    def clear(self, spot: Spot) -> None:
        """A server that is off is of use."""

    def undo(self, spot: Spot) -> None:
        """Start it again, where it ran when the migration was planned, and return when it runs."""
        if not sources.machine_of(spot).runs:
            return
        found = sources.wait_for(spot, _at_rest, seconds=self.patience)
        if found.status == STOPPED:
            sources.ask(spot, {"os-start": None}, lambda each: each.status == RUNNING)
            sources.wait_for(spot, lambda each: each.status == RUNNING and not each.busy, seconds=_START)


def _at_rest(server: Server) -> bool:
    return not server.busy and server.status in {STOPPED, RUNNING}
