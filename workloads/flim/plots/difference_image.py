"""Two lifetime images of one sample on one colour scale, and their difference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError
from workloads.flim.plots.lifetime_image import colour_range, draw_map, lifetime_colours
from workloads.flim.plots.scale_bar import scale_bar

if TYPE_CHECKING:
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

_LEFT_OUT = "#999999"


def difference_image(
    first_ns: npt.ArrayLike,
    second_ns: npt.ArrayLike,
    intensity: npt.ArrayLike,
    mask: npt.ArrayLike,
    *,
    names: tuple[str, str],
    numbers: Mapping[str, str],
    limits_ns: tuple[float, float] | None = None,
    pixel_um: float | None = None,
    figure: Figure | None = None,
) -> Figure:
    """Draw two maps and the second minus the first, in colours that diverge from 0.

    Parameters
    ----------
    first_ns, second_ns : array [rows, columns]
        Lifetimes in ns; NaN where there is none.
    intensity : array [rows, columns]
        Photon counts, the brightness of both maps.
    mask : bool array [rows, columns]
        Pixels that are compared; all others are grey in all three.
    names : (str, str)
        Titles of the maps.
    numbers : mapping of str to str
        What the comparison found, as the table below shows it: name and value.
    limits_ns : (float, float), optional
        Colours of both maps; by default the 1st to the 99th percentile of both.
    pixel_um : float, optional
        Edge of a pixel in um, for the scale bar.
    figure : matplotlib figure, optional
        Where to draw; by default a new one of pyplot. It needs a constrained layout.

    Returns
    -------
    matplotlib figure

    Raises
    ------
    InputError
        If the shapes differ or no pixel has both lifetimes.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from workloads.flim.plots.difference_image import difference_image
    >>> tau, photons = np.linspace(0.5, 2.0, 64).reshape(8, 8), np.full((8, 8), 900)
    >>> figure = difference_image(
    ...     tau, 1.1 * tau, photons, photons > 0,
    ...     names=("network", "Poisson fit"), numbers={"median ratio": "1.100"},
    ...     figure=Figure(layout="constrained"),
    ... )
    >>> [ax.get_title() for ax in figure.axes[:3]]
    ['network', 'Poisson fit', 'Difference']
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    first, second = (np.asarray(tau, dtype=np.float64) for tau in (first_ns, second_ns))
    bright, shown = np.asarray(intensity), np.asarray(mask, dtype=bool)
    if first.ndim != 2 or not first.shape == second.shape == bright.shape == shown.shape:
        raise InputError(
            f"maps of the shapes {first.shape} and {second.shape}, intensity {bright.shape}, mask "
            f"{shown.shape}, expected one shape [rows, columns]"
        )
    both = shown & np.isfinite(first) & np.isfinite(second)
    if not both.any():
        raise InputError("no pixel has both lifetimes, there is nothing to compare")
    limits = limits_ns or colour_range(np.concatenate([first[both], second[both]]))
    if figure is None:
        import matplotlib.pyplot as plt

        figure = plt.figure(figsize=(7.2, 3.4), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    for ax, tau, name in ((left, first, names[0]), (middle, second, names[1])):
        draw_map(ax, tau, bright, both, limits)
        ax.set_title(name)
    scale_bar(left, pixel_um=pixel_um)
    scale = ScalarMappable(Normalize(*limits), lifetime_colours())
    below: dict[str, Any] = {"location": "bottom", "aspect": 30, "extend": "both"}
    figure.colorbar(scale, ax=[left, middle], label="Lifetime (ns)", shrink=0.5, **below)

    difference = np.where(both, second - first, np.nan)
    reach = float(np.percentile(np.abs(difference[both]), 99)) or 1e-3
    colours = _diverging()
    drawn = right.imshow(difference, cmap=colours, vmin=-reach, vmax=reach, interpolation="nearest")
    right.set(xticks=[], yticks=[], title="Difference")
    right.grid(visible=False)
    figure.colorbar(drawn, ax=right, label=f"{names[1]} – {names[0]} (ns)", **below)
    figure.supxlabel(
        "     ".join(f"{name}: {value}" for name, value in numbers.items()), fontsize="medium"
    )
    return figure


def _diverging() -> Colormap:
    """Return blue over white to red; grey stands for pixels that are not compared."""
    import matplotlib as mpl

    return mpl.colormaps["RdBu_r"].with_extremes(bad=_LEFT_OUT)
