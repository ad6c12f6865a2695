"""A table of given jobs and cycles: all tasks of all its jobs, placed."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from policies.planners.modulo.options import Options
from policies.planners.modulo.placing import UNPLACED, Loop, place_all
from policies.planners.modulo.pools import GRID, WINDOWS, empty_pools, packings
from policies.planners.modulo.rates import tightest
from stomp_flim import Platform, TaskGraph
from stomp_flim.arrays import Cycles, Indices, gathered
from stomp_flim.schedule.periodic import Periodic


def unrolled(graph: TaskGraph) -> Loop:
    """Return the edges of a graph; no edge leads to a later period."""
    none = np.zeros(0, np.int64)
    return Loop(
        graph.successor_offset.astype(np.int64),
        graph.successor.astype(np.int64),
        np.zeros(len(graph.successor), np.int64),
        np.zeros(len(graph) + 1, np.int64),
        none,
        none,
    )


def placing_order(latest: Cycles, is_source: NDArray[np.bool_], jobs: int) -> Cycles:
    """Return the entries ``job * tasks + task`` in the order in which they are placed.

    First all that has a predecessor, by latest start, the last first, the jobs side by side. Then
    the sources, which can only be placed earlier than they are needed: the first ones first, since
    what comes last may find room only a period before, where its job has long begun.

    Parameters
    ----------
    latest : int64[tasks]
        Latest start of each task before the end of its job, at most 0.
    is_source : bool[tasks]
        Which tasks wait for nothing.
    jobs : int
        Of the table.
    """
    inner, sources = np.flatnonzero(~is_source), np.flatnonzero(is_source)
    inner = inner[np.argsort(-latest[inner], kind="stable")]
    sources = sources[np.argsort(latest[sources], kind="stable")]
    by_job = np.arange(jobs) * len(latest)
    return np.concatenate([(part[:, np.newaxis] + by_job).ravel() for part in (inner, sources)])


def place(
    loop: Loop,
    order: Cycles,
    options: Options,
    chosen: Indices,
    platform: Platform,
    jobs: int,
    period: int,
) -> tuple[Cycles, Cycles, Indices] | None:
    """Place all entries of a period, if they find room.

    Where servers are packed too loosely for it, they are packed tighter.

    Returns
    -------
    start, server_offset, server : int64[entries], int64[entries + 1], int32[servers]
        Servers are numbered through the platform.
    """
    units = np.add.reduceat(options.units, options.offset[:-1])[chosen]
    offset = np.concatenate([[0], np.cumsum(units)])
    due = np.arange(jobs) * period // jobs
    packing = packings(options, chosen, platform, period)
    while True:
        pools = empty_pools(options, chosen, platform, period, packing)
        if pools is None:
            return None
        start = np.full(len(order), UNPLACED, np.int64)
        server = np.zeros(offset[-1], np.int32)
        failed = place_all(loop, options, chosen, pools, order, due, start, offset, server)
        if failed < 0:
            return start, offset, _through_platform(options, chosen, offset, server, platform)
        if not _tighter(packing, options, chosen, int(failed)):
            return None


def table(
    graph: TaskGraph,
    options: Options,
    chosen: Indices,
    platform: Platform,
    period: int,
    bounds: Mapping[str, Fraction],
) -> Periodic | None:
    """Return a table of the entries that were chosen, if they find room in so many cycles."""
    jobs = len(chosen) // len(graph)
    order = placing_order(-graph.bottom_level, graph.in_degree == 0, jobs)
    placed = place(unrolled(graph), order, options, chosen, platform, jobs, period)
    if placed is None:
        return None
    return periodic(graph, options, chosen, platform, period, placed, bounds)


def periodic(
    graph: TaskGraph,
    options: Options,
    chosen: Indices,
    platform: Platform,
    period: int,
    placed: tuple[Cycles, Cycles, Indices],
    bounds: Mapping[str, Fraction],
) -> Periodic:
    """Return a table whose rows are in the order of their first starts, from 0 on.

    Which row is the first is free, since all of them may be moved by whole periods; it is the one
    with which the last result of a first round of jobs is there first.
    """
    flat, offset, server = placed
    rows = flat.reshape(-1, len(graph))
    first = rows.min(axis=1)
    latency = options.latency[chosen].reshape(rows.shape)
    length = (rows + latency).max(axis=1) - first
    entry = (first - first[:, np.newaxis]) % period  # of each row, after each row
    zero = int(np.argmin((entry + length).max(axis=1)))
    order = np.lexsort((np.arange(len(rows)), entry[zero]))
    start = (rows - first[:, np.newaxis] + entry[zero][:, np.newaxis])[order]
    entries = (order[:, np.newaxis] * len(graph) + np.arange(len(graph))).ravel()
    limit = tightest(bounds)
    return Periodic(
        graph,
        platform,
        period,
        options.mode[chosen].reshape(rows.shape)[order],
        start,
        *gathered(offset, server, entries),
        bounds[limit],
        limit,
    )


def fits(found: Periodic, slots: int | None) -> bool:
    """Whether a table keeps to its slots and memories."""
    return (slots is None or found.in_flight <= slots) and memory_excess(found) <= 1


def memory_excess(found: Periodic) -> Fraction:
    """Return the most that a limited memory holds, as a multiple of its capacity."""
    memories = found.platform.memories
    parts = [Fraction(bits, memories[m]) for m, bits in found.memory.items() if m in memories]
    return max(parts, default=Fraction(0))


def _tighter(packing: list[int], options: Options, chosen: Indices, entry: int) -> bool:
    """Pack a server type tighter on which an entry found no place; return whether that helps."""
    used = np.unique(chosen)
    for i in range(*options.offset[chosen[entry] : chosen[entry] + 2].tolist()):
        kind = int(options.kind[i])
        mine = [o for o in used.tolist() if kind in _demanded(options, o)]
        alone = all(len(_demanded(options, o)) == 1 for o in mine)
        alone = alone and all(options.units[options.offset[o]] == 1 for o in mine)
        lengths = np.unique(options.occupancy[mine])
        if alone and packing[kind] < (GRID if len(lengths) == 1 else WINDOWS):
            packing[kind] += 1
            return True
    return False


def _demanded(options: Options, option: int) -> list[int]:
    """Return the server types that an option demands."""
    kinds: list[int] = options.kind[options.offset[option] : options.offset[option + 1]].tolist()
    return kinds


def _through_platform(
    options: Options, chosen: Indices, offset: Cycles, server: Indices, platform: Platform
) -> Indices:
    """Return server numbers of the platform, ascending for each entry."""
    firsts = np.array(list(platform.first_server.values()), np.int64)
    kind = np.repeat(firsts[options.kind], options.units)  # of each unit of each option
    begin = np.concatenate([[0], np.cumsum(np.add.reduceat(options.units, options.offset[:-1]))])
    entry = np.repeat(np.arange(len(chosen)), np.diff(offset))
    place = np.arange(offset[-1]) - offset[:-1][entry]
    numbers = server + kind[begin[chosen[entry]] + place]
    if (np.diff(offset) == 1).all():
        return numbers.astype(np.int32)
    return numbers[np.lexsort((numbers, entry))].astype(np.int32)
