"""Limits and amounts for reading: short, and exact."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.render.quantity import amount, size, unit_of_key
from tenants.resources import Unit

_BYTES = {"MiB": 2**20, "GiB": 2**30, "TiB": 2**40, "PiB": 2**50, "EiB": 2**60}


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (655360, Unit.MEBIBYTE, "640 GiB"),
        (98816, Unit.MEBIBYTE, "96.5 GiB"),
        (2432, Unit.GIBIBYTE, "2.375 TiB"),
        (98817, Unit.MEBIBYTE, "98817 MiB"),
        (512, Unit.GIBIBYTE, "512 GiB"),
        (0, Unit.GIBIBYTE, "0"),
        (1024, Unit.COUNT, "1024"),
        (-1, Unit.GIBIBYTE, "unlimited"),
        (None, Unit.COUNT, "-"),
    ],
)
def test_amounts_in_words(value: int | None, unit: Unit, text: str) -> None:
    """The largest unit in which the number is short; the API's own where none is."""
    assert amount(value, unit) == text


def test_minus_one_may_be_an_amount() -> None:
    """What is left of an envelope can be one too few, which is not unlimited."""
    assert size(-1, Unit.GIBIBYTE) == "-1 GiB"


@given(value=st.integers(-(2**62), 2**62).filter(bool), unit=st.sampled_from([Unit.MEBIBYTE, Unit.GIBIBYTE]))
def test_sizes_are_exact(value: int, unit: Unit) -> None:
    """No limit is rounded, however large."""
    number, name = size(value, unit).split()
    assert Fraction(number) * _BYTES[name] == value * _BYTES[unit]


@pytest.mark.parametrize(
    ("service", "key", "unit"),
    [
        ("compute", "ram", Unit.MEBIBYTE),
        ("block-storage", "gigabytes_ssd", Unit.GIBIBYTE),
        ("block-storage", "volumes_ssd", Unit.COUNT),
        ("network", "something_new", Unit.COUNT),
    ],
)
def test_keys_have_their_resources_unit(service: str, key: str, unit: Unit) -> None:
    """A volume type's limit has the unit of its resource; an unknown name is counted."""
    assert unit_of_key(service, key) is unit
