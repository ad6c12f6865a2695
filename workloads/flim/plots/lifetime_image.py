"""A fluorescence lifetime image: colour is lifetime, brightness is intensity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError
from workloads.flim.plots.scale_bar import scale_bar

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import ListedColormap

LIGHTNESS = 0.80
"""Oklab lightness of all lifetime colours, so that brightness is left to the intensity."""

DISPLAY_GAMMA = 2.2
"""Exponent from the values of a picture to the light of a screen."""

_SHORT_HUE, _LONG_HUE = 255.0, 90.0
_SHORT_CHROMA, _LONG_CHROMA = 0.10, 0.14
_BARS = 50


def lifetime_image(
    lifetime_ns: npt.ArrayLike,
    intensity: npt.ArrayLike,
    mask: npt.ArrayLike | None = None,
    *,
    limits_ns: tuple[float, float] | None = None,
    label: str = "Mean lifetime (ns)",
    title: str = "",
    pixel_um: float | None = None,
    histogram: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw a lifetime image with its colour bar and the histogram of the lifetimes beside it.

    The colour bar has two directions: lifetime upwards, intensity to the right. The histogram
    shares its lifetime axis. The light of a pixel is proportional to its photons; one without a
    lifetime shows them in grey.

    Parameters
    ----------
    lifetime_ns : array [rows, columns]
        Lifetime in ns; NaN where there is none.
    intensity : array [rows, columns]
        Photon counts; the 99th percentile and all above it are drawn at full brightness.
    mask : bool array [rows, columns], optional
        False for pixels without a lifetime, beside those that are NaN.
    limits_ns : (float, float), optional
        Range of the colours in ns; by default the 1st to the 99th percentile.
    label : str
        What the lifetime is, with its unit.
    title : str
        What was computed, above the image.
    pixel_um : float, optional
        Edge of a pixel in um, for the scale bar; without it the bar counts pixels.
    histogram : bool
        Whether the histogram is drawn.
    ax : matplotlib axes, optional
        Where to draw; colour bar and histogram hang at its right side. By default a new figure.

    Returns
    -------
    matplotlib axes
        The axes of the image.

    Raises
    ------
    InputError
        If the shapes differ, the limits are not in order or no pixel has a lifetime.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from workloads.flim.plots.lifetime_image import lifetime_image
    >>> lifetime = np.linspace(0.5, 2.0, 64).reshape(8, 8)
    >>> ax = lifetime_image(lifetime, np.full((8, 8), 900), title="a fit", ax=Figure().subplots())
    >>> ax.get_title()
    'a fit'
    """
    from mpl_toolkits.axes_grid1 import make_axes_locatable

    lifetime, bright = np.asarray(lifetime_ns, dtype=np.float64), np.asarray(intensity)
    if lifetime.ndim != 2 or lifetime.shape != bright.shape:
        raise InputError(
            f"lifetimes {lifetime.shape} and intensity {bright.shape}, expected [rows, columns]"
        )
    valid = np.isfinite(lifetime)
    if mask is not None:
        valid &= np.asarray(mask, dtype=bool)
    if not valid.any():
        raise InputError("no pixel has a lifetime, there is nothing to draw")
    low, high = limits_ns or colour_range(lifetime[valid])
    if not low < high:
        raise InputError(f"lifetime limits {low} to {high} ns, expected rising ones")

    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(7.2, 4.4))
    draw_map(ax, lifetime, bright, valid, (low, high))
    ax.set_title(title)
    scale_bar(ax, pixel_um=pixel_um)
    # A divider keeps both as high as the image, whose height follows from its shape.
    beside = make_axes_locatable(ax)
    bar = beside.append_axes("right", size="9%", pad=0.12)
    _draw_colour_bar(bar, (low, high), _full(bright), label)
    if histogram:
        spread = beside.append_axes("right", size="30%", pad=0.75, sharey=bar)
        _draw_histogram(spread, lifetime[valid])
    return ax


