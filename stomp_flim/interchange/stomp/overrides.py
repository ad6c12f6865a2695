"""Changes to a JSON document, given as ``key=value`` with a dotted key."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from stomp_flim.errors import InputError, near_names, shown
from stomp_flim.interchange.text.json_document import load


def override(document: dict[str, Any], assignments: Iterable[str], place: str) -> None:
    """Change values of a JSON document in place.

    Parameters
    ----------
    document : dict
        The document, as parsed from JSON.
    assignments : iterable of str
        Each ``key=value``, for example ``simulation.servers.Shared mem.count=64``. The key is the
        dotted path of something that is in the document. A ``*`` stands for every key of its
        level; those that lead to nothing are passed over, as long as one leads somewhere. The
        value is JSON, or a string where it does not parse as JSON.
    place : str
        Where the document comes from, for messages.

    Raises
    ------
    InputError
        If an assignment has no ``=``, or its key is not in the document.
    """
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals:
            raise InputError(f"override {assignment!r}: expected key=value")
        value = _parse(text, assignment)
        for level, last in _find(document, key.split("."), assignment, place):
            level[last] = value


def _find(
    document: dict[str, Any], steps: list[str], assignment: str, place: str
) -> list[tuple[dict[str, Any], str]]:
    """Return the objects that hold the keys which a path matches, with their last keys."""
    levels: list[Any] = [document]
    found: list[tuple[dict[str, Any], str]] = []
    for depth, step in enumerate(steps, start=1):
        entries = [(level, key) for level in levels if isinstance(level, dict) for key in level]
        found = [(level, key) for level, key in entries if step in ("*", key)]
        if not found:
            raise InputError(
                f"override {assignment!r}: {place} has no key {'.'.join(steps[:depth])!r}; "
                f"{near_names(step, (key for _, key in entries))}"
            )
        levels = [level[key] for level, key in found]
    return found


def _parse(text: str, assignment: str) -> Any:
    try:
        return load(text)
    except json.JSONDecodeError:
        return text
    except ValueError as error:
        raise InputError(f"override {shown(assignment)}: {error}") from error
