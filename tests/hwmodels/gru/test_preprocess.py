"""Photon counts to input codes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import gru_vectors
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmodels.gru.arithmetic import PLAIN_16_BIT, SEQ2SEQLITE_8_BIT, Specification
from hwmodels.gru.preprocess import preprocess
from hwmodels.network import Network
from stomp_flim.errors import InputError

SHORT = Specification(Network("short", 1, 4, steps=12), SEQ2SEQLITE_8_BIT)


def test_counts_of_the_vectors() -> None:
    """Their exact input codes, which the checksum names."""
    assert gru_vectors.CODES == gru_vectors.checksum(gru_vectors.input_codes())
    np.testing.assert_array_equal(gru_vectors.input_codes(), preprocess(gru_vectors.counts()))


def test_published_vectors(reference: Path) -> None:
    """The raw counts of the published sequences give their input codes."""
    vectors = np.load(reference / "hls/vectors.npz")
    np.testing.assert_array_equal(vectors["x"][:12], preprocess(vectors["raw"]))


@given(st.lists(st.integers(0, 2**16), min_size=12, max_size=12))
def test_codes_are_floored_shares_of_the_peak(counts: list[int]) -> None:
    """Within the double's rounding of the exact rational share, 0 to 2^14, the peak exactly."""
    background = Fraction(sum(counts[:10]), 10)
    above = [max(count - background, Fraction(0)) for count in counts]
    peak = max(above)

    codes = preprocess([counts], SHORT)[0]

    for code, value in zip(codes.tolist(), above, strict=True):
        share = value / peak * 2**14 if peak else Fraction(0)
        assert share - 1 - Fraction(1, 2**30) < code <= share + Fraction(1, 2**30)
    assert (2**14 if peak else 0) == codes.max()


def test_background_is_the_mean_of_ten_bins() -> None:
    """Bins 0 to 9 hold 2 on average: 4 counts in bin 10 are the peak, 3 in bin 11 half of it."""
    counts = [[0, 4, 0, 4, 0, 4, 0, 4, 0, 4, 4, 3]]
    assert [0, 2**14] * 5 + [2**14, 2**13] == preprocess(counts, SHORT)[0].tolist()


@pytest.mark.parametrize("level", [0, 7])
def test_pixels_without_light_above_the_background_are_zero(level: int) -> None:
    """A dark and an evenly lit pixel have no peak to divide by."""
    codes = preprocess(np.full((2, 12), level), SHORT)
    assert not codes.any()
    assert np.int16 == codes.dtype


def test_images_keep_their_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows and columns stay, and chunks of pixels change nothing."""
    counts = np.random.default_rng(0).poisson(5, (3, 4, 12))
    expected = preprocess(counts.reshape(12, 12), SHORT).reshape(3, 4, 12)
    monkeypatch.setattr("hwmodels.gru.preprocess._CHUNK", 5)

    np.testing.assert_array_equal(expected, preprocess(counts, SHORT))
    assert (0, 12) == preprocess(np.zeros((0, 12)), SHORT).shape


def test_the_input_format_decides() -> None:
    """Half even instead of floor: 2/3 of 2^14 is 10922.67."""
    counts = [[0] * 10 + [3, 2]]
    plain = Specification(SHORT.network, PLAIN_16_BIT)
    assert 10922 == preprocess(counts, SHORT)[0, 11]
    assert 10923 == preprocess(counts, plain)[0, 11]


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (np.zeros((2, 134)), r"have shape \(2, 134\), expected 135 time bins on the last axis"),
        (np.zeros((135, 2)), r"have shape \(135, 2\), expected 135 time bins"),
        (np.float64(1), r"have shape \(\), expected 135 time bins"),
        (np.full((2, 135), np.nan), "pixel 0, bin 0 is nan, expected a finite number >= 0"),
        (np.full((2, 135), np.inf), "pixel 0, bin 0 is inf"),
        (np.eye(3, 135) * -1.0, "pixel 0, bin 0 is -1.0"),
        (np.zeros((2, 135), complex), "photon counts are complex128, expected real numbers"),
        (np.full((2, 135), "1"), "photon counts are <U1, expected real numbers"),
    ],
)
def test_what_is_no_photon_count_is_refused(counts: Any, message: str) -> None:
    """One error with the position, the value and what was expected."""
    with pytest.raises(InputError, match=message):
        preprocess(counts)
