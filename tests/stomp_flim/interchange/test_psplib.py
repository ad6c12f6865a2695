"""PSPLIB's single-mode projects."""

from itertools import permutations

import numpy as np
import pytest
from graph_formats import content, single_mode_instances
from hypothesis import given, settings

from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate
from stomp_flim.errors import InputError
from stomp_flim.interchange.psplib import read_graph, write_graph

KNOWN = """\
************************************************************************
file with basedata            : by hand
initial value random generator: 1
************************************************************************
projects                      :  1
jobs (incl. supersource/sink ):  7
horizon                       :  12
RESOURCES
  - renewable                 :  2   R
  - nonrenewable              :  0   N
  - doubly constrained        :  0   D
************************************************************************
PROJECT INFORMATION:
pronr.  #jobs rel.date duedate tardcost  MPM-Time
    1      5      0       10        0        6
************************************************************************
PRECEDENCE RELATIONS:
jobnr.    #modes  #successors   successors
   1        1          2           2   3
   2        1          1           4
   3        1          1           5
   4        1          1           6
   5        1          1           7
   6        1          1           7
   7        1          0
************************************************************************
REQUESTS/DURATIONS:
jobnr. mode duration  R 1  R 2
------------------------------------------------------------------------
  1      1     0       0    0
  2      1     3       2    0
  3      1     4       3    0
  4      1     2       2    1
  5      1     2       0    1
  6      1     1       0    0
  7      1     0       0    0
************************************************************************
RESOURCEAVAILABILITIES:
  R 1  R 2
    4    1
************************************************************************
"""


@pytest.fixture
def read(tmp_path):
    """Read a file with this text."""

    def from_text(text):
        path = tmp_path / "known.sm"
        path.write_text(text, newline="")
        return read_graph(path)

    return from_text


@settings(max_examples=50)
@given(single_mode_instances())
def test_what_is_written_is_read_back(tmp_path_factory, instance):
    """Durations, edges, numbering and units survive; names are numbers."""
    graph, platform = instance
    path = tmp_path_factory.mktemp("psplib") / "random.sm"
    write_graph(graph, path, platform)
    back, resources = read_graph(path)
    name = {server_type: f"R{k}" for k, server_type in enumerate(platform.servers, start=1)}
    renamed = graph.with_modes(
        lambda mode: Mode({name[t]: units for t, units in mode.demand.items()}, mode.latency)
    )
    assert content(renamed, named=False) == content(back, named=False)
    assert tuple(str(task + 2) for task in range(len(graph))) == back.task_names
    assert list(zip(name.values(), platform.servers.values(), strict=True)) == list(
        resources.servers.items()
    )


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_file_made_by_hand(read, line_end):
    """A job holds all that it requests at once; one that requests nothing never waits."""
    graph, platform = read(KNOWN.replace("\n", line_end))
    modes = [
        (Mode({"R1": 2}, 3),),
        (Mode({"R1": 3}, 4),),
        (Mode({"R1": 2, "R2": 1}, 2),),
        (Mode({"R2": 1}, 2),),
        (Mode({"no resource": 1}, 1),),
    ]
    expected = [("2", "3", "4", "5", "6"), modes, [[0, 2], [1, 3], [2, 4]]]
    assert expected == content(graph)
    assert {"R1": 4, "R2": 1, "no resource": 1} == platform.servers
    assert ["known", "known"] == [graph.name, platform.name]


def test_the_optimum_known_by_hand(read):
    """No two of jobs 2, 3 and 4 fit beside each other (9), and 5 after 3 or 6 after 4 comes last.

    With 3 first, 5 runs beside 2, and only job 6 follows: 10. In input order 5 waits for 4: 11.
    """
    graph, platform = read(KNOWN)

    def makespan(ranks):
        return simulate([Job(graph)], platform, lambda *_: np.array(ranks), engine="simpy").makespan

    assert 11 == simulate([Job(graph)], platform, engine="simpy").makespan
    assert 10 == min(makespan(ranks) for ranks in permutations(range(len(graph))))


