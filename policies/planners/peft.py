"""Predict earliest finish time."""

from __future__ import annotations

from dataclasses import dataclass

from policies.planners.placement import Placement, in_order_of
from stomp_flim import Platform, Schedule, Workload


@dataclass(frozen=True)
class PEFT:
    """Predict earliest finish time: by what remains after each task at best, with insertion.

    Arabnejad and Barbosa, IEEE Transactions on Parallel and Distributed Systems 25(3), 2014. The
    paper's optimistic cost table holds for each task and processor the longest path after it, every
    task of it on its best processor. Processors differ in it by communication only. That is 0 here,
    so the table is one column, `TaskGraph.tail`: it ranks the tasks, and adding it to the finish
    does not change where a task finishes first. Tasks are inserted into gaps
    (`policies.planners.placement`). Equal ranks go by job, then by number.
    """

    def plan(self, workload: Workload, platform: Platform) -> Schedule:
        """Place all tasks in the order of their ranks."""
        placement = Placement(workload, platform)
        for record in in_order_of([graph.tail for graph in workload.graphs], workload):
            placement.place(record, placement.earliest_finish(record))
        return placement.schedule()
