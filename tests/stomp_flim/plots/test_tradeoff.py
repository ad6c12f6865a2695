"""Tests of the plot of frame rate against cost."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from stomp_flim.plots.tradeoff import tradeoff


def test_stairs_are_the_best_rate_for_at_most_a_cost() -> None:
    """Costs 1, 2, 2, 3, 4 with rates 5, 3, 8, 7, 9; colours by what designs wait for."""
    frame = pd.DataFrame(
        {
            "slices": [3, 1, 2, 2, 4],
            "frames_per_second": [7.0, 5.0, 3.0, 8.0, 9.0],
            "waits_for": ["ports", "ports", "lanes", "lanes", "ports"],
            "pareto": [False, True, False, True, True],
        }
    )
    ax = tradeoff(frame, "slices", Figure().subplots())
    (stairs,) = ax.lines
    assert [1, 2, 4, 4] == list(stairs.get_xdata())
    assert [5.0, 8.0, 9.0, 9.0] == list(stairs.get_ydata())
    labelled = {
        c.get_label(): len(c.get_offsets()) for c in ax.collections if c.get_label()[0] != "_"
    }
    assert {"lanes": 1, "ports": 2} == labelled
    assert 5 == sum(len(collection.get_offsets()) for collection in ax.collections)
