"""The figures of the page on quantization."""

from __future__ import annotations

import numpy as np
import pages

from hwmodels.gru.quantization import Quantized, quantize
from hwmodels.gru.weights import array_shapes
from hwmodels.network import Network
from workloads.flim import zoo
from workloads.flim.data.pixels import Recipe, batch


def drawn(bits: int) -> Quantized:
    """Quantize the network of the page's example."""
    network = Network("mine", layers=1, hidden_units=32, steps=135, cell="gru-reset-after")
    random = np.random.default_rng(0)
    shapes = array_shapes(network)
    weights = {name: random.uniform(-0.18, 0.18, shape) for name, shape in shapes.items()}
    x = np.exp(-np.arange(135) / random.uniform(3, 30, (200, 1)))
    return quantize(weights, network, x, bits)


def trained(bits: int) -> Quantized:
    """Quantize a shipped network."""
    entry = zoo.read("seq2seqlite-32-16bit")
    a = entry.specification.arithmetic
    weights = {
        name: (a.bias if "bias" in name else a.weight).to_real(codes)
        for name, codes in entry.weights.items()
    }
    x = batch(Recipe(), 200, 1, 0).inputs()
    return quantize(weights, entry.specification.network, x, bits, activations="hard")


def percent(share: float) -> str:
    """Say a share with two digits."""
    return f"{float(f'{100 * share:.2g}'):g}%"


def test_errors() -> None:
    """The relative error of all outputs, by bits."""
    heading, *rows = pages.table("quantization.md", "bits | drawn, reset after")
    assert 3 == len(heading)
    expected = [
        [str(bits), *(percent(version(bits).outputs.relative) for version in (drawn, trained))]
        for bits in (4, 6, 8, 10, 12, 16, 20)
    ]
    assert expected == rows


def test_nodes() -> None:
    """So many nodes have the curves that follow an activation, at 8 bits and at 16."""
    for bits, count in ((8, 65), (16, 2049)):
        a = drawn(bits).specification.arithmetic
        assert [count] * 2 == [len(curve.nodes) for curve in (a.sigmoid, a.tanh) if curve]
    assert "65 nodes at 8 bits and 2,049 at 16" in pages.words("quantization.md")
