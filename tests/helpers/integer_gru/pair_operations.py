"""The operations of `hwmodels.gru.compiled.vectors` in Python integers: their meaning, slowly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hwmodels.gru.compiled.vectors import ROWS, WIDTH

Operation = Callable[[int, int], int]


def wrapped(value: int, bits: int = 32) -> int:
    """Keep the lowest bits of an integer, with their sign."""
    return (value + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)


def halves(pair: int) -> tuple[int, int]:
    """Return the two numbers of a pair."""
    return wrapped(int(pair), 16), wrapped(int(pair) >> 16, 16)


def in_32_bits(operation: Operation) -> Callable[[Any, Any], np.int32]:
    """Return an operation that wraps to int32."""
    return lambda a, b: np.int32(wrapped(operation(int(a), int(b))))


def dot(pair: int, weights: int) -> int:
    """Add the products of two pairs."""
    return sum(v * w for v, w in zip(halves(pair), halves(weights), strict=True))


def floors(pair: int, weights: int) -> int:
    """Add the upper halves of the products of two pairs."""
    return sum(v * w >> 16 for v, w in zip(halves(pair), halves(weights), strict=True))


def adding(product: Operation) -> Callable[..., None]:
    """Return what adds sums of such products, as `add_dots` says."""

    def add(
        totals: Any, to: int, values: Any, begin: int,
        weights: Any, row: int, length: int, count: int, lanes: int,
    ) -> None:  # fmt: skip
        totals, values, weights = (array.reshape(-1) for array in (totals, values, weights))
        for i in range(ROWS):
            of_row = weights[row + i * length :][:count]
            for p in range(WIDTH):
                column = values[begin + p :: lanes][:count]
                total = sum(product(v, w) for v, w in zip(column, of_row, strict=True))
                place = to + i * lanes + p
                totals[place] = wrapped(int(totals[place]) + total)

    return add


ALL: dict[str, Any] = {
    "add": in_32_bits(lambda a, b: a + b),
    "sub": in_32_bits(lambda a, b: a - b),
    "mul": in_32_bits(lambda a, b: a * b),
    "up": in_32_bits(lambda a, b: a << b),
    "down": in_32_bits(lambda a, b: a >> b),
    "both": in_32_bits(lambda a, b: a & b),
    "either": in_32_bits(lambda a, b: a | b),
    "lesser": in_32_bits(min),
    "greater": in_32_bits(max),
    "add_dots": adding(dot),
    "add_floors": adding(floors),
}
