"""The memories that can be full, and the order in which each graph is known to fit into them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stomp_flim.errors import InputError
from stomp_flim.memory.footprint import Footprint
from stomp_flim.memory.order import memory_order
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform
from stomp_flim.model.workload import Workload


class MemoryOrder(NamedTuple):
    """How a graph is known to fit.

    Attributes
    ----------
    footprint : Footprint
        What its tasks write.
    order : list of int
        An order of its tasks that fits.
    requirement : int64[tasks + 1, memories]
        What is held at most from each place of the order to its end.
    """

    footprint: Footprint
    order: list[int]
    requirement: NDArray[np.int64]


class Memories(NamedTuple):
    """Limited memories that some task writes.

    Attributes
    ----------
    names : tuple of str
        As in the platform.
    capacity : int64[memories]
        In bits.
    orders : list of MemoryOrder
        One for each graph of the workload.
    """

    names: tuple[str, ...]
    capacity: NDArray[np.int64]
    orders: list[MemoryOrder]


def limited(workload: Workload, platform: Platform) -> Memories | None:
    """Return the memories of a platform that a workload can fill, or None if there is none.

    Raises
    ------
    InputError
        If a buffer is larger than its memory.
    DeadlockError
        If a graph has no order that fits, or none was found.
    """
    written = {b.memory for graph in workload.graphs for b in graph.buffers or () if b is not None}
    capacity = {name: bits for name, bits in platform.memories.items() if name in written}
    if not capacity:
        return None
    orders = [_order(graph, capacity, platform.name) for graph in workload.graphs]
    return Memories(
        tuple(capacity),
        np.array(list(capacity.values()), np.int64),
        orders,
    )


def _order(graph: TaskGraph, capacity: dict[str, int], platform: str) -> MemoryOrder:
    for task, buffer in enumerate(graph.buffers or ()):
        if buffer is not None and buffer.bits > capacity.get(buffer.memory, buffer.bits):
            raise InputError(
                f"graph {graph.name!r}: task {task} ({graph.task_names[task]!r}) writes "
                f"{buffer.bits:,} bits to {buffer.memory!r}, expected at most the "
                f"{capacity[buffer.memory]:,} bits of platform {platform!r}"
            )
    order = memory_order(graph, capacity, platform)
    footprint = Footprint(graph, capacity)
    return MemoryOrder(footprint, order, footprint.requirement(order))
