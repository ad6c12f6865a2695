"""Frame times: exact where they say so, within their error where they do not."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import NewestFirst, RandomRanker, dense_workloads, seeds

import stomp_flim as sf
from stomp_flim.frame import frame_bound, free_running, lock_step

POLICIES = st.one_of(st.sampled_from(["fifo", "hlfet"]), st.builds(RandomRanker, seeds))
SMALL = sf.Platform({"DSP": 16, "Shared mem": 8, "Const mem": 16, "data mem": 8}, name="small")
LARGE = sf.device("published")


@cache
def pixel(steps):
    """Return the graph of a pixel."""
    return sf.workload_graph("seq2seqlite", stage="pipeline", steps=steps)


def simulated(graph, platform, policy, pixels, slots):
    """Simulate every task of every pixel."""
    return sf.summarize([sf.Job(graph)] * pixels, platform, policy, slots=slots).makespan


@given(dense_workloads(), POLICIES, st.integers(1, 40), st.integers(1, 9))
def test_lock_step_is_batch_after_batch(scene, policy, pixels, slots):
    """Each batch simulated by the reference engine, arriving when the one before is done."""
    jobs, platform = scene
    job = replace(jobs[0], arrival=0)
    now = 0
    for first in range(0, pixels, slots):
        batch = [replace(job, arrival=now)] * min(slots, pixels - first)
        now = sf.simulate(batch, platform, policy, "simpy").makespan
    time = lock_step(job.graph, platform, policy, pixels=pixels, slots=slots)
    assert now == time.cycles
    assert 0 == time.error


@given(dense_workloads(), POLICIES, st.integers(1, 300), st.integers(1, 9))
def test_free_running_equals_brute_force(scene, policy, pixels, slots):
    """Whether all pixels are simulated or a state came back, no cycle is missing."""
    jobs, platform = scene
    graph = jobs[0].graph
    time = free_running(graph, platform, policy, pixels=pixels, slots=slots)
    assert time.method in ("simulation", "recurrence")
    assert 0 == time.error
    assert simulated(graph, platform, policy, pixels, slots) == time.cycles


@pytest.mark.parametrize(
    ("steps", "platform", "policy", "pixels", "slots"),
    [
        (1, LARGE, "fifo", 5000, 8),
        (2, LARGE, "hlfet", 9001, 64),
        (3, LARGE, "hlfet", 5003, 20),
        (1, SMALL, "fifo", 9999, 5),
        (5, SMALL, "hlfet", 3001, 7),
        (1, LARGE, "fifo", 9000, 3),
    ],
)
def test_a_frame_that_recurs_is_exact(steps, platform, policy, pixels, slots):
    """A few periods are simulated in place of thousands of pixels, to the same cycle."""
    time = free_running(pixel(steps), platform, policy, pixels=pixels, slots=slots)
    assert "recurrence" == time.method
    assert time.simulated < pixels / 5
    assert simulated(pixel(steps), platform, policy, pixels, slots) == time.cycles


def test_a_frame_that_recurs_may_have_any_size():
    """A thousand periods more take a thousand times the period longer, without more work."""
    common = {"platform": LARGE, "policy": "hlfet", "slots": 64}
    one = free_running(pixel(2), pixels=10**6, **common)
    more = free_running(pixel(2), pixels=10**6 + 1000 * one.period.jobs, **common)
    assert one.cycles + 1000 * one.period.cycles == more.cycles
    assert one.simulated == more.simulated


@pytest.mark.parametrize(
    ("steps", "platform", "policy", "pixels", "slots", "most_tasks"),
    [
        (1, LARGE, "fifo", 60_000, 64, 10**7),
        (5, LARGE, "fifo", 12_000, 64, 31 * 10**6),
        (2, LARGE, "fifo", 20_000, 32, 10**7),
        (2, LARGE, "fifo", 20_000, 24, 10**7),
        (3, SMALL, "fifo", 9_000, 12, 10**7),
        (10, LARGE, "fifo", 4_000, 24, 28 * 10**6),
    ],
)
def test_the_stated_error_holds(steps, platform, policy, pixels, slots, most_tasks):
    """Frames of which a part is simulated, against all of it."""
    time = free_running(
        pixel(steps), platform, policy, pixels=pixels, slots=slots, most_tasks=most_tasks
    )
    expected = simulated(pixel(steps), platform, policy, pixels, slots)
    if time.method != "extrapolation":
        assert expected == time.cycles
    assert abs(expected - time.cycles) <= time.error * time.cycles
    assert time.error < 0.02


@given(dense_workloads(), POLICIES, st.integers(1, 60), st.integers(1, 9))
def test_no_frame_beats_the_bound(scene, policy, pixels, slots):
    """Of slots in turn, of servers and of paths."""
    jobs, platform = scene
    common = {"pixels": pixels, "slots": slots}
    bound = frame_bound(jobs[0].graph, platform, **common)
    for run in (free_running, lock_step):
        assert bound <= run(jobs[0].graph, platform, policy, **common).cycles


def test_one_slot_meets_the_bound():
    """A chain takes its length for each pixel, and the bound says that nothing can be faster."""
    chain = sf.TaskGraph.from_tasks([sf.Task("", [sf.Mode({"server": 1}, 7)])] * 2, [(0, 1)])
    common = {"pixels": 10, "slots": 1}
    platform = sf.Platform({"server": 5})
    assert 140 == frame_bound(chain, platform, **common)
    assert 140 == free_running(chain, platform, **common).cycles


def test_planners_run_in_lock_step_only():
    """They plan a batch; what enters a slot is not theirs to decide."""
    common = {"pixels": 10, "slots": 4}
    alone = sf.simulate([sf.Job(pixel(1))], LARGE).makespan
    assert 10 * alone == lock_step(pixel(1), LARGE, "manual", **common).cycles
    with pytest.raises(sf.InputError, match="is a planner, which plans all jobs by itself"):
        free_running(pixel(1), LARGE, "manual", **common)
    assert lock_step(pixel(1), LARGE, NewestFirst(), **common).cycles > 0


def test_what_cannot_be_timed_is_refused():
    """Counts below one, random durations, too few tasks to settle."""
    common = {"pixels": 100, "slots": 4}
    for name in common:
        for run in (free_running, lock_step, frame_bound):
            with pytest.raises(sf.InputError, match=f"{name} is 0, expected an integer >= 1"):
                run(pixel(1), LARGE, **{**common, name: 0})
    mode = sf.Mode({"DSP": 1}, distribution=sf.Exponential(5))
    random = sf.TaskGraph.from_tasks([sf.Task("", [mode])], [], "world")
    for run in (free_running, lock_step):
        with pytest.raises(sf.InputError, match="'world' has random durations"):
            run(random, LARGE, **common)
    with pytest.raises(sf.InputError, match=r"4 slots for 100 pixels of .* expected at most 999"):
        free_running(pixel(1), LARGE, most_tasks=999, **common)
