"""The tree of docs/architecture.md is that of the repository."""

import re
from pathlib import Path

import stomp_flim

REPOSITORY = Path(stomp_flim.__file__).parents[1]
PAGE = (REPOSITORY / "docs/architecture.md").read_text(encoding="utf-8")
PACKAGES = ("stomp_flim", "hwmodels", "policies", "workloads", "experiments")


def told():
    """Yield the folders and the modules of the tree on the page."""
    path: list[str] = []
    tree = re.findall(r"```text\n(stomp_flim/.*?)```", PAGE, flags=re.DOTALL)[0]
    for line in tree.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        names = re.split(r" {2,}", line.strip())[0].split(", ")
        yield from ("/".join([*path[:depth], name.rstrip("/")]) for name in names)
        path[depth:] = [names[0].rstrip("/")]


def folders():
    """Yield the folders with modules of the packages."""
    for package in PACKAGES:
        for file in (REPOSITORY / package).rglob("*.py"):
            yield str(file.parent.relative_to(REPOSITORY))


def test_the_tree_names_every_room_and_nothing_else():
    """Each folder has a line, and each line a folder or a module."""
    experiments = re.findall(r"`(\w+)`", PAGE.split("under `experiments/`:")[1].split("\n\n")[0])
    shown = {*told(), *(f"experiments/{name}" for name in experiments)}
    assert set() == set(folders()) - shown
    missing = [
        entry
        for entry in shown
        if not (REPOSITORY / entry).is_dir() and not (REPOSITORY / f"{entry}.py").is_file()
    ]
    assert [] == missing


def test_every_path_on_the_page_exists():
    """A page that names a file that is gone sends its reader astray."""
    paths = set(re.findall(r"`((?:\w+/)+\w+(?:\.\w+)?)`", PAGE))
    assert len(paths) > 20
    bases = (REPOSITORY, REPOSITORY / "stomp_flim")
    assert [] == [p for p in sorted(paths) if not any((base / p).exists() for base in bases)]
