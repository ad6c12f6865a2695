"""Sets of small numbers for compiled code: bits in two levels, so that finding one is quick.

The first row of a set has a bit for each number, the second one a bit for each word of the first
that is not zero. A number is found without looking at more than a word in 4096.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

from stomp_flim.engines.compiled.compilation import Number, inlined, instruction
from stomp_flim.engines.compiled.tables import NONE, Array

ONE: Number = np.uint64(1)
SIX: Number = np.uint64(6)
LOW: Number = np.uint64(63)
ALL: Number = np.uint64(2**64 - 1)


def empty(numbers: int) -> Array:
    """Return an empty set of numbers below a bound: uint64[2, words]."""
    return np.zeros((2, numbers // 64 + 1), np.uint64)


@instruction
def _trailing_zeros(typing_context: Any, word: Any) -> Any:
    """Position of the lowest set bit of a word that is not zero: one machine instruction."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), generate


@inlined
def insert(members: Any, number: Number) -> None:
    """Add a number to a set."""
    number = np.uint64(number)
    word = number >> SIX
    members[0, word] |= ONE << (number & LOW)
    members[1, word >> SIX] |= ONE << (word & LOW)


@inlined
def remove(members: Any, number: Number) -> None:
    """Remove a number from a set."""
    number = np.uint64(number)
    word = number >> SIX
    members[0, word] &= ~(ONE << (number & LOW))
    if members[0, word] == 0:
        members[1, word >> SIX] &= ~(ONE << (word & LOW))


@inlined
def first_from(members: Any, begin: Number, end: Number) -> Number:
    """Return the smallest number of a set in [begin, end), or NONE."""
    begin, end = np.uint64(begin), np.uint64(end)
    none = np.uint64(NONE)
    if begin >= end:
        return none
    word = begin >> SIX
    found = members[0, word] & (ALL << (begin & LOW))
    if found == 0:
        last = (end - ONE) >> SIX
        word += ONE
        if word > last:
            return none
        above = word >> SIX
        words = members[1, above] & (ALL << (word & LOW))
        while words == 0:
            above += ONE
            if above > last >> SIX:
                return none
            words = members[1, above]
        word = (above << SIX) + _trailing_zeros(words)
        if word > last:
            return none
        found = members[0, word]
    number = (word << SIX) + _trailing_zeros(found)
    return number if number < end else none
