"""Tables of one step: the lanes of a period, and how a whole job runs through them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction

import numpy as np

from policies.planners.modulo.options import Options, choose, options_of
from policies.planners.modulo.placing import Loop
from policies.planners.modulo.rates import MOST_ENTRIES, bounds, shortest_period
from policies.planners.modulo.steps.recurrence import latest_starts, recurrence_bound
from policies.planners.modulo.steps.roles import Roles, roles_of
from policies.planners.modulo.tables import fits, periodic, place, placing_order
from stomp_flim import InputError, Platform, TaskGraph
from stomp_flim.arrays import Indices, gathered
from stomp_flim.model.shown import counted
from stomp_flim.schedule.modular import most_at_once
from stomp_flim.schedule.periodic import Periodic

CLOSE = Fraction(1, 200)
"""How much longer a period may be, as a part of it, for fewer jobs in flight."""
_TRIES = 8
"""Lengths of a step that are tried for a number of lanes, within a few times this part."""


@dataclass(frozen=True, eq=False, repr=False)
class StepTable(Periodic):
    """A periodic schedule of which all steps are the same: a table of one step.

    A LANE is a row of the table. It takes a job, and another one when that has left its first
    stage; every `step_cycles` all jobs in a lane advance by a step.

    Attributes
    ----------
    step_cycles : int
        The period of the table.
    roles : int
        Tasks of a row: those of one step of each stage.
    recurrence : int
        The least `step_cycles`: the critical path of a step.
    """

    step_cycles: int
    roles: int
    recurrence: int

    @property
    def entries(self) -> int:
        """Entries of the table of one step."""
        return self.jobs * self.roles

    @property
    def bits(self) -> int:
        """Bits of the table as a memory: a start, a row and a role for each entry."""
        widths = ((each - 1).bit_length() for each in (self.step_cycles, self.jobs, self.roles))
        return self.entries * sum(widths)

    def facts(self) -> dict[str, object]:
        """Return those of any table, and the step."""
        step = f"{self.step_cycles:,} cycles (recurrence {self.recurrence:,})"
        return {**super().facts(), "step": step, "table": f"{self.bits:,} bits"}


def step_table(graph: TaskGraph, platform: Platform, slots: int | None) -> StepTable:
    """Return a table of one step with close to the best rate, of close to the fewest lanes.

    Raises
    ------
    InputError
        If the graph has no steps, or slots or memories are too few for any table of one.
    """
    roles = roles_of(graph)
    options = options_of(graph, platform)
    limits = bounds(graph, platform, slots)
    short = options._replace(first=options.first[roles.example], last=options.last[roles.example])
    latency = short.latency[short.first]
    least = recurrence_bound(roles, latency)
    for lanes, cycles in _candidates(short, platform, roles, least, max(limits.values())):
        if slots is not None and lanes * int(roles.step.max()) > slots * roles.steps:
            continue
        chosen = choose(short, platform, lanes)
        table = _table(graph, options, short, chosen, platform, roles, cycles, limits, least, slots)
        if table is not None and fits(table, slots):
            return table
    what = "" if slots is None else f" in {counted(slots, 'slot')}"
    raise InputError(
        f"modulo: graph {graph.name!r}{what}: no table of one step fits, expected more slots or "
        "memory, or a table of whole jobs"
    )


def _candidates(
    options: Options, platform: Platform, roles: Roles, least: int, bound: Fraction
) -> Iterator[tuple[int, int]]:
    """Yield lanes and cycles of a step: the fewest lanes whose rate is close first, then others."""
    shortest: dict[int, int] = {}
    for lanes in range(1, MOST_ENTRIES // len(roles.example) + 1):
        chosen = choose(options, platform, lanes)
        shortest[lanes] = shortest_period(options, chosen, platform, Fraction(least))
        if shortest[lanes] > 4 * least and lanes > 1:
            break
    cycles_a_job = {lanes: Fraction(c * roles.steps, lanes) for lanes, c in shortest.items()}
    best = min(cycles_a_job.values())
    by_rate = sorted(shortest, key=lambda lanes: (cycles_a_job[lanes], lanes))
    close = sorted(lanes for lanes in by_rate if cycles_a_job[lanes] <= (1 + CLOSE) * best)
    for lanes in dict.fromkeys([*close, *by_rate]):
        most = max(shortest[lanes], int((1 + 2 * CLOSE) * max(best, bound) * lanes / roles.steps))
        for cycles in range(shortest[lanes], most + 1, 1 + (most - shortest[lanes]) // _TRIES):
            yield lanes, cycles
    for lanes, cycles in sorted(shortest.items(), reverse=True):
        yield from ((lanes, cycles * n // 8) for n in range(9, 25))


def _table(
    graph: TaskGraph,
    options: Options,
    short: Options,
    chosen: Indices,
    platform: Platform,
    roles: Roles,
    cycles: int,
    limits: Mapping[str, Fraction],
    least: int,
    slots: int | None,
) -> StepTable | None:
    """Return the table of the lanes of which the options were chosen, if they find room."""
    lanes = len(chosen) // len(roles.example)
    latest = latest_starts(roles, short.latency[short.first], cycles)
    if latest is None:
        return None
    waits = np.bincount(roles.edges[:, 1], minlength=len(roles.example)) > 0
    order = placing_order(latest, ~waits, lanes)
    placed = place(_loop(roles), order, short, chosen, platform, lanes, cycles)
    if placed is None:
        return None
    start, offset, server = placed
    latency = short.latency[chosen].reshape(lanes, -1)
    # Lanes are moved by whole steps, so that jobs enter evenly.
    entry = cycles * (np.arange(lanes) * roles.steps // lanes)
    whole = start.reshape(lanes, -1)[:, roles.role] + cycles * roles.step + entry[:, np.newaxis]
    if slots is not None:
        last = (whole + latency[np.arange(lanes)[:, np.newaxis], roles.role]).max(axis=1)
        ones = np.ones(lanes, np.int64)
        if most_at_once(whole.min(axis=1), last, ones, cycles * roles.steps) > slots:
            return None
    place_of = (np.arange(lanes)[:, np.newaxis] * len(roles.example) + roles.role).ravel()
    unrolled = (whole.ravel(), *gathered(offset, server, place_of))
    period = cycles * roles.steps
    table = periodic(graph, options, chosen[place_of], platform, period, unrolled, limits)
    common = {field.name: getattr(table, field.name) for field in fields(table)}
    return StepTable(**common, step_cycles=cycles, roles=len(roles.example), recurrence=least)


def _loop(roles: Roles) -> Loop:
    """Return the edges between roles, for placement."""
    source, target = roles.edges.T
    count = len(roles.example)
    offset = np.concatenate([[0], np.cumsum(np.bincount(source, minlength=count))])
    carried = np.flatnonzero(roles.distance > 0)
    carried = carried[np.argsort(target[carried], kind="stable")]
    back = np.concatenate([[0], np.cumsum(np.bincount(target[carried], minlength=count))])
    before, steps = source[carried], roles.distance[carried]
    return Loop(offset, target.copy(), roles.distance, back, before, steps)
