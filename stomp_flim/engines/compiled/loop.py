"""The event loop of the compiled engine: the semantics of docs/contract.md over flat arrays.

The loop can stop between two instants and go on later, so that its arrays can grow and a user can
interrupt it: all that it knows is in `Tables` and `State`.
"""

from __future__ import annotations

import numpy as np

from stomp_flim.engines.compiled import bit_sets, jobs_in_flight, memory_claims, ready_queues
from stomp_flim.engines.compiled.compilation import Number, compiled, hidden, inlined
from stomp_flim.engines.compiled.memory_claims import MemoryClaims
from stomp_flim.engines.compiled.record import Record
from stomp_flim.engines.compiled.rounds import start_round
from stomp_flim.engines.compiled.state import FINISH, RELEASE, WIDTH, State
from stomp_flim.engines.compiled.tables import NONE, Array, Tables
from stomp_flim.engines.compiled.usage import Usage, observe

DONE, PAUSED, MORE_ROOM = range(3)
"""Why the loop stopped."""

U0: Number = np.uint64(0)
U1: Number = np.uint64(1)


@compiled
def advance(
    tables: Tables,
    state: State,
    claims: MemoryClaims | None,
    durations: Array,
    record: Record,
    usage: Usage,
    limit: int,
    budget: int,
    jobs: int,
) -> int:
    """Simulate until the end, for a while, or until an array is too small.

    Parameters
    ----------
    claims : MemoryClaims or None
        What is in limited memories; compiled in only where there are some.
    durations : int64[tasks, options, 2] or int64[0, 0, 2]
        Latency and occupancy by record number and option, where they are random.
    limit : int
        Starts after each event, or 0 for one unlimited round after all events of an instant.
    budget, jobs : int
        The loop pauses when so many tasks have started or so many jobs have finished.

    Returns
    -------
    int
        DONE, PAUSED or MORE_ROOM.
    """
    run = state.run[0]
    mask = np.uint64(len(state.buckets) - 1)
    pause, pause_finished = run.started + budget, run.finished + jobs
    while True:
        now = _next_instant(tables, state, mask)
        if now < 0:
            return DONE
        bucket = state.buckets[np.uint64(now) & mask]
        run.entries = bucket.entries + _arriving(tables, run.arrived, now) + run.begins
        if not _has_room(tables, state):
            return MORE_ROOM
        if run.started >= pause or run.finished >= pause_finished:
            return PAUSED
        observe(tables, state, usage, run.now, now)
        run.now = now
        first, last = bucket.first, bucket.last
        bucket.first = NONE
        bucket.entries = 0
        if first != NONE:
            bit_sets.remove(state.busy_buckets, np.uint64(now) & mask)
        number = first
        while True:  # once, or with `limit` for each event
            arrived, completed = run.arrived, number
            while run.arrived < len(tables.arrivals):
                job = np.uint64(tables.arrivals[run.arrived])
                if tables.jobs[job].arrival != now:
                    break
                run.arrived = run.arrived + U1
                jobs_in_flight.admit(tables, state, claims)
                if limit:
                    break
            ready = np.uint64(run.cell)
            while number != NONE and not (limit and run.arrived != arrived):
                following = state.cells[number].following
                _complete(tables, state, claims, record, number)
                if run.entered < run.arrived and run.slots > 0:
                    _enter(tables, state, ready)
                    jobs_in_flight.admit(tables, state, claims)
                    ready = np.uint64(run.cell)
                number = following
                if limit:
                    break
            _enter(tables, state, ready)
            if limit and run.arrived == arrived and number == completed:
                break
            start_round(tables, state, claims, durations, record, mask, limit)
            if not limit:
                break
        if first != NONE:
            state.cells[last].following = run.cell
            run.cell = first


@inlined
def _next_instant(tables: Tables, state: State, mask: Number) -> Number:
    """Return the next cycle with an arrival or a completion, or -1."""
    run = state.run[0]
    begin = np.uint64(run.now + 1) & mask
    bucket = bit_sets.first_from(state.busy_buckets, begin, mask + U1)
    if bucket > mask:
        bucket = bit_sets.first_from(state.busy_buckets, U0, begin)
    following = np.int64(-1)
    if bucket <= mask:
        following = run.now + 1 + np.int64((bucket - begin) & mask)
    if run.arrived < len(tables.arrivals):
        arrival = tables.jobs[tables.arrivals[run.arrived]].arrival
        if following < 0 or arrival < following:
            following = arrival
    return following


@inlined
def _arriving(tables: Tables, arrived: Number, now: Number) -> Number:
    """Return how many sources enter heaps in an instant, at most."""
    entries: Number = 0
    if tables.by_line:
        return entries
    index = np.uint64(arrived)
    if index < len(tables.arrivals) and tables.jobs[tables.arrivals[index]].arrival == now:
        entries += len(tables.sources)  # of jobs in order, only the first one's enter
    while index < len(tables.arrivals) and tables.jobs[tables.arrivals[index]].arrival == now:
        graph = tables.graphs[tables.jobs[tables.arrivals[index]].graph]
        if not graph.in_order:
            entries += np.int64(graph.sources)
        index += U1
    return entries


@inlined
def _has_room(tables: Tables, state: State) -> Number:
    run = state.run[0]
    fits = run.cells >= run.entries + run.starts
    if not tables.by_line:
        for number in range(len(tables.classes)):
            size = np.int64(tables.classes[number].heap_size)
            fits &= size + run.entries + WIDTH <= state.heaps.shape[1]
    return fits


@inlined
def _complete(
    tables: Tables, state: State, claims: MemoryClaims | None, record: Record, number: Number
) -> None:
    """Free the servers of a task, release its successors, or both.

    Successors that become ready are written to the first free cells, in order: whether one does is
    hard to predict, so that it must decide about no branch.
    """
    run, cell = state.run[0], state.cells[number]
    run.cells += 1
    event = cell.event
    if event != FINISH:
        run.releases = run.releases + U1
        option = tables.options[cell.option]
        state.free[option.server_type] += option.units
        index, end = np.uint64(option.more_begin), np.uint64(option.more_end)
        while index != end:
            demand = tables.demands[index]
            state.free[demand.server_type] += demand.units
            index = hidden(index + U1)
    if event != RELEASE:
        job, base, node = cell.job, cell.base, tables.nodes[cell.node]
        if claims is not None:
            memory_claims.finish(claims, base, cell.node)
        begin, end = np.uint64(node.successor_begin), np.uint64(node.successor_end)
        if begin == end:
            jobs_in_flight.finish_sink(tables, state, np.uint64(job))
        head, sequence, cells = run.cell, run.sequence, run.cells
        index = begin
        while index != end:
            successor = tables.successors[index]
            left = state.missing[base + successor] - 1
            state.missing[base + successor] = left
            ready = state.cells[head]
            is_ready = np.uint32(left == 0)
            head ^= (head ^ ready.following) & (np.uint32(0) - is_ready)
            ready.node, ready.job, ready.base, ready.sequence = successor, job, base, sequence
            sequence = np.uint32(sequence + is_ready)
            cells -= np.int64(is_ready)
            if left == 0 and len(record.executions):
                record.executions[base + successor].ready = run.now
            index = hidden(index + U1)
        run.cell, run.sequence, run.cells = head, sequence, cells


@inlined
def _enter(tables: Tables, state: State, number: Number) -> None:
    """Let the tasks enter that lie in the cells before the first free one."""
    end = np.uint64(state.run[0].cell)
    while number != end:
        following = np.uint64(state.cells[number].following)
        ready_queues.enter(tables, state, number)
        number = following
