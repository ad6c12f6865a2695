"""A model run with its recurrent operators changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from workloads.imported.compare.changes import Change
from workloads.imported.execution import Execution
from workloads.imported.graph import Array, Node, Value
from workloads.imported.model import Imported
from workloads.imported.recurrent.parameters import GATES, Recurrent, operands, parameters
from workloads.imported.recurrent.sequence import run

Recurrents = dict[str, Recurrent]
"""Recurrent operators of a model by the names of their nodes."""


def recurrents(model: Imported, inputs: Mapping[str, Array]) -> Recurrents:
    """Return the recurrent operators that a run meets."""
    found: Recurrents = {}

    def watch(node: Node, operands: Sequence[Value], *_: object) -> None:
        if node.kind in GATES:
            arrays = [v if isinstance(v, np.ndarray) else None for v in operands]
            found[node.name] = parameters(node, arrays)

    model.outputs_of(Execution(model.document, watch), inputs)
    return found


def outputs(
    model: Imported,
    inputs: Mapping[str, Array],
    changes: Sequence[Change],
    only: str | None = None,
    biases: Mapping[str, Array] | None = None,
) -> dict[str, Array] | None:
    """Return the outputs with all changes made, or None where they change nothing.

    Parameters
    ----------
    model : Imported
    inputs : mapping of str to array
    changes : sequence of Change
    only : str, optional
        Name of the one node that is changed; all by default.
    biases : mapping of str to array, optional
        What is added to the second biases of nodes.
    """
    changed = 0

    def operator(node: Node, *inputs: Array | None) -> list[Array]:
        nonlocal changed
        recurrent, swapped = parameters(node, inputs), False
        x, lengths, hidden, cell = operands(inputs)
        for change in changes if only in (None, node.name) else ():
            made = change.apply(recurrent)
            if made is not None:
                recurrent, swapped = made, swapped or change.swapped
                changed += 1
        if biases is not None:
            more = recurrent.recurrent_bias + biases[node.name]
            recurrent = replace(recurrent, recurrent_bias=more)
            changed += 1
        start = (hidden, cell if node.kind == "LSTM" else None)
        if not swapped:
            return run(recurrent, x, lengths, *start)
        y, *last = run(recurrent, x.swapaxes(0, 1))
        first, count = recurrent.batch_first, len(recurrent.directions)
        state = (len(x), count, recurrent.units) if first else (count, x.shape[1], recurrent.units)
        turned = y.transpose((1, 0, 2, 3) if first else (2, 1, 0, 3))
        return [turned, *(np.zeros(state) for _ in last)]  # there is a state a step, not a sequence

    replaced: dict[str, Callable[..., object]] = dict.fromkeys(GATES, operator)
    found = model.outputs_of(Execution(model.document, replaced=replaced), inputs)
    return found if changed else None
