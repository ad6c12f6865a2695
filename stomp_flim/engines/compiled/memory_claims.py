"""Memory claims for compiled code: what the reference engine's say, from what changes.

`stomp_flim.engines.reference.memory_claims` has the rules.

A job's place in its known order is a window: tasks before it have all started, tasks behind it have
not. What a job claims beyond the window is known beforehand, so that only the window is walked.
Where limited memories do not matter there is no ledger but None, and Numba leaves all of this out.
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


class Ledger(NamedTuple):
    """What tasks write into limited memories, and what jobs hold and claim.

    Places are those of all graphs' orders, one after another; records are numbered as the counters
    of predecessors are.

    Attributes
    ----------
    class_memory, class_bits : int64[classes]
        What the tasks of a demand class write: a memory or -1, and the bits.
    memory, bits, consumers : int64[nodes]
        What a node writes, and how many others read it.
    writer_begin, writer : int64[nodes + 1], int64[writers]
        Predecessors of each node that write.
    order, place : int64[nodes]
        Node at each place, and place of each node.
    requirement : int64[nodes + graphs, memories]
        What a job holds at most from a place to the end, at place plus number of the graph.
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
        The window: the first place that has not started, and the last one that has.
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
    place: Array
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


def ledger(instance: Instance, tables: Tables, memories: Memories, records: int) -> Ledger:
    """Return the ledger before the first instant.

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
    return Ledger(
        class_memory=class_memory,
        class_bits=class_bits,
        memory=memory,
        bits=np.concatenate([known.footprint.bits for _, known in parts]).astype(np.int64),
        consumers=consumers.astype(np.int64),
        writer_begin=np.cumsum([0, *map(len, writers)]).astype(np.int64),
        writer=np.array([w for before in writers for w in before], np.int64),
        order=order,
        place=np.argsort(order),
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
def enter(ledger: Ledger, base: Number, begin: Number, end: Number) -> None:
    """Let a job enter whose counters another job has used."""
    for node in range(begin, end):
        consumers = ledger.consumers[node]
        ledger.unfinished[base + node] = consumers
        ledger.unread[base + node] = consumers
        ledger.started[base + node] = 0


@inlined
def fits(ledger: Ledger, demand_class: Number) -> Number:
    """Whether the buffer of a class of tasks fits now."""
    memory = ledger.class_memory[demand_class]
    return memory < 0 or ledger.free[memory] >= ledger.class_bits[demand_class]


@inlined
def start(tables: Tables, state: State, ledger: Ledger, number: Number) -> Number:
    """Count the task of a cell as started, if the claims of all jobs then still fit.

    Returns
    -------
    int
        WAITS, in which case nothing has changed, STARTS or BEGINS.
    """
    cell, now = state.cells[number], state.run[0].started + 1
    job, base, node = np.int64(cell.job), np.int64(cell.base), np.int64(cell.node)
    first, last = ledger.first[job], ledger.last[job]
    memory = ledger.memory[node]
    begins = last < np.int64(tables.graphs[tables.jobs[job].graph].node_begin)
    if begins and ledger.refused_round[node] == ledger.rounds[0]:
        return WAITS
    if ledger.refused[base + node] == now:
        if begins:
            ledger.refused_round[node] = ledger.rounds[0]
        return WAITS
    _settle(ledger, base, job, node)
    place = ledger.place[node]
    ledger.last[job] = max(last, place)
    if place == first:
        end = np.int64(tables.graphs[tables.jobs[job].graph].node_end)
        while place < end and ledger.started[base + ledger.order[place]]:
            place += 1
        ledger.first[job] = place
    if memory >= 0 or ledger.writes[job]:
        _find_claim(tables, ledger, job)
    else:
        for index in range(len(ledger.unclaimed)):
            ledger.scratch[CLAIM, index] = 0
    if memory >= 0:
        fits = True
        for index in range(len(ledger.unclaimed)):
            more = ledger.scratch[CLAIM, index] - ledger.claim[job, index]
            fits &= more <= ledger.unclaimed[index]
        if not fits:
            _unsettle(ledger, base, job, node)
            ledger.first[job], ledger.last[job] = first, last
            ledger.refused[base + node] = now
            if begins:
                ledger.refused_round[node] = ledger.rounds[0]
            return WAITS
        ledger.free[memory] -= ledger.bits[node]
        ledger.writes[job] = 1
    for index in range(len(ledger.unclaimed)):
        ledger.unclaimed[index] += ledger.claim[job, index] - ledger.scratch[CLAIM, index]
        ledger.claim[job, index] = ledger.scratch[CLAIM, index]
    return BEGINS if begins else STARTS


@inlined
def finish(ledger: Ledger, base: Number, node: Number) -> None:
    """Free the buffers whose last consumer finishes."""
    base, node = np.int64(base), np.int64(node)
    if ledger.memory[node] >= 0 and ledger.consumers[node] == 0:
        ledger.free[ledger.memory[node]] += ledger.bits[node]
    for index in range(ledger.writer_begin[node], ledger.writer_begin[node + 1]):
        writer = ledger.writer[index]
        left = ledger.unfinished[base + writer] - 1
        ledger.unfinished[base + writer] = left
        if left == 0:
            ledger.free[ledger.memory[writer]] += ledger.bits[writer]


@inlined
def _settle(ledger: Ledger, base: Number, job: Number, node: Number) -> None:
    """Count a task as started: what it leaves behind, and what it is the last to read."""
    ledger.started[base + node] = 1
    if ledger.memory[node] >= 0 and ledger.consumers[node] > 0:
        ledger.held[job, ledger.memory[node]] += ledger.bits[node]
    for index in range(ledger.writer_begin[node], ledger.writer_begin[node + 1]):
        writer = ledger.writer[index]
        left = ledger.unread[base + writer] - 1
        ledger.unread[base + writer] = left
        if left == 0:
            ledger.held[job, ledger.memory[writer]] -= ledger.bits[writer]


@inlined
def _unsettle(ledger: Ledger, base: Number, job: Number, node: Number) -> None:
    """Undo `_settle`."""
    ledger.started[base + node] = 0
    if ledger.memory[node] >= 0 and ledger.consumers[node] > 0:
        ledger.held[job, ledger.memory[node]] -= ledger.bits[node]
    for index in range(ledger.writer_begin[node], ledger.writer_begin[node + 1]):
        writer = ledger.writer[index]
        if ledger.unread[base + writer] == 0:
            ledger.held[job, ledger.memory[writer]] += ledger.bits[writer]
        ledger.unread[base + writer] += 1


@inlined
def _find_claim(tables: Tables, ledger: Ledger, job: Number) -> None:
    """Write into the scratch the most that a job holds if it is executed in its known order."""
    base = np.int64(tables.jobs[job].base)
    begin, end = ledger.first[job], ledger.last[job] + 1
    memories = len(ledger.unclaimed)
    for memory in range(memories):
        ledger.scratch[HELD, memory] = ledger.held[job, memory]
        ledger.scratch[CLAIM, memory] = ledger.held[job, memory]
    for place in range(begin, end):
        node = ledger.order[place]
        if ledger.started[base + node]:
            continue
        memory = ledger.memory[node]
        if memory >= 0:
            held = ledger.scratch[HELD, memory] + ledger.bits[node]
            ledger.scratch[CLAIM, memory] = max(ledger.scratch[CLAIM, memory], held)
            if ledger.consumers[node] > 0:
                ledger.scratch[HELD, memory] = held
        for index in range(ledger.writer_begin[node], ledger.writer_begin[node + 1]):
            writer = ledger.writer[index]
            left = ledger.unread[base + writer] - 1
            ledger.unread[base + writer] = left
            if left == 0:
                ledger.scratch[HELD, ledger.memory[writer]] -= ledger.bits[writer]
    for place in range(begin, end):
        node = ledger.order[place]
        if not ledger.started[base + node]:
            for index in range(ledger.writer_begin[node], ledger.writer_begin[node + 1]):
                ledger.unread[base + ledger.writer[index]] += 1
    beyond = end + np.int64(tables.jobs[job].graph)
    for memory in range(memories):
        most = max(ledger.scratch[CLAIM, memory], ledger.requirement[beyond, memory])
        ledger.scratch[CLAIM, memory] = most
