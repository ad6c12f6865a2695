"""Measured images: checked whole, and binned."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stomp_flim.errors import InputError
from tests.workloads.flim.data.reading.writing import SHAPE, WIDTH_NS, example_counts
from workloads.flim.data.measured import MeasuredImage, bin_pixels


@pytest.fixture
def counts() -> np.ndarray:
    """Make a small image with different numbers of rows, columns and bins."""
    return example_counts()


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0])
def test_one_bad_count_among_many(value: float) -> None:
    """A single bad count is found wherever it is."""
    counts = np.ones(SHAPE)
    counts[-1, -1, -1] = value
    with pytest.raises(InputError):
        MeasuredImage(counts, WIDTH_NS, "here")


def test_image_is_read_only(counts: np.ndarray) -> None:
    """Nobody changes the counts of an image by accident."""
    image = MeasuredImage(counts, WIDTH_NS, "here")
    with pytest.raises(ValueError, match="read-only"):
        image.counts[0, 0, 0] = 1


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_pixel_binning_sums_blocks(counts: np.ndarray, size: int) -> None:
    """Each new pixel is the sum of its block, and edges that fill no block are dropped."""
    binned = bin_pixels(MeasuredImage(counts, WIDTH_NS, "here"), size)

    rows, columns = SHAPE[0] // size, SHAPE[1] // size
    assert (rows, columns) == binned.shape
    for row, column in np.ndindex(rows, columns):
        block = counts[row * size : (row + 1) * size, column * size : (column + 1) * size]
        expected: Any = sum(block.reshape(-1, SHAPE[2]).astype(int))
        assert expected.tolist() == binned.counts[row, column].tolist()


def test_pixel_binning_does_not_overflow() -> None:
    """Sums beyond the type of the counts are kept."""
    full = MeasuredImage(np.full((2, 2, 135), 65_535, dtype=np.uint16), WIDTH_NS, "here")
    assert bin_pixels(full, 2).counts.max() == 4 * 65_535


@pytest.mark.parametrize("size", [0, -1, 6])
def test_pixel_binning_out_of_range(counts: np.ndarray, size: int) -> None:
    """A block must be of a pixel at least and fit into the image."""
    with pytest.raises(InputError, match=f"pixel binning {size}, expected 1 to 5"):
        bin_pixels(MeasuredImage(counts, WIDTH_NS, "here"), size)


def test_pixel_binning_keeps_what_is_known() -> None:
    """A block saw the pulses of all its pixels; period and notes are those of the image."""
    known = MeasuredImage(np.ones((4, 6, 3)), WIDTH_NS, "here", 12.5, 1000.0, ("A note.",))
    binned = bin_pixels(known, 2)
    assert (12.5, 4000.0, ("A note.",)) == (binned.period_ns, binned.pulses, binned.notes)


@pytest.mark.parametrize("wrong", [0.0, -1.0, np.nan, np.inf])
@pytest.mark.parametrize("field", ["period_ns", "pulses"])
def test_what_is_known_is_a_number_above_0(field: str, wrong: float) -> None:
    """Or it is None."""
    with pytest.raises(InputError, match="expected a number above 0"):
        MeasuredImage(np.ones((4, 6, 3)), WIDTH_NS, "here", **{field: wrong})


def test_sums_of_floats_of_16_bits_are_finite() -> None:
    """A sum of theirs would end at 65,504."""
    image = MeasuredImage(np.full((20, 20, 9), 1000, np.float16), WIDTH_NS, "here")
    assert 3_600_000 == image.counts.sum()
