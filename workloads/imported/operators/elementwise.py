"""Operators that compute each element on its own."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from stomp_flim.errors import InputError
from workloads.imported.graph import Array, Node

TYPES = {2: np.uint8, 3: np.int8, 4: np.uint16, 5: np.int16, 6: np.int32, 7: np.int64}
TYPES |= {12: np.uint32, 13: np.uint64}
"""Whole numbers by the number of ONNX's type; floating-point ones of any width are float64 here."""

FLOATS = frozenset({1, 10, 11, 16})
BOOL = 9


def divide(_: Node, a: Array, b: Array) -> Array:
    """Return quotients; those of whole numbers are rounded towards zero."""
    if a.dtype.kind == "f" or b.dtype.kind == "f":
        return np.asarray(a / b)
    return np.asarray(np.sign(a) * np.sign(b) * (np.abs(a) // np.abs(b)))


def modulo(node: Node, a: Array, b: Array) -> Array:
    """Return remainders with the sign of the divisor, or of the dividend by an attribute."""
    return np.fmod(a, b) if node.integer("fmod", 0) else np.mod(a, b)


def clip(node: Node, x: Array, low: Array | None = None, high: Array | None = None) -> Array:
    """Return values within bounds, which older files give as attributes."""
    if node.version < 11:
        low = np.asarray(node.number("min", -math.inf))
        high = np.asarray(node.number("max", math.inf))
    x = x if low is None else np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


def cast(node: Node, x: Array, _: Array | None = None) -> Array:
    """Return values of another type; all floating-point ones stay in float64."""
    to = node.integer("to")
    if to in FLOATS:
        return x.astype(np.float64)
    if to == BOOL:
        return np.asarray(x != 0)
    if to not in TYPES:
        raise InputError(f"to type {to}, expected floating-point numbers, integers or bool")
    return x.astype(TYPES[to])


def cast_like(_: Node, x: Array, like: Array) -> Array:
    """Return values in the type of others."""
    return x.astype(like.dtype)


def power(_: Node, a: Array, b: Array) -> Array:
    """Return powers, in the type of the base."""
    return np.power(a.astype(np.float64), b).astype(a.dtype)


def dropout(_: Node, x: Array, ratio: Array | None = None, training: Array | None = None) -> Array:
    """Return values as they are: nothing is dropped outside of a training."""
    if training is not None and training.any():
        raise InputError("training_mode is true, expected a network that is not trained any more")
    return x


def plain(function: Callable[..., Array]) -> Callable[..., Array]:
    """Return a function of arrays as an operator."""
    return lambda _, *inputs: function(*inputs)


def folded(function: Callable[[Array, Array], Array]) -> Callable[..., Array]:
    """Return an operator that takes any number of operands, pair by pair."""

    def all_of(_: Node, first: Array, *others: Array) -> Array:
        for other in others:
            first = function(first, other)
        return first

    return all_of


def mean(_: Node, *inputs: Array) -> Array:
    """Return the mean of the operands."""
    return np.asarray(sum(inputs[1:], inputs[0]) / len(inputs))


OPERATORS: dict[str, Callable[..., Array]] = {
    "Abs": plain(np.abs),
    "Add": plain(np.add),
    "And": plain(np.logical_and),
    "Cast": cast,
    "CastLike": cast_like,
    "Ceil": plain(np.ceil),
    "Clip": clip,
    "Cos": plain(np.cos),
    "Div": divide,
    "Dropout": dropout,
    "Equal": plain(np.equal),
    "Exp": plain(np.exp),
    "Floor": plain(np.floor),
    "Greater": plain(np.greater),
    "GreaterOrEqual": plain(np.greater_equal),
    "Identity": lambda _, x: x,
    "Less": plain(np.less),
    "LessOrEqual": plain(np.less_equal),
    "Log": plain(np.log),
    "Max": folded(np.maximum),
    "Mean": mean,
    "Min": folded(np.minimum),
    "Mod": modulo,
    "Mul": plain(np.multiply),
    "Neg": plain(np.negative),
    "Not": plain(np.logical_not),
    "Or": plain(np.logical_or),
    "Pow": power,
    "Reciprocal": plain(np.reciprocal),
    "Round": plain(np.rint),
    "Sign": plain(np.sign),
    "Sin": plain(np.sin),
    "Sqrt": plain(np.sqrt),
    "Sub": plain(np.subtract),
    "Sum": folded(np.add),
    "Where": plain(np.where),
    "Xor": plain(np.logical_xor),
}
