"""Images of digits: drawn, not downloaded, and smooth inside."""

from __future__ import annotations

import numpy as np
import pytest

from stomp_flim.errors import InputError
from workloads.flim.data.digit_images import SIZE, digit_mask, digit_pixels
from workloads.flim.data.pixels import Recipe


@pytest.mark.parametrize("digit", range(10))
def test_digit_is_some_strokes_inside_the_image(digit: int) -> None:
    """Strokes cover a part of the image, two hands draw two digits, one seed the same."""
    first, again, other = (
        digit_mask(digit, np.random.default_rng(seed)) for seed in (digit, digit, digit + 1)
    )

    assert first.shape == (SIZE, SIZE)
    assert 30 < first.sum() < SIZE**2 / 2
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_digits_differ() -> None:
    """Drawn by one hand, no digit is another one."""
    masks = [digit_mask(digit, np.random.default_rng(0)) for digit in range(10)]
    overlap = [(a & b).sum() / (a | b).sum() for i, a in enumerate(masks) for b in masks[:i]]
    assert max(overlap) < 0.8


def test_pixels_of_digits_lie_in_their_ranges() -> None:
    """As many as asked for, every parameter within its range, and a seed decides them."""
    recipe = Recipe()

    pixels = digit_pixels(recipe, 500, np.random.default_rng(2))
    again = digit_pixels(recipe, 500, np.random.default_rng(2))

    assert len(pixels.counts) == 500
    np.testing.assert_array_equal(pixels.counts, again.counts)
    for name, (low, high) in (
        ("tau1_ns", recipe.short_ns),
        ("tau2_ns", recipe.long_ns),
        ("fraction", recipe.fraction),
        ("photons", recipe.photons),
    ):
        values = getattr(pixels, name)
        assert low * (1 - 1e-9) <= values.min() <= values.max() <= high * (1 + 1e-9)


def test_no_such_digit() -> None:
    """There are ten digits."""
    with pytest.raises(InputError, match="digit 10, expected 0 to 9"):
        digit_mask(10, np.random.default_rng(0))
