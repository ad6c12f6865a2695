"""The dense layer's codes after refinement."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT
from stomp_flim.errors import InputError
from workloads.flim.data.pixels import Pixels, Recipe, batch
from workloads.flim.training.dense_refinement import refine_dense
from workloads.flim.training.export import export
from workloads.flim.training.loop import mixed_loss
from workloads.flim.training.networks import EncoderDecoder

torch.set_num_threads(1)  # threads that wait for each other in small steps are slow

WEIGHT = 5.0


def loss(network: EncoderDecoder, states: torch.Tensor, pixels: Pixels) -> float:
    """Return the training's loss on pixels, of outputs that are not rounded."""
    with torch.no_grad():
        y = (
            states.double() @ network.dense_kernel.double() + network.dense_bias.double()
        ).transpose(0, 1)
    return float(mixed_loss(y, torch.from_numpy(pixels.targets()).double(), WEIGHT))


def test_no_neighbour_is_better() -> None:
    """The loss falls, only the dense layer changes, and no code beside its own would be better."""
    network = EncoderDecoder((3,), arithmetic=SEQ2SEQLITE_8_BIT, seed=2)
    pixels = batch(Recipe(), 40, 5, 0)
    with torch.no_grad():
        states = network.states(torch.from_numpy(pixels.inputs())).double()
    before, codes = loss(network, states, pixels), export(network)

    refine_dense(network, [pixels], WEIGHT)

    after, refined = loss(network, states, pixels), export(network)
    assert after < before
    for name, array in codes.items():
        if not name.startswith("sdec_dense"):
            np.testing.assert_array_equal(array, refined[name])
    for parameter in (network.dense_kernel, network.dense_bias):
        flat = parameter.data.view(-1)
        for index, change in itertools.product(range(len(flat)), (1 / 128, -1 / 128)):
            if not -1 <= flat[index] + change <= 127 / 128:
                continue  # no code
            flat[index] += change
            assert loss(network, states, pixels) > after - 1e-12
            flat[index] -= change


def test_networks_and_pixels_that_cannot_be_refined() -> None:
    """A network in real numbers has no codes; without pixels there is nothing to go by."""
    with pytest.raises(InputError, match="computes in real numbers, expected an arithmetic"):
        refine_dense(EncoderDecoder((3,)), [batch(Recipe(), 2, 0, 0)], WEIGHT)
    with pytest.raises(InputError, match="no pixels to refine on"):
        refine_dense(EncoderDecoder((3,), arithmetic=SEQ2SEQLITE_8_BIT), [], WEIGHT)
