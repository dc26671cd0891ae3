"""Which applications of a wave keep another from beginning until somebody does something about them. Pure.

An application begins once all that it depends on serve (`ordering`). One of those that was taken back, waits for a person, is paused,
or cannot begin its cutover any more will not serve by itself, and neither will what waits for it, however many stand between.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from provisioner.migration.migration import Migration, Run
from provisioner.migration.ordering import has_begun, waits_for
from provisioner.migration.progress import Waiting, next_of
from provisioner.migration.script import StepKind
from provisioner.migration.states import Asked, State
from provisioner.migration.window import Shut

#: Why the window's gate is shut; None where it would open.
Gate = Callable[[Migration], Shut | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """An application that others wait for, and that does not serve by itself."""

    name: str
    #: What keeps it, in words.
    why: str
    #: What would be right, or what stands against its cutover.
    remedy: str

    def __str__(self) -> str:
        """For people."""
        return f"{self.why}: {self.remedy}"


def blockers(
    run: Run, migration: Migration, by_name: Mapping[str, Migration], *, gate: Gate | None = None
) -> tuple[Blocker, ...]:
    """What keeps a migration that has not begun from ever beginning, as things are; empty where nothing does.

    Those that it waits for are followed through those that they wait for, to where the reason is. Without `gate`, windows are
    not looked at.
    """
    if has_begun(migration) or migration.state.final or migration.asked is Asked.ABORT:
        return ()
    return tuple(_found(run, migration, by_name, gate))


def held_up(run: Run, migrations: Iterable[Migration]) -> tuple[Migration, ...]:
    """The migrations of a wave that others keep from beginning until somebody does something; windows are not looked at."""
    by_name = {each.name: each for each in migrations}
    return tuple(each for each in by_name.values() if blockers(run, each, by_name))


def _found(run: Run, migration: Migration, by_name: Mapping[str, Migration], gate: Gate | None) -> Iterator[Blocker]:
    seen: set[str] = set()
    left = list(waits_for(run, migration, by_name))
    while left:
        name = left.pop(0)
        if name in seen:
            continue
        seen.add(name)
        other = by_name[name]
        found = _blocker(migration, other, gate)
        if found is not None:
            yield found
        elif not has_begun(other):
            left.extend(waits_for(run, other, by_name))


def _blocker(migration: Migration, other: Migration, gate: Gate | None) -> Blocker | None:
    """What keeps the other one from serving; None where nothing is known to."""
    name = other.name
    again = f"abort {migration.name} as well, and move both with another wave, or with this one once it has ended"
    if other.state is State.ROLLED_BACK:
        return Blocker(name=name, why=f"{name} was taken back", remedy=again)
    if other.state is State.COMPENSATING or other.asked is Asked.ABORT:
        return Blocker(name=name, why=f"{name} is being taken back", remedy=again)
    if other.state is State.MANUAL:
        return Blocker(name=name, why=f"{name} needs a person", remedy="retry it, or abort it")
    if other.asked is Asked.PAUSE:
        return Blocker(name=name, why=f"{name} is paused", remedy="resume it")
    closed = gate(other) if gate is not None and _is_at_its_window(other) else None
    if closed is None or closed.until is not None:
        return None
    return Blocker(name=name, why=f"{name} does not begin its cutover", remedy=closed.message)


def _is_at_its_window(migration: Migration) -> bool:
    following = next_of(migration)
    return isinstance(following, Waiting) and following.gate.spec.kind is StepKind.GATE_WINDOW
