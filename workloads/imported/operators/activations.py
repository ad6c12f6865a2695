"""Activations: as operators of their own and, by name, inside of recurrent operators."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from stomp_flim.errors import InputError, near_names
from workloads.imported.graph import Array, Node

Activation = Callable[[Array], Array]


def sigmoid(x: Array) -> Array:
    """Return ``1 / (1 + exp(-x))``, without an overflow at either end."""
    part = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1, part) / (1 + part))


def hard_sigmoid(x: Array, alpha: float, beta: float) -> Array:
    """Return a line between 0 and 1."""
    return np.clip(alpha * x + beta, 0, 1)


def elu(x: Array, alpha: float) -> Array:
    """Return x, below 0 an exponential that goes to ``-alpha``."""
    return np.where(x < 0, alpha * np.expm1(np.minimum(x, 0)), x)


FAMILIES: dict[str, tuple[Callable[[Array, float, float], Array], float, float]] = {
    "Affine": (lambda x, a, b: a * x + b, 1.0, 0.0),
    "Elu": (lambda x, a, _: elu(x, a), 1.0, 0.0),
    "HardSigmoid": (hard_sigmoid, 0.2, 0.5),
    "HardTanh": (lambda x, a, b: np.clip(x, a, b), -1.0, 1.0),  # not in files: `compare` tries it
    "LeakyRelu": (lambda x, a, _: np.where(x < 0, a * x, x), 0.01, 0.0),
    "Relu": (lambda x, *_: np.maximum(x, 0), 0.0, 0.0),
    "ScaledTanh": (lambda x, a, b: a * np.tanh(b * x), 1.0, 1.0),
    "Sigmoid": (lambda x, *_: sigmoid(x), 0.0, 0.0),
    "Softplus": (lambda x, *_: np.logaddexp(x, 0), 0.0, 0.0),
    "Softsign": (lambda x, *_: x / (1 + np.abs(x)), 0.0, 0.0),
    "Tanh": (lambda x, *_: np.tanh(x), 0.0, 0.0),
    "ThresholdedRelu": (lambda x, a, _: np.where(x > a, x, 0), 1.0, 0.0),
}
"""Activations of recurrent operators by name, with the defaults of alpha and beta."""

WITH_ALPHA = frozenset(FAMILIES) - {"Relu", "Sigmoid", "Softplus", "Softsign", "Tanh"}
WITH_BETA = frozenset({"Affine", "HardSigmoid", "HardTanh", "ScaledTanh"})


def family(name: str) -> str:
    """Return the name of an activation as it stands in `FAMILIES`, whatever its case.

    Raises
    ------
    InputError
        If it is not known.
    """
    for known in FAMILIES:
        if known.lower() == name.lower():
            return known
    raise InputError(f"unknown activation {name!r}; {near_names(name, FAMILIES)}")


def softmax(node: Node, x: Array) -> Array:
    """Return shares of one; before version 13 over all axes from one on."""
    return np.exp(log_softmax(node, x))


def log_softmax(node: Node, x: Array) -> Array:
    """Return logarithms of shares of one."""
    if node.version >= 13:
        axis = node.integer("axis", -1)
        x = x - x.max(axis=axis, keepdims=True)
        return np.asarray(x - np.log(np.exp(x).sum(axis=axis, keepdims=True)))
    first = node.integer("axis", 1) % (x.ndim or 1)
    rows = x.reshape(int(np.prod(x.shape[:first])), -1)
    rows = rows - rows.max(axis=1, keepdims=True)
    return np.asarray(rows - np.log(np.exp(rows).sum(axis=1, keepdims=True))).reshape(x.shape)


OPERATORS: dict[str, Callable[..., Array]] = {
    "Elu": lambda node, x: elu(x, node.number("alpha", 1.0)),
    "HardSigmoid": lambda node, x: hard_sigmoid(
        x, node.number("alpha", 0.2), node.number("beta", 0.5)
    ),
    "HardSwish": lambda _, x: x * hard_sigmoid(x, 1 / 6, 0.5),
    "LeakyRelu": lambda node, x: np.where(x < 0, node.number("alpha", 0.01) * x, x),
    "LogSoftmax": log_softmax,
    "PRelu": lambda _, x, slope: np.where(x < 0, slope * x, x),
    "Relu": lambda _, x: np.maximum(x, 0),
    "Sigmoid": lambda _, x: sigmoid(x),
    "Softmax": softmax,
    "Softplus": lambda _, x: np.logaddexp(x, 0),
    "Softsign": lambda _, x: x / (1 + np.abs(x)),
    "Tanh": lambda _, x: np.tanh(x),
    "ThresholdedRelu": lambda node, x: np.where(x > node.number("alpha", 1.0), x, 0),
}
