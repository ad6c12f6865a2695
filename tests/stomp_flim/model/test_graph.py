"""Task graphs: what can be built, what is derived from it, what is refused."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import platforms, task_graphs

from stomp_flim import InputError, Mode, Task, TaskGraph

graphs = platforms().flatmap(task_graphs)
ONE = Mode({"DSP": 1}, 1)


def graph_of(latencies, edges):
    """Make a graph of tasks with one mode each."""
    modes = [[Mode({"DSP": 1}, latency)] for latency in latencies]
    return TaskGraph.from_tasks([Task(str(i), m) for i, m in enumerate(modes)], edges)


def test_a_mode_holds_its_servers_to_the_end_unless_told_otherwise():
    """Occupancy is the latency by default."""
    assert 5 == Mode({"DSP": 1}, 5).occupancy
    assert 2 == Mode({"DSP": 1}, 5, occupancy=2).occupancy


def test_equal_modes_are_one_dictionary_key():
    """The order in which a demand is written down does not matter."""
    mode, same = Mode({"DSP": 1, "memory": 2}, 3), Mode({"memory": 2, "DSP": 1}, 3, 3)
    assert mode == same
    assert 1 == len({mode, same})
    assert mode != Mode({"DSP": 1, "memory": 2}, 3, 2)


def test_a_mode_does_not_follow_the_mapping_it_was_made_of():
    """A demand is copied."""
    demand = {"DSP": 1}
    mode = Mode(demand, 1)
    demand["DSP"] = 9
    assert {"DSP": 1} == mode.demand


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (({}, 1), "a mode demands no server type, expected at least one"),
        (({"DSP": 0}, 1), "a mode demands 0 units of 'DSP', expected an integer >= 1"),
        (({"DSP": 1.5}, 1), "a mode demands 1.5 units of 'DSP', expected an integer >= 1"),
        (({"DSP": True}, 1), "a mode demands True units of 'DSP', expected an integer >= 1"),
        (({"DSP": 1}, 0), "a mode has latency 0, expected an integer >= 1"),
        (({"DSP": 1}, -2), "a mode has latency -2, expected an integer >= 1"),
        (({"DSP": 1}, float("nan")), "a mode has latency nan, expected an integer >= 1"),
        (({"DSP": 1}, 4, 5), "a mode has occupancy 5, expected an integer from 1 to its latency 4"),
        (({"DSP": 1}, 4, -1), "a mode has occupancy -1, expected an integer from 1 to its lat"),
    ],
)
def test_a_wrong_mode_is_refused(arguments, message):
    """The figure and its range are named."""
    with pytest.raises(InputError) as error:
        Mode(*arguments)
    assert str(error.value).startswith(message)


@settings(max_examples=40)
@given(graphs)
def test_networkx_and_back(graph):
    """Names, modes and edges survive the way through networkx."""
    again = TaskGraph.from_networkx(graph.to_networkx())
    assert graph.name == again.name
    assert graph.task_names == again.task_names
    assert [graph.modes(i) for i in range(len(graph))] == [
        again.modes(i) for i in range(len(graph))
    ]
    assert graph.edges.tolist() == again.edges.tolist()


def test_networkx_nodes_may_be_anything():
    """Tasks take the order of the nodes; a node without a name is named after itself."""
    source = nx.DiGraph(name="pixel")
    source.add_node("multiply", modes=[ONE])
    source.add_node("read", modes=[ONE], name="first")
    source.add_edge("read", "multiply")
    graph = TaskGraph.from_networkx(source)
    assert ("multiply", "first") == graph.task_names
    assert [[1, 0]] == graph.edges.tolist()


@pytest.mark.parametrize("kind", [nx.DiGraph, nx.MultiDiGraph])
def test_parallel_edges_of_networkx_are_one(kind):
    """Tasks precede each other once."""
    source = kind()
    source.add_nodes_from(["first", "second"], modes=[ONE])
    source.add_edges_from([("second", "first")] * 2)
    assert [[1, 0]] == TaskGraph.from_networkx(source).edges.tolist()


@pytest.mark.parametrize("kind", [nx.Graph, nx.MultiGraph])
def test_networkx_edges_without_a_direction_are_refused(kind):
    """Which task comes first must not depend on how an edge was written down."""
    source = kind()
    source.add_nodes_from(["first", "second"], modes=[ONE])
    source.add_edge("second", "first")
    with pytest.raises(InputError, match=rf"graph 'graph': {kind.__name__}, expected .* direction"):
        TaskGraph.from_networkx(source)


def test_a_networkx_node_without_modes_is_named():
    """A graph that knows no durations cannot be simulated."""
    with pytest.raises(InputError, match="graph 'g': node 'read' has no attribute 'modes'"):
        TaskGraph.from_networkx(nx.DiGraph([("read", "multiply")]), name="g")


@settings(max_examples=40)
@given(graphs)
def test_paths_are_those_of_networkx(graph):
    """Heads, tails, bottom levels and the critical path against networkx' longest paths."""
    weighted = nx.DiGraph()
    weighted.add_nodes_from(range(len(graph)))
    for source, target in graph.edges.tolist():
        weighted.add_edge(source, target, weight=int(graph.shortest_latency[source]))
    order = list(nx.topological_sort(weighted))
    for task in range(len(graph)):
        before = weighted.subgraph(nx.ancestors(weighted, task) | {task})
        after = weighted.subgraph(nx.descendants(weighted, task) | {task})
        head = nx.dag_longest_path_length(before)
        assert head == graph.head[task]
        ends = [node for node in after if not list(weighted.successors(node))]
        levels = [
            nx.dag_longest_path_length(
                weighted.subgraph(
                    (nx.descendants(after, task) & nx.ancestors(after, end)) | {task, end}
                )
            )
            + graph.shortest_latency[end]
            for end in ends
        ]
        assert max(levels) == graph.bottom_level[task]
        assert graph.bottom_level[task] == graph.shortest_latency[task] + graph.tail[task]
    assert graph.critical_path == max(graph.head + graph.bottom_level)
    assert len(order) == len(graph)


