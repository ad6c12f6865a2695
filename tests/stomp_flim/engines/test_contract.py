"""Rules of the contract, each in a world of its own that is small enough to work out by hand."""

from __future__ import annotations

import pytest
from oracle import rows

import stomp_flim as sf
from stomp_flim import Job, Mode, Platform, Task, TaskGraph


@pytest.fixture(params=["simpy", "compiled"])
def run(request):
    """Simulate with each of the engines; what is returned is the schedule."""

    def run_with_engine(jobs, platform, policy="fifo", **options):
        return sf.simulate(jobs, platform, policy, request.param, **options).schedule

    return run_with_engine


def task(server_type, latency, occupancy=0):
    """Return a task of one mode of one unit."""
    return Task(f"{server_type} {latency}", [Mode({server_type: 1}, latency, occupancy)])


def dispatched(schedule):
    """Return (start, job, task) in dispatch order."""
    return [(row.start, row.job, row.task) for row in rows(schedule)]


def test_the_clock_is_for_reports(run):
    """A slower clock changes no cycle."""
    jobs = [Job(TaskGraph.from_tasks([task("DSP", 3), task("DSP", 2)], [(0, 1)]), 4)]
    schedules = [run(jobs, Platform({"DSP": 1}, clock_ns=clock)) for clock in (1.0, 4.5)]
    assert rows(schedules[0]) == rows(schedules[1])


def test_servers_come_back_before_the_result_is_there(run):
    """The next task takes the pipelined server at 2, the successor starts at 5."""
    graph = TaskGraph.from_tasks([task("DSP", 5, 2), task("DSP", 5, 2), task("ALU", 1)], [(0, 2)])
    schedule = run([Job(graph)], Platform({"DSP": 1, "ALU": 1}))
    assert [(0, 0, 0), (2, 0, 1), (5, 0, 2)] == dispatched(schedule)


def test_a_demand_is_met_at_once_or_not_at_all(run):
    """The wide task takes no DSP while the memory is busy, so that the short one runs before it."""
    wide = Task("wide", [Mode({"DSP": 2, "memory": 1}, 1)])
    graph = TaskGraph.from_tasks([task("memory", 4), wide, task("DSP", 3)], [])
    schedule = run([Job(graph)], Platform({"DSP": 2, "memory": 1}))
    assert [(0, 0, 0), (0, 0, 2), (4, 0, 1)] == dispatched(schedule)


def test_a_start_takes_the_lowest_numbered_free_servers(run):
    """Of the DSPs 1 to 3: 1 and 2 are taken at 0, at 2 the first is free again and goes first."""
    pair = Task("pair", [Mode({"DSP": 2}, 5)])
    graph = TaskGraph.from_tasks([task("DSP", 2), task("DSP", 9), pair], [])
    schedule = run([Job(graph)], Platform({"memory": 1, "DSP": 3}))
    assert [(1,), (2,), (1, 3)] == [row.servers for row in rows(schedule)]


def test_arrivals_come_before_completions(run):
    """At 3 the arriving source enters before the successor of the task that finishes."""
    chain = TaskGraph.from_tasks([task("DSP", 3), task("DSP", 1)], [(0, 1)])
    jobs = [Job(chain), Job(TaskGraph.from_tasks([task("DSP", 1)], []), 3)]
    assert [(0, 0, 0), (3, 1, 0), (4, 0, 1)] == dispatched(run(jobs, Platform({"DSP": 1})))


def test_completions_come_in_dispatch_order(run):
    """Tasks 1 and 0 finish at 4, 1 having started first: its successor enters first."""
    graph = TaskGraph.from_tasks(
        [task("B", 2), task("A", 4), task("B", 2), task("C", 1), task("C", 1)],
        [(2, 0), (0, 3), (1, 4)],
    )
    schedule = run([Job(graph)], Platform({"A": 1, "B": 1, "C": 1}))
    expected = [(0, 0, 1), (0, 0, 2), (2, 0, 0), (4, 0, 4), (5, 0, 3)]
    assert expected == dispatched(schedule)


def test_what_an_instant_frees_it_can_use(run):
    """Server and successor of a chain: no cycle passes between a finish and the next start."""
    graph = TaskGraph.from_tasks([task("DSP", n) for n in (3, 1, 2)], [(0, 1), (1, 2)])
    assert [(0, 0, 0), (3, 0, 1), (4, 0, 2)] == dispatched(run([Job(graph)], Platform({"DSP": 1})))


