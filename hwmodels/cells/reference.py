"""Any recurrent network in float64: the equations of its cells, interpreted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from hwmodels.cells import CELLS
from hwmodels.cells.activations import ACTIVATIONS, Floats
from hwmodels.cells.equations import INPUT, OUTPUT, Activate, Operation, Product
from hwmodels.cells.weights import DIRECTIONS, check_weights, prefix
from hwmodels.recurrent import DenseLayer, RecurrentLayer, RecurrentNetwork, Stage
from stomp_flim.errors import InputError

State = dict[str, Floats]
"""The vectors of one direction's state, each of shape (batch, units)."""


def infer(
    network: RecurrentNetwork, weights: Mapping[str, Floats], *inputs: Floats
) -> list[Floats]:
    """Compute the outputs of every stage.

    Parameters
    ----------
    network : RecurrentNetwork
        What is computed.
    weights : mapping of str to array
        Named as in `hwmodels.cells.weights`.
    *inputs : array of shape (batch, steps, inputs)
        One for each stage that reads an input. Where none does, one of any width gives the batch.

    Returns
    -------
    list of float64 array
        For each stage of shape (batch, steps, outputs), or (batch, outputs) where it runs dense
        layers after its last step.

    Raises
    ------
    InputError
        If an array is missing, not known, of another shape or no finite number.

    Examples
    --------
    >>> import numpy as np
    >>> from hwmodels.cells.reference import infer
    >>> from hwmodels.cells.weights import seeded_weights
    >>> from hwmodels.network import Network
    >>> from hwmodels.recurrent import RecurrentNetwork
    >>> network = RecurrentNetwork.of(Network("small", layers=2, hidden_units=4, steps=6))
    >>> states, outputs = infer(network, seeded_weights(network, 1), np.ones((10, 6, 1)))
    >>> states.shape, outputs.shape
    ((10, 6, 4), (10, 6, 3))
    """
    check_weights(weights, network)
    sequences = iter(_checked(network, inputs))
    batch = len(inputs[0]) if inputs else 1
    outputs: list[Floats] = []
    last: Floats = np.empty((batch, 0))
    states: list[list[State]] = []
    for stage in network.stages:
        if not stage.continues:
            states = [zero_state(layer, batch) for layer in stage.recurrent]
        if stage.reads == "output":
            y: Floats = np.zeros((batch, 1, stage.layers[0].inputs))
            steps = []
            for _ in range(stage.steps):
                y, states = _layers(stage, weights, y, states)
                steps.append(y)
            y = np.concatenate(steps, axis=1)
        else:
            x: Floats = np.empty((batch, stage.steps, 0))
            if stage.reads == "input":
                x = next(sequences)
            elif stage.reads == "previous":
                x = np.repeat(last[:, None], stage.steps, axis=1)
            y, states = _layers(stage, weights, x, states)
        last = y[:, -1]
        if isinstance(stage.layers[-1], RecurrentLayer):
            last = np.concatenate([state[OUTPUT] for state in states[-1]], axis=-1)
        for i, dense in enumerate(stage.after, start=len(stage.layers)):
            last = run_dense(dense, part(weights, prefix(stage, i)), last)
        outputs.append(last if stage.after else y)
    return outputs


def run_layer(
    layer: RecurrentLayer,
    weights: Sequence[Mapping[str, Floats]],
    x: Floats,
    states: Sequence[State],
) -> tuple[Floats, list[State]]:
    """Compute a recurrent layer over a sequence.

    Parameters
    ----------
    layer : RecurrentLayer
        What is computed.
    weights : sequence of mappings of str to array
        Of the forward direction and perhaps the backward one, named as by
        `hwmodels.cells.weights.layer_shapes`.
    x : array of shape (batch, steps, inputs)
        Its input.
    states : sequence of dict of str to array
        The first state of each direction, see `zero_state`.

    Returns
    -------
    array of shape (batch, steps, outputs)
        Its output, that of the backward direction behind that of the forward one.
    list of dict of str to array
        The last state of each direction; that of the backward one belongs to the first step.

    Examples
    --------
    >>> import numpy as np
    >>> from hwmodels.cells.reference import run_layer, zero_state
    >>> from hwmodels.recurrent import RecurrentLayer
    >>> layer = RecurrentLayer("rnn", inputs=1, units=1, activation="linear")
    >>> one = np.ones((1, 1))
    >>> sums = {"W_h": one, "U_h": one, "b_h": np.zeros(1)}  # h' = x + h
    >>> y, _ = run_layer(layer, [sums], np.arange(5.0).reshape(1, 5, 1), zero_state(layer, 1))
    >>> y.ravel().tolist()
    [0.0, 1.0, 3.0, 6.0, 10.0]
    """
    both, last = [], []
    for of_direction, state, order in zip(weights, states, (1, -1)):  # noqa: B905, one or two
        now, steps = state, []
        for inputs in np.moveaxis(x, 1, 0)[::order]:
            now = _step(layer, of_direction, inputs, now)
            steps.append(now[OUTPUT])
        both.append(np.stack(steps[::order], axis=1))
        last.append(now)
    return np.concatenate(both, axis=-1), last


