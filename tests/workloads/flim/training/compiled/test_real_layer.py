"""The compiled steps of a GRU layer compute what operations on tensors do."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from workloads.flim.training.compiled.lanes import LANES
from workloads.flim.training.compiled.layer import Kept, Weights, layer_gradients, real_layer
from workloads.flim.training.gru_recurrence import chain_rule, recur, recur_by_tensors

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


def by_steps(values: Tensor, units: int, pixels: int) -> Tensor:
    """Return what was kept, blocks x steps x rows x LANES, as steps x pixels x units."""
    flat = values.permute(1, 0, 3, 2).flatten(1, 2)
    return flat[:, :pixels, :units].double()


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
def test_gradients_are_those_of_operations_on_tensors(size: dict[str, int]) -> None:
    """Of the states, gates and candidates that were kept: at a clip the two could decide apart."""
    inputs, hidden, kernel, recurrent, bias = layer(**size)
    units, pixels = size["units"], size["pixels"]
    weights = Weights.of(kernel, recurrent, bias)
    states, kept = real_layer(inputs, hidden, weights, True)
    gradient = torch.linspace(-1, 1, states.numel()).reshape(states.shape)

    found = layer_gradients(gradient, inputs, weights, kept, True)

    read = by_steps(torch.from_numpy(kept.read), units, pixels)
    gates = torch.from_numpy(kept.gates).unflatten(2, (2, -1))
    sides = [by_steps(gates[:, :, side], units, pixels) for side in (0, 1)]
    candidates = by_steps(torch.from_numpy(kept.candidates), units, pixels)
    exact = (
        inputs.double(), read, read, torch.cat(sides, dim=2), candidates,
        kernel.double(), recurrent.double(),
    )  # fmt: skip
    expected = chain_rule(exact, gradient.double(), True)
    assert (found[0] is None) == (size["features"] == 0)
    for one, other in zip(found, expected, strict=True):
        if one is not None and one.numel():
            assert other is not None
            scale = float(other.abs().max()) + EPSILON
            torch.testing.assert_close(one.double() / scale, other / scale, rtol=0, atol=1e-4)


def test_a_pixel_does_not_depend_on_its_neighbours() -> None:
    """Each pixel gets the same bits alone, in a full block and in one that is cut off."""
    inputs, hidden, *weights = layer(5, 2, LANES + 3, 4, 0)

    together = recur(inputs, hidden, *weights)

    for pixel in (0, LANES - 1, LANES, LANES + 2):
        alone = recur(inputs[:, pixel : pixel + 1], hidden[pixel : pixel + 1], *weights)
        torch.testing.assert_close(together[:, pixel : pixel + 1], alone, rtol=0, atol=0)


def test_what_no_gradient_is_asked_for_is_not_kept() -> None:
    """Without a gradient the states are the same, and memory is for one step of one block."""
    arguments = layer(5, 1, LANES + 3, 4, 1)

    with torch.no_grad():
        alone = recur(*arguments)

    torch.testing.assert_close(alone, recur(*arguments), rtol=0, atol=0)
    assert (1, 1, 8, LANES) == Kept.for_steps(200, 50, 5, all_steps=False).read.shape


@pytest.mark.parametrize("place", range(5))
def test_what_is_no_number_stays_so(place: int) -> None:
    """A training that has diverged must be seen to: no clip makes a number of it."""
    arguments = layer(3, 2, 2, 3, 2)
    arguments[place].view(-1)[0] = torch.nan

    assert recur(*arguments).isnan().any()
