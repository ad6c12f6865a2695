"""Tests of the plot of makespans over their bound, `stomp_flim.plots.over_bound`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from stomp_flim.plots.over_bound import over_bound


@pytest.fixture
def frame() -> pd.DataFrame:
    """Two policies at three numbers of pixels, in no order."""
    return pd.DataFrame(
        {
            "policy": ["slow", "fast"] * 3,
            "pixels": [4, 4, 1, 1, 16, 16],
            "makespan": [24, 15, 10, 10, 54, 36],
            "lower_bound": [12, 12, 10, 10, 36, 36],
        }
    )


def test_lines_are_makespans_over_bounds(frame: pd.DataFrame) -> None:
    """Each policy has a line with its label by pixels, and the bound is the line at 1."""
    ax = over_bound(frame, Figure().subplots())
    lines = {line.get_label(): line for line in ax.lines}
    assert {"slow", "fast", "bound"} == set(lines)
    np.testing.assert_allclose([[1, 1], [4, 2], [16, 1.5]], lines["slow"].get_xydata())
    np.testing.assert_allclose([[1, 1], [4, 1.25], [16, 1]], lines["fast"].get_xydata())
    assert {1} == set(lines["bound"].get_ydata())


def test_equal_lines_are_all_seen(frame: pd.DataFrame) -> None:
    """The one below is wider and its markers are larger."""
    slow, fast = over_bound(frame, Figure().subplots()).lines[-2:]
    assert slow.get_linewidth() > fast.get_linewidth()
    assert slow.get_markersize() > fast.get_markersize()


@pytest.mark.parametrize(("factor", "scale"), [(1, "linear"), (9, "log")])
def test_all_values_lie_inside(frame: pd.DataFrame, factor: int, scale: str) -> None:
    """The axis is logarithmic where policies are far apart; below 1 it is shaded."""
    frame["makespan"] *= np.where(frame["policy"] == "slow", factor, 1)
    ax = over_bound(frame, Figure().subplots())
    assert scale == ax.get_yscale()
    low, high = ax.get_ylim()
    assert low < 1
    assert (frame["makespan"] / frame["lower_bound"]).max() < high


def test_only_optimal_schedules_can_be_drawn(frame: pd.DataFrame) -> None:
    """With an axis that has a height."""
    frame["makespan"] = frame["lower_bound"]
    low, high = over_bound(frame, Figure().subplots()).get_ylim()
    assert low < 1 < high
