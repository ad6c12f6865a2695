"""Quantization-aware training computes the integers of the kernel."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
import torch

from hwmodels.gru.arithmetic import PLAIN_16_BIT, SEQ2SEQLITE_8_BIT, Arithmetic, Specification
from hwmodels.gru.fixedpoint import Format, Overflow, Rounding
from hwmodels.gru.kernel import infer
from hwmodels.gru.state_bits import with_state_bits
from hwmodels.gru.weights import seeded_weights
from stomp_flim.errors import InputError
from workloads.flim.data.pixels import Recipe, batch
from workloads.flim.training.export import export, restore
from workloads.flim.training.networks import EncoderDecoder, network_of
from workloads.flim.training.quantization_aware import IntegerSteps
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


@pytest.mark.parametrize(
    ("products", "stored", "candidate"), [(8, 12, None), (4, 16, 12), (16, 16, 5), (6, 9, 13)]
)
def test_forward_pass_with_bits_of_the_state(
    products: int, stored: int, candidate: int | None
) -> None:
    """The same where products, blend and candidate have other bits than the weights."""
    arithmetic = with_state_bits(SEQ2SEQLITE_8_BIT, products, stored, candidate)
    assert_equal_integers(EncoderDecoder((6, 6), arithmetic=arithmetic, seed=3), 60)


def fine_arithmetic(**points: Format) -> Arithmetic:
    """Round nearly nothing but at the points given."""
    fine = Format(30, 28, Rounding.HALF_EVEN, Overflow.SATURATE)
    all_points = dict.fromkeys(SEQ2SEQLITE_8_BIT.points(), fine)
    # Double precision does not carry sums of 56 fractional bits exactly; gradients need not.
    accumulators = {name: Format(62, 56) for name in all_points if name.endswith("accumulator")}
    return replace(SEQ2SEQLITE_8_BIT, name="fine", **{**all_points, **accumulators, **points})


@pytest.mark.parametrize("along_real", [False, True])
@pytest.mark.parametrize("stored", [3, 12])
def test_gradient_goes_along_rounded_states_or_along_those_of_real_numbers(
    stored: int, along_real: bool
) -> None:
    """PyTorch's autograd agrees; the forward pass is the same.

    Products read 3 bits, so that a gradient along the wrong states shows.
    """
    coarse = Format(3, 2, Rounding.HALF_EVEN, Overflow.SATURATE_SYMMETRIC)
    blend = (
        {} if stored == 3 else {"blend_state": replace(coarse, bits=stored, fraction=stored - 1)}
    )
    arithmetic = fine_arithmetic(state=coarse, weight=Format(8, 7), bias=Format(8, 7), **blend)
    units, generator = 4, torch.Generator().manual_seed(2)

    def drawn(*shape: int) -> torch.Tensor:
        return torch.rand(shape, generator=generator, dtype=torch.float64) - 0.5

    arguments = [drawn(6, 3, 2), drawn(2, 12), drawn(4, 12), drawn(12), drawn(3, units)]
    weighted = drawn(6, 3, units)

    def to_bits(a: torch.Tensor, bits: int) -> torch.Tensor:
        one = 2 ** (bits - 1)
        return a + (torch.clamp(torch.round(one * a), 1 - one, one - 1) / one - a).detach()

    def by_autograd(
        x: torch.Tensor, w: torch.Tensor, u: torch.Tensor, b: torch.Tensor, h: torch.Tensor
    ) -> torch.Tensor:
        states = []
        w, u, b = (to_bits(a, 8) for a in (w, u, b))
        for inputs in x:
            h = h if along_real else to_bits(h, stored)
            q = h if along_real else to_bits(h, 3)
            z, r = torch.clamp(0.5 * (inputs @ w[:, :8] + q @ u[:, :8] + b[:8]) + 0.5, 0, 1).chunk(
                2, 1
            )
            c = torch.clamp(inputs @ w[:, 8:] + (r * q) @ u[:, 8:] + b[8:], -1, 1)
            h = z * h + (1 - z) * c
            states.append(h)
        return torch.stack(states)

    results = []
    steps = IntegerSteps(arithmetic, units)
    for function in (by_autograd, steps.advance):
        leaves = [a.clone().requires_grad_() for a in arguments]
        with steps.along_real_states() if along_real else nullcontext():
            states = function(*leaves)
        (states * weighted).sum().backward()
        results.append((states.detach(), [leaf.grad for leaf in leaves]))
    (by_hand, by_real), (exact, by_exact) = results

    assert along_real == bool((by_hand - exact).abs().max() > 0.02)
    for expected, found in zip(by_real, by_exact, strict=True):
        assert expected.abs().max() > 0.1
        torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-5, check_dtype=False)


def test_gradient_is_that_of_the_real_numbers() -> None:
    """Where rounding is fine, straight-through gradients are close to those without rounding."""
    arithmetic = fine_arithmetic()
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
