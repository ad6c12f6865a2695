"""DOT, the language of Graphviz."""

import pytest
from graph_formats import content
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import buffered, platforms, task_graphs, workloads

from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate
from stomp_flim.errors import InputError
from stomp_flim.interchange.dot import language, read_graph, write_graph
from stomp_flim.interchange.dot.language import parse
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

    def from_text(text):
        path = tmp_path / "known.dot"
        path.write_text(text)
        return read_graph(path)

    return from_text


@settings(max_examples=50)
@given(st.data())
def test_what_is_written_is_read_back(tmp_path_factory, data):
    """Names, alternatives, pipelines, units of several types, edges, numbering: everything."""
    graph = data.draw(task_graphs(data.draw(platforms())))
    path = tmp_path_factory.mktemp("dot") / "random.dot"
    write_graph(graph, path)
    back = read_graph(path)
    assert content(graph) == content(back)
    assert graph.name == back.name


@pytest.mark.parametrize("name", ['"', "\\", '\\"', "\\N", "\\\\n", "a\\\nb", "", "node", "<b>"])
def test_names_that_need_escapes_are_read_back(tmp_path, name):
    """Also as the names of server types and of the graph."""
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


@settings(max_examples=50)
@given(workloads().flatmap(lambda scene: buffered(st.just(scene))))
def test_buffers_are_read_back(tmp_path_factory, scene):
    """Which memory, and how many bits; also where only some tasks write."""
    for graph in {job.graph for job in scene[0]}:
        path = tmp_path_factory.mktemp("dot") / "random.dot"
        write_graph(graph, path)
        back = read_graph(path)
        written = graph.buffers if any(graph.buffers or ()) else None
        assert written == back.buffers
        assert content(graph) == content(back)


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
        (
            "digraph {\n a [latency=1]\n a => b }",
            r", line 3, column 5: not DOT: .* found '> b }'",
        ),
        ("digraph {\n a -> b", r", line 2, column 8: not DOT: expected a statement or '}', fou"),
        (
            "digraph { a [latency=1] } b",
            r", line 1, column 27: not DOT: expected the end",
        ),
        ("", r", line 1, column 1: not DOT: expected 'digraph', found the end of the text"),
        ("graph { a -- b }", r": holds graph, expected one digraph"),
        ("digraph {a} digraph {b}", r": holds several graphs, expected one digraph"),
        ("digraph g { }", r": graph 'g' has no task"),
        ("digraph { a -> b; b [latency=1] }", r": node 'a': latency is '', expected a number of c"),
        ("digraph { a [latency=-1] }", r": node 'a': latency is '-1', expected a number of cycles"),
        ("digraph { a [latency=0] }", r": node 'a': latency is '0', expected a number of cycles"),
        ("digraph { a [latency] }", r", line 1, column 21: not DOT: expected '=', found '\] }'"),
        (
            "digraph { a [latency=1e3] }",
            r", line 1, column 22: not DOT: expected an end of",
        ),
        ("digraph { a [latency=1.5] }", r": node 'a': latency is '1\.5', expected a number"),
        ("digraph { a [latency=1 latency=2] }", r", line 1: latency is '1' and '2', expected once"),
        ("digraph { a [latency=1]\n a [latency=2] }", r", line 2: latency is '1' and '2', expe"),
        ("digraph { a [latency=1 modes=x] }", r": node 'a': latency and modes, expected 'modes' a"),
        (
            "digraph { a [latency=1]; a -- a }",
            r", line 1, column 28: not DOT: expected a sta",
        ),
        ("digraph { a # late\n }", r", line 1, column 13: not DOT: expected a remark with '#' at"),
        ('digraph { a [label="b] }', r", line 1, column 20: not DOT: expected a name, a number"),
        ("digraph { a [label=<<b>] }", r", line 1, column 20: not DOT: expected a '>' for every"),
        ("digraph { edge -> a }", r", line 1, column 16: not DOT: expected '\['"),
        ("digraph " + "{" * 102, r", line 1: groups nested more than 100 levels deep"),
        ("digraph " + "{" * 10**5, r", line 1: groups nested more than 100 levels deep"),
        (
            r'digraph { a [modes="[{\"latency\": 1, \"latency\": 2}]"] }',
            r".*key 'latency' st",
        ),
        ("digraph { node [latency=1]; a }", r": 'latency' as a default of all nodes, expected it"),
        (
            "digraph { a [latency=1]; a -> a }",
            r": graph 'known' has a cycle: 0 \('a'\) -> 0 \('a'\)",
        ),
        (
            "digraph { a [modes=x] }",
            r": node 'a': modes, line 1, column 1: not JSON: Ex",
        ),
        ("digraph { a [modes=<[]>] }", r": node 'a': modes, line 1, column 1: not JSON: Ex"),
        (
            r'digraph { a [modes="[]"] }',
            r": node 'a': modes: the document is \[\], expected at least 1 item",
        ),
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
        (
            r'digraph { a [latency=1, buffer="{\"memory\": \"m\", \"bits\": 0}"] }',
            r": node 'a': buffer: bits is 0, expected greater than or equal to 1",
        ),
        (
            r'digraph { a [latency=1, buffer="{\"memory\": \"\", \"bits\": 3}"] }',
            r": node 'a': buffer: memory is '', expected at least 1 character",
        ),
        ("digraph { a [latency=1, buffer=x] }", r": node 'a': buffer, line 1, column 1: not JSON"),
        ("digraph { node [buffer=x] a [latency=1] }", r": 'buffer' as a default of all nodes, exp"),
    ],
)
def test_a_malformed_file_is_refused(read, text, message):
    """With the line where it is not DOT, and the node where an attribute is wrong."""
    with pytest.raises(InputError, match=rf"known\.dot{message}"):
        read(text)


