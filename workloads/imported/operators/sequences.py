"""Operators on sequences of tensors, in which loops collect their outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from workloads.imported.graph import Array, Node

Tensors = tuple[Array, ...]


def concat_from(node: Node, sequence: Tensors) -> Array:
    """Return the tensors of a sequence joined along an axis, or along a new one."""
    axis = node.integer("axis")
    return (
        np.stack(sequence, axis) if node.integer("new_axis", 0) else np.concatenate(sequence, axis)
    )


def insert(_: Node, sequence: Tensors, tensor: Array, position: Array | None = None) -> Tensors:
    """Return a sequence with one more tensor, by default the last one."""
    at = len(sequence) if position is None else position.item()
    return (*sequence[:at], tensor, *sequence[at:])


def split_to(node: Node, x: Array, sizes: Array | None = None) -> Tensors:
    """Return the parts of a tensor along an axis, each of one slice by default."""
    axis = node.integer("axis", 0)
    if sizes is None:
        parts = np.split(x, x.shape[axis], axis)
        keep = node.integer("keepdims", 1)
        return tuple(part if keep else np.squeeze(part, axis) for part in parts)
    if sizes.ndim:
        bounds = np.cumsum(sizes)[:-1]
    else:
        bounds = np.arange(int(sizes), x.shape[axis], int(sizes))
    return tuple(np.split(x, bounds, axis))


OPERATORS: dict[str, Callable[..., Any]] = {
    "ConcatFromSequence": concat_from,
    "SequenceAt": lambda _, sequence, at: sequence[at.item()],
    "SequenceConstruct": lambda _, *tensors: tuple(tensors),
    "SequenceEmpty": lambda _: (),
    "SequenceInsert": insert,
    "SequenceLength": lambda _, sequence: np.asarray(len(sequence), np.int64),
    "SplitToSequence": split_to,
}
