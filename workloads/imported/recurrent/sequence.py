"""Recurrent operators over a whole sequence: directions, lengths, initial states, layouts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from stomp_flim.errors import InputError
from workloads.imported.graph import Array, Node
from workloads.imported.recurrent.cells import State, step
from workloads.imported.recurrent.parameters import GATES, Recurrent, operands, parameters


def run(
    recurrent: Recurrent,
    x: Array,
    lengths: Array | None = None,
    hidden: Array | None = None,
    cell: Array | None = None,
) -> list[Array]:
    """Run a recurrent operator over sequences.

    Parameters
    ----------
    recurrent : Recurrent
    x : float64[steps, batch, inputs]
        With `batch_first`, here and below, the batch is the first axis.
    lengths : int[batch], optional
        Steps of each sequence; behind them outputs are 0 and states stay.
    hidden, cell : float64[directions, batch, units], optional
        States to begin with, by default 0.

    Returns
    -------
    list of array
        Outputs (steps x directions x batch x units), last hidden states (directions x batch x
        units) and, of an LSTM, last states of the cells.

    Raises
    ------
    InputError
        If an array has another shape.
    """
    if recurrent.batch_first:
        x = x.swapaxes(0, 1)
        hidden, cell = (None if s is None else s.swapaxes(0, 1) for s in (hidden, cell))
    steps, batch, _ = x.shape
    shape = (len(recurrent.directions), batch, recurrent.units)
    first = [np.zeros(shape) if given is None else given for given in (hidden, cell)]
    for name, given in zip(("initial_h", "initial_c"), first, strict=True):
        if given.shape != shape:
            raise InputError(f"{name} has shape {given.shape}, expected {shape}")
    if lengths is not None and lengths.shape != (batch,):
        raise InputError(f"sequence_lens has shape {lengths.shape}, expected {(batch,)}")
    y = np.zeros((steps, *shape))
    last = [np.empty(shape), np.empty(shape)]
    for number, direction in enumerate(recurrent.directions):
        advance = step(recurrent, number)
        state: State = first[0][number], first[1][number]
        products = x @ recurrent.kernel[number].T
        order = range(steps) if direction == "forward" else range(steps - 1, -1, -1)
        for t in order:
            new = advance(products[t], state)
            if lengths is None:
                y[t, number], _ = state = new
                continue
            runs = (t < lengths)[:, np.newaxis]
            state = np.where(runs, new[0], state[0]), np.where(runs, new[1], state[1])
            y[t, number] = np.where(runs, new[0], 0)
        last[0][number], last[1][number] = state
    if recurrent.batch_first:
        y, last = y.transpose(2, 0, 1, 3), [array.swapaxes(0, 1) for array in last]
    return [y, *last] if recurrent.kind == "LSTM" else [y, last[0]]


def operator(node: Node, *inputs: Array | None) -> list[Array]:
    """Run a node GRU, LSTM or RNN."""
    recurrent = parameters(node, inputs)
    x, lengths, hidden, cell = operands(inputs)
    return run(recurrent, x, lengths, hidden, cell if node.kind == "LSTM" else None)


OPERATORS: dict[str, Callable[..., Sequence[Array]]] = dict.fromkeys(GATES, operator)
