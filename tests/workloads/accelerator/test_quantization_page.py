"""The figures of the page on quantization."""

from __future__ import annotations

import numpy as np
import pages

from hwmodels import devices
from hwmodels.costs.accelerator import Design
from hwmodels.costs.blocks import ram_blocks
from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT
from hwmodels.gru.quantization import Quantized, quantize
from hwmodels.gru.state_bits import with_state_bits
from hwmodels.gru.weights import array_shapes
from hwmodels.network import SEQ2SEQLITE, Network
from hwmodels.verilog.design import Cell, MemoryStyle
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


def trained(bits: int, stored: int | None = None) -> Quantized:
    """Quantize a shipped network."""
    entry = zoo.read("seq2seqlite-32-16bit")
    a = entry.specification.arithmetic
    weights = {
        name: (a.bias if "bias" in name else a.weight).to_real(codes)
        for name, codes in entry.weights.items()
    }
    x = batch(Recipe(), 200, 1, 0).inputs()
    network = entry.specification.network
    return quantize(weights, network, x, bits, activations="hard", stored=stored)


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


def test_bits_of_the_state() -> None:
    """What stored bits cost a cell, by its design and the cost model, and what they bring."""
    device = devices.xc7k410t
    heading, *rows = pages.table("quantization.md", "stored bits | 6")
    columns = []
    for stored in map(int, heading[1:]):
        arithmetic = with_state_bits(SEQ2SEQLITE_8_BIT, min(8, stored), stored, candidate=stored)
        cell = Cell(32, 32, arithmetic=arithmetic, state_memory=MemoryStyle.BLOCK)
        states = [size for name, size in cell.memories.items() if name.startswith("states")]
        many = Design(SEQ2SEQLITE, device, 32, 8, in_flight=64, stored_bits=stored).allocation(1)
        columns.append(
            [
                sum(depth * width for depth, width in states),
                sum(ram_blocks(*size, device) for size in states),
                sum(
                    bank.blocks
                    for bank in many.of_unit
                    if bank.memory.name in ("quantized state", "stored state")
                ),
                " x ".join(map(str, cell.element_factors)),
                cell.dsp(device.dsp),
                percent(trained(8, stored).outputs.relative) if stored >= 8 else "",
            ]
        )
    expected = [list(map(str, row)) for row in zip(*columns, strict=True)]
    assert expected == [row[1:] for row in rows]
