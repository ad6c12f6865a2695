"""Loss curves and lifetime errors as lines."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from workloads.flim.plots.lifetime_error import lifetime_error
from workloads.flim.plots.losses import SMOOTHING, losses


def test_curve_is_the_mean_of_the_last_steps() -> None:
    """Every point is the mean of the losses up to it, as far back as the label says."""
    values = np.random.default_rng(0).random(3 * SMOOTHING)

    ax = losses({"teacher": values.tolist()}, ax=Figure().add_subplot())

    (line,) = ax.get_lines()
    for step in (1, SMOOTHING, SMOOTHING + 1, 3 * SMOOTHING):
        expected = values[max(0, step - SMOOTHING) : step].mean()
        assert line.get_ydata()[step - 1] == pytest.approx(expected)
    assert f"mean of {SMOOTHING} steps" in ax.get_ylabel()


def test_errors_are_percent_over_photons() -> None:
    """One line a method, its points in the order of the photons."""
    rows = [
        {"method": method, "photons": photons, "median_error": error}
        for method, photons, error in (("a", 1e4, 0.02), ("a", 1e3, 0.05), ("b", 1e3, 0.1))
    ]

    ax = lifetime_error(rows, ax=Figure().add_subplot())

    first, second = ax.get_lines()
    assert ("a", "b") == (first.get_label(), second.get_label())
    np.testing.assert_allclose(first.get_xdata(), [1e3, 1e4])
    np.testing.assert_allclose(first.get_ydata(), [5.0, 2.0])
    np.testing.assert_allclose(second.get_ydata(), [10.0])
