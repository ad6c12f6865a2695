"""The arrows between the packages and inside them, the size of rooms, and what an import costs."""

import ast
import subprocess
import sys
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from statistics import median

import pytest

import stomp_flim

REPOSITORY = Path(stomp_flim.__file__).parents[1]
ARROWS = {
    "stomp_flim": set(),
    "hwmodels": {"stomp_flim"},
    "policies": {"stomp_flim"},
    "workloads": {"stomp_flim", "hwmodels"},
    "experiments": {"stomp_flim", "hwmodels", "policies", "workloads"},
}
EXCEPTION = ("stomp_flim.model.graph", "stomp_flim.interchange.stomp.graph")
"""The one arrow that goes up: `TaskGraph.from_stomp` hands on to the reader of STOMP's graphs."""


def imported(file):
    """Yield the modules and the names that a file imports anywhere, also inside its functions."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}: relative import, expected an absolute one"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            yield from (a.value for a in node.args if isinstance(a, ast.Constant))


def modules(package, root=REPOSITORY):
    """Return the files of a package by the dotted names of their modules."""
    files = sorted((root / package).rglob("*.py"))
    assert files
    dotted = {file: ".".join(file.relative_to(root).with_suffix("").parts) for file in files}
    return {name.removesuffix(".__init__"): file for file, name in dotted.items()}


def arrows(package, root=REPOSITORY):
    """Return, for each module of a package, the modules of the package that it imports."""
    known = modules(package, root)

    def module_of(name):
        return name if name in known else name.rpartition(".")[0]

    return {
        name: {module_of(target) for target in imported(file)} & known.keys() - {name}
        for name, file in known.items()
    }


@pytest.mark.parametrize("package", ARROWS)
def test_a_package_imports_only_what_is_below_it(package):
    """The simulator knows no GRU, no FPGA and no policy; only experiments know everything."""
    forbidden = ARROWS.keys() - ARROWS[package] - {package}
    found = [
        f"{name} imports {target}"
        for name, file in modules(package).items()
        for target in imported(file)
        if target.partition(".")[0] in forbidden
    ]
    assert [] == found


@pytest.mark.parametrize("package", ARROWS)
def test_no_module_imports_itself_through_others(package):
    """Inside a package too the arrows go down, type hints included, but for one exception."""
    graph = arrows(package)
    if EXCEPTION[0] in graph:
        graph[EXCEPTION[0]].remove(EXCEPTION[1])  # fails where it has become needless
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


def test_fluorescence_does_not_know_task_graphs():
    """Measured pixels and what is learned from them stand apart from the decompositions."""
    apart = ("workloads.published", "workloads.accelerator", "workloads.tiles")
    found = [
        f"{name} imports {target}"
        for name, targets in arrows("workloads").items()
        for target in targets
        if name.startswith("workloads.flim") and target.startswith(apart)
    ]
    assert [] == found


def test_the_walk_sees_circles_and_imports_inside_functions(tmp_path):
    """Or else a late import would hide an arrow."""
    (tmp_path / "room").mkdir()
    (tmp_path / "room/__init__.py").write_text("")
    (tmp_path / "room/a.py").write_text("import x.y\ndef f():\n    from room.b import c\n")
    (tmp_path / "room/b.py").write_text("importlib.import_module('z')\nfrom room import a\n")
    assert ["room.b.c", "x.y"] == sorted(imported(tmp_path / "room/a.py"))
    assert ["room.a", "z"] == sorted(imported(tmp_path / "room/b.py"))
    assert {"room": set(), "room.a": {"room.b"}, "room.b": {"room.a"}} == arrows("room", tmp_path)


@pytest.mark.parametrize("package", [*ARROWS, "tests", "docs"])
def test_a_room_can_be_taken_in_at_a_glance(package):
    """No folder holds more than 16 files, or more than 16 folders."""
    entries = Counter()
    for entry in (REPOSITORY / package).rglob("*"):
        if not {"__pycache__", "_build"} & set(entry.parts):
            entries[entry.parent, entry.is_dir()] += 1
    assert {} == {str(room): number for (room, _), number in entries.items() if number > 16}


def test_modules_are_short():
    """One idea each: the median has at most 110 lines, and none more than 400."""
    lines = {
        str(file.relative_to(REPOSITORY)): len(file.read_text(encoding="utf-8").splitlines())
        for package in ARROWS
        for file in modules(package).values()
    }
    assert median(lines.values()) <= 110
    assert {} == {name: number for name, number in lines.items() if number > 400}


@pytest.mark.parametrize("heavy", ["torch", "pandas", "matplotlib", "networkx", "ortools", "scipy"])
def test_importing_the_simulator_is_quick(heavy):
    """Libraries that a simulation may not need are imported where they are used."""
    script = f"import sys, stomp_flim; sys.exit({heavy!r} in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_simulating_needs_no_heavy_library():
    """Nor does a run under any built-in policy, its bound included."""
    script = """
import sys
import stomp_flim as sf
graph = sf.TaskGraph.from_tasks([sf.Task("read", [sf.Mode({"memory": 1}, 3)])], [])
for policy in ("fifo", "hlfet", "manual-lanes:lanes=2"):
    result = sf.simulate([sf.Job(graph)] * 4, sf.Platform({"memory": 2}), policy)
    assert result.lower_bound == 6 == result.makespan, policy
loaded = {"torch", "pandas", "matplotlib", "networkx", "ortools"} & set(sys.modules)
assert not loaded, loaded
"""
    subprocess.run([sys.executable, "-c", script], check=True)
