"""What a table must hold: the modes that each task may run in, and one chosen for each entry."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from stomp_flim import Platform, TaskGraph
from stomp_flim.arrays import Cycles, Indices
from stomp_flim.machine_code import kept


class Options(NamedTuple):
    """The distinct modes of a graph that a platform can run, as columns.

    Attributes
    ----------
    mode : int32[options]
        Number of the mode as declared.
    latency, occupancy : int64[options]
        In cycles.
    offset : int64[options + 1]
        Option o demands ``units[i]`` of server type ``kind[i]`` for i in offset[o]:offset[o + 1].
    kind, units : int64[demands]
        Position in the platform, and how many.
    first : int64[tasks + 1]
        Options of each task, ``first[task]:last[task]``, by latency, then as declared.
    last : int64[tasks]
        See `first`.
    """

    mode: Indices
    latency: Cycles
    occupancy: Cycles
    offset: Cycles
    kind: Cycles
    units: Cycles
    first: Cycles
    last: Cycles


def options_of(graph: TaskGraph, platform: Platform) -> Options:
    """Return the modes that a platform can run; each task has at least one."""
    number = {server_type: place for place, server_type in enumerate(platform.servers)}
    rows: list[tuple[int, int, int]] = []
    demands: list[tuple[int, int]] = []
    offset, first, last = [0], [], []
    for modes in graph.mode_sets:
        first.append(len(rows))
        for place, mode in sorted(enumerate(modes), key=lambda item: item[1].latency):
            if all(units <= platform.servers.get(t, 0) for t, units in mode.demand.items()):
                rows.append((place, mode.latency, mode.occupancy))
                demands += sorted((number[t], units) for t, units in mode.demand.items())
                offset.append(len(demands))
        last.append(len(rows))
    modes_of = np.array(rows, np.int64).T.copy()
    demanded = np.array(demands, np.int64).reshape(-1, 2).T.copy()
    return Options(
        mode=modes_of[0].astype(np.int32),
        latency=modes_of[1],
        occupancy=modes_of[2],
        offset=np.array(offset, np.int64),
        kind=demanded[0],
        units=demanded[1],
        first=np.array(first, np.int64)[graph.mode_set],
        last=np.array(last, np.int64)[graph.mode_set],
    )


def choose(options: Options, platform: Platform, jobs: int) -> Indices:
    """Return an option for each task of so many jobs, so that no server type is overloaded.

    What has no choice loads its servers first. The others follow, each in the mode after which
    the most loaded type that it demands has least to do.

    Returns
    -------
    int32[jobs * tasks]
    """
    chosen = np.tile(options.first.astype(np.int32), jobs)
    free = np.flatnonzero(options.last - options.first > 1)
    if len(free):
        servers = np.array(list(platform.servers.values()), np.int64)
        settled = chosen.reshape(jobs, -1)[:, options.last - options.first == 1]
        load = loads(options, settled, len(servers))
        _balance(options, servers, load.astype(np.float64), free, jobs, chosen)
    return chosen


def loads(options: Options, chosen: Indices, kinds: int) -> Cycles:
    """Return the unit-cycles that chosen options take of so many server types: int64[kinds]."""
    times = np.bincount(chosen.ravel(), minlength=len(options.mode))
    work = np.repeat(times * options.occupancy, np.diff(options.offset)) * options.units
    total = np.zeros(kinds, np.int64)
    np.add.at(total, options.kind, work)
    return total


@kept(error_model="numpy")
def _balance(options: Any, servers: Any, load: Any, tasks: Any, jobs: int, chosen: Any) -> None:
    number = len(options.first)
    for job in range(jobs):
        for task in tasks:
            best, best_level = options.first[task], np.inf
            for option in range(options.first[task], options.last[task]):
                level = 0.0
                for i in range(options.offset[option], options.offset[option + 1]):
                    kind = options.kind[i]
                    work = options.units[i] * options.occupancy[option]
                    level = max(level, (load[kind] + work) / servers[kind])
                if level < best_level:
                    best, best_level = option, level
            for i in range(options.offset[best], options.offset[best + 1]):
                load[options.kind[i]] += options.units[i] * options.occupancy[best]
            chosen[job * number + task] = best
