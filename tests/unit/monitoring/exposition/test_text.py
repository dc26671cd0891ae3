"""Series as text: to the byte what `prometheus_client` writes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.exposition.catalogue import CATALOGUE
from monitoring.exposition.family import Family, MetricType
from monitoring.exposition.text import lines, written_by_client

TEXTS = st.text(st.sampled_from('a市"\\\n{},= %s'), max_size=6)
NUMBERS = (
    st.floats(allow_nan=False) | st.integers(-(2**70), 2**70) | st.sampled_from([0, -0.0, math.inf, 1e6, 1e21, 0.1])
)
PLAIN = [each for each in CATALOGUE.values() if each.type not in {MetricType.STATESET, MetricType.HISTOGRAM}]


@given(st.data(), st.sampled_from(PLAIN))
def test_whatever_is_written_here_is_what_the_client_writes(data: st.DataObject, family: Family) -> None:
    """Labels in its order, escaped as it does, numbers in Go's words."""
    labels = st.tuples(*(TEXTS for _ in family.labels))
    values = data.draw(st.dictionaries(labels, NUMBERS, max_size=4))
    assert lines(family, values) == written_by_client(family, values)


@pytest.mark.parametrize("family", PLAIN, ids=lambda each: each.name)
def test_every_family_has_its_lines(family: Family) -> None:
    """One for each set of labels."""
    values = {tuple(f"{name}{number}" for name in family.labels): 2.5 for number in range(2)}
    assert lines(family, values) == written_by_client(family, values)
    assert lines(family, values).count(b"\n") == len(values)
