"""Ready tasks that wait, for compiled code: one priority queue for each demand class.

Where keys are the same for all jobs a queue is a set of LINES, one for each key, whose entries come
in order of their entry sequence: adding and removing is O(1). The sources of equal jobs are not
entered one by one: a line of sources is a cursor over the jobs that have arrived. Where keys differ
from job to job a queue is a heap with four children an entry (a cache line), and of each source
only the first job that waits is in it as long as keys never fall from job to job. Where memory may
tell a task to wait queues are heaps too; they then hold the sources of all jobs that have begun,
and of the first one of a graph that has not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from stomp_flim.engines.compiled import bit_sets
from stomp_flim.engines.compiled.compilation import Number, inlined
from stomp_flim.engines.compiled.ordered_keys import ordered, precedes
from stomp_flim.engines.compiled.state import LAST, State
from stomp_flim.engines.compiled.tables import NONE, Tables

if TYPE_CHECKING:
    from stomp_flim.engines.compiled.memory_claims import MemoryClaims

U0: Number = np.uint64(0)
U1: Number = np.uint64(1)
U2: Number = np.uint64(2)
U3: Number = np.uint64(3)
HALF: Number = np.uint64(32)
LOW: Number = np.uint64(2**32 - 1)


@inlined
def arrive(tables: Tables, state: State, number: Number) -> None:
    """Let the sources of a job enter, in node order."""
    run, job = state.run[0], tables.jobs[number]
    graph = tables.graphs[job.graph]
    job.sequence = run.sequence
    run.sequence = run.sequence + graph.sources
    position = graph.arrived
    graph.arrived = position + U1
    for index in range(np.uint64(graph.line_begin), np.uint64(graph.line_end)):
        line_number = tables.graph_lines[index]
        line = tables.lines[line_number]
        tables.classes[line.demand_class].length += np.int64(line.source_end - line.source_begin)
        if tables.by_line:
            bit_sets.insert(state.busy_lines, line_number)
        elif graph.in_order == 0 or line.next_job == position:
            _push(tables, state, _source(tables, state, number, tables.sources[line.source_begin]))


@inlined
def enter(tables: Tables, state: State, number: Number) -> None:
    """Let a task enter whose last predecessor finished; its sequence is the latest so far."""
    cell = state.cells[number]
    node = tables.nodes[cell.node]
    tables.classes[node.demand_class].length += 1
    if not tables.by_line:
        _push(tables, state, number)
        return
    line = tables.lines[node.line]
    cell.following = NONE
    if line.first == NONE:
        line.first = number
        bit_sets.insert(state.busy_lines, node.line)
    else:
        state.cells[line.last].following = number
    line.last = number


@inlined
def find_head(tables: Tables, state: State, number: Number, begin: Number) -> None:
    """Of the first key at or after a line, find the entry with the smallest sequence."""
    row = tables.classes[number]
    if not tables.by_line:
        top = state.heaps[number, U0]
        row.key, row.sequence = top.key, top.entry >> HALF
        return
    found = bit_sets.first_from(state.busy_lines, begin, row.line_end)
    line = tables.lines[found]
    end = np.uint64(line.group_end)
    row.key, row.sequence, row.line = line.key, _sequence(tables, state, found), found
    if end - np.uint64(line.group_begin) > U1:
        found = bit_sets.first_from(state.busy_lines, found + U1, end)
        while found < end:
            sequence = _sequence(tables, state, found)
            if sequence < row.sequence:
                row.sequence, row.line = sequence, found
            found = bit_sets.first_from(state.busy_lines, found + U1, end)


@inlined
def is_empty(tables: Tables, claims: MemoryClaims | None, number: Number) -> Number:
    """Whether no task of a class can be taken."""
    row = tables.classes[number]
    if claims is not None:
        return row.heap_size == 0  # while more may wait whose jobs have not begun
    return row.length == 0


@inlined
def pop(tables: Tables, state: State, claims: MemoryClaims | None, number: Number) -> Number:
    """Remove the head of a class, find the next one if there is one, and return its cell."""
    row = tables.classes[number]
    row.length -= 1
    if not tables.by_line:
        cell_number = _pop(tables, state, claims, number)
        find_head(tables, state, number, U0)
        return cell_number
    line = tables.lines[row.line]
    begin = np.uint64(line.group_begin)
    if line.graph == NONE:
        cell_number = np.uint64(line.first)
        following = state.cells[cell_number].following
        line.first = following
        if following != NONE and np.uint64(line.group_end) - begin == U1:
            row.sequence = state.cells[following].sequence
            return cell_number
        if following == NONE:
            bit_sets.remove(state.busy_lines, row.line)
    else:
        graph = tables.graphs[line.graph]
        job = tables.graph_jobs[graph.job_begin + line.next_job]
        cell_number = _source(tables, state, job, tables.sources[line.next_source])
        line.next_source = line.next_source + U1
        if line.next_source == line.source_end:
            line.next_source = line.source_begin
            line.next_job = line.next_job + U1
            if line.next_job == graph.arrived:
                bit_sets.remove(state.busy_lines, row.line)
    if row.length > 0:
        find_head(tables, state, number, begin)
    return cell_number


@inlined
def begin_next(tables: Tables, state: State, number: Number) -> None:
    """Let the sources of a graph's next job be taken, now that the one before it has begun."""
    graph = tables.graphs[number]
    if graph.in_order == 0:
        return
    for index in range(np.uint64(graph.line_begin), np.uint64(graph.line_end)):
        line = tables.lines[tables.graph_lines[index]]
        line.next_job = line.next_job + U1
        if line.next_job < graph.arrived:
            job = tables.graph_jobs[graph.job_begin + line.next_job]
            _push(tables, state, _source(tables, state, job, tables.sources[line.source_begin]))


