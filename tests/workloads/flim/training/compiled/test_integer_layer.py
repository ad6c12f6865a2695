"""The compiled steps of an integer GRU layer compute what operations on tensors do."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from hwmodels.gru.arithmetic import PLAIN_16_BIT, SEQ2SEQLITE_8_BIT, Arithmetic
from hwmodels.gru.fixedpoint import Format, Overflow, Rounding
from hwmodels.gru.state_bits import with_state_bits
from workloads.flim.training.compiled.integer_layer import covers, covers_dense
from workloads.flim.training.compiled.products import LANES
from workloads.flim.training.quantization_aware import IntegerSteps

torch.set_num_threads(1)  # threads that wait for each other in small steps are slow

roundings = st.sampled_from([Rounding.FLOOR, Rounding.HALF_UP, Rounding.HALF_EVEN])
saturating = st.sampled_from([Overflow.SATURATE, Overflow.SATURATE_SYMMETRIC])


@st.composite
def arithmetics(draw: st.DrawFn) -> Arithmetic:
    """Draw variants of the published arithmetic: bits of states and candidate, all roundings."""

    def unit_format(least: int, most: int) -> Format:
        bits = draw(st.integers(least, most))
        return Format(bits, bits - 1, draw(roundings), draw(saturating))

    return replace(
        SEQ2SEQLITE_8_BIT,
        name="drawn",
        state=unit_format(3, 10),
        blend_state=draw(st.none() | st.just(unit_format(10, 20))),
        candidate=unit_format(3, 14),
        gate=Format(18, 16, draw(roundings)),
        reset_product=Format(24, 22, draw(roundings)),
        hidden=Format(24, 22, draw(roundings)),
    )


sizes = st.fixed_dictionaries(
    {
        "units": st.sampled_from([1, 3, 4, 6, 16]),
        "features": st.sampled_from([0, 1, 2]),
        "pixels": st.sampled_from([1, LANES - 1, LANES + 1, 2 * LANES]),
        "steps": st.integers(1, 9),
        "seed": st.integers(0, 9),
    }
)


def layer(
    a: Arithmetic, units: int, features: int, pixels: int, steps: int, seed: int
) -> list[Tensor]:
    """Draw the arguments of a layer; gates and candidates of many pixels are clipped."""
    generator = torch.Generator().manual_seed(seed)

    def drawn(target: Format, scale: float, *shape: int) -> Tensor:
        values = torch.randn(*shape, generator=generator, dtype=torch.float64) * scale
        step = 2.0**-target.fraction
        return (values / step).round().clamp(target.minimum, target.maximum) * step

    return [
        drawn(a.input, 1.0, steps, pixels, features),
        drawn(a.weight, 0.5, features, 3 * units).float(),
        drawn(a.weight, units**-0.5, units, 3 * units).float(),
        drawn(a.bias, 0.3, 3 * units).float(),
        drawn(a.hidden, 0.5, pixels, units).clamp(-1, 1),
    ]


@given(arithmetics(), sizes)
@settings(max_examples=40)
def test_states_and_gradients_are_those_of_operations_on_tensors(
    a: Arithmetic, size: dict[str, int]
) -> None:
    """States bit for bit; gradients within the rounding of sums of float32."""
    steps = IntegerSteps(a, size["units"])
    assert covers(a, a.input, size["features"], size["units"])
    results = []
    for advance in (steps.advance, steps.advance_by_tensors):
        arguments = [value.requires_grad_(value.numel() > 0) for value in layer(a, **size)]
        states = advance(*arguments)
        weight = torch.linspace(-1, 1, states.numel(), dtype=states.dtype).reshape(states.shape)
        (states * weight).sum().backward()
        results.append((states.detach().double(), [value.grad for value in arguments]))
    (found, by_found), (expected, by_expected) = results

    torch.testing.assert_close(found, expected, rtol=0, atol=0)
    for one, other in zip(by_found, by_expected, strict=True):
        if other is not None and other.numel():
            assert one is not None
            scale = float(other.abs().max()) + 1e-6
            torch.testing.assert_close(one / scale, other / scale, rtol=0, atol=1e-4)


@pytest.mark.parametrize(("state", "stored"), [(8, 8), (8, 16), (10, 12), (12, 20)])
def test_a_family_of_states_is_covered(state: int, stored: int) -> None:
    """What training explores runs compiled, for each layer of 32 units and for two inputs."""
    a = with_state_bits(SEQ2SEQLITE_8_BIT, state, stored, candidate=min(stored, 16))

    assert covers_dense(a, 32)
    assert all(covers(a, a.input, features, 32) for features in (0, 1, 2))
    assert covers(a, a.stacked_input, 32, 32)


@pytest.mark.parametrize(
    "a",
    [
        PLAIN_16_BIT,
        with_state_bits(SEQ2SEQLITE_8_BIT, 14, 14),
        replace(SEQ2SEQLITE_8_BIT, hidden=Format(24, 22, Rounding.TO_ZERO)),
        replace(SEQ2SEQLITE_8_BIT, reset_product=Format(28, 24)),
    ],
    ids=["16 bits", "wide state", "to zero", "wide products"],
)
def test_what_would_not_be_exact_is_left_to_tensors(a: Arithmetic) -> None:
    """Sums beyond 24 bits, products beyond 32, a rounding that has no offset."""
    assert not covers(a, a.input, 1, 32)
    arguments = layer(a, units=32, features=1, pixels=3, steps=2, seed=0)

    steps = IntegerSteps(a, 32)

    assert torch.equal(steps.advance(*arguments), steps.advance_by_tensors(*arguments))
    assert torch.float64 == steps.advance(*arguments).dtype
