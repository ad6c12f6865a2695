"""Instrument responses: modeled, measured, convolved."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import signal, stats

from stomp_flim.errors import InputError
from workloads.flim.data.irf import convolve, measured_irfs, modeled_irfs
from workloads.flim.data.timebins import BIN_WIDTH_NS, STEPS


@pytest.mark.parametrize("tail", [0.001, 0.01, 0.05, 0.3, 2.0])
def test_response_with_a_tail_is_exponentially_modified(tail: float) -> None:
    """Each bin holds the probability that SciPy gives it, however short or long the tail."""
    deviation = 0.25 / math.sqrt(8 * math.log(2))
    edges = BIN_WIDTH_NS * np.arange(STEPS + 1)

    expected = np.diff(stats.exponnorm.cdf(edges, tail / deviation, loc=4.0, scale=deviation))

    np.testing.assert_allclose(modeled_irfs(4.0, 0.25, tail), expected, atol=1e-12)


def test_each_pixel_has_its_own_response() -> None:
    """Parameters broadcast; a pixel's response equals the one computed alone."""
    centers, widths = np.array([[2.0], [5.0]]), np.array([0.1, 0.2, 0.4])

    found = modeled_irfs(centers, widths, 0.02)

    assert found.shape == (2, 3, STEPS)
    np.testing.assert_array_equal(found[1, 2], modeled_irfs(5.0, 0.4, 0.02))
    np.testing.assert_allclose(found.sum(axis=-1), 1.0, atol=1e-9)


def test_convolution_pairs_pixels_and_responses() -> None:
    """Every pixel is convolved with its own response, within the window."""
    rng = np.random.default_rng(3)
    decays, irfs = rng.random((2, 3, STEPS)), rng.random((3, STEPS))

    found = convolve(decays, irfs)

    for image in range(2):
        for pixel in range(3):
            expected = signal.convolve(decays[image, pixel], irfs[pixel])[:STEPS]
            np.testing.assert_allclose(found[image, pixel], expected, rtol=1e-10)


def test_measured_response_is_normalized_and_padded() -> None:
    """A measured response keeps its shape, sums to 1 and is dark where it was not measured."""
    found = measured_irfs([[1, 3], [2, 0]])

    assert found.shape == (2, STEPS)
    np.testing.assert_array_equal(found[:, :2], [[0.25, 0.75], [1.0, 0.0]])
    assert not found[:, 2:].any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((4.0, 0.0), "IRF width 0 ns, expected more than 0"),
        ((4.0, 13.0), "IRF width 13 ns, expected less than the window of 12.15 ns"),
        ((4.0, 0.2, -0.1), "IRF tail -0.1 ns, expected 0 or more"),
        ((4.0, 0.2, 12.2), "IRF tail 12.2 ns, expected less than the window of 12.15 ns"),
    ],
)
def test_modeled_response_out_of_range(arguments: tuple[float, ...], message: str) -> None:
    """Widths and tails that no window holds are refused."""
    with pytest.raises(InputError, match=message):
        modeled_irfs(*arguments)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (np.ones(STEPS + 1), "lamp: holds 136 time bins, expected at most the window of 135"),
        (np.zeros(10), "lamp: holds a response of zeros only"),
        ([1.0, -2.0], "lamp: holds -2.0, expected finite numbers >= 0"),
        ([], r"lamp: has the shape \(0,\), expected \[..., bins\]"),
    ],
)
def test_measured_response_out_of_range(counts: list[float], message: str) -> None:
    """A response longer than the window, without light or with negative counts is refused."""
    with pytest.raises(InputError, match=message):
        measured_irfs(counts, source="lamp")
