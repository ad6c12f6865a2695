"""Counts of operations: against formulas from textbooks, and PyTorch's parameters."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from recurrent.networks import networks

from hwmodels.cells.counts import layer_counts, network_counts, state_elements
from hwmodels.cells.weights import array_shapes
from hwmodels.network import SEQ2SEQ, SEQ2SEQLITE, Network
from hwmodels.recurrent import CellName, DenseLayer, RecurrentLayer, RecurrentNetwork, Stage

SIZES = st.integers(1, 9)


@pytest.mark.parametrize(
    ("cell", "gates", "element_products", "activations", "biases"),
    [
        ("gru", 3, 3, 3, 3),
        ("gru-reset-after", 3, 3, 3, 4),
        ("lstm", 4, 3, 5, 4),
        ("rnn", 1, 0, 1, 1),
    ],
)
@pytest.mark.parametrize("both", [False, True])
def test_a_step_of_a_layer(
    cell: CellName, gates: int, element_products: int, activations: int, biases: int, both: bool
) -> None:
    """As many matrices as gates; r h and the blend, or the two products of c and that of h."""
    inputs, units, directions = 3, 5, 1 + both
    counts = layer_counts(RecurrentLayer(cell, inputs, units, both))
    products = directions * gates * units * (units + inputs)
    assert products == counts.multiply_accumulates == counts.weights
    assert directions * element_products * units == counts.element_products
    assert directions * activations * units == counts.activations
    assert directions * biases * units == counts.biases


@given(SIZES, SIZES, st.booleans())
def test_weights_are_pytorchs_parameters(inputs: int, units: int, both: bool) -> None:
    """Whose second biases are summed with the first ones but for a candidate's."""
    kinds: dict[CellName, tuple[Any, int]] = {
        "gru-reset-after": (torch.nn.GRU, 2),
        "lstm": (torch.nn.LSTM, 4),
        "rnn": (torch.nn.RNN, 1),
    }
    for cell, (module, summed) in kinds.items():
        theirs = sum(p.numel() for p in module(inputs, units, bidirectional=both).parameters())
        ours = layer_counts(RecurrentLayer(cell, inputs, units, both))
        assert theirs == ours.weights + ours.biases + summed * units * (1 + both)


@given(networks())
def test_weights_are_the_elements_of_the_arrays(network: RecurrentNetwork) -> None:
    """Matrices are weights, vectors are biases."""
    shapes = array_shapes(network).values()
    counts = network_counts(network)
    assert sum(shape[0] * shape[1] for shape in shapes if len(shape) == 2) == counts.weights
    assert sum(shape[0] for shape in shapes if len(shape) == 1) == counts.biases


@given(networks(), st.integers(1, 5))
def test_steps_multiply_operations_and_no_weights(network: RecurrentNetwork, steps: int) -> None:
    """But for the dense layers after the last step."""
    one, more = (network_counts(network.with_steps(n)) for n in (1, steps))
    after = sum(layer_counts(a).multiply_accumulates for s in network.stages for a in s.after)
    each = one.multiply_accumulates - after
    assert steps * each + after == more.multiply_accumulates
    assert (one.weights, one.biases) == (more.weights, more.biases)


@given(st.builds(Network, st.just("n"), *[SIZES] * 5))
def test_the_encoder_decoder_by_hand(network: Network) -> None:
    """Three gates a layer, over inputs and states, and a dense layer after each decoder step."""
    hidden = network.hidden_units
    inputs = [network.inputs, 0] + [hidden] * 2 * (network.layers - 1)
    matrices = sum(3 * hidden * (hidden + n) for n in inputs) + hidden * network.outputs
    counts = network_counts(RecurrentNetwork.of(network))
    assert (network.steps * matrices, matrices) == (counts.multiply_accumulates, counts.weights)


def test_a_dense_layer() -> None:
    """One product a weight, and an activation unless it is linear."""
    counts = layer_counts(DenseLayer(4, 3, "relu"))
    assert (12, 0, 3, 12, 3) == tuple(vars(counts).values())
    assert not layer_counts(DenseLayer(4, 3)).activations


def test_the_published_networks() -> None:
    """Seq2SeqLite has 855,360 multiply-accumulates, Seq2Seq about 47 times as many."""
    lite, full = (network_counts(RecurrentNetwork.of(n)) for n in (SEQ2SEQLITE, SEQ2SEQ))
    assert 855_360 == lite.multiply_accumulates
    layers = 3 * 128 * (129 + 256 + 128 + 256)
    assert 135 * (layers + 3 * 128) == full.multiply_accumulates == 39_916_800


def test_what_is_kept_from_step_to_step() -> None:
    """An LSTM keeps two vectors, both directions keep their own; the stage with the most counts."""
    lstm, both = RecurrentLayer("lstm", 1, 32), RecurrentLayer("gru", 32, 8, bidirectional=True)
    stages = (Stage("a", 1, (lstm, both)), Stage("b", 1, (RecurrentLayer("rnn", 1, 50),)))
    assert (50, 64 + 16) == state_elements(RecurrentNetwork("n", stages))
    assert (256, 256) == state_elements(RecurrentNetwork.of(SEQ2SEQ))
