"""The versions in `pyproject.toml` and `constraints.txt`, and how `make check-versions` divides."""

import tomllib
from importlib.metadata import PackageNotFoundError, version

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.versions.check import chosen, needing
from tests.versions.requirements import OWN, ROOT, SETS, asked, bound, constraints, project

TRAINING = "tests/workloads/flim/training"


def test_a_package_has_one_bound():
    """Whichever extra names it; and whoever develops has every extra."""
    extras = project()
    lines = {line for part in extras.values() for line in part if not line.startswith(OWN)}
    assert sorted(asked().values()) == sorted(lines)
    (taken_in,) = (Requirement(line).extras for line in extras["dev"] if line.startswith(OWN))
    assert extras.keys() - {"", "dev"} == taken_in


@pytest.mark.parametrize("line", ["numpy", "numpy==2.2", "numpy>2", "numpy<3", "numpy>=2.2; x"])
def test_a_requirement_without_a_lowest_version_is_refused(line):
    """There would be none to try."""
    with pytest.raises(ValueError, match="expected name>=version"):
        bound(line)


@pytest.mark.parametrize("choice", SETS)
def test_a_set_is_what_is_asked_for(choice):
    """Each version of it, and that of every package."""
    found = SETS[choice]()
    assert asked().keys() == found.keys()
    for name, line in found.items():
        for specifier in Requirement(line).specifier:
            if specifier.operator == "==":
                assert specifier.version in Requirement(asked()[name]).specifier, line


def test_the_lowest_set_leaves_nothing_open():
    """An installer has one choice of each: that of the bound."""
    lowest = SETS["lowest"]()
    for name, line in asked().items():
        (exact,) = Requirement(lowest[name]).specifier
        bounds = {s.operator: Version(s.version) for s in Requirement(line).specifier}
        assert ("==", bounds[">="]) == (exact.operator, Version(exact.version))


def test_what_is_held_still_is_what_is_asked_for():
    """The versions of our own commands lie within the bounds."""
    for line in constraints():
        held = Requirement(line)
        (exact,) = held.specifier
        assert exact.operator == "=="
        assert exact.version in Requirement(asked()[held.name]).specifier, line


def test_what_is_installed_is_what_is_asked_for():
    """Else the suite passes with other versions than those that users get."""
    for name, line in asked().items():
        try:
            found = version(name)
        except PackageNotFoundError:  # left out, which tests that need it do not pass
            continue
        assert Requirement(line).specifier.contains(found, prereleases=True), f"{name} {found}"


def test_tools_judge_by_the_lowest_python():
    """What only a later one can would pass them."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lowest = table["project"]["requires-python"].removeprefix(">=")
    assert lowest == table["tool"]["mypy"]["python_version"]
    assert f"py{lowest.replace('.', '')}" == table["tool"]["ruff"]["target-version"]
    assert table["project"]["classifiers"][0].endswith(f":: {lowest}")


@pytest.mark.parametrize("count", [1, 4, 1000])
def test_every_file_is_in_one_part(count):
    """Also where there are more parts than files; what is left out is in none."""
    parts = [chosen(["tests"], f"{number}/{count}", []) for number in range(1, count + 1)]
    files = sorted(file for part in parts for file in part)
    assert sorted((ROOT / "tests").rglob("test_*.py")) == files
    (out,) = {file for file in files if file.name == "test_requirements.py"}
    left = chosen(["tests"], "1/1", [out])
    assert set(files) - {out} == set(left)


@pytest.mark.parametrize("part", ["0/4", "5/4", "1", "x/4"])
def test_a_part_that_is_none_is_refused(part):
    """Nothing would be run, and pass."""
    with pytest.raises(SystemExit, match="expected such as 2/4"):
        chosen(["tests"], part, [])


def test_a_place_that_is_not_there_is_refused():
    """Beside others it would be passed over."""
    with pytest.raises(SystemExit, match="tests/nothing does not exist"):
        chosen(["tests/versions", "tests/nothing"], "1/1", [])


def test_what_needs_a_package_is_found():
    """Or it would fail where the package is left out; what only speaks of it runs there too."""
    found = {str(file.relative_to(ROOT / "tests")) for file in needing("torch")}
    training = {str(file.relative_to(ROOT / "tests")) for file in chosen([TRAINING], "1/1", [])}
    assert {"experiments/train/test_command.py", *training} <= found
    assert not {"test_architecture.py", "versions/test_requirements.py"} & found
