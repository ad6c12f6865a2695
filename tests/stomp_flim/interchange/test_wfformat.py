"""Workflows of WfCommons."""

import copy
import json
import re
import warnings

import pytest
from graph_formats import content, single_mode_instances
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate
from stomp_flim.errors import InputError
from stomp_flim.interchange.wfformat import read_graph, write_graph


def specified(name, parents, children):
    """Return a task of the specification, whose id is its name and a number."""
    return {"name": name, "id": f"{name}_1", "parents": parents, "children": children}


def executed(name, runtime, cores, *machines):
    """Return a task of the execution."""
    task = {"id": f"{name}_1", "runtimeInSeconds": runtime, "coreCount": cores}
    return {**task, "machines": list(machines)} if machines else task


KNOWN = {
    "name": "by hand",
    "schemaVersion": "1.5",
    "author": {"name": "somebody"},
    "workflow": {
        "specification": {
            "tasks": [
                specified("split", [], ["left_1", "right_1"]),
                specified("left", ["split_1"], ["join_1"]),
                specified("right", ["split_1"], ["join_1"]),
                specified("join", ["left_1", "right_1"], []),
            ],
            "files": [{"id": "f", "sizeInBytes": 3}],
        },
        "execution": {
            "makespanInSeconds": 9.5,
            "executedAt": "2020-01-01T00:00:00Z",
            "tasks": [
                executed("join", 0.0006, 2, "big"),
                executed("left", 3, 1, "small"),
                executed("right", 2.5, 1.0, "small"),
                executed("split", 1.2344, 2, "small", "big"),
            ],
            "machines": [
                {"nodeName": "small", "cpu": {"speedInMHz": 1200}},
                {"nodeName": "big", "cpu": {"coreCount": 2}},
            ],
        },
    },
}
pytestmark = pytest.mark.filterwarnings("ignore:.*runtimes are below half a tick of 0.5 s")
SPLIT, LEFT, RIGHT, JOIN = range(4)


@pytest.fixture
def written(tmp_path):
    """Write a document, changed by a function, and return its path."""

    def file(change=lambda document: None):
        document = copy.deepcopy(KNOWN)
        change(document)
        path = tmp_path / "known.json"
        path.write_text(json.dumps(document, indent=1))
        return path

    return file


@settings(max_examples=50)
@given(single_mode_instances(), st.floats(1e-3, 1e9))
def test_what_is_written_is_read_back_without_further_words(tmp_path_factory, instance, clock_ns):
    """Names, runtimes, edges, cores and machines and clock survive."""
    graph, platform = instance
    assume(all(len(set(modes[0].demand.values())) == 1 for modes in graph.mode_sets))
    platform = Platform(platform.servers, clock_ns)
    path = tmp_path_factory.mktemp("wfformat") / "random.json"
    write_graph(graph, path, platform)
    back, machines = read_graph(path)
    assert content(graph) == content(back)
    assert graph.name == back.name
    assert list(platform.servers.items()) == list(machines.servers.items())
    assert platform.clock_ns == machines.clock_ns


def test_a_workflow_on_the_machines_of_its_record(written):
    """Nearest milliseconds, at least one; several machines are held at once; 1 core by default."""
    graph, platform = read_graph(written())
    modes = [
        (Mode({"small": 1, "big": 1}, 1234),),
        (Mode({"small": 1}, 3000),),
        (Mode({"small": 1}, 2500),),
        (Mode({"big": 2}, 1),),
    ]
    assert [("split", "left", "right", "join"), modes, [[0, 1], [0, 2], [1, 3], [2, 3]]] == content(
        graph
    )
    assert {"small": 1, "big": 2} == platform.servers
    assert ["by hand", "known", 1e6] == [graph.name, platform.name, platform.clock_ns]


def test_a_workflow_on_any_machine(written):
    """Every machine with enough cores is an alternative, in the recorded time."""
    graph, _ = read_graph(written(), tick_s=0.5, placement="any")
    assert (Mode({"big": 2}, 2),) == graph.modes(SPLIT)
    assert (Mode({"small": 1}, 6), Mode({"big": 1}, 6)) == graph.modes(LEFT)


@pytest.mark.parametrize(("placement", "optimum"), [("recorded", 6735), ("any", 4235)])
def test_optima_known_by_hand(written, placement, optimum):
    """Left and right share the one core of a machine, or run beside each other on two machines."""
    graph, platform = read_graph(written(), placement=placement)
    result = simulate([Job(graph)], platform, engine="simpy")
    assert optimum == result.makespan


