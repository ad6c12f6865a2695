"""Slots: how many jobs are in flight, and the counters of those that are, for compiled code.

Jobs that have arrived enter in the order of their arrivals while there is a free slot. Where
nothing needs a number for each task of each job, the counters of predecessors belong to the slots:
their size is that of the jobs in flight, whatever the number of jobs.
"""

from __future__ import annotations

import numpy as np

from stomp_flim.engines.compiled import memory_claims, ready_queues
from stomp_flim.engines.compiled.compilation import Number, inlined
from stomp_flim.engines.compiled.memory_claims import MemoryClaims
from stomp_flim.engines.compiled.state import State
from stomp_flim.engines.compiled.tables import Tables, counter_type
from stomp_flim.model.graph import TaskGraph

U1: Number = np.uint64(1)


def limited(
    tables: Tables, state: State, slots: int, graphs: tuple[TaskGraph, ...], *, shared: bool
) -> State:
    """Return the same state before the first instant with so many slots.

    Parameters
    ----------
    slots : int
        At least 1.
    graphs : tuple of TaskGraph
        The distinct ones, as they are laid out.
    shared : bool
        Whether the counters belong to the slots, and not to the jobs.
    """
    slots = min(slots, len(tables.jobs))
    state.run["slots"] = slots
    if slots < len(tables.jobs) and not tables.by_line:
        state.run["sources"] = tables.graphs["sources"].max()
    if not shared:
        return state
    in_degree = np.concatenate([graph.in_degree for graph in graphs]).astype(counter_type(graphs))
    return state._replace(
        missing=np.zeros(slots * len(in_degree), in_degree.dtype),
        in_degree=in_degree,
        bases=(np.arange(slots)[::-1] * len(in_degree)).astype(np.uint32),
    )


@inlined
def admit(tables: Tables, state: State, claims: MemoryClaims | None) -> None:
    """Let jobs that have arrived enter while there are slots."""
    run = state.run[0]
    while run.slots > 0 and run.entered < run.arrived:
        number = np.uint64(tables.arrivals[run.entered])
        job = tables.jobs[number]
        graph = tables.graphs[job.graph]
        run.entered = run.entered + U1
        run.slots -= 1
        if len(state.bases):
            base = np.uint64(state.bases[run.slots])
            job.base = base
            for node in range(np.uint64(graph.node_begin), np.uint64(graph.node_end)):
                state.missing[base + node] = state.in_degree[node]
            if claims is not None:
                memory_claims.enter(claims, np.int64(base), graph.node_begin, graph.node_end)
        ready_queues.arrive(tables, state, number)


@inlined
def finish_sink(tables: Tables, state: State, number: Number) -> None:
    """Count a task without successors; the last one of a job vacates its slot."""
    run, job = state.run[0], tables.jobs[number]
    job.finish = run.now
    job.sinks = job.sinks - U1
    if job.sinks == 0:
        run.finished += 1
        if len(state.bases):
            state.bases[run.slots] = job.base
        run.slots += 1
