"""Scale bars, and what is drawn where no pixel or only some have a lifetime."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from stomp_flim.errors import InputError
from workloads.flim.plots.difference_image import difference_image
from workloads.flim.plots.lifetime_image import lifetime_image
from workloads.flim.plots.scale_bar import scale_bar


def image(columns: int) -> Axes:
    """Return axes that show so many columns."""
    ax = Figure().subplots()
    ax.imshow(np.zeros((4, columns)))
    return ax


def bar(ax: Axes) -> tuple[float, str]:
    """Return the share of the image that the bar is as long as, and what it says."""
    (line,) = (each for each in ax.lines if each.get_gid() == "scale-bar")
    return float(np.ptp(line.get_xdata())), ax.texts[-1].get_text()


@given(st.integers(3, 4096), st.floats(1e-3, 1e3))
def test_the_bar_is_as_long_as_it_says(columns: int, pixel_um: float) -> None:
    """Its share of the image, in um, is its label; a round number, a ninth to a third of it."""
    ax = image(columns)
    scale_bar(ax, pixel_um=pixel_um)
    share, text = bar(ax)
    number, unit = text.split()
    assert "\N{MICRO SIGN}m" == unit
    assert float(number) == pytest.approx(share * columns * pixel_um)
    assert number.replace(".", "").split("e")[0].strip("0") in {"1", "2", "5"}
    assert 1 / 9 < share < 1 / 3 + 1e-6


@pytest.mark.parametrize(
    ("columns", "text"), [(3, "1 pixel"), (64, "20 pixels"), (2, None), (1, None)]
)
def test_without_a_size_the_bar_counts_pixels(columns: int, text: str | None) -> None:
    """Whole ones, and none where the image is too small."""
    ax = image(columns)
    scale_bar(ax)
    assert ([text] if text else []) == [each.get_text() for each in ax.texts]


def test_the_bar_does_not_move_the_image() -> None:
    """It lies outside of the axes, whose limits stay."""
    ax = image(64)
    before = ax.get_xlim(), ax.get_ylim()
    scale_bar(ax, pixel_um=0.5)
    assert before == (ax.get_xlim(), ax.get_ylim())


def test_a_lifetime_image_has_title_and_scale() -> None:
    """What was computed stands above, how large it is below."""
    ax = lifetime_image(
        np.ones((8, 8)), np.ones((8, 8)), title="a fit", pixel_um=1.0, ax=Figure().subplots()
    )
    assert ("a fit", (0.25, "2 \N{MICRO SIGN}m")) == (ax.get_title(), bar(ax))


def test_the_histogram_can_be_left_out() -> None:
    """The colour bar stays."""
    one = np.ones((8, 8))
    ax = lifetime_image(one, one, histogram=False, ax=Figure().subplots())
    assert ["", "Photons"] == [each.get_xlabel() for each in ax.figure.axes]


def test_a_difference_is_the_second_minus_the_first() -> None:
    """On colours that are symmetric around 0, and only where both have a lifetime."""
    first, second = np.full((3, 4), 1.0), np.arange(12.0).reshape(3, 4) / 4
    second[0, 0], mask = np.nan, np.ones((3, 4), dtype=bool)
    mask[2, 3] = False

    figure = difference_image(
        first, second, np.ones((3, 4)), mask,
        names=("a", "b"), numbers={"median ratio": "1.2"}, figure=Figure(layout="constrained"),
    )  # fmt: skip

    drawn = figure.axes[2].images[0]
    low, high = drawn.get_clim()
    assert 0 < high == -low
    expected = np.where(mask, second - first, np.nan)
    np.testing.assert_array_equal(expected, np.ma.filled(drawn.get_array(), np.nan))
    assert ["a", "b", "Difference"] == [ax.get_title() for ax in figure.axes[:3]]
    assert "median ratio: 1.2" == figure.get_supxlabel()
    maps = [np.asarray(ax.images[0].get_array()) for ax in figure.axes[:2]]
    for picture in maps:
        assert 0 == np.ptp(picture[0, 0]) == np.ptp(picture[2, 3])


def test_equal_lifetimes_have_equal_colours_in_both_maps() -> None:
    """The maps share their limits, whatever each would have for itself."""
    first, second = np.linspace(1, 2, 12).reshape(3, 4), np.linspace(1, 5, 12).reshape(3, 4)
    second[1, 1] = first[1, 1]
    figure = difference_image(
        first, second, np.ones((3, 4)), np.ones((3, 4)),
        names=("a", "b"), numbers={}, figure=Figure(layout="constrained"),
    )  # fmt: skip
    a, b = (np.asarray(ax.images[0].get_array())[1, 1] for ax in figure.axes[:2])
    np.testing.assert_array_equal(a, b)


def test_nothing_to_compare_is_an_error() -> None:
    """Maps of other shapes, and maps without a common pixel."""
    one = np.ones((3, 4))
    with pytest.raises(InputError, match="no pixel has both lifetimes"):
        difference_image(one, one * np.nan, one, one, names=("a", "b"), numbers={})
    with pytest.raises(InputError, match="expected one shape"):
        difference_image(one, one[:2], one, one, names=("a", "b"), numbers={})
