"""Limits as people write them become exact numbers of the API's units, and numbers become what people write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.quantities import MAXIMUM, Refusal, parse, spell
from tenants.resources import UNLIMITED, Limit, Unit

units = st.sampled_from(list(Unit))


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("0", Unit.COUNT, 0),
        ("40", Unit.COUNT, 40),
        ("unlimited", Unit.COUNT, -1),
        ("9223372036854775807", Unit.COUNT, 2**63 - 1),
        ("640GiB", Unit.MEBIBYTE, 640 * 1024),
        ("640 GiB", Unit.MEBIBYTE, 640 * 1024),
        ("512", Unit.MEBIBYTE, 512),
        ("2048KiB", Unit.MEBIBYTE, 2),
        ("0GiB", Unit.GIBIBYTE, 0),
        ("3TiB", Unit.GIBIBYTE, 3 * 1024),
        ("1.5TiB", Unit.GIBIBYTE, 1536),
        ("0.5TiB", Unit.GIBIBYTE, 512),
        ("1PiB", Unit.GIBIBYTE, 1024**2),
        ("1EiB", Unit.GIBIBYTE, 1024**3),
        ("unlimited", Unit.GIBIBYTE, -1),
        ("4611686018427387904MiB", Unit.MEBIBYTE, 2**62),
        ("9223372036854775807MiB", Unit.MEBIBYTE, 2**63 - 1),
        ("1.000000000000TiB", Unit.GIBIBYTE, 1024),
        ("4503599627370495.5GiB", Unit.MEBIBYTE, 2**62 - 512),
    ],
)
def test_right_limits_are_read_exactly(text: str, unit: Unit, expected: int) -> None:
    """A bare number is in the API's unit; a size is converted to it without rounding."""
    assert parse(text, unit) == expected


@pytest.mark.parametrize(
    ("text", "unit", "message", "remedy"),
    [
        (
            "1.3TiB",
            Unit.GIBIBYTE,
            '"1.3TiB" is no whole number of GiB, the smallest step here',
            "write 1331GiB or 1332GiB",
        ),
        ("512MiB", Unit.GIBIBYTE, '"512MiB" is no whole number of GiB, the smallest step here', "write 0 or 1GiB"),
        ("1KiB", Unit.MEBIBYTE, '"1KiB" is no whole number of MiB, the smallest step here', "write 0 or 1MiB"),
        (
            "1023.9999GiB",
            Unit.GIBIBYTE,
            '"1023.9999GiB" is no whole number of GiB, the smallest step here',
            "write 1023GiB or 1TiB",
        ),
        ("640GiB", Unit.COUNT, '"640GiB" has a unit where a count is meant', "write a whole number"),
        ("640GB", Unit.MEBIBYTE, '"640GB" is not a limit', "write 640GiB: sizes are binary here"),
        ("640G", Unit.MEBIBYTE, '"640G" is not a limit', "write 640GiB: sizes are binary here"),
        ("640Gi", Unit.MEBIBYTE, '"640Gi" is not a limit', "write 640GiB: sizes are binary here"),
        ("640gib", Unit.MEBIBYTE, '"640gib" is not a limit', "write 640GiB: sizes are binary here"),
        ("1.5 tb", Unit.GIBIBYTE, '"1.5 tb" is not a limit', "write 1.5TiB: sizes are binary here"),
        ("0.5gb", Unit.MEBIBYTE, '"0.5gb" is not a limit', "write 0.5GiB: sizes are binary here"),
        ("007GiB", Unit.MEBIBYTE, '"007GiB" is not a limit', "write 7GiB: sizes are binary here"),
        (
            "1.3tb",
            Unit.GIBIBYTE,
            '"1.3tb" is not a limit',
            "write a whole number of GiB, a size such as 640GiB, or unlimited",
        ),
        ("1.5k", Unit.COUNT, '"1.5k" is not a limit', "write a whole number, or unlimited"),
        ("40k", Unit.COUNT, '"40k" is not a limit', "write 40"),
        (
            "640XB",
            Unit.MEBIBYTE,
            '"640XB" is not a limit',
            "write a whole number of MiB, a size such as 640GiB, or unlimited",
        ),
        ("-1", Unit.COUNT, "-1 is negative", "write 0 or more, or unlimited"),
        ("-5GiB", Unit.GIBIBYTE, "-5GiB is negative", "write 0 or more, or unlimited"),
        ("010", Unit.COUNT, '"010" can be read as different numbers', "write 10"),
        ("1_000", Unit.COUNT, '"1_000" can be read as different numbers', "write 1000"),
        ("1,000", Unit.COUNT, '"1,000" can be read as different numbers', "write 1000"),
        (
            "1_000_000_000_000_000_000",
            Unit.COUNT,
            '"1_000_000_000_000_000_000" can be read as different numbers',
            "write 1000000000000000000",
        ),
        (
            "09223372036854775807",
            Unit.COUNT,
            '"09223372036854775807" can be read as different numbers',
            "write 9223372036854775807",
        ),
        (
            "09223372036854775808",
            Unit.COUNT,
            '"09223372036854775808" is more than any service can count',
            "write unlimited",
        ),
        ("x" * 40, Unit.COUNT, f'"{"x" * 40}" is not a limit', "write a whole number, or unlimited"),
        ("x" * 41, Unit.COUNT, f'"{"x" * 40}…" is not a limit', "write a whole number, or unlimited"),
        ("0x10", Unit.COUNT, '"0x10" is not a limit', "write a whole number, or unlimited"),
        ("1.0", Unit.COUNT, '"1.0" is not a limit', "write a whole number, or unlimited"),
        ("1e3", Unit.COUNT, '"1e3" is not a limit', "write a whole number, or unlimited"),
        ("many", Unit.COUNT, '"many" is not a limit', "write a whole number, or unlimited"),
        ("Unlimited", Unit.COUNT, '"Unlimited" is not a limit', "write unlimited"),
        ("infinite", Unit.GIBIBYTE, '"infinite" is not a limit', "write unlimited"),
        (
            "9223372036854775808",
            Unit.COUNT,
            '"9223372036854775808" is more than any service can count',
            "write unlimited",
        ),
        ("9" * 5000, Unit.COUNT, f'"{"9" * 40}…" is more than any service can count', "write unlimited"),
        ("8589934592EiB", Unit.GIBIBYTE, '"8589934592EiB" is more than any service can count', "write unlimited"),
        ("", Unit.COUNT, '"" is not a limit', "write a whole number, or unlimited"),
        ("٣", Unit.COUNT, '"٣" is not a limit', "write a whole number, or unlimited"),
    ],
)
def test_wrong_limits_are_refused_with_what_would_be_right(text: str, unit: Unit, message: str, remedy: str) -> None:
    """What is not exact, not certain or not possible is refused, never rounded or guessed."""
    assert parse(text, unit) == Refusal(message=message, remedy=remedy)


