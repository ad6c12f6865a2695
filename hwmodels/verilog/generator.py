"""Renders the templates: a GRU cell with its weights, one Verilog module a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT, Arithmetic
from hwmodels.gru.weights import STAGES, Array, array_name, check_weights, network_of
from hwmodels.verilog.design import (
    Cell,
    MatrixVector,
    MemoryStyle,
    element_parameters,
    mode_name,
)
from stomp_flim.errors import InputError, near_names
from stomp_flim.files import output_folder, replacing

ROW_ORDER = ("r", "z", "h")
"""Gates in the order of the rows: h waits for r, and z is computed meanwhile."""

LICENSE = "// SPDX-License-Identifier: Apache-2.0\n"

Files = dict[str, str]


def generate(
    weights: Mapping[str, Array],
    *,
    lanes: int,
    stage: str = "encoder",
    layer: int = 0,
    multiplier_stages: int = 0,
    state_memory: MemoryStyle | str = MemoryStyle.DISTRIBUTED,
    arithmetic: Arithmetic = SEQ2SEQLITE_8_BIT,
) -> Files:
    """Return a GRU cell in Verilog, with one layer's weights.

    Parameters
    ----------
    weights : mapping of str to int array
        The weights of a network, as `hwmodels.gru.weights` names them.
    lanes : int
        Multipliers of the matrix-vector unit, 1 to the hidden units.
    stage : {"encoder", "decoder"}
    layer : int
        From 0, the layer that reads the input.
    multiplier_stages : int
        Registers of a lane's multiplier beyond those of its operands and its product.
    state_memory : {"distributed", "block"}
        Memory that states, gates and reset products are forced into.
    arithmetic : Arithmetic
        Every format.

    Returns
    -------
    dict of str to str
        Text of each file by its name: ``gru_cell.v``, the top module, one file for each module
        below it, and ``weights.hex`` and ``biases.hex``, which the memories read.

    Raises
    ------
    InputError
        If the weights are not those of a network, or the cell is not known or cannot be built.
    """
    network = network_of(weights, steps=1)
    weights = check_weights(weights, network, arithmetic)
    cell = cell_of(
        weights,
        lanes=lanes,
        stage=stage,
        layer=layer,
        multiplier_stages=multiplier_stages,
        state_memory=state_memory,
        arithmetic=arithmetic,
    )
    return cell_files(cell, weights, stage, layer)


def cell_of(
    weights: Mapping[str, Array],
    *,
    lanes: int,
    stage: str = "encoder",
    layer: int = 0,
    multiplier_stages: int = 0,
    state_memory: MemoryStyle | str = MemoryStyle.DISTRIBUTED,
    arithmetic: Arithmetic = SEQ2SEQLITE_8_BIT,
) -> Cell:
    """Return the design that `generate` renders; the parameters are the same."""
    network = network_of(weights, steps=1)
    network.require_reset_before("the Verilog generator")
    if stage not in STAGES:
        raise InputError(f"stage is {stage!r}; {near_names(stage, STAGES)}")
    if layer not in range(network.layers):
        raise InputError(f"layer is {layer!r}, expected 0 to {network.layers - 1}")
    try:
        style = MemoryStyle(state_memory)
    except ValueError:
        raise InputError(
            f"state memory is {state_memory!r}; {near_names(str(state_memory), MemoryStyle)}"
        ) from None
    first_inputs = network.inputs if stage == "encoder" else 0
    return Cell(
        network.hidden_units,
        lanes,
        inputs=network.hidden_units if layer else first_inputs,
        stacked=layer > 0,
        multiplier_stages=multiplier_stages,
        state_memory=style,
        arithmetic=arithmetic,
    )


def cell_files(cell: Cell, weights: Mapping[str, Array], stage: str, layer: int) -> Files:
    """Return the files of a cell that holds one layer's weights, as `generate` does."""
    a = cell.arithmetic
    matrix, bias = cell_matrix(cell, weights, stage, layer)
    title = f"GRU cell: {stage}, layer {layer}."
    return {
        "gru_cell.v": render("gru_cell", title=title, cell=cell, a=a),
        **element_wise_files(a, cell.units, cell.state_memory),
        **matrix_vector_files(cell.product, matrix, bias),
    }


