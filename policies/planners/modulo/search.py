"""The best rate for so many jobs in flight and such memories."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from policies.planners.modulo.options import Options, choose, options_of
from policies.planners.modulo.rates import bounds, fastest, shortest_period, tightest
from policies.planners.modulo.tables import fits, memory_excess, table
from stomp_flim import InputError, Job, Platform, TaskGraph, simulate
from stomp_flim.arrays import Indices, gathered
from stomp_flim.model.shown import counted
from stomp_flim.schedule.periodic import Periodic

_MOST_RETRIED = 2**20
"""Entries of a table that is tried beside another one, with more jobs in a period."""
_STEP = 8192
"""A period is found to such a part of it."""


def best_table(graph: TaskGraph, platform: Platform, slots: int | None) -> Periodic:
    """Return a table with as short a period as slots, memories and packing allow.

    Parameters
    ----------
    graph, platform : TaskGraph, Platform
        What each job executes, on what.
    slots : int, optional
        Jobs in flight, at most.
    """
    options = options_of(graph, platform)
    limits = bounds(graph, platform, slots)
    least = max(limits.values())
    chosen, period = fastest(graph, options, platform, least)
    jobs = len(chosen) // len(graph)
    if slots is None:
        return _shortest(graph, options, chosen, platform, period, limits, slots)
    best: Periodic | None = None
    for number in dict.fromkeys([min(jobs, slots), slots, 4 * slots]):
        if best is not None and (
            number * len(graph) > _MOST_RETRIED or best.bound == best.cycles_per_job
        ):
            break
        chosen = choose(options, platform, number)
        period = shortest_period(options, chosen, platform, number * least)
        found = _shortest(graph, options, chosen, platform, period, limits, slots)
        if best is None or found.cycles_per_job < best.cycles_per_job:
            best = found
    assert best is not None
    return best


def _shortest(
    graph: TaskGraph,
    options: Options,
    chosen: Indices,
    platform: Platform,
    period: int,
    limits: Mapping[str, Fraction],
    slots: int | None,
) -> Periodic:
    """Return a table of the entries that were chosen, in few cycles, at least so many."""
    jobs = len(chosen) // len(graph)
    failures, low = 0, period - 1
    while True:
        found = table(graph, options, chosen, platform, period, limits)
        if found is not None and fits(found, slots):
            break
        low = period
        if found is None:
            failures += 1
            period += 1 + (period << min(failures, 10)) // _STEP
            continue
        longest = int((found.last - found.first).max())
        if period >= jobs * longest:
            return one_at_a_time(graph, platform, limits)
        wanted = memory_excess(found) * period
        if slots is not None:
            wanted = max(wanted, Fraction(jobs * longest, slots))
        period = max(period + 1 + period // _STEP, min(int(wanted), 3 * period // 2))
    while period - low > 1 + period // _STEP:
        middle = (low + period) // 2
        tried = table(graph, options, chosen, platform, middle, limits)
        if tried is not None and fits(tried, slots):
            found, period = tried, middle
        else:
            low = middle
    return found


def given_table(
    graph: TaskGraph, platform: Platform, slots: int | None, jobs: int, cycles: int
) -> Periodic:
    """Return a table of so many jobs in so many cycles.

    Raises
    ------
    InputError
        If they do not fit into the cycles, into slots or into memories, saying what would.
    """
    options = options_of(graph, platform)
    limits = bounds(graph, platform, slots)
    chosen = choose(options, platform, jobs)
    least = shortest_period(options, chosen, platform, jobs * max(limits.values()))
    limit = tightest(limits)
    asked = f"modulo: {cycles:,} cycles for {counted(jobs, 'job')} of {graph.name!r}"
    if cycles < least:
        why = limit if least == math.ceil(jobs * limits[limit]) else "whole tasks"
        raise InputError(f"{asked}, expected at least {least:,} ({why})")
    found = table(graph, options, chosen, platform, cycles, limits)
    if found is not None and fits(found, slots):
        return found
    longer = _shortest(graph, options, chosen, platform, cycles, limits, slots)
    raise InputError(
        f"{asked}: {_misfit(found, slots)}, expected {longer.cycles:,} cycles for "
        f"{counted(longer.jobs, 'job')}, or as long for each"
    )


def one_at_a_time(graph: TaskGraph, platform: Platform, limits: Mapping[str, Fraction]) -> Periodic:
    """Return the table of one job after another, each as memory lets a job run alone."""
    alone = simulate([Job(graph)], platform, "hlfet").schedule
    order = np.argsort(alone.task)
    limit = tightest(limits)
    return Periodic(
        graph,
        platform,
        alone.makespan,
        alone.mode[order][np.newaxis],
        alone.start[order][np.newaxis],
        *gathered(alone.server_offset, alone.server, order),
        limits[limit],
        limit,
    )


def _misfit(found: Periodic | None, slots: int | None) -> str:
    """Say what a table, or the lack of one, does not fit into."""
    if found is None:
        return "tasks of several lengths or on several servers find no room"
    flight = f"{found.in_flight:,} jobs in flight"
    if slots is not None and found.in_flight > slots:
        return f"{flight} in {counted(slots, 'slot')}"
    memories = found.platform.memories
    return f"{flight} hold " + ", ".join(
        f"{bits:,} bits of {memory!r} with {memories[memory]:,}"
        for memory, bits in found.memory.items()
        if bits > memories.get(memory, bits)
    )
