"""Where the elements of a tensor come from, whatever moved them there.

Each tensor that a layer computes gets a number for each element. Operators that only move elements
are run a second time, on these numbers; a layer then knows what it reads however its input was
transposed, sliced, repeated or put together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workloads.imported.graph import Node, Value
from workloads.imported.operators.table import OPERATORS

Origin = NDArray[np.int64]
CONSTANT = -1
"""Number of an element that depends on no input."""

MOVED: Mapping[str, Sequence[int] | None] = {
    "Concat": None,
    "ConcatFromSequence": (0,),
    "Dropout": (0,),
    "Expand": (0,),
    "Flatten": (0,),
    "Gather": (0,),
    "Identity": (0,),
    "Reshape": (0,),
    "SequenceAt": (0,),
    "SequenceConstruct": None,
    "SequenceInsert": (0, 1),
    "Slice": (0,),
    "Split": (0,),
    "SplitToSequence": (0,),
    "Squeeze": (0,),
    "Tile": (0,),
    "Transpose": (0,),
    "Unsqueeze": (0,),
}
"""Operators that move, with the operands that they move; None for all of them."""


class Origins:
    """The origins of all values of a run, found by the object that a value is."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[Value, Any]] = {}
        self._next = 0

    def fresh(self, *shape: int) -> Origin:
        """Return numbers for elements that were never seen before."""
        size = int(np.prod(shape))
        self._next += size
        return np.arange(self._next - size, self._next).reshape(shape)

    def set(self, value: Value, origin: Any) -> None:
        """Say where the elements of a value come from."""
        self._found[id(value)] = (value, origin)  # kept, lest another gets its identity

    def get(self, value: Value) -> Any:
        """Return where the elements of a value come from, or None where it is a constant."""
        return self._found.get(id(value), (None, None))[1]

    def move(self, node: Node, inputs: Sequence[Value], outputs: Sequence[Value]) -> bool:
        """Return whether an operator only moves elements, and then follow them."""
        if node.kind == "Cast":
            floats = all(isinstance(v, np.ndarray) and v.dtype.kind == "f" for v in inputs[:1])
            if floats and outputs[0] is not None and _dtype(outputs[0]) == "f":
                self.set(outputs[0], self.get(inputs[0]))
                return True
            return False
        if node.kind not in MOVED:
            return False
        moved = MOVED[node.kind] or range(len(inputs))
        if any(self.get(v) is not None for i, v in enumerate(inputs) if i not in moved):
            return False
        operands = [self._numbers(v) if i in moved else v for i, v in enumerate(inputs)]
        found = OPERATORS[node.kind](node, *operands)
        for value, origin in zip(
            outputs, found if isinstance(found, list) else [found], strict=True
        ):
            self.set(value, origin)
        return True

    def _numbers(self, value: Value) -> Any:
        origin = self.get(value)
        if origin is not None:
            return origin
        if isinstance(value, tuple):
            return tuple(self._numbers(part) for part in value)
        return None if value is None else np.full(value.shape, CONSTANT)


def _dtype(value: Value) -> str:
    return value.dtype.kind if isinstance(value, np.ndarray) else ""


def constant(origin: Origin | None) -> bool:
    """Return whether a tensor depends on no input at all."""
    return origin is None or bool((origin == CONSTANT).all())
