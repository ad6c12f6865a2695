"""Names survive every format that keeps them, whatever their characters are."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stomp_flim import Mode, Platform, Task, TaskGraph
from stomp_flim.interchange import dot, wfformat
from stomp_flim.interchange.stomp.graph import read_graph, write_graph

ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
ONE_LINE = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"), max_size=12
)
"""A row of a table is a line."""


def graph_of(names, server_type="DSP"):
    """Make a chain of tasks of these names."""
    tasks = [Task(name, [Mode({server_type: 1}, 3 + i)]) for i, name in enumerate(names)]
    return TaskGraph.from_tasks(tasks, [(i, i + 1) for i in range(len(names) - 1)], names[0])


@settings(max_examples=100)
@given(st.lists(ANY, min_size=1, max_size=3), ANY)
@example(["\r\n", "\x1a", "\ufeff", "\\l", "\u2028"], "\x1a")
def test_dot(tmp_path_factory, names, server_type):
    """Of the graph, tasks and server types."""
    path = tmp_path_factory.mktemp("names") / "g.dot"
    graph = graph_of(names, server_type)
    dot.write_graph(graph, path)
    back = dot.read_graph(path)
    assert (graph.name, graph.task_names, graph.mode_sets) == (
        back.name,
        back.task_names,
        back.mode_sets,
    )


@settings(max_examples=100)
@given(st.lists(ANY, min_size=1, max_size=3), ANY)
@example(["\r\n", "\x1a", "\ufeff", "\\u0000", "\u2028"], "\\ud800")
def test_wfformat(tmp_path_factory, names, server_type):
    """Of the graph, tasks and machines."""
    path = tmp_path_factory.mktemp("names") / "g.json"
    graph = graph_of(names, server_type)
    wfformat.write_graph(graph, path, Platform({server_type: 1}, clock_ns=2.5))
    back, _ = wfformat.read_graph(path)
    assert (graph.name, graph.task_names, graph.mode_sets) == (
        back.name,
        back.task_names,
        back.mode_sets,
    )


@settings(max_examples=100)
@given(st.lists(ONE_LINE, min_size=1, max_size=3))
@example(["\x1a", "\ufeff", "None", '"', ","])
def test_stomp(tmp_path_factory, names):
    """Of tasks."""
    folder = tmp_path_factory.mktemp("names")
    graph = graph_of(names)
    write_graph(graph, folder / "g.graphml", folder / "g.txt")
    back = read_graph(folder / "g.graphml", folder / "g.txt")
    assert graph.task_names == back.task_names


@pytest.mark.parametrize("suffix", [".dot", ".json"])
def test_what_is_written_twice_is_the_same(tmp_path, suffix):
    """A file depends on nothing but the graph."""
    graph = graph_of(["a", "b"])
    for name in ("first", "second"):
        path = tmp_path / f"{name}{suffix}"
        if suffix == ".dot":
            dot.write_graph(graph, path)
        else:
            wfformat.write_graph(graph, path, Platform({"DSP": 1}))
    assert (tmp_path / f"first{suffix}").read_bytes() == (tmp_path / f"second{suffix}").read_bytes()
