r"""Signed fixed-point formats with the rounding and overflow modes of HLS types, exact on integers.

A format of ``B`` bits with ``F`` fractional bits represents the real numbers ``code * 2**-F`` with
integer codes from ``-2**(B-1)`` to ``2**(B-1) - 1``. A value enters a format in two steps: it is
rounded to a multiple of ``2**-F``, then a code outside the range is brought back into it.

Rounding of ``v``, in units of ``2**-F``:

=========== =============================================== ====================================
mode        equation                                        HLS name of the mode
=========== =============================================== ====================================
FLOOR       ``floor(v)``                                    ``AP_TRN``
HALF_UP     ``floor(v + 1/2)``                              ``AP_RND``
HALF_EVEN   nearest integer, a tie to the even one          ``AP_RND_CONV``
TO_ZERO     ``sign(v) * floor(|v|)``                        ``AP_TRN_ZERO``
=========== =============================================== ====================================

Overflow of an integer ``c``, with ``M = 2**(B-1) - 1``:

=================== =============================================== ============================
mode                equation                                        HLS name of the mode
=================== =============================================== ============================
WRAP                ``((c + 2**(B-1)) mod 2**B) - 2**(B-1)``        ``AP_WRAP``
SATURATE            ``min(max(c, -M - 1), M)``                      ``AP_SAT``
SATURATE_SYMMETRIC  ``min(max(c, -M), M)``                          ``AP_SAT_SYM``
=================== =============================================== ============================
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stomp_flim.errors import InputError

WIDEST = 62
"""Most bits, most fractional bits and the longest shift: one step of rounding still fits int64."""

Codes = NDArray[np.int64]


class Rounding(StrEnum):
    """What happens to the bits below the last fractional bit."""

    FLOOR = "floor"
    HALF_UP = "half up"
    HALF_EVEN = "half even"
    TO_ZERO = "to zero"


class Overflow(StrEnum):
    """What happens to a code outside the range of the format."""

    WRAP = "wrap"
    SATURATE = "saturate"
    SATURATE_SYMMETRIC = "saturate symmetric"


@dataclass(frozen=True)
class Format:
    """A signed fixed-point format.

    Parameters
    ----------
    bits : int
        Width with the sign, 2 to 62.
    fraction : int
        Fractional bits, 0 to 62; more than `bits` is allowed.
    rounding : Rounding
        What happens on loss of precision.
    overflow : Overflow
        What happens outside the range.

    Raises
    ------
    InputError
        If a number or a mode is not one of these.
    """

    bits: int
    fraction: int
    rounding: Rounding = Rounding.FLOOR
    overflow: Overflow = Overflow.WRAP

    def __post_init__(self) -> None:
        for name, least in (("bits", 2), ("fraction", 0)):
            value = getattr(self, name)
            if not isinstance(value, int) or not least <= value <= WIDEST:
                raise InputError(
                    f"fixed-point format: {name} is {value!r}, "
                    f"expected an integer from {least} to {WIDEST}"
                )
        for name, modes in (("rounding", Rounding), ("overflow", Overflow)):
            value = getattr(self, name)
            try:
                object.__setattr__(self, name, modes(value))
            except ValueError:
                known = ", ".join(modes)
                raise InputError(
                    f"fixed-point format: {name} is {value!r}, expected one of: {known}"
                ) from None

    def __str__(self) -> str:
        return f"{self.bits} bits, {self.fraction} fractional, {self.rounding}, {self.overflow}"

    @property
    def maximum(self) -> int:
        """Largest code, ``2**(bits-1) - 1``."""
        return (1 << (self.bits - 1)) - 1

    @property
    def minimum(self) -> int:
        """Smallest code: ``-maximum`` if saturation is symmetric, else ``-maximum - 1``."""
        symmetric = self.overflow is Overflow.SATURATE_SYMMETRIC
        return -self.maximum if symmetric else -self.maximum - 1

    def limit(self, codes: ArrayLike) -> Codes:
        """Bring integers into the range of the format: the overflow step alone.

        Parameters
        ----------
        codes : array of int
            Codes with this format's number of fractional bits.

        Returns
        -------
        int64 array
            Same shape, every element from `minimum` to `maximum`.
        """
        exact = as_codes(codes)
        if self.overflow is Overflow.WRAP:
            unused = 64 - self.bits
            return np.asarray(np.left_shift(exact, unused) >> unused)
        return np.asarray(np.clip(exact, self.minimum, self.maximum))

    def requantize(self, codes: ArrayLike, fraction: int) -> Codes:
        """Bring the values ``codes * 2**-fraction`` into this format: round, then limit.

        Parameters
        ----------
        codes : array of int
            Integers of at most 64 bits.
        fraction : int
            Their number of fractional bits.

        Returns
        -------
        int64 array
            Codes of this format, same shape.

        Raises
        ------
        InputError
            If the fractional bits differ by more than 62, or `codes` are not integers.
        """
        exact = as_codes(codes)
        left = self.fraction - fraction
        if left > 0 and self.overflow is not Overflow.WRAP:
            # What the shift would push out of 64 bits saturates anyway: the range has at most 62.
            bound = 1 << max(WIDEST - left, 0)
            exact = np.clip(exact, -bound, bound)
        return self.limit(rescale(exact, fraction, self))

    def quantize(self, values: ArrayLike) -> Codes:
        """Bring real numbers into this format, exactly: ``value * 2**fraction``, round, limit.

        Parameters
        ----------
        values : array of float
            Finite numbers in double precision.

        Returns
        -------
        int64 array
            Codes, same shape.

        Raises
        ------
        InputError
            If a value is not finite.
        """
        real = np.asarray(values, dtype=np.float64)
        if not np.isfinite(real).all():
            wrong = real[~np.isfinite(real)].flat[0]
            raise InputError(f"cannot quantize {wrong} to {self}: expected finite numbers")
        # Beyond 2**bits the multiples of 2**bits add nothing, and fmod takes them away exactly.
        if self.overflow is Overflow.WRAP:
            real = np.fmod(real, np.ldexp(1.0, self.bits - self.fraction))
        bound = np.ldexp(1.0, WIDEST - self.fraction)
        scaled = np.ldexp(np.clip(real, -bound, bound), self.fraction)
        below = np.floor(scaled)
        match self.rounding:
            case Rounding.FLOOR:
                whole = below
            case Rounding.HALF_UP:
                whole = below + (scaled - below >= 0.5)
            case Rounding.HALF_EVEN:
                whole = np.rint(scaled)
            case Rounding.TO_ZERO:
                whole = np.trunc(scaled)
        return self.limit(whole.astype(np.int64))

    def to_real(self, codes: ArrayLike) -> NDArray[np.float64]:
        """Return ``codes * 2**-fraction`` in double precision (exact up to 53 bits)."""
        return np.asarray(np.ldexp(as_codes(codes).astype(np.float64), -self.fraction))


def rescale(codes: ArrayLike, fraction: int, target: Format) -> Codes:
    """Express ``codes * 2**-fraction`` with the target's fractional bits: the rounding step alone.

    A left shift that leaves 64 bits wraps, which a later WRAP of at most 62 bits does not notice.

    Parameters
    ----------
    codes : array of int
        Integers of at most 64 bits.
    fraction : int
        Their number of fractional bits.
    target : Format
        Gives the new number of fractional bits and the rounding; its range plays no part.

    Returns
    -------
    int64 array
        Same shape.

    Raises
    ------
    InputError
        If the fractional bits differ by more than 62, or `codes` are not integers.
    """
    exact = as_codes(codes)
    shift = fraction - target.fraction
    if abs(shift) > WIDEST:
        raise InputError(
            f"cannot requantize from {fraction} fractional bits to {target}: "
            f"expected a difference of at most {WIDEST}"
        )
    if shift <= 0:
        return np.asarray(np.left_shift(exact, -shift))
    below = exact >> shift
    rest = exact & ((1 << shift) - 1)  # 0 <= rest < 2**shift, also where the code is negative
    half = 1 << (shift - 1)
    match target.rounding:
        case Rounding.FLOOR:
            return np.asarray(below)
        case Rounding.HALF_UP:
            return np.asarray(below + (rest >= half))
        case Rounding.HALF_EVEN:
            return np.asarray(below + ((rest > half) | ((rest == half) & (below & 1 == 1))))
        case Rounding.TO_ZERO:
            return np.asarray(below + ((exact < 0) & (rest != 0)))


def as_codes(codes: ArrayLike) -> Codes:
    """Return integers as int64, refusing what would be changed by that.

    Raises
    ------
    InputError
        If the type is not an integer type within int64.
    """
    array = np.asarray(codes)
    if not np.can_cast(array.dtype, np.int64):
        raise InputError(f"fixed-point codes are {array.dtype}, expected integers of int64")
    return array.astype(np.int64, copy=False)
