"""Steps MOVE_COLD and CONFIRM: a server is stopped, moved to another host within its cloud, started, and then confirmed.

`migrate` with a host or none (compute API reference, "Migrate Server"; the host from 2.56 on) leads to VERIFY_RESIZE: the server
runs on its new host, and the old one keeps what it had until `confirmResize`, or takes it back by `revertResize`. Everything that
is to be verified is verified in between. Where Nova's operators have it confirm by itself (`resize_confirm_window`), that time
may be cut short.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from provisioner.clouds.interface import Receipt
from provisioner.errors import CloudConflict, CloudError, CloudRefused
from provisioner.moving.deed import ABSENT, UNDER_WAY, Look, Spot, done, impossible
from provisioner.moving.deeds import destinations, moves, sources
from provisioner.moving.deeds.destinations import has_arrived, host_to_ask_for
from provisioner.moving.deeds.moves import Manner
from provisioner.moving.deeds.sources import Server
from tenants.wave import HostName

_WAITING: Final = "VERIFY_RESIZE"
_AT_REST: Final = frozenset({"ACTIVE", "SHUTOFF"})
_UNDER_WAY: Final = frozenset({"RESIZE", "REVERT_RESIZE", "MIGRATING"})
#: What Nova calls a migration that it is just confirming, and one that it has; the server shows it later.
_CONFIRMING: Final = frozenset({"confirming", "confirmed"})
#: Seconds for Nova to confirm or to revert.
_ENDING: Final = 1800.0


class MoveCold:
    """The source's servers are on another host, from where they can still go back."""

    #: Disks that hosts do not share are copied.
    patience = 14400.0
    side_by_side = 8

    def look(self, spot: Spot) -> Look:
        """Done where it waits on its new host to be confirmed, or Nova has confirmed it by itself."""
        found = sources.find(spot)
        if found is None:
            return impossible(f"the server {spot.subject} is not there any more")
        if _goes_on(found):
            destinations.tell_choice(spot, lambda: moves.under_way(spot, Manner.COLD))
            return UNDER_WAY
        if found.status not in {_WAITING, *_AT_REST}:
            why = found.trouble if found.broken else "only a server that runs or is off can be moved"
            return impossible(f"the server {spot.subject} is {found.status}: {why}")
        if has_arrived(spot, found):
            values = {"host": found.host, "from": sources.machine_of(spot).host, "zone": found.zone}
            confirmed = found.status != _WAITING
            return done(**values, confirmed=confirmed, **moves.arrival(spot, Manner.COLD))
        if found.status == _WAITING:
            return impossible(
                f"the server {spot.subject} waits on {found.host} for somebody to confirm or to revert another resize"
            )
        why = moves.failure(spot, Manner.COLD) or ""
        return impossible(f"the server {spot.subject} was not moved: {why}") if why else ABSENT

    def begin(self, spot: Spot) -> Receipt:
        """Ask Nova to move it."""
        return _send(spot, host_to_ask_for(spot), lambda found: _has_moved(spot, found))

    def clear(self, spot: Spot) -> None:
        """What Nova could not move it leaves where it was, or in the state ERROR: there is nothing to try anew."""

    def undo(self, spot: Spot) -> None:
        """Back on the host that it was on when the migration was planned, and at rest there, running only if it ran then."""
        home = sources.machine_of(spot).host
        end = spot.scene.now() + timedelta(seconds=self.patience)
        asked = revived = False
        while (found := sources.find(spot)) is not None:
            if found.broken:
                _revive(spot, found, again=revived)
                revived = True
            elif not _goes_on(found):
                if found.status in _AT_REST and (home is None or found.host == home):
                    if found.status == "SHUTOFF" or sources.machine_of(spot).runs:
                        return
                    sources.ask(spot, {"os-stop": None}, lambda each: each.status == "SHUTOFF")
                else:
                    asked = _homewards(spot, found, home, asked=asked)
            if spot.scene.now() >= end:
                raise CloudError(f"the server {spot.subject} did not come back to {home}")
            sources.pause(spot)


