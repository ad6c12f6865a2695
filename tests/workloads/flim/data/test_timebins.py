"""Resampling of time bins: counts are conserved and the peak lies where the network expects it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stomp_flim.errors import InputError
from workloads.flim.data.timebins import BIN_WIDTH_NS, PEAK_BIN, PEAK_RANGE, STEPS, TimeBins, align

decays = st.lists(st.integers(0, 60_000), min_size=2, max_size=300).map(
    lambda counts: np.array(counts, dtype=np.uint16)
)


@given(decays, st.floats(-50, 300), st.floats(0.05, 20))
def test_counts_between_the_outer_edges_are_conserved(
    decay: np.ndarray, start: float, step: float
) -> None:
    """The sum equals the record's counts between the first and the last edge, in exact numbers."""
    edges = start + step * np.arange(STEPS + 1)

    resampled = TimeBins(edges, decay.size).resample(decay)

    first, last = Fraction(edges[0]), Fraction(edges[-1])
    inside = sum(
        int(count) * max(Fraction(0), min(last, Fraction(i + 1)) - max(first, Fraction(i)))
        for i, count in enumerate(decay)
    )
    assert pytest.approx(float(inside), rel=1e-12, abs=1e-9) == resampled.sum()
    assert (resampled >= 0).all()


@given(decays, st.floats(-50, 300), st.floats(0.05, 20), st.integers(0, STEPS - 1))
def test_every_bin_is_its_overlap_with_the_record(
    decay: np.ndarray, start: float, step: float, index: int
) -> None:
    """A new bin holds of every old bin the share that lies within it."""
    edges = start + step * np.arange(STEPS + 1)
    low, high = Fraction(edges[index]), Fraction(edges[index + 1])
    overlap = sum(
        int(count) * max(Fraction(0), min(high, Fraction(i + 1)) - max(low, Fraction(i)))
        for i, count in enumerate(decay)
    )

    resampled = TimeBins(edges, decay.size).resample(decay)

    assert pytest.approx(float(overlap), rel=1e-9, abs=1e-6) == resampled[index]


@given(st.integers(150, 400), st.floats(0.4, 0.6), st.floats(0.1, 0.5))
def test_peak_lies_where_the_network_expects_it(size: int, place: float, width: float) -> None:
    """The centre of the brightest bin is in the expected range, in bin 47 if it was moved."""
    decay = np.ones(size)
    decay[int(place * size)] = 2

    bins = align(decay, width)

    centre = int(place * size) + 0.5
    position = int(np.searchsorted(bins.edges, centre, side="right")) - 1
    assert PEAK_RANGE[0] <= position <= PEAK_RANGE[1]
    if bins.shift_ns != 0:
        assert position == PEAK_BIN


@pytest.mark.parametrize("peak", range(PEAK_RANGE[0], PEAK_RANGE[1] + 1))
def test_image_on_the_network_axis_is_left_as_it_is(peak: int) -> None:
    """135 bins of 0.09 ns with the peak in the expected range come out equal, count for count."""
    decay = np.random.default_rng(peak).integers(0, 900, STEPS)
    decay[peak] = 1000

    for width in (BIN_WIDTH_NS, float(np.float32(BIN_WIDTH_NS))):
        np.testing.assert_array_equal(decay, align(decay, width).resample(decay))


@pytest.mark.parametrize("peak", [20, 34, 60, 100])
def test_equal_bins_move_by_whole_bins(peak: int) -> None:
    """With bins of the network's width the counts move unchanged, and what leaves is cut."""
    decay = np.random.default_rng(peak).integers(1, 900, STEPS)
    decay[peak] = 1000

    moved = align(decay, BIN_WIDTH_NS).resample(decay)

    shift = PEAK_BIN - peak
    expected = np.zeros(STEPS)
    if shift > 0:
        expected[shift:] = decay[:-shift]
    else:
        expected[:shift] = decay[-shift:]
    np.testing.assert_array_equal(expected, moved)


