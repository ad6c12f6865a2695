"""A second opinion: what a search claims that no schedule can do, another program must exclude.

A solver can be wrong. OR-Tools 9.15 has been seen to call 15 cycles optimal where there is a
schedule of 14, with one seed of a thousand and only with its deductions on energy, without which in
turn tens of tasks are not proven (`policies.planners.optimal.model`). So a bound counts only once a
program of another kind has no solution either:

- the integer form of the inequalities over start counts (`stomp_flim.bounds.start_count_model`),
  with rows for limited memories: no interval, no cumulative resource, no linear relaxation, and
  inequalities that the test suite holds against schedules without any solver. Where it has a
  solution the claim is refuted;
- where that takes too long, the program over intervals again, as a question (is there a schedule
  of that makespan?), without the deductions and the relaxation that the search relies on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from policies.planners.optimal.model import Model, is_sortable
from policies.planners.optimal.solver import Budget, BudgetError, solve
from stomp_flim import Job, Platform, Workload
from stomp_flim.bounds.start_count_model import Curve, StartCounts, start_counts
from stomp_flim.instance import Instance

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, IntVar

MOST_COUNTS = 500_000
"""Start counts (tasks of all graphs times cycles) that a program is made of, seconds to build."""

MOST_WORK = 0.2
"""Of a program over start counts, in CP-SAT's own count: up to a second or two."""


def is_excluded(workload: Workload, platform: Platform, end: int, budget: Budget) -> bool | None:
    """Return whether no schedule ends by a cycle, or None where the budget is too small to say."""
    for way in (excluded_by_counts, excluded_by_intervals):
        try:
            excluded = way(workload, platform, end, budget)
        except BudgetError:
            continue
        if excluded is not None:
            return excluded
    return None


def excluded_by_counts(
    workload: Workload, platform: Platform, end: int, budget: Budget
) -> bool | None:
    """Ask the start counts, jobs of one graph together and then, if need be, one by one."""
    budget = replace(budget.part(0.5), work=min(budget.work, MOST_WORK))
    for program, is_exact in _count_programs(workload, platform, end, budget):
        excluded = True if program is None else _has_no_solution(program, budget)
        if excluded or is_exact:
            return excluded
    return None


def excluded_by_intervals(
    workload: Workload, platform: Platform, end: int, budget: Budget
) -> bool | None:
    """Ask the program over intervals, by other means than those of a search."""
    return Model(workload, platform, 0, end, budget).has_no_schedule(budget)


def _count_programs(
    workload: Workload, platform: Platform, end: int, budget: Budget
) -> Iterator[tuple[CpModel | None, bool]]:
    """Yield programs over start counts, None where a task cannot finish; which are exact."""
    together = Instance(workload, platform)
    is_exact = len(workload.graphs) == len(workload) or all(
        is_sortable([choice.options for choice in choices]) for choices in together.choices
    )
    yield _count_program(together, end, budget), is_exact
    if not is_exact:  # what overtakes another job at one task is behind it at others
        apart = Workload([Job(replace(job.graph), job.arrival) for job in workload.jobs])
        yield _count_program(Instance(apart, platform), end, budget), True


def _count_program(instance: Instance, end: int, budget: Budget) -> CpModel | None:
    from ortools.sat.python import cp_model

    if sum(map(len, instance.workload.graphs)) * (end + 1) > MOST_COUNTS:
        raise BudgetError
    model = start_counts(instance, end, end + 1)
    if model is None:
        return None
    program = cp_model.CpModel()
    count: list[IntVar] = []
    for jobs, graph in zip(model.jobs, model.curves, strict=True):
        for task in graph:
            budget.require()
            for curve in task:
                points = [program.new_int_var(0, jobs, "") for _ in curve.time]
                for one, other in pairwise(points):
                    program.add(one <= other)
                count += points
            program.add(sum(count[_last(curve)] for curve in task) == jobs)
    rows = model.rows
    order = np.argsort(rows.row, kind="stable")
    for terms in np.split(order, np.flatnonzero(np.diff(rows.row[order])) + 1):
        budget.require()
        left = cp_model.LinearExpr.weighted_sum(
            [count[column] for column in rows.column[terms].tolist()],
            rows.coefficient[terms].tolist(),
        )
        program.add(left <= int(rows.limit[rows.row[terms[0]]]))
    _memories(program, instance, model, count, end, budget)
    return program


def _last(curve: Curve) -> int:
    return curve.first + len(curve.time) - 1


def _memories(
    program: CpModel,
    instance: Instance,
    model: StartCounts,
    count: list[IntVar],
    end: int,
    budget: Budget,
) -> None:
    """Let what is written and not yet read by all its readers fit into each limited memory."""
    grid = np.arange(end + 1)

    def started(task: list[Curve]) -> list[Any]:
        return _summed(count, [curve.at_least(grid) for curve in task])

    def finished(task: list[Curve]) -> list[Any]:
        return _summed(count, [curve.at_most(grid - curve.option.latency) for curve in task])

    held: defaultdict[str, list[tuple[list[Any], int]]] = defaultdict(list)
    for graph, jobs, curves in zip(instance.workload.graphs, model.jobs, model.curves, strict=True):
        for task in range(len(graph)):
            budget.require()
            buffer = graph.buffer(task)
            if buffer is None or buffer.memory not in instance.platform.memories:
                continue
            written = started(curves[task])
            unread = [program.new_int_var(0, jobs, "") for _ in written]
            for reader in graph.successors(task).tolist() or [task]:
                for one, begun, read in zip(unread, written, finished(curves[reader]), strict=True):
                    program.add(one >= begun - read)
            held[buffer.memory].append((unread, buffer.bits))
    for memory, parts in held.items():
        for time in grid.tolist():
            bits = sum(unread[time] * bits for unread, bits in parts)
            program.add(bits <= instance.platform.memories[memory])


def _summed(count: list[IntVar], curves: list[Any]) -> list[Any]:
    """Sum what curves have counted, at each time."""
    return [
        sum(count[points[time]] for points, is_there in curves if is_there[time])
        for time in range(len(curves[0][0]))
    ]


def _has_no_solution(program: CpModel, budget: Budget) -> bool | None:
    from ortools.sat.python import cp_model

    status, _ = solve(program, budget, linearization_level=0)
    return {cp_model.INFEASIBLE: True, cp_model.OPTIMAL: False, cp_model.FEASIBLE: False}.get(
        status
    )
