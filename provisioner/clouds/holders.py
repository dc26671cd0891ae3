"""What uses a resource, in one order for every service."""

from collections.abc import Iterable

from provisioner.clouds.interface import Holder


def greatest_first(holders: Iterable[Holder]) -> tuple[Holder, ...]:
    """By amount, then by name, so that the same cloud always gives the same list."""
    return tuple(sorted(holders, key=lambda each: (-each.amount, each.name, each.id)))
