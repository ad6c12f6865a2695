"""What counts say: bands hold the truth, and pixels are judged each on its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.workloads.flim.decay_simulator import Scene, simulate
from workloads.flim.data.measured import MeasuredImage
from workloads.flim.instrument.background import estimated
from workloads.flim.instrument.chain import Instrument, instrument_of
from workloads.flim.lifetimes.quality.evidence import Evidence, groups, weigh
from workloads.flim.lifetimes.quality.flags import Flag
from workloads.flim.lifetimes.quality.judging import Limits, expected_counts, judge
from workloads.flim.lifetimes.quality.shapes import LIFETIMES_NS, shapes

CONDITIONS: list[dict[str, Any]] = [
    {"components": [(1, 0.3)]},
    {"components": [(1, 2.0)], "photons": 200},
    {"components": [(0.5, 0.2), (0.5, 1.0)], "photons": 1000},
    {"components": [(0.3, 0.6), (0.7, 3.2)], "background": 0.2},
    {"components": [(1 / 3, 0.3), (1 / 3, 1.0), (1 / 3, 3.0)], "period_ns": 12.5},
    {"components": [(1, 1.0)], "fwhm_ns": 0.6, "width_ns": 0.1},
]


def instrument(scene: Scene) -> Instrument:
    """Return the instrument that a scene's pixels show."""
    counts = scene.counts.reshape(16, -1, scene.counts.shape[1])
    return instrument_of(MeasuredImage(counts, scene.width_ns, "an image"))


def evidence(scene: Scene, found: Instrument, values: Any, pixels: Any = slice(None)) -> Evidence:
    """Weigh decays by the counts of some pixels."""
    background = estimated(scene.counts, found.record, found.fit).of(pixels)
    return weigh(scene.counts[pixels], values, background, found.record, found.forward)


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda each: str(each))
def test_bands_hold_the_truth(condition: dict[str, Any]) -> None:
    """Of 256 pixels at least 94% of the bands of 97% hold the true mean lifetime."""
    scene = simulate(**condition)

    found = evidence(scene, instrument(scene), np.full(256, scene.mean_ns))

    inside = (found.low_ns <= scene.mean_ns) & (scene.mean_ns <= found.high_ns)
    assert inside.mean() >= 0.94
    assert (found.low_ns <= found.median_ns).all()
    assert (found.median_ns <= found.high_ns).all()


@pytest.mark.parametrize("wrong", [0.3, 1.5])
@pytest.mark.parametrize("condition", CONDITIONS[:3], ids=lambda each: str(each))
def test_the_band_of_a_wrong_value_reaches_the_truth(
    condition: dict[str, Any], wrong: float
) -> None:
    """A method's error is inside its uncertainty in nine pixels of ten of any one decay.

    Bands hold 97% of the decays that are drawn: of one of them it may be fewer, of others more.
    """
    scene = simulate(**condition)
    values = np.full(256, wrong * scene.mean_ns)

    uncertainty = evidence(scene, instrument(scene), values).uncertainty_ns

    assert (np.abs(values - scene.mean_ns) <= uncertainty).mean() >= 0.9


def test_pixels_are_judged_each_on_its_own() -> None:
    """The order of pixels changes nothing, and others beside one only which decays are drawn."""
    scene = simulate([(0.5, 0.4), (0.5, 2.0)], photons=1000)
    found, values = instrument(scene), np.full(256, 1.2)
    order = np.random.default_rng(0).permutation(256)

    whole = evidence(scene, found, values)
    shuffled = evidence(scene, found, values, order)
    part = evidence(scene, found, values[:64], np.arange(64))

    for name in ("low_ns", "median_ns", "high_ns", "uncertainty_ns"):
        expected = getattr(whole, name)
        np.testing.assert_allclose(expected[order], getattr(shuffled, name), rtol=0.05)
        np.testing.assert_allclose(expected[:64], getattr(part, name), rtol=0.25)


def test_no_value_has_no_uncertainty() -> None:
    """Pixels without a lifetime have a band, and no uncertainty."""
    scene = simulate([(1, 1.0)], pixels=16)

    found = evidence(scene, instrument(scene), np.full(16, np.nan))

    assert np.isnan(found.uncertainty_ns).all()
    assert np.isfinite(found.median_ns).all()


