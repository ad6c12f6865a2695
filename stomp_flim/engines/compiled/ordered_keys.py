"""Keys of priority queues as unsigned numbers in the same order, which compare without branches."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types

from stomp_flim.engines.compiled.compilation import Number, inlined, instruction
from stomp_flim.engines.compiled.tables import SIGN


@instruction
def _bits_of(typing_context: Any, value: Any) -> Any:
    """Bits of a float64."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.uint64(types.float64), generate


@instruction
def precedes(typing_context: Any, key: Any, entry: Any, other_key: Any, other_entry: Any) -> Any:
    """Whether (key, entry) comes before another pair: one comparison of 128 bits."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(128)
        key, entry, other_key, other_entry = (builder.zext(word, wide) for word in arguments)
        shift = ir.Constant(wide, 64)
        mine = builder.or_(builder.shl(key, shift), entry)
        other = builder.or_(builder.shl(other_key, shift), other_entry)
        return builder.icmp_unsigned("<", mine, other)

    return types.boolean(*[types.uint64] * 4), generate


@inlined
def ordered(value: Number) -> Number:
    """Return an unsigned number that compares as a float64 does; see `tables.ordered`."""
    word = _bits_of(value + 0.0)
    return ~word if word & SIGN else word | SIGN
