"""Tests of the plot of speed-ups, `stomp_flim.plots.speedup`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from stomp_flim.plots.speedup import Claim, speedup


@pytest.fixture
def frame() -> pd.DataFrame:
    """Two policies at three numbers of pixels, in no order."""
    frame = pd.DataFrame(
        {
            "policy": ["slow", "fast"] * 3,
            "pixels": [4, 4, 1, 1, 16, 16],
            "makespan": [40, 16, 10, 10, 160, 40],
            "lower_bound": [12, 12, 10, 10, 36, 36],
            "manual_makespan": [40, 40, 10, 10, 160, 160],
        }
    )
    return frame.assign(speedup=frame["manual_makespan"] / frame["makespan"])


def test_lines_are_the_speed_ups_by_pixels(frame: pd.DataFrame) -> None:
    """Each policy has a line with its label; the bound is the baseline over the lower bound."""
    ax = speedup(frame, Figure().subplots())
    lines = {line.get_label(): line.get_xydata() for line in ax.lines}
    assert {"slow", "fast", "bound"} == set(lines)
    np.testing.assert_array_equal([[1, 1], [4, 1], [16, 1]], lines["slow"])
    np.testing.assert_array_equal([[1, 1], [4, 2.5], [16, 4]], lines["fast"])
    np.testing.assert_allclose([[1, 1], [4, 40 / 12], [16, 160 / 36]], lines["bound"])


def test_axes_say_what_they_show(frame: pd.DataFrame) -> None:
    """Both axes are labelled, and every number of pixels has its tick."""
    ax = speedup(frame, Figure().subplots())
    ax.figure.draw_without_rendering()
    assert "Pixels in parallel" == ax.get_xlabel()
    assert "Speed-up over one pixel at a time" == ax.get_ylabel()
    assert ["1", "4", "16"] == [tick.get_text() for tick in ax.get_xticklabels()]


def test_a_claim_is_a_ring_with_its_source_and_lies_inside(frame: pd.DataFrame) -> None:
    """A claim is marked as one, even where it exceeds the bound."""
    ax = speedup(frame, Figure().subplots(), claims=[Claim(4, 9.0, "a paper")])
    (ring,) = [line for line in ax.lines if line.get_label() == "claimed (a paper)"]
    np.testing.assert_array_equal([[4, 9]], ring.get_xydata())
    assert "none" == ring.get_linestyle().lower()
    assert ["9.0× claimed"] == [text.get_text() for text in ax.texts]
    assert ax.get_ylim()[0] < 9 < ax.get_ylim()[1]
