"""The integer GRU encoder-decoder for images: compiled, parallel, equal to the reference.

`infer` gives the integers of `hwmodels.gru.reference` for every specification. Arithmetic is done
in 16-bit products or 32-bit integers where the specification proves that exact, else in 64-bit
ones.
"""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from hwmodels.gru.arithmetic import Specification
from hwmodels.gru.compiled import general, general_arguments, pair_arguments, pairs
from hwmodels.gru.reference import checked
from hwmodels.gru.weights import STAGES, Array
from hwmodels.network import Network
from stomp_flim.errors import InputError

LANES = 128
"""Pixels of a block: long inner loops, while the states of 32 units still fit the L2 cache."""

CALL_WORK = 1 << 30
"""Multiply-accumulates of a thread between two looks at Ctrl-C: some 0.05 s in 32-bit integers."""

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
    network = specification.network
    threads = _checked_threads(threads)
    units = network.hidden_units
    loops: ModuleType = general
    arguments: Callable[..., tuple[Any, ...]] = general_arguments.arguments
    if pair_arguments.fit(specification):
        units = pair_arguments.padded(units)
        loops, arguments = pairs, pair_arguments.arguments
    encoder, decoder = (arguments(specification, weights, stage) for stage in STAGES)

    pixels = len(x)
    layers = network.layers if every_layer else 1
    h_encoder = np.empty((pixels, layers, network.hidden_units), np.int32)
    output_type = np.int16 if specification.arithmetic.output.bits <= 16 else np.int32
    y = np.empty((pixels, network.steps, network.outputs), output_type)

    lanes = min(LANES, 16 * max(1, math.ceil(pixels / (16 * threads))))
    blocks, steps = _call_size(network, lanes, threads)

    def run(stage: tuple[Any, ...], values: Blocks, hidden: Blocks, outputs: Blocks) -> None:
        compiled: Callable[..., None] = loops.advance if threads == 1 else loops.advance_parallel
        for begin in range(0, network.steps, steps):
            end = min(begin + steps, network.steps)
            compiled(values, hidden, outputs, begin, end, *stage)

    with _numba_threads(threads):
        for start in range(0, pixels, blocks * lanes):
            chunk = slice(start, min(start + blocks * lanes, pixels))
            values = _to_blocks(x[chunk], lanes)
            count = len(values)
            nothing = np.empty((count, network.steps, 0, lanes), np.int32)
            hidden = np.zeros((count, network.layers, units, lanes), np.int32)
            outputs = np.empty((count, network.steps, network.outputs, lanes), np.int32)
            run(encoder, values, hidden, nothing)
            states = hidden[:, -layers:, : network.hidden_units]
            h_encoder[chunk] = _from_blocks(states, chunk.stop - start)
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
