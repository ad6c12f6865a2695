"""A pass over all tasks in a given order: each takes the first gap that it fits into.

Time runs either way. Backward, a task comes after its successors and holds its servers at the end
of its latency, counted from the end of the schedule: what it gets is the latest place.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from stomp_flim.arrays import Cycles
from stomp_flim.machine_code import kept


class Side(NamedTuple):
    """What a pass in one direction needs of the tasks of all graphs, one after another (nodes).

    Attributes
    ----------
    before_offset, before : int64[nodes + 1], int64[edges]
        What comes before a node in this direction, as its place less that of the node.
    option_offset : int64[nodes + 1]
        The modes of each node.
    latency, occupancy, lead : int64[options]
        Cycles from the start to the result, on servers, and from the start to the first of these.
    gap_class : int64[options]
        Options of one class fit into the same gaps.
    demand_offset, kind, units : int64[options + 1], int64[demands], int64[demands]
        What is held of which server type.
    """

    before_offset: Cycles
    before: Cycles
    option_offset: Cycles
    latency: Cycles
    occupancy: Cycles
    lead: Cycles
    gap_class: Cycles
    demand_offset: Cycles
    kind: Cycles
    units: Cycles


@kept(error_model="numpy")
def place(
    side: Side,
    order: Cycles,
    node: Cycles,
    release: Cycles,
    servers: Cycles,
    classes: int,
    end: int,
    start: Cycles,
    chosen: Cycles,
) -> int:
    """Place every task in an order; return the makespan, or -1 where it would be above `end`.

    Parameters
    ----------
    side : Side
        Of the direction.
    order : int64[records]
        All tasks of all jobs, each after those that come before it.
    node, release : int64[records]
        What each is of, and its least start.
    servers : int64[types]
        How many there are.
    classes : int
        Number of gap classes.
    end : int
        Most makespan, in cycles.
    start, chosen : int64[records]
        Filled in: the start of each task, and its option.
    """
    free = np.empty((len(servers), end + 1), np.int32)
    for kind in range(len(servers)):
        free[kind] = servers[kind]
    full_from = np.zeros(classes, np.int64)  # no option of the class fits from here
    full_to = np.zeros(classes, np.int64)  # to before here
    finish = np.empty(len(order), np.int64)
    makespan = 0
    for record in order:
        of = node[record]
        ready = release[record]
        for index in range(side.before_offset[of], side.before_offset[of + 1]):
            ready = max(ready, finish[record + side.before[index]])
        best, found = end + 1, -1
        for option in range(side.option_offset[of], side.option_offset[of + 1]):
            lead = side.lead[option]
            last = min(end, best - 1) - side.latency[option] + lead
            at = _first_gap(side, option, free, ready + lead, last, full_from, full_to)
            if at <= last:
                best, found = at - lead + side.latency[option], option
        if found < 0:
            return -1
        begin = best - side.latency[found]
        start[record], chosen[record], finish[record] = begin, found, best
        makespan = max(makespan, best)
        begin += side.lead[found]
        for index in range(side.demand_offset[found], side.demand_offset[found + 1]):
            kind, units = side.kind[index], side.units[index]
            for time in range(begin, begin + side.occupancy[found]):
                free[kind, time] -= units
    return makespan


@kept(error_model="numpy")
def lift(side: Side, order: Cycles, node: Cycles, key: NDArray[np.float64]) -> None:
    """Raise keys until each is a cycle above those of what comes before; in an order of that."""
    for record in order:
        of = node[record]
        for index in range(side.before_offset[of], side.before_offset[of + 1]):
            key[record] = max(key[record], key[record + side.before[index]] + 1)


@njit(error_model="numpy")
def _first_gap(
    side: Side,
    option: int,
    free: NDArray[np.int32],
    ready: int,
    last: int,
    full_from: Cycles,
    full_to: Cycles,
) -> int:
    """Return the first cycle from which on all that is demanded is free; past `last` any cycle."""
    group, occupancy = side.gap_class[option], side.occupancy[option]
    known_from, known_to = full_from[group], full_to[group]
    at, checked = ready, ready  # all is free from `at` to before `checked`
    if known_from <= at < known_to:
        at = checked = known_to
    while at <= last and checked < at + occupancy:
        fits = True
        for index in range(side.demand_offset[option], side.demand_offset[option + 1]):
            fits &= free[side.kind[index], checked] >= side.units[index]
        checked += 1
        if not fits:
            at = checked
            if known_from <= at < known_to:
                at = checked = known_to
    if known_from <= ready <= known_to:
        full_to[group] = max(at, known_to)
    elif at - ready > known_to - known_from:
        full_from[group], full_to[group] = ready, at
    return at
