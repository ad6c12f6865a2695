"""Schedules in the order of the linear program of the bound."""

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import workloads

from experiments.phase.sets import published_graphs
from hwmodels.published import published
from policies.planners.forward_backward.guided import counted_starts
from stomp_flim import InputError, Job, Mode, Platform, Task, TaskGraph, Workload, simulate
from stomp_flim.bounds.start_count_model import start_counts
from stomp_flim.instance import Instance


def test_bound_and_schedule_meet():
    """Of 512 pixels of post-processing, where the quick bounds say 134 and `phase` takes 142."""
    jobs = [Job(published_graphs()["post-processing"])] * 512
    result = simulate(jobs, published(), "start-counts:search=2000000")
    assert (141, 141, True) == (result.lower_bound, result.makespan, result.proven)
    assert 141 == result.bounds["start counts"]


@settings(max_examples=10, deadline=None)
@given(workloads(max_jobs=3, max_tasks=5))
def test_it_is_valid_and_never_longer_than_forward_backward(workload):
    """And what it proves no schedule contradicts."""
    result = simulate(*workload, "start-counts:time_limit=5,search=10000")
    result.schedule.check()
    assert result.lower_bound <= result.makespan
    assert result.makespan <= simulate(*workload, "forward-backward:search=10000").makespan


def test_counts_say_when_each_job_starts():
    """By hand: half of two jobs by 0, all by 3; the one that arrived first is the first."""
    graph = TaskGraph.from_tasks([Task("add", [Mode({"DSP": 1}, 2)])], [])
    workload = Workload([Job(graph, 1), Job(graph, 0)])
    model = start_counts(Instance(workload, Platform({"DSP": 1})), 6, 7)
    assert [0, 1, 2, 3, 4] == model.curves[0][0][0].time.tolist()
    starts = counted_starts(workload, model, np.array([0.5, 0.5, 0.6, 1.0, 1.0]))
    assert [3, 0] == starts.tolist()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("time_limit=0", "time_limit is 0.0"),
        ("search=-1", "search is -1"),
        ("counts=-1", "counts is -1"),
    ],
)
def test_wrong_limits_are_refused(words, message):
    """One line."""
    jobs = [Job(published_graphs()["post-processing"])]
    with pytest.raises(InputError, match=message):
        simulate(jobs, published(), f"start-counts:{words}")
