"""The arrows between the packages, and what importing the simulator costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import stomp_flim

REPOSITORY = Path(stomp_flim.__file__).parents[1]
PACKAGES = {"stomp_flim", "hwmodels", "policies", "workloads", "experiments"}
ARROWS = {
    "stomp_flim": set(),
    "hwmodels": {"stomp_flim"},
    "policies": {"stomp_flim"},
    "workloads": {"stomp_flim", "hwmodels"},
    "experiments": {"stomp_flim", "hwmodels", "policies", "workloads"},
}


def imported(file):
    """Yield the modules that a file imports anywhere, also inside its functions."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}: relative import, expected an absolute one"
            yield node.module
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            yield from (a.value for a in node.args if isinstance(a, ast.Constant))


@pytest.mark.parametrize("package", ARROWS)
def test_a_package_imports_only_what_is_below_it(package):
    """The simulator knows no GRU, no FPGA and no policy; only experiments know everything."""
    files = sorted((REPOSITORY / package).rglob("*.py"))
    assert files
    forbidden = PACKAGES - ARROWS[package] - {package}
    found = [
        f"{file.relative_to(REPOSITORY)} imports {module}"
        for file in files
        for module in imported(file)
        if module.partition(".")[0] in forbidden
    ]
    assert [] == found


def test_the_walk_sees_imports_inside_functions(tmp_path):
    """Or else a late import would hide an arrow."""
    file = tmp_path / "module.py"
    file.write_text("import a.b\ndef f():\n    from c import d\n    importlib.import_module('e')\n")
    assert ["a.b", "c", "e"] == sorted(imported(file))


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
