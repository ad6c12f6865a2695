"""Tests of the plot of latencies."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from stomp_flim.plots.latency import latency


def test_latency_is_makespan_times_clock_in_microseconds() -> None:
    """1000 cycles of 4.5 ns are 4.5 µs, and the bound is converted alike."""
    frame = pd.DataFrame(
        {"policy": "fifo", "pixels": [1, 2], "makespan": [1000, 3000], "lower_bound": [800, 1600]}
    )
    ax = latency(frame, 4.5, Figure().subplots())
    lines = {line.get_label(): line.get_xydata() for line in ax.lines}
    np.testing.assert_allclose([[1, 4.5], [2, 13.5]], lines["fifo"])
    np.testing.assert_allclose([[1, 3.6], [2, 7.2]], lines["bound"])
    assert "Pixels in parallel" == ax.get_xlabel()
    assert "Latency of all pixels (µs)" == ax.get_ylabel()
