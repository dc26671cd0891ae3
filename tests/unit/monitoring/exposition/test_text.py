"""Text: what is written is what Prometheus's own parsers read, in both formats, whatever labels hold."""

import gzip
import math
import zlib
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from monitoring.exposition.catalogue import named
from monitoring.exposition.compression import deflated, gzipped
from monitoring.exposition.family import Family
from monitoring.exposition.samples import Distribution, Samples
from monitoring.exposition.text import END, Format, header, lines

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def written(family: Family, samples: Samples, format_: Format) -> str:
    """One family as a page."""
    return (header(family, format_) + lines(family, samples.of(family)) + END[format_]).decode()


def read(text: str, format_: Format) -> Mapping[tuple[str, tuple[tuple[str, str], ...]], float]:
    """All series of a page."""
    parse = parse_openmetrics if format_ is Format.OPENMETRICS else parse_text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in parse(text)
        for sample in family.samples
    }


@given(name=TEXTS, parent=TEXTS)
def test_labels_hold_whatever_people_write(name: str, parent: str) -> None:
    """Quotes, lines and backslashes in a department's name are read as they were written, in both formats."""
    samples = Samples()
    samples.put("tenant", ("market", name, parent))
    for format_ in Format:
        found = read(written(named("tenant"), samples, format_), format_)
        assert found == {("tenantry_tenant_info", (("name", name), ("parent", parent), ("tenant", "market"))): 1.0}


@given(value=st.floats(allow_nan=False))
def test_numbers_are_read_as_they_were(value: float) -> None:
    """To the last digit, infinity too."""
    samples = Samples()
    samples.put("workers", (), value)
    for format_ in Format:
        assert read(written(named("workers"), samples, format_), format_) == {("tenantry_workers", ()): value}


@pytest.mark.parametrize("format_", list(Format))
def test_unlimited_is_infinite(format_: Format) -> None:
    """And not -1, of which every ratio is nonsense."""
    samples = Samples()
    samples.put("quota_limit", ("market", "registration", "city", "compute", "cores"), math.inf)
    assert list(read(written(named("quota_limit"), samples, format_), format_).values()) == [math.inf]


@pytest.mark.parametrize("format_", list(Format))
def test_a_stateset_has_all_its_states(format_: Format) -> None:
    """1 for the one that counts."""
    samples = Samples()
    samples.put("reconcile", ("market", "city"), "drifted")
    found = read(written(named("reconcile"), samples, format_), format_)
    assert {dict(labels)["tenantry_reconcile"]: value for (_, labels), value in found.items()} == {
        **dict.fromkeys(["pending", "failed", "blocked", "unknown", "in-sync"], 0.0),
        "drifted": 1.0,
    }


@pytest.mark.parametrize("format_", list(Format))
def test_a_histogram_is_whole(format_: Format) -> None:
    """Buckets, sum and count: as many series as its family says."""
    family, samples = named("request_duration_seconds"), Samples()
    samples.put("request_duration_seconds", (), Distribution(counts=(0, 0, 1, 2, 2, 2, 2, 2, 3), total=9e6))
    found = read(written(family, samples, format_), format_)
    assert len(found) == family.series
    assert found["tenantry_request_duration_seconds_bucket", (("le", "86400.0"),)] == 1
    assert found["tenantry_request_duration_seconds_count", ()] == 3


def test_what_the_catalogue_has_not_is_refused() -> None:
    """A family, a number of labels, a state, a kind of value."""
    samples = Samples()
    with pytest.raises(KeyError):
        samples.put("made_up", ())
    for name, labels, value in (
        ("servers", ("market", "city"), 1),
        ("reconcile", ("market", "city"), "happy"),
        ("workers", (), "many"),
        ("request_duration_seconds", (), Distribution(counts=(1,), total=1)),
    ):
        with pytest.raises(ValueError, match=f"tenantry_{name}"):
            samples.put(name, labels, value)


@given(parts=st.lists(st.binary(max_size=2000), max_size=8))
def test_pieces_that_were_compressed_before_are_one_gzip(parts: list[bytes]) -> None:
    """Read by whoever reads one member and no more."""
    zipped = gzipped((each, deflated(each)) for each in parts)
    reader = zlib.decompressobj(zlib.MAX_WBITS | 16)
    assert reader.decompress(zipped) == b"".join(parts)
    assert (reader.eof, reader.unused_data) == (True, b"")
    assert gzip.decompress(zipped) == b"".join(parts)
