"""The background of pixels: their own where they differ, and that of all where they do not."""

from __future__ import annotations

import numpy as np
import pytest

from tests.workloads.flim.decay_simulator import simulate
from workloads.flim.data.measured import MeasuredImage
from workloads.flim.instrument.background import Background, estimated
from workloads.flim.instrument.chain import instrument_of

WIDTH = 12.5 / 256


def background(counts: np.ndarray, period: float | None = None) -> Background:
    """Estimate the background of pixels [pixels, bins]."""
    image = MeasuredImage(counts.reshape(16, -1, 256), WIDTH, "an image", period_ns=period)
    instrument = instrument_of(image)
    return estimated(counts, instrument.record, instrument.fit)


@pytest.mark.parametrize("share", [0.0, 0.05, 0.1, 0.2, 0.3])
@pytest.mark.parametrize("tau", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("photons", [200, 5000])
def test_the_level_is_found(share: float, tau: float, photons: float) -> None:
    """Its mean is right to 1% of the photons, and each pixel to its own noise in 40 bins before."""
    scene = simulate([(1, tau)], background=share, photons=photons, seed=3)

    found = background(scene.counts)

    true = share * photons / 256
    assert abs(found.level.mean() - true) < 0.01 * photons / 256
    error = np.sqrt(np.mean((found.level - true) ** 2))
    assert error <= np.sqrt(true / 40) + 1e-4 * photons / 256


@pytest.mark.parametrize("share", [0.0, 0.1])
def test_pixels_may_differ(share: float) -> None:
    """Pixels of background only beside pixels of light each get their own."""
    scene = simulate([(1, 1.0)], photons=1000, background=share)
    counts = scene.counts.copy()
    counts[:128] = np.random.default_rng(1).poisson(1000 / 256, (128, 256))

    found = background(counts)

    true = np.where(np.arange(256) < 128, 1000 / 256, share * 1000 / 256)
    assert np.mean(np.abs(found.level - true) <= 3 * found.deviation) > 0.97
    assert found.level[:128].min() > found.level[128:].max()


@pytest.mark.parametrize("tau", [2.0, 3.0, 5.0])
def test_light_of_earlier_pulses_is_no_background(tau: float) -> None:
    """What wraps around lies before the pulse too: with a known period it is not taken for one."""
    scene = simulate([(1, tau)], period_ns=12.5)

    found = background(scene.counts, 12.5)

    before = scene.mean[:30].mean()
    assert found.level.mean() < 0.1 * before


def test_some_pixels_are_those_of_all() -> None:
    """A part of the pixels keeps level and deviation."""
    whole = Background(np.arange(4.0), np.arange(4.0) / 10)

    part = whole.of(np.array([3, 1]))

    assert [3.0, 1.0] == part.level.tolist()
    assert [0.3, 0.1] == part.deviation.tolist()
