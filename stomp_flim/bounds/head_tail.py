"""Bounds of one server type: a set of tasks between its least head and its least tail."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stomp_flim.arrays import Cycles

MOST_SETS = 2**25
"""Sets of tasks that are looked at, some tenths of a second."""


class Work(NamedTuple):
    """What tasks need of one server type; equal tasks of equal jobs are one entry.

    Attributes
    ----------
    head : int64[entries]
        No earlier start is possible.
    tail : int64[entries]
        Least time from the release of the servers to the end of the run.
    work : int64[entries]
        Least unit-cycles, of all the tasks of the entry.
    unit : int64[entries]
        Divides the occupancy of each of the tasks, in all its modes.
    """

    head: Cycles
    tail: Cycles
    work: Cycles
    unit: Cycles


def strong(tasks: Work, servers: int) -> tuple[int, int]:
    """Return the head-tail bound and that of whole waves, over the sets {head >= a, tail >= b}.

    The first is the largest ``a + ceil(work / servers) + b``, the second the largest
    ``a + unit * ceil(work / (servers * unit)) + b`` with the greatest common divisor of the units
    of the set. The second is never the lesser.
    """
    heads, head_rank = np.unique(tasks.head, return_inverse=True)
    tails, tail_rank = np.unique(tasks.tail, return_inverse=True)
    while len(heads) * len(tails) > MOST_SETS:
        # Too many to look at each: a later head or a longer tail than the true one is never taken.
        if len(heads) >= len(tails):
            heads, head_rank = _coarser(heads, head_rank)
        else:
            tails, tail_rank = _coarser(tails, tail_rank)
    order = np.argsort(head_rank, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(head_rank[order])) + 1)
    of_tail = np.zeros(len(tails), np.int64)
    unit = np.zeros(len(tails), np.int64)  # of the set with at least this tail; 0 if it is empty
    any_time = whole_waves = 0
    for a, group in zip(heads[::-1].tolist(), groups[::-1], strict=True):
        np.add.at(of_tail, tail_rank[group], tasks.work[group])
        unit = _divisor(unit, tail_rank[group], tasks.unit[group])
        remaining = np.cumsum(of_tail[::-1])[::-1]
        filled = np.count_nonzero(remaining)  # the sets shrink, so the empty ones are the last
        remaining, after = remaining[:filled], a + tails[:filled]
        cycles = -(-remaining // servers)
        any_time = max(any_time, int(np.max(cycles + after)))
        if unit[filled - 1] > 1:
            cycles = -(-cycles // unit[:filled]) * unit[:filled]
        whole_waves = max(whole_waves, int(np.max(cycles + after)))
    return any_time, whole_waves


def _divisor(unit: Cycles, rank: NDArray[np.intp], added: Cycles) -> Cycles:
    """Greatest common divisors of the sets {tail >= b} once tasks are added.

    Each divides the next, as each set holds the next: most tasks change nothing.
    """
    if np.array_equal(np.gcd(unit[rank], added), unit[rank]):
        return unit
    np.gcd.at(unit, rank, added)
    return np.gcd.accumulate(unit[::-1])[::-1].copy()


def _coarser(values: Cycles, rank: NDArray[np.intp]) -> tuple[Cycles, NDArray[np.intp]]:
    """Every second of ascending values, and the rank of what each was lowered to."""
    return values[::2], rank // 2
