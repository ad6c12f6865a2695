"""STOMP's task graphs in and out."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import platforms, task_graphs

from stomp_flim.errors import InputError
from stomp_flim.interchange.stomp.graph import read_graph, write_graph
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.task import Mode, Task

HEADER = "Node name,sub deadline ratio,DSP,Shared mem"
ROWS = ["read,0.2,None,3", "multiply,0.3,2,None", "either,0.5,2,4"]
EDGES = [(0, 1), (1, 2)]
GRAPHML = (
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="{edgedefault}">'
    "{content}</graph></graphml>"
)


def graphml_text(nodes=range(3), edges=EDGES, edgedefault="directed"):
    """GraphML with these node ids and edges."""
    content = "".join(f'<node id="{node}"/>' for node in nodes)
    content += "".join(f'<edge source="{u}" target="{v}"/>' for u, v in edges)
    return GRAPHML.format(edgedefault=edgedefault, content=content)


@pytest.fixture
def write(tmp_path):
    """Write a graph's two files and return their paths."""

    def files(header=HEADER, rows=ROWS, graphml=None):
        paths = tmp_path / "dag_1_1.graphml", tmp_path / "dag_1_1.txt"
        paths[0].write_text(graphml_text() if graphml is None else graphml)
        paths[1].write_text("\n".join([header, *rows]) + "\n")
        return paths

    return files


@given(st.data())
def test_what_is_written_is_read_back(tmp_path_factory, data):
    """Names, modes, edges and numbering survive, for any graph that STOMP's files can hold."""
    platform = data.draw(platforms())
    graph = data.draw(task_graphs(platform, stomp=True))
    folder = tmp_path_factory.mktemp("graph")
    paths = folder / "dag.graphml", folder / "dag.txt"
    types = list(platform.servers)
    write_graph(graph, *paths, types)
    back = read_graph(*paths, types, name=graph.name)
    assert graph.name == back.name
    assert graph.task_names == back.task_names
    assert [graph.modes(t) for t in range(len(graph))] == [back.modes(t) for t in range(len(back))]
    assert graph.edges.tolist() == back.edges.tolist()


def test_tasks_have_a_mode_a_server_type_in_the_order_of_the_columns(write):
    """Columns are found by name: their order in the platform does not matter."""
    graph = read_graph(*write(), server_types=["Shared mem", "DSP"])
    assert ("read", "multiply", "either") == graph.task_names
    assert (Mode({"Shared mem": 1}, 3),) == graph.modes(0)
    assert (Mode({"DSP": 1}, 2),) == graph.modes(1)
    assert (Mode({"DSP": 1}, 2), Mode({"Shared mem": 1}, 4)) == graph.modes(2)
    assert [[0, 1], [1, 2]] == graph.edges.tolist()
    assert "dag_1_1" == graph.name


def test_without_server_types_every_column_is_one(write):
    """The order is then that of the header."""
    assert (Mode({"DSP": 1}, 2), Mode({"Shared mem": 1}, 4)) == read_graph(*write()).modes(2)


def test_nodes_are_rows_by_number_and_not_by_position(write):
    """A GraphML file may list its nodes in any order."""
    rows = [f"task{number},1,{number + 1},None" for number in range(12)]
    nodes = sorted(range(12), key=str, reverse=True)
    paths = write(rows=rows, graphml=graphml_text(nodes, [(11, 2)]))
    graph = read_graph(*paths)
    assert [[11, 2]] == graph.edges.tolist()
    assert [number + 1 for number in range(12)] == graph.shortest_latency.tolist()


def test_a_column_that_the_platform_lacks_is_no_alternative(write):
    """One table serves platforms with fewer server types, as long as each task has one left."""
    rows = ["a,0.2,1,3", "b,0.3,2,5", "c,0.5,2,4"]
    graph = read_graph(*write(rows=rows), server_types=["Shared mem", "not in the table"])
    assert [3, 5, 4] == graph.shortest_latency.tolist()


