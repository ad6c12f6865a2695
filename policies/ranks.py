"""Latencies over all servers, and longest paths made of them.

Papers for unlike processors take the mean or the median of a task's latency over all processors.
Here a mode counts as often as the platform can run it at once: for a mode of one unit that is the
number of servers of its type, each of which is a processor of the paper.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stomp_flim import Platform, TaskGraph

Ranks = NDArray[np.float64]


def mean_latency(graph: TaskGraph, platform: Platform) -> Ranks:
    """Return float64[tasks]: mean latency of each task over the servers, in cycles."""
    means = [
        np.average([mode.latency for mode in modes], weights=[platform.copies(m) for m in modes])
        for modes in graph.mode_sets
    ]
    return np.array(means)[graph.mode_set]


def median_latency(graph: TaskGraph, platform: Platform) -> Ranks:
    """Return float64[tasks]: median latency of each task over the servers, in cycles."""
    medians = [
        np.median(np.repeat([mode.latency for mode in modes], [platform.copies(m) for m in modes]))
        for modes in graph.mode_sets
    ]
    return np.array(medians)[graph.mode_set]


def comparable(rank: Ranks) -> Ranks:
    """Return ranks in millionths of a cycle: sums of means that are equal compare as equal."""
    return np.round(rank, 6)


def upward_rank(graph: TaskGraph, latency: Ranks) -> Ranks:
    """Return float64[tasks]: longest path from each start on (Topcuoglu et al. 2002, eq. 8)."""
    return latency + graph.longest_paths(latency)[1]


def downward_rank(graph: TaskGraph, latency: Ranks) -> Ranks:
    """Return float64[tasks]: longest path to each start (Topcuoglu et al. 2002, eq. 10)."""
    return graph.longest_paths(latency)[0]
