"""The errors a user can meet; each names its subject, the value found and what was expected."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterable
from difflib import SequenceMatcher
from heapq import nlargest

try:
    from lzma import LZMAError
except ImportError:  # a Python that was built without it reads no such archive

    class LZMAError(Exception):  # type: ignore[no-redef]
        """Never raised."""


DAMAGE = (zipfile.BadZipFile, zlib.error, LZMAError, struct.error, EOFError)
"""What the decoders of the standard library raise where a file is not what it should be."""

_UNWRITABLE = re.compile("[\\0\ud800-\udfff]")
_NEAR = 0.6
"""Likeness from which on a name may be meant; half would match any two short words."""


class InputError(ValueError):
    """Something given from outside is wrong: a file, an option, an argument.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> try:
    ...     sf.workload_graph("seq2seq", stage="encode")
    ... except sf.InputError as error:
    ...     print(error)
    seq2seq: unknown stage 'encode'; did you mean 'encoder' or 'decoder'?
    """


class ScheduleError(Exception):
    """A schedule breaks a rule: a precedence, a server, a memory, a duration, a missing task.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.TaskGraph.from_tasks([sf.Task("t", [sf.Mode({"DSP": 1}, 2)])], [], name="t")
    >>> result = sf.simulate([sf.Job(graph)] * 2, sf.Platform({"DSP": 1}))
    >>> result.schedule.start[1] -= 1  # too early
    >>> try:
    ...     result.schedule.check()
    ... except sf.ScheduleError as error:
    ...     print(error)
    job 1, task 0 ('t') has latency 3 and occupancy 3, expected 2 and 2
    """


class ReplayError(Exception):
    """A schedule, executed task by task, reads a value that is not there yet.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> class Nothing:
    ...     def prepare(self, weights, x):
    ...         return [{}]
    >>> add = sf.Operation("add", operands=("a", "b"), result="sum")
    >>> task = sf.Task("add", [sf.Mode({"DSP": 1}, 2)], operation=add)
    >>> graph = sf.TaskGraph.from_tasks([task], [], name="t", interpreter=Nothing())
    >>> try:
    ...     sf.simulate([sf.Job(graph)], sf.Platform({"DSP": 1})).replay(None, None)
    ... except sf.ReplayError as error:
    ...     print(str(error).partition(", but")[0])
    job 0, task 0 ('add') reads value 'a' at 0
    """


class DeadlockError(Exception):
    """The memories of a platform are too small for a graph, in whatever order its tasks run.

    Attributes
    ----------
    tasks : tuple of int
        Tasks of the graph that are ready in the state that comes nearest to the end, where none of
        them can start; empty where no order was found and there may be one.
    memories : tuple of str
        Memories that lack the room.
    required : dict of str to int
        Memories of which any single one, with so many bits, would be enough.
    proved : bool
        Whether no order exists; else none was found by a search that has given up.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> dsp, memory = [sf.Mode({"DSP": 1}, 2)], sf.Buffer("BRAM", 5)
    >>> tasks = [sf.Task("a", dsp, buffer=memory), sf.Task("b", dsp, buffer=memory)]
    >>> graph = sf.TaskGraph.from_tasks(tasks, [(0, 1)])
    >>> try:
    ...     sf.simulate([sf.Job(graph)], sf.Platform({"DSP": 1}, memories={"BRAM": 9}))
    ... except sf.DeadlockError as error:
    ...     print(error.required, error.proved)
    {'BRAM': 10} True
    """

    def __init__(
        self,
        message: str,
        *,
        tasks: tuple[int, ...],
        memories: tuple[str, ...],
        required: dict[str, int],
        proved: bool,
    ) -> None:
        super().__init__(message)
        self.tasks = tasks
        self.memories = memories
        self.required = required
        self.proved = proved


class PolicyError(Exception):
    """A policy broke its contract while it was running.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.TaskGraph.from_tasks([sf.Task("t", [sf.Mode({"DSP": 1}, 2)])], [], name="t")
    >>> def two_numbers(graph, platform, jobs):
    ...     return [1, 2]
    >>> try:
    ...     sf.simulate([sf.Job(graph)], sf.Platform({"DSP": 1}), two_numbers)
    ... except sf.PolicyError as error:
    ...     print(str(error).partition("two_numbers': ")[2])
    rank has shape (2,) for graph 't', expected (1,): a number for each task
    """


def system_reason(error: BaseException) -> str | None:
    """Say what the system could not do, or None where an error is none of the system's.

    The one place for what can be thrown by the file system, the memory, the stack and the decoders
    of the standard library, whatever the input; see `stomp_flim.files.reading`.
    """
    match error:
        case OSError():
            return error.strerror or str(error) or type(error).__name__
        case MemoryError():
            return f"more memory is needed than there is{_detail(error)}"
        case RecursionError():
            return "nested too deeply"
        case UnicodeDecodeError():
            return f"not {error.encoding.upper()} text: {error.reason}, byte {error.start}"
        case UnicodeError():
            return f"a character that cannot be written{_detail(error)}"
        case OverflowError():
            return f"a number that is too large{_detail(error)}"
    if isinstance(error, DAMAGE):
        return f"damaged or truncated{_detail(error)}"
    return None


def _detail(error: BaseException) -> str:
    return f": {error}" if str(error) else ""


def shown(value: object, most: int = 60) -> str:
    """Return a value for a message, in one line and shortened in the middle where it is long."""
    text = repr(value)
    if len(text) <= most:
        return text
    return f"{text[: most // 2]}...{text[-most // 2 :]}"


def dotted(steps: Iterable[object]) -> str:
    """Return where a value stands in a document, in one line whatever its keys are."""
    key = ".".join(map(str, steps))
    return key if key.isprintable() and len(key) < 200 else shown(key)


def require_names(names: Iterable[object], place: str, what: str) -> None:
    """Raise an `InputError` unless all names are text that a file can hold.

    Half a character (a lone surrogate) can be written in no encoding, and no format holds a NUL.

    Parameters
    ----------
    names : iterable
        What should be text.
    place, what : str
        Where the names stand and what they name, for the message.
    """
    for name in names:
        if not isinstance(name, str):
            raise InputError(f"{place}: {what} {name!r}, expected a name, which is text")
        if (not name.isascii() or "\0" in name) and _UNWRITABLE.search(name):
            raise InputError(
                f"{place}: {what} {name!r}, expected a name without NUL and without halves of "
                "characters (lone surrogates)"
            )


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
    likeness = {choice: _likeness(name.casefold(), choice.casefold()) for choice in choices}
    near = (choice for choice in choices if likeness[choice] >= _NEAR)
    close = nlargest(3, near, key=lambda choice: (likeness[choice], choice))
    if close:
        return "did you mean " + " or ".join(repr(choice) for choice in close) + "?"
    return "known are " + (", ".join(repr(choice) for choice in choices) or "none")


def _likeness(name: str, choice: str) -> float:
    """Return how alike two names are, from 0 to 1; letters in another order are near."""
    if sorted(name) == sorted(choice):
        return 1.0
    return SequenceMatcher(None, choice, name).ratio()
