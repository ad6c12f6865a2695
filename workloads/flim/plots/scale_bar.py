"""A bar under an image that says how long a piece of it is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHARE = 1 / 3
"""Of the width of the image, at most."""

_UNIT = "\N{MICRO SIGN}m"


def scale_bar(ax: Axes, *, pixel_um: float | None = None) -> None:
    """Draw a bar below the lower left corner of an image, where it hides no pixel.

    Its length is 1, 2 or 5 times a power of ten of the unit, at most a third of the image.

    Parameters
    ----------
    ax : matplotlib axes
        Holds the image, whose pixels are one unit of the x axis wide.
    pixel_um : float, optional
        Edge of a pixel in um; without it the bar counts pixels, and is left out where a third of
        the image is less than one.
    """
    from matplotlib.transforms import ScaledTranslation

    low, high = ax.get_xlim()
    longest = (high - low) * _SHARE * (pixel_um or 1.0)
    if pixel_um is None and longest < 1:
        return
    length = _round(longest)
    unit = _UNIT if pixel_um is not None else "pixel" if length == 1 else "pixels"
    width = length / (pixel_um or 1.0) / (high - low)
    points = [ScaledTranslation(0, -down / 72, ax.figure.dpi_scale_trans) for down in (6, 9)]
    ax.plot(
        [0, width],
        [0, 0],
        transform=ax.transAxes + points[0],
        color="black",
        linewidth=2,
        solid_capstyle="butt",
        clip_on=False,
        scalex=False,
        scaley=False,
        gid="scale-bar",
    )
    ax.text(
        0, 0, f"{length:g} {unit}", transform=ax.transAxes + points[1], va="top", fontsize="small"
    )


def _round(length: float) -> float:
    """Return the largest 1, 2 or 5 times a power of ten that is not above a length."""
    power = math.floor(math.log10(length) + 1e-9)
    return float(max(m * 10.0**power for m in (1, 2, 5) if m * 10.0**power <= length * (1 + 1e-9)))
