"""An oracle for decompositions: execute a task graph on numbers, task by task.

Each task computes from its predecessors alone, as its name says, so that a missing, a wrong or an
additional edge changes the result; `forward` computes the same network in a few lines of numpy.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hwmodels.network import Network
from stomp_flim.model.graph import TaskGraph

Array = NDArray[np.float64]
BIN_WIDTH = 0.09
_NAME = re.compile(
    r"(?P<stage>\w+)(\[(?P<step>\d+)])?\.((?P<place>gru\d+|dense\d+)\.)?"
    r"((?P<owner>[a-z]+)\.)?(?P<verb>[a-z]+)_?(?P<what>\w*)(\[(?P<index>\d+)])?$"
)


class Element(NamedTuple):
    """One element of a row, as it was read."""

    row: Array
    index: int


@dataclass
class Parameters:
    """Random weights of every layer, and an input sequence."""

    network: Network
    steps: int
    seed: int = 0
    weights: dict[str, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        units, outputs = self.network.hidden_units, self.network.outputs
        for stage, inputs in (("encoder", self.network.inputs), ("decoder", 0)):
            for layer in range(self.network.layers):
                for gate in "zrc":
                    key = f"{stage}.gru{layer + 1}.{gate}"
                    columns = units if layer else inputs
                    self.weights[f"{key}.W"] = rng.normal(size=(columns, units)) / 2
                    self.weights[f"{key}.U"] = rng.normal(size=(units, units)) / 2
                    self.weights[f"{key}.b"] = rng.normal(size=units)
                    self.weights[f"{key}.bh"] = rng.normal(size=units)
                self.weights[f"{stage}.h{layer + 1}"] = rng.normal(size=units) / 2
        self.weights["W"] = rng.normal(size=(units, outputs))
        self.weights["b"] = rng.normal(size=outputs)
        self.x = rng.normal(size=(self.steps, self.network.inputs))


def forward(parameters: Parameters, stage: str, chained: bool = False) -> tuple[list[Array], Array]:
    """Return the final hidden states of a stage and, of a decoder, its outputs of all steps."""
    w, layers = parameters.weights, parameters.network.layers
    h = [w[f"{stage}.h{layer + 1}"] for layer in range(layers)]
    if chained:
        h, _ = forward(parameters, "encoder")
    outputs = []
    for step in range(parameters.steps):
        below = parameters.x[step] if stage == "encoder" else np.zeros(0)
        for layer in range(layers):
            z, r, c = (f"{stage}.gru{layer + 1}.{gate}" for gate in "zrc")
            update, reset = (
                1 / (1 + np.exp(-(below @ w[g + ".W"] + h[layer] @ w[g + ".U"] + w[g + ".b"])))
                for g in (z, r)
            )
            recurrent = h[layer] @ w[c + ".U"] + w[c + ".bh"]
            candidate = np.tanh(below @ w[c + ".W"] + w[c + ".b"] + reset * recurrent)
            below = h[layer] = update * candidate + (1 - update) * h[layer]
        outputs.append(below @ w["W"] + w["b"])
    return h, np.array(outputs)


def evaluate(graph: TaskGraph, parameters: Parameters) -> dict[str, Any]:
    """Return the value of every task by its name; isolated tasks are left out."""
    predecessors: list[list[int]] = [[] for _ in range(len(graph))]
    for source, target in graph.edges.tolist():
        predecessors[target].append(source)
    values: dict[int, Any] = {}
    connected = (graph.in_degree > 0) | (np.diff(graph.successor_offset) > 0)
    for task in (t for t in np.argsort(graph.head, kind="stable").tolist() if connected[t]):
        operands = [(graph.task_names[p].rsplit(".", 1)[1], values[p]) for p in predecessors[task]]
        match = _NAME.match(graph.task_names[task].removesuffix("_again"))
        assert match, graph.task_names[task]
        values[task] = _value(parameters, operands, **match.groupdict())
    return {graph.task_names[task]: value for task, value in values.items()}


def _value(
    parameters: Parameters,
    operands: list[tuple[str, Any]],
    stage: str,
    step: str | None,
    place: str | None,
    owner: str | None,
    verb: str,
    what: str,
    index: str | None,
) -> Any:
    values, named = [value for _, value in operands], dict(operands)
    i = int(index) if index is not None else -1
    if verb == "read" and what in ("U", "W", "b", "bh"):
        assert not operands
        return _read_weights(parameters, stage, str(place), owner, what, i)
    if verb == "read" and not operands:
        return _read_source(parameters, stage, int(step or 0), place, what, i)
    if verb == "read" and what in ("sinh", "cosh"):
        return values[0][what == "cosh"]
    if verb == "read" and what in ("h", "x"):
        return Element(values[0], i)
    if stage == "postprocess":
        return _postprocess(parameters, operands, verb, what, i)
    if verb in ("read", "write"):
        (value,) = values
        return value
    if verb == "multiply":
        whole = what in ("", "reset")
        return math.prod(_factor(value, whole) for value in values)
    if verb == "add":
        return sum(values)
    if verb == "sinh":
        argument = values[0] if owner == "c" else -values[0]
        return np.sinh(argument), np.cosh(argument)
    if verb == "divide":
        return named["read_one"] / named["read_denominator"]
    if verb == "subtract":
        return named["read_one"] - named["read"]
    twice = sum(values) * (2 if len(values) == 1 else 1)
    return {"double": twice, "scale": 1 - twice}[verb]


def _factor(value: Any, whole: bool) -> Array:
    if not isinstance(value, Element):
        return np.asarray(value)
    return value.row if whole else value.row[value.index]


def _read_weights(
    parameters: Parameters, stage: str, place: str, owner: str | None, what: str, index: int
) -> Array:
    if place.startswith("dense"):
        row = int(place.removeprefix("dense")) - 1
        units = parameters.network.hidden_units
        weights = parameters.weights[what][..., row * units : (row + 1) * units]
    else:
        weights = parameters.weights[f"{stage}.{place}.{owner or 'c'}.{what}"]
    return weights[index] if what in ("U", "W") else weights


def _read_source(
    parameters: Parameters, stage: str, step: int, place: str | None, what: str, index: int
) -> Any:
    """Return what is read from outside the graph."""
    constants = {"one": 1.0, "two": 2.0, "bin_width": BIN_WIDTH, "area": 0.0}
    if what in constants:
        return constants[what]
    if what == "x":
        return Element(np.atleast_1d(parameters.x[step]), index)
    if what == "y_previous":
        return np.zeros(parameters.network.outputs)
    state = parameters.weights[f"{stage}.h{str(place).removeprefix('gru')}"]
    return {"h": Element(state, index), "h_row": state}[what]


def _postprocess(
    parameters: Parameters, operands: list[tuple[str, Any]], verb: str, what: str, index: int
) -> Any:
    values, named = [value for _, value in operands], dict(operands)
    component = index + 1 if parameters.network.outputs > 1 else 0
    if what in ("y", "y_previous", "amplitude"):  # rows of outputs, one a dense layer
        result = np.concatenate(values)
        return result[component] if what == "amplitude" else result
    if verb in ("read", "write"):
        (value,) = values
        return value
    if verb == "multiply":
        return named["read_sum"] * named["read_bin_width"]
    if verb == "add" and what == "area":
        return named["read_trapezoid"][component] + named[f"read_area[{index}]"]
    if verb == "add":
        return sum(values)
    if index < 0:
        return named["read_product"] / named["read_two"]
    return named[f"read_area[{index}]"] / named[f"read_amplitude[{index}]"]
