"""How the compiled engine is compiled."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from numba import njit
from numba.extending import intrinsic

from stomp_flim.machine_code import kept

Function = TypeVar("Function", bound=Callable[..., Any])
Number = Any
"""A scalar of compiled code, of the type that Numba infers."""

_njit: Any = njit  # which takes more options than it declares
_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    # The engine allocates nothing. Counting references to its arrays would take 20 times as long
    # as everything else, and Numba has no public way to leave it out.
    "_nrt": False,
}
_FOLDER = Path(__file__).parent
_SOURCES = b"".join(path.read_bytes() for path in sorted(_FOLDER.glob("*.py")))


def compiled(function: Function) -> Function:
    """Compile a function once and keep it on disk."""
    return _of_all_sources(kept(**_OPTIONS)(function))


def allocating(function: Function) -> Function:
    """Compile a function that makes arrays once and keep it on disk."""
    return _of_all_sources(kept(nogil=True)(function))


def inlined(function: Function) -> Function:
    """Compile a function into those that call it, and not on its own."""
    decorated: Function = _njit(
        forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True, **_OPTIONS
    )(function)
    return decorated


def instruction(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function of a generator of machine instructions."""
    generated: Callable[..., Any] = intrinsic(function)
    return generated


def _of_all_sources(function: Function) -> Function:
    """Let what is on disk be of these sources: Numba looks only at the file of the function.

    The version is compared before anything is unpickled, which may name classes that are gone.
    """
    decorated: Any = function
    index = getattr(decorated._cache, "_cache_file", None)
    if index is None:  # nothing is kept
        return function
    own = Path(decorated.py_func.__code__.co_filename)
    sources = _SOURCES if own.parent == _FOLDER else _SOURCES + own.read_bytes()
    digest = hashlib.sha256(sources).hexdigest()
    index._source_stamp = digest
    index._version = f"{index._version}, sources {digest}"
    return function
