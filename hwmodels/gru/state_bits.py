"""Arithmetics by name, and those whose state has more bits in memory than in products.

What a slow unit adds to its state in one step is ``(1 - z)*(c - m)``. Where that is less than half
a code of the state as it is stored, it is rounded away, and the unit stands still however long its
input lasts. More stored bits cost memory and a wider blend; the matrix products, which are nearly
all of the work, read as few bits as before.
"""

from __future__ import annotations

import re
from dataclasses import replace

from hwmodels.gru.arithmetic import PLAIN_16_BIT, SEQ2SEQLITE_8_BIT, Arithmetic
from hwmodels.gru.fixedpoint import Format, Overflow, Rounding
from stomp_flim.arrays import is_integer
from stomp_flim.errors import InputError, near_names, shown

PRESETS = {a.name: a for a in (SEQ2SEQLITE_8_BIT, PLAIN_16_BIT)}
"""Arithmetics by the name that a card or a command gives."""

_NAME = re.compile(
    "(?P<preset>.*) with state (?P<products>[0-9]{1,2})/(?P<stored>[0-9]{1,2})"
    "( and candidate (?P<candidate>[0-9]{1,2}))?"
)

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


def arithmetic_named(name: str) -> Arithmetic:
    """Find a preset, or what `with_state_bits` makes of one, by its name.

    Raises
    ------
    InputError
        If there is none of this name.

    Examples
    --------
    >>> from hwmodels.gru.state_bits import arithmetic_named
    >>> arithmetic_named("plain-16-bit").stored_state.bits
    16
    >>> arithmetic_named("seq2seqlite-8-bit with state 8/12").stored_state.bits
    12
    """
    if name in PRESETS:
        return PRESETS[name]
    found = _NAME.fullmatch(name)
    if found is None or found["preset"] not in PRESETS:
        raise InputError(
            f"arithmetic {name!r}: {near_names(name, PRESETS)}, alone or "
            "'... with state P/S and candidate C' for bits P, S and C"
        )
    candidate = None if found["candidate"] is None else int(found["candidate"])
    bits = int(found["products"]), int(found["stored"]), candidate
    return with_state_bits(PRESETS[found["preset"]], *bits)


def _unit_format(bits: int) -> Format:
    """Return the format of [-1, 1] in so many bits."""
    return Format(bits, bits - 1, Rounding.HALF_EVEN, Overflow.SATURATE_SYMMETRIC)


def _require(name: str, bits: int, least: int, most: int) -> None:
    if not is_integer(bits) or not least <= bits <= most:
        raise InputError(
            f"state bits: {name} is {shown(bits)}, expected an integer from {least} to {most}"
        )
