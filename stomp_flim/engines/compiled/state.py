"""What a run of the compiled engine changes: flat arrays, which can grow between two instants."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from stomp_flim.engines.compiled import bit_sets
from stomp_flim.engines.compiled.tables import NONE, Array, Rows, Tables

RUN = np.dtype(
    [
        ("now", "i8"),
        ("started", "i8"),
        ("entries", "i8"),  # in the next instant, at most
        ("starts", "i8"),  # cells that the starts of an instant take, at most
        ("begins", "i8"),  # sources that enter heaps where jobs begin in an instant, at most
        ("cells", "i8"),  # free ones
        ("slots", "i8"),  # free ones
        ("sources", "i8"),  # that enter a heap where a job takes the slot of another, at most
        ("finished", "i8"),  # jobs
        ("entered", "u4"),  # jobs
        ("arrived", "u4"),  # jobs
        ("sequence", "u4"),  # of the next entry
        ("cell", "u4"),  # first free one
        ("releases", "u4"),  # tasks that have freed their servers
        ("padding", "u4"),
    ]
)
CELL = np.dtype(
    [
        ("following", "u4"),
        ("node", "u4"),
        ("job", "u4"),
        ("base", "u4"),
        ("sequence", "u4"),
        ("option", "u4"),
        ("event", "u4"),
        ("padding", "u4"),
    ]
)
BUCKET = np.dtype([("first", "u4"), ("last", "u4"), ("entries", "i8")])
HEAP = np.dtype([("key", "u8"), ("entry", "u8")])  # entry: sequence and cell, 32 bits each

BOTH, RELEASE, FINISH = np.uint32(0), np.uint32(1), np.uint32(2)
"""What happens when the time of a cell comes."""

LAST: Any = np.uint64(2**64 - 1)
WIDTH = 4
"""Children of an entry of a heap."""


class State(NamedTuple):
    """State of a run between two instants, beside the columns of `Tables` that change.

    Attributes
    ----------
    run : RUN[1]
        Where the run is.
    free : int64[server types]
        Free servers.
    missing : uint8 or uint32 [tasks, or slots * nodes]
        Predecessors that have not finished, by record number.
    in_degree : uint8 or uint32 [nodes or 0]
        Where counters belong to slots, what a job that enters puts into them.
    bases : uint32[slots or 0]
        Where counters belong to slots, a stack of the bases of the free ones.
    cells : CELL[cells]
        Tasks that wait or run, in lists: those of a line, those that end in a cycle, free ones.
    buckets : BUCKET[ring]
        The calendar: for each cycle up to the longest latency the tasks that end in it, in
        dispatch order, and how many successors they have.
    busy_buckets, busy_lines : uint64[2, words]
        Sets of the buckets and the lines that are not empty.
    heaps : HEAP[classes, capacity]
        Where keys differ from job to job, the tasks that wait.
    open : uint32[classes]
        Classes whose head may fit, in a round.
    """

    run: Rows
    free: Array
    missing: Array
    in_degree: Array
    bases: Array
    cells: Rows
    buckets: Rows
    busy_buckets: Array
    busy_lines: Array
    heaps: Rows
    open: Array


def initial(tables: Tables, missing: Array, longest: int, cells: int = 1024) -> State:
    """Return the state before the first instant.

    Parameters
    ----------
    missing : unsigned [tasks]
        In-degrees by record number.
    longest : int
        The longest latency, in cycles.
    cells : int
        How many there are at first, and entries that each heap has room for.
    """
    ring = max(64, 1 << longest.bit_length())
    run = np.zeros(1, RUN)
    run["now"] = -1
    run["cells"] = cells
    run["slots"] = len(tables.jobs)
    # A start takes a server for a cycle at least, a cell for the release of its servers and one for
    # the source that follows it.
    run["starts"] = 2 * tables.servers.sum()
    buckets = np.zeros(ring, BUCKET)
    buckets["first"] = buckets["last"] = NONE
    heaps = np.zeros((0 if tables.by_line else len(tables.classes), cells), HEAP)
    return State(
        run=run,
        free=tables.servers.copy(),
        missing=missing,
        in_degree=np.zeros(0, missing.dtype),
        bases=np.zeros(0, np.uint32),
        cells=_free_cells(cells),
        buckets=buckets,
        busy_buckets=bit_sets.empty(ring),
        busy_lines=bit_sets.empty(len(tables.lines)),
        heaps=_empty(heaps),
        open=np.zeros(len(tables.classes), np.uint32),
    )


def grown(tables: Tables, state: State) -> State:
    """Return the same state with the room that the run has asked for."""
    run = state.run[0]
    entries, room = int(run["entries"]), int(run["entries"] + run["starts"])
    if run["cells"] < room:
        old = len(state.cells)
        more = max(room, old // 2)
        cells = np.concatenate([state.cells, _free_cells(more)])
        cells["following"][old:] += np.uint32(old)
        cells["following"][-1] = run["cell"]
        run["cell"] = old
        run["cells"] += more
        state = state._replace(cells=cells)
    most = int(tables.classes["heap_size"].max()) + entries + WIDTH
    if not tables.by_line and most > state.heaps.shape[1]:
        heaps = _empty(np.zeros((len(tables.classes), most + most // 2), HEAP))
        heaps[:, : state.heaps.shape[1]] = state.heaps
        state = state._replace(heaps=heaps)
    return state


def _free_cells(number: int) -> Array:
    cells = np.zeros(number, CELL)
    cells["following"] = np.append(np.arange(1, number, dtype=np.uint32), NONE)[:number]
    return cells


def _empty(heaps: Array) -> Array:
    """Fill heaps with entries that come after all others."""
    heaps["key"] = heaps["entry"] = LAST
    return heaps
