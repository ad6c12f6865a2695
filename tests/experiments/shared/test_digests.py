"""A cached point is found again only where nothing that its result depends on has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import stomp_flim as sf
from experiments.compare.sweep import CostlyPoint
from experiments.frame.points import FramePoint
from experiments.shared import digests
from experiments.shared.digests import forget_sources, graph_digest, point_key, policy_digest
from experiments.speedup.points import SpeedupPoint
from stomp_flim import plugins

RANK = "def mine(graph, platform, jobs):\n    return [0] * len(graph)\n"
POINTS: dict[str, Callable[[str], SpeedupPoint | FramePoint]] = {
    "speedup": lambda policy: SpeedupPoint(
        "seq2seqlite", "postprocess", 1, False, "published", 3, policy
    ),
    "compare": lambda policy: CostlyPoint(
        "seq2seqlite", "postprocess", 1, False, "published", 3, policy
    ),
    "frame": lambda policy: FramePoint(
        "seq2seqlite", 1, 4, "published", 1, policy, "lock-step", 2, 1e-3, 10**6
    ),
}


def key(experiment: str, policy: str) -> str:
    """Return the key of a point, as a new run of the experiment finds it."""
    forget_sources()
    return POINTS[experiment](policy).key()


@pytest.mark.parametrize("experiment", POINTS)
@pytest.mark.parametrize(
    ("policy_text", "module"),
    [
        ("import helper\n", "helper.py"),
        ("from helper import SIGN\n", "helper.py"),
        ("import kit.signs\n", "kit/signs.py"),
        ("from kit import signs\n", "kit/signs.py"),
        ("def late():\n    import helper\n", "helper.py"),
        ("import between\n", "helper.py"),
    ],
)
def test_a_change_in_what_a_policy_file_imports_changes_the_key(
    tmp_path: Path, experiment: str, policy_text: str, module: str
) -> None:
    """Beside it, in a package, inside a function, or through another module; but no other file."""
    (tmp_path / "kit").mkdir()
    (tmp_path / "kit" / "__init__.py").touch()
    (tmp_path / "between.py").write_text("import helper\n")
    helper = tmp_path / module
    helper.write_text("SIGN = 1\n")
    (tmp_path / "mine.py").write_text(policy_text + RANK)
    policy = f"{tmp_path}/mine.py:mine"
    before = key(experiment, policy)
    (tmp_path / "unrelated.py").write_text("SIGN = -1\n")
    assert before == key(experiment, policy)
    helper.write_text("SIGN = -1\n")
    assert before != key(experiment, policy)
    helper.write_text("SIGN = 1\n")
    assert before == key(experiment, policy)


def test_a_module_that_the_interpreter_finds_elsewhere_counts_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever a policy's helper lies, unless it is installed."""
    monkeypatch.syspath_prepend(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").mkdir()
    helper = tmp_path / "elsewhere" / "my_far_helper.py"
    helper.write_text("SIGN = 1\n")
    (tmp_path / "mine.py").write_text("import my_far_helper, json, numpy\n" + RANK)
    policy = f"{tmp_path}/mine.py:mine"
    before = key("speedup", policy)
    helper.write_text("SIGN = -1\n")
    assert before != key("speedup", policy)


def test_a_file_that_a_parameter_names_counts_with_itscontent(tmp_path: Path) -> None:
    """A plan in a file is part of the policy."""
    plan = tmp_path / "plan.json"
    plan.write_text("[1]")
    (tmp_path / "mine.py").write_text(RANK)
    policy = f"{tmp_path}/mine.py:mine:weight=2,plan={plan}"
    before = key("compare", policy)
    plan.write_text("[2]")
    assert before != key("compare", policy)


def test_imports_in_a_circle_and_broken_files_have_a_digest(tmp_path: Path) -> None:
    """What is wrong with a policy is said where it is loaded."""
    (tmp_path / "one.py").write_text("import two\n")
    (tmp_path / "two.py").write_text("import one\n")
    (tmp_path / "bad.py").write_text("import one\ndef (:\n")
    forget_sources()
    assert policy_digest(f"{tmp_path}/one.py:f") != policy_digest(f"{tmp_path}/bad.py:f")


@pytest.mark.parametrize("package", ["stomp_flim", "hwmodels", "policies"])
def test_the_sources_of_the_packages_count(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulator's, the hardware models' and those of a registered policy, each whole."""
    forget_sources()
    before = policy_digest("hlfet")
    content = digests.content
    changed: list[Path] = []

    def edited(file: Path) -> bytes:
        if file.parent.name == package and file.name == "__init__.py":
            changed.append(file)
            return content(file) + b"# another line\n"
        return content(file)

    digests.policy_digest.cache_clear()
    monkeypatch.setattr(digests, "content", edited)
    try:
        assert before != policy_digest("hlfet")
        assert changed
    finally:
        digests.policy_digest.cache_clear()


@pytest.mark.parametrize(
    "change", [{"memories": {"RAM": 9}}, {"servers": {"a": 3}}, {"clock_ns": 2.0}, {"name": "b"}]
)
def test_all_that_a_platform_says_counts(change: dict[str, object]) -> None:
    """Memories too, and whatever it may say one day."""
    graph = sf.TaskGraph.from_tasks([sf.Task("t", [sf.Mode({"a": 1}, 1)])], [])
    platform = sf.Platform({"a": 2}, memories={"RAM": 8})
    point = POINTS["speedup"]("fifo")
    one, other = (
        point_key(point, graph, where, "fifo") for where in (platform, replace(platform, **change))
    )
    assert one != other


def test_all_that_a_graph_says_counts() -> None:
    """A policy may read names, so they count; equal graphs have one digest."""

    def made(
        name: str = "g", task: str = "t", latency: int = 2, edges: tuple[tuple[int, int], ...] = ()
    ) -> str:
        tasks = [sf.Task(task, [sf.Mode({"a": 1}, latency)], buffer=None)] * 2
        return graph_digest(sf.TaskGraph.from_tasks(tasks, edges, name))

    assert made() == made()
    others = [made("h"), made(task="u"), made(latency=3), made(edges=((0, 1),))]
    assert 1 + len(others) == len({made(), *others})


def test_parameters_count() -> None:
    """Each by name and value."""
    point, graph = POINTS["speedup"]("fifo"), sf.workload_graph("seq2seqlite", stage="encoder")
    keys = {
        point_key(point, graph, plugins.device("published"), "fifo", **parameters)
        for parameters in ({}, {"pixels": 1}, {"pixels": 2}, {"slots": 1})
    }
    assert 4 == len(keys)
