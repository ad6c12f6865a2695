"""Weights on their way to the integer kernel and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from hwmodels.gru.arithmetic import PLAIN_16_BIT, SEQ2SEQLITE_8_BIT, Arithmetic
from hwmodels.gru.weights import read_weights, seeded_weights, write_weights
from hwmodels.network import Network
from workloads.flim.training.export import export, real_weights, restore
from workloads.flim.training.networks import EncoderDecoder

torch.set_num_threads(1)  # threads that wait for each other in small steps are slow


@pytest.mark.parametrize("inputs", [1, 2])
@pytest.mark.parametrize("arithmetic", [SEQ2SEQLITE_8_BIT, PLAIN_16_BIT], ids=lambda a: a.name)
def test_there_and_back(arithmetic: Arithmetic, inputs: int, tmp_path: Path) -> None:
    """Weights that become a network, are exported, written and read again are the same codes."""
    codes = seeded_weights(Network("n", layers=2, hidden_units=5, inputs=inputs), 4, arithmetic)
    for gate in "zrh":  # what a network without an input for its decoder cannot keep
        codes[f"sdecgru_kernel_{gate}"][:] = 0

    write_weights(tmp_path / "w.npz", export(restore(codes, arithmetic), arithmetic), arithmetic)
    found = read_weights(tmp_path / "w.npz", arithmetic)

    assert list(found) == list(codes)
    for name, array in codes.items():
        np.testing.assert_array_equal(found[name], array)


def test_codes_are_the_nearest() -> None:
    """A weight becomes the nearest code within the range."""
    network = EncoderDecoder((3,))
    with torch.no_grad():
        network.dense_bias.copy_(torch.tensor([0.51 / 128, -2.0, 1.0]))

    np.testing.assert_array_equal(export(network)["sdec_dense_bias"], [1, -128, 127])


def test_gates_keep_their_columns() -> None:
    """The gates z, r and h stand side by side in a layer and apart in a file."""
    network = EncoderDecoder((3,), seed=2)
    found = real_weights(network)

    parts = [found[f"sencgru_recurrent_kernel_{gate}"] for gate in "zrh"]

    np.testing.assert_array_equal(
        np.concatenate(parts, axis=1),
        network.layer("encoder", 0).recurrent_kernel.detach().double().numpy(),
    )
