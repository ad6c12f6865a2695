"""Earliest deadline first."""

import oracle
from hypothesis import given, settings
from strategies import workloads

from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate

ONE = TaskGraph.from_tasks([Task("work", [Mode({"DSP": 1}, 3)])], [])


def test_what_is_due_first_starts_first():
    """By hand: due at 20, 8, never and 9; the first starts alone, for nothing is preempted."""
    jobs = [Job(ONE, 0, deadline=20), Job(ONE, 1, deadline=7), Job(ONE, 1), Job(ONE, 2, deadline=7)]
    schedule = simulate(jobs, Platform({"DSP": 1}), "edf").schedule
    assert [0, 1, 3, 2] == schedule.job.tolist()
    assert [3, 6, 9, 12] == schedule.finish.tolist()


@settings(max_examples=40)
@given(workloads())
def test_it_is_the_order_of_due_dates(workload):
    """Against the slow simulator, jobs of several graphs and without a deadline among them."""
    jobs, platform = workload

    def due(job, task):
        deadline = jobs[job].deadline
        return 10**6 if deadline is None else jobs[job].arrival + deadline

    expected = oracle.simulate(jobs, platform, due)
    assert expected == oracle.rows(simulate(jobs, platform, "edf").schedule)
