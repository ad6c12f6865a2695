"""The figures of the page: small ones, which stay legible on a phone, as SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from experiments.infer.outputs.figure import draw_pixels
from experiments.shared.output import image
from stomp_flim.plots.style import paper_style
from workloads.flim.lifetimes.lifetime_map import LifetimeMap
from workloads.flim.plots.decay_fit import decay_fit
from workloads.flim.plots.histogram import histogram
from workloads.flim.plots.lifetime_image import colour_range, lifetime_colours
from workloads.flim.plots.phasor_density import phasor_density

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SIZE_INCHES = (3.4, 2.5)


def lifetimes(
    found: LifetimeMap,
    drawn: npt.NDArray[np.bool_],
    *,
    limits_ns: tuple[float, float] | None,
    pixel_um: float | None,
) -> bytes:
    """Return the map with its colour bar; without any pixel in colour, the photons alone."""
    with paper_style():
        figure = _figure()
        draw_pixels(
            figure.subplots(),
            found,
            drawn,
            limits_ns=limits_ns,
            pixel_um=pixel_um,
            histogram=False,
        )
    return image(figure, "svg", tight=True)


def spread(
    values: npt.NDArray[np.float64],
    label: str,
    *,
    limits: tuple[float, float] | None,
    coloured: bool,
) -> bytes:
    """Return a histogram, in the colours of lifetimes if asked."""
    with paper_style():
        figure = _figure()
        colours = lifetime_colours() if coloured else None
        if coloured and limits is None and np.isfinite(values).any():
            limits = colour_range(values[np.isfinite(values)])  # those of the map
        histogram(values, label=label, limits=limits, colours=colours, ax=figure.subplots())
    return image(figure, "svg")


def phasors(g: npt.NDArray[np.float64], s: npt.NDArray[np.float64], frequency_mhz: float) -> bytes:
    """Return the density of phasors."""
    with paper_style():
        figure = _figure()
        phasor_density(g, s, frequency_mhz=frequency_mhz, ax=figure.subplots())
    return image(figure, "svg")


def decay(
    times_ns: npt.NDArray[np.float64],
    counts: npt.NDArray[Any],
    expected: npt.NDArray[np.float64],
) -> bytes:
    """Return counts, result and residuals of a pixel."""
    with paper_style():
        figure = _figure()
        upper, lower = figure.subplots(2, sharex=True, height_ratios=(3, 1.2))
        decay_fit(times_ns, counts, expected, axes=(upper, lower))
    return image(figure, "svg")


def _figure() -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=_SIZE_INCHES, layout="constrained")
