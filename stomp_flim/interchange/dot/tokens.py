"""The tokens of DOT."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn

from stomp_flim.errors import InputError, shown

KEYWORDS = ("node", "edge", "graph", "digraph", "subgraph", "strict")
_TOKEN = re.compile(
    r"""
      (?P<space> \s+ | //[^\n]* | /\*.*?\*/ )
    | (?P<remark> \#[^\n]* )
    | (?P<quoted> "[^"\\]*(?:\\.[^"\\]*)*" )
    | (?P<number> -?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?) )
    | (?P<name> [A-Za-z_\x80-\U0010ffff][A-Za-z_\x80-\U0010ffff0-9]* )
    | (?P<html> < )
    | (?P<mark> -> | -- | [{}\[\]=;,:+] )
    """,
    re.VERBOSE | re.DOTALL,
)
_RUNNING_ON = re.compile(r"[\w.]|-(?![->])")
_ANGLES = re.compile("[<>]")


class Token(NamedTuple):
    """A word of the language.

    Attributes
    ----------
    kind : {"name", "number", "quoted", "html", "mark", "end"}
        What it is.
    text : str
        What it says: without quotation marks, and with the brackets of HTML.
    position : int
        Where it begins in the text.
    """

    kind: str
    text: str
    position: int

    def is_mark(self, mark: str) -> bool:
        """Return whether it is this mark."""
        return self.kind == "mark" and self.text == mark

    def is_keyword(self, *words: str) -> bool:
        """Return whether it is one of these words, in any case and without quotation marks."""
        return self.kind == "name" and self.text.lower() in words


class Source:
    """A text and where it stands, for its tokens and for errors."""

    def __init__(self, text: str, path: Path) -> None:
        self._text, self._path = text, path

    def place(self, position: int) -> str:
        """Return the file and the line of a position."""
        line = self._text.count("\n", 0, position) + 1
        return f"{self._path}, line {line}"

    def refuse(self, position: int, problem: str) -> NoReturn:
        """Raise an `InputError` that says what is wrong at a position, and what stands there."""
        column = position - self._text.rfind("\n", 0, position)
        found = shown(self._text[position : position + 20].partition("\n")[0])
        if position >= len(self._text):
            found = "the end of the text"
        place = f"{self.place(position)}, column {column}"
        raise InputError(f"{place}: not DOT: {problem}, found {found}")

    def tokens(self) -> Iterator[Token]:
        """Yield the tokens and then, for ever, the end."""
        text, position = self._text, 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                self.refuse(position, "expected a name, a number, a string or a mark")
            kind, end = str(match.lastgroup), match.end()
            if kind == "remark":
                if text[text.rfind("\n", 0, position) + 1 : position].strip():
                    self.refuse(position, "expected a remark with '#' at the beginning of a line")
            elif kind == "quoted":
                yield Token(kind, _unquoted(match[0]), position)
            elif kind == "html":
                end = self._html_end(position)
                yield Token(kind, text[position:end], position)
            elif kind != "space":
                if kind == "number" and _RUNNING_ON.match(text, end):
                    self.refuse(position, "expected an end of the number")
                yield Token(kind, match[0], position)
            position = end
        while True:
            yield Token("end", "", len(text))

    def _html_end(self, position: int) -> int:
        level = 0
        for angle in _ANGLES.finditer(self._text, position):
            level += 1 if angle[0] == "<" else -1
            if level == 0:
                return angle.end()
        self.refuse(position, "expected a '>' for every '<'")


def _unquoted(text: str) -> str:
    """Return what stands between quotation marks; every other escape is left to its reader."""
    meaning = {'"': '"', "\n": ""}
    return re.sub(r"\\(.)", lambda m: meaning.get(m[1], m[0]), text[1:-1], flags=re.DOTALL)
