"""What a training lowers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from workloads.flim.data.pixels import targets
from workloads.flim.lifetimes.lifetimes import lifetimes
from workloads.flim.training.losses import DEVIATION, LEAST_DEVIATION, decay_loss, lifetime_loss

TAU = st.floats(0.15, 4.0)


@given(TAU, TAU, st.floats(0.01, 0.99), st.floats(0.5, 2.0), st.floats(50, 1e5))
def test_lifetime_loss_is_that_of_the_post_processing(
    tau1: float, tau2: float, fraction: float, ratio: float, photons: float
) -> None:
    """Its lifetime is the one that `lifetimes` finds, and its error the one that is promised."""
    y = targets([[tau1, tau2]], [[fraction, 1 - fraction]]).astype(np.float64)
    truth = ratio * lifetimes(y).mean_ns

    loss = lifetime_loss(*map(torch.from_numpy, (y, truth, np.array([photons]))))

    deviation = np.hypot(DEVIATION / np.sqrt(photons), LEAST_DEVIATION)
    expected = np.hypot(deviation, np.log(ratio)) - deviation
    assert expected == pytest.approx(float(loss), rel=1e-6, abs=1e-9)


def test_a_network_without_light_has_a_finite_gradient() -> None:
    """Outputs of 0, or below it, give a gradient that can be followed, not NaN."""
    for value in (0.0, -1.0):
        y = torch.full((2, 135, 3), value, requires_grad=True)
        photons, mean = torch.tensor([50.0, 1e5]), torch.tensor([0.1, 5.0])
        (gradient,) = torch.autograd.grad(lifetime_loss(y, mean, photons), y)
        assert torch.isfinite(gradient).all()


def test_an_offset_weighs_more_in_the_mean_over_time() -> None:
    """Of two errors of one size, the one that is the same in all bins costs more."""
    target = torch.zeros(1, 100, 3)
    offset, alternating = target + 0.01, target + 0.01 * (-1) ** torch.arange(100)[:, None]

    assert decay_loss(offset, target, 5.0) == pytest.approx(6e-4)
    assert decay_loss(alternating, target, 5.0) == pytest.approx(1e-4)
