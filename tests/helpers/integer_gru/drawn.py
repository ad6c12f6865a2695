"""Weights and inputs of any integer GRU, drawn, and the kernel held to the reference on them."""

from __future__ import annotations

import numpy as np

from hwmodels.gru import reference
from hwmodels.gru.arithmetic import Specification
from hwmodels.gru.fixedpoint import Format
from hwmodels.gru.kernel import infer
from hwmodels.gru.weights import array_shapes


def codes(generator: np.random.Generator, shape: tuple[int, ...], target: Format) -> np.ndarray:
    """Draw codes of a format: small ones, any, or its ends."""
    small = min(target.maximum, 3)
    draws = (
        lambda: generator.integers(-small, small + 1, shape),
        lambda: generator.integers(target.minimum, target.maximum + 1, shape),
        lambda: generator.choice([target.minimum, 0, target.maximum], shape),
    )
    return draws[generator.integers(len(draws))]().astype(np.int32)


def compare(specification: Specification, pixels: int, seed: int) -> None:
    """Compare every layer's encoder state and every output on drawn weights and inputs."""
    network, arithmetic = specification.network, specification.arithmetic
    generator = np.random.default_rng(seed)
    weights = {
        name: codes(generator, shape, arithmetic.bias if "bias" in name else arithmetic.weight)
        for name, shape in array_shapes(network).items()
    }
    x = codes(generator, (pixels, network.steps, network.inputs), arithmetic.input)

    expected = reference.infer(weights, x, specification=specification)
    found = infer(weights, x, specification=specification, every_layer=True, threads=1)

    np.testing.assert_array_equal(expected[0], found[0])
    np.testing.assert_array_equal(expected[1], found[1])
