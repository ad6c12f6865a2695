"""DOT, the language of Graphviz."""

import sys

import pytest
from graph_formats import content
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import platforms, task_graphs

from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate
from stomp_flim.errors import InputError
from stomp_flim.interchange.dot import read_graph, write_graph
from stomp_flim.model.distributions import Normal

KNOWN = r"""// made by hand
strict digraph "two chains" {
    rankdir=LR; node [shape=box]
    a [latency=2, label="read \"x\"\lof \N"]
    "b:1" [latency="3", server_type="Const mem", color=red];
    a:s -> c [color=blue]
    subgraph cluster_right { d [latency=2]; style=dashed }
    { a "b:1":n } -> d -> e;
    # a name that is a keyword only without its quotation marks
    c [latency=2]; e [latency=1, label=<last>] "node" [latency=1]
}
"""


@pytest.fixture
def read(tmp_path):
    """Read a file with this text."""
    pytest.importorskip("pydot")

    def from_text(text):
        path = tmp_path / "known.dot"
        path.write_text(text)
        return read_graph(path)

    return from_text


@settings(max_examples=50)
@given(st.data())
def test_what_is_written_is_read_back(tmp_path_factory, data):
    """Names, alternatives, pipelines, units of several types, edges, numbering: everything."""
    pytest.importorskip("pydot")
    graph = data.draw(task_graphs(data.draw(platforms())))
    path = tmp_path_factory.mktemp("dot") / "random.dot"
    write_graph(graph, path)
    back = read_graph(path)
    assert content(graph) == content(back)
    assert graph.name == back.name


@pytest.mark.parametrize("name", ['"', "\\", '\\"', "\\N", "\\\\n", "a\\\nb", "", "node", "<b>"])
def test_names_that_need_escapes_are_read_back(tmp_path, name):
    """Also as the names of server types and of the graph."""
    pytest.importorskip("pydot")
    graph = TaskGraph.from_tasks([Task(name, [Mode({name: 2}, 3)])], [], name)
    write_graph(graph, tmp_path / "g.dot")
    back = read_graph(tmp_path / "g.dot")
    assert content(graph) == content(back)
    assert name == back.name


def test_a_file_made_by_hand(read):
    """Ports, subgraphs, groups of nodes, labels and what only draws."""
    graph = read(KNOWN)
    named = dict(zip(graph.task_names, map(graph.modes, range(len(graph))), strict=True))
    expected = {
        'read "x"\nof a': (Mode({"processor": 1}, 2),),
        "b:1": (Mode({"Const mem": 1}, 3),),
        "c": (Mode({"processor": 1}, 2),),
        "d": (Mode({"processor": 1}, 2),),
        "<last>": (Mode({"processor": 1}, 1),),
        "node": (Mode({"processor": 1}, 1),),
    }
    assert expected == named
    edges = {(graph.task_names[u][-1], graph.task_names[v][-1]) for u, v in graph.edges}
    assert {("a", "c"), ("a", "d"), ("1", "d"), ("d", ">")} == edges
    assert "two chains" == graph.name
    platform = Platform({"processor": 2, "Const mem": 1})
    assert 6 == simulate([Job(graph)], platform, engine="simpy").makespan


def test_the_written_form(tmp_path):
    """One line a task and one an edge."""
    tasks = [Task("add", [Mode({"DSP": 1}, 3, 1), Mode({"memory": 2}, 4)])] * 2
    write_graph(TaskGraph.from_tasks(tasks, [(0, 1)], "g"), tmp_path / "g.dot")
    modes = (
        r"[{\"demand\": {\"DSP\": 1}, \"latency\": 3, \"occupancy\": 1}, "
        r"{\"demand\": {\"memory\": 2}, \"latency\": 4}]"
    )
    expected = [
        "digraph {",
        '  label="g";',
        f'  0 [label="add", modes="{modes}"];',
        f'  1 [label="add", modes="{modes}"];',
        "  0 -> 1;",
        "}",
    ]
    assert expected == (tmp_path / "g.dot").read_text().splitlines()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("digraph {\n a [latency=1]\n a => b }", r", line 3, column 4: not DOT: Expected"),
        ("digraph {\n a -> b", r", line 2, column 8: not DOT: Expected"),
        ("digraph { a [latency=1] } b", r", line 1, column 27: not DOT: Expected end of text"),
        ("", r", line 1, column 1: not DOT: Expected"),
        ("graph { a -- b }", r": holds graph, expected one digraph"),
        ("digraph {a} digraph {b}", r": holds digraph, digraph, expected one digraph"),
        ("digraph g { }", r": graph 'g' has no task"),
        ("digraph { a -> b; b [latency=1] }", r": node 'a': latency is '', expected a number of c"),
        ("digraph { a [latency=-1] }", r": node 'a': latency is '-1', expected a number of cycles"),
        ("digraph { a [latency=0] }", r": node 'a': latency is '0', expected a number of cycles"),
        ("digraph { a [latency] }", r": node 'a': latency is '', expected a number of cycles"),
        ("digraph { node [latency=1]; a }", r": 'latency' as a default of all nodes, expected it"),
        ("digraph { a [latency=1]; a -> a }", r": graph 'known' has a cycle: 0 \(a\) -> 0 \(a\)"),
        ("digraph { a [modes=x] }", r": node 'a': modes: the document is 'x', Invalid JSON"),
        ("digraph { a [modes=<[]>] }", r": node 'a': modes: the document is '<\[\]>', Inv"),
        (r'digraph { a [modes="[]"] }', r": node 'a': modes: the document is \[\], List should"),
        (
            r'digraph { a [modes="[{\"demand\": {\"p\": 0}, \"latency\": 1}]"] }',
            r": node 'a': modes: 0\.demand\.p is 0, expected greater than or equal to 1",
        ),
        (
            r'digraph { a [modes="[{\"demand\": {\"p\": 1}, \"latency\": 1, \"latenzy\": 1}]"] }',
            r": node 'a': modes: 0\.latenzy is 1, Extra inputs are not permitted",
        ),
        (
            r'digraph { a [modes="[{\"demand\": {\"p\": 1}, \"latency\": 1, \"occupancy\": 2}]"] }',
            r": node 'a': a mode has occupancy 2, expected an integer from 1 to its latency 1",
        ),
    ],
)
def test_a_malformed_file_is_refused(read, text, message):
    """With the line where it is not DOT, and the node where an attribute is wrong."""
    with pytest.raises(InputError, match=rf"known\.dot{message}"):
        read(text)


def test_without_pydot_the_message_says_what_to_install(tmp_path, monkeypatch):
    """Writing needs no library."""
    monkeypatch.setitem(sys.modules, "pydot", None)
    monkeypatch.setitem(sys.modules, "pydot.dot_parser", None)
    path = tmp_path / "g.dot"
    write_graph(TaskGraph.from_tasks([Task("t", [Mode({"a": 1}, 1)])], []), path)
    with pytest.raises(InputError, match=r"g\.dot: DOT is read by pydot, .* 'stomp-flim\[dot\]'"):
        read_graph(path)


def test_a_random_latency_is_refused(tmp_path):
    """And no file is left behind."""
    graph = TaskGraph.from_tasks([Task("t", [Mode({"a": 1}, distribution=Normal(3, 1))])], [])
    with pytest.raises(InputError, match=r"task 0 \('t'\) has the random latency Normal"):
        write_graph(graph, tmp_path / "g.dot")
    assert [] == list(tmp_path.iterdir())