def test_the_class_method_reads_the_same(write):
    """`TaskGraph.from_stomp` is this reader."""
    graph = TaskGraph.from_stomp(*write(), server_types=["DSP", "Shared mem"], name="mine")
    assert ("mine", 3) == (graph.name, len(graph))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (ROWS[:2], "2 rows of tasks, expected 3, one for each node of"),
        ([*ROWS, "more,0.1,2,None"], "4 rows of tasks, expected 3, one for each node of"),
        (["a,1,0,None", *ROWS[1:]], "line 2: DSP is '0', expected an integer >= 1 or None"),
        ([*ROWS[:2], "a,1,None,-3"], "line 4: Shared mem is '-3', expected an integer >= 1"),
        ([*ROWS[:2], "a,1,2.5,None"], "line 4: DSP is '2.5', expected an integer >= 1"),
        ([*ROWS[:2], "a,1,fast,None"], "line 4: DSP is 'fast', expected an integer >= 1"),
        ([*ROWS[:2], "a,1,,None"], "line 4: DSP is '', expected an integer >= 1 or None"),
        ([*ROWS[:2], "a,1,2"], "line 4: 3 values, expected 4 (Node name, sub deadline ratio, DSP"),
        ([*ROWS[:2], "a,1,2,None,9"], "line 4: 5 values, expected 4"),
        (
            [*ROWS[:2], "lost,1,None,None"],
            "line 4: task 2 ('lost') can run on no server of the platform: it has no duration",
        ),
    ],
)
def test_a_wrong_row_is_refused(write, rows, message):
    """The message names the table, the line, the column, the value and what was expected."""
    paths = write(rows=rows)
    with pytest.raises(InputError) as caught:
        read_graph(*paths)
    assert str(caught.value).startswith(str(paths[1]))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("header", "types", "message"),
    [
        (HEADER, ["GPU"], "no column is a server type of the platform: found 'DSP', 'Shared mem'"),
        ("name,ratio,DSP,DSP", None, "expected a column for the name"),
        ("name,ratio,DSP,", None, "expected a column for the name"),
        ("name,ratio", None, "expected a column for the name"),
        (
            "name,ratio,DSP,Shard mem",
            ["DSP", "Shared mem"],
            "line 2: task 0 ('read') can run on no server of the platform: it has durations on "
            "'Shard mem' (did you mean 'Shared mem'?)",
        ),
    ],
)
def test_an_unknown_header_is_refused(write, header, types, message):
    """A misspelt server type is told with the name that was meant."""
    paths = write(header=header)
    with pytest.raises(InputError) as caught:
        read_graph(*paths, types)
    assert str(caught.value).startswith(str(paths[1]))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not XML: no element found: line 1, column 0"),
        ("Node name,DSP", "not XML: syntax error: line 1"),
        ("<html/>", "not GraphML"),
        ("<graphml/>", "holds 0 graphs, expected one"),
        (graphml_text().replace("</graph>", "</graph><graph/>"), "holds 2 graphs, expected one"),
        (graphml_text().replace("<edge", "<node id='3'><graph/></node><edge", 1), "holds 2 graphs"),
        (graphml_text().replace("<edge", "<data><node id='3'/></data><edge", 1), "has a node that"),
        (graphml_text().replace("<edge", "<hyperedge/><edge", 1), "has a hyperedge that is none"),
        (graphml_text().replace("<edge", "<edge directed='false'", 1), "undirected graph or edge"),
        (graphml_text().replace(' edgedefault="directed"', ""), "undirected graph or edge"),
        (graphml_text(nodes=[0, 1, 2, 2]), "two node ids are the same number"),
        ("<graphml>" + "<a>" * 10**5, "not XML"),
        ("<graphml>" + "<a>" * 10**5 + "</a>" * 10**5 + "</graphml>", "holds 0 graphs"),
        (graphml_text(edgedefault="undirected"), "undirected graph or edge, expected edged"),
        (graphml_text(nodes=[], edges=[]), "has no node"),
        (
            graphml_text(edges=[*EDGES, (2, 0)]),
            "cycle: 0 ('read') -> 1 ('multiply') -> 2 ('either') ->",
        ),
        (graphml_text(edges=[(1, 1)]), "has a cycle: 1 ('multiply') -> 1 ('multiply')"),
        (graphml_text(nodes=["n0", "n1", "n2"], edges=[]), "node id 'n0'"),
        (graphml_text(nodes=[1, 2, 3], edges=[]), "node id '3'"),
        (graphml_text(nodes=["0", "00", "1"], edges=[]), "two node ids are the same number"),
        (graphml_text(edges=[(0, 7)]), "node id '7' (of a node or an end of an edge)"),
    ],
)
def test_a_wrong_graph_is_refused(write, text, message):
    """The message names the GraphML file."""
    paths = write(graphml=text)
    with pytest.raises(InputError) as caught:
        read_graph(*paths)
    assert str(caught.value).startswith(str(paths[0]))
    assert message in str(caught.value)


@pytest.mark.parametrize("missing", [0, 1])
def test_a_missing_file_is_refused(write, missing):
    """Either file may be the one that is not there."""
    paths = write()
    paths[missing].unlink()
    with pytest.raises(InputError, match="cannot be read: No such file") as caught:
        read_graph(*paths)
    assert str(caught.value).startswith(str(paths[missing]))


