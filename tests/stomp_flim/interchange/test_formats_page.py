"""The page docs/reference/formats.md."""

import re
from pathlib import Path

import stomp_flim
from stomp_flim.interchange.dot import read_graph

PAGE = (Path(stomp_flim.__file__).parents[1] / "docs/reference/formats.md").read_text(
    encoding="utf-8"
)


def blocks(language):
    """Return the code blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_its_example_runs(tmp_path, monkeypatch):
    """As it stands there."""
    monkeypatch.chdir(tmp_path)
    (example,) = blocks("python")
    exec(compile(example, "docs/reference/formats.md", "exec"), {})
    assert {"small.dot", "small.sm", "small.json"} == {path.name for path in tmp_path.iterdir()}


def test_its_graph_is_read(tmp_path):
    """As it stands there."""
    (text,) = blocks("dot")
    (tmp_path / "g.dot").write_text(text)
    graph = read_graph(tmp_path / "g.dot")
    assert [("load", "add"), 5] == [graph.task_names, graph.critical_path]
