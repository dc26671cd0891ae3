"""A page for a scrape: the families in the catalogue's order, each with the series of all shards, within the budget of series.

A page holds pieces and writes nothing itself: to answer a scrape is to put bytes one after another.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from monitoring.exposition.budget import Cut, cut
from monitoring.exposition.catalogue import CATALOGUE
from monitoring.exposition.compression import deflated, gzipped
from monitoring.exposition.family import Endpoint, FamilyName
from monitoring.exposition.samples import Samples
from monitoring.exposition.shards import Piece, Shard, ShardKey, pieces_of
from monitoring.exposition.text import END, Format, header
from tenants.names import TenantName

#: What the exporter says of the page itself.
EXPORTER: Final = ShardKey(cloud="", collector="exporter")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one endpoint shows."""

    #: In the catalogue's order; none is without series.
    families: Mapping[FamilyName, tuple[Piece, ...]]
    #: What there was no room for, by shard.
    dropped: Mapping[ShardKey, int]

    @property
    def series(self) -> int:
        """How many series it has."""
        return sum(piece.series for pieces in self.families.values() for piece in pieces)

    def body(self, format_: Format, *, zipped: bool = False) -> bytes:
        """The page as it is sent; with `zipped`, as gzip."""
        chunks = self._chunks(format_)
        return gzipped(chunks) if zipped else b"".join(plain for plain, _ in chunks)

    def parts(self, format_: Format) -> tuple[bytes, ...]:
        """The page as it is sent, in parts that are there already: a page of tens of megabytes need not be copied to be sent."""
        return tuple(plain for plain, _ in self._chunks(format_))

    def body_of(self, tenants: Collection[TenantName], format_: Format) -> bytes:
        """The part of it that is these tenants': departmental families alone."""
        chunks: list[bytes] = []
        for name, pieces in self.families.items():
            mine = [each.of(tenants) for each in pieces] if CATALOGUE[name].departmental else []
            if any(mine):
                chunks += [_header(name, format_)[0], *mine]
        return b"".join([*chunks, END[format_]])

    def _chunks(self, format_: Format) -> Iterator[tuple[bytes, bytes]]:
        """Everything, plain and compressed."""
        for name, pieces in self.families.items():
            yield _header(name, format_)
            yield from ((each.lines, each.deflated) for each in pieces)
        yield _both(END[format_])


def page(shards: Sequence[Shard], *, endpoint: Endpoint, limit: int, now: datetime) -> Page:
    """Put a page together from shards of distinct keys, without those that are too old.

    `limit` is the most series that it may have. What says how many there are is among them.
    """
    shown = {each.key: each for each in shards if each.counts(now)}
    here = {name: family for name, family in CATALOGUE.items() if family.endpoint is endpoint}
    cities = endpoint is Endpoint.CITY
    own = 2 * (len(shown) + 1) + 1 if cities else 0
    kept = cut(
        {
            (name, key): piece.series
            for key, shard in shown.items()
            for name, piece in shard.pieces.items()
            if name in here
        },
        limit=max(0, limit - own),
    )
    exporter = pieces_of(_exporter([*shown], kept, limit)) if cities else {}
    families = {name: (*_kept(name, shown, kept), *_own(name, exporter)) for name in here}
    return Page(
        families={name: pieces for name, pieces in families.items() if pieces},
        dropped=dict(kept.dropped),
    )


def _kept(name: FamilyName, shown: Mapping[ShardKey, Shard], kept: Cut) -> Iterator[Piece]:
    return (shown[key].pieces[name] for key in sorted(shown) if (name, key) in kept.kept)


def _own(name: FamilyName, exporter: Mapping[FamilyName, Piece]) -> Iterator[Piece]:
    return (each for each in (exporter.get(name),) if each)


def _exporter(keys: Collection[ShardKey], kept: Cut, limit: int) -> Samples:
    samples = Samples()
    samples.put("exporter_series_limit", (), limit)
    for key in (*keys, EXPORTER):
        labels = (key.cloud, key.collector)
        own = 2 * (len(keys) + 1) + 1
        samples.put("exporter_series", labels, own if key == EXPORTER else kept.series.get(key, 0))
        samples.put("exporter_series_dropped", labels, kept.dropped.get(key, 0))
    return samples


@cache
def _header(name: FamilyName, format_: Format) -> tuple[bytes, bytes]:
    """A family's header, plain and compressed."""
    return _both(header(CATALOGUE[name], format_))


@cache
def _both(content: bytes) -> tuple[bytes, bytes]:
    return content, deflated(content)
