"""What holds of every registered policy where memory is short."""

from __future__ import annotations

import chance
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from registered import POLICIES
from strategies import buffered, seeds, workloads

from stomp_flim import Buffer, InputError, Job, Mode, Platform, Task, TaskGraph, simulate
from stomp_flim.policy.loading import parse

SMALL = workloads(max_jobs=4, max_tasks=6)
SCENES = buffered(SMALL) | buffered(chance.with_chance_of(SMALL))
SLOTS = st.none() | st.integers(1, 3)
LANES = "manual-lanes:lanes=2"
KNOWS = st.sampled_from(["exact", "mean", "nothing"])


def is_valid(policy, scene, seed, knows, slots):
    """Simulate, and check the schedule; only shares of a platform may be too small for a job."""
    slots = None if parse(policy).kind == "planner" else slots
    try:
        result = simulate(*scene, policy, seed=seed, knows=knows, slots=slots)
    except InputError as error:
        if policy.startswith("manual-lanes") and "lane" in str(error):
            return
        raise
    result.schedule.check()
    assert result.lower_bound <= result.makespan


@pytest.mark.parametrize("policy", [*POLICIES, LANES])
@settings(max_examples=8)
@given(scene=SCENES, seed=seeds, knows=KNOWS, slots=SLOTS)
def test_its_schedule_is_valid(policy, scene, seed, knows, slots):
    """Memory for little more than a job, fixed and random durations, whatever is known of them."""
    is_valid(policy, scene, seed, knows, slots)


@pytest.mark.slow
@pytest.mark.parametrize("policy", [*POLICIES, LANES])
@settings(max_examples=400)
@given(scene=SCENES, seed=seeds, knows=KNOWS, slots=SLOTS)
def test_its_schedule_is_valid_in_many_worlds(policy, scene, seed, knows, slots):
    """The same at length."""
    is_valid(policy, scene, seed, knows, slots)


LOAD = Task("load", [Mode({"cpu": 1}, 3)], buffer=Buffer("RAM", 4))
PIXEL = TaskGraph.from_tasks([LOAD, Task("use", [Mode({"DSP": 1}, 20)])], [(0, 1)])
PLATFORM = Platform({"cpu": 1, "gpu": 1, "DSP": 1}, memories={"RAM": 4})


def starts_beside(policy, *modes):
    """Start of a task that comes at 1, when a second pixel waits for cpu and memory."""
    other = TaskGraph.from_tasks([Task("other", modes)], [])
    schedule = simulate([Job(PIXEL), Job(PIXEL), Job(other, 1)], PLATFORM, policy).schedule
    assert [3, 3 + 20] == schedule.by_record(schedule.start)[1:3].tolist()
    return int(schedule.by_record(schedule.start)[-1])


@pytest.mark.parametrize(
    "policy", ["max-min", "min-min", "sufferage", "ts-eft", "edf-eft", "simple-policy-5"]
)
def test_no_server_is_kept_for_a_task_that_memory_holds_back(policy):
    """The cpu is free at 3 for another task, which would else take the slower gpu at once."""
    assert starts_beside(policy, Mode({"cpu": 1}, 1), Mode({"gpu": 1}, 5)) == 3


@pytest.mark.parametrize("policy", ["stomp-edf", *(f"simple-policy-{n}" for n in range(1, 6))])
def test_nothing_waits_behind_a_task_that_memory_holds_back(policy):
    """The gpu is free for another task at once."""
    assert starts_beside(policy, Mode({"gpu": 1}, 1)) == 1


@pytest.mark.parametrize("policy", ["cpop", "dls", "heft", "heft-lookahead", "mcp", "peft"])
def test_a_plan_that_fits_into_memory_is_that_without_limits(policy):
    """Where there is room for all jobs at once nothing changes; where not, one waits."""
    jobs = [Job(PIXEL)] * 3
    large, small = (Platform(PLATFORM.servers, memories={"RAM": bits}) for bits in (12, 8))
    free = simulate(jobs, Platform(PLATFORM.servers), policy).schedule
    assert free.start.tolist() == simulate(jobs, large, policy).schedule.start.tolist()
    assert free.makespan == 63
    assert simulate(jobs, small, policy).makespan == 63
    assert simulate(jobs, PLATFORM, policy).makespan == 69


def test_lanes_in_which_no_order_fits_are_told_of_beforehand():
    """Half of the memory holds one buffer of two that are needed at once."""
    parts = [Task("part", [Mode({"DSP": 1}, 1)], buffer=Buffer("RAM", 4))] * 2
    graph = TaskGraph.from_tasks([*parts, Task("sum", [Mode({"DSP": 1}, 1)])], [(0, 2), (1, 2)])
    platform = Platform({"DSP": 2}, memories={"RAM": 8})
    assert 2 == simulate([Job(graph)], platform, "manual").makespan
    with pytest.raises(InputError, match="lane 0 of 2"):
        simulate([Job(graph)], platform, "manual-lanes:lanes=2")


def test_lanes_that_are_too_small_are_told_of_beforehand(monkeypatch):
    """Before the jobs of other lanes, which could be simulated, are."""
    monkeypatch.setattr("policies.planners.manual.simulate", lambda *_, **__: pytest.fail("ran"))
    small = TaskGraph.from_tasks([Task("small", [Mode({"cpu": 1}, 1)])], [])
    platform = Platform({"cpu": 2, "DSP": 2}, memories={"RAM": 7})
    with pytest.raises(InputError, match="lane 1 of 2"):
        simulate([Job(small), Job(PIXEL)], platform, "manual-lanes:lanes=2")
