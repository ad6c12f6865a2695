"""Least slack first."""

from math import inf

from hypothesis import given, settings
from oracle import rows
from strategies import dense_workloads, workloads

from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate
from stomp_flim.schedule.metrics import Metrics


def test_what_can_wait_least_starts_first():
    """By hand: the job due at 10 has 7 cycles to do and so 3 to spare, that due at 8 has 5."""
    chain = TaskGraph.from_tasks(
        [Task("one", [Mode({"DSP": 1}, 3)]), Task("two", [Mode({"memory": 1}, 4)])], [(0, 1)]
    )
    short = TaskGraph.from_tasks([Task("one", [Mode({"DSP": 1}, 3)])], [])
    jobs = [Job(short), Job(short, deadline=8), Job(chain, deadline=10)]
    platform = Platform({"DSP": 1, "memory": 1})
    schedule = simulate(jobs, platform, "least-slack").schedule
    assert [(2, 0), (1, 3), (2, 3), (0, 6)] == list(
        zip(schedule.job.tolist(), schedule.start.tolist(), strict=True)
    )
    assert {"jobs": 2, "met": 2} == Metrics(schedule).statistics["deadlines"]


@settings(max_examples=40)
@given(workloads() | dense_workloads())
def test_nothing_with_more_slack_overtakes_an_equal_task(workload):
    """Of two waiting tasks with the same modes, that of less slack starts no later."""
    jobs, platform = workload
    record = rows(simulate(jobs, platform, "least-slack").schedule)

    def slack(row, now):
        job = jobs[row.job]
        due = inf if job.deadline is None else job.arrival + job.deadline
        return due - now - job.graph.bottom_level[row.task]

    for urgent in record:
        for other in record:
            same = jobs[urgent.job].graph.modes(urgent.task) == jobs[other.job].graph.modes(
                other.task
            )
            if same and slack(urgent, other.start) < slack(other, other.start):
                assert not urgent.ready <= other.start < urgent.start


@settings(max_examples=20)
@given(dense_workloads())
def test_without_deadlines_it_is_hlfet(workload):
    """What remains to be done is all there is to go by."""
    expected = rows(simulate(*workload, "hlfet").schedule)
    assert expected == rows(simulate(*workload, "least-slack").schedule)
