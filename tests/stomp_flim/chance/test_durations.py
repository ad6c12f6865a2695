"""Durations that are drawn before a run."""

from dataclasses import replace

import chance
import numpy as np
import pytest
import strategies
from hypothesis import given, settings

from stomp_flim import Job, Mode, Platform, ScheduleError, Task, TaskGraph, Workload, simulate
from stomp_flim.bounds import lower_bounds
from stomp_flim.chance.durations import draw
from stomp_flim.chance.knowledge import planned
from stomp_flim.errors import InputError
from stomp_flim.model.distributions import Exponential, Normal

PLATFORM = Platform({"cpu": 2})


def single(*modes):
    """Return a graph of one task."""
    return TaskGraph.from_tasks([Task("t", modes)], [])


@settings(max_examples=50)
@given(chance.workloads(), strategies.seeds)
def test_durations_are_those_of_the_modes(workload, seed):
    """Modes without chance keep their times; random ones are cycles with an occupancy within."""
    jobs = Workload(workload[0])
    drawn = draw(jobs, seed)
    if drawn is None:
        assert not any(graph.is_random for graph in jobs.graphs)
        return
    record = 0
    for job in jobs.jobs:
        for task in range(len(job.graph)):
            modes = job.graph.modes(task)
            latency, occupancy = drawn.latency[record], drawn.occupancy[record]
            assert [0] * (len(latency) - len(modes)) == latency[len(modes) :].tolist()
            for number, mode in enumerate(modes):
                if mode.distribution is None:
                    assert (mode.latency, mode.occupancy) == (latency[number], occupancy[number])
                elif mode.occupancy < mode.latency:
                    assert min(mode.occupancy, latency[number]) == occupancy[number]
                else:
                    assert 1 <= latency[number] == occupancy[number]
            record += 1


@settings(max_examples=50)
@given(chance.workloads(), strategies.seeds)
def test_a_job_that_is_added_changes_nothing_before_it(workload, seed):
    """The draws of a job do not depend on the number of jobs."""
    jobs, _ = workload
    before, after = (draw(Workload(some), seed) for some in (jobs, [*jobs, jobs[0]]))
    if before is not None:
        assert before.latency.tolist() == after.latency[: len(before.latency)].tolist()


@settings(max_examples=50)
@given(chance.workloads(), strategies.policies, strategies.policies, strategies.seeds)
def test_two_policies_meet_the_same_world(workload, first, second, seed):
    """A task that two policies run in the same mode takes the same cycles under both."""
    jobs, platform = workload
    schedules = [simulate(jobs, platform, policy, seed=seed).schedule for policy in (first, second)]
    same = np.equal(*(schedule.by_record(schedule.mode) for schedule in schedules))
    for column in ("finish", "released"):
        taken = [s.by_record(getattr(s, column) - s.start)[same].tolist() for s in schedules]
        assert taken[0] == taken[1]


def test_a_seed_gives_equal_results_and_another_seed_others():
    """The seed is all that a run depends on."""
    jobs = [Job(single(Mode({"cpu": 1}, distribution=Exponential(100))))] * 50
    finish = [simulate(jobs, PLATFORM, seed=seed).schedule.finish.tolist() for seed in (1, 1, 2)]
    assert finish[0] == finish[1]
    assert finish[0] != finish[2]


def test_each_task_and_mode_has_its_own_draw():
    """Of two equal modes, and of equal tasks, no two draws are always the same."""
    mode = Mode({"cpu": 1}, distribution=Exponential(1e6))
    graph = TaskGraph.from_tasks([Task("a", [mode, mode]), Task("b", [mode, mode])], [])
    drawn = draw(Workload([Job(graph)] * 10), 0)
    assert 40 == len(np.unique(drawn.latency))


def test_samples_are_rounded_and_at_least_one_cycle():
    """A deviation of 0 leaves the rounded mean; a wide normal distribution piles up at 1."""
    assert 3 == Mode({"cpu": 1}, distribution=Normal(2.6, 0)).latency
    jobs = Workload([Job(single(Mode({"cpu": 1}, distribution=Normal(2.6, 0))))] * 5)
    assert [[3]] * 5 == draw(jobs, 0).latency.tolist()
    wide = Workload([Job(single(Mode({"cpu": 1}, distribution=Normal(2, 50))))] * 1000)
    latency = draw(wide, 0).latency
    assert 1 == latency.min()
    assert 450 < (latency == 1).sum() < 550


@settings(max_examples=50)
@given(chance.workloads(), strategies.rankers, strategies.seeds)
def test_schedules_are_checked_against_what_was_drawn(workload, policy, seed):
    """A run passes, and a duration that was not drawn does not; nothing beats the lower bound."""
    jobs, platform = workload
    result = simulate(jobs, platform, policy, seed=seed)
    schedule = result.schedule
    schedule.check()
    assert result.gap >= 0
    if schedule.durations is not None:
        last = np.argmax(schedule.finish)
        finish = schedule.finish.copy()
        finish[last] += 1
        with pytest.raises(ScheduleError, match="has latency"):
            replace(schedule, finish=finish).check()


def test_a_latency_beside_a_distribution_is_its_mean():
    """It need not be given; another is refused."""
    assert Mode({"cpu": 1}, 5, distribution=Normal(5, 1)) == Mode(
        {"cpu": 1}, distribution=Normal(5, 1)
    )
    with pytest.raises(InputError, match=r"latency 4 and distribution .* its mean 5"):
        Mode({"cpu": 1}, 4, distribution=Normal(5, 1))
    with pytest.raises(InputError, match="has latency 0, expected an integer >= 1"):
        Mode({"cpu": 1})


@settings(max_examples=50)
@given(chance.workloads(), strategies.seeds)
def test_bounds_are_those_of_the_world_that_was_drawn(workload, seed):
    """They equal the bounds of a workload without chance whose graphs hold the drawn times."""
    jobs, platform = Workload(workload[0]), workload[1]
    drawn = draw(jobs, seed)
    known = planned(jobs, drawn, "exact")
    assert lower_bounds(known, platform) == lower_bounds(jobs, platform, drawn)


class Broken(Normal):
    """A distribution that does not sample what it is asked for."""

    def sample(self, random, size):
        """Return one sample too many."""
        return super().sample(random, size + 1)


def test_what_cannot_be_drawn_is_refused():
    """A negative seed, and a distribution of someone else's that is wrong."""
    jobs = [Job(single(Mode({"cpu": 1}, distribution=Broken(5, 1))))]
    with pytest.raises(InputError, match=r"sampled shape \(2,\), expected \(1,\) finite numbers"):
        simulate(jobs, PLATFORM)
    for mode in (Mode({"cpu": 1}, distribution=Normal(5, 1)), Mode({"cpu": 1}, 5)):
        for seed in (-1, 1.5):
            with pytest.raises(InputError, match=f"the seed is {seed}, expected an integer >= 0"):
                simulate([Job(single(mode))], PLATFORM, seed=seed)
