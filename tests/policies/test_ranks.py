"""Latencies over all servers, and longest paths made of them."""

import numpy as np
from hypothesis import given
from strategies import platforms, task_graphs
from textbook import TOPCUOGLU, as_graph, means, upward

from policies.ranks import comparable, downward_rank, mean_latency, median_latency, upward_rank
from stomp_flim import Mode, Platform, Task, TaskGraph


def test_every_server_counts():
    """Three processors, a slow one that takes two of four memories, and one that is not there."""
    modes = [Mode({"CPU": 1}, 2), Mode({"memory": 2, "CPU": 1}, 7), Mode({"GPU": 1}, 1)]
    graph = TaskGraph.from_tasks([Task("work", modes)], [])
    platform = Platform({"CPU": 3, "memory": 4})
    assert [(3 * 2 + 2 * 7) / 5] == mean_latency(graph, platform).tolist()
    assert [2] == median_latency(graph, platform).tolist()


def test_upward_rank_of_the_textbook_example():
    """As the paper's formula gives it where communication is 0."""
    problem = TOPCUOGLU.without_communication()
    platform, graph = as_graph(problem)
    latency = mean_latency(graph, platform)
    np.testing.assert_allclose(means(problem), latency)
    np.testing.assert_allclose(upward(problem, means(problem)), upward_rank(graph, latency))


@given(platforms().flatmap(task_graphs))
def test_longest_paths(graph):
    """They are heads and tails with other latencies."""
    latency = graph.shortest_latency.astype(np.float64)
    assert graph.bottom_level.tolist() == upward_rank(graph, latency).tolist()
    assert graph.head.tolist() == downward_rank(graph, latency).tolist()


def test_equal_sums_are_equal_ranks():
    """Whatever the order of their terms."""
    sums = np.array([0.1 + 0.2, 0.3, 1 / 3 + 1 / 3 + 2, 8 / 3, 2.6])
    assert len(set(sums.tolist())) > 3
    assert 3 == len(set(comparable(sums).tolist()))
