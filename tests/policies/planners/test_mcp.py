"""Modified critical path."""

from hypothesis import given
from hypothesis import strategies as st
from strategies import platforms, task_graphs

from policies.planners.mcp import latest_start_ranks
from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate


def latest_starts(graph, task, length):
    """Latest possible starts of a task and its descendants, ascending, as the paper defines."""
    found, left = {task}, [task]
    while left:
        followers = set(graph.successors(left.pop()).tolist()) - found
        found |= followers
        left += followers
    return sorted(length - int(graph.bottom_level[member]) for member in found)


@given(platforms().flatmap(lambda p: st.lists(task_graphs(p), min_size=1, max_size=3)))
def test_ranks_are_the_order_of_the_lists(graphs):
    """Smaller lists rank higher, equal ones equally, those of different graphs included."""
    length = max(graph.critical_path for graph in graphs)
    lists = [latest_starts(g, task, length) for g in graphs for task in range(len(g))]
    ranks = [rank for column in latest_start_ranks(graphs) for rank in column.tolist()]
    distinct = sorted(map(tuple, lists), reverse=True)
    order = {member: number for number, member in enumerate(dict.fromkeys(distinct))}
    assert [order[tuple(member)] for member in lists] == ranks


def test_descendants_break_ties():
    """By hand: A and B could both start at 0; C, D and E at 3, F at 4.

    The lists of A and B are 0 3 4 and 0 3 3: B goes first.
    """
    latencies = {"A": 3, "B": 3, "C": 2, "D": 2, "E": 2, "F": 1}
    tasks = [Task(name, [Mode({"DSP": 1}, n)]) for name, n in latencies.items()]
    graph = TaskGraph.from_tasks(tasks, [(0, 2), (0, 5), (1, 3), (1, 4)])
    schedule = simulate([Job(graph)], Platform({"DSP": 1}), "mcp").schedule
    assert [1, 0, 2, 3, 4, 5] == schedule.task.tolist()
    assert [0, 3, 6, 8, 10, 12] == schedule.start.tolist()


def test_a_gap_is_filled():
    """By hand: the mask could start last (latest start 5) and is inserted before the add."""
    tasks = [
        Task("read", [Mode({"memory": 1}, 4)]),
        Task("add", [Mode({"DSP": 1}, 2)]),
        Task("mask", [Mode({"DSP": 1}, 1)]),
    ]
    graph = TaskGraph.from_tasks(tasks, [(0, 1)])
    schedule = simulate([Job(graph)], Platform({"memory": 1, "DSP": 1}), "mcp").schedule
    assert [0, 4, 0] == schedule.by_record(schedule.start).tolist()
