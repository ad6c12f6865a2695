"""Lists of numbers as options of a command take them: with commas."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from stomp_flim.errors import InputError

N = TypeVar("N", int, float)


def numbers(option: str, text: str, kind: Callable[[str], N]) -> tuple[N, ...]:
    """Parse numbers with commas between them.

    Parameters
    ----------
    option : str
        Whose value it is, for the error: ``"--pixels"``.
    text : str
        For example ``"1,8,64"``.
    kind : {int, float}
        What each is.

    Raises
    ------
    InputError
        If one of them is no such number.
    """
    found = []
    for item in text.split(","):
        try:
            found.append(kind(item))
        except ValueError:
            what = "whole numbers with commas, such as 1,8,64"
            if kind is not int:
                what = "numbers with commas, such as 0.5,1,25"
            raise InputError(f"{option}: {item!r}, expected {what}") from None
    return tuple(found)
