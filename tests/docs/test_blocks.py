"""Every code block of README and docs does what it says, page by page from the top."""

from __future__ import annotations

import doctest
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pages import REPOSITORY, Block, blocks, name, pages
from typer import BadParameter, Context
from typer.main import get_command

from stomp_flim.cli.app import app

CODE, DATA, SHOWN = ("python", "pycon", "sh"), ("toml", "dot", "text"), "text"
USAGE_ERROR = BadParameter.__mro__[1]
"""What a wrong command line raises; versions of Typer have it in different modules."""
PAGES = [page for page in pages() if blocks(page)]
ARGUMENTS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS

NOT_RUN = {
    "make run": "the whole experiment, minutes",
    "make test": "it would start itself",
    "make docs": "tests/docs/test_site.py builds the site",
    "make train": "most of an hour",
    "make check-hardware": "installs tools, then minutes",
    "stomp-flim train --preset minutes --network seq2seqlite-64 --out results/mine": "minutes",
    "stomp-flim accuracy --training results/train": "needs the networks of make train",
}
"""Commands that are not executed, and why: what they are given is still parsed, see `_parse`."""

WITHOUT_WHICH = ("torch",)
"""What `make check-versions` may leave out, and the pages that import it."""


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_blocks_run(
    page: Path,
    bring: Callable[[str, Path], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In one folder and one namespace, in the order of the page."""
    for package in WITHOUT_WHICH:
        if f"import {package}\n" in page.read_text("utf-8"):
            pytest.importorskip(package)
    scripts = Path(sys.executable).parent
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PATH", f"{scripts}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("MPLBACKEND", "Agg")
    (tmp_path / ".venv").symlink_to(scripts.parent)
    bring(name(page), tmp_path)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks(page):
        if block.file:
            (tmp_path / block.file).write_text(block.text, encoding="utf-8")
        if block.language == "python":
            code = "\n" * (block.line - 1) + block.text
            exec(compile(code, str(page), "exec"), namespace)
        elif block.language == "pycon":
            _session(block, page, namespace)
        elif block.language == "sh":
            for command in block.commands:
                _parse(command) if command in NOT_RUN else _shell(command)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_block_is_passed_over(page: Path) -> None:
    """A block is code, a file that the page uses, or text that is shown."""
    for block in blocks(page):
        assert block.language in (*CODE, *DATA), f"line {block.line}: {block.language!r}"
        if block.language in DATA and block.language != SHOWN:
            text = page.read_text(encoding="utf-8")
            assert block.file, f"line {block.line} names no file"
            assert text.count(block.file) > 1, f"nothing uses {block.file}"


def test_only_commands_of_the_pages_are_excepted() -> None:
    """An exception ends with the command it was made for."""
    shown = {c for page in PAGES for b in blocks(page) if b.language == "sh" for c in b.commands}
    assert set() == NOT_RUN.keys() - shown


@pytest.mark.parametrize(
    "command", ["stomp-flim train --night", "stomp-flim policies check", "make nothing"]
)
def test_a_command_that_is_not_run_must_still_be_one(command: str) -> None:
    """A wrong option, a missing argument and a missing target are found."""
    with pytest.raises((USAGE_ERROR, subprocess.CalledProcessError)):
        _parse(command)


def _session(block: Block, page: Path, namespace: dict[str, Any]) -> None:
    """Run a block of prompts; what it prints must be what the page shows."""
    found = doctest.DocTestParser().get_doctest(
        block.text, namespace, name(page), str(page), block.line - 1
    )
    runner = doctest.DocTestRunner(optionflags=ARGUMENTS)
    printed: list[str] = []
    runner.run(found, out=printed.append, clear_globs=False)
    assert not printed, "".join(printed)
    namespace.update(found.globs)


def _shell(command: str) -> None:
    """Run a command in the folder of the page; it must succeed."""
    run = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=600, check=False
    )
    assert run.returncode == 0, f"{command}\n{run.stdout}{run.stderr}"


def _parse(command: str) -> None:
    """Check a command without running it.

    The target of `make` must be there, and of what it would run, as of any other command of ours,
    each option and value must be one that the command takes.
    """
    program, *arguments = shlex.split(command)
    if program == "make":
        dry = ["make", "--dry-run", "--directory", str(REPOSITORY), *arguments]
        recipe = subprocess.run(dry, capture_output=True, text=True, check=True).stdout
        for line in recipe.splitlines():
            if "bin/stomp-flim " in line:
                _parse(line)
        return
    assert Path(program).name == "stomp-flim"
    found: Any = get_command(app)
    context: Context | None = None
    while hasattr(found, "get_command"):
        context = Context(found, parent=context, info_name=found.name)
        found = found.get_command(context, arguments.pop(0))
        assert found is not None, command
    found.make_context(found.name, arguments, parent=context)
