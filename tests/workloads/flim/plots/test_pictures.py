"""How each plot looks, as an image: ``make baselines`` draws them anew after a wanted change."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pictures import picture, textless

import workloads.flim.plots
from stomp_flim.plots.style import paper_style
from workloads.flim.plots.decay_fit import decay_fit
from workloads.flim.plots.difference_image import difference_image
from workloads.flim.plots.histogram import histogram
from workloads.flim.plots.lifetime_error import lifetime_error
from workloads.flim.plots.lifetime_image import lifetime_image
from workloads.flim.plots.losses import losses
from workloads.flim.plots.phasor_density import phasor_density
from workloads.flim.plots.scale_bar import scale_bar

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
def test_scale_bar() -> Figure:
    """Below the image, as long as so many of its pixels."""
    with paper_style():
        ax = Figure(figsize=(4.5, 3)).subplots()
        ax.set(xlim=(0, 30), ylim=(20, 0))  # an image would lie up to a pixel apart
        scale_bar(ax, pixel_um=0.25)
    return textless(ax.figure)


@picture.with_args(tolerance=8)
def test_difference_image() -> Figure:
    """Two maps on one scale, the second a tenth longer on its right half; grey where masked."""
    rows, columns = np.mgrid[:24, :24] / 24
    first = 0.5 + rows
    second = first * np.where(columns < 0.5, 1.0, 1.1)
    with paper_style():
        figure = difference_image(
            first,
            second,
            1000 * (1 - 0.5 * columns),
            (rows - 0.5) ** 2 + (columns - 0.5) ** 2 < 0.2,
            names=("network", "Poisson fit"),
            numbers={"median ratio": "1.000"},
            figure=Figure(figsize=(7, 3.4), layout="constrained"),
        )
    figure.set_layout_engine("none")  # what a layout leaves for the bar depends on versions
    return textless(figure)


@picture.with_args(tolerance=8)
def test_phasor_density() -> Figure:
    """A cloud around the chord between two lifetimes, the semicircle, and its marks."""
    turn = 2e-3 * np.pi * 80 * np.array([0.5, 3.0])
    ends = (1 + 1j * turn) / (1 + turn**2)
    share, noise = np.linspace(0, 1, 2_000), np.random.default_rng(1).normal(0, 0.01, (2, 2_000))
    cloud = ends[0] + share * (ends[1] - ends[0]) + noise[0] + 1j * noise[1]
    with paper_style():
        ax = phasor_density(cloud.real, cloud.imag, frequency_mhz=80, ax=new_axes())
    return textless(ax.figure)


@picture
def test_decay_fit() -> Figure:
    """Counts around the result on a logarithmic axis, residuals within their band below."""
    times = 0.1 * np.arange(120)
    expected = 1000 * np.exp(-np.clip(times - 2, 0, None) / 2) * (times >= 2) + 3
    counts = np.random.default_rng(1).poisson(expected)
    with paper_style():
        figure = Figure(figsize=(4.5, 3), layout="constrained")
        decay_fit(times, counts, expected, axes=tuple(figure.subplots(2, sharex=True)))
    return textless(figure)


@picture
def test_histogram() -> Figure:
    """Bars from the least value to the 99th percentile."""
    values = np.sqrt(np.arange(10_000))
    with paper_style():
        ax = histogram(values, label="", ax=new_axes())
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
