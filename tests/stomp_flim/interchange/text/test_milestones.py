"""Tasks that take no time are left out."""

from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stomp_flim.errors import InputError
from stomp_flim.interchange.text import milestones
from stomp_flim.interchange.text.delimited import Row
from stomp_flim.interchange.text.milestones import without_milestones


def rows(count):
    """Rows whose tasks are called a, b, ..."""
    return [Row(Path("f"), line, (chr(ord("a") + line - 1),)) for line in range(1, count + 1)]


@given(st.data())
def test_the_tasks_that_stay_precede_each_other_as_before(data):
    """A task reaches another one in the new graph if and only if it did in the old one."""
    size = data.draw(st.integers(1, 9))
    durations = data.draw(st.lists(st.integers(0, 2), min_size=size, max_size=size))
    order = data.draw(st.permutations(range(size)))
    pairs = st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), max_size=20)
    edges = {(order[min(p)], order[max(p)]) for p in data.draw(pairs) if p[0] != p[1]}
    predecessors = [{u for u, v in edges if v == task} for task in range(size)]

    tasks, joined = without_milestones(rows(size), durations, predecessors)

    assert [task for task in range(size) if durations[task] > 0] == tasks
    before = nx.DiGraph(sorted(edges))
    before.add_nodes_from(range(size))
    after = nx.DiGraph([(tasks[u], tasks[v]) for u, v in joined])
    after.add_nodes_from(tasks)
    for task in tasks:
        assert nx.descendants(before, task) & set(tasks) == nx.descendants(after, task)
    given_already = {(u, v) for u, v in edges if durations[u] and durations[v]}
    assert given_already <= set(after.edges), "an edge of the file itself is kept"


def test_a_cycle_is_named_with_its_line():
    """Also one through a task that would have been left out."""
    with pytest.raises(InputError, match=r"^f, line \d: .* cycle: (b -> c -> b|c -> b -> c)$"):
        without_milestones(rows(3), [1, 0, 1], [[], [0, 2], [1]])


def test_a_chain_beside_milestones_stays_one():
    """Every second task takes no time and follows the two before it: n edges, not n squared."""
    size = 4000
    durations = [(task + 1) % 2 for task in range(size)]
    predecessors = [[p for p in (task - 2, task - 1) if p >= 0] for task in range(size)]
    tasks, edges = without_milestones(rows(size), durations, predecessors)
    assert [list(range(0, size, 2)), size // 2 - 1] == [tasks, len(edges)]
    assert [[task, task + 1] for task in range(size // 2 - 1)] == edges.tolist()


def test_a_barrier_is_every_pair():
    """Of what comes before it and after it, each once."""
    durations = [1, 1, 1, 0, 1, 1]
    _, edges = without_milestones(rows(6), durations, [[]] * 3 + [[0, 1, 2]] + [[3]] * 2)
    assert [[u, v] for v in (3, 4) for u in range(3)] == edges.tolist()


def test_too_many_precedences_are_refused(monkeypatch):
    """Before they take the memory; the milestone is named by its line."""
    monkeypatch.setattr(milestones, "MOST_EDGES", 50)
    predecessors = [[]] * 10 + [list(range(10))] + [[10]] * 10
    durations = np.array([1] * 10 + [0] + [1] * 10).tolist()
    with pytest.raises(InputError, match=r"^f, line \d+: .* more than 50 precedences"):
        without_milestones(rows(21), durations, predecessors)
