"""How the compiled engine is compiled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from llvmlite import ir
from numba import njit, types
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
_SOURCES = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))


def compiled(function: Function) -> Function:
    """Compile a function once and keep it on disk."""
    return kept(_SOURCES, **_OPTIONS)(function)


def allocating(function: Function) -> Function:
    """Compile a function that makes arrays once and keep it on disk."""
    return kept(_SOURCES, nogil=True)(function)


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


@instruction
def hidden(typing_context: Any, number: Any) -> Any:
    """Return a number of which the compiler knows nothing.

    A loop that counts by such numbers is not unrolled. Most loops here go round once, and to find
    out how often takes longer.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        word = ir.IntType(64)
        return builder.asm(ir.FunctionType(word, [word]), "", "=r,0", arguments, False)

    return types.uint64(types.uint64), generate
