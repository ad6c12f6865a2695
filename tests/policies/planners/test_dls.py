"""Dynamic level scheduling."""

import pytest
from hypothesis import given
from textbook import ARABNEJAD, TOPCUOGLU, dls, makespan, problems, simulated

from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate


def test_the_textbook_examples():
    """With communication the oracle gives the 91 that Topcuoglu et al. print for it."""
    assert 91 == makespan(dls(TOPCUOGLU))
    for example in (ARABNEJAD, TOPCUOGLU):
        assert dls(example.without_communication()) == simulated(example, "dls")


@given(problems())
def test_it_is_that_of_the_textbook(problem):
    """Task for task, on unlike processors."""
    assert dls(problem) == simulated(problem, "dls")


@pytest.mark.parametrize(("mask", "starts"), [(3, [0, 4, 13]), (6, [0, 6, 0])])
def test_nothing_is_inserted(mask, starts):
    """By hand: after the read the levels less starts are 9 - 4 for the add and 3 or 6 for the mask.

    The short mask comes behind the add, though there is a gap of 4 cycles before it.
    """
    tasks = [
        Task("read", [Mode({"memory": 1}, 4)]),
        Task("add", [Mode({"DSP": 1}, 9)]),
        Task("mask", [Mode({"DSP": 1}, mask)]),
    ]
    graph = TaskGraph.from_tasks(tasks, [(0, 1)])
    schedule = simulate([Job(graph)], Platform({"memory": 1, "DSP": 1}), "dls").schedule
    assert starts == schedule.by_record(schedule.start).tolist()
