"""TOML documents that are held against a model: errors name the key and what was expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from stomp_flim.errors import InputError, dotted, near_names, shown
from stomp_flim.files import reading
from stomp_flim.interchange.text.json_document import described
from stomp_flim.interchange.text.toml_document import read_toml


class Section(BaseModel):
    """A table of a document: no other keys than its own, and no values of another type."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, frozen=True)


S = TypeVar("S", bound=Section)


def read_section(path: Path, kind: type[S]) -> S:
    """Read a document that is one section, with sections in it.

    Parameters
    ----------
    path : Path
        The file.
    kind : type of Section
        What it should be.

    Raises
    ------
    InputError
        As `read_toml` does, and if a key is missing or unknown, or a value is not what it should
        be: an unknown key with near names, and first, since it explains a missing one.
    """
    return checked_section(read_toml(path), kind, str(path))


def checked_section(document: Mapping[str, Any], kind: type[S], place: str) -> S:
    """Return a document as the section that it should be; see `read_section`.

    Parameters
    ----------
    document : mapping
        As `read_toml` returns it.
    kind : type of Section
        What it should be.
    place : str
        Where it comes from, for messages.
    """
    try:
        with reading(place):
            return kind.model_validate(document)
    except ValidationError as error:
        raise InputError(f"{place}: {_first_problem(error, kind)}") from error


def _first_problem(error: ValidationError, kind: type[Section]) -> str:
    order = {"extra_forbidden": 0, "missing": 2}
    problems = sorted(error.errors(), key=lambda problem: order.get(problem["type"], 1))
    *section, key = problems[0]["loc"] or ("",)
    if problems[0]["type"] == "extra_forbidden":
        place = ".".join(map(str, (*section, key)))
        return f"unknown key {shown(place)}; {near_names(str(key), _keys(kind, section))}"
    if problems[0]["type"] == "value_error":
        place = dotted(problems[0]["loc"])
        return f"{place}{': ' * bool(place)}{problems[0]['ctx']['error']}"
    return described(problems[0])


def _keys(kind: Any, section: Sequence[Any]) -> list[str]:
    """Return the keys of a section of a document, given the keys that lead to it."""
    for step in section:
        if isinstance(step, str) and _is_section(kind):
            kind = kind.model_fields[step].annotation
        kind = next(_sections(kind), kind)
    return list(kind.model_fields) if _is_section(kind) else []


def _sections(kind: Any) -> Iterator[Any]:
    """Yield the sections that a type is made of, such as ``list[Kind]`` or ``Kind | None``."""
    if _is_section(kind):
        yield kind
    for part in get_args(kind):
        yield from _sections(part)


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Section)
