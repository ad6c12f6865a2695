"""Intervals that repeat with a period: how many there are at once, and which overlap."""

from __future__ import annotations

import numpy as np

from stomp_flim.arrays import Cycles, Indices


def most_at_once(begin: Cycles, end: Cycles, weight: Cycles, period: int) -> int:
    """Return the largest total weight of intervals [begin, end) that repeat with a period.

    An interval longer than the period overlaps with its own repetitions.

    Parameters
    ----------
    begin, end, weight : int64[intervals]
        Each repeats at ``begin + m * period`` for every integer m.

    Examples
    --------
    >>> import numpy as np
    >>> from stomp_flim.schedule.modular import most_at_once
    >>> most_at_once(np.array([0, 3]), np.array([12, 5]), np.array([1, 1]), 10)
    2
    """
    whole, rest = np.divmod(end - begin, period)
    always = int((whole * weight).sum())
    left = np.flatnonzero(rest > 0)
    first = begin[left] % period
    stop, weight = first + rest[left], weight[left]
    wraps = stop > period
    # What wraps is there from the beginning of a period on, and begins again later.
    times = np.concatenate([first, np.where(wraps, stop - period, stop)])
    change = np.concatenate([weight, -weight])
    instants, place = np.unique(times, return_inverse=True)
    sums = np.zeros(len(instants), np.int64)
    np.add.at(sums, place, change)
    begun = int(weight[wraps].sum())
    return always + begun + int(sums.cumsum().max(initial=0))


def overlapping(server: Indices, begin: Cycles, held: Cycles, period: int) -> Cycles:
    """Return which intervals of a server overlap with the one after them, modulo a period.

    Parameters
    ----------
    server : int32[intervals]
        What must hold one at a time.
    begin, held : int64[intervals]
        When each begins and how long it lasts.

    Examples
    --------
    >>> import numpy as np
    >>> from stomp_flim.schedule.modular import overlapping
    >>> overlapping(np.array([0, 0]), np.array([8, 1]), np.array([4, 2]), 10)
    array([0])
    """
    if not len(server):
        return np.zeros(0, np.int64)
    first = begin % period
    order = np.lexsort((first, server))
    server, first, stop = server[order], first[order], (first + held)[order]
    following = np.roll(first, -1)
    is_last = np.flatnonzero(np.append(server[1:] != server[:-1], True))
    is_first = np.concatenate([[0], is_last[:-1] + 1])
    following[is_last] = first[is_first] + period
    broken: Cycles = order[np.flatnonzero(stop > following)]
    return broken
