"""The published accelerator's equations as an oracle of their own.

Python's unbounded integers and fractions, one pixel and one number at a time; nothing of `hwmodels`
takes part. Where there is a second bias, the reset comes after the product. The bits of the state
that products read, of the state that is stored, and of the candidate are 8 unless told otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

Results = tuple[list[list[int]], list[list[list[int]]]]


class Bits(NamedTuple):
    """What is not fixed: at most 16 bits of products, at most 23 of the others."""

    products: int = 8
    stored: int = 8
    candidate: int = 8


PUBLISHED = Bits()


def infer(weights: Mapping[str, np.ndarray], x: np.ndarray, bits: Bits = PUBLISHED) -> Results:
    """Compute encoder states and outputs of one layer: weights, x[pixels, steps, inputs]."""
    plain = {name: array.tolist() for name, array in weights.items()}
    encoder, decoder = (
        {name.removeprefix(prefix): plain[name] for name in plain if name.startswith(prefix)}
        for prefix in ("sencgru_", "sdecgru_")
    )
    dense, bias = plain["sdec_dense_kernel"], plain["sdec_dense_bias"]
    states, outputs = [], []
    for pixel in x.tolist():
        h = [0] * len(dense)
        for inputs in pixel:
            h = _cell(encoder, inputs, h, bits)
        states.append(h)
        y = []
        for _ in pixel:
            h = _cell(decoder, [], h, bits)
            sums = [
                sum((h[k] * dense[k][o]) >> 7 for k in range(len(h))) + (bias[o] << 15)
                for o in range(len(bias))
            ]
            y.append([_clip((_wrap(s, 32) + 2**11) >> 12, -(2**15), 2**15 - 1) for s in sums])
        outputs.append(y)
    return states, outputs


def _cell(weights: Mapping[str, Any], x: list[int], h: list[int], bits: Bits) -> list[int]:
    units = range(len(h))
    m = [_in_unit_range(code, 22, bits.stored) for code in h]
    q = [_in_unit_range(code, bits.stored - 1, bits.products) for code in m]
    aligned_q = 16 - bits.products

    def total(gate: str, u: int, state: list[int], aligned: Callable[[int], int]) -> int:
        recurrent = weights[f"recurrent_kernel_{gate}"]
        products = sum(aligned(state[k] * recurrent[k][u]) for k in units)
        return _wrap(from_inputs(gate, u) + products, 32)

    def from_inputs(gate: str, u: int) -> int:
        kernel, bias = weights[f"kernel_{gate}"], weights[f"bias_{gate}"]
        return int(sum(x[i] * kernel[i][u] << 1 for i in range(len(x))) + (bias[u] << 15))

    def gate(name: str, u: int) -> int:
        a = total(name, u, q, lambda product: product << aligned_q)
        return _clip((a >> 1) + 2**21, 0, 2**22) >> 6

    def after(u: int) -> int:
        recurrent, bias = weights["recurrent_kernel_h"], weights["recurrent_bias_h"]
        products = sum(q[k] * recurrent[k][u] << aligned_q for k in units)
        p = _clip(_half_even(_wrap(products + (bias[u] << 15), 32), 8), -32767, 32767)
        return _wrap(from_inputs("h", u) + _wrap((gate("r", u) * p) >> 8, 24), 32)

    z = [gate("z", u) for u in units]
    rh = [_floored(gate("r", u) * q[u], 15 + bits.products - 22) for u in units]
    new = []
    for u in units:
        before = total("h", u, rh, lambda product: product >> 7)
        a = after(u) if "recurrent_bias_h" in weights else before
        c = _in_unit_range(a, 22, bits.candidate)
        kept, renewed = z[u] * m[u] << 23 - bits.stored, (65536 - z[u]) * c << 23 - bits.candidate
        new.append((kept + renewed) >> 16)
    return new


def _in_unit_range(code: int, fraction: int, bits: int) -> int:
    """Round a code of some fraction to one of `bits` bits in [-1, 1]."""
    largest = 2 ** (bits - 1) - 1
    return _clip(_half_even(code, fraction - (bits - 1)), -largest, largest)


def _floored(code: int, drop: int) -> int:
    return code >> drop if drop >= 0 else code << -drop


def _half_even(code: int, bits: int) -> int:
    return round(Fraction(code, 2**bits))


def _wrap(code: int, bits: int) -> int:
    return (code + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1)


def _clip(code: int, low: int, high: int) -> int:
    return min(max(code, low), high)
