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
        cursor = tables.cursors[line.cursor]
        tables.classes[line.demand_class].length += np.int64(
            cursor.source_end - cursor.source_begin
        )
        if cursor.next_job == position:  # whose line was empty
            _turn_to(tables, cursor, number)
            if tables.by_line:
                line.sequence = cursor.sequence + tables.sources[cursor.next_source].rank
                bit_sets.insert(state.busy_lines, line_number)
            else:
                _push(tables, state, _source(tables, state, cursor))
        elif not tables.by_line and graph.in_order == 0:
            _turn_to(tables, cursor, number)
            _push(tables, state, _source(tables, state, cursor))


@inlined
def enter(tables: Tables, state: State, number: Number) -> None:
    """Let a task enter whose last predecessor finished; its sequence is the latest so far."""
    cell = state.cells[number]
    line_number = tables.nodes[cell.node].line
    line = tables.lines[line_number]
    tables.classes[line.demand_class].length += 1
    if not tables.by_line:
        _push(tables, state, number)
        return
    cell.following = NONE
    if line.first == NONE:
        line.first = number
        line.sequence = cell.sequence
        bit_sets.insert(state.busy_lines, line_number)
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
    row.key, row.sequence, row.line, row.other = line.key, line.sequence, found, NONE
    if end - np.uint64(line.group_begin) > U1:
        found = bit_sets.first_from(state.busy_lines, found + U1, end)
        while found < end:
            sequence = tables.lines[found].sequence
            if sequence < row.sequence:
                row.other, row.sequence, row.line = row.sequence, sequence, found
            elif sequence < row.other:
                row.other = sequence
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
    line_number = np.uint64(row.line)
    line = tables.lines[line_number]
    if line.cursor == NONE:
        cell_number = np.uint64(line.first)
        following = state.cells[cell_number].following
        line.first = following
        is_left = following != NONE
        if is_left:
            line.sequence = state.cells[following].sequence
    else:
        cursor = tables.cursors[line.cursor]
        cell_number = _source(tables, state, cursor)
        is_left = _advance(tables, cursor)
        line.sequence = cursor.sequence + tables.sources[cursor.next_source].rank
    if is_left and line.sequence < row.other:
        row.sequence = line.sequence
        return cell_number
    if not is_left:
        bit_sets.remove(state.busy_lines, line_number)
    if row.length > 0:
        find_head(tables, state, number, np.uint64(line.group_begin))
    return cell_number


@inlined
def begin_next(tables: Tables, state: State, number: Number) -> None:
    """Let the sources of a graph's next job be taken, now that the one before it has begun."""
    graph = tables.graphs[number]
    if graph.in_order == 0:
        return
    for index in range(np.uint64(graph.line_begin), np.uint64(graph.line_end)):
        cursor = tables.cursors[tables.lines[tables.graph_lines[index]].cursor]
        if _advance(tables, cursor):
            _push(tables, state, _source(tables, state, cursor))


@inlined
def put_back(tables: Tables, state: State, number: Number) -> None:
    """Let tasks wait again that were taken from heaps; `number` is the first of their list."""
    while number != NONE:
        following = np.uint64(state.cells[number].following)
        line = tables.lines[tables.nodes[state.cells[number].node].line]
        tables.classes[line.demand_class].length += 1
        _push(tables, state, number)
        number = following


@inlined
def _turn_to(tables: Tables, cursor: Any, number: Number) -> None:
    """Let a cursor read the sources of a job."""
    job = tables.jobs[number]
    cursor.job, cursor.base, cursor.sequence = number, job.base, job.sequence


@inlined
def _advance(tables: Tables, cursor: Any) -> Number:
    """Move a cursor to the next source, and say whether it is there."""
    cursor.next_source = cursor.next_source + U1
    if cursor.next_source < cursor.source_end:
        return True
    cursor.next_source = cursor.source_begin
    cursor.next_job = cursor.next_job + U1
    graph = tables.graphs[cursor.graph]
    if cursor.next_job < graph.arrived:
        _turn_to(tables, cursor, tables.graph_jobs[graph.job_begin + cursor.next_job])
        return True
    return False


@inlined
def _source(tables: Tables, state: State, cursor: Any) -> Number:
    """Return a cell for the source at a cursor."""
    run = state.run[0]
    number = np.uint64(run.cell)
    cell = state.cells[number]
    run.cell = cell.following
    run.cells -= 1
    source = tables.sources[cursor.next_source]
    cell.node = source.node
    cell.job = cursor.job
    cell.base = cursor.base
    cell.sequence = cursor.sequence + source.rank
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
    demand_class = np.uint64(tables.lines[tables.nodes[cell.node].line].demand_class)
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
    """Return a cell for what follows a source in its line, or NONE if nothing does."""
    number = tables.lines[tables.nodes[node].line].cursor
    if number != NONE:
        cursor = tables.cursors[number]
        if tables.graphs[cursor.graph].in_order and _advance(tables, cursor):
            return _source(tables, state, cursor)
    return np.uint64(NONE)
