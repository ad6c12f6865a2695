"""JSON documents whose errors name the file and the line."""

from __future__ import annotations

import json
import re
import reprlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from stomp_flim.errors import InputError, dotted
from stomp_flim.files import reading
from stomp_flim.interchange.text.delimited import read_text

Content = TypeVar("Content", bound=BaseModel)
Step = str | int

# both halves of a character, what is none alone, and any other escape
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u0000|u[dD][89a-fA-F]..)|.)", re.DOTALL
)


@dataclass(frozen=True)
class Document(Generic[Content]):
    """A JSON document with the text it was read from.

    Attributes
    ----------
    path : Path
        The file.
    text : str
        As written.
    content : BaseModel
        What it says.
    """

    path: Path
    text: str
    content: Content

    def place(self, *steps: Step) -> str:
        """Return the file and the line of what the keys and indices `steps` lead to."""
        return f"{self.path}, line {line_of(self.text, steps)}"


def read_document(
    path: Path, model: type[Content], check: Callable[[Path, str, Any], None] = lambda *_: None
) -> Document[Content]:
    """Read a document.

    Parameters
    ----------
    path : Path
        The file.
    model : type of BaseModel
        What it should be.
    check : callable
        Called with the path, the text and the value before it is held against the model, to raise
        an error that says more.

    Raises
    ------
    InputError
        If the file cannot be read, is not JSON, or is not what `model` describes.
    """
    text = read_text(path)
    value = parsed(text, str(path))
    check(path, text, value)
    try:
        with reading(path):
            return Document(path, text, model.model_validate(value))
    except ValidationError as error:
        problem = error.errors()[0]
        line = line_of(text, problem["loc"])
        raise InputError(f"{path}, line {line}: {described(problem)}") from error


def parsed(text: str, place: str) -> Any:
    """Return the value of a JSON text.

    Parameters
    ----------
    text : str
        The text.
    place : str
        Where it stands, for messages.

    Raises
    ------
    InputError
        If it is not JSON, is nested too deeply, has a key twice in one object, a number of
        thousands of digits, or a string with a NUL or half a character.
    """
    try:
        value = load(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{place}, line {error.lineno}, column {error.colno}: not JSON: {error.msg}"
        ) from error
    except ValueError as error:
        joint = ", " if str(error).startswith("line ") else ": "
        raise InputError(f"{place}{joint}{error}") from error
    return value


def load(text: str) -> Any:
    """Return the value of a JSON text, in which nothing hides or is lost.

    Raises
    ------
    json.JSONDecodeError
        If it is not JSON.
    ValueError
        If it is JSON that is not taken; see `parsed`.
    """
    try:
        value = json.loads(text, object_pairs_hook=_object)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    except ValueError as error:
        if isinstance(error, (json.JSONDecodeError, InputError)):
            raise
        raise ValueError("a number of thousands of digits, expected fewer") from error
    _require_characters(text)
    return value


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Make a JSON object, in which no key may hide another."""
    content = dict(pairs)
    if len(content) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key, count in Counter(keys).items() if count > 1)
        raise InputError(f"key {twice!r} stands twice in one object, expected once")
    return content


def _require_characters(text: str) -> None:
    """Escapes can write what is no character: a NUL, or half a one (a lone surrogate)."""
    for match in _ESCAPE.finditer(text) if "\\u" in text else ():
        if match[1]:
            line = text.count("\n", 0, match.start()) + 1
            raise ValueError(f"line {line}: the escape {match[0]}, expected one of a character")


def described(problem: Any) -> str:
    """Return what pydantic found wrong, with the key, the value and what was expected."""
    key = dotted(problem["loc"]) or "the document"
    if problem["type"] == "missing":
        return f"{key}: missing"
    expected = re.sub(r"^\w+ should (be|have)", "expected", problem["msg"])
    expected = expected.partition(" after validation")[0]
    if problem["type"] in ("model_type", "dict_type"):
        expected = "expected an object"
    return f"{key} is {reprlib.repr(problem['input'])}, {expected}"


def line_of(text: str, steps: tuple[Step, ...]) -> int:
    """Return the line of a value in a JSON text, or of the last one on the way that is there.

    Parameters
    ----------
    text : str
        A JSON document.
    steps : tuple of str or int
        Keys and indices that lead to the value.
    """
    position = _skip_space(text, 0)
    for step in steps:
        child = _child(text, position, step)
        if child is None:
            break
        position = child
    return text.count("\n", 0, position) + 1


def _child(text: str, position: int, step: Step) -> int | None:
    """Position of a member of the object or an element of the array that begins at a position."""
    decoder = json.JSONDecoder()
    is_object = text[position] == "{"
    if not is_object and text[position] != "[":
        return None
    index = 0
    position = _skip_space(text, position + 1)
    while text[position] not in "}]":
        key: Step = index
        if is_object:
            key, position = decoder.raw_decode(text, position)
            position = _skip_space(text, _skip_space(text, position) + 1)  # the colon
        if key == step:
            return position
        _, position = decoder.raw_decode(text, position)
        position = _skip_space(text, position)
        if text[position] == ",":
            position = _skip_space(text, position + 1)
        index += 1
    return None


def _skip_space(text: str, position: int) -> int:
    while text[position] in " \t\n\r":
        position += 1
    return position
