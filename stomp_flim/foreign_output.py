"""What policies and other extensions print, while standard output is a command's answer."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar

_ANSWERING: ContextVar[bool] = ContextVar("answering", default=False)


@contextmanager
def answering() -> Iterator[None]:
    """Keep standard output for an answer, which another program may read."""
    token = _ANSWERING.set(True)
    try:
        yield
    finally:
        _ANSWERING.reset(token)


@contextmanager
def foreign_output() -> Iterator[None]:
    """Let what is printed go to standard error inside of `answering`, and change nothing else.

    All doors to code that is not ours have it as a decorator.
    """
    if _ANSWERING.get():
        with redirect_stdout(sys.stderr):
            yield
    else:
        yield
