"""Families as Prometheus reads them: OpenMetrics 1.0, and the text format 0.0.4 before it.

`prometheus_client` writes both. Their series are the same line by line, as long as there are no timestamps and no
exemplars; only what stands above a family differs, and an end.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final

from prometheus_client import Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample
from prometheus_client.utils import floatToGoString

from monitoring.exposition.family import Family, MetricType
from monitoring.exposition.samples import Distribution, Labels, Value


class Format(StrEnum):
    """How a page is written; the values are media types."""

    TEXT = "text/plain; version=0.0.4; charset=utf-8"
    OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


#: What ends a page.
END: Final[Mapping[Format, bytes]] = {Format.TEXT: b"", Format.OPENMETRICS: b"# EOF\n"}


class _Only(Collector):
    """A registry of one family."""

    def __init__(self, metric: Metric) -> None:
        self._metric = metric

    def collect(self) -> Iterator[Metric]:
        yield self._metric


def header(family: Family, format_: Format) -> bytes:
    """What stands above a family's series: its help, type and unit."""
    only = _Only(_metric(family))
    if format_ is Format.TEXT:
        return generate_latest(only)
    return generate_openmetrics(only).removesuffix(END[format_])  # type: ignore[no-any-return, no-untyped-call]


def lines(family: Family, values: Mapping[Labels, Value]) -> bytes:
    """A family's series, one a line, in the order of the values; the same in both formats.

    What has one sample for each set of labels, which nearly all have, is written here: `prometheus_client` takes four times
    as long for a quarter of a million. A test holds it to the same bytes.
    """
    if family.type in {MetricType.STATESET, MetricType.HISTOGRAM}:
        return written_by_client(family, values)
    order = sorted(range(len(family.labels)), key=family.labels.__getitem__)
    named = ",".join(f'{family.labels[each]}="%s"' for each in order)
    line = f"{family.sample}{{{named}}} %s\n" if named else f"{family.sample} %s\n"
    number: Callable[[Value], str] = floatToGoString
    written = (line % (*(_escaped(labels[each]) for each in order), number(value)) for labels, value in values.items())
    return "".join(written).encode()


def written_by_client(family: Family, values: Mapping[Labels, Value]) -> bytes:
    """The same by `prometheus_client`, whatever the family's type."""
    metric = _metric(family)
    for labels, value in values.items():
        metric.samples.extend(_samples(family, dict(zip(family.labels, labels, strict=True)), value))
    written: bytes = generate_latest(_Only(metric))
    return written.split(b"\n", 2)[2]


@lru_cache(maxsize=10_000)
def _escaped(value: str) -> str:
    """A label's value; few are distinct among many series."""
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _metric(family: Family) -> Metric:
    return Metric(family.name, family.help, family.type.value, family.unit)


def _samples(family: Family, labels: dict[str, str], value: Value) -> Iterator[Sample]:
    if isinstance(value, Distribution):
        for bound, count in zip((*family.buckets, math.inf), value.counts, strict=True):
            named = "+Inf" if bound == math.inf else str(float(bound))
            yield Sample(f"{family.name}_bucket", {**labels, "le": named}, count)
        yield Sample(f"{family.name}_count", labels, value.counts[-1])
        yield Sample(f"{family.name}_sum", labels, value.total)
    elif family.type is MetricType.STATESET:
        for each in family.states:
            yield Sample(family.name, {**labels, family.name: str(each)}, float(each == value))
    else:
        yield Sample(family.sample, labels, float(value))
