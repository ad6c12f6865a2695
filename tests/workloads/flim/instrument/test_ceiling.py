"""Ceilings of counters are found, and chance is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workloads.flim.decay_simulator import simulate
from workloads.flim.instrument.ceiling import MOST_PER_PULSE, piled_up, saturated


@settings(max_examples=80)
@given(
    st.sampled_from([0.1, 0.5, 2.0, 5.0]),
    st.sampled_from([20, 200, 1000, 5000, 100_000]),
    st.sampled_from([0.0125, 0.05, 0.4]),
    st.sampled_from([1, 16, 256]),
    st.sampled_from([1, 10]),
    st.integers(0, 99),
)
def test_chance_is_no_ceiling(
    tau: float, photons: float, width: float, pixels: int, unit: int, seed: int
) -> None:
    """Poisson counts touch no ceiling, dim or bright, nor where a photon adds several counts."""
    scene = simulate([(1, tau)], photons=photons, width_ns=width, pixels=pixels, seed=seed)

    assert not saturated(unit * scene.counts).any()


@pytest.mark.parametrize("top", [63, 255, 4095, 65535])
@pytest.mark.parametrize("tau", [0.4, 3.0])
@pytest.mark.parametrize("beyond", [1.3, 5.0])
def test_a_full_counter_is_a_ceiling(top: int, tau: float, beyond: float) -> None:
    """Of pixels that are cut at what a counter holds all are named, and dim ones beside are not."""
    shape = simulate([(1, tau)], pixels=1).mean
    bright, dim = (
        np.random.default_rng(0).poisson(height * top * shape / shape.max(), (32, 256))
        for height in (beyond, 0.3)
    )

    found = saturated(np.concatenate([np.minimum(bright, top), dim]))

    assert [True] * 32 + [False] * 32 == found.tolist()


def test_pile_up_needs_the_pulses() -> None:
    """Photons are too many of a number of pulses, and never of an unknown one."""
    intensity = np.array([[1.0, MOST_PER_PULSE * 1e4], [MOST_PER_PULSE * 1e4 + 1, 1e4]])

    assert [[False, False], [True, True]] == piled_up(intensity, 1e4).tolist()
    assert not piled_up(intensity, None).any()
