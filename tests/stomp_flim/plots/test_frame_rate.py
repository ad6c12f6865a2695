"""Tests of the plot of frame rates, `stomp_flim.plots.frame_rate`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from stomp_flim.plots.frame_rate import frame_rate


@pytest.fixture
def frame() -> pd.DataFrame:
    """One policy in both modes, slots in no order; a second is 1000 cycles."""
    frame = pd.DataFrame(
        {
            "policy": "fifo",
            "mode": ["free-running", "lock-step"] * 2,
            "slots": [4, 4, 1, 1],
            "cycles": [500, 800, 2000, 2000],
            "lower_bound": [400, 400, 2000, 2000],
            "error": [0.1, 0, 0, 0],
        }
    )
    return frame.assign(seconds=frame["cycles"] / 1000)


def test_lines_are_rates_by_slots(frame: pd.DataFrame) -> None:
    """Each mode has a line with its label, and the bound is the rate of the lower bound."""
    ax = frame_rate(frame, Figure().subplots())
    handles, labels = ax.get_legend_handles_labels()
    lines = dict(zip(labels, [getattr(h, "lines", [h])[0] for h in handles], strict=True))
    assert {"fifo, free-running", "fifo, lock-step", "bound"} == set(lines)
    free, batches, bound = (
        lines[name].get_xydata() for name in ("fifo, free-running", "fifo, lock-step", "bound")
    )
    np.testing.assert_allclose([[1, 0.5], [4, 2]], free)
    np.testing.assert_allclose([[1, 0.5], [4, 1.25]], batches)
    np.testing.assert_allclose([[1, 0.5], [4, 2.5]], bound)


def test_bars_are_the_stated_errors(frame: pd.DataFrame) -> None:
    """A rate of 2 that is known to a tenth has a bar from 1.8 to 2.2."""
    ax = frame_rate(frame, Figure().subplots())
    bar = ax.containers[0].lines[2][0].get_segments()[1]
    np.testing.assert_allclose([[4, 1.8], [4, 2.2]], bar)


def test_axes_say_what_they_show(frame: pd.DataFrame) -> None:
    """Both are labelled and logarithmic."""
    ax = frame_rate(frame, Figure().subplots())
    assert "Pixels in flight (slots)" == ax.get_xlabel()
    assert "Frames per second" == ax.get_ylabel()
    assert "log" == ax.get_xscale() == ax.get_yscale()
