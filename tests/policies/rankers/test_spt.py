"""Shortest processing time first."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_the_sum_of_completions_on_one_server_is_least(latencies):
    """Smith's theorem, against all orders."""
    graph = TaskGraph.from_tasks([Task("t", [Mode({"DSP": 1}, n)]) for n in latencies], [])
    finish = simulate([Job(graph)], Platform({"DSP": 1}), "spt").schedule.finish
    sums = [
        sum(sum(order[: place + 1]) for place in range(len(order)))
        for order in permutations(latencies)
    ]
    assert min(sums) == finish.sum()


def test_the_fastest_mode_counts():
    """A task that could be done in 1 cycle goes before one of 2, even if it then takes 5."""
    either = Task("either", [Mode({"CPU": 1}, 5), Mode({"GPU": 1}, 1)])
    graph = TaskGraph.from_tasks([Task("two", [Mode({"CPU": 1}, 2)]), either, either], [])
    schedule = simulate([Job(graph)], Platform({"CPU": 1, "GPU": 1}), "spt").schedule
    assert [(1, 1, 0), (2, 0, 0), (0, 0, 5)] == list(
        zip(schedule.task.tolist(), schedule.mode.tolist(), schedule.start.tolist(), strict=True)
    )
