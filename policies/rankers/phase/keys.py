"""The keys of the policy `phase`: what its constants mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from stomp_flim import AffinePriority, Job, Platform, TaskGraph


class Constants(NamedTuple):
    """What sets one staggered order apart from another.

    Attributes
    ----------
    source, inner : float
        Interval between the due dates of two pixels in periods, for tasks without predecessors and
        for the others. At 1 as few pixels are under way as saturate the platform, at 0 all are.
    drain : float
        Pixels that share the last due date, in pixels that saturate the platform.
    level : float
        Weight of the bottom level, 1 but for FIFO.
    """

    source: float
    inner: float
    drain: float
    level: float = 1.0


HLFET = Constants(0.0, 0.0, 0.0)
"""All pixels share one due date."""
FIFO = Constants(0.0, 0.0, 0.0, level=0.0)
DERIVED = Constants(0.3, 0.3, 1.0)
"""Some three times as many pixels under way as saturate the platform: a task may wait about twice
as long as it runs before it is late. The last due date is shared by as many as saturate it."""


def stagger(
    graph: TaskGraph, platform: Platform, jobs: Sequence[Job], constants: Constants
) -> AffinePriority:
    """Return the priorities: bottom level less the due date of the pixel.

    The pixel in place p of N by arrival (0 first) has the key

        c * period * min(p, max(0, N - drain * saturating)) - level * bottom_level

    smallest first, c being the constant of sources or that of the other tasks.
    """
    together = round(constants.drain * saturating(graph, platform))
    place = np.empty(len(jobs), np.float64)
    place[np.argsort([job.arrival for job in jobs], kind="stable")] = np.arange(len(jobs))
    interval = np.where(graph.in_degree == 0, constants.source, constants.inner)
    return AffinePriority(
        rank=constants.level * graph.bottom_level.astype(np.float64),
        slope=interval * period(graph, platform),
        offset=np.minimum(place, max(0, len(jobs) - together)),
    )


def saturating(graph: TaskGraph, platform: Platform) -> int:
    """Return how many pixels under way saturate the platform: critical path over period."""
    return math.ceil(graph.critical_path / period(graph, platform))


def period(graph: TaskGraph, platform: Platform) -> float:
    """Return the cycles that the busiest server type needs for one pixel.

    Where tasks can choose between types, at least what all servers together need.
    """
    least = [
        min(sum(mode.demand.values()) * mode.occupancy for mode in modes)
        for modes in graph.mode_sets
    ]
    work = int(np.array(least, np.int64)[graph.mode_set].sum())
    alone = (graph.work(kind) / count for kind, count in platform.servers.items())
    return max(work / sum(platform.servers.values()), *alone)
