"""Holds whole GRU cells against the integer kernel and the cost model."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hwmodels.costs.blocks import ram_blocks
from hwmodels.device import Device
from hwmodels.gru import reference
from hwmodels.gru.arithmetic import Specification
from hwmodels.gru.fixedpoint import Codes
from hwmodels.gru.kernel import infer
from hwmodels.gru.weights import Weights, array_shapes, format_of, seeded_weights
from hwmodels.network import Network
from hwmodels.verilog.design import Cell, MemoryStyle
from hwmodels.verilog.finding import CYCLES, DSP, RAM, Finding, compared, counted
from hwmodels.verilog.generator import Files, cell_files
from hwmodels.verilog.simulation import Step, run_cell
from hwmodels.verilog.tools import ram_blocks_of, synthesize
from hwmodels.verilog.vectors import requantization_codes, shuffled

SEED = 6
DIRECTED_STEPS = 24
PIXELS, SEQUENCE_STEPS = 3, 12


@dataclass(frozen=True)
class Case:
    """Steps of a cell, and what the integer kernel gives.

    Attributes
    ----------
    files : dict of str to str
        The generated cell with its weights.
    steps : list of Step
    hidden : int64 array, steps x units
        The new state of each step.
    """

    files: Files
    steps: list[Step]
    hidden: Codes


def check_cell(cell: Cell, role: str, device: Device) -> list[Finding]:
    """Check every bit of many steps, the cycles of each, the DSP slices and the RAM blocks."""
    name = describe(cell)
    cases = [directed_case(cell), sequence_case(cell)]
    runs = [run_cell(cell, case.files, case.steps) for case in cases]
    cells = synthesize(cases[-1].files, "gru_cell")
    blocks = sum(ram_blocks(*words, device) for words in cell.memories.values())
    return [
        compared(
            name,
            role,
            np.concatenate([case.hidden for case in cases]),
            np.concatenate([run.values for run in runs]),
        ),
        counted(name, role, CYCLES, cell.cycles, runs[0].cycles | runs[1].cycles),
        counted(name, role, DSP, cell.dsp(device.dsp), cells.get(DSP, 0)),
        counted(name, role, RAM, blocks, ram_blocks_of(cells)),
    ]


def describe(cell: Cell) -> str:
    """Return a line that names a cell."""
    parts = [f"H={cell.units}", f"P={cell.lanes}", f"inputs={cell.inputs}"]
    parts += [f"stages={cell.multiplier_stages}"] if cell.multiplier_stages else []
    parts += ["states in block RAM"] if cell.state_memory is MemoryStyle.BLOCK else []
    return f"GRU cell {' '.join(parts)}, {cell.arithmetic.name}"


def directed_case(cell: Cell) -> Case:
    """Single steps: weights, inputs and states of the whole range, with ties and corners."""
    a, generator = cell.arithmetic, np.random.default_rng(SEED)
    weights = {
        name: generator.integers(point.minimum, point.maximum, shape, np.int64, endpoint=True)
        for name, shape in array_shapes(_network(cell)).items()
        for point in [format_of(name, a)]
    }
    target = cell.input_format
    states = requantization_codes(a.hidden.bits, a.hidden.fraction, a.stored_state, generator)
    if a.blend_state is not None:  # and the ties of what products read
        read = requantization_codes(a.hidden.bits, a.hidden.fraction, a.state, generator)
        states = np.union1d(states, read)
    inputs = requantization_codes(target.bits, target.fraction, target, generator)
    hidden = shuffled(states, DIRECTED_STEPS * cell.units, generator)
    hidden = hidden.reshape(DIRECTED_STEPS, cell.units)
    x = shuffled(inputs, DIRECTED_STEPS * cell.inputs, generator)
    x = x.reshape(DIRECTED_STEPS, cell.inputs)
    steps = [Step(x[step], hidden=hidden[step]) for step in range(DIRECTED_STEPS)]
    return Case(_files(cell, weights), steps, _advance(cell, weights, x, hidden))


def sequence_case(cell: Cell) -> Case:
    """Sequences of several pixels: each step takes the state that the last one left."""
    a, generator, network = cell.arithmetic, np.random.default_rng(SEED), _network(cell)
    weights = seeded_weights(network, SEED, a)
    one = min(1 << cell.input_format.fraction, cell.input_format.maximum)
    x = generator.integers(0, one, (PIXELS, SEQUENCE_STEPS, cell.inputs), endpoint=True)
    hidden = np.zeros((PIXELS, SEQUENCE_STEPS + 1, cell.units), np.int64)
    for step in range(SEQUENCE_STEPS):
        hidden[:, step + 1] = _advance(cell, weights, x[:, step], hidden[:, step])
    if _place(cell) == ("encoder", 0):  # of which the compiled kernel returns the last state
        specification = Specification(network, a)
        hidden[:, -1] = infer(weights, x, specification=specification, threads=1)[0]
    steps = [Step(inputs, clear=step == 0) for pixel in x for step, inputs in enumerate(pixel)]
    return Case(_files(cell, weights), steps, hidden[:, 1:].reshape(-1, cell.units))


def _place(cell: Cell) -> tuple[str, int]:
    """Return the stage and the layer that a cell is built as."""
    return "encoder" if cell.inputs else "decoder", int(cell.stacked)


def _network(cell: Cell) -> Network:
    return replace(cell.network, steps=SEQUENCE_STEPS)


def _files(cell: Cell, weights: Weights) -> Files:
    return cell_files(cell, weights, *_place(cell))


def _advance(cell: Cell, weights: Weights, x: Codes, hidden: Codes) -> Codes:
    inputs = x if cell.inputs else np.zeros((len(hidden), 1), np.int64)
    return reference.cell(cell.arithmetic, weights, *_place(cell), inputs, hidden)
