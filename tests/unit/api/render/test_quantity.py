"""Limits and amounts for reading: short, and exact."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.render.quantity import amount, beside, percent, size, unit_of_key, without_unit_of
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


@pytest.mark.parametrize(
    ("value", "bound", "unit", "text"),
    [
        (98816, 655360, Unit.MEBIBYTE, "96.5"),
        (1760, 5120, Unit.GIBIBYTE, "1.72"),
        (1, 20480, Unit.GIBIBYTE, "<0.01"),
        (0, 20480, Unit.GIBIBYTE, "0"),
        (98816, -1, Unit.MEBIBYTE, "96.5 GiB"),
        (98816, 0, Unit.MEBIBYTE, "96.5 GiB"),
        (12, 40, Unit.COUNT, "12"),
    ],
)
def test_what_is_taken_of_a_bound_has_the_bounds_unit(value: int, bound: int, unit: Unit, text: str) -> None:
    """Rounded, for the bound is what counts; but something is never shown as nothing."""
    assert beside(value, bound, unit) == text


def test_a_unit_is_said_once() -> None:
    """Where two sizes stand side by side in the same one."""
    assert without_unit_of("60 GiB", "40 GiB") == "40"
    assert without_unit_of("1 TiB", "40 GiB") == "40 GiB"
    assert without_unit_of("60", "40") == "40"
    assert without_unit_of("60 GiB", "unlimited") == "unlimited"


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (160, 480, "33%"),
        (999, 1000, "99%"),
        (1000, 1000, "100%"),
        (1001, 1000, "101%"),
        (1, 1000, "<1%"),
        (10, 1000, "1%"),
        (0, 1000, "0%"),
        (0, 0, "0%"),
        (1, 0, ">100%"),
    ],
)
def test_a_percentage_never_hides_the_rest(part: int, whole: int, text: str) -> None:
    """Neither a little that is taken, nor a little that is left, nor a little too much."""
    assert percent(part, whole) == text
