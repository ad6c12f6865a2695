"""Phasors of the pixels of an image as a density, with the universal semicircle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError
from stomp_flim.plots.style import FAINT, INK, axes_or_new

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REAL, IMAGINARY = (-0.15, 1.15), (-0.15, 0.75)
"""What is drawn of the plane; phasors of decays without noise lie in the semicircle."""

_CELLS_A_UNIT = 100
_MARKED_NS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
_APART = 0.07


def phasor_density(
    g: npt.ArrayLike, s: npt.ArrayLike, *, frequency_mhz: float, ax: Axes | None = None
) -> Axes:
    r"""Draw the density of phasors; lifetimes in ns are marked on the semicircle.

    A mono-exponential decay lies on the semicircle, at
    :math:`g = 1 / (1 + (\omega\tau)^2)`, :math:`s = \omega\tau g`, and a mixture on the line
    between its components (Digman et al., Biophys. J. 94, 2008).

    Parameters
    ----------
    g, s : array [...]
        Phasors, of one shape; NaN where there is none.
    frequency_mhz : float
        Frequency of the transform in MHz.
    ax : matplotlib axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib axes

    Raises
    ------
    InputError
        If the shapes differ or the frequency is not positive.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from workloads.flim.plots.phasor_density import phasor_density
    >>> ax = phasor_density([0.5, 0.5], [0.5, 0.4], frequency_mhz=80, ax=Figure().subplots())
    >>> ax.get_title()
    'Phasors at 80 MHz'
    """
    from matplotlib.colors import LogNorm

    real, imaginary = (np.asarray(values, dtype=np.float64) for values in (g, s))
    if real.shape != imaginary.shape:
        raise InputError(f"phasors g {real.shape} and s {imaginary.shape}, expected one shape")
    if not 0 < frequency_mhz < np.inf:
        raise InputError(f"frequency {frequency_mhz} MHz, expected more than 0")
    ax = axes_or_new(ax)
    known = np.isfinite(real) & np.isfinite(imaginary)
    cells = [round((high - low) * _CELLS_A_UNIT) for low, high in (REAL, IMAGINARY)]
    pixels, across, up = np.histogram2d(
        real[known], imaginary[known], bins=cells, range=(REAL, IMAGINARY)
    )
    if pixels.any():
        norm = LogNorm(1, max(pixels.max(), 2))
        drawn = ax.pcolormesh(
            across, up, np.ma.masked_less(pixels.T, 1), norm=norm, cmap="viridis", rasterized=True
        )
        ax.figure.colorbar(drawn, ax=ax, label="Pixels", shrink=0.7)
    angle = np.linspace(0, np.pi, 181)
    ax.plot(0.5 + 0.5 * np.cos(angle), 0.5 * np.sin(angle), color=INK, linewidth=0.8)
    _mark_lifetimes(ax, frequency_mhz)
    beyond = int(known.sum() - pixels.sum())
    if beyond:
        ax.text(0.02, 0.98, f"{beyond:,} beyond", transform=ax.transAxes, va="top", color=FAINT)
    ax.set(
        xlim=REAL, ylim=IMAGINARY, aspect="equal", xlabel="g", ylabel="s",
        title=f"Phasors at {frequency_mhz:.4g} MHz",
    )  # fmt: skip
    return ax


def _mark_lifetimes(ax: Axes, frequency_mhz: float) -> None:
    """Mark round lifetimes whose labels have room beside each other."""
    last = np.array([np.inf, np.inf])
    for tau in _MARKED_NS:
        turn = 2e-3 * np.pi * frequency_mhz * tau
        point = np.array([1.0, turn]) / (1 + turn**2)
        if np.hypot(*(point - last)) < _APART:
            continue
        last = point
        x, y = point + 0.14 * (point - [0.5, 0.0])
        ax.plot(*point, "o", color=INK, markersize=2.5)
        ax.text(x, y, f"{tau:g}", ha="center", va="center", fontsize="small")
