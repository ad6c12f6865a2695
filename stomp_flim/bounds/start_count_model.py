"""The linear program over cumulative start counts, and prices that prove what it says.

For jobs of one graph let ``X[i, u](t)`` be the number of jobs whose task i has started in mode u by
cycle t. In every schedule that ends by T these counts never fall; a task starts in as many jobs as
the one before it has finished in; the tasks in progress hold what there is; and by T all tasks of
all jobs have finished. Counts say nothing of which job is meant, but by serving jobs in order at
each task any integer counts that keep these rules become a schedule: of the integer form nothing
is lost, and the linear one is close. (Time-indexed "step" variables, Pritsker, Watters and Wolfe
1969, summed over equal jobs.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stomp_flim.arrays import Cycles
from stomp_flim.instance import Instance, Option


class Curve(NamedTuple):
    """Starts of a task in one mode, counted up to some cycles.

    Attributes
    ----------
    option : Option
        The mode.
    earliest : int
        Before this cycle the count is 0.
    time : int64[points]
        Ascending. From the last on the count does not change.
    first : int
        Number of the first point among all variables.
    """

    option: Option
    earliest: int
    time: Cycles
    first: int

    def at_least(self, time: Cycles) -> tuple[Cycles, NDArray[np.bool_]]:
        """Return points whose counts are not above those at some times; False where that is 0."""
        point = np.searchsorted(self.time, time, side="right") - 1
        return self.first + point, point >= 0

    def at_most(self, time: Cycles) -> tuple[Cycles, NDArray[np.bool_]]:
        """Return points whose counts are not below those at some times; False where that is 0."""
        point = np.minimum(np.searchsorted(self.time, time), len(self.time) - 1)
        return self.first + point, time >= self.earliest


class Rows(NamedTuple):
    """Inequalities ``sum of coefficient * X <= limit``, all of them integers."""

    row: Cycles
    column: Cycles
    coefficient: Cycles
    limit: Cycles


@dataclass(frozen=True)
class StartCounts:
    """The inequalities for schedules that end by a given cycle.

    Attributes
    ----------
    curves : list of list of list of Curve
        By graph, task and mode.
    jobs : list of int
        By graph.
    rows : Rows
        All but those that say that a curve never falls and where its task ends.
    variables : int
        Number of points of all curves.
    """

    curves: list[list[list[Curve]]]
    jobs: list[int]
    rows: Rows
    variables: int

    def excludes(self, price: NDArray[np.float64]) -> bool:
        """Whether prices prove that there is no such schedule.

        A price is paid for each unit by which the left side of an inequality grows. By the right
        sides all jobs together pay at most ``price @ limit``. A task that starts at one of its
        times pays at least the sum over the points from there on, so all pay at least the sum of
        the cheapest starts. Where that is more, a schedule does not exist. Whatever the prices are,
        this is true; here it is computed in integers.

        Parameters
        ----------
        price : float64[inequalities]
            What is negative counts as 0.
        """
        highest = price.max(initial=0.0)
        if not np.isfinite(highest) or highest <= 0:
            return False
        rows = self.rows
        finest = 2**62 // int(np.abs(rows.coefficient).sum())  # no sum below can leave int64
        whole = np.rint(np.maximum(price, 0) / highest * finest).astype(np.int64)
        paid = np.zeros(self.variables, np.int64)
        np.add.at(paid, rows.column, rows.coefficient * whole[rows.row])
        least = sum(
            jobs * min(_cheapest_start(paid, curve) for curve in task)
            for jobs, graph in zip(self.jobs, self.curves, strict=True)
            for task in graph
        )
        priced = np.flatnonzero(whole)
        most = sum(
            p * limit
            for p, limit in zip(whole[priced].tolist(), rows.limit[priced].tolist(), strict=True)
        )
        return bool(least > most)


def _cheapest_start(paid: Cycles, curve: Curve) -> int:
    points = paid[curve.first : curve.first + len(curve.time)]
    return int(np.cumsum(points[::-1]).min())


def start_counts(instance: Instance, end: int, window: int) -> StartCounts | None:
    """Return the inequalities for schedules that end by a given cycle.

    Parameters
    ----------
    instance : Instance
        What is scheduled; nothing in it is random.
    end : int
        Cycle by which all tasks finish.
    window : int
        Cycles at the start and at the end that are looked at one by one. What lies between is one
        step, for which work is counted and order is not.

    Returns
    -------
    StartCounts or None
        None where some task cannot finish by then.
    """
    return _Builder(instance, end, window).build()


class _Builder:
    """Collects the inequalities; see `start_counts`."""

    def __init__(self, instance: Instance, end: int, window: int) -> None:
        self.instance, self.end = instance, end
        self.workload, self.servers = instance.workload, list(instance.platform.servers.values())
        grid = np.arange(end + 1)
        self.grid = grid if 2 * window >= end else grid[(grid <= window) | (grid >= end - window)]
        self.variables = self.limits = 0
        self.parts: list[tuple[Any, Any, Any]] = []
        self.limit: list[Any] = []

    def build(self) -> StartCounts | None:
        arrivals = [
            self.workload.arrival[self.workload.graph_number == number]
            for number in range(len(self.workload.graphs))
        ]
        curves = [
            self._curves_of(number, int(arrival.min())) for number, arrival in enumerate(arrivals)
        ]
        if not all(task for graph in curves for task in graph):
            return None
        for number, arrival in enumerate(arrivals):
            self._precedence(number, curves[number])
            self._arrival(number, curves[number], np.sort(arrival))
        for kind, servers in enumerate(self.servers):
            held = [
                (curve, units)
                for graph in curves
                for task in graph
                for curve in task
                for of, units in curve.option.demand
                if of == kind
            ]
            if held:
                self._servers(held, servers)
        row, column, coefficient = map(np.concatenate, zip(*self.parts, strict=True))
        rows = Rows(row, column, coefficient, np.concatenate(self.limit))
        return StartCounts(curves, list(map(len, arrivals)), rows, self.variables)

    def _curves_of(self, number: int, arrival: int) -> list[list[Curve]]:
        graph = self.workload.graphs[number]
        return [
            [
                curve
                for option in choice.options
                for curve in self._curve(option, arrival + head, self.end - tail - option.latency)
            ]
            for choice, head, tail in zip(
                self.instance.choices[number], graph.head.tolist(), graph.tail.tolist(), strict=True
            )
        ]

    def _curve(self, option: Option, earliest: int, latest: int) -> Iterator[Curve]:
        if earliest <= latest:
            inside = self.grid[np.searchsorted(self.grid, earliest) :]
            inside = inside[: np.searchsorted(inside, latest)]
            curve = Curve(option, earliest, np.append(inside, latest), self.variables)
            self.variables += len(curve.time)
            yield curve

    def _add(self, row: Cycles, column: Cycles, coefficient: int, where: Any) -> None:
        row, column = row[where], column[where]
        self.parts.append((row, column, np.full(len(row), coefficient)))

    def _limit(self, limit: Cycles) -> Cycles:
        """Begin inequalities with these right sides, and return their numbers."""
        rows = self.limits + np.arange(len(limit))
        self.limit.append(limit)
        self.limits += len(limit)
        return rows

    def _precedence(self, number: int, curves: list[list[Curve]]) -> None:
        """Let a task start in no more jobs than the one before it has finished in."""
        for before, after in self.workload.graphs[number].edges.tolist():
            time = np.unique(np.concatenate([curve.time[:-1] for curve in curves[after]]))
            row = self._limit(np.zeros(len(time), np.int64))
            for curve in curves[after]:
                self._add(row, *_signed(curve.at_least(time), 1))
            for curve in curves[before]:
                self._add(row, *_signed(curve.at_most(time - curve.option.latency), -1))

    def _arrival(self, number: int, curves: list[list[Curve]], arrival: Cycles) -> None:
        """Let no more jobs start than have arrived."""
        for task in np.flatnonzero(self.workload.graphs[number].in_degree == 0).tolist():
            time = np.unique(np.concatenate([curve.time for curve in curves[task]]))
            time = time[time < arrival[-1]]
            row = self._limit(np.searchsorted(arrival, time, side="right"))
            for curve in curves[task]:
                self._add(row, *_signed(curve.at_least(time), 1))

    def _servers(self, held: list[tuple[Curve, int]], servers: int) -> None:
        """Let tasks in progress hold no more servers than there are, at each time of the grid."""
        row = self._limit(np.full(len(self.grid), servers))
        for curve, units in held:
            started, any_started = curve.at_least(self.grid)
            over, any_over = curve.at_most(self.grid - curve.option.occupancy)
            # Where nothing is known of the time between, the difference would say nothing.
            known = any_started & (~any_over | (started > over))
            self._add(row, started, units, known)
            self._add(row, over, -units, known & any_over)
        for before, after in zip(self.grid[:-1].tolist(), self.grid[1:].tolist(), strict=True):
            if after > before + 1:
                self._work_between(before, after, held, servers)

    def _work_between(
        self, before: int, after: int, held: list[tuple[Curve, int]], servers: int
    ) -> None:
        """Limit the unit-cycles held in a step that is not looked at, and while tasks run out.

        Up to cycle t a task has held its units for the sum of ``X(t - 1)``, ..., ``X(t - o)``
        cycles, o being its occupancy: for each start as many as have passed, at most o.
        """
        longest = max(curve.option.occupancy for curve, _ in held)
        begin, end = before + 1, min(after + longest, self.end)
        row = self._limit(np.array([servers * (end - begin)]))
        for curve, units in held:
            passed = np.arange(1, curve.option.occupancy + 1)
            for points, sign in (
                (curve.at_least(end - passed), units),
                (curve.at_most(begin - passed), -units),
            ):
                self._add(np.repeat(row, len(passed)), *_signed(points, sign))


def _signed(
    points: tuple[Cycles, NDArray[np.bool_]], coefficient: int
) -> tuple[Cycles, int, NDArray[np.bool_]]:
    return points[0], coefficient, points[1]
