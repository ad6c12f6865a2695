"""Fixed-point formats against rational arithmetic: every mode, every tie, every corner."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmodels.gru.fixedpoint import WIDEST, Format, Overflow, Rounding, rescale
from stomp_flim.errors import InputError

formats = st.builds(
    Format,
    st.integers(2, WIDEST),
    st.integers(0, WIDEST),
    st.sampled_from(Rounding),
    st.sampled_from(Overflow),
)
codes = st.integers(-(2**63), 2**63 - 1)


def rounded(value: Fraction, mode: Rounding) -> int:
    """Round a rational number as the definition of the mode says."""
    match mode:
        case Rounding.FLOOR:
            return math.floor(value)
        case Rounding.HALF_UP:
            return math.floor(value + Fraction(1, 2))
        case Rounding.HALF_EVEN:
            return round(value)
        case Rounding.TO_ZERO:
            return math.trunc(value)


def limited(code: int, target: Format) -> int:
    """Bring an unbounded integer into the range as the definition of the mode says."""
    half = 2 ** (target.bits - 1)
    match target.overflow:
        case Overflow.WRAP:
            return (code + half) % (2 * half) - half
        case Overflow.SATURATE:
            return min(max(code, -half), half - 1)
        case Overflow.SATURATE_SYMMETRIC:
            return min(max(code, -half + 1), half - 1)


@given(codes, st.integers(0, WIDEST), formats)
def test_requantize_equals_rational_arithmetic(code: int, fraction: int, target: Format) -> None:
    """A code becomes the rounded, then limited rational number that it stands for."""
    value = Fraction(code, 2**fraction) * 2**target.fraction

    expected = limited(rounded(value, target.rounding), target)

    assert expected == int(target.requantize(code, fraction))


@given(st.floats(allow_nan=False, allow_infinity=False), formats)
def test_quantize_equals_rational_arithmetic(value: float, target: Format) -> None:
    """A real number in double precision enters a format as the rational number that it is."""
    scaled = Fraction(value) * 2**target.fraction

    expected = limited(rounded(scaled, target.rounding), target)

    assert expected == int(target.quantize(value))


@given(st.integers(1, 20), st.integers(-(2**40), 2**40), st.sampled_from(Rounding))
def test_ties_round_as_defined(right: int, whole: int, mode: Rounding) -> None:
    """On, one below and one above a tie, whatever its sign and parity."""
    tie = (2 * whole + 1) << (right - 1)
    around = [tie - 1, tie, tie + 1]

    expected = [rounded(Fraction(code, 2**right), mode) for code in around]

    assert expected == Format(WIDEST, 0, mode).requantize(around, right).tolist()


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (Rounding.FLOOR, [-3, -2, -2, -1, -1, 0, 0, 1, 1, 2, 2]),
        (Rounding.HALF_UP, [-2, -2, -1, -1, 0, 0, 1, 1, 2, 2, 3]),
        (Rounding.HALF_EVEN, [-2, -2, -2, -1, 0, 0, 0, 1, 2, 2, 2]),
        (Rounding.TO_ZERO, [-2, -2, -1, -1, 0, 0, 0, 1, 1, 2, 2]),
    ],
)
def test_halves_by_hand(mode: Rounding, expected: list[int]) -> None:
    """-2.5 to 2.5 in steps of a half."""
    assert expected == Format(8, 0, mode).requantize(np.arange(-5, 6), 1).tolist()


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (Overflow.WRAP, [126, 127, -128, -127, -126, -127, -128, 127, 126]),
        (Overflow.SATURATE, [126, 127, 127, 127, -126, -127, -128, -128, -128]),
        (Overflow.SATURATE_SYMMETRIC, [126, 127, 127, 127, -126, -127, -127, -127, -127]),
    ],
)
def test_ends_of_the_range_by_hand(mode: Overflow, expected: list[int]) -> None:
    """Either end of 8 bits and what lies beyond."""
    found = Format(8, 7, overflow=mode).limit([126, 127, 128, 129, -126, -127, -128, -129, -130])

    assert expected == found.tolist()


@given(st.lists(codes, min_size=1), st.integers(0, WIDEST), formats)
def test_arrays_are_treated_element_by_element(
    values: list[int], fraction: int, target: Format
) -> None:
    """A vector gives what its elements give, in any shape, and keeps the shape."""
    array = np.array([values, values])

    found = target.requantize(array, fraction)

    assert array.shape == found.shape
    assert [int(target.requantize(value, fraction)) for value in values] == found[1].tolist()


@given(formats)
def test_codes_of_a_format_stay_what_they_are(target: Format) -> None:
    """Requantizing to the same format, and through real numbers, changes nothing."""
    ends = np.array([target.minimum, -1, 0, 1, target.maximum])

    assert ends.tolist() == target.requantize(ends, target.fraction).tolist()
    if target.bits <= 53:
        assert ends.tolist() == target.quantize(target.to_real(ends)).tolist()


@given(codes, st.integers(0, WIDEST), formats)
def test_rescale_then_limit_is_requantize(code: int, fraction: int, target: Format) -> None:
    """The two steps can be taken apart where the left shift stays within 64 bits."""
    if code.bit_length() + max(target.fraction - fraction, 0) < 64:
        expected = target.requantize(code, fraction)
        assert int(expected) == int(target.limit(rescale(code, fraction, target)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1, 0), "bits is 1, expected an integer from 2 to 62"),
        ((63, 0), "bits is 63"),
        ((8.0, 0), "bits is 8.0"),
        ((8, -1), "fraction is -1, expected an integer from 0 to 62"),
        ((8, 7, "nearest"), "rounding is 'nearest', expected one of: floor, half up"),
        ((8, 7, "floor", "clip"), "overflow is 'clip', expected one of: wrap, saturate"),
    ],
)
def test_impossible_formats_are_refused(arguments: tuple[object, ...], message: str) -> None:
    """The error names the field, the value and what was expected."""
    with pytest.raises(InputError, match=message):
        Format(*arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_only_finite_numbers_are_quantized(value: float) -> None:
    """There is no code for them, and saturating would hide them."""
    with pytest.raises(InputError, match=f"cannot quantize {value}"):
        Format(8, 7).quantize([0.0, value])


@pytest.mark.parametrize("wrong", [np.array([1.5]), np.array([2**63], np.uint64), "1"])
def test_codes_are_integers_of_64_bits(wrong: object) -> None:
    """Anything that a conversion would change is refused."""
    with pytest.raises(InputError, match="expected integers of int64"):
        Format(8, 7).requantize(wrong, 7)  # type: ignore[arg-type]


def test_shifts_of_64_bits_are_refused() -> None:
    """They would not be defined."""
    with pytest.raises(InputError, match="difference of at most 62"):
        Format(8, 0).requantize(1, 63)


def test_mode_names_are_accepted() -> None:
    """A format read from a file gives its modes as text."""
    assert Format(8, 7, Rounding.HALF_EVEN) == Format(8, 7, "half even")  # type: ignore[arg-type]
