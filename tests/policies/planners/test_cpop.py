"""Critical path on a processor."""

import numpy as np
from hypothesis import given
from textbook import TOPCUOGLU, Run, as_graph, cpop, makespan, problems, simulated

from policies.planners.cpop import critical_path
from policies.ranks import mean_latency, upward_rank
from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate


def test_the_textbook_example():
    """With communication the oracle gives the paper's 86; without it, 56 as worked by hand.

    The critical path is 1, 2, 9, 10 (paper's numbers) and takes 66, 54 and 63 cycles on the three
    processors: it is bound to the second.
    """
    assert 86 == makespan(cpop(TOPCUOGLU))
    platform, graph = as_graph(TOPCUOGLU)
    assert [0, 1, 8, 9] == critical_path(graph, upward_rank(graph, mean_latency(graph, platform)))
    by_hand = {
        0: Run(1, 0, 16),
        1: Run(1, 16, 35),
        3: Run(0, 16, 29),
        4: Run(2, 16, 26),
        8: Run(1, 35, 47),
        2: Run(0, 29, 40),
        6: Run(0, 40, 47),
        5: Run(2, 26, 35),
        7: Run(2, 35, 49),
        9: Run(1, 49, 56),
    }
    assert by_hand == simulated(TOPCUOGLU, "cpop")


@given(problems())
def test_it_is_that_of_the_textbook(problem):
    """Task for task, on unlike processors."""
    assert cpop(problem) == simulated(problem, "cpop")


def test_critical_tasks_are_bound_where_they_have_the_same_alternatives():
    """Two multiplications stay together on the vector unit, where one of them is slower.

    The read between them can run on the memory only and binds nothing.
    """
    tasks = [
        Task("multiply", [Mode({"DSP": 1}, 3), Mode({"vector": 1}, 1)]),
        Task("read", [Mode({"memory": 1}, 5)]),
        Task("add", [Mode({"DSP": 1}, 2), Mode({"vector": 1}, 3)]),
    ]
    graph = TaskGraph.from_tasks(tasks, [(0, 1), (1, 2)])
    schedule = simulate([Job(graph)], Platform({"DSP": 1, "vector": 1, "memory": 1}), "cpop")
    assert [1, 0, 1] == schedule.schedule.mode.tolist()


def test_every_job_has_its_own_critical_path():
    """Tasks off the path may go to the other server, those on it may not."""
    both = [Mode({"DSP": 1}, 2), Mode({"vector": 1}, 3)]
    graph = TaskGraph.from_tasks(
        [Task("first", both), Task("last", both), Task("off", both)], [(0, 1)]
    )
    schedule = simulate([Job(graph)] * 2, Platform({"DSP": 1, "vector": 1}), "cpop").schedule
    mode = schedule.by_record(schedule.mode).reshape(2, 3)
    np.testing.assert_array_equal([[0, 0], [0, 0]], mode[:, :2])
    assert (mode[:, 2] == 1).any()