@pytest.mark.parametrize(
    ("limit", "unit", "expected"),
    [
        (UNLIMITED, Unit.GIBIBYTE, "unlimited"),
        (0, Unit.GIBIBYTE, "0"),
        (1, Unit.GIBIBYTE, "1GiB"),
        (1023, Unit.GIBIBYTE, "1023GiB"),
        (1024, Unit.GIBIBYTE, "1TiB"),
        (1536, Unit.GIBIBYTE, "1536GiB"),
        (512, Unit.MEBIBYTE, "512MiB"),
        (1024, Unit.COUNT, "1024"),
    ],
)
def test_limits_are_spelt_in_the_largest_unit_that_keeps_them_whole(limit: int, unit: Unit, expected: str) -> None:
    """People read sizes, not numbers of mebibytes."""
    assert spell(Limit(limit), unit) == expected


@given(st.integers(min_value=-1, max_value=MAXIMUM), units)
def test_what_is_spelt_is_read_back_the_same(limit: int, unit: Unit) -> None:
    """Nothing is lost on the way to text and back, up to the largest limit there is."""
    assert parse(spell(Limit(limit), unit), unit) == limit


@given(st.text(max_size=60), units)
def test_any_text_is_a_limit_or_refused_with_a_remedy(text: str, unit: Unit) -> None:
    """No text raises, and every refusal says what would be right."""
    found = parse(text, unit)
    assert found.remedy if isinstance(found, Refusal) else -1 <= found <= MAXIMUM


@given(st.integers(min_value=0, max_value=2**80), st.sampled_from(["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]), units)
def test_sizes_are_read_exactly_or_not_at_all(number: int, name: str, unit: Unit) -> None:
    """A size in any unit is the same number of bytes after reading."""
    names = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    found = parse(f"{number}{name}", unit)
    if not isinstance(found, Refusal):
        step = 1024 ** (names.index(str(unit)) + 1)
        assert found * step == number * 1024 ** (names.index(name) + 1)
