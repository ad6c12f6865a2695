"""The state of a compiled run where it grows between two instants."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import stomp_flim as sf
from stomp_flim.engines.compiled import state, tables
from stomp_flim.engines.compiled.tables import NONE
from stomp_flim.instance import Instance
from stomp_flim.policy import AffinePriority
from stomp_flim.policy.loading import parse


def backwards(graph, platform, jobs):
    """Put the last job first, which takes heaps."""
    return AffinePriority(graph.bottom_level, np.ones(len(graph)), -1.0 * np.arange(len(jobs)))


GRAPH = sf.TaskGraph.from_tasks(
    [sf.Task("a", [sf.Mode({"DSP": 1}, 3)]), sf.Task("b", [sf.Mode({"memory": 1}, 5)])], [(0, 1)]
)
INSTANCE = Instance(sf.Workload([sf.Job(GRAPH)] * 2), sf.Platform({"DSP": 2, "memory": 1}))
sizes = st.integers(0, 40)


def free_cells(now):
    """Return the list of free cells, in order."""
    listed, cell = [], int(now.run["cell"][0])
    while cell != NONE and len(listed) <= len(now.cells):
        listed.append(cell)
        cell = int(now.cells["following"][cell])
    return listed


@st.composite
def states(draw, policy):
    """Tables and a state in which some cells are taken and heaps are filled as far as they may."""
    built = tables.build(INSTANCE, parse(policy))
    cells = draw(st.integers(1, 30))
    now = state.initial(built, np.zeros(4, np.uint8), 5, cells=cells)
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    taken = draw(st.integers(0, cells))
    listed = free_cells(now)
    for name in state.CELL.names:
        now.cells[name][listed[:taken]] = random.integers(0, 2**31, taken)
    now.run["cell"] = listed[taken] if taken < cells else NONE
    now.run["cells"] = cells - taken
    now.run["entries"], now.run["starts"] = draw(sizes), draw(sizes)
    for number, heap in enumerate(now.heaps):
        built.classes["heap_size"][number] = size = draw(st.integers(0, len(heap)))
        heap["key"][:size], heap["entry"][:size] = random.integers(0, 2**63, (2, size))
    return built, now, listed[:taken]


@given(states("fifo") | states(backwards))
def test_it_grows_to_what_the_run_asks_for(drawn):
    """There are as many free cells, and each heap has room for the entries of the next instant."""
    built, now, _ = drawn
    run = now.run[0]
    grown = state.grown(built, now)
    free = free_cells(grown)
    assert run["entries"] + run["starts"] <= len(free) == grown.run["cells"][0]
    for size, heap in zip(built.classes["heap_size"], grown.heaps, strict=False):
        assert size + run["entries"] + state.WIDTH <= len(heap)


@given(states("fifo") | states(backwards))
def test_what_was_there_stays(drawn):
    """Taken cells and entries of heaps; no cell is lost or free twice, and new entries are last."""
    built, now, taken = drawn
    before = now._replace(cells=now.cells.copy(), heaps=now.heaps.copy(), run=now.run.copy())
    grown = state.grown(built, now)
    assert sorted([*taken, *free_cells(grown)]) == list(range(len(grown.cells)))
    np.testing.assert_array_equal(before.cells[taken], grown.cells[taken])
    for size, old, new in zip(built.classes["heap_size"], before.heaps, grown.heaps, strict=False):
        np.testing.assert_array_equal(old[:size], new[:size])
        assert {int(state.LAST)} >= {*new["key"][size:].tolist(), *new["entry"][size:].tolist()}


@given(states("fifo") | states(backwards))
def test_where_there_is_room_nothing_moves(drawn):
    """A state that has grown needs not grow again for the same instant."""
    built, now, _ = drawn
    grown = state.grown(built, now)
    again = state.grown(built, grown)
    assert again.cells is grown.cells
    assert again.heaps is grown.heaps
