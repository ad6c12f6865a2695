"""Memory claims for compiled code: what the reference engine's say, from what changes.

`stomp_flim.engines.reference.memory_claims` has the rules, under the same names. Here `start` is
both its `allows` and its `start`, which need the same claim; where a task must wait, what its start
has changed is undone, while the reference engine changes a copy.

How far a job is in its known order is a window: tasks before it have all started, tasks behind it
have not. What it claims beyond the window is known beforehand, so that only the window is walked.
Where no memory is limited there is None instead of claims, and Numba leaves all of this out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stomp_flim.engines.compiled.compilation import Number, inlined
from stomp_flim.engines.compiled.state import State
from stomp_flim.engines.compiled.tables import Array, Tables
from stomp_flim.instance import Instance
from stomp_flim.memory.limits import Memories

WAITS, STARTS, BEGINS = range(3)
"""What becomes of a task: it must wait; it starts; it starts and is the first one of its job."""
HELD, CLAIM = range(2)
"""Rows of the scratch."""


class MemoryClaims(NamedTuple):
    """What tasks write into limited memories, and what jobs hold and claim.

    Positions are those in the orders of all graphs, one after another; records are numbered as the
    counters of predecessors are.

    Attributes
    ----------
    class_memory, class_bits : int64[classes]
        What the tasks of a demand class write: a memory or -1, and the bits.
    memory, bits, consumers : int64[nodes]
        What a node writes, and how many others read it.
    writer_begin, writer : int64[nodes + 1], int64[writers]
        Predecessors of each node that write.
    order, position : int64[nodes]
        Node at each position, and position of each node.
    requirement : int64[nodes + graphs, memories]
        What a job holds at most from a position to the end, at position plus number of the graph.
    free : int64[memories]
        Bits that are free now.
    unclaimed : int64[memories]
        Bits that no job claims.
    unfinished, unread : uint32[records]
        Consumers that have not finished, and that have not started.
    started : uint8[records]
        Whether a task has started.
    refused : int64[records]
        One more than how many tasks had started when a task was last told to wait: as long as no
        other starts, the answer is the same.
    refused_round : int64[nodes]
        The last round in which a node of a job that has not begun was told to wait.
    rounds : int64[1]
        How many rounds there have been.
    held, claim : int64[jobs, memories]
        What a job holds once what runs has finished, and the most that it holds from then on if it
        is executed in its known order.
    writes : uint8[jobs]
        Whether a task of a job has started that writes; before that it claims nothing.
    first, last : int64[jobs]
        The window: the first position that has not started, and the last one that has.
    scratch : int64[2, memories]
        Scratch: bits held on the way, and a claim that is not made yet.
    """

    class_memory: Array
    class_bits: Array
    memory: Array
    bits: Array
    consumers: Array
    writer_begin: Array
    writer: Array
    order: Array
    position: Array
    requirement: Array
    free: Array
    unclaimed: Array
    unfinished: Array
    unread: Array
    started: Array
    refused: Array
    refused_round: Array
    rounds: Array
    held: Array
    claim: Array
    writes: Array
    first: Array
    last: Array
    scratch: Array


def initial(instance: Instance, tables: Tables, memories: Memories, records: int) -> MemoryClaims:
    """Return the claims before the first instant.

    Parameters
    ----------
    records : int
        How many counters of predecessors there are: for the tasks of all jobs, or of all slots.
    """
    graphs = instance.workload.graphs
    begin = tables.graphs["node_begin"].astype(np.int64)
    parts = list(zip(begin.tolist(), memories.orders, strict=True))
    order = np.concatenate([first + np.array(known.order) for first, known in parts])
    memory = np.concatenate([known.footprint.memory for _, known in parts]).astype(np.int64)
    writers = [
        [first + p for p in before if known.footprint.memory[p] >= 0]
        for first, known in parts
        for before in known.footprint.predecessors
    ]
    consumers = np.concatenate([np.diff(graph.successor_offset) for graph in graphs])
    class_memory = np.full(len(tables.classes), -1, np.int64)
    class_bits = np.zeros(len(tables.classes), np.int64)
    for choice in {choice for of_graph in instance.choices for choice in of_graph}:
        class_memory[choice.demand_class] = choice.memory
        class_bits[choice.demand_class] = choice.bits
    graph_of_job, jobs = tables.jobs["graph"], len(tables.jobs)
    unread = np.zeros(records, np.uint32)
    if records == instance.workload.tasks:  # else each job brings its own when it enters
        unread[:] = np.concatenate([np.diff(graphs[g].successor_offset) for g in graph_of_job])
    return MemoryClaims(
        class_memory=class_memory,
        class_bits=class_bits,
        memory=memory,
        bits=np.concatenate([known.footprint.bits for _, known in parts]).astype(np.int64),
        consumers=consumers.astype(np.int64),
        writer_begin=np.cumsum([0, *map(len, writers)]).astype(np.int64),
        writer=np.array([w for before in writers for w in before], np.int64),
        order=order,
        position=np.argsort(order),
        requirement=np.concatenate([known.requirement for _, known in parts]),
        free=memories.capacity.copy(),
        unclaimed=memories.capacity.copy(),
        unfinished=unread.copy(),
        unread=unread,
        started=np.zeros(records, np.uint8),
        refused=np.zeros(records, np.int64),
        refused_round=np.zeros(len(memory), np.int64),
        rounds=np.zeros(1, np.int64),
        held=np.zeros((jobs, len(memories.names)), np.int64),
        claim=np.zeros((jobs, len(memories.names)), np.int64),
        writes=np.zeros(jobs, np.uint8),
        first=begin[graph_of_job],
        last=begin[graph_of_job] - 1,
        scratch=np.zeros((2, len(memories.names)), np.int64),
    )


@inlined
def enter(claims: MemoryClaims, base: Number, begin: Number, end: Number) -> None:
    """Let a job enter whose counters another job has used."""
    for node in range(begin, end):
        consumers = claims.consumers[node]
        claims.unfinished[base + node] = consumers
        claims.unread[base + node] = consumers
        claims.started[base + node] = 0


@inlined
def fits(claims: MemoryClaims, demand_class: Number) -> Number:
    """Whether the buffer of a class of tasks fits now."""
    memory = claims.class_memory[demand_class]
    return memory < 0 or claims.free[memory] >= claims.class_bits[demand_class]


@inlined
def start(tables: Tables, state: State, claims: MemoryClaims, number: Number) -> Number:
    """Count the task of a cell as started, if the claims of all jobs then still fit.

    Returns
    -------
    int
        WAITS, in which case nothing has changed, STARTS or BEGINS.
    """
    cell, now = state.cells[number], state.run[0].started + 1
    job, base, node = np.int64(cell.job), np.int64(cell.base), np.int64(cell.node)
    first, last = claims.first[job], claims.last[job]
    memory = claims.memory[node]
    begins = last < np.int64(tables.graphs[tables.jobs[job].graph].node_begin)
    if begins and claims.refused_round[node] == claims.rounds[0]:
        return WAITS
    if claims.refused[base + node] == now:
        if begins:
            claims.refused_round[node] = claims.rounds[0]
        return WAITS
    _count_start(claims, base, job, node)
    position = claims.position[node]
    claims.last[job] = max(last, position)
    if position == first:
        end = np.int64(tables.graphs[tables.jobs[job].graph].node_end)
        while position < end and claims.started[base + claims.order[position]]:
            position += 1
        claims.first[job] = position
    if memory >= 0 or claims.writes[job]:
        _find_claim(tables, claims, job)
    else:
        for index in range(len(claims.unclaimed)):
            claims.scratch[CLAIM, index] = 0
    if memory >= 0:
        fits = True
        for index in range(len(claims.unclaimed)):
            more = claims.scratch[CLAIM, index] - claims.claim[job, index]
            fits &= more <= claims.unclaimed[index]
        if not fits:
            _undo_start(claims, base, job, node)
            claims.first[job], claims.last[job] = first, last
            claims.refused[base + node] = now
            if begins:
                claims.refused_round[node] = claims.rounds[0]
            return WAITS
        claims.free[memory] -= claims.bits[node]
        claims.writes[job] = 1
    for index in range(len(claims.unclaimed)):
        claims.unclaimed[index] += claims.claim[job, index] - claims.scratch[CLAIM, index]
        claims.claim[job, index] = claims.scratch[CLAIM, index]
    return BEGINS if begins else STARTS


@inlined
def finish(claims: MemoryClaims, base: Number, node: Number) -> None:
    """Free the buffers whose last consumer finishes."""
    base, node = np.int64(base), np.int64(node)
    if claims.memory[node] >= 0 and claims.consumers[node] == 0:
        claims.free[claims.memory[node]] += claims.bits[node]
    for index in range(claims.writer_begin[node], claims.writer_begin[node + 1]):
        writer = claims.writer[index]
        left = claims.unfinished[base + writer] - 1
        claims.unfinished[base + writer] = left
        if left == 0:
            claims.free[claims.memory[writer]] += claims.bits[writer]


@inlined
def _count_start(claims: MemoryClaims, base: Number, job: Number, node: Number) -> None:
    """Count a task as started: what it leaves behind, and what it is the last to read."""
    claims.started[base + node] = 1
    if claims.memory[node] >= 0 and claims.consumers[node] > 0:
        claims.held[job, claims.memory[node]] += claims.bits[node]
    for index in range(claims.writer_begin[node], claims.writer_begin[node + 1]):
        writer = claims.writer[index]
        left = claims.unread[base + writer] - 1
        claims.unread[base + writer] = left
        if left == 0:
            claims.held[job, claims.memory[writer]] -= claims.bits[writer]


@inlined
def _undo_start(claims: MemoryClaims, base: Number, job: Number, node: Number) -> None:
    """Undo `_count_start`."""
    claims.started[base + node] = 0
    if claims.memory[node] >= 0 and claims.consumers[node] > 0:
        claims.held[job, claims.memory[node]] -= claims.bits[node]
    for index in range(claims.writer_begin[node], claims.writer_begin[node + 1]):
        writer = claims.writer[index]
        if claims.unread[base + writer] == 0:
            claims.held[job, claims.memory[writer]] += claims.bits[writer]
        claims.unread[base + writer] += 1


@inlined
def _find_claim(tables: Tables, claims: MemoryClaims, job: Number) -> None:
    """Write into the scratch the most that a job holds from now on in its known order."""
    base = np.int64(tables.jobs[job].base)
    begin, end = claims.first[job], claims.last[job] + 1
    memories = len(claims.unclaimed)
    for memory in range(memories):
        claims.scratch[HELD, memory] = claims.held[job, memory]
        claims.scratch[CLAIM, memory] = claims.held[job, memory]
    for position in range(begin, end):
        node = claims.order[position]
        if claims.started[base + node]:
            continue
        memory = claims.memory[node]
        if memory >= 0:
            held = claims.scratch[HELD, memory] + claims.bits[node]
            claims.scratch[CLAIM, memory] = max(claims.scratch[CLAIM, memory], held)
            if claims.consumers[node] > 0:
                claims.scratch[HELD, memory] = held
        for index in range(claims.writer_begin[node], claims.writer_begin[node + 1]):
            writer = claims.writer[index]
            left = claims.unread[base + writer] - 1
            claims.unread[base + writer] = left
            if left == 0:
                claims.scratch[HELD, claims.memory[writer]] -= claims.bits[writer]
    for position in range(begin, end):
        node = claims.order[position]
        if not claims.started[base + node]:
            for index in range(claims.writer_begin[node], claims.writer_begin[node + 1]):
                claims.unread[base + claims.writer[index]] += 1
    beyond = end + np.int64(tables.jobs[job].graph)
    for memory in range(memories):
        most = max(claims.scratch[CLAIM, memory], claims.requirement[beyond, memory])
        claims.scratch[CLAIM, memory] = most