def run_dense(layer: DenseLayer, weights: Mapping[str, Floats], x: Floats) -> Floats:
    """Compute a dense layer; the last axis of `x` holds its inputs."""
    return ACTIVATIONS[layer.activation](x @ weights["W"] + weights["b"])


def zero_state(layer: RecurrentLayer, batch: int) -> list[State]:
    """Return the state of each direction with which a sequence begins, of zeros."""
    zeros = np.zeros((batch, layer.units))
    return [dict.fromkeys(CELLS[layer.cell].states, zeros) for _ in range(layer.directions)]


def part(weights: Mapping[str, Floats], beginning: str) -> dict[str, Floats]:
    """Return the arrays whose names begin like this, without their beginnings."""
    return {
        name.removeprefix(beginning): np.asarray(array, np.float64)
        for name, array in weights.items()
        if name.startswith(beginning)
    }


def _layers(
    stage: Stage, weights: Mapping[str, Floats], x: Floats, states: list[list[State]]
) -> tuple[Floats, list[list[State]]]:
    """Compute the layers of a stage over a sequence, one layer after the other."""
    first, last = iter(states), []
    for i, layer in enumerate(stage.layers):
        arrays = part(weights, prefix(stage, i))
        if isinstance(layer, RecurrentLayer):
            of_directions = [part(arrays, f"{direction}.") for direction in DIRECTIONS]
            x, state = run_layer(layer, of_directions, x, next(first))
            last.append(state)
        else:
            x = run_dense(layer, arrays, x)
    return x, last


def evaluate(
    layer: RecurrentLayer, weights: Mapping[str, Floats], x: Floats, state: State
) -> dict[str, Floats]:
    """Return every value of one step in one direction, by its name in the equations of the cell.

    Parameters
    ----------
    layer : RecurrentLayer
        What is computed.
    weights : mapping of str to array
        Of one direction, named as by `hwmodels.cells.weights.layer_shapes`.
    x : array of shape (batch, inputs)
        The input of the step.
    state : dict of str to array
        The state before it.
    """
    values = {INPUT: x, **state}
    for operation in CELLS[layer.cell].operations:
        values[operation.result] = _evaluated(operation, layer, weights, values)
    return values


def _step(layer: RecurrentLayer, weights: Mapping[str, Floats], x: Floats, state: State) -> State:
    values = evaluate(layer, weights, x, state)
    return {name: values[result] for name, result in CELLS[layer.cell].state}


def _evaluated(
    operation: Operation, layer: RecurrentLayer, weights: Mapping[str, Floats], values: State
) -> Floats:
    def factor(name: str) -> Floats:
        return 1 - values[name[2:]] if name.startswith("1-") else values[name]

    if isinstance(operation, Activate):
        return ACTIVATIONS[layer.activation_of(operation.kind)](values[operation.of])
    if isinstance(operation, Product):
        terms = [values[vector] @ weights[matrix] for matrix, vector in operation.terms]
        terms += [weights[bias] for bias in operation.biases]
    else:
        terms = [factor(a) * factor(b) for a, b in operation.pairs]
        terms += [values[operation.plus]] if operation.plus is not None else []
    return np.asarray(sum(terms))


def _checked(network: RecurrentNetwork, inputs: Sequence[Floats]) -> list[Floats]:
    readers = [stage for stage in network.stages if stage.reads == "input"]
    if len(inputs) != len(readers) and (readers or len(inputs) != 1):
        raise InputError(
            f"network {network.name!r}: {len(inputs)} inputs, expected {len(readers) or 'one'}, "
            "one for each stage that reads one"
        )
    for stage, x in zip(readers, inputs):  # noqa: B905, none reads one that gives the batch alone
        shape = (len(inputs[0]), stage.steps, stage.layers[0].inputs)
        if np.shape(x) != shape:
            raise InputError(
                f"network {network.name!r}, stage {stage.name!r}: input of shape {np.shape(x)}, "
                f"expected {shape}, which is (batch, steps, inputs)"
            )
    return [np.asarray(x, np.float64) for x in inputs]