def test_without_machines_nothing_is_limited(written):
    """There are as many cores as all tasks together ask for."""

    def change(document):
        del document["workflow"]["execution"]["machines"]

    graph, platform = read_graph(written(change), tick_s=0.5)
    assert {"core": 6} == platform.servers
    assert (Mode({"core": 2}, 2),) == graph.modes(SPLIT)
    assert 9 == simulate([Job(graph)], platform, engine="simpy").makespan


def test_tasks_that_run_anywhere_survive(written, tmp_path):
    """They are written without a machine."""
    graph, platform = read_graph(written(), placement="any")
    write_graph(graph, tmp_path / "again.json", platform)
    back, machines = read_graph(tmp_path / "again.json")
    assert content(graph) == content(back)
    assert platform.servers == machines.servers


def spec(document, task):
    """Return a task of the specification."""
    return document["workflow"]["specification"]["tasks"][task]


def run(document, task):
    """Return a task of the execution, in its order."""
    return document["workflow"]["execution"]["tasks"][task]


@pytest.mark.parametrize(
    ("change", "message", "place"),
    [
        (
            lambda d: d.update(schemaVersion="1.4"),
            r"schemaVersion is '1\.4', expected '1\.5' or '1\.6'; .*wfcommons-migrate-instance\.py",
            '"schemaVersion"',
        ),
        (
            lambda d: spec(d, LEFT).update(id=[1]),
            r"workflow\.specification\.tasks\.1\.id is \[1\], expected a valid string",
            r'"id": \[',
        ),
        (
            lambda d: run(d, 0).pop("runtimeInSeconds"),
            r"workflow\.execution\.tasks\.0\.runtimeInSeconds: missing",
            r'\{\s+"id": "join_1",\s+"coreCount"',
        ),
        (
            lambda d: run(d, 1).update(runtimeInSeconds=-1),
            r"runtimeInSeconds is -1, expected greater than or equal to 0",
            r'"runtimeInSeconds": -1',
        ),
        (
            lambda d: run(d, 1).update(runtimeInSeconds=float("nan")),
            r"runtimeInSeconds is nan, expected a finite number",
            r'"runtimeInSeconds": NaN',
        ),
        (
            lambda d: run(d, 1).update(runtimeInSeconds=1e15),
            r"1000000000000000\.0 s are 1e\+18 cycles of 0\.001 s, expected fewer than 1e\+15",
            r'"runtimeInSeconds": 1000',
        ),
        (
            lambda d: run(d, 1).update(id="lift_1"),
            r"task 'left_1' is not among the tasks of the execution, expected its runtime there",
            r'"id": "left_1"',
        ),
        (
            lambda d: run(d, 1).update(id="join_1"),
            r"id 'join_1' stands twice, expected once",
            r'"id": "join_1",\s+"runtimeInSeconds": 3',
        ),
        (
            lambda d: spec(d, LEFT).update(id="join_1"),
            r"id 'join_1' stands twice, expected once",
            r'"id": "join_1",\s+"parents": \[\s+"left_1"',
        ),
        (
            lambda d: spec(d, LEFT)["parents"].append("splt_1"),
            r"'splt_1', expected the id of a task; did you mean 'split_1'",
            r'"splt_1"',
        ),
        (
            lambda d: spec(d, SPLIT).update(children=["left_1"]),
            r"children of 'split_1' lack 'right_1', which says otherwise",
            r'"children": \[\s+"left_1"\s+\]',
        ),
        (
            lambda d: spec(d, JOIN).update(parents=["left_1"]),
            r"parents of 'join_1' lack 'right_1', which says otherwise",
            r'"parents": \[\s+"left_1"\s+\]',
        ),
        (
            lambda d: [spec(d, LEFT)[key].append("left_1") for key in ("parents", "children")],
            r"the parents have a cycle: left_1 -> left_1",
            r'\{\s+"name": "left"',
        ),
        (
            lambda d: run(d, 1)["machines"].append("big"),
            r"1 cores on \['small', 'big'\], expected different machines and the same number",
            r'"machines": \[\s+"small",\s+"big"\s+\]\s+\},\s+\{\s+"id": "right_1"',
        ),
        (
            lambda d: run(d, 1).update(machines=["smal"]),
            r"machine 'smal' is not among the machines of the execution; did you mean 'small'\?",
            r'"smal"',
        ),
        (
            lambda d: run(d, 0).update(coreCount=3),
            r"3 cores on 'big', expected at most its 2",
            r'"coreCount": 3',
        ),
        (
            lambda d: run(d, 0).update(coreCount=3, machines=[]),
            r"3 cores, expected at most the 2 of the largest machine",
            r'"coreCount": 3',
        ),
        (
            lambda d: d["workflow"]["execution"]["machines"][1].update(nodeName="small"),
            r"nodeName 'small' stands twice, expected once",
            r'"nodeName": "small",\s+"cpu": \{\s+"coreCount"',
        ),
    ],
)
def test_a_wrong_value_is_refused_with_its_line(written, change, message, place):
    """The line is where the value stands, or the object or array that is wrong as a whole."""
    path = written(change)
    text = path.read_text()
    (position,) = (match.start() for match in re.finditer(place, text))
    line = text.count("\n", 0, position) + 1
    with pytest.raises(InputError, match=rf"known\.json, line {line}: .*{message}"):
        read_graph(path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"tick_s": 0.0}, r"a tick of 0\.0 s, expected a number above 0"),
        ({"tick_s": float("inf")}, r"a tick of inf s, expected"),
        ({"placement": "recordet"}, r"placement 'recordet'; did you mean 'recorded'\?"),
    ],
)
def test_wrong_arguments_are_refused(written, arguments, message):
    """Before the file is read."""
    with pytest.raises(InputError, match=message):
        read_graph(written(), **arguments)


