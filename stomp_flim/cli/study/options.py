"""The options of a command as keys of a study: which there are, and what values they take."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from stomp_flim.errors import InputError, near_names, shown

NOT_REPEATED = ("out", "figure", "tiff", "jobs", "json", "study")
"""Options that say where results go, and how they are come by and shown, not what they are."""

_EXPECTED = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    Path: "a path, which is a text",
}


@dataclass(frozen=True)
class Option:
    """An option of a command.

    Attributes
    ----------
    key : str
        Its name without the dashes in front: ``"as-published"``.
    parameter : str
        Of the function that is the command.
    kind : type
        Of a value: bool, int, float, str or Path.
    choices : tuple of str
        All values that there are, where they are listed.
    several : bool
        Whether it may be given again and again.
    commas : bool
        Whether its one text holds values with commas between them.
    """

    key: str
    parameter: str
    kind: type
    choices: tuple[str, ...] = ()
    several: bool = False
    commas: bool = False

    @property
    def holds_path(self) -> bool:
        """Whether a value is nothing but a path."""
        return self.kind is Path

    def checked(self, value: Any, place: str) -> Any:
        """Return a value of a study, a list where there may be several.

        Raises
        ------
        InputError
            If it has the wrong type or is none of the choices.
        """
        if not (self.several or self.commas):
            return self._single(value, place)
        values = value if isinstance(value, list) else [value]
        if not values:
            raise InputError(f"{place}: [], expected at least one value")
        check = self._between_commas if self.commas else self._single
        return [check(item, place) for item in values]

    def taken(self, value: Any) -> Any:
        """Return a value of a study as the command takes it."""
        return ",".join(map(str, value)) if self.commas else value

    def told(self, value: Any) -> Any:
        """Return a value that the command has taken as it stands in a study."""
        if self.commas and isinstance(value, str):
            return [_number(item) for item in value.split(",")]
        if isinstance(value, list | tuple):
            return [self.told(item) for item in value]
        if isinstance(value, Enum):
            return value.value
        return str(value) if isinstance(value, Path) else value

    def _single(self, value: Any, place: str) -> Any:
        types = {Path: (str,), float: (int, float)}.get(self.kind, (self.kind,))
        if type(value) not in types:  # true is a number to Python
            raise InputError(f"{place}: {shown(value)}, expected {self._expected()}")
        if self.choices and value not in self.choices:
            raise InputError(f"{place}: {value!r}; {near_names(value, self.choices)}")
        return value

    def _between_commas(self, value: Any, place: str) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise InputError(f"{place}: {shown(value)}, expected {self._expected()}")
        return value

    def _expected(self) -> str:
        if self.commas:
            return "a list of numbers or texts"
        single = _EXPECTED[self.kind]
        if self.choices:
            single = "one of " + ", ".join(map(repr, self.choices))
        return f"{single}, or a list of such" if self.several else single


def options(command: Any) -> dict[str, Option]:
    """Return the options of a command that a study may hold, by key, in their order."""
    hints = get_type_hints(inspect.unwrap(command.callback))
    found = {}
    for parameter in command.params:
        key = max(parameter.opts, key=len).lstrip("-").replace("_", "-")
        hint = hints.get(parameter.name)
        if key in NOT_REPEATED or hint is None:
            continue
        kind, choices, several = _taken_apart(hint)
        commas = not several and kind is str and ",..." in (parameter.metavar or "")
        found[key] = Option(key, parameter.name, kind, choices, several, commas)
    return found


def checked_options(
    given: Mapping[str, Any], known: Mapping[str, Option], path: Path, other_keys: tuple[str, ...]
) -> dict[str, Any]:
    """Return the options that a study gives, checked one by one.

    Parameters
    ----------
    given : mapping
        The keys of the study, with dashes or underscores.
    known : mapping of str to Option
        Those of the command.
    path : Path
        The study.
    other_keys : tuple of str
        What a study holds beside options, for hints.

    Raises
    ------
    InputError
        If a key is unknown or given twice, or a value is wrong.
    """
    found: dict[str, Any] = {}
    for name, value in given.items():
        key = name.replace("_", "-")
        if key in found:
            raise InputError(
                f"{path}: key {name!r}: {shown(value)} is its second value, as {key!r} is the same "
                "key; expected once"
            )
        if key in NOT_REPEATED:
            raise InputError(
                f"{path}: key {name!r}: {shown(value)}, expected on the command line alone, as it "
                "does not change what is computed"
            )
        if key not in known:
            near = near_names(key, [*known, *other_keys])
            raise InputError(f"{path}: unknown key {name!r} with value {shown(value)}; {near}")
        found[key] = known[key].checked(value, f"{path}: {name}")
    return found


def _taken_apart(hint: Any) -> tuple[type, tuple[str, ...], bool]:
    """Return of a type what a value is, which ones there are, and whether it is a list of them."""
    arguments = [part for part in get_args(hint) if part is not type(None)]
    if get_origin(hint) is Literal:
        return str, tuple(arguments), False
    if get_origin(hint) in (list, tuple):
        kind, choices, _ = _taken_apart(arguments[0])
        return kind, choices, True
    if arguments:  # a union with None
        return _taken_apart(arguments[0])
    if issubclass(hint, Enum):
        return str, tuple(str(member.value) for member in hint), False
    return next((kind for kind in _EXPECTED if issubclass(hint, kind)), str), (), False


def _number(text: str) -> int | float | str:
    """Return a number if that prints as the text, else the text."""
    for kind in (int, float):
        try:
            if str(kind(text)) == text:
                return kind(text)
        except ValueError:
            continue
    return text
