"""Matrix products, and sums and other figures along axes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from workloads.imported.graph import Array, Node
from workloads.imported.operators.shapes import axes_of

SINCE = {"ReduceSum": 13}
"""Version of the operator set since which axes are an input; 18 for the other reductions."""


def gemm(node: Node, a: Array, b: Array, c: Array | None = None) -> Array:
    """Return ``alpha * A B + beta * C``, either matrix transposed by an attribute."""
    a = a.T if node.integer("transA", 0) else a
    b = b.T if node.integer("transB", 0) else b
    product = node.number("alpha", 1.0) * (a @ b)
    return product if c is None else product + node.number("beta", 1.0) * c


def normalization(
    node: Node, x: Array, scale: Array, bias: Array, mean: Array, variance: Array
) -> Array:
    """Return batches normalized by figures of the training, along axis 1."""
    shape = (-1, *[1] * (x.ndim - 2))
    factor = scale / np.sqrt(variance + node.number("epsilon", 1e-5))
    return np.asarray(x * factor.reshape(shape) + (bias - mean * factor).reshape(shape))


def layer_normalization(node: Node, x: Array, scale: Array, bias: Array | None = None) -> Array:
    """Return values normalized by their own mean and variance, over the axes from one on."""
    first = node.integer("axis", -1) % x.ndim
    axes = tuple(range(first, x.ndim))
    x = x - x.mean(axis=axes, keepdims=True)
    x = x / np.sqrt((x**2).mean(axis=axes, keepdims=True) + node.number("epsilon", 1e-5))
    return np.asarray(x * scale if bias is None else x * scale + bias)


def reduction(function: Callable[..., Array]) -> Callable[..., Array]:
    """Return an operator that sums up along axes, by default along all."""

    def reduce(node: Node, x: Array, axes: Array | None = None) -> Array:
        chosen = axes_of(node, axes, SINCE.get(node.kind, 18))
        if not chosen and node.integer("noop_with_empty_axes", 0):
            return x
        keep = bool(node.integer("keepdims", 1))
        return np.asarray(function(x, axis=tuple(chosen) if chosen else None, keepdims=keep))

    return reduce


def extremum(function: Callable[..., Array]) -> Callable[..., Array]:
    """Return an operator that says where along an axis the largest or smallest value stands."""

    def find(node: Node, x: Array) -> Array:
        axis, keep = node.integer("axis", 0), bool(node.integer("keepdims", 1))
        if not node.integer("select_last_index", 0):
            return np.asarray(function(x, axis=axis, keepdims=keep))
        found = function(np.flip(x, axis), axis=axis, keepdims=keep)
        return np.asarray(x.shape[axis] - 1 - found)

    return find


OPERATORS: dict[str, Callable[..., Array]] = {
    "ArgMax": extremum(np.argmax),
    "ArgMin": extremum(np.argmin),
    "BatchNormalization": normalization,
    "Gemm": gemm,
    "LayerNormalization": layer_normalization,
    "MatMul": lambda _, a, b: np.asarray(a @ b),
    "ReduceL1": reduction(lambda x, **along: np.abs(x).sum(**along)),
    "ReduceL2": reduction(lambda x, **along: np.sqrt((x * x).sum(**along))),
    "ReduceMax": reduction(np.max),
    "ReduceMean": reduction(np.mean),
    "ReduceMin": reduction(np.min),
    "ReduceProd": reduction(np.prod),
    "ReduceSum": reduction(np.sum),
    "ReduceSumSquare": reduction(lambda x, **along: (x * x).sum(**along)),
}
