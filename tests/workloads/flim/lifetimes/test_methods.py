"""Maps by classical methods: what they take from the pixels' surroundings."""

from __future__ import annotations

import numpy as np
import pytest

from tests.workloads.flim.decay_simulator import simulate
from workloads.flim.data.measured import MeasuredImage
from workloads.flim.instrument.chain import instrument_of
from workloads.flim.lifetimes.methods import Fitting, Job, classical_map

WIDTH_NS = 12.5 / 256


@pytest.mark.parametrize("photons", [200, 1000])
def test_dim_long_lifetimes_are_no_background(photons: float) -> None:
    """A fit takes the background that bins before the pulse show: 2.4 ns within 3%."""
    scene = simulate([(1, 2.4)], photons=photons, period_ns=12.5, seed=1)
    image = MeasuredImage(scene.counts.reshape(16, 16, -1), WIDTH_NS, "an image", period_ns=12.5)
    job = Job(image, instrument_of(image), np.zeros((16, 16), np.uint16), min_photons=20)

    found = classical_map(job, "poisson", Fitting()).found

    assert abs(np.nanmedian(found.mean_ns) / 2.4 - 1) < 0.03


def test_background_is_fitted_where_no_bin_shows_it() -> None:
    """A record that begins with its pulse: pixels of other backgrounds keep their own."""
    parts = [simulate([(1, 0.8)], photons=5000, background=b, center_ns=0.15) for b in (0.0, 0.4)]
    counts = np.concatenate([part.counts for part in parts]).reshape(2, 256, -1)
    image = MeasuredImage(counts, WIDTH_NS, "an image")
    job = Job(image, instrument_of(image), np.zeros((2, 256), np.uint16))

    found = classical_map(job, "poisson", Fitting(1)).found

    for row in found.mean_ns:
        assert abs(np.nanmedian(row) / 0.8 - 1) < 0.05
