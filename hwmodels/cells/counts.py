"""How much a recurrent network computes, read off the equations of its cells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from functools import cache

from hwmodels.cells import CELLS
from hwmodels.cells.equations import Activate, ElementWise
from hwmodels.cells.weights import layer_shapes
from hwmodels.recurrent import Layer, RecurrentLayer, RecurrentNetwork, Stage


@dataclass(frozen=True)
class Counts:
    """Operations, and what has to be stored for them.

    Attributes
    ----------
    multiply_accumulates : int
        In products of matrices and vectors.
    element_products : int
        In products of two vectors, element by element.
    activations : int
        Elements to which an activation is applied; a linear one is none.
    weights, biases : int
        Elements of matrices, and of biases: two for the candidate of a GRU that resets after the
        product, one for every other gate.
    """

    multiply_accumulates: int = 0
    element_products: int = 0
    activations: int = 0
    weights: int = 0
    biases: int = 0

    def repeated(self, times: int) -> Counts:
        """Return the counts of so many executions, whose weights are stored once."""
        return replace(
            self,
            multiply_accumulates=times * self.multiply_accumulates,
            element_products=times * self.element_products,
            activations=times * self.activations,
        )


@cache
def layer_counts(layer: Layer) -> Counts:
    """Count a step of a layer, in all of its directions.

    Examples
    --------
    >>> from hwmodels.cells.counts import layer_counts
    >>> from hwmodels.recurrent import RecurrentLayer
    >>> layer_counts(RecurrentLayer("lstm", inputs=1, units=10)).multiply_accumulates
    440
    """
    sizes = layer_shapes(layer).values()
    weights = sum(shape[0] * shape[1] for shape in sizes if len(shape) == 2)
    biases = sum(shape[0] for shape in sizes if len(shape) == 1)
    if not isinstance(layer, RecurrentLayer):
        return Counts(weights, 0, layer.units * (layer.activation != "linear"), weights, biases)
    pairs = activations = 0
    for operation in CELLS[layer.cell].operations:
        if isinstance(operation, ElementWise):
            pairs += len(operation.pairs)
        elif isinstance(operation, Activate):
            activations += layer.activation_of(operation.kind) != "linear"
    of_direction = (weights, layer.units * pairs, layer.units * activations, weights, biases)
    return Counts(*(layer.directions * number for number in of_direction))


def stage_counts(stage: Stage) -> Counts:
    """Count all steps of a stage, and what runs after the last one."""
    each = summed(layer_counts(layer) for layer in stage.layers).repeated(stage.steps)
    return summed([each, *(layer_counts(layer) for layer in stage.after)])


def network_counts(network: RecurrentNetwork) -> Counts:
    """Count one inference.

    Examples
    --------
    >>> from hwmodels.cells.counts import network_counts
    >>> from hwmodels.network import SEQ2SEQLITE
    >>> from hwmodels.recurrent import RecurrentNetwork
    >>> network_counts(RecurrentNetwork.of(SEQ2SEQLITE)).multiply_accumulates
    855360
    """
    return summed(map(stage_counts, network.stages))


def state_elements(network: RecurrentNetwork) -> tuple[int, int]:
    """Return the elements that have to be kept from step to step, of the stage with the most.

    Those of the outputs, and those of all vectors of the states, which are more in an LSTM.
    """
    outputs = [[layer.outputs for layer in stage.recurrent] for stage in network.stages]
    states = [
        [layer.outputs * len(CELLS[layer.cell].states) for layer in stage.recurrent]
        for stage in network.stages
    ]
    return max(map(sum, outputs)), max(map(sum, states))


def summed(counts: Iterable[Counts]) -> Counts:
    """Return the sums of all counts."""
    rows = list(counts)
    return Counts(*(sum(getattr(row, field.name) for row in rows) for field in fields(Counts)))
