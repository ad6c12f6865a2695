"""Tests of the schedules that the page shows."""

from __future__ import annotations

import pytest

from experiments.speedup.schedules import draw_charts, draw_occupancy, example
from experiments.speedup.sweep import SpeedupSweep


def test_the_example_is_the_smallest_encoder_at_up_to_64_pixels() -> None:
    """Every policy but one pixel at a time has its schedule, on the same pixels."""
    shown = example(SpeedupSweep(pixels=(1, 4, 128)))
    assert ("seq2seqlite", "encoder", 4) == (
        shown.point.model,
        shown.point.stage,
        shown.point.pixels,
    )
    assert ["manual-lanes", "fifo", "hlfet", "phase"] == list(shown.schedules)
    for schedule in shown.schedules.values():
        schedule.check()
        assert 4 == len(schedule.workload)


@pytest.mark.parametrize("stages", [("postprocess",), ("decoder", "pipeline")])
def test_other_stages_and_manual_alone_can_be_shown(stages: tuple[str, ...]) -> None:
    """There is always something to show."""
    shown = example(SpeedupSweep(stages=stages, pixels=(128,), policies=("manual",)))
    assert stages[0] == shown.point.stage
    assert ["manual"] == list(shown.schedules)


def test_charts_share_a_time_axis_and_the_overview_holds_all() -> None:
    """The axis holds each schedule that is at most twice the shortest, the overview each."""
    sweep = SpeedupSweep(("seq2seqlite",), ("postprocess",), (32,))
    shown = example(sweep)
    charts = draw_charts(shown)
    assert list(shown.schedules) == list(charts)
    assert {(0.0, float(shown.common_end))} == {
        ax.get_xlim() for chart in charts.values() for ax in chart.axes if ax.child_axes
    }
    shortest = min(schedule.makespan for schedule in shown.schedules.values())
    assert shortest <= shown.common_end < 2.1 * shortest
    overview = draw_occupancy(shown, sweep)
    longest = max(schedule.makespan for schedule in shown.schedules.values())
    assert {(0.0, float(longest))} == {ax.get_xlim() for ax in overview.axes}
