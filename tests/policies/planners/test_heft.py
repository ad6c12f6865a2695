"""Heterogeneous earliest finish time."""

from hypothesis import given
from textbook import TOPCUOGLU, Run, heft, makespan, problems, simulated

from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate


def test_the_textbook_example():
    """With communication the oracle gives the paper's 80; without it, 48 as worked by hand."""
    assert 80 == makespan(heft(TOPCUOGLU))
    by_hand = {
        0: Run(2, 0, 9),
        1: Run(0, 9, 22),
        3: Run(1, 9, 17),
        4: Run(2, 9, 19),
        2: Run(1, 17, 30),
        5: Run(2, 19, 28),
        8: Run(0, 22, 40),
        6: Run(2, 30, 41),
        7: Run(1, 30, 41),
        9: Run(1, 41, 48),
    }
    assert by_hand == simulated(TOPCUOGLU, "heft")


@given(problems())
def test_it_is_that_of_the_textbook(problem):
    """Task for task, on unlike processors."""
    assert heft(problem) == simulated(problem, "heft")


def test_a_gap_is_filled():
    """The short task is placed last and starts while the servers wait for the read."""
    tasks = [
        Task("read", [Mode({"memory": 1}, 4)]),
        Task("add", [Mode({"DSP": 1}, 2)]),
        Task("mask", [Mode({"DSP": 1}, 3)]),
    ]
    graph = TaskGraph.from_tasks(tasks, [(0, 1)])
    schedule = simulate([Job(graph)], Platform({"memory": 1, "DSP": 1}), "heft").schedule
    assert [0, 4, 0] == schedule.by_record(schedule.start).tolist()
