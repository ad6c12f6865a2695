"""A round of the compiled engine: which of the tasks that wait start now.

See docs/contract.md (round-order, round-skip, mode-order, buffer-claim).
"""

from __future__ import annotations

import numpy as np

from stomp_flim.engines.compiled import bit_sets, memory_claims, ready_queues
from stomp_flim.engines.compiled.compilation import Number, hidden, inlined
from stomp_flim.engines.compiled.memory_claims import MemoryClaims
from stomp_flim.engines.compiled.ordered_keys import precedes
from stomp_flim.engines.compiled.prefetch import prefetch
from stomp_flim.engines.compiled.record import Record
from stomp_flim.engines.compiled.state import BOTH, FINISH, LAST, RELEASE, State
from stomp_flim.engines.compiled.tables import NONE, Array, Tables

U0: Number = np.uint64(0)
U1: Number = np.uint64(1)


@inlined
def start_round(
    tables: Tables,
    state: State,
    claims: MemoryClaims | None,
    durations: Array,
    record: Record,
    mask: Number,
    limit: Number,
) -> None:
    """Start waiting tasks in key order, at most `limit` (0: all).

    A class whose head does not fit rests. A task that memory tells to wait is set aside until the
    round is over, and others of its class are tried.
    """
    if claims is not None:
        claims.rounds[0] += 1
    count = _open(tables, state, claims)
    starts: Number = 0
    aside = np.uint64(NONE)
    while count > U0 and (starts < limit or not limit):
        first, second_key, second_sequence = _first_of_open(tables, state, count)
        chosen = np.uint64(state.open[first])
        row = tables.classes[chosen]
        fitting = _fitting(tables, state, claims, chosen)
        begun = False
        # Classes come in long runs: one starts tasks as long as no other has an earlier head.
        while fitting >= 0:
            cell = ready_queues.pop(tables, state, claims, chosen)
            answer = memory_claims.STARTS
            if claims is not None:
                answer = memory_claims.start(tables, state, claims, cell)
            if answer == memory_claims.WAITS:
                state.cells[cell].following = aside
                aside = cell
            else:
                _start(tables, state, durations, record, mask, cell, fitting)
                starts += 1
            if answer == memory_claims.BEGINS:
                begun = True
                ready_queues.begin_next(tables, state, tables.jobs[state.cells[cell].job].graph)
                break
            if ready_queues.is_empty(tables, claims, chosen):
                break
            fitting = _fitting(tables, state, claims, chosen)
            if starts == limit or precedes(
                second_key, second_sequence, row.key, np.uint64(row.sequence)
            ):
                break
        if begun:  # whose sources may be of any class
            count = _open(tables, state, claims)
        elif fitting < 0 or ready_queues.is_empty(tables, claims, chosen):
            count -= U1
            state.open[first] = state.open[count]
    if claims is not None:
        ready_queues.put_back(tables, state, aside)


@inlined
def _open(tables: Tables, state: State, claims: MemoryClaims | None) -> Number:
    """List the classes whose head may start, and count them."""
    count = U0
    for number in range(np.uint64(len(tables.classes))):
        if not ready_queues.is_empty(tables, claims, number) and (
            _fitting(tables, state, claims, number) >= 0
        ):
            ready_queues.find_head(tables, state, number, tables.classes[number].line_begin)
            state.open[count] = number
            count += U1
    return count


@inlined
def _first_of_open(tables: Tables, state: State, count: Number) -> tuple[Number, Number, Number]:
    """Return which open class has the first head, and the key and sequence of the second."""
    first = U0
    row = tables.classes[state.open[U0]]
    key, sequence = row.key, np.uint64(row.sequence)
    second_key, second_sequence = LAST, np.uint64(NONE)
    for index in range(U1, count):
        row = tables.classes[state.open[index]]
        if precedes(row.key, np.uint64(row.sequence), key, sequence):
            first, second_key, second_sequence = index, key, sequence
            key, sequence = row.key, np.uint64(row.sequence)
        elif precedes(row.key, np.uint64(row.sequence), second_key, second_sequence):
            second_key, second_sequence = row.key, np.uint64(row.sequence)
    return first, second_key, second_sequence


@inlined
def _fitting(tables: Tables, state: State, claims: MemoryClaims | None, number: Number) -> Number:
    """Return which option of a class fits now, or -1."""
    row = tables.classes[number]
    if claims is not None and not memory_claims.fits(claims, number):
        return np.int64(-1)
    if row.server_type != NONE:
        return np.int64(state.free[row.server_type] >= row.units) - 1
    for number in range(np.uint64(row.option_begin), np.uint64(row.option_end)):
        option = tables.options[number]
        fits = state.free[option.server_type] >= option.units
        for index in range(np.uint64(option.more_begin), np.uint64(option.more_end)):
            demand = tables.demands[index]
            fits &= state.free[demand.server_type] >= demand.units
        if fits:
            return np.int64(number - np.uint64(row.option_begin))
    return np.int64(-1)


@inlined
def _start(
    tables: Tables,
    state: State,
    durations: Array,
    record: Record,
    mask: Number,
    number: Number,
    fitting: Number,
) -> None:
    """Start a task in the option of its class that fits."""
    run, cell = state.run[0], state.cells[number]
    node = tables.nodes[cell.node]
    option_number = np.uint64(node.option_begin) + np.uint64(fitting)
    option = tables.options[option_number]
    state.free[option.server_type] -= option.units
    index, end = np.uint64(option.more_begin), np.uint64(option.more_end)
    while index != end:
        demand = tables.demands[index]
        state.free[demand.server_type] -= demand.units
        index = hidden(index + U1)
    record_number = cell.base + cell.node
    latency, occupancy = option.latency, option.occupancy
    if len(durations):
        latency = durations[record_number, fitting, 0]
        occupancy = durations[record_number, fitting, 1]
    now = run.now
    cell.option = option_number
    successors = np.int64(node.successor_end - node.successor_begin)
    if successors:
        successor = np.uint64(tables.successors[node.successor_begin])
        prefetch(state.missing, cell.base + successor)
        prefetch(tables.nodes, successor)
    event = BOTH
    if occupancy != latency:
        event = FINISH
        free = np.uint64(run.cell)
        release = state.cells[free]
        run.cell = release.following
        run.cells -= 1
        release.option = option_number
        release.event = RELEASE
        _schedule(state, mask, now + occupancy, free, 0)
    cell.event = event
    _schedule(state, mask, now + latency, number, successors if successors else run.sources)
    if len(record.executions):
        record.dispatched[run.started] = record_number
        row = record.executions[record_number]
        row.start, row.released, row.finish = now, now + occupancy, now + latency
        row.option, row.releases = option_number, run.releases
    run.started += 1


@inlined
def _schedule(state: State, mask: Number, time: Number, number: Number, entries: Number) -> None:
    """Append a cell to the bucket of a cycle."""
    bucket_number = np.uint64(time) & mask
    bucket = state.buckets[bucket_number]
    state.cells[number].following = NONE
    if bucket.first == NONE:
        bucket.first = number
        bit_sets.insert(state.busy_buckets, bucket_number)
    else:
        state.cells[bucket.last].following = number
    bucket.last = number
    bucket.entries += entries
