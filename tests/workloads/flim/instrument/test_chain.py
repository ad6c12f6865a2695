"""The instrument behind an image: what its ends and its laser period do to the record."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from workloads.flim.data.measured import MeasuredImage
from workloads.flim.instrument.chain import instrument_of
from workloads.flim.instrument.response import Optics

WIDTH_NS, BINS, PERIOD_NS = 0.05, 250, 12.5


def decays(tau: float, *, wraps: bool, background: float = 0.0) -> np.ndarray:
    """Draw an image of one lifetime behind a Gaussian of 0.25 ns, as SciPy integrates it."""
    deviation = 0.25 / 2.3548
    edges = np.arange(BINS + 1) * WIDTH_NS
    periods = range(8) if wraps else (0,)
    mean = sum(
        np.diff(stats.exponnorm.cdf(edges + m * PERIOD_NS, tau / deviation, 2.5, deviation))
        for m in periods
    )
    counts = 4000 * mean + background
    return np.random.default_rng(7).poisson(counts, (8, 8, BINS))


@pytest.mark.parametrize("tau", [1.0, 2.5])
@pytest.mark.parametrize("partial", [0, 6])
def test_bins_that_are_filled_in_part_are_not_live(tau: float, partial: int) -> None:
    """Ramps at both ends are left out, and nothing of a record without them."""
    counts = decays(tau, wraps=False, background=6.0)
    ramp = np.arange(1, partial + 1) / (partial + 2)
    whole = np.ones(BINS)
    whole[:partial], whole[BINS - partial :] = ramp, ramp[::-1]
    counts = np.random.default_rng(8).binomial(counts, whole)

    live = instrument_of(MeasuredImage(counts, WIDTH_NS, "here")).record.live

    dead = np.flatnonzero(~live)
    assert set(dead) <= {*range(partial), *range(BINS - partial, BINS)}
    lacking = np.flatnonzero(whole < 0.7)
    assert set(lacking) <= set(dead)


def test_light_of_earlier_pulses_shows_the_laser_period() -> None:
    """Where it is not known it is taken as the record's length, if light says so, and only then."""
    wrapped = instrument_of(MeasuredImage(decays(4.0, wraps=True), WIDTH_NS, "here"))
    assert wrapped.period_assumed
    assert pytest.approx(PERIOD_NS) == wrapped.forward.period_ns

    alone = instrument_of(MeasuredImage(decays(4.0, wraps=False), WIDTH_NS, "here"))
    assert not alone.period_assumed
    assert alone.forward.period_ns is None

    told = instrument_of(
        MeasuredImage(decays(4.0, wraps=True), WIDTH_NS, "here"), optics=Optics(period_ns=12.5)
    )
    assert not told.period_assumed
    assert 12.5 == told.forward.period_ns