def test_bins_are_grouped_from_the_first_on() -> None:
    """Groups begin at the first bin, rise, and are single bins around the pulse."""
    record = instrument(simulate([(1, 1.0)], pixels=16)).record

    starts = groups(record)

    assert 0 == starts[0]
    assert (np.diff(starts) > 0).all()
    assert (np.diff(starts[starts <= record.peak]) == 1).all()


def test_shapes_are_decays() -> None:
    """Shares are those of a whole, lifetimes within limits, and means in order."""
    drawn = shapes(2000, seed=1)

    np.testing.assert_allclose(1.0, drawn.share.sum(axis=1))
    assert (drawn.share >= 0).all()
    assert LIFETIMES_NS[0] <= drawn.tau_ns.min() <= drawn.tau_ns.max() <= LIFETIMES_NS[1]
    np.testing.assert_allclose((drawn.share * drawn.tau_ns).sum(axis=1), drawn.mean_ns)
    assert (np.diff(drawn.mean_ns) >= 0).all()


def judged(scene: Scene, tau: float, limits: Limits, mean: float | None = None) -> Any:
    """Judge the result that all pixels have one lifetime."""
    pixels = len(scene.counts)
    values = np.full((pixels, 1), tau)
    means = np.full(pixels, tau if mean is None else mean)
    return judge(scene.counts, values, np.ones((pixels, 1)), means, instrument(scene), limits)


def share_of(flags: Any, flag: Flag) -> float:
    """Return the share of pixels with a flag."""
    return float((flags & int(flag) > 0).mean())


def test_what_is_right_has_no_flag() -> None:
    """The truth is shown, and explains the counts."""
    found = judged(simulate([(1, 1.0)]), 1.0, Limits(range_ns=(0.2, 1.5), photons=500))

    assert (found.flags > 0).mean() <= 0.02
    assert abs(np.median(found.chi_square) - 1) < 0.15


@pytest.mark.parametrize(
    ("scene", "tau", "mean", "limits", "flag"),
    [
        ({"components": [(1, 1.0)]}, 1.5, None, Limits(), Flag.UNEXPLAINED),
        ({"components": [(1, 4.0)]}, 4.0, None, Limits(range_ns=(0.2, 1.5)), Flag.OUT_OF_RANGE),
        ({"components": [(1, 0.1)]}, 0.1, None, Limits(range_ns=(0.3, 3.0)), Flag.OUT_OF_RANGE),
        ({"components": [(1, 1.0)], "photons": 50}, 1.0, None, Limits(photons=500), Flag.DARK),
        ({"components": [(1, 1.0)]}, 1.0, -0.2, Limits(), Flag.IMPOSSIBLE),
        ({"components": [(1, 1.0)]}, 1.0, 3.0, Limits(), Flag.UNCERTAIN),
        ({"components": [(1, 1.0)]}, 1.0, None, Limits(uncertainty=1e-3), Flag.UNCERTAIN),
    ],
)
def test_reasons_are_named(
    scene: dict[str, Any], tau: float, mean: float | None, limits: Limits, flag: Flag
) -> None:
    """Each way in which a result cannot be trusted has its flag in nearly all pixels."""
    assert share_of(judged(simulate(**scene), tau, limits, mean).flags, flag) >= 0.95


def test_background_only_is_named() -> None:
    """Flat pixels beside pixels with light are background."""
    scene = simulate([(1, 1.0)], photons=1000)
    flat = np.random.default_rng(0).poisson(4.0, (64, 256))
    mixed = Scene(
        np.concatenate([scene.counts[64:], flat]), scene.mean, scene.response, scene.width_ns, 1.0
    )

    flags = judged(mixed, 1.0, Limits()).flags

    assert share_of(flags[192:], Flag.BACKGROUND) >= 0.95
    assert share_of(flags[:192], Flag.BACKGROUND) == 0


def test_the_result_is_reconvolved() -> None:
    """The counts that the truth lets expect are those that the simulator drew from."""
    scene = simulate([(0.5, 0.4), (0.5, 2.0)], background=0.1, photons=20_000)
    found = instrument(scene)
    level = estimated(scene.counts, found.record, found.fit)
    tau, share = np.tile([0.4, 2.0], (256, 1)), np.full((256, 2), 0.5)

    expected = expected_counts(scene.counts, tau, share, level, found).mean(axis=0)

    np.testing.assert_allclose(scene.mean, expected, atol=0.02 * scene.mean.max())
