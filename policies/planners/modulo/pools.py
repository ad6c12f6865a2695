"""Reservation tables: which servers are free in which cycle of a period.

A period is a circle of T cycles. A POOL is what tasks of one kind may be started on. The servers of
a type are packed in one of three ways, each tighter than the one before:

- `LOOSE`: any task on any server in any cycle. Between two tasks gaps may be left that are too
  short for a third, which does not matter where there are servers to spare.
- `GRID`: with g the greatest common divisor of the occupancies, server v starts tasks only at
  cycles that are ``v`` modulo g, so that what is left between two tasks is always whole cells of g
  cycles, and still some server can start one in every cycle. Where all tasks occupy g cycles no
  packing wastes anything.
- `WINDOWS`: where occupancies differ and servers are nearly full, long tasks may find no room
  between short ones. Each server is then divided beforehand into windows, as many of each length as
  there are tasks of it, evenly spread, and the windows of a length are a pool.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heapreplace
from math import gcd
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policies.planners.modulo.options import Options, loads
from stomp_flim import Platform
from stomp_flim.arrays import Cycles, Indices

Bits = NDArray[np.uint64]
LOOSE, GRID, WINDOWS = range(3)
_WORD = 64


class Pools(NamedTuple):
    """Reservation tables, all free.

    Attributes
    ----------
    period : int
        Cycles T.
    pool, cells : int64[demands]
        From which pool each demand of `Options` takes its servers, and for how many cells.
    grid, rounds, words : int64[pools]
        Cycles of a cell, cells of a server, and words of a set of servers.
    base : int64[pools]
        Where the sets of a pool begin in `free`.
    free : uint64[words]
        Bit v of the set ``free[base + cycle * words:][:words]``: whether server v of the type is
        free for the cell that begins in this cycle.
    some : uint64[pools, words]
        Bit c: whether any server is free for a cell that begins in cycle c.
    """

    period: int
    pool: Cycles
    cells: Cycles
    grid: Cycles
    rounds: Cycles
    words: Cycles
    base: Cycles
    free: Bits
    some: Bits


def grids(options: Options, chosen: Indices, platform: Platform) -> Cycles:
    """Return the cycles of a cell of each server type: int64[server types].

    They are 1 where a task takes several servers, which then have to be free at once.
    """
    alone = np.repeat(np.diff(options.offset) == 1, np.diff(options.offset)) & (options.units == 1)
    used = _used(options, chosen)
    occupancy = _per_demand(options, options.occupancy)
    grid = np.ones(len(platform.servers), np.int64)
    for kind in range(len(grid)):
        of_kind = used & (options.kind == kind)
        if of_kind.any() and alone[of_kind].all():
            grid[kind] = gcd(*occupancy[of_kind].tolist())
    return grid


def packings(options: Options, chosen: Indices, platform: Platform, period: int) -> list[int]:
    """Return how tight to pack each server type at first: loosely where a quarter is to spare."""
    servers = np.array(list(platform.servers.values()), np.int64)
    work = loads(options, chosen, len(servers))
    return [GRID if full else LOOSE for full in (4 * work > 3 * period * servers).tolist()]


def empty_pools(
    options: Options,
    chosen: Indices,
    platform: Platform,
    period: int,
    packing: Sequence[int],
) -> Pools | None:
    """Return the tables of a period, or None if windows have no room in it.

    Parameters
    ----------
    options, chosen, platform : Options, int32[entries], Platform
        What is to be placed on what.
    period : int
        Cycles T, at least the longest occupancy.
    packing : sequence of int
        How tight each server type of the platform is packed.
    """
    grid = grids(options, chosen, platform)
    occupancy, used = _per_demand(options, options.occupancy), _used(options, chosen)
    times = _per_demand(options, np.bincount(chosen, minlength=len(options.mode)))
    pool = np.zeros(len(options.kind), np.int64)
    cells = np.ones(len(options.kind), np.int64)
    sets: list[tuple[int, Bits]] = []
    for kind, servers in enumerate(platform.servers.values()):
        of_kind = np.flatnonzero(used & (options.kind == kind))
        if packing[kind] != WINDOWS:
            width = int(grid[kind]) if packing[kind] == GRID else 1
            pool[of_kind], cells[of_kind] = len(sets), occupancy[of_kind] // width
            sets.append((width, _on_grid(period, servers, width)))
            continue
        lengths = np.unique(occupancy[of_kind])
        counts = [int(times[of_kind][occupancy[of_kind] == length].sum()) for length in lengths]
        windows = _windows(period, servers, lengths.tolist(), counts)
        if windows is None:
            return None
        pool[of_kind] = len(sets) + np.searchsorted(lengths, occupancy[of_kind])
        sets += [(1, of_length) for of_length in windows]
    sizes = [free.size for _, free in sets]
    widths = np.array([width for width, _ in sets], np.int64)
    return Pools(
        period,
        pool,
        cells,
        widths,
        period // widths,
        np.array([free.shape[1] for _, free in sets], np.int64),
        np.concatenate([[0], np.cumsum(sizes)[:-1]]),
        np.concatenate([free.ravel() for _, free in sets]),
        np.stack([_any_of(free) for _, free in sets]),
    )


def _per_demand(options: Options, column: Cycles) -> Cycles:
    return np.repeat(column, np.diff(options.offset))


def _used(options: Options, chosen: Indices) -> NDArray[np.bool_]:
    """Return which demands belong to an option that was chosen."""
    return _per_demand(options, np.bincount(chosen, minlength=len(options.mode))) > 0


def _on_grid(period: int, servers: int, grid: int) -> Bits:
    """Return the free servers of each cycle: uint64[period, words]."""
    free = np.zeros((period, -(-servers // _WORD)), np.uint64)
    rounds = period // grid
    for server in range(servers):
        phase = server % grid if servers >= grid else server * grid // servers
        word, bit = divmod(server, _WORD)
        free[phase : rounds * grid : grid, word] |= np.uint64(1 << bit)
    return free


def _windows(period: int, servers: int, lengths: list[int], counts: list[int]) -> list[Bits] | None:
    """Return the windows of each length, as sets of servers of the cycles in which they begin."""
    filled = [(0, server) for server in range(servers)]
    heapify(filled)
    shares = np.zeros((servers, len(lengths)), np.int64)
    for place in reversed(range(len(lengths))):  # long ones first, while there is room
        for _ in range(counts[place]):
            cycles, server = filled[0]
            heapreplace(filled, (cycles + lengths[place], server))
            shares[server, place] += 1
    if max(filled)[0] > period:
        return None
    windows = [np.zeros((period, -(-servers // _WORD)), np.uint64) for _ in lengths]
    for server, share in enumerate(shares):
        of_window = np.repeat(np.arange(len(lengths)), share)
        position = np.concatenate([(np.arange(n) + 0.5) / max(n, 1) for n in share])
        order = of_window[np.argsort(position, kind="stable")]
        length = np.array(lengths)[order]
        spare = period - int(length.sum())
        begin = np.cumsum(length) - length + spare * np.arange(len(order)) // max(len(order), 1)
        begin = (begin + server * period // servers) % period
        word, bit = divmod(server, _WORD)
        for place in range(len(lengths)):
            windows[place][begin[order == place], word] |= np.uint64(1 << bit)
    return windows


def _any_of(free: Bits) -> Bits:
    """Return the cycles in which some server is free, as a set."""
    cycle = np.flatnonzero(free.any(axis=1))
    members = np.zeros(len(free) // _WORD + 1, np.uint64)
    bit = np.uint64(1) << (cycle % _WORD).astype(np.uint64)
    np.bitwise_or.at(members, cycle // _WORD, bit)
    return members
