"""The site: pages in Markdown, the API from the docstrings, the commands from the commands."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

project = "STOMP-FLIM"
author = "The STOMP-FLIM developers"
copyright = f"2026, {author}"  # the name that Sphinx reads
release = version = version_of("stomp-flim")

extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary"]
exclude_patterns = ["_build"]
nitpick_ignore_regex = [("py:obj", ".*")]  # what the site does not describe is not a link
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
myst_disable_syntax = ["html_inline"]  # <file> in a help text is no element of HTML
html_theme = "furo"
html_title = f"{project} {version}"

default_role = "autolink"  # `name` is a link where there is one of that name, else plain
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings give types, shapes and units
autosummary_generate = False
maximum_signature_line_length = 88
numpydoc_show_class_members = False
toc_object_entries_show_parents = "hide"


def setup(app: Any) -> None:
    """Write the page of the commands before the pages are read; leave out what says nothing."""
    app.connect("builder-inited", _write_commands)
    app.connect("autodoc-skip-member", _is_bare_field)


def _is_bare_field(*of_member: Any) -> bool | None:
    """Skip the fields of named tuples, which have no docstring of ours."""
    documented = str(getattr(of_member[3], "__doc__", "") or "")
    return True if documented.startswith("Alias for field number") else None


def _write_commands(app: Any) -> None:
    """Let typer describe every command with its options."""
    page = Path(app.srcdir) / "reference" / "commands.md"
    typer = [sys.executable, "-m", "typer", "stomp_flim.cli.app", "utils", "docs"]
    described = subprocess.run(
        [*typer, "--name", "stomp-flim", "--title", "Commands"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    described = re.sub(r"\*\*Commands\*\*:\n\n(\* .*\n)+", "", described)  # cut in mid-sentence
    if not page.exists() or page.read_text(encoding="utf-8") != described:
        page.write_text(described, encoding="utf-8")