@settings(max_examples=40)
@given(graphs)
def test_edges_and_degrees_agree(graph):
    """Successors, edges and in-degrees are three views of one relation."""
    pairs = [(i, s) for i in range(len(graph)) for s in graph.successors(i).tolist()]
    assert pairs == sorted(set(pairs))
    assert pairs == list(map(tuple, graph.edges.tolist()))
    degree = [sum(target == task for _, target in pairs) for task in range(len(graph))]
    assert degree == graph.in_degree.tolist()


@settings(max_examples=40)
@given(graphs, st.data())
def test_the_fastest_mode_gives_the_shortest_latency(graph, data):
    """Shortest latency and least work are minima over a task's modes."""
    task = data.draw(st.integers(0, len(graph) - 1))
    assert min(mode.latency for mode in graph.modes(task)) == graph.shortest_latency[task]
    for server_type in graph.server_types:
        least = sum(
            min(mode.demand.get(server_type, 0) * mode.occupancy for mode in graph.modes(i))
            for i in range(len(graph))
        )
        assert least == graph.work(server_type)


def test_server_types_appear_in_order():
    """Each once, where it is first demanded."""
    modes = [Mode({"memory": 1, "DSP": 1}, 1)], [Mode({"DSP": 1}, 1), Mode({"GPU": 1}, 1)]
    graph = TaskGraph.from_tasks([Task(str(i), m) for i, m in enumerate(modes)], [])
    assert ("memory", "DSP", "GPU") == graph.server_types


def test_a_diamond_by_hand():
    """Heads and tails where two paths differ in length."""
    graph = graph_of([1, 10, 2, 4], [(0, 1), (0, 2), (1, 3), (2, 3)])
    assert [0, 1, 1, 11] == graph.head.tolist()
    assert [14, 4, 4, 0] == graph.tail.tolist()
    assert [15, 14, 6, 4] == graph.bottom_level.tolist()
    assert 15 == graph.critical_path


def test_a_graph_cannot_be_changed():
    """Its columns are read-only."""
    graph = graph_of([1, 1], [(0, 1)])
    for column in (graph.mode_set, graph.successor_offset, graph.successor):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 1


def test_a_cycle_is_named():
    """Its tasks in order, from one back to itself; the way there is not part of it."""
    with pytest.raises(InputError) as error:
        graph_of([1] * 4, [(0, 1), (1, 2), (2, 3), (3, 1)])
    assert "graph 'graph' has a cycle: 1 ('1') -> 2 ('2') -> 3 ('3') -> 1 ('1')" == str(error.value)


def test_a_task_that_waits_for_itself_is_a_cycle():
    """An edge from a task to itself."""
    with pytest.raises(InputError, match=r"has a cycle: 1 \('1'\) -> 1 \('1'\)"):
        graph_of([1, 1], [(0, 1), (1, 1)])


