"""How large accumulators get with given weights, whatever enters: the proof that none overflows.

With the weights fixed, a sum ``sum_k v_k w_k + b`` is largest where every ``v_k`` is at the end of
its format that has the sign of ``w_k``: ``sum_k |w_k| max|v| + |b|``, in exact integers. Where
terms are rounded to the accumulator's fraction, that is one more for each of them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hwmodels.gru.arithmetic import Arithmetic
from hwmodels.gru.fixedpoint import Format
from hwmodels.gru.weights import DENSE_BIAS, DENSE_KERNEL, STAGES, Array, array_name
from hwmodels.network import Network


def largest_sums(
    weights: Mapping[str, Array], network: Network, arithmetic: Arithmetic
) -> dict[str, int]:
    """Return a bound on the magnitude of every accumulator, in its codes, by its name.

    Parameters
    ----------
    weights : mapping of str to int array
        As `hwmodels.gru.weights.check_weights` returns them.
    network : Network
        Whose weights they are.
    arithmetic : Arithmetic
        Formats of the values, and the fractions of the accumulators; their widths play no part.
    """
    a = arithmetic
    dense = [_bias(weights[DENSE_BIAS], a, a.dense_accumulator)]
    dense.append(_products(weights[DENSE_KERNEL], a.hidden, a, a.dense_accumulator))
    gates: list[int] = []
    candidates: list[int] = []
    for stage in STAGES:
        for layer in range(network.layers):
            sums = _LayerSums(weights, network, a, stage, layer)
            gates += sums.affine("z", a.state, a.gate_accumulator)
            gates += sums.affine("r", a.state, a.gate_accumulator)
            candidates += sums.candidate()
    return {
        "gate_accumulator": max(gates),
        "candidate_accumulator": max(candidates),
        "dense_accumulator": max(_added(*dense)),
    }


class _LayerSums:
    """The bounds of one layer's sums, one for each unit."""

    def __init__(
        self,
        weights: Mapping[str, Array],
        network: Network,
        arithmetic: Arithmetic,
        stage: str,
        layer: int,
    ) -> None:
        self.weights = weights
        self.network = network
        self.a = arithmetic
        self.stage, self.layer = stage, layer

    def affine(self, gate: str, state: Format, total: Format) -> list[int]:
        """Bound ``W x + U s + b``."""
        return _added(self.of_inputs(gate, total), self.of_states(gate, state, total))

    def candidate(self) -> list[int]:
        """Bound the sum of the candidate, or both where the reset comes after one of them."""
        a, total = self.a, self.a.candidate_accumulator
        if self.network.cell == "gru":
            return self.affine("h", a.reset_product, total)
        second = _bias(self._array("recurrent_bias", "h"), a, total)
        reset = _magnitude(-a.reset_product.minimum, a.reset_product.fraction, total)
        return [
            *_added(self.of_states("h", a.state, total), second),
            *(bound + reset for bound in self.of_inputs("h", total)),
        ]

    def of_inputs(self, gate: str, total: Format) -> list[int]:
        """Bound ``W x + b``; the decoder's first layer reads zeros."""
        bias = _bias(self._array("bias", gate), self.a, total)
        if self.layer == 0 and self.stage == "decoder":
            return bias
        entering = self.a.stacked_input if self.layer else self.a.input
        return _added(bias, _products(self._array("kernel", gate), entering, self.a, total))

    def of_states(self, gate: str, state: Format, total: Format) -> list[int]:
        """Bound ``U s``."""
        return _products(self._array("recurrent_kernel", gate), state, self.a, total)

    def _array(self, part: str, gate: str) -> Array:
        return self.weights[array_name(self.stage, self.layer, part, gate)]


def _products(matrix: Array, value: Format, a: Arithmetic, total: Format) -> list[int]:
    magnitudes, largest = np.abs(matrix.astype(np.int64)), -value.minimum
    shift = value.fraction + a.weight.fraction - total.fraction
    if shift > 0:
        sums: list[int] = ((magnitudes * largest >> shift) + 1).sum(axis=0).tolist()
        return sums
    return [column * largest << -shift for column in magnitudes.sum(axis=0).tolist()]


def _bias(bias: Array, a: Arithmetic, total: Format) -> list[int]:
    codes = np.abs(bias.astype(np.int64)).tolist()
    return [_magnitude(code, a.bias.fraction, total) for code in codes]


def _magnitude(code: int, fraction: int, total: Format) -> int:
    shift = fraction - total.fraction
    return (code >> shift) + 1 if shift > 0 else code << -shift


def _added(*bounds: list[int]) -> list[int]:
    return [sum(of_unit) for of_unit in zip(*bounds, strict=True)]
