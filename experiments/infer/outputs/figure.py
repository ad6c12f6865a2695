"""Maps as pictures: one map with its histogram, or two and their difference."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from experiments.infer.outputs.planes import lifetime_name
from experiments.shared.output import image
from stomp_flim.files import writing
from stomp_flim.plots.style import paper_style
from workloads.flim.lifetimes.lifetime_map import LifetimeMap
from workloads.flim.plots.difference_image import difference_image
from workloads.flim.plots.lifetime_image import draw_map, lifetime_image
from workloads.flim.plots.scale_bar import scale_bar

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".svg", ".pdf")

_SIZE_INCHES = (7.2, 4.4)
_TITLE_CHARACTERS = 80


def shown(found: LifetimeMap, *, show_flagged: bool = False) -> npt.NDArray[np.bool_]:
    """Return the pixels that are drawn in colour: valid ones, or all that have a result."""
    return np.isfinite(found.mean_ns) if show_flagged else found.valid


def draw_pixels(
    ax: Axes,
    found: LifetimeMap,
    coloured: npt.NDArray[np.bool_],
    *,
    limits_ns: tuple[float, float] | None,
    pixel_um: float | None,
    histogram: bool = True,
) -> None:
    """Draw a map with its colour bar; without any pixel in colour, the photons alone."""
    if coloured.any():
        lifetime_image(
            found.mean_ns,
            found.intensity,
            coloured,
            limits_ns=limits_ns,
            label=f"{lifetime_name(found.method).capitalize()} (ns)",
            pixel_um=pixel_um,
            histogram=histogram,
            ax=ax,
        )
    else:
        draw_map(ax, found.mean_ns, found.intensity, coloured, (0, 1))
        scale_bar(ax, pixel_um=pixel_um)


def draw(
    found: LifetimeMap,
    *,
    limits_ns: tuple[float, float] | None = None,
    show_flagged: bool = False,
    pixel_um: float | None = None,
) -> Figure:
    """Draw a map under the method, the network and its range; flagged pixels are grey.

    Where no pixel is left the photons alone are drawn, without any scale of lifetimes.

    Parameters
    ----------
    found : LifetimeMap
        The map.
    limits_ns : (float, float), optional
        Range of the colours in ns; by default the 1st to the 99th percentile of what is shown.
    show_flagged : bool
        Whether flagged pixels have the colour of their lifetime.
    pixel_um : float, optional
        Edge of a pixel in um, for the scale bar.
    """
    from matplotlib.figure import Figure

    coloured = shown(found, show_flagged=show_flagged)
    with paper_style():
        figure = Figure(figsize=_SIZE_INCHES)
        ax = figure.add_subplot()
        draw_pixels(ax, found, coloured, limits_ns=limits_ns, pixel_um=pixel_um)
        ax.set_title(fill(_title(found, coloured, show_flagged), _TITLE_CHARACTERS))
    return figure


def write(
    path: Path,
    found: LifetimeMap,
    *,
    limits_ns: tuple[float, float] | None = None,
    show_flagged: bool = False,
    pixel_um: float | None = None,
) -> None:
    """Write what `draw` draws, in the format that the suffix says.

    Raises
    ------
    InputError
        If the limits do not rise, or the file cannot be written.
    """
    figure = draw(found, limits_ns=limits_ns, show_flagged=show_flagged, pixel_um=pixel_um)
    _save(figure, path)


def write_difference(
    path: Path,
    first: LifetimeMap,
    second: LifetimeMap,
    numbers: Mapping[str, str],
    *,
    limits_ns: tuple[float, float] | None = None,
    show_flagged: bool = False,
    pixel_um: float | None = None,
) -> None:
    """Write two maps and the second minus the first, over the pixels that both show.

    Parameters
    ----------
    path : Path
        The file.
    first, second : LifetimeMap
        Results of two methods for one image.
    numbers : mapping of str to str
        What a comparison found, by name.
    limits_ns, show_flagged, pixel_um
        As of `draw`.

    Raises
    ------
    InputError
        If no pixel is shown in both, or the file cannot be written.
    """
    from matplotlib.figure import Figure

    mask = shown(first, show_flagged=show_flagged) & shown(second, show_flagged=show_flagged)
    with paper_style():
        figure = difference_image(
            first.mean_ns,
            second.mean_ns,
            first.intensity,
            mask,
            names=(first.method, second.method),
            numbers=numbers,
            limits_ns=limits_ns,
            pixel_um=pixel_um,
            figure=Figure(figsize=(7.2, 3.6), layout="constrained"),
        )
    _save(figure, path)


def _title(found: LifetimeMap, coloured: npt.NDArray[np.bool_], show_flagged: bool) -> str:
    about = found.about[:1].upper() + found.about[1:]
    if not coloured.any():
        return f"{about}: no pixel has a valid lifetime"
    return f"{about}; flagged pixels are shown too" if show_flagged else about


def _save(figure: Figure, path: Path) -> None:
    content = image(figure, path.suffix.lower().removeprefix("."), tight=True)
    with writing(path):
        path.write_bytes(content)
