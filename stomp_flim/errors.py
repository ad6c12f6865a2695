"""The errors a user can meet; each names its subject, the value found and what was expected."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Something given from outside is wrong: a file, an option, an argument."""


class ScheduleError(Exception):
    """A schedule breaks a rule: a precedence, a server, a duration or a missing task."""


class ReplayError(Exception):
    """A schedule, executed task by task, reads a value that is not there yet."""


class PolicyError(Exception):
    """A policy broke its contract while it was running."""


def near_names(name: str, known: Iterable[str]) -> str:
    """Return a clause for an error message that lists the known names closest to `name`.

    Parameters
    ----------
    name : str
        The name that was not found.
    known : iterable of str
        The names that exist.

    Returns
    -------
    str
        For example ``"did you mean 'hlfet'?"``, or the list of what exists if nothing is near.
    """
    choices = sorted(set(known))
    close = difflib.get_close_matches(name, choices, n=3, cutoff=0.5)
    if close:
        return "did you mean " + " or ".join(repr(choice) for choice in close) + "?"
    return "known are " + (", ".join(repr(choice) for choice in choices) or "none")
