"""Heterogeneous earliest finish time."""

from __future__ import annotations

from dataclasses import dataclass

from policies.planners.placement import Placement, in_order_of
from policies.ranks import mean_latency, upward_rank
from stomp_flim import Platform, Schedule, Workload


@dataclass(frozen=True)
class HEFT:
    """Heterogeneous earliest finish time: by upward rank, each task where it finishes first.

    Topcuoglu, Hariri and Wu, IEEE Transactions on Parallel and Distributed Systems 13(3), 2002. The
    upward rank is the longest path from the task on, in mean latencies over the servers
    (`policies.ranks`); the mean communication of the paper is 0. Tasks are inserted into gaps
    (`policies.planners.placement`). Equal ranks go by job, then by number.
    """

    def plan(self, workload: Workload, platform: Platform) -> Schedule:
        """Place all tasks in the order of their ranks."""
        placement = Placement(workload, platform)
        ranks = [upward_rank(g, mean_latency(g, platform)) for g in workload.graphs]
        for record in in_order_of(ranks, workload):
            placement.place(record, placement.earliest_finish(record))
        return placement.schedule()
