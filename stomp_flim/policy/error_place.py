"""Where a policy is written: an error of a policy names the file and the line."""

from __future__ import annotations

import inspect
import traceback
from functools import partial
from pathlib import Path
from types import CodeType, GeneratorType
from typing import TYPE_CHECKING, Any

from stomp_flim.errors import InputError, PolicyError

if TYPE_CHECKING:
    from stomp_flim.policy.protocols import Policy


def written_at(policy: Policy) -> str:
    """Return the file and the line at which a policy begins, for the front of a message.

    Returns
    -------
    str
        For example ``"mine.py, line 3: "``, or nothing where there is no source.
    """
    code = _code(policy)
    return "" if code is None else _place(code.co_filename, code.co_firstlineno)


def yielded_at(policy: Policy, answer: object) -> str:
    """Return where a policy waits in a generator, or where it begins if it is none."""
    if isinstance(answer, GeneratorType) and answer.gi_frame is not None:
        return _place(answer.gi_code.co_filename, answer.gi_frame.f_lineno)
    return written_at(policy)


def raised(policy: Policy, error: BaseException, when: str) -> PolicyError:
    """Return a PolicyError that tells where in a policy another error was raised.

    The line is the innermost one in the policy's own file; what it called is the cause.

    Parameters
    ----------
    policy : Policy
        Whose error it is.
    error : BaseException
        As caught.
    when : str
        For example ``"at cycle 3"``.
    """
    own_word = isinstance(error, (InputError, PolicyError))  # its message says all
    what = "" if own_word else f" raised {type(error).__name__}"
    return PolicyError(f"{_raised_at(policy, error)}policy {policy.name!r}{what} {when}: {error}")


def line_in(file: Path, error: BaseException) -> int | None:
    """Return the innermost line of a file that an error passed, None if it passed none.

    A syntax error of the file itself is at the line that cannot be read.
    """
    if isinstance(error, SyntaxError) and error.filename and _same(error.filename, file):
        return error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if _same(frame.filename, file)]
    return lines[-1] if lines else None


def _raised_at(policy: Policy, error: BaseException) -> str:
    code = _code(policy)
    line = None if code is None else line_in(Path(code.co_filename), error)
    if code is not None and (line is not None or isinstance(error, PolicyError)):
        return _place(code.co_filename, line or code.co_firstlineno)
    innermost = traceback.extract_tb(error.__traceback__)[-1]
    return _place(innermost.filename, innermost.lineno)


def _code(policy: Policy) -> CodeType | None:
    """Return the code of the function that answers for a policy."""
    implementation = policy.implementation
    while isinstance(implementation, partial):
        implementation = implementation.func
    method = {"planner": "plan", "dispatcher": "dispatch"}.get(policy.kind)
    function: Any = implementation if method is None else getattr(implementation, method)
    if not inspect.isroutine(function):
        function = type(function).__call__
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code if isinstance(code, CodeType) else None


def _place(filename: str, line: int | None) -> str:
    return f"{Path(filename).name}, line {line}: "


def _same(filename: str, file: Path) -> bool:
    return Path(filename).resolve() == file.resolve()
