"""What loops demand of a step: the recurrence bound of modulo scheduling."""

from __future__ import annotations

import numpy as np

from policies.planners.modulo.steps.roles import Roles
from stomp_flim.arrays import Cycles


def latest_starts(roles: Roles, latency: Cycles, cycles: int) -> Cycles | None:
    """Return the latest start of each role before the end, or None if a loop takes longer.

    Parameters
    ----------
    roles : Roles
        What waits for what.
    latency : int64[roles]
        In cycles.
    cycles : int
        Of a step.

    Returns
    -------
    int64[roles]
        At most 0.
    """
    source, target = roles.edges.T
    slack = cycles * roles.distance - latency[source]
    latest = -latency
    for _ in range(len(latency) + 1):
        sooner = latest.copy()
        np.minimum.at(sooner, source, latest[target] + slack)
        if np.array_equal(sooner, latest):
            return latest
        latest = sooner
    return None


def recurrence_bound(roles: Roles, latency: Cycles) -> int:
    """Return the least cycles of a step: the longest loop, over the steps that it takes (Rau 1994).

    What a job passes from one step to the next is a loop, whose latencies add up to at least this;
    it is the critical path of a step.
    """
    low, high = 1, max(1, int(latency.sum()))
    while low < high:
        middle = (low + high) // 2
        if latest_starts(roles, latency, middle) is None:
            low = middle + 1
        else:
            high = middle
    return low
