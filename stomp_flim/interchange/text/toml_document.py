"""TOML documents whose errors name the file and the line."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from stomp_flim.errors import InputError, shown
from stomp_flim.files import reading
from stomp_flim.interchange.text.delimited import read_text

# the parser takes time with the square of the depth: minutes for a key of 50,000 parts
_DEEP_KEY = re.compile(r"""(?<![\w"'-])(?:[\w"'-]+[ \t]*\.[ \t]*){200}""")


def read_toml(path: Path) -> dict[str, Any]:
    """Read a document.

    Raises
    ------
    InputError
        If the file cannot be read, is not TOML, or is nested too deeply.
    """
    text = read_text(path)
    if deep := _DEEP_KEY.search(text):
        line = text.count("\n", 0, deep.start()) + 1
        raise InputError(f"{path}, line {line}: a key of 200 parts, nested too deeply")
    with reading(path):
        try:
            return tomllib.loads(text)
        except ValueError as error:  # a number of thousands of digits is no TOMLDecodeError
            raise InputError(f"{path}: not TOML: {error}{_given_twice(text, error)}") from error


def quoted(text: str) -> str:
    """Return a TOML string: one of JSON, but for the one control character that JSON leaves."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _given_twice(text: str, error: ValueError) -> str:
    """Return a clause that names the key and its second value, where a key is given twice."""
    if not str(error).startswith("Cannot overwrite a value"):
        return ""
    lines = text.replace("\r\n", "\n").split("\n")
    if place := re.search(r"line (\d+), column (\d+)", str(error)):
        line, column = map(int, place.groups())
        lines = [*lines[: line - 1], lines[line - 1][: column - 1]]
    if re.match(r"\s*\[[^]=]*$", lines[-1]):
        return ""  # the heading of a table, which the line shows
    before = "\n".join(lines)
    *_, last = re.finditer(r"^[ \t]*([^=\n]+?)[ \t]*=", before, re.MULTILINE)
    value = " ".join(before[last.end() :].split())
    return f": key {last[1]!r} is given twice, here as {shown(value)}, expected once"