@inlined
def put_back(tables: Tables, state: State, number: Number) -> None:
    """Let tasks wait again that were taken from heaps; `number` is the first of their list."""
    while number != NONE:
        following = np.uint64(state.cells[number].following)
        tables.classes[tables.nodes[state.cells[number].node].demand_class].length += 1
        _push(tables, state, number)
        number = following


@inlined
def _sequence(tables: Tables, state: State, number: Number) -> Number:
    """Return the entry sequence of the first of a line."""
    line = tables.lines[number]
    if line.graph == NONE:
        return np.uint64(state.cells[line.first].sequence)
    job = tables.graph_jobs[tables.graphs[line.graph].job_begin + line.next_job]
    source = tables.nodes[tables.sources[line.next_source]]
    return np.uint64(tables.jobs[job].sequence) + np.uint64(source.source_rank)


@inlined
def _source(tables: Tables, state: State, job_number: Number, node: Number) -> Number:
    """Return a cell for a source of a job."""
    run, job = state.run[0], tables.jobs[job_number]
    number = np.uint64(run.cell)
    cell = state.cells[number]
    run.cell = cell.following
    run.cells -= 1
    cell.node = node
    cell.job = job_number
    cell.base = job.base
    cell.sequence = job.sequence + tables.nodes[node].source_rank
    return number


@inlined
def _key(tables: Tables, cell: Any) -> Number:
    """Return the key of the task of a cell."""
    key = tables.keys[cell.node]
    return ordered(key.slope * tables.jobs[cell.job].offset - key.rank)


@inlined
def _push(tables: Tables, state: State, number: Number) -> None:
    """Add a cell to the heap of its class."""
    cell = state.cells[number]
    demand_class = np.uint64(tables.nodes[cell.node].demand_class)
    row = tables.classes[demand_class]
    position = np.uint64(row.heap_size)
    row.heap_size = position + U1
    entry = (np.uint64(cell.sequence) << HALF) | np.uint64(number)
    _rise(state, demand_class, position, _key(tables, cell), entry)


@inlined
def _rise(state: State, demand_class: Number, position: Number, key: Number, entry: Number) -> None:
    """Put an entry into a hole of a heap or above."""
    heaps = state.heaps
    while position > U0:
        parent = (position - U1) >> U2
        above = heaps[demand_class, parent]
        if precedes(above.key, above.entry, key, entry):
            break
        hole = heaps[demand_class, position]
        hole.key, hole.entry = above.key, above.entry
        position = parent
    hole = heaps[demand_class, position]
    hole.key, hole.entry = key, entry


@inlined
def _pop(tables: Tables, state: State, claims: MemoryClaims | None, demand_class: Number) -> Number:
    """Remove the first entry of a heap; of a source let the next job's take over."""
    heaps, row = state.heaps, tables.classes[demand_class]
    number = heaps[demand_class, U0].entry & LOW
    following = np.uint64(NONE)
    if claims is None:
        following = _next_of_source(tables, state, np.uint64(state.cells[number].node))
    size = np.uint64(row.heap_size)
    if following != NONE:
        cell = state.cells[following]
        key, entry = _key(tables, cell), (np.uint64(cell.sequence) << HALF) | following
    else:
        size -= U1
        row.heap_size = size
        last = heaps[demand_class, size]
        key, entry = last.key, last.entry
        last.key, last.entry = LAST, LAST
        if size == U0:
            return number
    # The hole sinks to the bottom, where most entries belong; beyond the size lie the last keys.
    position, child = U0, U1
    while child < size:
        a, b = heaps[demand_class, child], heaps[demand_class, child + U1]
        c, d = heaps[demand_class, child + U2], heaps[demand_class, child + U3]
        second = precedes(b.key, b.entry, a.key, a.entry)
        fourth = precedes(d.key, d.entry, c.key, c.entry)
        left_key, left = (b.key if second else a.key), (b.entry if second else a.entry)
        right_key, right = (d.key if fourth else c.key), (d.entry if fourth else c.entry)
        behind = precedes(right_key, right, left_key, left)
        hole = heaps[demand_class, position]
        hole.key = right_key if behind else left_key
        hole.entry = right if behind else left
        position = child + (U2 + np.uint64(fourth) if behind else np.uint64(second))
        child = (position << U2) + U1
    _rise(state, demand_class, position, key, entry)
    return number


@inlined
def _next_of_source(tables: Tables, state: State, node: Number) -> Number:
    """Return a cell for the same source of the next job, or NONE if none follows."""
    row = tables.nodes[node]
    if row.source_rank != NONE:
        graph = tables.graphs[row.graph]
        if graph.in_order:
            line = tables.lines[row.line]
            line.next_job = line.next_job + U1
            if line.next_job < graph.arrived:
                return _source(
                    tables, state, tables.graph_jobs[graph.job_begin + line.next_job], node
                )
    return np.uint64(NONE)