class Confirm:
    """The source's servers are where they are for good."""

    patience = _ENDING
    side_by_side = 8

    def look(self, spot: Spot) -> Look:
        """Done where it is at rest on its new host."""
        found = sources.find(spot)
        if found is None:
            return impossible(f"the server {spot.subject} is not there any more")
        if _goes_on(found):
            return UNDER_WAY
        if found.status == _WAITING:
            return UNDER_WAY if _is_confirming(spot) else ABSENT
        if found.status in _AT_REST and has_arrived(spot, found):
            return done(status=found.status, host=found.host, at=found.updated)
        why = found.trouble if found.broken else f"it is on {found.host}, as if it had been reverted"
        return impossible(f"the server {spot.subject} is {found.status}: {why}")

    def begin(self, spot: Spot) -> Receipt:
        """Confirm. Nova refuses a second time while it is at it."""
        return _confirm(spot)

    def clear(self, spot: Spot) -> None:
        """Nothing of it could be of no use."""

    def undo(self, spot: Spot) -> None:
        """Wait until it is over. Nothing takes a confirmation back; the way back from the move is another one."""
        sources.wait_for(spot, lambda found: not _goes_on(found) and not _half_confirmed(spot, found), seconds=_ENDING)


def _goes_on(server: Server) -> bool:
    return server.busy or server.status in _UNDER_WAY


def _is_confirming(spot: Spot) -> bool:
    last = next(iter(moves.read(spot, Manner.COLD).migrations), None)
    return last is not None and last.get("status") in _CONFIRMING


def _half_confirmed(spot: Spot, server: Server) -> bool:
    return server.status == _WAITING and _is_confirming(spot)


def _has_moved(spot: Spot, found: Server) -> bool:
    return found.status in _UNDER_WAY or has_arrived(spot, found)


def _send(spot: Spot, host: HostName | None, taken: Callable[[Server], bool]) -> Receipt:
    return sources.ask(spot, {"migrate": {"host": host} if host else None}, taken)


def _confirm(spot: Spot) -> Receipt:
    try:
        return sources.act(spot, {"confirmResize": None})
    except (CloudConflict, CloudRefused):
        # In this order: whatever was being confirmed has been by the second look.
        if _is_confirming(spot) or sources.now(spot).status in _AT_REST:
            return Receipt()
        raise


def _revive(spot: Spot, found: Server, *, again: bool) -> None:
    """Start a server anew that Nova gave up where it was: a hard reboot leads out of ERROR (compute API reference, "Reboot Server").

    Raises CloudRefused where that was tried, or Nova has it on another host already: which of two disks counts is for people.
    """
    if again or found.host is None or found.host != sources.machine_of(spot).host:
        raise CloudRefused(f"the server {spot.subject} is in the state ERROR on {found.host}: {found.trouble}")
    sources.ask(spot, {"reboot": {"type": "HARD"}}, lambda each: not each.broken)


def _homewards(spot: Spot, found: Server, home: HostName | None, *, asked: bool) -> bool:
    """What brings a server closer to where it was; tells whether it was asked to move anew."""
    if found.status == _WAITING and found.host == home:
        _confirm(spot)
    elif found.status == _WAITING:
        if not _is_confirming(spot):
            sources.ask(spot, {"revertResize": None}, lambda each: each.status in _AT_REST)
    elif found.status in _AT_REST:
        why = moves.failure(spot, Manner.COLD)
        if why and asked:
            raise CloudRefused(f"the server {spot.subject} stays on {found.host} and not on {home}: {why}")
        _send(spot, home, lambda each: each.status in _UNDER_WAY or each.host == home)
        return True
    else:
        raise CloudRefused(f"the server {spot.subject} is {found.status}, from where it cannot go back to {home}")
    return asked
