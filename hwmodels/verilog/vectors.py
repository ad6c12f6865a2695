"""Directed and random vectors: what random numbers alone hardly ever reach.

Ties of a rounding, both sides of each tie, both sides of each limit, and the corners of a width.
"""

from __future__ import annotations

import numpy as np

from hwmodels.gru.fixedpoint import Codes, Format


def requantization_codes(
    bits: int, fraction: int, target: Format, generator: np.random.Generator, randoms: int = 500
) -> Codes:
    """Return codes of `bits` bits that meet every case of their way into a format.

    Parameters
    ----------
    bits, fraction : int
        Of the codes.
    target : Format
        Where they go. What lies around its ties and limits is included if `bits` can hold it.
    generator : numpy.random.Generator
    randoms : int
        Random codes added, half of them within the range of the target.

    Returns
    -------
    int64 array
        Sorted, none twice.
    """
    shift = fraction - target.fraction
    unit = 1 << max(shift, 0)  # one in the target's last place
    scale = max(-shift, 0)
    edges = [0, *(sign * (target.maximum + 1) for sign in (-1, 1))]
    whole = {edge + step for edge in edges for step in range(-3, 4)}
    near = {(place << max(shift, 0)) >> scale for place in whole}
    ties = {code + half for code in near for half in (0, unit >> 1, -(unit >> 1))}
    codes = {code + step for code in ties for step in (-2, -1, 0, 1, 2)}
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    codes |= {low, low + 1, -1, 0, 1, high - 1, high}
    within = min(high, (target.maximum << max(shift, 0)) >> scale)
    drawn = [
        generator.integers(-limit - 1, limit, randoms // 2, endpoint=True)
        for limit in (high, within)
    ]
    # Half of the random codes are made ties, since a tie is one code in 2**shift.
    tied = (np.concatenate(drawn) >> max(shift, 0) << max(shift, 0)) + (unit >> 1)
    every = codes.union(*(array.tolist() for array in (*drawn, tied)))
    return np.array(sorted(code for code in every if low <= code <= high), np.int64)


def activation_codes(
    accumulator: Format, target: Format, generator: np.random.Generator, randoms: int = 500
) -> Codes:
    """Return accumulated sums around the ties, steps and clips of a hard activation."""
    one = 1 << accumulator.fraction
    corners = [
        sign * one + step * unit + offset
        for sign in (-1, 0, 1)
        for unit in (1 << max(accumulator.fraction + 1 - target.fraction - d, 0) for d in range(4))
        for step in range(-3, 4)
        for offset in (-1, 0, 1)
    ]
    ties = requantization_codes(
        accumulator.bits, accumulator.fraction, target, generator, randoms
    ).tolist()
    slopes = generator.integers(-one, one, randoms, endpoint=True).tolist()
    codes = {*corners, *ties, *slopes}
    return np.array(
        sorted(code for code in codes if accumulator.minimum <= code <= accumulator.maximum),
        np.int64,
    )


def shuffled(codes: Codes, count: int, generator: np.random.Generator) -> Codes:
    """Return `count` of the codes in random order, each at least once if there is room."""
    rounds = max(1, -(-count // len(codes)))
    return np.concatenate([generator.permutation(codes) for _ in range(rounds)])[:count]
