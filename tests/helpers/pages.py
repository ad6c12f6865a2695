"""The pages of the documentation, wherever they stand, and their tables and code blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

REPOSITORY = Path(__file__).parents[2]
GENERATED = REPOSITORY / "docs/reference/commands.md"

_FILE = re.compile(r"(?:#|//) ([\w.-]+\.\w+)$")


@dataclass(frozen=True)
class Block:
    """A code block: its language, its text, and the line of the page on which the text begins."""

    language: str
    text: str
    line: int

    @property
    def file(self) -> str | None:
        """The file that the block is, where its first line is a comment with a file's name."""
        found = _FILE.match(self.text.partition("\n")[0])
        return found[1] if found else None

    @property
    def commands(self) -> list[str]:
        """The commands of a shell block, each on one line and without its comment."""
        joined = re.sub(r"\\\n\s*", "", self.text)
        lines = (re.sub(r"(^|\s+)#.*", "", line).strip() for line in joined.splitlines())
        return [line for line in lines if line]


def page(name: str) -> str:
    """Return the text of a page by its file name, such as ``phase.md``."""
    (path,) = (REPOSITORY / "docs").rglob(name)
    return path.read_text(encoding="utf-8")


def words(name: str) -> str:
    """Return the text of a page with every line break as a space, to look for sentences in."""
    return " ".join(page(name).split())


def table(name: str, heading: str) -> list[list[str]]:
    """Return the rows of a table by the cells of its heading, ``a | b``, that it begins with.

    The heading is the first row; the line below it is left out.
    """
    lines = page(name).splitlines()
    (first,) = (i for i, line in enumerate(lines) if line.startswith(f"| {heading} |"))
    rows = []
    for line in lines[first:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return [rows[0], *rows[2:]]


def pages() -> list[Path]:
    """Return every page that is written by hand: those of the root and of ``docs``."""
    found = [*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")]
    return sorted(page for page in found if page != GENERATED and "_build" not in page.parts)


def name(page: Path) -> str:
    """Return a page's path in the repository."""
    return page.relative_to(REPOSITORY).as_posix()


def blocks(page: Path) -> list[Block]:
    """Return the fenced code blocks of a page; directives of the site are none."""
    tokens = MarkdownIt().parse(page.read_text(encoding="utf-8"))
    return [
        Block(token.info, token.content, token.map[0] + 2)
        for token in tokens
        if token.type == "fence" and token.map and not token.info.startswith("{")
    ]
