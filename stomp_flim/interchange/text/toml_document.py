"""TOML documents whose errors name the file and the line."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from stomp_flim.errors import InputError
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
            raise InputError(f"{path}: not TOML: {error}") from error
