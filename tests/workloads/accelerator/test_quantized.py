"""A network in real numbers, quantized: the replay of its graph gives the kernel's integers."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

import stomp_flim as sf
from hwmodels.gru.calibration import Activations
from hwmodels.gru.kernel import infer
from hwmodels.gru.quantization import quantize
from hwmodels.gru.weights import array_shapes
from hwmodels.network import Cell, Network
from workloads.accelerator.graph import accelerator_graph
from workloads.published.operations import CONST, DATA, DSP, SHARED

PLATFORM = sf.Platform({DSP: 4, SHARED: 3, CONST: 5, DATA: 2})


@pytest.mark.parametrize("activations", get_args(Activations))
@pytest.mark.parametrize("cell", get_args(Cell))
@pytest.mark.parametrize("policy", ["fifo", "hlfet", "manual"])
def test_replay_equals_the_kernel(policy: str, cell: Cell, activations: Activations) -> None:
    """States and outputs of three pixels in every bit, with 10 bits and curves or without."""
    network = Network("mine", layers=2, hidden_units=5, inputs=2, steps=3, cell=cell)
    random = np.random.default_rng(0)
    shapes = array_shapes(network)
    weights = {name: random.normal(0, 0.5, shape) for name, shape in shapes.items()}
    x = random.uniform(-1, 1, (3, 3, 2))
    found = quantize(weights, network, x, 10, activations=activations)
    specification = found.specification
    codes = specification.arithmetic.input.quantize(x)
    states, y = infer(found.weights, codes, specification=specification)

    graph = accelerator_graph(network, arithmetic=specification.arithmetic)
    replayed = sf.simulate([sf.Job(graph)] * 3, PLATFORM, policy).replay(found.weights, codes)

    np.testing.assert_array_equal(states, replayed.h_encoder)
    np.testing.assert_array_equal(y, replayed.y)
    assert len(np.unique(y)) > 9
