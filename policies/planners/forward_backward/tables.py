"""A workload on a platform as flat arrays, and passes over it in both directions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policies.planners.forward_backward.passes import Side, lift, place
from policies.planners.placement import Slot, numbered
from stomp_flim import Platform, Schedule, Workload
from stomp_flim.arrays import Cycles
from stomp_flim.instance import Instance, Option


class Timing(NamedTuple):
    """When each task starts, in which mode, by record number.

    Attributes
    ----------
    start, finish, option : int64[records]
        Cycles, and positions among the options of all nodes.
    makespan : int
        In cycles.
    """

    start: Cycles
    finish: Cycles
    option: Cycles
    makespan: int


class Tables:
    """What passes over a workload on a platform need.

    Attributes
    ----------
    workload, platform : Workload, Platform
        What is scheduled where.
    options : list of Option
        Of all nodes, which are the tasks of all graphs one after another.
    level : int64[nodes]
        Bottom level of each, in cycles.
    is_source : bool[nodes]
        Whether it has no predecessor.
    node, job : int64[records]
        What each record is of.
    """

    def __init__(self, workload: Workload, platform: Platform) -> None:
        instance = Instance(workload, platform)
        graphs = workload.graphs
        self.workload, self.platform = workload, platform
        choices = [choice for of_graph in instance.choices for choice in of_graph]
        self.options: list[Option] = [option for choice in choices for option in choice.options]
        self._options_of = [choice.options for choice in choices]
        offset = np.cumsum([0, *map(len, self._options_of)])
        first = np.cumsum([0, *map(len, graphs)])
        edges = [graph.edges + first[number] for number, graph in enumerate(graphs)]
        source, target = np.concatenate(edges).T
        self._forward = _side(self.options, offset, source, target, lead=False)
        self._backward = _side(self.options, offset, target, source, lead=True)
        self.level = np.concatenate([graph.bottom_level for graph in graphs])
        self.is_source = np.concatenate([graph.in_degree == 0 for graph in graphs])
        self.job = np.repeat(np.arange(len(workload)), np.diff(workload.first_task))
        before = first[workload.graph_number] - workload.first_task[:-1]
        self.node = np.arange(workload.tasks) + before[self.job]
        self._first_option = offset
        self._arrival = workload.arrival[self.job]
        self._servers = np.array(list(platform.servers.values()), np.int64)
        self._classes = int(self._forward.gap_class.max()) + 1

    def timing(self, schedule: Schedule) -> Timing:
        """Return the columns of a schedule of the workload on the platform."""
        start, finish = schedule.by_record(schedule.start), schedule.by_record(schedule.finish)
        mode = schedule.by_record(schedule.mode.astype(np.int64)).tolist()
        place = [
            next(n for n, option in enumerate(self._options_of[node]) if option.mode == of)
            for node, of in zip(self.node.tolist(), mode, strict=True)
        ]
        return Timing(start, finish, self._first_option[self.node] + place, schedule.makespan)

    def schedule(self, timing: Timing) -> Schedule:
        """Return such a schedule with its servers numbered, made to fit into limited memories."""
        slots = [
            Slot(self.options[option], start)
            for option, start in zip(timing.option.tolist(), timing.start.tolist(), strict=True)
        ]
        return numbered(self.workload, self.platform, slots)

    def lift(self, order: Cycles, key: NDArray[np.float64]) -> None:
        """Raise keys until each is a cycle above those of the predecessors of its task.

        Parameters
        ----------
        order : int64[records]
            All tasks, predecessors first.
        key : float64[records]
            Changed in place.
        """
        lift(self._forward, order, self.node, key)

    def forward(self, order: Cycles, end: int) -> Timing | None:
        """Place tasks as early as possible, in an order; None where the makespan is above `end`."""
        return self._pass(self._forward, order, self._arrival, end)

    def backward(self, order: Cycles, end: int) -> Timing | None:
        """Place tasks as late as possible, in an order that is backward; times are negative."""
        made = self._pass(self._backward, order, np.zeros_like(self._arrival), end)
        if made is None:
            return None
        return Timing(-made.finish, -made.start, made.option, made.makespan)

    def _pass(self, side: Side, order: Cycles, release: Cycles, end: int) -> Timing | None:
        start, option = np.empty_like(self.node), np.empty_like(self.node)
        makespan = place(
            side, order, self.node, release, self._servers, self._classes, end, start, option
        )
        if makespan < 0:
            return None
        return Timing(start, start + side.latency[option], option, makespan)


def _side(
    options: list[Option], offset: Cycles, before: Cycles, after: Cycles, *, lead: bool
) -> Side:
    order = np.argsort(after, kind="stable")
    classes: dict[object, int] = {}
    demands = [demand for option in options for demand in option.demand]
    kind, units = np.array(demands, np.int64).reshape(-1, 2).T
    latency = np.array([option.latency for option in options], np.int64)
    occupancy = np.array([option.occupancy for option in options], np.int64)
    return Side(
        before_offset=np.cumsum(np.bincount(after + 1, minlength=len(offset))),
        before=(before - after)[order],
        option_offset=offset,
        latency=latency,
        occupancy=occupancy,
        lead=(latency - occupancy) * lead,
        gap_class=np.array(
            [classes.setdefault((o.demand, o.occupancy), len(classes)) for o in options]
        ),
        demand_offset=np.cumsum([0, *(len(option.demand) for option in options)]),
        kind=np.ascontiguousarray(kind),
        units=np.ascontiguousarray(units),
    )
