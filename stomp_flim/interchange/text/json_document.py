"""JSON documents whose errors name the file and the line."""

from __future__ import annotations

import json
import reprlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from stomp_flim.errors import InputError
from stomp_flim.interchange.text.delimited import read_text

Content = TypeVar("Content", bound=BaseModel)
Step = str | int


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


def read_document(path: Path, model: type[Content]) -> Document[Content]:
    """Read a document.

    Raises
    ------
    InputError
        If the file cannot be read, is not JSON, or is not what `model` describes.
    """
    text = read_text(path)
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path}, line {error.lineno}, column {error.colno}: not JSON: {error.msg}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not JSON that can be read: {error}") from error
    try:
        return Document(path, text, model.model_validate(value))
    except ValidationError as error:
        problem = error.errors()[0]
        line = line_of(text, problem["loc"])
        raise InputError(f"{path}, line {line}: {described(problem)}") from error


def described(problem: Any) -> str:
    """Return what pydantic found wrong, with the key, the value and what was expected."""
    key = ".".join(str(step) for step in problem["loc"]) or "the document"
    if problem["type"] == "missing":
        return f"{key}: missing"
    expected = problem["msg"].replace("Input should be", "expected")
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
