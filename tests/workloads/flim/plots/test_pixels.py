"""Phasors, decays and histograms: every pixel is drawn, or said to be left out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from stomp_flim.errors import InputError
from workloads.flim.plots.decay_fit import decay_fit, weighted_residuals
from workloads.flim.plots.histogram import histogram
from workloads.flim.plots.phasor_density import phasor_density


def beyond(ax: Axes) -> int:
    """Return the pixels that the plot says it does not show."""
    texts = (text.get_text() for text in ax.texts)
    return sum(int(t.split()[0].replace(",", "")) for t in texts if t.endswith("beyond"))


@given(st.floats(0.05, 20.0), st.floats(10, 100))
def test_a_single_lifetime_lies_on_the_semicircle(tau_ns: float, frequency_mhz: float) -> None:
    """Its transform, integrated numerically, meets the line that is drawn."""
    turn = 2e-3 * np.pi * frequency_mhz
    time = np.linspace(0, 40 * tau_ns, 400_001)
    decay = np.exp(-time / tau_ns)
    phasor = np.trapezoid(decay * np.exp(1j * turn * time), time) / np.trapezoid(decay, time)

    ax = phasor_density([], [], frequency_mhz=frequency_mhz, ax=Figure().subplots())

    x, y = ax.lines[0].get_data()
    assert np.hypot(np.asarray(x) - phasor.real, np.asarray(y) - phasor.imag).min() < 0.01


def test_marks_are_where_their_lifetimes_are() -> None:
    """At 80 MHz, 2 ns turns by about a radian: g = 1 / (1 + 1.005^2)."""
    ax = phasor_density([], [], frequency_mhz=80, ax=Figure().subplots())
    points = {
        text.get_text(): [float(np.squeeze(c)) for c in line.get_data()]
        for text, line in zip(ax.texts, ax.lines[1:], strict=True)
    }
    assert [0.49735, 0.49999] == pytest.approx(points["2"], abs=1e-5)


def test_every_phasor_is_drawn_or_counted() -> None:
    """Those outside of the axes are told of; those that are not known are no phasors."""
    g, s = np.array([0.5, 0.5, 9.0, np.nan]), np.array([0.4, 0.4, 0.0, 0.1])
    ax = phasor_density(g, s, frequency_mhz=80, ax=Figure().subplots())
    drawn = np.ma.asarray(ax.collections[0].get_array())
    assert (2, 1) == (drawn.sum(), beyond(ax))


@pytest.mark.parametrize("frequency", [0, -1, np.inf, np.nan])
def test_phasors_need_a_frequency(frequency: float) -> None:
    """And as many g as s."""
    with pytest.raises(InputError, match="expected more than 0"):
        phasor_density([0.5], [0.5], frequency_mhz=frequency)
    with pytest.raises(InputError, match="expected one shape"):
        phasor_density([0.5], [0.5, 0.4], frequency_mhz=80)


def test_weighted_residuals_of_poisson_counts_have_variance_one() -> None:
    """Whatever the mean, down to one count."""
    mean = np.array([1.0, 10.0, 1000.0])[:, None]
    counts = np.random.default_rng(1).poisson(mean, (3, 20_000))
    assert [1.0] * 3 == pytest.approx(weighted_residuals(counts, mean).var(axis=1), rel=0.05)


def test_a_decay_shows_counts_result_and_residuals() -> None:
    """No count is no point of a logarithmic axis, and a large residual is on its axis."""
    times = np.arange(5) * 0.1
    counts, expected = np.array([0, 400, 50, 20, 0]), np.array([0, 100, 50, 25, 0.5])
    axes = Figure().subplots(2, sharex=True)

    upper, lower = decay_fit(times, counts, expected, title="row 1", axes=tuple(axes))

    assert ("log", "row 1") == (upper.get_yscale(), upper.get_title())
    shown, result = (np.asarray(line.get_ydata()) for line in upper.lines)
    np.testing.assert_array_equal([np.nan, 400, 50, 20, np.nan], shown)
    np.testing.assert_array_equal([np.nan, 100, 50, 25, 0.5], result)
    residuals = np.asarray(lower.lines[-1].get_ydata())
    np.testing.assert_allclose(residuals, [np.nan, 30, 0, -1, -(0.5**0.5)])
    assert -30 > lower.get_ylim()[0]
    assert 30 < lower.get_ylim()[1]


def test_a_decay_has_one_number_of_bins() -> None:
    """Shapes that differ are refused."""
    with pytest.raises(InputError, match=r"times \(3,\), counts \(2,\), result \(3,\)"):
        decay_fit([0, 1, 2], [1, 2], [1, 2, 3])


@given(st.lists(st.floats(-1e6, 1e6) | st.just(np.nan), max_size=50))
def test_a_histogram_holds_every_pixel_or_says_so(values: list[float]) -> None:
    """Bars and what is beyond add up to the pixels that have a value."""
    ax = histogram(values, label="Counts", ax=Figure().subplots())
    drawn = sum(patch.get_height() for patch in ax.patches)
    assert np.isfinite(values).sum() == drawn + beyond(ax)
