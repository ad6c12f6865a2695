"""A workload as a constraint program, with interval variables and cumulative resources."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from policies.planners.optimal.solver import Budget, solve
from policies.planners.placement import Slot
from stomp_flim import Platform, Schedule, Workload
from stomp_flim.instance import Instance, Option

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, IntVar


class Solution(NamedTuple):
    """What a search ends with.

    Attributes
    ----------
    slots : list of Slot
        Start and mode of each task, by record number.
    bound : int
        The solver claims that no makespan is below it, in cycles.
    """

    slots: list[Slot]
    bound: int

    @property
    def makespan(self) -> int:
        """Cycle in which the last task finishes."""
        return max(slot.finish for slot in self.slots)


class Model:
    """The constraint program of a workload on a platform.

    A task has a start and, for each mode, an interval of its occupancy, of which one is present.
    The intervals of a server type are a cumulative resource: which server a task holds does not
    matter, see `policies.planners.placement`. What a task writes into a limited memory is an
    interval too, from its start to the finish of its last consumer.

    Equal jobs can change places, task by task. Of all such permutations one is kept: where each
    task of a graph is equally long in all its modes, every task starts in the jobs in the order of
    their arrivals (a permutation of the executions of one task among jobs that sorts them breaks no
    precedence, as what was the p-th to start follows the p-th to finish). Otherwise jobs of equal
    arrival start their first task in order.

    Parameters
    ----------
    workload, platform : Workload, Platform
        What is to be scheduled, on what.
    bound : int
        A lower bound on the makespan, in cycles.
    horizon : int
        No longer schedule is looked for.
    budget : Budget
        Of building the program.

    Raises
    ------
    BudgetError
        If the time is up before it is built.
    """

    def __init__(
        self, workload: Workload, platform: Platform, bound: int, horizon: int, budget: Budget
    ) -> None:
        from ortools.sat.python import cp_model

        instance = Instance(workload, platform)
        self._workload, self._platform = workload, platform
        self._program: CpModel = cp_model.CpModel()
        self._options = instance.per_record(
            [[choice.options for choice in choices] for choices in instance.choices]
        )
        self._horizon = horizon
        self._makespan = self._program.new_int_var(bound, horizon, "makespan")
        self._start: list[IntVar] = []
        self._chosen: list[list[Any]] = []
        self._finish: list[Any] = []
        held: defaultdict[int, list[tuple[Any, int]]] = defaultdict(list)
        for record, options in enumerate(self._options):
            budget.require()
            self._add_task(record, options, held)
        for kind, servers in enumerate(platform.servers.values()):
            self._limit(held[kind], servers)
        self._precedence(budget)
        self._memories(budget)
        for jobs in self._equal_jobs():
            self._order(jobs)

    def search(self, known: Schedule, budget: Budget, workers: int, seed: int) -> Solution:
        """Search for the shortest schedule, from one that ends by the horizon.

        What comes back as its bound is the solver's claim.
        """
        from ortools.sat.python import cp_model

        slots = self._slots(known)
        for jobs in self._equal_jobs():
            self._arrange(jobs, slots)
        self._hint(slots)
        self._program.minimize(self._makespan)
        # What tasks must do between two instants, and not only what they hold at one: tens of
        # tasks of several units are proven in seconds that took minutes without.
        status, solver = solve(
            self._program,
            budget,
            workers=workers,
            seed=seed,
            use_overload_checker_in_cumulative=True,
            use_timetable_edge_finding_in_cumulative=True,
        )
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE, cp_model.UNKNOWN):
            raise RuntimeError(f"CP-SAT says {solver.status_name(status)} of a solvable model")
        bound = math.ceil(solver.best_objective_bound - 1e-6)
        if status == cp_model.UNKNOWN:
            return Solution(slots, bound)
        slots = [
            Slot(next(o for o, c in chosen if solver.boolean_value(c)), solver.value(start))
            for start, chosen in zip(self._start, self._chosen, strict=True)
        ]
        return Solution(slots, bound)

    def has_no_schedule(self, budget: Budget) -> bool | None:
        """Whether none ends by the horizon, by other means than `search`; None if it cannot say."""
        from ortools.sat.python import cp_model

        status, _ = solve(self._program, budget, linearization_level=0)
        return {cp_model.INFEASIBLE: True, cp_model.OPTIMAL: False}.get(status)

    def _add_task(
        self, record: int, options: tuple[Option, ...], held: dict[int, list[tuple[Any, int]]]
    ) -> None:
        """Make the variables of a task, and what it holds of each server type."""
        program = self._program
        job, task = self._workload.task_of(record)
        graph = self._workload.jobs[job].graph
        earliest = int(self._workload.arrival[job] + graph.head[task])
        latest = self._horizon - int(graph.bottom_level[task])
        start = program.new_int_var(earliest, latest, f"start {record}")
        if len(options) == 1:
            present = [program.new_constant(1)]
        else:
            present = [program.new_bool_var(f"mode {record} {o.mode}") for o in options]
            program.add_exactly_one(present)
        self._start.append(start)
        self._chosen.append(list(zip(options, present, strict=True)))
        self._finish.append(
            start + sum(o.latency * p for o, p in zip(options, present, strict=True))
        )
        for option, literal in zip(options, present, strict=True):
            interval = (
                program.new_fixed_size_interval_var(start, option.occupancy, "")
                if len(options) == 1
                else program.new_optional_fixed_size_interval_var(
                    start, option.occupancy, literal, ""
                )
            )
            for kind, units in option.demand:
                held[kind].append((interval, units))
        if not len(graph.successors(task)):
            program.add(self._makespan >= self._finish[record])

    def _limit(self, held: list[tuple[Any, int]], capacity: int) -> None:
        if held:
            self._program.add_cumulative([i for i, _ in held], [n for _, n in held], capacity)

    def _precedence(self, budget: Budget) -> None:
        workload = self._workload
        for job, first in zip(workload.jobs, workload.first_task.tolist(), strict=False):
            budget.require()
            for before, after in (first + job.graph.edges).tolist():
                self._program.add(self._start[after] >= self._finish[before])

    def _memories(self, budget: Budget) -> None:
        """Let what is written fit into the memories that are limited."""
        stored: defaultdict[str, list[tuple[Any, int]]] = defaultdict(list)
        for job, first in zip(
            self._workload.jobs, self._workload.first_task.tolist(), strict=False
        ):
            budget.require()
            for task in range(len(job.graph)):
                buffer = job.graph.buffer(task)
                if buffer is None or buffer.memory not in self._platform.memories:
                    continue
                record = first + task
                readers = [first + s for s in job.graph.successors(task).tolist()] or [record]
                freed = self._program.new_int_var(0, self._horizon, f"freed {record}")
                for reader in readers:
                    self._program.add(freed >= self._finish[reader])
                size = self._program.new_int_var(1, self._horizon, f"stored {record}")
                interval = self._program.new_interval_var(self._start[record], size, freed, "")
                stored[buffer.memory].append((interval, buffer.bits))
        for memory, intervals in stored.items():
            self._limit(intervals, self._platform.memories[memory])

    def _equal_jobs(self) -> list[list[int]]:
        """Jobs of one graph in the order of arrival, more than one."""
        groups: defaultdict[int, list[int]] = defaultdict(list)
        for job in np.argsort(self._workload.arrival, kind="stable").tolist():
            groups[int(self._workload.graph_number[job])].append(job)
        return [jobs for jobs in groups.values() if len(jobs) > 1]

    def _ordered_tasks(self, jobs: list[int]) -> tuple[list[int], bool]:
        """Tasks that equal jobs start in order, and whether also jobs of other arrivals do."""
        graph = self._workload.jobs[jobs[0]].graph
        first = int(self._workload.first_task[jobs[0]])
        if is_sortable(self._options[first : first + len(graph)]):
            return list(range(len(graph))), True
        return [int(graph.topological_order[0])], False

    def _order(self, jobs: list[int]) -> None:
        """Keep one of the orders of equal jobs."""
        workload = self._workload
        tasks, of_all = self._ordered_tasks(jobs)
        first = workload.first_task.tolist()
        for task in tasks:
            for one, other in pairwise(jobs):
                if of_all or workload.arrival[one] == workload.arrival[other]:
                    self._program.add(
                        self._start[first[one] + task] <= self._start[first[other] + task]
                    )

    def _arrange(self, jobs: list[int], known: list[Slot]) -> None:
        """Bring a known schedule into that order."""
        workload = self._workload
        tasks, of_all = self._ordered_tasks(jobs)
        first, size = workload.first_task.tolist(), len(workload.jobs[jobs[0]].graph)
        if of_all:
            for task in tasks:
                records = [first[job] + task for job in jobs]
                in_order = sorted((known[record] for record in records), key=lambda s: s.start)
                for record, slot in zip(records, in_order, strict=True):
                    known[record] = slot
            return
        ranked = sorted(
            jobs, key=lambda job: (int(workload.arrival[job]), known[first[job] + tasks[0]].start)
        )
        of_job = [known[first[job] : first[job] + size] for job in ranked]
        for job, slots in zip(jobs, of_job, strict=True):
            known[first[job] : first[job] + size] = slots

    def _slots(self, schedule: Schedule) -> list[Slot]:
        modes = schedule.by_record(schedule.mode.astype(np.int64)).tolist()
        starts = schedule.by_record(schedule.start).tolist()
        return [
            Slot(next(o for o in options if o.mode == mode), start)
            for options, mode, start in zip(self._options, modes, starts, strict=True)
        ]

    def _hint(self, known: list[Slot]) -> None:
        """Start the search from a known schedule."""
        for slot, start, chosen in zip(known, self._start, self._chosen, strict=True):
            self._program.add_hint(start, slot.start)
            if len(chosen) > 1:
                for option, present in chosen:
                    self._program.add_hint(present, option is slot.option)
        self._program.add_hint(self._makespan, max(slot.finish for slot in known))


def is_sortable(options: Sequence[Sequence[Option]]) -> bool:
    """Whether each task of a graph takes equally long in all modes that the platform can run."""
    return all(len({option.latency for option in of_task}) == 1 for of_task in options)
