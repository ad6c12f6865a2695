"""Operators that choose elements and put tensors together."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from stomp_flim.errors import InputError
from workloads.imported.graph import Array, Node


def concat(node: Node, *inputs: Array) -> Array:
    """Return tensors joined along an axis."""
    return np.concatenate(inputs, axis=node.integer("axis"))


def gather(node: Node, x: Array, indices: Array) -> Array:
    """Return the slices of an axis that indices name."""
    return np.take(x, indices.astype(np.int64), axis=node.integer("axis", 0))


def gather_elements(node: Node, x: Array, indices: Array) -> Array:
    """Return elements that lie along one axis where indices say."""
    return np.take_along_axis(x, indices.astype(np.int64), axis=node.integer("axis", 0))


def reverse_sequence(node: Node, x: Array, lengths: Array) -> Array:
    """Return sequences whose first so many steps are turned round."""
    time, batch = node.integer("time_axis", 0), node.integer("batch_axis", 1)
    if {time, batch} != {0, 1}:
        raise InputError(f"time_axis {time} and batch_axis {batch}, expected 0 and 1 or 1 and 0")
    y = np.array(x)
    for number, length in enumerate(lengths.tolist()):
        row = (slice(length), number) if time == 0 else (number, slice(length))
        y[row] = x[row][::-1]
    return y


def scatter_elements(node: Node, x: Array, indices: Array, updates: Array) -> Array:
    """Return a tensor in which some elements are replaced."""
    if node.text("reduction", "none") != "none":
        raise InputError(f"reduction {node.text('reduction')!r}, expected 'none'")
    y = np.array(x)
    np.put_along_axis(y, indices.astype(np.int64), updates, axis=node.integer("axis", 0))
    return y


def scatter_nd(node: Node, x: Array, indices: Array, updates: Array) -> Array:
    """Return a tensor in which some slices are replaced."""
    if node.text("reduction", "none") != "none":
        raise InputError(f"reduction {node.text('reduction')!r}, expected 'none'")
    y = np.array(x)
    y[tuple(np.moveaxis(indices.astype(np.int64), -1, 0))] = updates
    return y


def slice_(node: Node, x: Array, *bounds: Array | None) -> Array:
    """Return every so many slices from one to another, along some axes."""
    if node.version < 10:
        starts, ends = node.integers("starts"), node.integers("ends")
        axes, steps = node.integers("axes", list(range(len(starts)))), [1] * len(starts)
    else:
        given = [None if b is None else [int(v) for v in b.reshape(-1)] for b in bounds]
        given += [None] * (4 - len(given))
        starts, ends = given[0] or [], given[1] or []
        axes, steps = given[2] or list(range(len(starts))), given[3] or [1] * len(starts)
    chosen = [slice(None)] * x.ndim
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        chosen[axis] = slice(start, _end(end, x.shape[axis], step), step)
    return x[tuple(chosen)]


def _end(end: int, size: int, step: int) -> int | None:
    """Return an end as Python means it: what lies before the first element is none of the last."""
    return None if step < 0 and end < -size else end


def split(node: Node, x: Array, sizes: Array | None = None) -> list[Array]:
    """Return the parts of a tensor along an axis."""
    axis, parts = node.integer("axis", 0), len(node.outputs)
    if node.version < 13 and "split" in node.attributes:
        lengths = node.integers("split")
    elif sizes is not None:
        lengths = [int(size) for size in sizes]
    else:
        longest = -(-x.shape[axis] // parts)
        lengths = [longest] * (parts - 1) + [x.shape[axis] - longest * (parts - 1)]
    if sum(lengths) != x.shape[axis] or min(lengths, default=0) < 0:
        raise InputError(f"parts of {lengths}, expected {x.shape[axis]} in all")
    return np.split(x, np.cumsum(lengths)[:-1], axis=axis)


OPERATORS: dict[str, Callable[..., Array | list[Array]]] = {
    "Concat": concat,
    "Gather": gather,
    "GatherElements": gather_elements,
    "ReverseSequence": reverse_sequence,
    "ScatterElements": scatter_elements,
    "ScatterND": scatter_nd,
    "Slice": slice_,
    "Split": split,
}
