"""Second biases that a file lacks, fitted to the outputs of the framework that has them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from workloads.imported.compare.differing import Recurrents, outputs
from workloads.imported.graph import Array
from workloads.imported.model import Imported

MOST_UNKNOWN = 96
"""Elements of all second biases together; each of them costs a run for each iteration."""

ITERATIONS = 8


def fitted_bias(
    model: Imported,
    inputs: Mapping[str, Array],
    expected: Mapping[str, Array],
    found: Recurrents,
) -> dict[str, Array] | None:
    """Return the outputs with the second biases that come nearest to what is expected.

    Steps of Gauss and Newton on the sum of squares, from biases of 0; the derivatives are
    differences. None where there are more unknown numbers than `MOST_UNKNOWN`, or than half as many
    as known ones, for then any outputs could be fitted.
    """
    shapes = {name: recurrent.recurrent_bias.shape for name, recurrent in found.items()}
    count = sum(int(np.prod(shape)) for shape in shapes.values())
    known = sum(values.size for values in expected.values())
    if count > MOST_UNKNOWN or known < 2 * count:
        return None

    def run(vector: Array) -> dict[str, Array]:
        parts = np.split(vector, np.cumsum([int(np.prod(s)) for s in shapes.values()])[:-1])
        biases = {name: p.reshape(s) for p, (name, s) in zip(parts, shapes.items(), strict=True)}
        made = outputs(model, inputs, (), biases=biases)
        assert made is not None
        return made

    def flat(made: Mapping[str, Array]) -> Array:
        return np.concatenate([made[name].ravel() for name in expected])

    target, step = flat(expected), 1e-6
    vector, made = np.zeros(count), run(np.zeros(count))
    for _ in range(ITERATIONS):
        now = flat(made)
        columns = [(flat(run(vector + step * unit)) - now) / step for unit in np.eye(count)]
        move = np.linalg.lstsq(np.stack(columns, axis=1), target - now, rcond=1e-8)[0]
        better = next(
            (
                v
                for v in _shorter(vector, move)
                if _distance(flat(run(v)), target) < _distance(now, target)
            ),
            None,
        )
        if better is None:
            break
        vector, made = better, run(better)
    return made


def _shorter(vector: Array, move: Array) -> list[Array]:
    return [vector + move * part for part in (1.0, 0.5, 0.25, 0.1)]


def _distance(a: Array, b: Array) -> float:
    return float(np.linalg.norm(a - b))
