"""Quantization-aware training computes the integers of the kernel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from hwmodels.gru.arithmetic import PLAIN_16_BIT, SEQ2SEQLITE_8_BIT, Arithmetic, Specification
from hwmodels.gru.fixedpoint import Format, Overflow, Rounding
from hwmodels.gru.kernel import infer
from hwmodels.gru.weights import seeded_weights
from stomp_flim.errors import InputError
from workloads.flim.data.pixels import Recipe, batch
from workloads.flim.training.export import export, restore
from workloads.flim.training.networks import EncoderDecoder, network_of
from workloads.flim.training.rounded_products import rounded_matmul

torch.set_num_threads(1)  # threads that wait for each other in small steps are slow


def assert_equal_integers(network: EncoderDecoder, pixels: int) -> None:
    """Compare every output of every step with the kernel's, on the exported weights."""
    arithmetic = network.arithmetic
    assert arithmetic is not None
    x = batch(Recipe(), pixels, 11, 0).inputs(arithmetic.input)

    with torch.no_grad():
        found = network(torch.from_numpy(x)).numpy()

    specification = Specification(network_of(network), arithmetic)
    codes = arithmetic.input.quantize(x)
    weights = export(network, arithmetic)
    _, y = infer(weights, codes, specification=specification, threads=1)
    assert len(np.unique(y)) > 50  # outputs that vary
    np.testing.assert_array_equal(found * 2.0**arithmetic.output.fraction, y)


@pytest.mark.parametrize("units", [16, 32, 64])
def test_forward_pass_is_the_kernel_bit_for_bit(units: int) -> None:
    """1,000 random TPSFs through the 8-bit networks, every output of every step."""
    network = EncoderDecoder((units,))
    network = restore(seeded_weights(network_of(network), units))

    assert_equal_integers(network, 1000)


@pytest.mark.parametrize("arithmetic", [SEQ2SEQLITE_8_BIT, PLAIN_16_BIT], ids=lambda a: a.name)
@pytest.mark.parametrize("units", [(5,), (6, 6)])
def test_forward_pass_of_stacked_layers_and_16_bits(
    arithmetic: Arithmetic, units: tuple[int, ...]
) -> None:
    """The same with two layers, with 16 bits, and with weights that are no multiples of a step."""
    assert_equal_integers(EncoderDecoder(units, arithmetic=arithmetic, seed=3), 60)


def test_gradient_is_that_of_the_real_numbers() -> None:
    """Where rounding is fine, straight-through gradients are close to those without rounding."""
    fine = Format(30, 28, Rounding.HALF_EVEN, Overflow.SATURATE)
    points = dict.fromkeys(SEQ2SEQLITE_8_BIT.points(), fine)
    # Double precision does not carry sums of 56 fractional bits exactly; gradients need not.
    accumulators = {name: Format(62, 56) for name in points if name.endswith("accumulator")}
    arithmetic = replace(SEQ2SEQLITE_8_BIT, name="fine", **{**points, **accumulators})
    exact = EncoderDecoder((2, 2), seed=1).double()
    rounded = EncoderDecoder((2, 2), seed=1, arithmetic=arithmetic)
    x = torch.from_numpy(batch(Recipe(), 8, 1, 0).inputs())

    for network, inputs in ((exact, x.double()), (rounded, x)):
        (network(inputs) ** 2).mean().backward()

    for a, b in zip(exact.parameters(), rounded.parameters(), strict=True):
        assert a.grad is not None
        assert b.grad is not None
        assert b.grad.abs().max() > 0 if b.numel() else True
        torch.testing.assert_close(b.grad.double(), a.grad, rtol=1e-3, atol=1e-5)


def test_products_are_rounded_one_by_one() -> None:
    """Each product is floored before the sum, below 0 as above, and not the sum."""
    values = torch.tensor([[3.0, -3.0, 7.0], [1.0, -1.0, 0.0]], dtype=torch.float64)
    weights = torch.tensor([[1.0, -5.0], [1.0, 2.0], [-3.0, 1.0]], dtype=torch.float64)

    products = values.unsqueeze(2) * weights
    expected = torch.floor(products / 4).sum(1)

    torch.testing.assert_close(rounded_matmul(values, weights, 2, Rounding.FLOOR), expected)
    assert not torch.equal(expected, torch.floor(products.sum(1) / 4))
    exact = rounded_matmul(values, weights, -2, Rounding.HALF_UP)
    torch.testing.assert_close(exact, 4 * (values @ weights))
    with pytest.raises(InputError, match="half up, expected floor"):
        rounded_matmul(values, weights, 2, Rounding.HALF_UP)


def test_arithmetics_that_cannot_be_trained_in() -> None:
    """An accumulator that could wrap, and inputs whose products are rounded, are refused."""
    narrow = replace(SEQ2SEQLITE_8_BIT, gate_accumulator=Format(28, 22))
    with pytest.raises(InputError, match="gate_accumulator could overflow at 65 with 32 units"):
        EncoderDecoder((32,), arithmetic=narrow)
    coarse = replace(SEQ2SEQLITE_8_BIT, gate_accumulator=Format(32, 20))
    with pytest.raises(InputError, match="expected exact products of inputs and states"):
        EncoderDecoder((8,), arithmetic=coarse)
    long = replace(SEQ2SEQLITE_8_BIT, hidden=Format(30, 27))
    with pytest.raises(InputError, match="rounded products of 35 bits, expected at most 32"):
        EncoderDecoder((8,), arithmetic=long)
