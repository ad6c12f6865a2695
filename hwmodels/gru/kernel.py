"""The integer GRU encoder-decoder for images: compiled, parallel, equal to the reference.

`infer` gives the integers of `hwmodels.gru.reference` for every specification. Arithmetic is done
in 32-bit integers where the specification proves that exact, else in 64-bit ones.
"""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from hwmodels.gru.arithmetic import Arithmetic, Specification
from hwmodels.gru.compiled import Cast, Casts, Scales, advance, advance_parallel
from hwmodels.gru.curve import Curve
from hwmodels.gru.fixedpoint import Format, Overflow, Rounding
from hwmodels.gru.reference import bias_term, checked
from hwmodels.gru.weights import DENSE_BIAS, DENSE_KERNEL, GATES, Array, array_name
from hwmodels.network import Network
from stomp_flim.errors import InputError

LANES = 128
"""Pixels of a block: long inner loops, while the states of 32 units still fit the L2 cache."""

CALL_WORK = 1 << 30
"""Multiply-accumulates of a thread between two looks at Ctrl-C: 0.1 s in 32-bit integers."""

CHUNK_VALUES = 1 << 24
"""Most values of input and output that a chunk of pixels holds."""

Blocks = NDArray[np.int32]
"""Values of pixels, the pixels of a block last: blocks x ... x lanes."""


def infer(
    weights: Mapping[str, Array],
    x: Array,
    *,
    specification: Specification | None = None,
    every_layer: bool = False,
    threads: int | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.int16] | NDArray[np.int32]]:
    """Encode and decode TPSFs with integer weights.

    Works through the pixels in chunks: memory stays bounded beyond the results, and Ctrl-C is
    heard within a second.

    Parameters
    ----------
    weights : mapping of str to int8 array
        As `hwmodels.gru.weights` names them; a wider integer type where the weight format asks for
        it.
    x : int16 array, pixels x steps, or pixels x steps x inputs
        INPUT codes (`hwmodels.gru.preprocess.preprocess` makes them from photon counts).
    specification : Specification, optional
        By default the published arithmetic with the network that the arrays show.
    every_layer : bool
        Return the final state of every encoder layer, not only the last one's.
    threads : int, optional
        By default all cores that numba may use, but 1 in a worker process of `multiprocessing`: a
        process forked from one that has run numba's threads must not start them again.
    progress : callable, optional
        Called as ``progress(pixels_done, pixels)`` after each chunk.

    Returns
    -------
    h_encoder : int32 array, pixels x units, or pixels x layers x units
        HIDDEN codes of the last encoder layer (of every one, the lowest first, if asked for) after
        the last step. Decoder layer ``l`` starts from the state of encoder layer ``l``.
    y : int16 array, pixels x steps x outputs
        OUTPUT codes; int32 if the output format has more than 16 bits.

    Raises
    ------
    InputError
        If weights, input or the number of threads do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from hwmodels.gru.kernel import infer
    >>> from workloads.flim.zoo import read
    >>> x = np.zeros((2, 135), np.int16)  # two dark pixels
    >>> h_encoder, y = infer(read("seq2seqlite-32").weights, x)
    >>> h_encoder.shape, y.shape
    ((2, 32), (2, 135, 3))
    """
    specification, weights, x = checked(weights, x, specification)
    network, arithmetic = specification.network, specification.arithmetic
    threads = _checked_threads(threads)
    carrier = np.dtype(np.int32 if max(specification.carriers.values()) <= 32 else np.int64)
    encoder = _stage_weights(specification, weights, "encoder", carrier)
    decoder = _stage_weights(specification, weights, "decoder", carrier)
    dense = _dense_weights(arithmetic, weights, carrier)
    constants = (
        _casts(specification, carrier),
        _scales(specification, carrier),
        _nodes(arithmetic.sigmoid, carrier),
        _nodes(arithmetic.tanh, carrier),
    )

    pixels = len(x)
    layers = network.layers if every_layer else 1
    h_encoder = np.empty((pixels, layers, network.hidden_units), np.int32)
    output_type = np.int16 if arithmetic.output.bits <= 16 else np.int32
    y = np.empty((pixels, network.steps, network.outputs), output_type)

    lanes = min(LANES, 16 * max(1, math.ceil(pixels / (16 * threads))))
    blocks, steps = _call_size(network, lanes, threads)

    def run(stage: tuple[Array, ...], values: Blocks, hidden: Blocks, outputs: Blocks) -> None:
        compiled: Callable[..., None] = advance if threads == 1 else advance_parallel
        for begin in range(0, network.steps, steps):
            end = min(begin + steps, network.steps)
            compiled(values, hidden, outputs, begin, end, *stage, *dense, *constants)

    with _numba_threads(threads):
        for start in range(0, pixels, blocks * lanes):
            chunk = slice(start, min(start + blocks * lanes, pixels))
            values = _to_blocks(x[chunk], lanes)
            count = len(values)
            nothing = np.empty((count, network.steps, 0, lanes), np.int32)
            hidden = np.zeros((count, network.layers, network.hidden_units, lanes), np.int32)
            outputs = np.empty((count, network.steps, network.outputs, lanes), np.int32)
            run(encoder, values, hidden, nothing)
            h_encoder[chunk] = _from_blocks(hidden[:, -layers:], chunk.stop - start)
            run(decoder, nothing, hidden, outputs)  # an input of 0 adds 0
            y[chunk] = _from_blocks(outputs, chunk.stop - start)
            if progress is not None:
                progress(chunk.stop, pixels)
    return (h_encoder if every_layer else h_encoder[:, 0]), y


