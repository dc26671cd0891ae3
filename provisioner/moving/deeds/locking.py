"""Steps LOCK and UNLOCK: nobody but administrators starts, stops or changes a server while it moves.

A lock's reason is the one place where Nova keeps a word of ours with a server that is not ours (compute API reference, "Lock
server", `locked_reason` from 2.73 on). So the reason holds the migration's tag, and behind it what the server was locked for
before, if it was: whoever takes our lock off finds there what to leave in its place. Nova does not say whether it was the project
or an administrator that had locked it; what is left in place is an administrator's lock.
"""

import re
from typing import Final

from provisioner.clouds.interface import Receipt
from provisioner.migration.identifiers import LOCKED_BEFORE, MigrationId, tag, tagged
from provisioner.moving.deed import ABSENT, Look, Spot, done, impossible
from provisioner.moving.deeds import sources
from provisioner.moving.deeds.sources import Server

#: Nova keeps no longer reasons.
_LONGEST: Final = 255
#: Where it was locked for no reason that was given.
_NO_REASON: Final = "no reason given"


class Lock:
    """The source's servers are locked in the migration's name."""

    patience = 300.0
    side_by_side = 8

    def look(self, spot: Spot) -> Look:
        """Done where the lock bears our tag, and the server is as it was checked: from here on it stays so."""
        found = sources.find(spot)
        if found is None:
            return _gone(spot)
        if why := sources.changed(spot, found):
            return impossible(why)
        if not is_ours(found, spot.id):
            other = tagged(found.locked_reason) if found.locked else None
            if other is None:
                return ABSENT
            # Two that began at once: each would leave the other's lock behind.
            return impossible(f"the server {spot.subject} is locked by the migration {other}: end that one first")
        return done(locked_before=former(found, spot.id) is not None, host=found.host, status=found.status)

    def begin(self, spot: Spot) -> Receipt:
        """Lock, and keep in mind why it was locked before."""
        found = sources.now(spot)
        if is_ours(found, spot.id):
            return Receipt()
        return sources.act(spot, {"lock": {"locked_reason": _reason(found, spot.id)}})

    def clear(self, spot: Spot) -> None:
        """A lock is there or not."""

    def undo(self, spot: Spot) -> None:
        """Take our lock off, and leave the one that was there before."""
        _release(spot)


class Unlock:
    """The migration's lock is off."""

    patience = 300.0
    side_by_side = 8

    def look(self, spot: Spot) -> Look:
        """Done where no lock bears our tag."""
        found = sources.find(spot)
        if found is None:
            return _gone(spot)
        return ABSENT if is_ours(found, spot.id) else done(locked=found.locked, status=found.status)

    def begin(self, spot: Spot) -> Receipt:
        """As the way back from a lock."""
        return _release(spot)

    def clear(self, spot: Spot) -> None:
        """A lock is there or not."""

    def undo(self, spot: Spot) -> None:
        """Lock once more, for what is to be taken back after this."""
        Lock().begin(spot)


def is_ours(server: Server, migration: MigrationId) -> bool:
    """Whether it is locked in this migration's name."""
    ours = tag(migration)
    return server.locked and (server.locked_reason == ours or server.locked_reason.startswith(ours + LOCKED_BEFORE))


def former(server: Server, migration: MigrationId) -> str | None:
    """What a server under our lock was locked for before; None where it was not."""
    found = re.fullmatch(re.escape(tag(migration) + LOCKED_BEFORE) + "(.*)", server.locked_reason, re.DOTALL)
    return found.group(1) if found else None


def _reason(server: Server, migration: MigrationId) -> str:
    if not server.locked:
        return tag(migration)
    return f"{tag(migration)}{LOCKED_BEFORE}{server.locked_reason or _NO_REASON}"[:_LONGEST]


def _release(spot: Spot) -> Receipt:
    found = sources.find(spot)
    if found is None or not is_ours(found, spot.id):
        return Receipt()
    before = former(found, spot.id)
    return sources.act(spot, {"unlock": None} if before is None else {"lock": {"locked_reason": before}})


def _gone(spot: Spot) -> Look:
    return impossible(f"the server {spot.subject} is not there any more")
