"""Server numbers of a finished run: which server counts do not say, the dispatch order does.

Which servers of a type a task holds changes no time, so the compiled engine counts free servers and
the numbers are found afterwards: in dispatch order each task takes the lowest-numbered servers that
are free when it starts. See docs/contract.md (server-numbers, server-lowest).
"""

from __future__ import annotations

import numpy as np

from stomp_flim.engines.compiled import bit_sets
from stomp_flim.engines.compiled.compilation import Number, allocating
from stomp_flim.engines.compiled.tables import Array, Rows, Tables


def number_servers(tables: Tables, executions: Rows) -> tuple[Array, Array]:
    """Return offsets and server numbers of the executions.

    Parameters
    ----------
    executions : EXECUTION[executions]
        In dispatch order.

    Returns
    -------
    offset, server : int64[executions + 1], int32[held servers]
        As in `Schedule`.
    """
    more = np.concatenate([[0], np.cumsum(tables.demands["units"])])
    units = tables.options["units"] + (
        more[tables.options["more_end"]] - more[tables.options["more_begin"]]
    )
    offset = np.concatenate([[0], np.cumsum(units[executions["option"]])]).astype(np.int64)
    free = bit_sets.empty(int(tables.servers.sum()))
    return offset, _assign(tables.options, tables.demands, tables.servers, free, executions, offset)


@allocating
def _assign(
    options: Rows, demands: Rows, servers: Array, free: Array, executions: Rows, offset: Array
) -> Array:
    first = np.zeros(len(servers) + 1, np.int64)
    first[1:] = np.cumsum(servers)
    for number in range(first[-1]):
        bit_sets.insert(free, number)
    # Tasks that hold servers wait in a heap by (release, dispatch).
    heap_time = np.empty(first[-1] + 1, np.int64)
    heap_index = np.empty(first[-1] + 1, np.int64)
    size = 0
    releases = 0
    held = np.empty(offset[-1], np.int32)
    for index in range(len(executions)):
        execution = executions[index]
        while releases < execution.releases:
            done = heap_index[0]
            for unit in range(offset[done], offset[done + 1]):
                bit_sets.insert(free, held[unit])
            size -= 1
            releases += 1
            _sift_down(heap_time, heap_index, size)
        unit = offset[index]
        option = options[execution.option]
        server_type, units = option.server_type, option.units
        for more in range(option.more_begin, np.int64(option.more_end) + 1):
            for _ in range(units):
                begin, end = first[server_type], first[server_type + 1]
                server = np.int64(bit_sets.first_from(free, begin, end))
                bit_sets.remove(free, server)
                held[unit] = server
                unit += 1
            if more < option.more_end:
                server_type, units = demands[more].server_type, demands[more].units
        _sift_up(heap_time, heap_index, size, execution.released, index)
        size += 1
    return held


@allocating
def _sift_up(times: Array, indices: Array, position: int, time: int, index: int) -> None:
    """Add an entry; it is the latest, so that of equal times it comes last."""
    while position > 0:
        parent = (position - 1) >> 1
        if times[parent] <= time:
            break
        times[position], indices[position] = times[parent], indices[parent]
        position = parent
    times[position], indices[position] = time, index


@allocating
def _sift_down(times: Array, indices: Array, size: int) -> None:
    """Move the entry behind the end to where it belongs, from the top."""
    time, index = times[size], indices[size]
    position = 0
    while True:
        child = 2 * position + 1
        if child >= size:
            break
        right = child + 1
        if right < size and _before(times, indices, right, times[child], indices[child]):
            child = right
        if not _before(times, indices, child, time, index):
            break
        times[position], indices[position] = times[child], indices[child]
        position = child
    times[position], indices[position] = time, index


@allocating
def _before(times: Array, indices: Array, position: int, time: int, index: int) -> Number:
    """Whether an entry comes before a time and dispatch."""
    return times[position] < time or (times[position] == time and indices[position] < index)
