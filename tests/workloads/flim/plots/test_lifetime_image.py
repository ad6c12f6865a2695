"""The lifetime image: colours that tell lifetimes apart, for all readers, at every brightness."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from stomp_flim.errors import InputError
from workloads.flim.plots.lifetime_image import DISPLAY_GAMMA, lifetime_colours, lifetime_image

ROWS, COLUMNS = 6, 9
LIFETIME = np.linspace(0.2, 1.5, ROWS * COLUMNS).reshape(ROWS, COLUMNS)
INTENSITY = np.linspace(1000, 100, ROWS * COLUMNS).reshape(ROWS, COLUMNS)


@pytest.fixture(autouse=True)
def _no_window() -> Iterator[None]:
    import matplotlib.pyplot as plt

    mpl.use("Agg")
    yield
    plt.close("all")


def axes() -> Axes:
    """Return axes of a new figure."""
    return Figure().add_subplot()


def linear(colours: np.ndarray) -> np.ndarray:
    """Return the light of sRGB colours (IEC 61966-2-1)."""
    return np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)


def lightness(colours: np.ndarray) -> np.ndarray:
    """Return CIE 1976 lightness, 0 to 100: a measure that the colours were not made with."""
    luminance = linear(colours) @ [0.2126, 0.7152, 0.0722]
    return np.asarray(116 * np.cbrt(luminance) - 16)


def test_colours_have_one_lightness() -> None:
    """Brightness is left to the intensity: the lightness varies by less than 3 of 100."""
    values = lightness(lifetime_colours()(np.arange(256))[:, :3])
    assert np.ptp(values) < 3
    assert values.min() > 65


@pytest.mark.parametrize(
    "vision",
    [
        # Machado, Oliveira and Fernandes 2009, severity 1.0: protanopia, deuteranopia
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ],
    ],
)
def test_colours_stay_in_order_for_red_green_blind_readers(vision: list[list[float]]) -> None:
    """From blue to yellow in steady steps: no two lifetimes far apart look the same."""
    seen = linear(lifetime_colours()(np.arange(256))[:, :3]) @ np.transpose(vision)
    yellow = seen[:, :2].mean(axis=1) - seen[:, 2]
    assert (np.diff(yellow[::16]) > 0).all()


def test_pixels_have_the_colour_of_their_lifetime_and_the_light_of_their_photons() -> None:
    """A pixel is its lifetime's colour, dimmed so that its light is proportional to its counts."""
    ax = lifetime_image(LIFETIME, INTENSITY, limits_ns=(0.2, 1.5), ax=axes())

    picture = np.asarray(ax.images[0].get_array())

    full = np.percentile(INTENSITY, 99)
    for row, column in np.ndindex(ROWS, COLUMNS):
        colour = lifetime_colours()((LIFETIME[row, column] - 0.2) / 1.3)[:3]
        share = min(INTENSITY[row, column] / full, 1)
        light = (picture[row, column] / colour) ** DISPLAY_GAMMA
        assert light == pytest.approx([share] * 3)


def test_pixels_without_a_lifetime_are_grey() -> None:
    """Masked pixels and NaN have no colour, and the histogram does not count them."""
    lifetime, mask = LIFETIME.copy(), np.ones(LIFETIME.shape, dtype=bool)
    lifetime[0, 0], mask[1, 1] = np.nan, False

    ax = lifetime_image(lifetime, INTENSITY, mask, limits_ns=(0.0, 2.0), ax=axes())

    picture = np.asarray(ax.images[0].get_array())
    for pixel in ((0, 0), (1, 1)):
        assert np.ptp(picture[pixel]) == 0
        assert picture[pixel].max() > 0
    histogram = ax.figure.axes[-1]
    assert sum(bar.get_width() for bar in histogram.patches) == LIFETIME.size - 2


def test_colour_bar_and_histogram_name_their_units() -> None:
    """The axes beside the image say what they show, and share the lifetime axis."""
    ax = lifetime_image(LIFETIME, INTENSITY, limits_ns=(0.2, 1.5), ax=axes())

    _, bar, histogram = ax.figure.axes
    assert (bar.get_ylabel(), bar.get_xlabel()) == ("Mean lifetime (ns)", "Photons")
    assert histogram.get_xlabel() == "Pixels"
    assert bar.get_ylim() == histogram.get_ylim() == (0.2, 1.5)


def test_histogram_bars_have_the_colour_of_their_lifetime() -> None:
    """The histogram reads against the colour bar: equal height, equal colour."""
    ax = lifetime_image(LIFETIME, INTENSITY, limits_ns=(0.2, 1.5), ax=axes())

    for patch in ax.figure.axes[-1].patches:
        centre = patch.get_y() + patch.get_height() / 2
        expected = lifetime_colours()((centre - 0.2) / 1.3)[:3]
        assert to_rgb(patch.get_facecolor()[:3]) == pytest.approx(expected)


def test_draws_into_a_new_figure_and_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without axes there is a new figure; showing it is left to the caller."""
    import matplotlib.pyplot as plt

    monkeypatch.setattr(plt, "show", lambda *_: pytest.fail("show() was called"))
    assert lifetime_image(LIFETIME, INTENSITY).figure is plt.gcf()


def test_equal_lifetimes_have_a_range() -> None:
    """One lifetime everywhere lies in the middle of the colour bar."""
    ax = lifetime_image(np.ones((3, 3)), np.ones((3, 3)), ax=axes())
    low, high = ax.figure.axes[1].get_ylim()
    assert low < 1 < high
    assert low + high == pytest.approx(2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((LIFETIME, INTENSITY[:-1]), r"lifetimes \(6, 9\) and intensity \(5, 9\)"),
        ((LIFETIME[0], INTENSITY[0]), "expected .rows, columns."),
        ((LIFETIME * np.nan, INTENSITY), "no pixel has a lifetime"),
        ((LIFETIME, INTENSITY, LIFETIME < 0), "no pixel has a lifetime"),
    ],
)
def test_nothing_to_draw(arguments: tuple[np.ndarray, ...], message: str) -> None:
    """Shapes that differ and images without a lifetime are refused."""
    with pytest.raises(InputError, match=message):
        lifetime_image(*arguments, ax=axes())


def test_limits_must_rise() -> None:
    """Colours need a range."""
    with pytest.raises(InputError, match=r"limits 1\.5 to 0\.2 ns, expected rising"):
        lifetime_image(LIFETIME, INTENSITY, limits_ns=(1.5, 0.2), ax=axes())
