"""What lies in which memory when: the buffers of a schedule."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stomp_flim.arrays import Cycles, Indices
from stomp_flim.model.platform import Platform
from stomp_flim.model.workload import Workload


class Storage(NamedTuple):
    """The buffers that the executions of a schedule wrote, one entry each.

    Attributes
    ----------
    memories : tuple of str
        Those of the platform and then the others that are written, by appearance.
    memory : int32[buffers]
        Position in `memories`.
    execution : int64[buffers]
        Which execution of the schedule wrote.
    bits, begin, end : int64[buffers]
        How much was held, from the start of the writer to the finish of its last consumer (of a
        task without successors: to its own finish).
    """

    memories: tuple[str, ...]
    memory: Indices
    execution: Cycles
    bits: Cycles
    begin: Cycles
    end: Cycles


class Steps(NamedTuple):
    """What a memory holds over time; each value holds until the next.

    Attributes
    ----------
    time, bits : int64[changes]
        Ascending instants, and what is held after all that happens in them.
    """

    time: Cycles
    bits: Cycles


def storage(
    workload: Workload, platform: Platform, record: Cycles, start: Cycles, finish: Cycles
) -> Storage:
    """Return the buffers of a complete schedule.

    Parameters
    ----------
    workload, platform : Workload, Platform
        What was scheduled.
    record, start, finish : int64[executions]
        Of each execution, its number among all tasks of the workload and its times.
    """
    memories = tuple(
        dict.fromkeys(
            [*platform.memories]
            + [b.memory for graph in workload.graphs for b in graph.buffers or () if b]
        )
    )
    number = {memory: place for place, memory in enumerate(memories)}
    execution = np.empty(len(record), np.int64)
    execution[record] = np.arange(len(record))
    start, finish = start[execution], finish[execution]
    parts: list[tuple[Cycles, ...]] = []
    for graph_number, graph in enumerate(workload.graphs):
        written = [(task, buffer) for task, buffer in enumerate(graph.buffers or ()) if buffer]
        if not written:
            continue
        tasks = np.array([task for task, _ in written])
        jobs = np.flatnonzero(workload.graph_number == graph_number)
        first = workload.first_task[jobs][:, np.newaxis]
        end = finish[first + tasks]
        has_consumer = np.diff(graph.successor_offset) > 0
        if has_consumer.any():
            # of every task that has consumers, the consumer that finishes last
            last = np.maximum.reduceat(
                finish[first + graph.successor], graph.successor_offset[:-1][has_consumer], axis=1
            )
            place = np.cumsum(has_consumer) - 1
            read = has_consumer[tasks]
            end[:, read] = last[:, place[tasks[read]]]
        records = (first + tasks).ravel()
        parts.append(
            (
                np.tile([number[buffer.memory] for _, buffer in written], len(jobs)),
                execution[records],
                np.tile([buffer.bits for _, buffer in written], len(jobs)),
                start[records],
                end.ravel(),
            )
        )
    columns = [
        np.concatenate(column).astype(np.int64) if parts else np.zeros(0, np.int64)
        for column in (zip(*parts, strict=True) if parts else [()] * 5)
    ]
    return Storage(memories, columns[0].astype(np.int32), *columns[1:])


def steps(stored: Storage, memory: int) -> Steps:
    """Return what a memory holds over time, by its position in `Storage.memories`.

    Within an instant buffers are freed before others are allocated, so that the sum of both is
    what is held after it and the most that was held in it.
    """
    chosen = stored.memory == memory
    times = np.concatenate([stored.begin[chosen], stored.end[chosen]])
    change = np.concatenate([stored.bits[chosen], -stored.bits[chosen]])
    instants, position = np.unique(times, return_inverse=True)
    sums = np.zeros(len(instants), np.int64)
    np.add.at(sums, position, change)
    return Steps(instants, sums.cumsum())