def edges_of(graph):
    """Edges by name, and durations."""
    names = graph.task_names
    edges = sorted((names[u], names[v]) for u, v in graph.edges.tolist())
    return dict(zip(names, graph.shortest_latency.tolist(), strict=True)), edges


LATENCIES = "a [latency=1] b [latency=2] c [latency=3]"


@pytest.mark.parametrize(
    ("text", "edges"),
    [
        (f"{LATENCIES} a -> b -> c", ["ab", "bc"]),
        (f"{LATENCIES} {{a; b}} -> c", ["ac", "bc"]),
        (f"{LATENCIES} a -> {{b c}}", ["ab", "ac"]),
        (f"{LATENCIES} subgraph s {{a}} subgraph s {{b}} -> c", ["ac", "bc"]),
        (f"{LATENCIES} {{subgraph s {{a}}}} subgraph s {{b}} -> c", ["bc"]),
        (f'{LATENCIES} subgraph "s" {{a}} SubGraph s {{}} -> {{b -> c}}', ["ab", "ac", "bc"]),
        (f"{LATENCIES} {{{{{{{{a}}}}}}}} -> b -> c;;", None),
        (f'{LATENCIES} "a":n -> b:port:sw [weight=1;color="red",];', ["ab"]),
        ('a["latency"="1"]; "b" [ "latency" = 2; ][;]', None),
        ('a [latency="" + "1"] b [ latency = 2 ; label = b ] c [latency=3,] a->b->c', ["ab", "bc"]),
        ("a[latency=1]b[latency=2]/* -> */a//\n->b", ["ab"]),
        ('-7 [label="a", latency=1]; .5 [label=b latency=2] -7->.5', ["ab"]),
        (
            "graph [label=x]; edge [latency=3]; a [latency=1]; {label=y; b [latency=2]}",
            [],
        ),
    ],
)
def test_the_language_is_that_of_graphviz(read, text, edges):
    """Groups are their nodes, one of a name is the same again, separators and ports say nothing."""
    if edges is None:
        with pytest.raises(InputError, match="not DOT"):
            read(f"digraph {{ {text} }}")
        return
    latencies, found = edges_of(read(f"digraph {{ {text} }}"))
    assert edges == ["".join(edge) for edge in found]
    assert all(latencies[name] == "abc".index(name) + 1 for name in latencies)


def test_groups_inside_of_groups_take_no_time(read):
    """A parser that tries again at every level would take a day for 24 of them."""
    assert [({"a": 1}, [])] == [edges_of(read("digraph " + "{" * 90 + "a [latency=1]" + "}" * 90))]


def test_too_many_edges_are_refused(read, monkeypatch):
    """A file of a few kilobytes can come to a million."""
    monkeypatch.setattr(language, "MOST_EDGES", 50)
    group = " ".join("abcdefgh")
    with pytest.raises(InputError, match=r"line 1: more than 50 edges, expected fewer"):
        read(f"digraph {{ {{{group}}} -> {{{group.upper()}}} }}")


@settings(max_examples=30)
@given(st.data())
def test_another_parser_reads_the_same(tmp_path_factory, data):
    """What is written is DOT to pydot too: nodes, attributes and edges."""
    pydot = pytest.importorskip("pydot")
    graph = data.draw(task_graphs(data.draw(platforms())))
    path = tmp_path_factory.mktemp("dot") / "random.dot"
    write_graph(graph, path)
    (theirs,) = pydot.graph_from_dot_file(path, encoding="utf-8")
    ours = parse(path.read_text(encoding="utf-8"), path)
    assert list(ours.nodes) == [node.get_name() for node in theirs.get_nodes()]
    for node in theirs.get_nodes():
        text = node.get_attributes()["modes"][1:-1].replace('\\"', '"')
        assert ours.nodes[node.get_name()]["modes"] == text
    edges = [(int(edge.get_source()), int(edge.get_destination())) for edge in theirs.get_edges()]
    assert ours.edges.tolist() == [list(edge) for edge in edges]


def test_a_random_latency_is_refused(tmp_path):
    """And no file is left behind."""
    graph = TaskGraph.from_tasks([Task("t", [Mode({"a": 1}, distribution=Normal(3, 1))])], [])
    with pytest.raises(InputError, match=r"task 0 \('t'\) has the random latency Normal"):
        write_graph(graph, tmp_path / "g.dot")
    assert [] == list(tmp_path.iterdir())