def test_one_round_follows_all_completions_of_an_instant(run):
    """At 3 both DSPs are freed, and the fast mode that takes two of them is tried first."""
    both = Task("both", [Mode({"DSP": 1}, 4), Mode({"DSP": 2}, 2)])
    graph = TaskGraph.from_tasks([task("DSP", 3), task("DSP", 3), both], [])
    assert [0, 0, 1] == [row.mode for row in rows(run([Job(graph)], Platform({"DSP": 2})))]


def test_successors_enter_in_node_order(run):
    """However the edges are listed."""
    graph = TaskGraph.from_tasks([task("DSP", 1)] * 4, [(1, 3), (1, 0), (1, 2)])
    schedule = run([Job(graph)], Platform({"DSP": 1}))
    assert [(0, 0, 1), (1, 0, 0), (2, 0, 2), (3, 0, 3)] == dispatched(schedule)


def test_there_is_one_entry_sequence(run):
    """Sources enter in node order, whatever servers they want; later jobs enter later.

    At 2 the successor of job 0 enters after the source of job 1, which entered at 1, and so starts
    after it, though job and node would put it first.
    """
    chain = TaskGraph.from_tasks([task("DSP", 2), task("memory", 3), task("DSP", 1)], [(0, 2)])
    jobs = [Job(chain), Job(TaskGraph.from_tasks([task("DSP", 1)], []), 1)]
    schedule = run(jobs, Platform({"memory": 1, "DSP": 1}))
    assert [(0, 0, 0), (0, 0, 1), (2, 1, 0), (3, 0, 2)] == dispatched(schedule)


def test_what_does_not_fit_is_skipped_and_nothing_is_reserved(run):
    """One DSP is free from 2 on: the pair that waits for two lets two single ones pass."""
    pair = Task("pair", [Mode({"DSP": 2}, 1)])
    graph = TaskGraph.from_tasks([task("DSP", 6), task("DSP", 2), pair, *[task("DSP", 2)] * 2], [])
    schedule = run([Job(graph)], Platform({"DSP": 2}))
    assert [(0, 0, 0), (0, 0, 1), (2, 0, 3), (4, 0, 4), (6, 0, 2)] == dispatched(schedule)


def test_equal_keys_go_by_entry_sequence(run):
    """The highest rank first; of the two equal ones that which entered first."""
    graph = TaskGraph.from_tasks([task("DSP", 1)] * 4, [])
    schedule = run([Job(graph)], Platform({"DSP": 1}), lambda graph, platform, jobs: [1, 2, 1, 3])
    assert [3, 1, 0, 2] == schedule.task.tolist()


def test_events_have_one_start_each(run):
    """Two servers and two sources of one arrival: the second starts where the first finishes."""
    graph = TaskGraph.from_tasks([task("DSP", 3), task("DSP", 3)], [])
    schedule = run([Job(graph)], Platform({"DSP": 2}), rounds="event")
    assert [(0, 0, 0), (3, 0, 1)] == dispatched(schedule)


def test_a_slot_is_handed_on_within_the_completions(run):
    """Job 1 enters as job 0 ends at 3, before the successor that the next completion releases.

    Its source is ready since its arrival at 1: to wait for a slot is to wait.
    """
    single = TaskGraph.from_tasks([task("DSP", 3)], [])
    chain = TaskGraph.from_tasks([task("ALU", 3), task("DSP", 1)], [(0, 1)])
    jobs = [Job(single), Job(chain), Job(single, 1)]
    schedule = run(jobs, Platform({"DSP": 1, "ALU": 1}), slots=2)
    assert [(0, 0, 0), (0, 1, 0), (3, 2, 0), (6, 1, 1)] == dispatched(schedule)
    assert [0, 0, 1, 3] == schedule.ready.tolist()


def test_a_record_says_when_a_task_became_ready(run):
    """A source at its arrival, any other task where its last predecessor finishes."""
    graph = TaskGraph.from_tasks([task("A", 2), task("B", 5), task("A", 1)], [(0, 2), (1, 2)])
    schedule = run([Job(graph, 10), Job(graph, 10)], Platform({"A": 1, "B": 1}))
    ready = {(row.job, row.task): row.ready for row in rows(schedule)}
    assert {(0, 0): 10, (0, 1): 10, (0, 2): 15, (1, 0): 10, (1, 1): 10, (1, 2): 20} == ready


def test_a_record_is_in_dispatch_order(run):
    """By start, and within a round as its tasks were started."""
    graph = TaskGraph.from_tasks([task("A", 2), task("B", 1), task("A", 2), task("B", 1)], [])
    schedule = run([Job(graph)], Platform({"A": 1, "B": 1}), lambda graph, *_: [0, 1, 2, 3])
    assert [(0, 0, 3), (0, 0, 2), (1, 0, 1), (2, 0, 0)] == dispatched(schedule)
