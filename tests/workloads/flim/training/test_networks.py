"""The networks in PyTorch: their equations, their gradient, their sizes."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stomp_flim.errors import InputError
from workloads.flim.training.gru_recurrence import recur
from workloads.flim.training.networks import (
    EncoderDecoder,
    network_of,
)

torch.set_num_threads(1)  # threads that wait for each other in small steps are slow


def layer(features: int, *, seed: int = 0) -> list[Tensor]:
    """Draw the arguments of a small layer, in double precision."""
    generator = torch.Generator().manual_seed(seed)
    steps, pixels, units = 6, 3, 4

    def normal(scale: float, *shape: int) -> Tensor:
        return torch.randn(*shape, dtype=torch.float64, generator=generator) * scale

    return [
        normal(1.0, steps, pixels, features),
        normal(0.5, pixels, units),
        normal(0.5, features, 3 * units),
        normal(0.4, units, 3 * units),
        normal(0.3, 3 * units),
    ]


def step_by_step(x: Tensor, h: Tensor, w: Tensor, u: Tensor, b: Tensor) -> Tensor:
    """Compute a layer by its equations, for autograd to differentiate."""
    units, states = h.shape[1], []
    wz, wr, wh = w.split(units, dim=1)
    uz, ur, uh = u.split(units, dim=1)
    bz, br, bh = b.split(units)
    for one in x:
        z = (0.5 * (one @ wz + h @ uz + bz) + 0.5).clamp(0, 1)
        r = (0.5 * (one @ wr + h @ ur + br) + 0.5).clamp(0, 1)
        c = (one @ wh + (r * h) @ uh + bh).clamp(-1, 1)
        h = z * h + (1 - z) * c
        states.append(h)
    return torch.stack(states)


@pytest.mark.parametrize("features", [0, 1, 4])
def test_layer_and_gradient_follow_the_equations(features: int) -> None:
    """States and all gradients equal those of the equations under autograd."""
    arguments = [value.requires_grad_(value.numel() > 0) for value in layer(features)]
    wanted = [value for value in arguments if value.requires_grad]

    found, expected = recur(*arguments), step_by_step(*arguments)
    weight = torch.linspace(-1, 1, found.numel(), dtype=found.dtype).reshape(found.shape)

    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(
        torch.autograd.grad((found * weight).sum(), wanted),
        torch.autograd.grad((expected * weight).sum(), wanted),
    )


def test_network_chains_its_layers() -> None:
    """The decoder's layers start from the encoder's final states; the dense layer reads the top."""
    network = EncoderDecoder((4, 3), seed=5).double()
    x = torch.rand(2, 7, dtype=torch.float64)

    def run(stage: str, index: int, inputs: Tensor, start: Tensor) -> Tensor:
        one = network.layer(stage, index)
        return step_by_step(inputs, start, one.kernel, one.recurrent_kernel, one.bias)

    zeros = [torch.zeros(2, units, dtype=torch.float64) for units in (4, 3)]
    below = run("encoder", 0, x.T.unsqueeze(2), zeros[0])
    above = run("encoder", 1, below, zeros[1])
    blind = run("decoder", 0, torch.empty(7, 2, 0, dtype=torch.float64), below[-1])
    top = run("decoder", 1, blind, above[-1])
    expected = (top @ network.dense_kernel + network.dense_bias).transpose(0, 1)

    torch.testing.assert_close(network(x), expected)


def test_sizes_of_the_tables() -> None:
    """Seq2Seq has two layers, Seq2SeqLite one; the 32-unit student saves 97.8% of the teacher."""
    teacher = EncoderDecoder((128, 128))
    student = EncoderDecoder((32,))

    assert ("seq2seq-128", "seq2seqlite-32") == (teacher.name, student.name)
    assert "seq2seq-64x32" == EncoderDecoder((64, 32)).name
    assert student.parameter_count == 3 * (32 + 2 * 32 * 32 + 2 * 32) + 3 * 33
    assert 1 - student.parameter_count / teacher.parameter_count >= 0.978


def test_seed_decides_the_weights() -> None:
    """Equal seeds give equal weights, another seed others, whatever torch has drawn before."""
    first = EncoderDecoder((8,), seed=1)
    torch.manual_seed(99)
    again, other = EncoderDecoder((8,), seed=1), EncoderDecoder((8,), seed=2)

    for a, b in zip(first.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)
    assert not torch.equal(first.dense_kernel, other.dense_kernel)


def test_weights_stay_representable() -> None:
    """Clipping brings every weight into the range of eight bits with seven fractional ones."""
    network = EncoderDecoder((4,))
    with torch.no_grad():
        network.dense_kernel.fill_(3.0)
        network.layer("encoder", 0).bias.fill_(-3.0)

    network.keep_in_range()

    assert (network.dense_kernel == 127 / 128).all()
    assert (network.layer("encoder", 0).bias == -1.0).all()


def test_layers_of_two_sizes_have_no_kernel() -> None:
    """Such a network trains, but no integer kernel computes it; sizes must be positive."""
    with pytest.raises(InputError, match=r"seq2seq-8x4: layers of \(8, 4\) units, expected one"):
        network_of(EncoderDecoder((8, 4)))
    with pytest.raises(InputError, match="hidden_units is 0"):
        EncoderDecoder((0,))
