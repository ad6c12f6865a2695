"""Latencies over all servers, and longest paths made of them.

Papers for unlike processors take the mean or the median of a task's latency over all processors.
Here a mode counts as often as the platform can run it at once: for a mode of one unit that is the
number of servers of its type, each of which is a processor of the paper.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stomp_flim import Mode, Platform, TaskGraph

Ranks = NDArray[np.float64]


def mean_latency(graph: TaskGraph, platform: Platform) -> Ranks:
    """Return float64[tasks]: mean latency of each task over the servers, in cycles."""
    means = [
        np.average([mode.latency for mode in modes], weights=[copies(m, platform) for m in modes])
        for modes in graph.mode_sets
    ]
    return np.array(means)[graph.mode_set]


def median_latency(graph: TaskGraph, platform: Platform) -> Ranks:
    """Return float64[tasks]: median latency of each task over the servers, in cycles."""
    medians = [
        np.median(np.repeat([mode.latency for mode in modes], [copies(m, platform) for m in modes]))
        for modes in graph.mode_sets
    ]
    return np.array(medians)[graph.mode_set]


def copies(mode: Mode, platform: Platform) -> int:
    """Return how many times a platform can run a mode at once."""
    return min(platform.servers.get(t, 0) // units for t, units in mode.demand.items())


def comparable(rank: Ranks) -> Ranks:
    """Return ranks in millionths of a cycle: sums of means that are equal compare as equal."""
    return np.round(rank, 6)


def upward_rank(graph: TaskGraph, latency: Ranks) -> Ranks:
    """Return float64[tasks]: longest path from each start on (Topcuoglu et al. 2002, eq. 8)."""
    rank = latency.tolist()
    for task in graph.topological_order[::-1].tolist():
        rank[task] += max((rank[s] for s in graph.successors(task).tolist()), default=0.0)
    return np.array(rank)


def downward_rank(graph: TaskGraph, latency: Ranks) -> Ranks:
    """Return float64[tasks]: longest path to each start (Topcuoglu et al. 2002, eq. 10)."""
    cycles = latency.tolist()
    rank = [0.0] * len(graph)
    for task in graph.topological_order.tolist():
        end = rank[task] + cycles[task]
        for successor in graph.successors(task).tolist():
            rank[successor] = max(rank[successor], end)
    return np.array(rank)
