"""The compiled steps of a GRU layer compute what operations on tensors do."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from workloads.flim.training.compiled.products import LANES
from workloads.flim.training.gru_recurrence import last_state, recur, recur_by_tensors

torch.set_num_threads(1)  # threads that wait for each other in small steps are slow

EPSILON = torch.finfo(torch.float32).eps

sizes = st.fixed_dictionaries(
    {
        "units": st.sampled_from([1, 3, 4, 6, 16, 33]),
        "features": st.sampled_from([0, 1, 2, 4, 7]),
        "pixels": st.sampled_from([1, LANES - 1, LANES, LANES + 1, 2 * LANES]),
        "steps": st.integers(1, 9),
        "seed": st.integers(0, 9),
    }
)


def layer(units: int, features: int, pixels: int, steps: int, seed: int) -> list[Tensor]:
    """Draw the arguments of a layer; gates and candidates of many pixels are clipped."""
    generator = torch.Generator().manual_seed(seed)

    def normal(scale: float, *shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator) * scale

    return [
        normal(1.0, steps, pixels, features),
        normal(0.5, pixels, units),
        normal(0.5, features, 3 * units),
        normal(units**-0.5, units, 3 * units),
        normal(0.3, 3 * units),
    ]


def by_equations(x: Tensor, h: Tensor, w: Tensor, u: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Compute states for autograd to differentiate, and how far a pixel stays from any corner."""
    two, states = 2 * h.shape[1], []
    far = torch.full((len(h),), torch.inf, dtype=h.dtype)
    for one in x:
        gates = one @ w[:, :two] + h @ u[:, :two] + b[:two]
        z, r = (0.5 * gates + 0.5).clamp(0, 1).chunk(2, dim=1)
        new = one @ w[:, two:] + (r * h) @ u[:, two:] + b[two:]
        h = z * h + (1 - z) * new.clamp(-1, 1)
        states.append(h)
        for sums in (gates, new):
            far = torch.minimum(far, (sums.detach().abs() - 1).abs().amin(dim=1))
    return torch.stack(states), far


@given(sizes)
@settings(max_examples=30)
def test_states_are_those_of_operations_on_tensors(size: dict[str, int]) -> None:
    """Within the rounding of sums of float32, which grows by the steps."""
    arguments = layer(**size)

    expected = recur_by_tensors(*(value.double() for value in arguments))

    terms = size["units"] + size["features"] + 1
    tolerance = EPSILON * terms * 3.0 ** size["steps"]
    torch.testing.assert_close(recur(*arguments).double(), expected, rtol=0, atol=tolerance)


@given(sizes)
@settings(max_examples=30)
def test_gradients_are_those_of_the_equations(size: dict[str, int]) -> None:
    """Within the rounding of sums of float32, of pixels whose clips no last bit decides upon."""
    arguments = layer(**size)
    exact = [value.double().requires_grad_(value.numel() > 0) for value in arguments]
    leaves = [value.requires_grad_(value.numel() > 0) for value in arguments]

    expected, far = by_equations(*exact)
    weight = torch.linspace(-1, 1, expected.numel()).reshape(expected.shape)
    weight[:, far < 1e-3] = 0
    (expected * weight).sum().backward()
    (recur(*leaves) * weight).sum().backward()

    for found, wanted in zip(leaves, exact, strict=True):
        if wanted.numel():
            assert found.grad is not None
            assert wanted.grad is not None
            scale = float(wanted.grad.abs().max()) + EPSILON
            torch.testing.assert_close(
                found.grad.double() / scale, wanted.grad / scale, rtol=0, atol=1e-4
            )


def test_a_pixel_does_not_depend_on_its_neighbours() -> None:
    """Each pixel gets the same bits alone, in a full block and in one that is cut off."""
    inputs, hidden, *weights = layer(5, 2, LANES + 3, 4, 0)

    together = recur(inputs, hidden, *weights)

    for pixel in (0, LANES - 1, LANES, LANES + 2):
        alone = recur(inputs[:, pixel : pixel + 1], hidden[pixel : pixel + 1], *weights)
        torch.testing.assert_close(together[:, pixel : pixel + 1], alone, rtol=0, atol=0)


def test_a_gradient_by_the_last_state_is_one_by_all() -> None:
    """It is 0 by the states before."""
    results = []
    for last in (last_state, lambda states: states[-1]):
        leaves = [value.requires_grad_() for value in layer(5, 1, LANES + 3, 4, 1)]
        last(recur(*leaves)).square().sum().backward()
        results.append([value.grad for value in leaves])

    torch.testing.assert_close(*results, rtol=0, atol=0)


@pytest.mark.parametrize("place", range(5))
def test_what_is_no_number_stays_so(place: int) -> None:
    """A training that has diverged must be seen to: no clip makes a number of it."""
    arguments = layer(3, 2, 2, 3, 2)
    arguments[place].view(-1)[0] = torch.nan

    assert recur(*arguments).isnan().any()
