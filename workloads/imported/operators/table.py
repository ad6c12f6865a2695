"""All operators that compute arrays from arrays, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workloads.imported.operators import (
    activations,
    elementwise,
    products,
    quantization,
    selection,
    sequences,
    shapes,
)
from workloads.imported.recurrent import sequence

OPERATORS: dict[str, Callable[..., Any]] = {
    **activations.OPERATORS,
    **elementwise.OPERATORS,
    **products.OPERATORS,
    **quantization.OPERATORS,
    **selection.OPERATORS,
    **sequences.OPERATORS,
    **shapes.OPERATORS,
    **sequence.OPERATORS,
}
