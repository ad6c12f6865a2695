"""The activations of `hwmodels.layers.Activation`, in float64."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hwmodels.recurrent import Activation

Floats = NDArray[np.float64]


def _sigmoid(a: Floats) -> Floats:
    return np.asarray(0.5 * np.tanh(0.5 * a) + 0.5)  # which overflows for no argument


def _softmax(a: Floats) -> Floats:
    powers: Floats = np.exp(a - a.max(axis=-1, keepdims=True))
    sums: Floats = powers.sum(axis=-1, keepdims=True)
    return powers / sums


ACTIVATIONS: dict[Activation, Callable[[Floats], Floats]] = {
    "linear": lambda a: a,
    "relu": lambda a: np.maximum(a, 0),
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "hard-sigmoid": lambda a: np.clip(0.5 * a + 0.5, 0, 1),
    "hard-tanh": lambda a: np.clip(a, -1, 1),
    "softmax": _softmax,
    "softplus": lambda a: np.logaddexp(a, 0),
    "softsign": lambda a: a / (1 + np.abs(a)),
}
"""Softmax sums over the last axis, the others are element by element."""