def test_coverage_and_shift_tell_what_was_recorded() -> None:
    """Bins before a record that was moved to later times hold nothing and say so."""
    decay = np.zeros(256)
    decay[61] = 1

    bins = align(decay, 12.5 / 256)

    assert pytest.approx((PEAK_BIN + 0.5) * BIN_WIDTH_NS - 61.5 * 12.5 / 256) == bins.shift_ns
    uncovered = int(bins.shift_ns / BIN_WIDTH_NS)
    assert [0.0] * uncovered == bins.coverage[:uncovered].tolist()
    assert 0 < bins.coverage[uncovered] < 1
    np.testing.assert_allclose(bins.coverage[uncovered + 1 :], 1, rtol=1e-12)


@given(st.integers(0, 200), st.integers(10, 34))
def test_background_goes_on_before_the_record(background: int, peak: int) -> None:
    """A constant background is the same in every bin, whether it was recorded or not."""
    decay = np.full(200, background)
    decay[peak:] += (1000 * np.exp(-np.arange(200 - peak) / 12)).astype(int)
    bins = align(decay, BIN_WIDTH_NS)

    filled = bins.with_background(bins.resample(decay))

    assert [background] * PEAK_BIN == pytest.approx(filled[:PEAK_BIN].tolist())
    np.testing.assert_array_equal(bins.resample(decay)[PEAK_BIN:], filled[PEAK_BIN:])


def test_background_of_a_partly_recorded_bin() -> None:
    """A bin that was recorded in part receives background for the rest only."""
    bins = TimeBins(np.arange(STEPS + 1) - 20.25, 200, background_known=True)
    counts = np.full(200, 8.0)

    resampled = bins.resample(counts)

    assert [0.0, 6.0, 8.0] == pytest.approx(
        [resampled[19], bins.coverage[20] * 8, bins.with_background(resampled)[20]]
    )


@pytest.mark.parametrize("peak", [0, 5, 9])
def test_record_that_begins_in_its_pulse_shows_no_background(peak: int) -> None:
    """Its first bins are light: nothing is added before them."""
    decay = np.ones(200)
    decay[peak:] += 1000 * np.exp(-np.arange(200 - peak) / 12)
    bins = align(decay, BIN_WIDTH_NS)

    resampled = bins.resample(decay)

    assert not bins.background_known
    np.testing.assert_array_equal(resampled, bins.with_background(resampled))


def test_peak_bin_on_request() -> None:
    """The peak goes to any bin behind the baseline's ten, and no other."""
    decay = np.zeros(STEPS)
    decay[50] = 9
    for bin_ in (10, 50, 100):
        assert bin_ == align(decay, BIN_WIDTH_NS, peak_bin=bin_).resample(decay).argmax()
    for bin_ in (9, STEPS):
        with pytest.raises(InputError, match=f"peak bin {bin_}, expected 10 to 134"):
            align(decay, BIN_WIDTH_NS, peak_bin=bin_)


def test_published_sequences_have_their_peak_in_the_expected_range(reference: Path) -> None:
    """The range and its middle are those of the sequences published for the accelerator."""
    raw = np.load(reference / "hls/vectors.npz")["raw"]

    peaks = raw.argmax(axis=1)

    assert (peaks.min(), peaks.max()) == PEAK_RANGE
    assert sum(PEAK_RANGE) / 2 == PEAK_BIN


def test_records_that_cannot_be_placed() -> None:
    """No photon, too short a record and a wrong number of bins are refused."""
    with pytest.raises(InputError, match="no photon in the whole image"):
        align(np.zeros(STEPS), BIN_WIDTH_NS)
    with pytest.raises(InputError, match=r"50 time bins of 0\.09 ns cover 37% of"):
        align(np.ones(50), BIN_WIDTH_NS)
    with pytest.raises(InputError, match="134 time bins, expected 135"):
        align(np.ones(STEPS), BIN_WIDTH_NS).resample(np.ones((2, 134)))
