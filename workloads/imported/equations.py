"""Whether the equations of the layers that were recognised give what a model computes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from hwmodels.cells.reference import infer
from hwmodels.recurrent import RecurrentNetwork
from workloads.imported.graph import Array
from workloads.imported.recognition.network import Recognised

TOLERANCE = 1e-6
"""Difference, of an output's largest value, that rounding in float64 explains."""

NUDGE = 1e-13
"""Change of inputs that does no more to a model than the rounding of its steps."""

MARGIN = 10
"""How many times the change that a nudge makes of an output is rounding still."""

Run = Callable[[Mapping[str, Array]], Mapping[str, Array]]


@dataclass(frozen=True)
class Check:
    """Largest differences of outputs, and how large rounding may make them.

    Attributes
    ----------
    differences, allowed : dict of str to float
        By the names of the outputs that have the size of the network's; none where nothing can be
        compared.
    """

    differences: dict[str, float] = field(default_factory=dict)
    allowed: dict[str, float] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether the network gives an output; it has but one, and others may be of its size."""
        near = [d <= self.allowed[name] for name, d in self.differences.items()]
        return any(near) or not near


def check(
    found: Recognised,
    network: RecurrentNetwork,
    weights: Mapping[str, Array],
    inputs: Mapping[str, Array],
    run: Run,
) -> Check:
    """Compare a network by the equations of its cells with the model that it stands for.

    Parameters
    ----------
    found : Recognised
        Where something is ignored, the two are not meant to be equal, and nothing is compared.
    network : RecurrentNetwork
    weights : mapping of str to array
        Of the network, named as in `hwmodels.cells.weights`.
    inputs : mapping of str to array
        Of the model.
    run : callable
        Runs the model.

    Raises
    ------
    InputError
        If the model cannot be run.
    """
    reading = [name for name, axis in found.time_axes.items() if axis >= 0]
    readers = [stage for stage in network.stages if stage.reads == "input"]
    if found.ignored or not reading or len(reading) != len(readers):
        return Check()
    given = []
    for name, stage in zip(reading, readers, strict=True):
        sequence = np.moveaxis(inputs[name], found.time_axes[name], 0)
        rows = sequence.reshape(stage.steps, -1, stage.layers[0].inputs)
        given.append(rows.swapaxes(0, 1))
    last = infer(network, weights, *given)[-1]
    orders = [last]
    if last.ndim == 3:
        directions = getattr(network.stages[-1].layers[-1], "directions", 1)
        apart = last.reshape(*last.shape[:2], directions, -1)
        orders += [last.swapaxes(0, 1), apart.transpose(1, 2, 0, 3)]
    outputs = {name: y for name, y in run(inputs).items() if y.size == last.size}
    differences = {
        name: min(_largest(order.ravel(), y.ravel()) for order in orders)
        for name, y in outputs.items()
    }
    made = Check(differences, {name: TOLERANCE * _scale(y) for name, y in outputs.items()})
    return made if made.holds else Check(differences, _nudged(made, outputs, inputs, run))


def _nudged(
    made: Check, outputs: Mapping[str, Array], inputs: Mapping[str, Array], run: Run
) -> dict[str, float]:
    """Return what rounding may do in a model that makes much of it, from step to step."""
    moved = run({k: v if v.dtype.kind in "biu" else v * (1 + NUDGE) for k, v in inputs.items()})
    return {
        name: max(least, MARGIN * _largest(moved[name].ravel(), outputs[name].ravel()))
        for name, least in made.allowed.items()
    }


def _largest(one: Array, other: Array) -> float:
    """Return the largest difference; of equal infinite numbers it is none."""
    with np.errstate(invalid="ignore"):
        apart = np.abs(one - other)
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    return float(np.where(same, 0.0, apart).max())


def _scale(values: Array) -> float:
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0)) or 1.0
