"""Shards: what one collector told of one cloud, written out once and kept, so that a scrape only puts pieces together."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from monitoring.exposition.catalogue import CATALOGUE
from monitoring.exposition.compression import deflated
from monitoring.exposition.family import Family, FamilyName
from monitoring.exposition.samples import Labels, Samples, Value
from monitoring.exposition.text import lines
from tenants.names import TenantName

#: After so many intervals without a new one, what a collector told is withdrawn.
PATIENCE: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ShardKey:
    """Which shard it is; `cloud` is empty for what is of no cloud."""

    cloud: str
    collector: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """The series of one family in one shard."""

    lines: bytes
    #: The same, compressed.
    deflated: bytes
    series: int
    #: Where each tenant's lines begin and end, in bytes; empty for what is of no tenant.
    parts: Mapping[TenantName, tuple[int, int]]

    def of(self, tenants: Collection[TenantName]) -> bytes:
        """The lines of these tenants alone."""
        return b"".join(self.lines[begin:end] for name, (begin, end) in self.parts.items() if name in tenants)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """All families of a shard, written out."""

    key: ShardKey
    pieces: Mapping[FamilyName, Piece]
    #: When what it says was so, and how often it is to come; None for what is never too old.
    at: datetime | None = None
    every: timedelta = timedelta()

    @property
    def series(self) -> int:
        """How many series it has."""
        return sum(each.series for each in self.pieces.values())

    def counts(self, now: datetime) -> bool:
        """Whether it is young enough to be shown."""
        return self.at is None or now - self.at <= PATIENCE * self.every


def pieces_of(samples: Samples) -> Mapping[FamilyName, Piece]:
    """Write samples out."""
    found = (CATALOGUE[name] for name in samples.families())
    return {family.name: piece(family, samples.of(family)) for family in found}


def piece(family: Family, values: Mapping[Labels, Value]) -> Piece:
    """Write one family out. Series of departmental families stand together by tenant."""
    if not family.departmental:
        written = lines(family, values)
        return _piece(written, {})
    parts: dict[TenantName, tuple[int, int]] = {}
    whole = bytearray()
    for tenant, mine in _by_tenant(family, values):
        begin = len(whole)
        whole += lines(family, mine)
        parts[tenant] = begin, len(whole)
    return _piece(bytes(whole), parts)


def _by_tenant(family: Family, values: Mapping[Labels, Value]) -> Iterator[tuple[TenantName, Mapping[Labels, Value]]]:
    place = list(family.labels).index("tenant")  # type: ignore[arg-type]  # a name is a text

    def tenant(item: tuple[Labels, Value]) -> str:
        return item[0][place]

    for name, found in groupby(sorted(values.items(), key=tenant), key=tenant):
        yield TenantName(name), dict(found)


def _piece(written: bytes, parts: Mapping[TenantName, tuple[int, int]]) -> Piece:
    return Piece(lines=written, deflated=deflated(written), series=written.count(b"\n"), parts=parts)
