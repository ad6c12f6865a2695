"""How each plot looks, as an image: ``make baselines`` draws them anew after a wanted change."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pictures import picture, textless

import workloads.flim.plots
from stomp_flim.plots.style import paper_style
from workloads.flim.plots.lifetime_error import lifetime_error
from workloads.flim.plots.lifetime_image import lifetime_image
from workloads.flim.plots.losses import losses

PLOTS = {path.stem for path in Path(workloads.flim.plots.__file__).parent.glob("[!_]*.py")}


def new_axes() -> Axes:
    """Return axes of a new figure."""
    return Figure(figsize=(4.5, 3), layout="constrained").subplots()


@picture.with_args(tolerance=8)  # versions of Matplotlib place a raster up to a pixel apart
def test_lifetime_image() -> Figure:
    """Colours of lifetimes, dimmed by intensity, grey where masked; colour bar and histogram."""
    rows, columns = np.mgrid[:24, :32] / 24
    lifetime = 0.3 + 0.5 * rows + 0.4 * columns**2
    intensity = 1000 * np.exp(-4 * ((rows - 0.5) ** 2 + (columns - 0.6) ** 2))
    with paper_style():
        ax = new_axes()
        lifetime_image(lifetime, intensity, intensity > 200, limits_ns=(0.2, 1.5), ax=ax)
    return textless(ax.figure)


@picture
def test_lifetime_error() -> Figure:
    """A line a method, on logarithmic axes."""
    rows = [
        {"method": method, "photons": photons, "median_error": scale / photons**0.5}
        for method, scale in (("network", 1.5), ("phasor", 2.5), ("least squares", 1.0))
        for photons in (300, 1_000, 10_000, 100_000)
    ]
    with paper_style():
        ax = lifetime_error(rows, ax=new_axes())
    return textless(ax.figure)


@picture
def test_losses() -> Figure:
    """A falling line a training."""
    step = np.arange(1, 2_000)
    curves = {"teacher": list(1 / step), "student": list(0.02 + 1 / step**0.5)}
    with paper_style():
        ax = losses(curves, ax=new_axes())
    return textless(ax.figure)


def test_every_plot_has_its_picture() -> None:
    """A new module of plots without one would go unseen."""
    found = (Path(__file__).parent / "baseline").glob("*.png")
    assert {f"test_{name}" for name in PLOTS} == {path.stem for path in found}
