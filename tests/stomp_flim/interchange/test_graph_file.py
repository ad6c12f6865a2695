"""Task graphs of any format, by the ending of a file or by the name of its format."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from graph_formats import content
from pages import table

from stomp_flim import InputError, Mode, Platform, Task, TaskGraph
from stomp_flim.interchange import dot, psplib, stg, wfformat
from stomp_flim.interchange.graph_file import FORMATS, files_of, read_graph
from stomp_flim.interchange.stomp import graph as stomp

TASKS = [Task(name, [Mode({"core": 1}, latency)]) for name, latency in (("a", 5), ("b", 3))]
GRAPH = TaskGraph.from_tasks(TASKS, [(0, 1)], "chain")
CORES = Platform({"core": 2}, clock_ns=1e6)
WRITERS: dict[str, Callable[[Path], object]] = {
    "stg": lambda path: stg.write_graph(GRAPH, path),
    "dot": lambda path: dot.write_graph(GRAPH, path),
    "wfformat": lambda path: wfformat.write_graph(GRAPH, path, CORES),
    "psplib": lambda path: psplib.write_graph(GRAPH, path, CORES),
    "stomp": lambda path: stomp.write_graph(GRAPH, path, path.with_suffix(".txt")),
}


@pytest.fixture(params=WRITERS)
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a file of each format, with the first of its endings."""
    path = tmp_path / f"chain{FORMATS[request.param].endings[0]}"
    WRITERS[request.param](path)
    return path


def test_every_format_can_be_written_here() -> None:
    """And none is left out of the tests below."""
    assert WRITERS.keys() == FORMATS.keys()


def test_a_file_is_read_by_its_ending_and_by_its_format(file: Path, tmp_path: Path) -> None:
    """The same graph, and the same servers where it brings some."""
    (name,) = (name for name, known in FORMATS.items() if file.suffix in known.endings)
    graph, platform = read_graph(file)
    assert [8, 2, [[0, 1]]] == [graph.critical_path, len(graph), graph.edges.tolist()]
    other = tmp_path / "other.data"
    other.write_bytes(file.read_bytes())
    if name == "stomp":
        (tmp_path / "other.txt").write_bytes(file.with_suffix(".txt").read_bytes())
    again, servers = read_graph(other, format=name)
    assert content(graph) == content(again)
    assert (name in ("wfformat", "psplib")) == (platform is not None) == (servers is not None)
    if platform is not None and servers is not None:
        assert dict(platform.servers) == dict(servers.servers)


def test_files_without_servers_are_told_their_type(file: Path) -> None:
    """Where a file names its own, a type given besides is refused."""
    if file.suffix == ".stg":
        assert ("GPU",) == read_graph(file, server_type="GPU")[0].server_types
        assert ("processor",) == read_graph(file)[0].server_types
    elif file.suffix == ".dot":  # each of its tasks says where it runs
        assert ("core",) == read_graph(file, server_type="GPU")[0].server_types
    else:
        with pytest.raises(InputError, match="server type 'GPU' given, expected none: a file of"):
            read_graph(file, server_type="GPU")


def test_stomps_graphs_are_two_files(tmp_path: Path) -> None:
    """The table has the same name, or stands under the name that IBM's have."""
    graph, table = tmp_path / "dag5.graphml", tmp_path / "dag_5.txt"
    stomp.write_graph(GRAPH, graph, table)
    assert (graph, table) == files_of(graph)
    assert 8 == read_graph(graph)[0].critical_path
    table.rename(tmp_path / "dag5.txt")
    assert (graph, tmp_path / "dag5.txt") == files_of(graph)
    (tmp_path / "dag5.txt").unlink()
    with pytest.raises(InputError, match=r"dag5\.txt: cannot be read"):
        read_graph(graph)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("g.xyz", {}, "g.xyz: its name does not tell the format, expected an ending of .stg, .dot"),
        ("g.dot", {"format": "stgg"}, "unknown format 'stgg'; did you mean 'stg'?"),
        ("g.stg", {}, "g.stg: cannot be read: No such file"),
        ("g.dot", {"server_type": ""}, "server type '' given, expected a name"),
    ],
)
def test_what_cannot_be_read_is_one_clear_error(
    tmp_path: Path, name: str, options: dict[str, str], message: str
) -> None:
    """It names the file or the option, and what was expected."""
    with pytest.raises(InputError, match=re.escape(message)):
        read_graph(tmp_path / name, **options)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("c.dot", "digraph { a [latency=1]; b [latency=1]; a -> b -> a }"),
        ("c.stg", "2\n0 0 0\n1 5 1 2\n2 3 1 1\n3 0 1 2\n"),
    ],
)
def test_a_cycle_is_one_clear_error(tmp_path: Path, name: str, text: str) -> None:
    """It names the file and the cycle."""
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=rf"{name}.*cycle"):
        read_graph(tmp_path / name)


def test_the_page_lists_the_formats() -> None:
    """Every format with its name and its endings, and no other."""
    rows = {row[0]: row[1] for row in table("formats.md", "`--format` | endings")[1:]}
    expected = {
        f"`{name}`": ", ".join(f"`{ending}`" for ending in known.endings)
        for name, known in FORMATS.items()
    }
    assert expected == rows
