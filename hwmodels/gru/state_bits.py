"""Arithmetics whose state has other bits than the weights: few for products, more for memory.

What a slow unit adds to its state in one step is ``(1 - z)*(c - m)``. Where that is less than half
a code of the state as it is stored, it is rounded away, and the unit stands still however long its
input lasts. More stored bits cost memory and a wider blend; the matrix products, which are nearly
all of the work, read as few bits as before.
"""

from __future__ import annotations

from dataclasses import replace

from hwmodels.gru.arithmetic import Arithmetic
from hwmodels.gru.fixedpoint import Format, Overflow, Rounding
from stomp_flim.arrays import is_integer
from stomp_flim.errors import InputError

FEWEST, MOST_OF_PRODUCTS = 2, 16
"""Bits of a state that products read."""


def with_state_bits(
    arithmetic: Arithmetic, products: int, stored: int, candidate: int | None = None
) -> Arithmetic:
    """Give a state in [-1, 1] its bits, rounded to the nearest, ties to even, symmetric.

    Parameters
    ----------
    arithmetic : Arithmetic
        All other formats.
    products : int
        Bits of the state that matrix and reset products read: STATE, 2 to 16.
    stored : int
        Bits of the state that is stored and that the blend reads: BLEND_STATE, at least `products`
        and at most those of HIDDEN from its sign to its last fractional bit. Where both are equal
        the arithmetic has one state.
    candidate : int, optional
        Bits of the candidate, up to those of its accumulator likewise; by default its format stays.

    Raises
    ------
    InputError
        If a number of bits is out of its range.

    Examples
    --------
    >>> from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT
    >>> from hwmodels.gru.state_bits import with_state_bits
    >>> a = with_state_bits(SEQ2SEQLITE_8_BIT, 8, 12)
    >>> a.name
    'seq2seqlite-8-bit with state 8/12'
    >>> a.state.bits, a.stored_state.bits, a.candidate.bits
    (8, 12, 8)
    >>> with_state_bits(SEQ2SEQLITE_8_BIT, 8, 12, candidate=12).name
    'seq2seqlite-8-bit with state 8/12 and candidate 12'
    """
    most_stored = arithmetic.hidden.fraction + 1
    _require("products", products, FEWEST, min(MOST_OF_PRODUCTS, most_stored))
    _require("stored", stored, products, most_stored)
    name = f"{arithmetic.name} with state {products}/{stored}"
    candidate_format = arithmetic.candidate
    if candidate is not None:
        most = arithmetic.candidate_accumulator.fraction + 1
        _require("candidate", candidate, FEWEST, most)
        name += f" and candidate {candidate}"
        candidate_format = _unit_format(candidate)
    return replace(
        arithmetic,
        name=name,
        state=_unit_format(products),
        blend_state=_unit_format(stored) if stored > products else None,
        candidate=candidate_format,
    )


def _unit_format(bits: int) -> Format:
    """Return the format of [-1, 1] in so many bits."""
    return Format(bits, bits - 1, Rounding.HALF_EVEN, Overflow.SATURATE_SYMMETRIC)


def _require(name: str, bits: int, least: int, most: int) -> None:
    if not is_integer(bits) or not least <= bits <= most:
        raise InputError(
            f"state bits: {name} is {bits!r}, expected an integer from {least} to {most}"
        )