def write(files: Files, folder: Path | str) -> list[Path]:
    """Write generated files into a folder, which is created.

    Returns
    -------
    list of path
        What was written.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    folder = output_folder(folder)
    for name, text in files.items():
        with replacing(folder / name) as temporary:
            temporary.write_text(text, encoding="ascii")
    return [folder / name for name in files]


def cell_matrix(
    cell: Cell, weights: Mapping[str, Array], stage: str, layer: int
) -> tuple[Array, Array]:
    """Return the matrix (rows x columns) and the bias (rows) of a cell's matrix-vector unit."""

    def of_gates(part: str) -> Array:
        arrays = [np.asarray(weights[array_name(stage, layer, part, g)]) for g in ROW_ORDER]
        return np.concatenate([array.T for array in arrays])

    kernel = of_gates("kernel")[:, : cell.inputs]
    return np.hstack([kernel, of_gates("recurrent_kernel")]), of_gates("bias")


def element_wise_files(a: Arithmetic, units: int, state_memory: MemoryStyle) -> Files:
    """Return an element-wise pipeline for steps of some units."""
    below = ("hard_sigmoid", "hard_tanh", "multiplier", "quantize", "delay")
    return {
        "element_wise.v": render("element_wise", **element_parameters(a, units)),
        "ram.v": render("ram", style=state_memory),
        **{f"{name}.v": render(name) for name in below},
    }


def matrix_vector_files(product: MatrixVector, matrix: Array, bias: Array) -> Files:
    """Return a matrix-vector unit and the contents of its memories.

    Parameters
    ----------
    product : MatrixVector
    matrix : int array, rows x columns
    bias : int array, rows
    """
    tiles, lanes = product.tiles, product.lanes
    padded = np.zeros((tiles * lanes, product.columns), np.int64)
    padded[: product.rows] = matrix
    words = padded.reshape(tiles, lanes, -1).transpose(0, 2, 1).reshape(-1, lanes)
    padded_bias = np.zeros(tiles * lanes, np.int64)
    padded_bias[: product.rows] = bias
    return {
        "matrix_vector.v": render("matrix_vector", **product.parameters),
        "lane.v": render("lane"),
        "multiplier.v": render("multiplier"),
        "quantize.v": render("quantize"),
        "delay.v": render("delay"),
        "weight_rom.v": render("rom", name="weight_rom", file="weights.hex", block=True),
        "bias_rom.v": render("rom", name="bias_rom", file="biases.hex", block=False),
        "weights.hex": memory_text(words, product.weight.bits),
        "biases.hex": memory_text(padded_bias.reshape(tiles, lanes), product.bias.bits),
    }


def memory_text(words: Array, bits: int) -> str:
    """Return the text that ``$readmemh`` reads: a word a line, its first element lowest.

    Parameters
    ----------
    words : int array, words x elements
    bits : int
        Of an element.
    """
    digits = -(-words.shape[1] * bits // 4)
    return "".join(f"{pack(word, bits):0{digits}x}\n" for word in words.tolist())


def pack(codes: Iterable[int], bits: int) -> int:
    """Return codes side by side in two's complement of `bits` bits each, the first one lowest."""
    return sum((code & ((1 << bits) - 1)) << place * bits for place, code in enumerate(codes))


def render(template: str, **values: Any) -> str:
    """Return the text of a template of this package."""
    return LICENSE + _environment().get_template(f"{template}.v.jinja").render(values)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("hwmodels.verilog"),
        undefined=StrictUndefined,
        variable_start_string="${",  # braces twice are a replication in Verilog
        variable_end_string="}",
        keep_trailing_newline=True,
        autoescape=False,  # Verilog is no HTML
    )
    environment.filters["address_bits"] = lambda depth: max(1, (depth - 1).bit_length())
    environment.filters["mode"] = lambda mode: mode_name(mode).strip('"')
    return environment
