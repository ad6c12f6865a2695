"""Plans that were made without a thought of memory, made to fit into it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stomp_flim import Assignment, Schedule, simulate
from stomp_flim.policy import View
from stomp_flim.schedule.storage import steps


def within_memory(plan: Schedule) -> Schedule:
    """Return a plan that fits into the memories of its platform: itself wherever it does.

    Otherwise its tasks are started in the order of their planned starts, each in its planned mode,
    as soon as its servers are free and memory lets it start (``docs/background/memory.md``); one
    that must wait for either is looked past. That ends in a valid schedule whatever the order.

    Parameters
    ----------
    plan : Schedule
        Valid but for what memories hold.
    """
    limits = enumerate(plan.platform.memories.values())
    if all((steps(plan.storage, memory).bits <= capacity).all() for memory, capacity in limits):
        return plan
    place = np.empty(len(plan), np.int64)
    place[plan.record[np.argsort(plan.start, kind="stable")]] = np.arange(len(plan))
    order = PlannedOrder(place.tolist(), plan.by_record(plan.mode.astype(np.int64)).tolist())
    return simulate(plan.workload, plan.platform, order).schedule


@dataclass(frozen=True)
class PlannedOrder:
    """A dispatcher that starts what it can in a given order, each task in a given mode.

    Parameters
    ----------
    place, mode : list of int
        Of each task by record number: its place in the order, and its mode.
    """

    place: list[int]
    mode: list[int]

    def dispatch(self, view: View) -> Iterator[Assignment]:
        """Yield what fits on the free servers and into memory."""
        jobs, first_task = view.workload.jobs, view.workload.first_task
        ready = [(int(first_task[job]) + task, job, task) for job, task, _ in view.ready]
        free = view.free
        for record, job, task in sorted(ready, key=lambda entry: self.place[entry[0]]):
            mode = self.mode[record]
            demand = jobs[job].graph.modes(task)[mode].demand
            fits = all(units <= free[server_type] for server_type, units in demand.items())
            if fits and view.may_start(job, task):
                yield Assignment(job, task, mode)
                free = view.free
