"""HEFT that looks one generation ahead."""

from __future__ import annotations

from dataclasses import dataclass

from policies.planners.placement import Placement, Slot, in_order_of
from policies.ranks import mean_latency, upward_rank
from stomp_flim import Platform, Schedule, Workload


@dataclass(frozen=True)
class LookaheadHEFT:
    """HEFT with lookahead: each task where its successors can finish first.

    Bittencourt, Sakellariou and Madeira, Euromicro PDP 2010, first variant. The order is that of
    ``heft``. Each mode of a task is tried: its successors are placed by HEFT, those of their
    predecessors that have no place yet being ignored, and the mode counts after which the last of
    them finishes first. Equal ones, and tasks without successors, are decided by the task's own
    finish. A task with one mode has no choice: on graphs of such tasks the schedule is HEFT's. The
    paper looks ahead for the sake of communication. Without it, nothing that starts after a task is
    worse off for its earlier finish, and the schedule is that of ``heft`` unless placing the
    successors greedily gains by their later start, which is rare.
    """

    def plan(self, workload: Workload, platform: Platform) -> Schedule:
        """Place all tasks in the order of their ranks."""
        placement = Placement(workload, platform)
        ranks = [upward_rank(g, mean_latency(g, platform)) for g in workload.graphs]
        order = in_order_of(ranks, workload)
        position = {record: place for place, record in enumerate(order)}
        for record in order:
            slots = list(placement.slots(record))
            if len(slots) > 1:
                children = sorted(placement.successors(record), key=position.__getitem__)
                slots.sort(key=lambda slot: _outlook(placement, record, slot, children))
            placement.place(record, slots[0])
        return placement.schedule()


def _outlook(placement: Placement, record: int, slot: Slot, children: list[int]) -> tuple[int, int]:
    """Return when the last child would finish, and the task itself."""
    placement.place(record, slot)
    last = slot.finish
    for child in children:
        chosen = placement.earliest_finish(child)
        placement.place(child, chosen)
        last = max(last, chosen.finish)
    for placed in (*children, record):
        placement.remove(placed)
    return last, slot.finish
