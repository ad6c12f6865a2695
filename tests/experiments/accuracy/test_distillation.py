"""What distillation gives, over seeds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import ttest_rel

from experiments.accuracy.distillation import MEASURES, gains


def rows(without: Any, taught: Any) -> list[dict[str, Any]]:
    """Return the rows of seeds, with one error in every measure."""
    return [
        {"seed": seed, "bits": 8, "distilled": distilled} | dict.fromkeys(MEASURES, error)
        for distilled, errors in ((False, without), (True, taught))
        for seed, error in enumerate(errors)
    ]


@pytest.mark.parametrize(
    ("shift", "verdict"), [(0.2, "helps"), (0.0, "does not show"), (-0.2, "harms")]
)
def test_interval_is_that_of_the_paired_test(shift: float, verdict: str) -> None:
    """Gain and interval are those of SciPy's paired t-test, and 0 lies within it or not."""
    generator = np.random.default_rng(3)
    taught = generator.normal(1.0, 0.1, 5)
    without = taught + shift + generator.normal(0.0, 0.02, 5)

    found = gains(rows(without, taught))
    interval = ttest_rel(without, taught).confidence_interval(0.95)

    assert list(MEASURES) == [each.measure for each in found]
    assert np.mean(without - taught) == pytest.approx(found[0].gain)
    assert (interval.low, interval.high) == pytest.approx((found[0].low, found[0].high))
    assert verdict == found[0].verdict
    assert (taught.min(), taught.max()) == pytest.approx(found[0].taught)