def test_a_long_cycle_is_shortened():
    """No message of a thousand tasks."""
    with pytest.raises(InputError) as error:
        graph_of([1] * 1000, [(i, (i + 1) % 1000) for i in range(1000)])
    assert " -> ... -> 0 ('0')" in str(error.value)
    assert len(str(error.value)) < 200


@pytest.mark.parametrize("edge", [(0, 2), (-1, 1)])
def test_an_edge_to_nowhere_is_named(edge):
    """The edge and the tasks that exist."""
    with pytest.raises(InputError) as error:
        graph_of([1, 1], [edge])
    message = f"graph 'graph': edge {edge[0]} -> {edge[1]} names a task that does not exist, "
    assert message + "expected 0 to 1" == str(error.value)


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        (np.array([[0, 1, 3], [1, 2, 3]]), r"array of shape \(2, 3\), expected two columns"),
        (np.array([0, 1]), r"edge .*0.*, expected two task numbers"),
        (np.array([[0.0, 1.0]]), r"edge array\(\[0., 1.\]\), expected two task numbers"),
        ([(0, 1, 2)], r"edge \(0, 1, 2\), expected two task numbers"),
        ([0], "edge 0, expected two task numbers"),
        ([(0, 10**400)], "names a task that does not exist"),
        (np.array([[0, 2**63]], np.uint64), "names a task that does not exist"),
    ],
)
def test_what_is_no_list_of_pairs_is_refused(edges, message):
    """Numbers of another shape are not made into other edges."""
    with pytest.raises(InputError, match=message):
        graph_of([1] * 4, edges)


@settings(max_examples=30)
@given(graphs, st.sampled_from([np.int8, np.int32, np.int64, np.uint64]))
def test_edges_may_be_an_array(graph, dtype):
    """Of any integers, in any order and more than once."""
    edges = np.concatenate([graph.edges[::-1], graph.edges]).astype(dtype)
    tasks = [Task(name, graph.modes(task)) for task, name in enumerate(graph.task_names)]
    assert graph.edges.tolist() == TaskGraph.from_tasks(tasks, edges).edges.tolist()


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int64])
def test_figures_of_numpy_become_those_of_python(dtype):
    """NumPy's wrap around in sums: 100 + 100 in 8 bits."""
    mode = Mode({"DSP": dtype(2)}, dtype(100), dtype(50))
    assert [int] * 3 == [type(n) for n in (mode.demand["DSP"], mode.latency, mode.occupancy)]
    assert Mode({"DSP": 2}, 100, 50) == mode


@pytest.mark.parametrize("name", ["\ud800", "a\udfff", "a\0b", 5, None])
def test_a_name_that_no_file_can_hold_is_refused(name):
    """Of a task, a graph and a server type; halves of characters come out of JSON's escapes."""
    for make in (
        lambda: TaskGraph.from_tasks([Task(name, [ONE])], []),
        lambda: TaskGraph.from_tasks([Task("t", [ONE])], [], name),
        lambda: Mode({name: 1}, 1),
    ):
        with pytest.raises(InputError, match="expected a name"):
            make()


def test_a_task_without_a_mode_is_named():
    """Its number and name."""
    with pytest.raises(InputError, match=r"graph 'g': task 1 \('b'\) has no mode"):
        TaskGraph.from_tasks([Task("a", [ONE]), Task("b", [])], [], "g")


def test_an_empty_graph_is_refused():
    """A graph has a task."""
    with pytest.raises(InputError, match="graph 'g' has no task"):
        TaskGraph.from_tasks([], [], "g")


@settings(max_examples=40)
@given(platforms().flatmap(task_graphs), st.randoms(use_true_random=False))
def test_renumbering_moves_the_columns(graph, random):
    """Figures belong to a task, whatever its number."""
    size = len(graph)
    number = list(range(size))
    random.shuffle(number)
    old = np.argsort(number).tolist()
    tasks = [Task(graph.task_names[i], graph.modes(i)) for i in old]
    edges = [(number[u], number[v]) for u, v in graph.edges.tolist()]
    renumbered = TaskGraph.from_tasks(tasks, edges)
    for column in ("head", "tail", "bottom_level", "in_degree"):
        assert getattr(graph, column).tolist() == getattr(renumbered, column)[number].tolist()
