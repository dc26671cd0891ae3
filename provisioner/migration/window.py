"""Whether a cutover may begin: the window is open, and what follows ends within it and within what the application may stand still.

Pure. What keeps a gate shut is said in words, for whoever watches.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from provisioner.migration.estimate import Experience, standstill
from provisioner.migration.migration import Migration
from tenants.wave import WaveSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Shut:
    """Why a cutover does not begin now."""

    message: str
    #: When it may; None where that is in nobody's hands.
    until: datetime | None = None


def shut(wave: WaveSpec, migration: Migration, experience: Experience, *, now: datetime) -> Shut | None:
    """What keeps the migration from its cutover at this moment; None where nothing does."""
    found = _shut(wave, migration, experience, now=now)
    if found is None or not experience.beside:
        return found
    alone = replace(experience, beside=0, beside_in_wave=0)
    if _shut(wave, migration, alone, now=now) is not None:
        return found
    # It comes by itself, once enough of what others carry has travelled.
    first = standstill(migration, experience).longest - standstill(migration, alone).longest
    return Shut(message=f"{found.message}: others on the same link come first", until=now + first)


def _shut(wave: WaveSpec, migration: Migration, experience: Experience, *, now: datetime) -> Shut | None:
    expected = standstill(migration, experience).longest
    window = wave.window
    if window is not None and now < window.start:
        return Shut(message=f"its window opens at {window.start:%Y-%m-%d %H:%M %Z}", until=window.start)
    if window is not None and now >= window.end:
        # What a wave said when it was started holds, so a manifest with another window changes nothing for this one.
        return Shut(
            message=f"its window closed at {window.end:%Y-%m-%d %H:%M %Z}: only a wave that is started anew has another one"
        )
    if window is not None and now + expected > window.end:
        return Shut(
            message=f"it may take until {now + expected:%Y-%m-%d %H:%M %Z}, and its window closes at "
            f"{window.end:%Y-%m-%d %H:%M %Z}"
        )
    allowed = _allowed(wave, migration)
    if allowed is not None and expected > allowed:
        return Shut(
            message=f"it may stand still for {_minutes(expected)} minutes, and {_minutes(allowed)} are allowed to it"
        )
    return None


def _allowed(wave: WaveSpec, migration: Migration) -> timedelta | None:
    member = next((each for each in wave.members if each.application == migration.application), None)
    return None if member is None or member.downtime is None else timedelta(seconds=member.downtime)


def _minutes(time: timedelta) -> int:
    return -(-int(time.total_seconds()) // 60)
