"""Files of the Standard Task Graph Set."""

import pytest
from graph_formats import content, with_first_modes
from hypothesis import given, settings
from strategies import task_graphs

from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate
from stomp_flim.errors import InputError
from stomp_flim.interchange.stg import read_graph, write_graph

# two chains that join: 2 -> 4 -> 5 takes 3 + 2 + 1, all tasks together 10
KNOWN = """\
      5
      0     0      0
      1     2      1      0
      2     3      1      0
      3     2      1      1
      4     2      2      1   2
      5     1      2      3   4
      6     0      1      5
#
# Made by hand.
"""


@pytest.fixture
def read(tmp_path):
    """Read a file with this text."""

    def from_text(text):
        path = tmp_path / "known.stg"
        path.write_text(text, newline="")
        return read_graph(path)

    return from_text


@settings(max_examples=50)
@given(task_graphs(Platform({"processor": 1})).map(with_first_modes))
def test_what_is_written_is_read_back(tmp_path_factory, graph):
    """Durations, edges and numbering survive; names become numbers from 1."""
    path = tmp_path_factory.mktemp("stg") / "random.stg"
    write_graph(graph, path)
    back = read_graph(path)
    assert content(graph, named=False) == content(back, named=False)
    assert tuple(str(task + 1) for task in range(len(graph))) == back.task_names


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_file_made_by_hand(read, line_end):
    """Entry and exit are gone; tasks keep their numbers as names."""
    graph = read(KNOWN.replace("\n", line_end))
    expected = [
        ("1", "2", "3", "4", "5"),
        [(Mode({"processor": 1}, time),) for time in (2, 3, 2, 2, 1)],
        [[0, 2], [0, 3], [1, 3], [2, 4], [3, 4]],
    ]
    assert expected == content(graph)
    assert "known" == graph.name


@pytest.mark.parametrize(("processors", "optimum"), [(1, 10), (2, 6), (3, 6)])
def test_optima_known_by_hand(read, processors, optimum):
    """All work on one processor; the longest path on more, which any order reaches here."""
    result = simulate([Job(read(KNOWN))], Platform({"processor": processors}), engine="simpy")
    assert optimum == result.makespan == result.lower_bound


def test_a_barrier_inside_the_graph_is_joined(read):
    """What comes before a task without time precedes what comes after it."""
    graph = read("3\n0 0 0\n1 2 1 0\n2 0 1 1\n3 4 1 2\n4 0 1 3\n")
    assert [("1", "3"), [[0, 1]]] == [graph.task_names, graph.edges.tolist()]


def test_the_processors_can_be_called_otherwise(tmp_path):
    """As the platform calls them."""
    path = tmp_path / "g.stg"
    path.write_text(KNOWN)
    assert ("DSP",) == read_graph(path, "DSP").server_types


def test_the_written_form(tmp_path):
    """Sources follow the entry, the exit follows the sinks, every line has its counts."""
    tasks = [Task(name, [Mode({"DSP": 1}, time)]) for name, time in [("a", 3), ("b", 4), ("c", 5)]]
    write_graph(TaskGraph.from_tasks(tasks, [(0, 2)]), tmp_path / "g.stg")
    expected = "3\n0 0 0\n1 3 1 0\n2 4 1 0\n3 5 1 1\n4 0 2 2 3\n"
    assert expected == (tmp_path / "g.stg").read_text()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (KNOWN, "# nothing\n", r"empty, expected the number of tasks"),
        ("      5\n", "five\n", r"line 1: the number of tasks is 'five', expected an integer >= 1"),
        ("      5\n", "5 2\n", r"line 1: '5 2', expected the number of tasks alone"),
        ("      5\n", "6 2\n", r"line 1: '6 2', expected the number .*: this is the older form"),
        ("      5\n", "4\n", r"line 8: one task too many, expected 6: 4, an entry and an exit"),
        ("      5\n", "6\n", r"line 8: ends after 7 tasks, expected 8: 6, an entry and an exit"),
        ("2     3      1", "3     3      1", r"line 4: task 3, expected task 2"),
        ("1     2 ", "1     2.5 ", r"line 3: the processing time is '2\.5', expected an integer"),
        ("1     2 ", "1     -2 ", r"line 3: the processing time is '-2', expected an integer >= 0"),
        ("0     0      0", "0 0", r"line 2: 2 values, expected the task's number, its processing"),
        ("2      1   2", "3      1   2", r"line 6: 2 predecessors, expected 3 as announced"),
        ("1      5", "1      7", r"line 8: predecessor 7, expected a task from 0 to 6"),
        ("1      1\n", "1      x\n", r"line 5: a predecessor is 'x', expected an integer >= 0"),
        ("2     3      1      0", "2     3      1      5", r"line \d: the precedences have a cyc"),
        (KNOWN, "1\n0 0 0\n1 0 1 0\n2 0 1 1\n", r"line 4: no task takes any time"),
    ],
)
def test_a_malformed_file_is_refused_with_its_line(read, old, new, message):
    """One message with the file, the line, the value and what was expected."""
    assert old in KNOWN
    with pytest.raises(InputError, match=rf"known\.stg[,:] {message}"):
        read(KNOWN.replace(old, new, 1))


@pytest.mark.parametrize(
    ("modes", "message"),
    [
        ([Mode({"a": 1}, 2), Mode({"a": 2}, 1)], r"task 0 \('t'\) has 2 modes, expected one"),
        ([Mode({"a": 1}, 2, 1)], r"task 0 \('t'\) has latency 2 and occupancy 1"),
        ([Mode({"a": 2}, 2)], r"task 0 \('t'\) demands 2 servers, expected 1 for STG"),
        ([Mode({"a": 1, "b": 1}, 2)], r"demands 'a', 'b', expected one server type for STG"),
    ],
)
def test_what_the_format_cannot_hold_is_refused(tmp_path, modes, message):
    """And no file is left behind."""
    with pytest.raises(InputError, match=message):
        write_graph(TaskGraph.from_tasks([Task("t", modes)], []), tmp_path / "g.stg")
    assert [] == list(tmp_path.iterdir())


def test_remarks_may_be_in_any_encoding(tmp_path):
    """The set was made in Japan, for DOS."""
    path = tmp_path / "g.stg"
    remark = "# 標準タスクグラフ\r\n\x1a".encode("shift-jis")
    path.write_bytes(KNOWN.replace("\n", "\r\n").encode() + remark)
    assert ("1", "2", "3", "4", "5") == read_graph(path).task_names
