"""Placement of entries in reservation tables, from the last result back to the first read.

Each task is placed as late as the tasks that wait for it allow. So nothing that is placed has to
move for it: there is no window with two ends, and no need to backtrack, but for loops.
"""

# numba infers the types of these functions; annotations would claim what it does not read.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from policies.planners.modulo.options import Options
from policies.planners.modulo.pools import Pools
from stomp_flim.arrays import Cycles, Indices
from stomp_flim.machine_code import kept

UNPLACED = np.int64(2**62)
_compiled = kept(error_model="numpy", nogil=True)


class Loop(NamedTuple):
    """Edges between tasks of a job, and how many periods later the second one is.

    Attributes
    ----------
    offset, successor, distance : int64[tasks + 1], int64[edges], int64[edges]
        By predecessor; the distance is 0 but where an edge closes a loop.
    back_offset, predecessor, back : int64[tasks + 1], int64[carried], int64[carried]
        The edges of a distance above 0 by successor.
    """

    offset: Cycles
    successor: Cycles
    distance: Cycles
    back_offset: Cycles
    predecessor: Cycles
    back: Cycles


@_compiled
def place_all(
    loop: Loop,
    options: Options,
    chosen: Indices,
    pools: Pools,
    order: Cycles,
    due: Cycles,
    start: Cycles,
    server_offset: Cycles,
    server: Indices,
) -> int:
    """Place entries one after another; return the first that finds no place, or -1.

    Parameters
    ----------
    loop, options, chosen, pools : Loop, Options, int32[jobs * tasks], Pools
        What is placed where. The pools are used up.
    order : int64[jobs * tasks]
        Entries ``job * tasks + task``; of an edge of distance 0 the second task comes first.
    due : int64[jobs]
        When each job is to be finished.
    start : int64[jobs * tasks]
        To be filled; `UNPLACED` at first.
    server_offset, server : int64[jobs * tasks + 1], int32[servers]
        Server numbers within their types, to be filled.
    """
    tasks = len(loop.offset) - 1
    found = np.zeros((len(pools.pool) + 1, 1 + pools.words.max()), np.uint64)
    for entry in order:
        job = entry // tasks
        first, task = job * tasks, entry - job * tasks
        option = chosen[entry]
        latest, earliest = due[job], -UNPLACED
        for edge in range(loop.offset[task], loop.offset[task + 1]):
            begin = start[first + loop.successor[edge]]
            if begin != UNPLACED:
                latest = min(latest, begin + loop.distance[edge] * pools.period)
        latest -= options.latency[option]
        for edge in range(loop.back_offset[task], loop.back_offset[task + 1]):
            before = first + loop.predecessor[edge]
            if start[before] != UNPLACED:
                finish = start[before] + options.latency[chosen[before]]
                earliest = max(earliest, finish - loop.back[edge] * pools.period)
        demand, end = options.offset[option], options.offset[option + 1]
        alone = end - demand == 1 and options.units[demand] == 1
        if alone:
            cycle = _latest(pools, demand, latest, found[0])
        else:
            cycle = _latest_together(options, pools, demand, end, latest, found)
        if cycle > latest or cycle < earliest:
            return int(entry)
        start[entry] = cycle
        place = server_offset[entry]
        for i in range(demand, end):
            for _ in range(options.units[i]):
                server[place] = _take(pools, i, cycle % pools.period, found[i - demand])
                place += 1
    return -1


@_compiled
def _latest(pools, demand, latest, found):
    """Return the latest start with a free server, and which are free; later than asked if none."""
    some = pools.some[pools.pool[demand]]
    start, cycle, left = latest, latest % pools.period, pools.period
    word = cycle >> 6
    members = some[word] & (np.uint64(2**64 - 1) >> np.uint64(63 - (cycle & 63)))
    while True:
        while members == 0:
            step = (cycle & 63) + 1
            left -= step
            if left <= 0:
                return latest + 1
            start -= step
            cycle -= step
            if cycle < 0:
                cycle += pools.period
                word = cycle >> 6
                members = some[word] & (np.uint64(2**64 - 1) >> np.uint64(63 - (cycle & 63)))
            else:
                word -= 1
                members = some[word]
        bit = _highest(members)
        step = cycle - ((word << 6) + bit)
        left -= step
        if left <= 0:
            return latest + 1
        start -= step
        cycle -= step
        if _free_at(pools, demand, cycle, 1, found) > 0:
            return start
        members &= ~(np.uint64(1) << np.uint64(bit))


@_compiled
def _latest_together(options, pools, demand, end, latest, found):
    """Return the latest start at which all that an option demands is free."""
    for start in range(latest, latest - pools.period, -1):
        enough = True
        for i in range(demand, end):
            units = options.units[i]
            if _free_at(pools, i, start % pools.period, units, found[i - demand]) < units:
                enough = False
                break
        if enough:
            return start
    return latest + 1


@_compiled
def _free_at(pools, demand, cycle, units, found):
    """Find the servers that are free for all cells of a demand, and count them as far as asked."""
    pool = pools.pool[demand]
    grid, rounds, words = pools.grid[pool], pools.rounds[pool], pools.words[pool]
    begin = cycle // grid
    if begin >= rounds:  # cycles that are left over at the end of the period
        return 0
    phase = cycle - begin * grid
    base = pools.base[pool] + phase * words
    count = 0
    for word in range(words):
        members = pools.free[base + begin * grid * words + word]
        cell = begin
        for _ in range(1, pools.cells[demand]):
            cell += 1
            if cell == rounds:
                cell = 0
            members &= pools.free[base + cell * grid * words + word]
        found[word] = members
        while members != 0 and count < units:
            members &= members - np.uint64(1)
            count += 1
    return count


@_compiled
def _take(pools, demand, cycle, found):
    """Take one of the servers that were found, if possible one whose next cell is busy."""
    pool = pools.pool[demand]
    grid, rounds, words = pools.grid[pool], pools.rounds[pool], pools.words[pool]
    begin = cycle // grid
    base = pools.base[pool] + (cycle - begin * grid) * words
    cells = pools.cells[demand]
    following = base + (begin + cells) % rounds * grid * words
    chosen, bit = -1, 0
    for word in range(words):
        if found[word] != 0:
            tight = found[word] & ~pools.free[following + word]
            if tight != 0:
                chosen, bit = word, _highest(tight)
                break
            if chosen < 0:
                chosen, bit = word, _highest(found[word])
    mask = ~(np.uint64(1) << np.uint64(bit))
    found[chosen] &= mask
    for cell in range(begin, begin + cells):
        first = base + cell % rounds * grid * words
        pools.free[first + chosen] &= mask
        members = np.uint64(0)
        for word in range(words):
            members |= pools.free[first + word]
        if members == 0:
            empty = cell % rounds * grid + cycle - begin * grid
            pools.some[pool, empty >> 6] &= ~(np.uint64(1) << np.uint64(empty & 63))
    return chosen * 64 + bit


@_compiled
def _highest(word):
    """Return the position of the highest set bit of a word that is not zero."""
    position = 0
    for width in (32, 16, 8, 4, 2, 1):
        if word >> np.uint64(width) != 0:
            word >>= np.uint64(width)
            position += width
    return position