def _checked_threads(threads: int | None) -> int:
    available: int = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]  # set at import
    if threads is None:
        return available if multiprocessing.parent_process() is None else 1
    if not isinstance(threads, int) or not 1 <= threads <= available:
        raise InputError(f"threads is {threads!r}, expected an integer from 1 to {available}")
    return threads


@contextmanager
def _numba_threads(threads: int) -> Iterator[None]:
    """Set numba's number of threads for a while, without touching its thread pool for one."""
    if threads == 1:
        yield
        return
    before = numba.get_num_threads()
    numba.set_num_threads(threads)
    try:
        yield
    finally:
        numba.set_num_threads(before)


def _call_size(network: Network, lanes: int, threads: int) -> tuple[int, int]:
    """Return the blocks of a chunk and the steps of one compiled call."""
    units = network.hidden_units
    above = 3 * units * 2 * units * (network.layers - 1)
    products = 3 * units * (network.inputs + units) + above + units * network.outputs
    step = products * lanes
    values = (network.inputs + network.outputs) * network.steps * lanes
    by_work = CALL_WORK // (step * network.steps)
    by_memory = CHUNK_VALUES // (values * threads)
    blocks = max(1, min(by_work, by_memory))
    return blocks * threads, max(1, CALL_WORK // (step * blocks))


def _to_blocks(values: Array, lanes: int) -> Blocks:
    """Turn pixels x ... into blocks x ... x lanes; pixels of zeros fill the last block."""
    count = math.ceil(len(values) / lanes)
    padded = np.zeros((count * lanes, *values.shape[1:]), np.int32)
    padded[: len(values)] = values
    blocks = padded.reshape(count, lanes, *values.shape[1:])
    return np.ascontiguousarray(np.moveaxis(blocks, 1, -1))


def _from_blocks(blocks: Blocks, pixels: int) -> Blocks:
    """Undo `_to_blocks`."""
    values = np.moveaxis(blocks, -1, 1)
    return values.reshape(-1, *values.shape[2:])[:pixels]


def _stage_weights(
    specification: Specification, weights: Mapping[str, Array], stage: str, carrier: np.dtype[Any]
) -> tuple[Array, Array, Array]:
    """Return kernel, recurrent kernel and bias of every layer and gate as terms to be added."""
    network, a = specification.network, specification.arithmetic
    layers, units = network.layers, network.hidden_units
    width = max(network.inputs, units)
    kernel = np.zeros((layers, len(GATES), units, width), carrier)
    recurrent = np.zeros((layers, len(GATES), units, units), carrier)
    bias = np.zeros((layers, len(GATES) + 1, units), carrier)
    after = network.cell == "gru-reset-after"
    for layer in range(layers):
        for index, gate in enumerate(GATES):
            state, accumulator = (
                (a.reset_product, a.candidate_accumulator)
                if gate == "h"
                else (a.state, a.gate_accumulator)
            )
            if after:
                state = a.state
            inputs = weights[array_name(stage, layer, "kernel", gate)]
            kernel[layer, index, :, : len(inputs)] = _shifted(
                inputs.T, a.stacked_input if layer else a.input, a.weight, accumulator
            )
            recurrent[layer, index] = _shifted(
                weights[array_name(stage, layer, "recurrent_kernel", gate)].T,
                state, a.weight, accumulator,
            )  # fmt: skip
            bias[layer, index] = bias_term(
                weights[array_name(stage, layer, "bias", gate)], a, accumulator
            )
        if after:
            second = weights[array_name(stage, layer, "recurrent_bias", "h")]
            bias[layer, len(GATES)] = bias_term(second, a, a.candidate_accumulator)
    return kernel, recurrent, bias


def _dense_weights(
    a: Arithmetic, weights: Mapping[str, Array], carrier: np.dtype[Any]
) -> tuple[Array, Array]:
    kernel = _shifted(weights[DENSE_KERNEL].T, a.hidden, a.weight, a.dense_accumulator)
    bias = bias_term(weights[DENSE_BIAS], a, a.dense_accumulator)
    return np.ascontiguousarray(kernel, carrier), bias.astype(carrier)


def _shifted(codes: Array, value: Format, weight: Format, accumulator: Format) -> Array:
    """Do the left shift of `hwmodels.gru.reference.products` on the weights, once.

    What leaves the carrier here, a WRAP accumulator would drop anyway.
    """
    left = accumulator.fraction - value.fraction - weight.fraction
    return np.left_shift(codes.astype(np.int64), max(left, 0))


def _casts(specification: Specification, carrier: np.dtype[Any]) -> Array:
    """Return the constants of every quantization point, a row for each field of `Casts`."""
    a = specification.arithmetic

    def cast(fraction: int, target: Format) -> Cast:
        return _constants(fraction, target, 8 * carrier.itemsize)

    def term(value: Format, accumulator: Format) -> Cast:
        return cast(value.fraction + a.weight.fraction, accumulator)

    def activated(point: str, fraction: int) -> int:
        """Return the fractional bits of an activation, those of the hard one being given."""
        if point not in a.curves():
            return fraction
        curve, total = a.curves()[point]
        return curve.fraction + curve.drop(total.fraction)

    gate_sum, candidate_sum, dense_sum = (
        a.gate_accumulator,
        a.candidate_accumulator,
        a.dense_accumulator,
    )
    unused = cast(candidate_sum.fraction, candidate_sum)
    # What the reset gate multiplies, and what the recurrent products of the candidate are of.
    reset, candidate_state, recurrent, reset_term = a.state, a.reset_product, unused, unused
    if specification.network.cell == "gru-reset-after" and a.recurrent is not None:
        reset, candidate_state = a.recurrent, a.state
        recurrent = cast(candidate_sum.fraction, a.recurrent)
        reset_term = cast(a.reset_product.fraction, candidate_sum)
    casts = Casts(
        stacked_input=cast(a.hidden.fraction, a.stacked_input),
        state=cast((a.blend_state or a.hidden).fraction, a.state),
        gate_input_term=term(a.input, gate_sum),
        gate_stacked_term=term(a.stacked_input, gate_sum),
        gate_recurrent_term=term(a.state, gate_sum),
        gate_accumulator=cast(gate_sum.fraction, gate_sum),
        gate=cast(activated("gate", gate_sum.fraction + 1), a.gate),
        reset_product=cast(a.gate.fraction + reset.fraction, a.reset_product),
        candidate_input_term=term(a.input, candidate_sum),
        candidate_stacked_term=term(a.stacked_input, candidate_sum),
        candidate_recurrent_term=term(candidate_state, candidate_sum),
        candidate_accumulator=cast(candidate_sum.fraction, candidate_sum),
        candidate=cast(activated("candidate", candidate_sum.fraction), a.candidate),
        hidden=cast(a.blend_fraction, a.hidden),
        dense_term=term(a.hidden, dense_sum),
        dense_accumulator=cast(dense_sum.fraction, dense_sum),
        output=cast(dense_sum.fraction, a.output),
        recurrent=recurrent,
        reset_term=reset_term,
        blend_state=cast(a.hidden.fraction, a.stored_state),
    )
    return np.array(casts, carrier)


def _scales(specification: Specification, carrier: np.dtype[Any]) -> Scales:
    a = specification.arithmetic
    blend = a.blend_fraction - a.gate.fraction
    (sigmoid_end, sigmoid_drop), (tanh_end, tanh_drop) = (
        (curve.end(total.fraction), curve.drop(total.fraction)) if curve else (0, 0)
        for curve, total in ((a.sigmoid, a.gate_accumulator), (a.tanh, a.candidate_accumulator))
    )
    scales = Scales(
        one_gate=1 << a.gate.fraction,
        one_gate_accumulator=1 << a.gate_accumulator.fraction,
        one_candidate_accumulator=1 << a.candidate_accumulator.fraction,
        keep=blend - a.stored_state.fraction,
        renew=blend - a.candidate.fraction,
        reset_after=specification.network.cell == "gru-reset-after",
        sigmoid_end=sigmoid_end,
        sigmoid_drop=sigmoid_drop,
        tanh_end=tanh_end,
        tanh_drop=tanh_drop,
        blend_state=a.blend_state is not None,
    )
    return Scales(*(carrier.type(scale) for scale in scales))


def _nodes(curve: Curve | None, carrier: np.dtype[Any]) -> Array:
    """Return the values at the nodes, the last one twice: beyond it the line is flat."""
    nodes = curve.nodes if curve else np.empty(0, np.int64)
    return np.concatenate([nodes, nodes[-1:]]).astype(carrier)


def _constants(fraction: int, target: Format, carrier_bits: int) -> Cast:
    """Constants that `gru_compiled` needs to bring a value into a format.

    Rounding is ``floor((v + addend) / 2**right)``. With ``2**right = 2*n`` the addend is 0 for
    floor, ``n`` for half up, ``n - 1`` and 1 more where the floor is odd for half even, and
    ``2*n - 1`` below 0 for to zero.
    """
    right = max(fraction - target.fraction, 0)
    rounding = target.rounding if right else Rounding.FLOOR
    n = 1 << right >> 1
    half = {Rounding.HALF_UP: n, Rounding.HALF_EVEN: n - 1}
    return Cast(
        left=max(target.fraction - fraction, 0),
        right=right,
        dropped=(1 << right) - 1,
        half=half.get(rounding, 0),
        even=int(rounding is Rounding.HALF_EVEN),
        negative=2 * n - 1 if rounding is Rounding.TO_ZERO else 0,
        unused=carrier_bits - target.bits if target.overflow is Overflow.WRAP else 0,
        minimum=target.minimum,
        maximum=target.maximum,
    )