@pytest.mark.parametrize(
    ("modes", "message"),
    [
        ([Mode({"a": 1}, 2), Mode({"b": 1}, 3)], r"task 0 \('t'\) has modes .*, expected for W"),
        ([Mode({"a": 2, "b": 1}, 2)], r"expected for WfFormat one mode with the same number of"),
        ([Mode({"a": 1}, 2, 1)], r"has latency 2 and occupancy 1, expected for WfFormat"),
        ([Mode({"a": 3}, 2)], r"demands 3 units of 'a', expected at most the 2"),
        ([Mode({"A": 1}, 2)], r"demands 'A', which platform 'platform' lacks"),
    ],
)
def test_what_the_format_cannot_hold_is_refused(tmp_path, modes, message):
    """And no file is left behind."""
    graph = TaskGraph.from_tasks([Task("t", modes)], [])
    with pytest.raises(InputError, match=message):
        write_graph(graph, tmp_path / "g.json", Platform({"a": 2, "b": 1}))
    assert [] == list(tmp_path.iterdir())


def test_version_1_6_is_read_as_1_5(written):
    """What is read of the two is the same."""
    expected = content(read_graph(written())[0])
    assert expected == content(read_graph(written(lambda d: d.update(schemaVersion="1.6")))[0])


def test_runtimes_that_are_all_below_the_tick_are_refused(written):
    """Two runtimes that differ 67 times would become one cycle each."""

    def change(document):
        for number, runtime in enumerate([1.35e-8, 9e-7, 9e-7, 0.0]):
            run(document, number).update(runtimeInSeconds=runtime)

    message = r"known\.json: all runtimes are below half a tick of 0\.001 s, the longest is 9e-07"
    with pytest.raises(InputError, match=message):
        read_graph(written(change))
    graph, _ = read_graph(written(change), 1e-9)
    assert [900, 14] == graph.shortest_latency[[1, 3]].tolist()


def test_a_warning_tells_of_runtimes_below_the_tick(written):
    """A few of them may not matter; none is silently made longer."""
    with pytest.warns(UserWarning, match=r"1 of 4 runtimes are below half a tick of 0\.001 s"):
        read_graph(written(lambda d: run(d, 0).update(runtimeInSeconds=0.0004)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_graph(written(lambda d: run(d, 0).update(runtimeInSeconds=0.0005)))
        read_graph(written(lambda d: run(d, 0).update(runtimeInSeconds=0)))


@pytest.mark.parametrize("text", ["Not executed; 1 cycle is 0 ns.", "Not executed; 1 cycle is x"])
def test_a_clock_that_is_none_is_a_description(written, text):
    """Whatever stands there, a file is read."""
    _, platform = read_graph(written(lambda d: d.update(description=text)))
    assert 1e6 == platform.clock_ns
