"""Pixels a second and core of the integer GRU kernel, beside NumPy, in one run.

    python benchmarks/kernel.py [--pixels N]

Seq2SeqLite (32 units, 135 + 135 steps) in the published arithmetic, seeded weights. All versions
give the same integers, which is checked. NumPy takes a batch of pixels at once, or loops over them;
"published only" is what one would write for this one arithmetic, with nothing of `hwmodels` in it,
"reference" follows any specification. So do the compiled loops called general; this arithmetic
takes others, of 16-bit products. Rates of a core are pixels over the CPU time of the process,
so that other work on the machine counts little.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from unittest.mock import patch

import numba
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from hwmodels.gru import reference as equations
from hwmodels.gru.compiled import pair_arguments
from hwmodels.gru.kernel import infer
from hwmodels.gru.weights import Array, Weights, seeded_weights
from hwmodels.network import SEQ2SEQLITE

Codes = NDArray[np.int64]
Version = Callable[[Weights, Array], Array]


def published_only(weights: Mapping[str, Array], x: Array) -> Array:
    """Compute outputs, pixels x steps x 3, by the published equations in plain NumPy."""
    wide = {name: codes.astype(np.int64) for name, codes in weights.items()}

    def stage(prefix: str) -> Callable[[Codes, Codes], Codes]:
        kernel, recurrent, bias = (
            np.concatenate([wide[f"{prefix}_{part}_{gate}"] for gate in "zr"], axis=-1)
            for part in ("kernel", "recurrent_kernel", "bias")
        )
        kernel_h, recurrent_h, bias_h = (
            wide[f"{prefix}_{part}_h"] for part in ("kernel", "recurrent_kernel", "bias")
        )
        units = len(bias_h)

        def cell(x: Codes, h: Codes) -> Codes:
            q = np.clip(np.rint(h / 2**15), -127, 127).astype(np.int64)
            a = (x * kernel << 1) + (q @ recurrent << 8) + (bias << 15)
            gates = np.clip((a >> 1) + 2**21, 0, 2**22) >> 6
            z, r = gates[:, :units], gates[:, units:]
            products = ((r * q) >> 1)[:, :, np.newaxis] * recurrent_h >> 7
            a = (x * kernel_h << 1) + products.sum(axis=1) + (bias_h << 15)
            c = np.clip(np.rint(a / 2**15), -127, 127).astype(np.int64)
            return np.asarray((z * q + (2**16 - z) * c) >> 1)

        return cell

    encode, decode = stage("sencgru"), stage("sdecgru")
    dense, bias = wide["sdec_dense_kernel"], wide["sdec_dense_bias"] << 15
    h = np.zeros((len(x), len(dense)), np.int64)
    for t in range(x.shape[1]):
        h = encode(x[:, t, np.newaxis].astype(np.int64), h)
    y = np.empty((*x.shape, len(bias)), np.int64)
    for t in range(x.shape[1]):
        h = decode(np.zeros((len(x), 1), np.int64), h)
        total = (h[:, :, np.newaxis] * dense >> 7).sum(axis=1) + bias
        y[:, t] = np.clip((total + 2**11) >> 12, -(2**15), 2**15 - 1)
    return y


def reference(weights: Weights, x: Array) -> Array:
    """Compute outputs with `hwmodels.gru.reference`."""
    return equations.infer(weights, x)[1]


def one_by_one(version: Version) -> Version:
    """Run a version for each pixel on its own."""
    return lambda weights, x: np.concatenate([version(weights, row[np.newaxis]) for row in x])


def compiled(threads: int) -> Version:
    """Run the kernel on some threads."""
    return lambda weights, x: infer(weights, x, threads=threads)[1]


def general(weights: Weights, x: Array) -> Array:
    """Run the kernel on one thread, in the loops that follow any arithmetic."""
    with patch.object(pair_arguments, "fit", return_value=False):
        return infer(weights, x, threads=1)[1]


def main() -> None:
    """Time every version on the same pixels, the slow ones on fewer of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pixels", type=int, default=2**14, help="pixels of the compiled runs")
    pixels = parser.parse_args().pixels
    weights = seeded_weights(SEQ2SEQLITE, 0)
    decays = np.exp(-np.arange(135) / np.random.default_rng(0).uniform(3, 30, (pixels, 1)))
    x = (2**14 * decays).astype(np.int16)
    cores: int = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]  # set at import
    versions: dict[str, tuple[Version, int]] = {
        "compiled, serial": (compiled(1), pixels),
        "compiled, serial, general": (general, pixels),
        f"compiled, {cores} threads": (compiled(cores), pixels),
        "batch, published only": (published_only, 512),
        "batch, reference": (reference, 512),
        "loop, published only": (one_by_one(published_only), 16),
        "loop, reference": (one_by_one(reference), 16),
    }
    table = Table(title="Seq2SeqLite, 32 units, 135 + 135 steps, published arithmetic")
    for column in ("version", "pixels", "wall s", "CPU s", "pixels/s", "pixels/s/core", "slower"):
        table.add_column(column, justify="left" if column == "version" else "right")
    expected = compiled(1)(weights, x)  # compiles, or loads what was compiled before
    best = 0.0
    for name, (version, count) in versions.items():
        version(weights, x[:2])
        wall, cpu = time.perf_counter(), time.process_time()
        y = version(weights, x[:count])
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        np.testing.assert_array_equal(expected[:count], y)
        rate = count / cpu
        best = best or rate
        figures = f"{count} {wall:.2f} {cpu:.2f} {count / wall:.0f} {rate:.0f} {best / rate:.1f}x"
        table.add_row(name, *figures.split())
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
