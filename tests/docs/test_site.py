"""The site of the documentation."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from pages import REPOSITORY, name, pages


def test_it_builds_without_a_warning(tmp_path: Path) -> None:
    """By the command of `make docs`: links, references and docstrings are sound."""
    dry = ["make", "--dry-run", "--directory", str(REPOSITORY), "docs"]
    recipe = subprocess.run(dry, capture_output=True, text=True, check=True).stdout
    (line,) = (line for line in recipe.splitlines() if "sphinx-build" in line)
    options = [word for word in line.split()[1:] if word.startswith("--")]
    build = [sys.executable, "-m", "sphinx", *options, "--doctree-dir", str(tmp_path / "trees")]
    run = subprocess.run(
        [*build, str(REPOSITORY / "docs"), str(tmp_path / "html")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "html/tutorial/network_to_speedup.html").exists()
    commands = (tmp_path / "html/reference/commands.html").read_text(encoding="utf-8")
    assert 'id="stomp-flim-policies-check"' in commands
    assert 'id="stomp-flim-speedup"' in commands
    assert "dag_&lt;graph&gt;_&lt;timestep&gt;.graphml" in commands


@pytest.mark.parametrize("page", pages(), ids=name)
def test_files_that_pages_name_exist(page: Path) -> None:
    """Links between files of the repository, and paths of its folders in code type."""
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#\s]+)", text)
    folders = "benchmarks|docs|experiments|hwmodels|policies|stomp_flim|tests|workloads"
    paths = re.findall(rf"`((?:{folders})/[\w./-]+)`", text)
    missing = [link for link in links if not (page.parent / link).exists()]
    missing += [path for path in paths if not (REPOSITORY / path).exists()]
    assert [] == [path for path in missing if not path.startswith("docs/_build")]


def test_pages_are_told_apart_by_their_names() -> None:
    """Tests of figures name a page by its file name alone."""
    names = Counter(
        path.name for path in (REPOSITORY / "docs").rglob("*.md") if path.name != "index.md"
    )
    assert set() == {name for name, pages in names.items() if pages > 1}
