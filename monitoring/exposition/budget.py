"""The budget of series: what stays on a page that would have too many, always in the same order. Pure.

What is left out is whole: one family of one shard. Sums over what is there are then right for the clouds that are there.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from monitoring.exposition.catalogue import IMPORTANCE
from monitoring.exposition.family import FamilyName
from monitoring.exposition.shards import ShardKey

#: One family in one shard.
Part = tuple[FamilyName, ShardKey]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """What fits."""

    kept: frozenset[Part]
    #: Series that stay, and that are left out, by shard.
    series: Mapping[ShardKey, int]
    dropped: Mapping[ShardKey, int]


def cut(parts: Mapping[Part, int], *, limit: int) -> Cut:
    """What of these parts, given with their numbers of series, fits into a page of so many.

    From the first that does not fit, in the order of importance and then of shards, all are left out: whatever stays is more
    important than whatever does not.
    """
    rank = {name: number for number, name in enumerate(IMPORTANCE)}
    kept: set[Part] = set()
    series, dropped = Counter[ShardKey](), Counter[ShardKey]()
    room = limit
    full = False
    for part in sorted(parts, key=lambda each: (rank[each[0]], each[1])):
        number = parts[part]
        full = full or number > room
        if full:
            dropped[part[1]] += number
        else:
            kept.add(part)
            series[part[1]] += number
            room -= number
    return Cut(kept=frozenset(kept), series=series, dropped=dropped)
