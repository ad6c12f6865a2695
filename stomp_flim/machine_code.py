"""Functions that Numba compiles, kept on disk wherever there is a place for them."""

from __future__ import annotations

import hashlib
import signal
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import numba

from stomp_flim.errors import system_reason

Function = TypeVar("Function", bound=Callable[..., Any])


class NotKeptWarning(RuntimeWarning):
    """What is compiled cannot be kept, and every process compiles it again."""


def kept(sources: bytes = b"", **options: Any) -> Callable[[Function], Function]:
    """Return a decorator that compiles a function once and keeps it on disk.

    Where neither the folder of the function nor that of the user can be written, or the disk is
    full, it is compiled in every process, and a `NotKeptWarning` says so, once.

    Parameters
    ----------
    sources : bytes
        What the function depends on besides its own file: what was kept of others is not used.
    **options
        Of `numba.njit`.

    Examples
    --------
    >>> from stomp_flim.machine_code import kept
    >>> @kept(error_model="numpy")
    ... def half(x):
    ...     return x / 2
    """

    def compiled(function: Function) -> Function:
        try:
            decorated: Any = numba.njit(cache=True, **options)(function)
        except RuntimeError as error:
            if "no locator" not in str(error):
                raise
            _tell("no folder for it can be written")
            decorated = numba.njit(**options)(function)
        else:
            _of_these_sources(decorated, sources)
            _forgive(decorated._cache)
        result: Function = decorated
        return result

    return compiled


def _of_these_sources(decorated: Any, sources: bytes) -> None:
    """Let what is on disk be of these sources: Numba looks only at the age of the function's file.

    The version is compared before anything is unpickled, which may name classes that are gone.
    """
    own = Path(decorated.py_func.__code__.co_filename).read_bytes()
    digest = hashlib.sha256(sources + own).hexdigest()
    index = decorated._cache._cache_file
    index._source_stamp = digest
    index._version = f"{index._version}, sources {digest}"


def _forgive(store: Any) -> None:
    """Let a result be used that cannot be kept, and compile what cannot be read."""

    def forgiving(action: Callable[..., Any]) -> Callable[..., Any]:
        def attempt(*arguments: Any) -> Any:
            try:
                with _interrupts_later():
                    return action(*arguments)
            except OSError as error:
                _tell(str(system_reason(error)))
                return None

        return attempt

    store.save_overload = forgiving(store.save_overload)
    store.load_overload = forgiving(store.load_overload)


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Hold Ctrl-C back for some milliseconds: in what LLVM calls back, it would be lost."""
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler) or threading.current_thread() is not threading.main_thread():
        yield  # none that raises, or where none is called
        return
    held: list[tuple[int, FrameType | None]] = []
    signal.signal(signal.SIGINT, lambda *about: held.append(about))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if held:
            handler(*held[0])


@cache
def _tell(reason: str) -> None:
    warnings.warn(
        f"compiled code cannot be kept on disk ({reason}), so that every process compiles it "
        "again; NUMBA_CACHE_DIR can name a folder for it",
        NotKeptWarning,
        stacklevel=2,
    )
