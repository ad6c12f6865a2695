"""Manual scheduling in fixed lanes."""

from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import rows
from strategies import platforms, task_graphs, workloads

from policies.planners.manual import ManualLanes, split
from stomp_flim import InputError, Job, Mode, Platform, Task, TaskGraph, simulate

LANES = st.integers(1, 4)


def replicated(platform, lanes):
    """Make a platform that is `lanes` times as large."""
    return Platform({name: lanes * count for name, count in platform.servers.items()})


@settings(max_examples=40)
@given(st.data(), LANES, st.integers(1, 9))
def test_equal_pixels_take_turns_in_each_lane(data, lanes, pixels):
    """N pixels on L equal lanes take ceil(N / L) times the FIFO makespan of one in a lane."""
    platform = data.draw(platforms())
    graph = data.draw(task_graphs(platform))
    alone = simulate([Job(graph)], platform, "fifo").makespan
    result = simulate([Job(graph)] * pixels, replicated(platform, lanes), ManualLanes(lanes))
    assert ceil(pixels / lanes) * alone == result.makespan


@settings(max_examples=40)
@given(workloads(), LANES)
def test_a_lane_is_manual_scheduling_on_its_share(workload, lanes):
    """Job j belongs to lane j mod L, keeps to its servers, and lanes know nothing of each other."""
    jobs, platform = workload
    large = replicated(platform, lanes)
    result = simulate(jobs, large, ManualLanes(lanes))
    result.schedule.check()
    assert result.lower_bound <= result.makespan
    for number, lane in enumerate(split(large, lanes)):
        own = [row for row in rows(result.schedule) if row.job % lanes == number]
        if own:
            alone = simulate(jobs[number::lanes], platform, "manual").schedule
            moved = [
                row._replace(
                    job=row.job * lanes + number,
                    servers=tuple(np.take(lane.server, row.servers).tolist()),
                )
                for row in rows(alone)
            ]
            assert sorted(moved) == sorted(own)


@settings(max_examples=40)
@given(workloads())
def test_one_lane_is_manual_scheduling(workload):
    """The whole platform is one share."""
    expected = rows(simulate(*workload, "manual").schedule)
    assert expected == rows(simulate(*workload, "manual-lanes:lanes=1").schedule)


def test_a_task_that_no_lane_can_run_is_an_error():
    """Three units of four servers are too many for a lane of two."""
    graph = TaskGraph.from_tasks([Task("wide", [Mode({"DSP": 3}, 1)])], [])
    with pytest.raises(
        InputError, match=r"task 0 .* demands {'DSP': 3}, which platform .*lane 0 of 2"
    ):
        simulate([Job(graph)], Platform({"DSP": 4}), ManualLanes(2))


@pytest.mark.parametrize("lanes", [0, -1])
def test_there_is_at_least_one_lane(lanes):
    """Zero lanes are refused."""
    with pytest.raises(InputError, match=f"lanes is {lanes}, expected an integer >= 1"):
        ManualLanes(lanes)