def draw_map(
    ax: Axes,
    lifetime: npt.NDArray[np.float64],
    intensity: npt.NDArray[Any],
    valid: npt.NDArray[np.bool_],
    limits: tuple[float, float],
) -> None:
    """Draw the image alone: colours within `limits` in ns, grey where a pixel is not `valid`."""
    low, high = limits
    brightness = np.clip(intensity / _full(intensity), 0, 1)
    ax.imshow(_blend((lifetime - low) / (high - low), brightness, valid), interpolation="nearest")
    ax.set(xticks=[], yticks=[])
    ax.grid(visible=False)


def lifetime_colours() -> ListedColormap:
    """Return the colours of lifetimes: blue (short) over green to yellow (long).

    All have the same lightness, and the blue-yellow coordinate, which a red-green blind reader
    keeps, rises throughout. Built in Oklab (B. Ottosson, "A perceptual color space for image
    processing", 2020).
    """
    from matplotlib.colors import ListedColormap

    share = np.linspace(0, 1, 256)
    hue = np.deg2rad(_SHORT_HUE + share * (_LONG_HUE - _SHORT_HUE))
    chroma = _SHORT_CHROMA + share * (_LONG_CHROMA - _SHORT_CHROMA)
    green_red, blue_yellow = chroma * np.cos(hue), chroma * np.sin(hue)
    cones = np.array([
        LIGHTNESS + 0.3963377774 * green_red + 0.2158037573 * blue_yellow,
        LIGHTNESS - 0.1055613458 * green_red - 0.0638541728 * blue_yellow,
        LIGHTNESS - 0.0894841775 * green_red - 1.2914855480 * blue_yellow,
    ]) ** 3  # fmt: skip
    linear = np.array([
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]) @ cones  # fmt: skip
    linear = np.clip(linear, 0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return ListedColormap(list(encoded.T), name="lifetime")


def colour_range(lifetimes: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return the 1st and the 99th percentile, or a few percent around one value."""
    low, high = np.percentile(lifetimes, (1, 99))
    if high - low < 1e-3:
        margin = max(0.05 * abs(low), 1e-3)
        low, high = low - margin, high + margin
    return float(low), float(high)


def _full(intensity: npt.NDArray[Any]) -> float:
    """Return the photons of full brightness."""
    return float(np.percentile(intensity, 99)) or float(intensity.max()) or 1.0


def _blend(
    share: npt.NDArray[np.float64],
    brightness: npt.NDArray[np.float64],
    valid: npt.NDArray[np.bool_],
) -> npt.NDArray[np.float64]:
    """Return the picture [rows, columns, 3]: lifetime colours times brightness, grey if invalid."""
    colours = lifetime_colours()(np.where(valid, share, 0.0))[..., :3]
    picture: npt.NDArray[np.float64] = np.where(valid[..., None], colours, 0.6)
    return picture * (brightness ** (1 / DISPLAY_GAMMA))[..., None]


def _draw_colour_bar(ax: Axes, limits: tuple[float, float], full: float, label: str) -> None:
    from matplotlib.ticker import EngFormatter

    share, brightness = np.mgrid[0:1:256j, 0:1:64j]
    picture = _blend(share, brightness, np.ones(share.shape, dtype=bool))
    ax.imshow(picture, origin="lower", aspect="auto", extent=(0, full, *limits))
    ax.grid(visible=False)
    ax.set_xticks([0, full], ["0", EngFormatter(sep="", places=0)(full)])
    ax.set_xlabel("Photons")
    ax.yaxis.tick_right()
    ax.yaxis.set_label_position("right")
    ax.set_ylabel(label)


def _draw_histogram(ax: Axes, lifetimes: npt.NDArray[np.float64]) -> None:
    low, high = ax.get_ylim()
    pixels, edges = np.histogram(lifetimes, bins=_BARS, range=(low, high))
    centers = (edges[:-1] + edges[1:]) / 2
    colours = lifetime_colours()((centers - low) / (high - low))
    ax.barh(centers, pixels, height=edges[1] - edges[0], color=colours)
    ax.set_ylim(low, high)
    ax.set_xlabel("Pixels")
    ax.tick_params(axis="y", left=False, labelleft=False, right=False)
    ax.locator_params(axis="x", nbins=3)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