def test_jobs_without_a_resource_survive(read, tmp_path):
    """What is written of them is again a job that requests nothing."""
    graph, platform = read(KNOWN)
    write_graph(graph, tmp_path / "again.sm", platform)
    back, resources = read_graph(tmp_path / "again.sm")
    assert content(graph) == content(back)
    assert platform.servers == resources.servers


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (":  1\njobs", ":  1\nprojects: 1\njobs", r", line 6: projects stands twice"),
        ("RESOURCEAVAILABILITIES:", "REQUESTS/DURATIONS:", r", line 38: REQUESTS/DURATIONS stands"),
        (":  1\njobs", ":  2\njobs", r", line 5: projects is 2, expected 1: a file"),
        ("projects       ", "project", r": no line 'projects : \.\.\.'"),
        (":  0   N", ":  1   N", r", line 10: nonrenewable is 1, expected 0: only renew"),
        (":  0   D", ":  3   D", r", line 11: doubly constrained is 3, expected 0"),
        ("):  7", "): seven", r", line 6: jobs is 'seven', expected an integer >= 0"),
        ("):  7", "):", r", line 6: jobs is '', expected an integer >= 0"),
        ("):  7", "):  8", r", line 25: PRECEDENCE RELATIONS ends after 7 jobs of 8"),
        ("):  7", "):  6", r", line 25: one job too many, expected 6 in PRECEDENCE RELATIONS"),
        ("   2        1   ", "   2        3   ", r", line 20: job 2 has 3 modes, expected 1: only"),
        ("  1           4", "  2           4", r", line 20: 1 successors, expected 2 as announced"),
        ("  1           4", "  1           8", r", line 20: successor 8, expected a job from 1"),
        ("  1           4", "  1           x", r", line 20: a successor is 'x', expected an"),
        ("   1           6", "   1           2", r", line \d+: the precedences have a cycle: "),
        ("   4        1", "   9        1", r", line 22: job 9, expected job 4"),
        ("   7        1          0", "   7        1", r", line 25: 2 values, expected job, modes"),
        ("  4      1     2 ", "  4      2     2 ", r", line 33: mode 2, expected 1: only sing"),
        ("  4      1     2 ", "  4      1     -2 ", r", line 33: the duration is '-2', expec"),
        ("2       2    1", "2       2", r", line 33: 4 values, expected job, mode, duration"),
        ("2       2    1", "2       5    1", r", line 33: job 4 requests 5 of R1, expected at"),
        ("2       2    1", "2       2    ?", r", line 33: the request of R2 is '\?', expecte"),
        ("    4    1\n", "    4\n", r", line 40: 1 availabilities in 1 lines, expected 2 in one"),
        ("    4    1\n", "", r", line 38: 0 availabilities in 0 lines, expected 2 in one"),
        ("    4    1\n", "    4    -1\n", r", line 40: R 2 is '-1', expected an integer >= 0"),
        ("REQUESTS/", "WISHES/", r", line 27: 1 values, expected job, modes"),
        (KNOWN[KNOWN.index("REQ") :], "", r": no section 'RESOURCEAVAILABILITIES', expected one"),
        (KNOWN[KNOWN.index("PREC") :], "", r": no section 'PRECEDENCE RELATIONS'"),
    ],
)
def test_a_malformed_file_is_refused_with_its_line(read, old, new, message):
    """One message with the file, the line, the value and what was expected."""
    assert old in KNOWN
    with pytest.raises(InputError, match=rf"known\.sm{message}"):
        read(KNOWN.replace(old, new, 1))


@pytest.mark.parametrize(
    ("modes", "message"),
    [
        ([Mode({"a": 1}, 2), Mode({"a": 2}, 1)], r"task 0 \('t'\) has 2 modes, expected one"),
        ([Mode({"a": 1}, 2, 1)], r"has latency 2 and occupancy 1, expected for PSPLIB"),
        ([Mode({"a": 3}, 2)], r"demands 3 units of 'a', expected at most the 2"),
        ([Mode({"A": 1}, 2)], r"demands 'A', which platform 'platform' lacks"),
        ([Mode({"a": 1, "no resource": 1}, 2)], r"expected one unit of 'no resource' and nothing"),
    ],
)
def test_what_the_format_cannot_hold_is_refused(tmp_path, modes, message):
    """And no file is left behind."""
    graph = TaskGraph.from_tasks([Task("t", modes)], [])
    with pytest.raises(InputError, match=message):
        write_graph(graph, tmp_path / "g.sm", Platform({"a": 2, "no resource": 1}))
    assert [] == list(tmp_path.iterdir())


def test_the_end_of_file_mark_of_dos_is_no_availability(read):
    """After the last line, with or without the rule below it."""
    expected = content(read(KNOWN)[0])
    assert expected == content(read(KNOWN + "\x1a")[0])
    assert expected == content(read(KNOWN.rstrip("*\n") + "\r\n\x1a\r\n")[0])
