"""Random changes of a schedule: another order in which its tasks are placed."""

from __future__ import annotations

import numpy as np

from policies.planners.forward_backward.tables import Tables, Timing
from stomp_flim.arrays import Cycles

SMALLEST = 1.0
"""Cycles by which starts are shifted, at least; at most a quarter of the makespan."""


def shifted(tables: Tables, timing: Timing, random: np.random.Generator) -> Cycles:
    """Return an order of all tasks by starts that are shifted, each after its predecessors.

    Shifted are single tasks, a task alike in all jobs, jobs as a whole, tasks that have no
    predecessor, or all tasks by their longest paths to the end: throughout or around one moment.
    """
    start = timing.start.astype(np.float64)
    scale = np.exp(random.uniform(np.log(SMALLEST), np.log(max(4.0, timing.makespan / 4))))
    what = random.integers(5)
    if what == 0:
        shift = random.uniform(-scale, scale, len(start))
    elif what == 1:
        shift = random.uniform(-scale, scale, len(tables.level))[tables.node]
    elif what == 2:
        shift = random.uniform(-scale, scale, len(tables.workload))[tables.job]
    elif what == 3:
        shift = np.where(tables.is_source, random.uniform(-scale, scale), 0.0)[tables.node]
    else:
        shift = random.uniform(-0.5, 0.5) * tables.level[tables.node]
    if random.integers(2):
        moment = random.uniform(0, timing.makespan)
        width = timing.makespan * np.exp(random.uniform(np.log(0.03), np.log(0.5)))
        shift *= np.exp(-(((start - moment) / width) ** 2))
    key = start + shift
    tables.lift(np.argsort(timing.start, kind="stable"), key)
    return np.argsort(key, kind="stable")
