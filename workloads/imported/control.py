"""Operators that hold graphs: branches, and loops over the steps of a sequence."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Protocol

import numpy as np

from stomp_flim.errors import InputError
from workloads.imported.graph import Array, Graph, Node, Value

Scope = MutableMapping[str, Value]


class Runner(Protocol):
    """What runs the graphs inside of an operator."""

    def graph(
        self, graph: Graph, values: Mapping[str, Value], outer: Scope, *, repeated: bool = False
    ) -> list[Value]:
        """Run a graph inside of what it can see."""
        ...


def branch(run: Runner, node: Node, inputs: Sequence[Value], scope: Scope) -> list[Value]:
    """Run one of two graphs."""
    (condition,) = inputs
    taken = "then_branch" if _truth(condition) else "else_branch"
    return run.graph(node.graph(taken), {}, scope)


def loop(run: Runner, node: Node, inputs: Sequence[Value], scope: Scope) -> list[Value]:
    """Run a graph while a condition holds, at most so many times.

    Its inputs are step, condition and what is carried on; it gives condition, what is carried on,
    and one slice of each output that is collected.
    """
    body, (most, condition, *carried) = node.graph("body"), inputs
    names = [info.name for info in body.inputs]
    if len(names) != 2 + len(carried) or len(body.outputs) < 1 + len(carried):
        raise InputError(
            f"a body of {len(names)} inputs and {len(body.outputs)} outputs for "
            f"{len(carried)} values that are carried on"
        )
    count = len(body.outputs) - 1 - len(carried)
    collected: list[list[Array]] = [[] for _ in range(count)]
    goes_on, step = condition is None or _truth(condition), 0
    while goes_on and (most is None or step < int(_tensor(most).item())):
        first = [np.asarray(step, np.int64), np.asarray(True)]
        values = dict(zip(names, [*first, *carried], strict=True))
        condition, *found = run.graph(body, values, scope, repeated=True)
        carried, goes_on, step = found[: len(carried)], _truth(condition), step + 1
        _collect(collected, found[len(carried) :])
    return [*carried, *(_stacked(part, 0, forward=True) for part in collected)]


def scan(run: Runner, node: Node, inputs: Sequence[Value], scope: Scope) -> list[Value]:
    """Run a graph over the slices of sequences; states are carried on, outputs collected."""
    if node.version < 9:
        raise InputError(f"operator set {node.version}, expected 9 or later for a Scan")
    body, count = node.graph("body"), node.integer("num_scan_inputs")
    states, sequences = list(inputs[: len(inputs) - count]), inputs[len(inputs) - count :]
    outputs = len(body.outputs) - len(states)
    names = [info.name for info in body.inputs]
    if not 0 < count <= len(inputs) or outputs < 0 or len(names) != len(inputs):
        raise InputError(
            f"a body of {len(names)} inputs and {len(body.outputs)} outputs for {len(states)} "
            f"states and {count} sequences"
        )
    axes = node.integers("scan_input_axes", [0] * count)
    turned = node.integers("scan_input_directions", [0] * count)
    slices = [
        np.flip(np.moveaxis(_tensor(x), axis, 0), 0) if back else np.moveaxis(_tensor(x), axis, 0)
        for x, axis, back in zip(sequences, axes, turned, strict=True)
    ]
    lengths = {len(part) for part in slices}
    if len(lengths) != 1:
        raise InputError(f"sequences of {sorted(lengths)} steps, expected equal ones")
    collected: list[list[Array]] = [[] for _ in range(outputs)]
    for t in range(lengths.pop()):
        values = dict(zip(names, [*states, *(part[t] for part in slices)], strict=True))
        found = run.graph(body, values, scope, repeated=True)
        states = found[: len(states)]
        _collect(collected, found[len(states) :])
    into = node.integers("scan_output_axes", [0] * outputs)
    back = node.integers("scan_output_directions", [0] * outputs)
    stacked = [
        _stacked(part, axis, forward=not turn)
        for part, axis, turn in zip(collected, into, back, strict=True)
    ]
    return [*states, *stacked]


def _collect(collected: list[list[Array]], found: Sequence[Value]) -> None:
    for part, value in zip(collected, found, strict=True):
        part.append(_tensor(value))


def _stacked(parts: list[Array], axis: int, *, forward: bool) -> Array:
    if not parts:
        raise InputError("a loop without a step collects nothing")
    return np.stack(parts if forward else parts[::-1], axis)


def _tensor(value: Value) -> Array:
    if not isinstance(value, np.ndarray):
        raise InputError("a sequence or nothing, expected a tensor")
    return value


def _truth(value: Value) -> bool:
    return bool(_tensor(value).item())
