"""Inputs for a run: sizes that a file leaves open, and which of them are numbers of steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from stomp_flim.errors import InputError, shown
from workloads.imported.graph import Array, Graph, Info

SEED = 0
"""Of the numbers that stand in for measured ones."""

MOST_STEPS = 10**6

Sizes = Mapping[str, int]
"""Sizes by the name of an axis, or by that of an input with the number of an axis."""


def key(info: Info, axis: int) -> str | None:
    """Return the name of an open axis, or None where the file fixes its size."""
    assert info.shape is not None
    size = info.shape[axis]
    if isinstance(size, int):
        return None
    return f"{info.name}[{axis}]" if size == "?" else size


def open_axes(graph: Graph) -> list[str]:
    """Return the names of all axes that a file leaves open."""
    found = [key(info, axis) for info in graph.inputs for axis in range(len(_shape(info)))]
    return list(dict.fromkeys(name for name in found if name is not None))


def probes(graph: Graph) -> dict[str, int]:
    """Return a different size for each open axis, and none that an axis has anyway."""
    taken = {size for info in graph.inputs for size in _shape(info)}
    free = (n for n in _primes() if n not in taken)
    return {name: next(free) for name in open_axes(graph)}


def _primes() -> Iterator[int]:
    n = 3
    while True:
        if all(n % d for d in range(2, n)):
            yield n
        n += 1


def example(graph: Graph, sizes: Sizes, seed: int = SEED) -> dict[str, Array]:
    """Return random inputs: normal, seeded, or 1 where a whole number is expected."""
    generator = np.random.default_rng(seed)
    inputs: dict[str, Array] = {}
    for info in graph.inputs:
        shape = [
            size if isinstance(size, int) else sizes.get(key(info, axis) or "", 1)
            for axis, size in enumerate(_shape(info))
        ]
        values = generator.normal(size=shape)
        inputs[info.name] = np.ones(shape, np.int64) if info.integer else values
    return inputs


def _shape(info: Info) -> tuple[int | str, ...]:
    if info.shape is None:
        raise InputError(f"input {shown(info.name)} has no shape in the file, expected one")
    if 0 in info.shape or any(isinstance(n, int) and not 0 < n <= 2**31 for n in info.shape):
        raise InputError(f"input {shown(info.name)} has shape {info.shape}, expected sizes above 0")
    return info.shape


def steps_axes(graph: Graph, axes: Mapping[str, int]) -> tuple[list[str], set[int]]:
    """Return what stands for the numbers of steps: names of open axes, and sizes of fixed ones."""
    names, fixed = [], set()
    for info in graph.inputs:
        axis = axes.get(info.name, -1)
        if axis < 0:
            continue
        name = key(info, axis)
        if name is None:
            fixed.add(int(_shape(info)[axis]))
        else:
            names.append(name)
    return list(dict.fromkeys(names)), fixed
