"""How often jobs can enter: what bounds the rate, and the shortest period that counts allow."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from policies.planners.modulo.options import Options, choose, loads
from policies.planners.modulo.pools import grids
from stomp_flim import Platform, TaskGraph
from stomp_flim.arrays import Indices

MOST_ENTRIES = 2**22
"""Entries of a table, for which a planner takes about a second."""
MOST_JOBS = 64
"""Jobs of a period, where the graph is small."""


def bounds(graph: TaskGraph, platform: Platform, slots: int | None = None) -> dict[str, Fraction]:
    """Return what the cycles a job cannot be below in the long run, by what sets it.

    - a server type: its least work for a job, over its servers;
    - ``"servers"``: the least work on all types together, over all servers;
    - ``"slots"``: each slot is taken for a critical path, at least;
    - a memory: its buffers, each for as long as it and its slowest consumer take at least.
    """
    least = {
        server_type: Fraction(graph.work(server_type), count)
        for server_type, count in platform.servers.items()
    }
    if any(len(modes) > 1 for modes in graph.mode_sets):
        works = [
            min(sum(mode.demand.values()) * mode.occupancy for mode in modes)
            for modes in graph.mode_sets
        ]
        work = int(np.array(works, np.int64)[graph.mode_set].sum())
        least["servers"] = Fraction(work, sum(platform.servers.values()))
    if slots is not None:
        least["slots"] = Fraction(graph.critical_path, slots)
    held: dict[str, int] = {}
    for task, buffer in enumerate(graph.buffers or ()):
        if buffer is not None and buffer.memory in platform.memories:
            life = int(graph.shortest_latency[task])
            life += int(graph.shortest_latency[graph.successors(task)].max(initial=0))
            held[buffer.memory] = held.get(buffer.memory, 0) + life * buffer.bits
    for memory, bits in held.items():
        least[memory] = Fraction(bits, platform.memories[memory])
    return least


def tightest(limits: Mapping[str, Fraction]) -> str:
    """Return what sets the largest of the bounds."""
    return max(limits, key=limits.__getitem__)


def shortest_period(options: Options, chosen: Indices, platform: Platform, least: Fraction) -> int:
    """Return the fewest cycles, at least so many, into which chosen entries fit by their number.

    Parameters
    ----------
    options, chosen : Options, int32[entries]
        What a period has to hold.
    platform : Platform
        The servers.
    least : Fraction
        Cycles.
    """
    used = np.unique(chosen)
    period = max(int(options.occupancy[used].max()), -(-least.numerator // least.denominator))
    servers = np.array(list(platform.servers.values()), np.int64)
    grid = grids(options, chosen, platform)
    work = loads(options, chosen, len(servers))
    cells = -(-work // (grid * servers))  # of a server
    return max(period, int((cells * grid).max()))


def fastest(
    graph: TaskGraph, options: Options, platform: Platform, least: Fraction
) -> tuple[Indices, int]:
    """Return the options of the entries of a period, and its cycles: those with the best rate.

    Of periods with the same cycles a job, the one of the fewest jobs is taken.
    """
    best: tuple[Fraction, Indices, int] | None = None
    for jobs in range(1, max(1, min(MOST_JOBS, MOST_ENTRIES // len(graph))) + 1):
        chosen = choose(options, platform, jobs)
        period = shortest_period(options, chosen, platform, jobs * least)
        if best is None or Fraction(period, jobs) < best[0]:
            best = Fraction(period, jobs), chosen, period
        if best[0] == least:
            break
    assert best is not None
    return best[1], best[2]
