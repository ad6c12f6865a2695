"""Live bins and the decay of an image: defects are found, and none where there is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stomp_flim.errors import InputError
from tests.workloads.flim.decay_simulator import simulate
from workloads.flim.data.measured import MeasuredImage
from workloads.flim.instrument.record import Record, record_of


def record(counts: Any, width_ns: float) -> Record:
    """Return the record of pixels [pixels, bins]."""
    return record_of(MeasuredImage(counts.reshape(4, -1, counts.shape[-1]), width_ns, "an image"))


@settings(max_examples=60)
@given(
    st.sampled_from([0.05, 0.1, 0.3, 1.0, 3.0, 5.0]),
    st.sampled_from([0.0125, 0.025, 12.5 / 256, 0.2, 0.4]),
    st.sampled_from([20, 50, 200, 5000]),
    st.sampled_from([0.0, 0.02, 0.3]),
    st.sampled_from([0.05, 0.25, 0.6]),
    st.sampled_from([None, 12.5, 25.0]),
    st.sampled_from([0.6, 2.5, 4.0]),
    st.integers(0, 99),
)
def test_a_clean_decay_has_no_dead_bin(
    tau: float,
    width: float,
    photons: float,
    background: float,
    fwhm: float,
    period: float | None,
    center: float,
    seed: int,
) -> None:
    """Bins that are empty by chance, or before a pulse or long after it, are live."""
    scene = simulate(
        [(1, tau)],
        width_ns=width,
        photons=photons,
        background=background,
        fwhm_ns=fwhm,
        period_ns=period,
        center_ns=center,
        pixels=16,
        seed=seed,
    )

    assert record(scene.counts, width).live.all()


@pytest.mark.parametrize("tau", [0.3, 1.0, 4.0])
@pytest.mark.parametrize("background", [0.05, 0.3])
@pytest.mark.parametrize("width", [0.0125, 12.5 / 256, 0.1])
def test_dead_ends_are_found(tau: float, background: float, width: float) -> None:
    """A converter that does not store its first 0.6 and last 0.3 ns leaves no light there."""
    scene = simulate([(1, tau)], background=background, width_ns=width, photons=500)
    counts, first, last = scene.counts.copy(), round(0.6 / width), round(0.3 / width)
    counts[:, :first] = 0
    counts[:, -last:] = 0

    expected = np.ones(counts.shape[1], bool)
    expected[:first] = expected[-last:] = False
    np.testing.assert_array_equal(expected, record(counts, width).live)


def test_dead_bins_before_partly_filled_ones_are_found() -> None:
    """A converter's range begins with no count at all, and fills within the next 0.6 ns."""
    scene = simulate([(1, 2.0)], background=0.2, period_ns=12.5)
    filled = np.clip((np.arange(256) - 19) / 12, 0, 1) ** 0.6  # as a measured image has it

    found = record(np.random.default_rng(0).binomial(scene.counts, filled), scene.width_ns)

    assert list(range(20)) == np.flatnonzero(~found.live).tolist()


@pytest.mark.parametrize("background", [0.0, 0.2])
@pytest.mark.parametrize(("start", "bins"), [(60, 1), (55, 2), (70, 20)])
def test_dead_bins_inside_are_found(background: float, start: int, bins: int) -> None:
    """Bins without a count inside a bright decay are dead, however many."""
    counts = simulate([(1, 2.0)], background=background).counts.copy()
    counts[:, start : start + bins] = 0

    dead = np.flatnonzero(~record(counts, 12.5 / 256).live)
    assert list(range(start, start + bins)) == dead.tolist()


@pytest.mark.parametrize("pixels", [1, 256])
@pytest.mark.parametrize("place", [3, 120, 255])
def test_a_stuck_bin_is_no_peak(pixels: int, place: int) -> None:
    """A bin that is stuck, far up in one pixel or a little in all, does not move the peak."""
    counts = simulate([(1, 0.8)], photons=1000).counts.copy()
    peak = record(counts, 12.5 / 256).peak
    counts[:pixels, place] += 2_000_000 if pixels == 1 else 900

    assert peak == record(counts, 12.5 / 256).peak


@pytest.mark.parametrize("place", [3, 100, 255])
def test_a_stuck_bin_may_hold_more_than_the_decay(place: int) -> None:
    """It is left out alone, however much it holds in all pixels."""
    counts = simulate([(1, 0.8)], photons=3000, pixels=64).counts
    counts[:, place] = 20_000
    assert not record(counts, 12.5 / 256).live[place]
    assert record(counts, 12.5 / 256).live[50:60].all()


def test_a_pixel_of_one_bin_is_no_part_of_the_decay() -> None:
    """One pixel whose counts are nearly all in a bin beside the peak leaves the decay as it is."""
    counts = simulate([(1, 0.8)], photons=3000, pixels=64).counts
    others = record(np.delete(counts, slice(0, 4), axis=0), 12.5 / 256).decay
    counts[:4, 55] = 2_000_000
    np.testing.assert_array_equal(others, record(counts, 12.5 / 256).decay)


def test_one_bright_late_pixel_is_no_peak() -> None:
    """A pixel as bright as all others together, 6 ns later, does not move the peak."""
    scene = simulate([(1, 0.8)], photons=1000)
    late = simulate([(1, 0.8)], photons=1e6, center_ns=8.5, pixels=1)
    peak = record(scene.counts, scene.width_ns).peak

    counts = np.concatenate([late.counts, scene.counts[1:]])
    assert peak == record(counts, scene.width_ns).peak


def test_partly_filled_edges_are_live() -> None:
    """The two bins that the edges of a converter's range cut are no peak and not dead."""
    scene = simulate([(1, 1.0)], background=0.3)
    counts = scene.counts.copy()
    for place in (0, 255):
        counts[:, place] = np.random.default_rng(place).binomial(counts[:, place], 0.4)

    found = record(counts, scene.width_ns)
    assert found.live.all()
    assert record(scene.counts, scene.width_ns).peak == found.peak


@given(st.floats(0.3, 5), st.floats(2, 4))
@settings(max_examples=20)
def test_the_rise_moves_with_the_pulse(tau: float, center: float) -> None:
    """A pulse that comes later rises later, by as much."""
    first, second = (simulate([(1, tau)], center_ns=c, pixels=64) for c in (2.0, center))

    moved = record(second.counts, second.width_ns).rise_ns
    moved -= record(first.counts, first.width_ns).rise_ns
    assert abs(moved - (center - 2.0)) < 0.03


def test_darkness_is_an_error() -> None:
    """An image without a photon has no time axis to speak of."""
    with pytest.raises(InputError, match="an image: no photon in the whole image"):
        record(np.zeros((16, 64)), 0.1)