def test_an_empty_table_is_refused(write):
    """No header is not the same as no row."""
    paths = write(header="", rows=[])
    with pytest.raises(InputError, match="empty, expected a header and one row for each task"):
        read_graph(*paths)


@pytest.mark.parametrize(
    "modes",
    [
        [Mode({"DSP": 2}, 3)],
        [Mode({"DSP": 1, "ROM": 1}, 3)],
        [Mode({"DSP": 1}, 3, 1)],
        [Mode({"DSP": 1}, 3), Mode({"DSP": 1}, 2)],
    ],
)
def test_what_stomp_cannot_express_is_not_written(tmp_path, modes):
    """Nothing is lost silently, and no file is left behind."""
    graph = TaskGraph.from_tasks([Task("odd", modes)], [])
    with pytest.raises(InputError, match=r"task 0 \('odd'\) has mode .* expected for STOMP one"):
        write_graph(graph, tmp_path / "a.graphml", tmp_path / "a.txt")
    assert [] == list(tmp_path.iterdir())


def test_a_server_type_without_a_column_is_not_written(tmp_path):
    """The columns asked for must hold every mode."""
    graph = TaskGraph.from_tasks([Task("read", [Mode({"ROM": 1}, 3)])], [])
    with pytest.raises(InputError, match="runs on 'ROM'; known are 'DSP'"):
        write_graph(graph, tmp_path / "a.graphml", tmp_path / "a.txt", ["DSP"])


PIECES = st.sampled_from(
    ["None", "0", "2", "-1", "1.5", ",", "\n", '"', "\r", "DSP", "", "\0", "é"]
)


@given(st.lists(PIECES, max_size=12).map("".join), st.booleans())
def test_any_table_is_read_or_refused(tmp_path_factory, text, whole):
    """Whatever stands in the table, the answer is a graph or an `InputError`."""
    folder = tmp_path_factory.mktemp("table")
    (folder / "a.graphml").write_text(graphml_text([0], []))
    (folder / "a.txt").write_text(text if whole else f"{HEADER}\nread,1,{text}")
    with suppress(InputError):
        assert 1 == len(read_graph(folder / "a.graphml", folder / "a.txt"))


IBM_HEADERS = ("type,P1,P2,...,Pn", "type,sub-deadline-ratio,P1,P2,...,Pn", "type,CPU,GPU")


@pytest.mark.parametrize("header", IBM_HEADERS)
def test_a_table_of_ibms_follows_the_order_of_the_servers(write, header):
    """Its header has too few columns and no names; durations are rounded, and at least a cycle."""
    rows = ["fft,0.5,134.4,None,None", "sink,0.5,0,2,None", "conv,1,None,2.5"]
    graph = read_graph(*write(header=header, rows=rows), server_types=["core", "card"])
    assert ("fft", "sink", "conv") == graph.task_names
    assert (Mode({"core": 1}, 134),) == graph.modes(0)
    assert (Mode({"core": 1}, 1), Mode({"card": 1}, 2)) == graph.modes(1)
    assert (Mode({"card": 1}, 2),) == graph.modes(2)


def test_a_column_of_type_may_stand_before_server_types(write):
    """A header that names a server type is read by name."""
    paths = write(header="type,ratio,card,core", rows=["fft,1,5,7", "fft,1,5,7", "fft,1,5,7"])
    graph = read_graph(*paths, server_types=["core", "card"])
    assert (Mode({"card": 1}, 5), Mode({"core": 1}, 7)) == graph.modes(0)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("fft,1,5", "line 3: 3 values, expected 4 (type, sub deadline ratio, core, card)"),
        ("fft,1,5,6,7", "line 3: 5 values, expected 4 (type, sub deadline ratio, core, card), and"),
        ("fft,1,None,None", "line 3: it has no duration, expected one on some of 'core', 'card'"),
        ("fft,1,x,6", "line 3: core is 'x', expected a number >= 0"),
        ("fft,1,5,-6", "line 3: card is '-6', expected a number >= 0"),
        ("fft,1,5,nan", "line 3: card is 'nan', expected a number >= 0"),
        ("fft,1,1e15,6", "line 3: core is '1e15', expected a number >= 0 of at most 15 digits"),
    ],
)
def test_a_wrong_table_of_ibms_is_refused(write, row, message):
    """The message names the line, the server type and the value."""
    paths = write(header=IBM_HEADERS[0], rows=["fft,1,5,6", row, "fft,1,5,6"])
    with pytest.raises(InputError) as caught:
        read_graph(*paths, server_types=["core", "card"])
    assert message in str(caught.value)
