"""The limit is one: no method is better on pixels that are drawn, and networks can be judged."""

from __future__ import annotations

import numpy as np
import pytest

from tests.workloads.flim.field_grid import drawn, fixed, like, of_records, summary
from tests.workloads.flim.grid import Condition
from workloads.flim import zoo
from workloads.flim.data.field import FIELD
from workloads.flim.data.measured import MeasuredImage
from workloads.flim.lifetimes.inference import infer_image

WIDE = zoo.read(zoo.WIDE)


@pytest.mark.parametrize(("known", "pixels"), [(True, 24), (False, 8)])
def test_drawn_pixels_have_a_limit(known: bool, pixels: int) -> None:
    """A network that was not made for them is far above, and no fit is below that knows as much."""
    found = drawn(WIDE, 1000.0, pixels, known=known)
    assert found.limit < found.network
    if known:
        assert found.limit < 1.1 * found.fit
    assert "x the limit" in next(iter(summary([found])))


@pytest.mark.slow
@pytest.mark.parametrize("photons", [300.0, 3000.0])
def test_the_fit_is_no_better_than_the_limit(photons: float) -> None:
    """On 512 pixels with known responses; a median is uncertain by a twentieth of itself."""
    found = drawn(WIDE, photons, 512, known=True)
    assert found.limit < 1.05 * found.fit
    assert found.uncertain < 0.05


def test_a_condition_is_judged() -> None:
    """A network in its range, on pixels of the independent simulator."""
    condition = Condition("decay", [(1.0, 1.5)], {"period_ns": 12.5})
    found = fixed(WIDE, condition, 3000.0, 32, known=True)
    assert found.limit < 0.05
    assert found.fit < 0.1
    assert found.network < 0.2


def test_records_are_read_as_images_are() -> None:
    """A network finds in a record what it finds in an image that holds nothing else."""
    records = FIELD.with_photons(1e5).records(12, np.random.default_rng(5))
    counts, response = records.counts()
    found = of_records(WIDE, records, counts, response)
    for row, bins in enumerate(records.bins):
        image = MeasuredImage(counts[row, :bins].reshape(1, 1, -1), records.width_ns[row], "one")
        alone = infer_image(image, WIDE.weights, arithmetic=WIDE.specification.arithmetic)
        assert found[row] == pytest.approx(alone.lifetimes.mean_ns[0, 0], rel=0.02)


def test_what_a_file_tells_is_kept() -> None:
    """Of a scene the limit without a response is told bins, width and period."""
    condition = Condition("width", [(1.0, 2.0)], {"width_ns": 0.1, "period_ns": 25.0})
    records = like(condition.scene(), condition, 3)
    assert [125] * 3 == records.bins.tolist()
    assert [25.0] * 3 == records.period_ns.tolist()
    assert [0.1] * 3 == records.width_ns.tolist()
