"""Operators that make and move elements and compute none: the same on any type of element."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from stomp_flim.errors import InputError
from workloads.imported.graph import Array, Node

MOST_ELEMENTS = 2**27
"""Of a tensor that an operator makes larger than its operands: 1 GiB in float64."""


def axes_of(node: Node, axes: Array | None, since: int) -> list[int] | None:
    """Return axes, an attribute before version `since` of the operator set and then an input."""
    if node.version < since:
        return node.integers("axes") if "axes" in node.attributes else None
    return None if axes is None else [int(axis) for axis in axes.reshape(-1)]


def bounded(shape: Sequence[int]) -> tuple[int, ...]:
    """Return a shape that a tensor can have."""
    found = tuple(int(size) for size in shape)
    if min(found, default=0) < 0 or math.prod(found) > MOST_ELEMENTS:
        raise InputError(f"a tensor of shape {found}, expected at most {MOST_ELEMENTS:,} elements")
    return found


def constant_of_shape(node: Node, shape: Array) -> Array:
    """Return a tensor of one value, by default 0."""
    value = node.attributes.get("value", np.zeros(1))
    return np.full(bounded(shape.tolist()), value.reshape(-1)[0], value.dtype)


def expand(_: Node, x: Array, shape: Array) -> Array:
    """Return a tensor repeated along axes of size 1, and along new ones in front."""
    return np.broadcast_to(x, bounded(np.broadcast_shapes(x.shape, bounded(shape.tolist()))))


def flatten(node: Node, x: Array) -> Array:
    """Return a matrix: the axes before one, and the others."""
    axis = node.integer("axis", 1)
    first = axis + x.ndim if axis < 0 else axis
    return x.reshape(math.prod(x.shape[:first]), math.prod(x.shape[first:]))


def pad(node: Node, x: Array, pads: Array | None = None, *others: Array) -> Array:
    """Return a tensor with a border of one value."""
    if node.text("mode", "constant") != "constant":
        raise InputError(f"mode {node.text('mode')!r}, expected 'constant'")
    if pads is None:
        pads, value = np.array(node.integers("pads")), np.asarray(node.number("value", 0.0))
    else:
        value = others[0] if others and others[0] is not None else np.zeros((), x.dtype)
    axes = others[1].tolist() if len(others) > 1 else range(x.ndim)
    width = [(0, 0)] * x.ndim
    for axis, pair in zip(axes, pads.reshape(2, -1).T.tolist(), strict=True):
        width[axis] = tuple(pair)
    bounded([size + sum(pair) for size, pair in zip(x.shape, width, strict=True)])
    return np.pad(x, width, constant_values=value.reshape(-1)[0])


def range_(_: Node, start: Array, limit: Array, delta: Array) -> Array:
    """Return numbers from one to another."""
    first, last, step = (value.item() for value in (start, limit, delta))
    count = max(0, math.ceil((last - first) / step))
    return np.asarray(first + np.arange(*bounded([count])) * step).astype(start.dtype)


def reshape(node: Node, x: Array, shape: Array) -> Array:
    """Return a tensor in another shape, where 0 copies a size and -1 is what is left."""
    sizes = [int(size) for size in shape.reshape(-1)]
    if not node.integer("allowzero", 0):
        sizes = [size or x.shape[axis] for axis, size in enumerate(sizes)]
    return x.reshape(sizes)


def shape(node: Node, x: Array) -> Array:
    """Return the sizes of the axes from one to another."""
    end = node.attributes.get("end")
    return np.array(x.shape[node.integer("start", 0) : end], np.int64)


def squeeze(node: Node, x: Array, axes: Array | None = None) -> Array:
    """Return a tensor without axes of size 1."""
    chosen = axes_of(node, axes, 13)
    return np.squeeze(x, None if chosen is None else tuple(chosen))


def tile(_: Node, x: Array, repeats: Array) -> Array:
    """Return a tensor repeated along each axis."""
    bounded([size * int(times) for size, times in zip(x.shape, repeats, strict=True)])
    return np.tile(x, repeats.tolist())


def transpose(node: Node, x: Array) -> Array:
    """Return a tensor with its axes in another order, by default the reverse one."""
    return np.transpose(x, node.integers("perm") if "perm" in node.attributes else None)


def unsqueeze(node: Node, x: Array, axes: Array | None = None) -> Array:
    """Return a tensor with new axes of size 1."""
    return np.expand_dims(x, tuple(axes_of(node, axes, 13) or ()))


OPERATORS: dict[str, Callable[..., Array]] = {
    "ConstantOfShape": constant_of_shape,
    "Expand": expand,
    "Flatten": flatten,
    "Pad": pad,
    "Range": range_,
    "Reshape": reshape,
    "Shape": shape,
    "Size": lambda _, x: np.asarray(x.size, np.int64),
    "Squeeze": squeeze,
    "Tile": tile,
    "Transpose": transpose,
    "Unsqueeze": unsqueeze,
}
