"""Tables that repeat: K jobs every T cycles."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from policies.planners.modulo.search import best_table, given_table
from policies.planners.modulo.steps.table import step_table
from stomp_flim import (
    AffinePriority,
    InputError,
    Job,
    Platform,
    Schedule,
    TaskGraph,
    Workload,
    simulate,
)
from stomp_flim.instance import Instance
from stomp_flim.schedule.periodic import Periodic


@dataclass(frozen=True)
class Modulo:
    """Modulo scheduling: a table of K jobs that repeats every T cycles, at the rate of the servers.

    Equal jobs can be run within a constant of the optimum, however many there are (Boudoukh, Penn
    and Weiss, Journal of Scheduling 4, 2001; Bertsimas and Sethuraman, Mathematical Programming
    92, 2002). The table is a modulo schedule, as compilers make them of loops (Rau, MICRO 27,
    1994), with a rational initiation interval T / K: T is what the busiest servers need for K
    jobs, and no task changes its server. Each task is placed as late as those that wait for it
    allow, so that few jobs are in flight (``docs/background/modulo.md``).

    Of a workload of equal jobs the plan is the shortest of the table, of its order as early as
    servers and memory allow, and of HLFET; of any other workload it is that of HLFET.

    Parameters
    ----------
    jobs, cycles : int
        K and T, 0 to have them chosen; K is 1 where only T is given.
    step : bool
        Whether all steps of a graph are to be the same: a table of one step, in which every job in
        flight advances by a step (`policies.planners.modulo.steps.table.StepTable`).
    """

    jobs: int = 0
    cycles: int = 0
    step: bool = False

    def __post_init__(self) -> None:
        for name in ("jobs", "cycles"):
            if getattr(self, name) < 0:
                raise InputError(
                    f"modulo: {name} is {getattr(self, name)}, expected an integer >= 0"
                )
        if self.jobs and not self.cycles:
            raise InputError(f"modulo: jobs is {self.jobs}, expected cycles for them too")
        if self.step and self.cycles:
            raise InputError(
                f"modulo: step and cycles {self.cycles}, expected one of them: the period of a "
                "table of one step follows from the step"
            )

    def period(self, graph: TaskGraph, platform: Platform, slots: int | None = None) -> Periodic:
        """Return the table.

        Parameters
        ----------
        graph, platform : TaskGraph, Platform
            What each job executes, on what.
        slots : int, optional
            Jobs in flight, at most.

        Raises
        ------
        InputError
            If the platform can run a task in none of its modes, there is no slot, what was asked
            for does not fit into the cycles, slots or memories, or a table of one step is asked of
            a graph without steps.
        DeadlockError
            If the memories are too small for a single job.

        Examples
        --------
        >>> import stomp_flim as sf
        >>> from policies.planners.modulo.policy import Modulo
        >>> graph = sf.workload_graph("seq2seqlite", steps=135)
        >>> table = Modulo().period(graph, sf.device("published"))
        >>> table.jobs, table.cycles, table.in_flight, table.cycles_per_job == table.bound
        (8, 10125, 47, True)
        """
        if slots is not None and slots < 1:
            raise InputError(f"slots is {slots!r}, expected an integer >= 1")
        Instance(Workload([Job(graph)]), platform)  # refuses what cannot run at all
        if self.step:
            return step_table(graph, platform, slots)
        if self.cycles:
            return given_table(graph, platform, slots, self.jobs or 1, self.cycles)
        return best_table(graph, platform, slots)

    def plan(self, workload: Workload, platform: Platform) -> Schedule:
        """Return the shortest of the plans."""
        plans = [simulate(workload, platform, "hlfet").schedule]
        if len(workload.graphs) == 1 and len(workload) > 1 and not workload.arrival.any():
            table = self.period(workload.graphs[0], platform)
            plans += [in_order(table, workload), table.expand(workload)]
        return min(plans, key=lambda plan: plan.makespan)


def in_order(table: Periodic, workload: Workload, engine: str = "auto") -> Schedule:
    """Return the list schedule of the order of a table, by either engine.

    The rows of a table are given graphs of their own, so that each has its ranks.
    """
    graphs = [replace(table.graph) for _ in range(table.jobs)]
    row = {graph: number for number, graph in enumerate(graphs)}

    def by_start(graph: TaskGraph, platform: Platform, jobs: list[Job]) -> AffinePriority:
        return AffinePriority(
            rank=-table.start[row[graph]].astype(np.float64),
            slope=np.full(len(graph), float(table.cycles)),
            offset=np.arange(len(jobs), dtype=np.float64),
        )

    copies = Workload(
        replace(job, graph=graphs[number % table.jobs]) for number, job in enumerate(workload.jobs)
    )
    listed = simulate(copies, table.platform, by_start, engine).schedule
    return replace(listed, workload=workload)
