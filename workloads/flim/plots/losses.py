"""Loss curves of trainings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from stomp_flim.plots.style import INK, axes_or_new

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SMOOTHING = 50
"""Steps over which a curve is averaged: the loss of a single batch is mostly noise."""


def losses(curves: Mapping[str, Sequence[float]], ax: Axes | None = None) -> Axes:
    """Draw the loss of every training over its steps, averaged over the last steps before each.

    Parameters
    ----------
    curves : mapping of str to sequence of float
        Loss of each step, by the training's name.
    ax : matplotlib axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib axes
        The loss is logarithmic; the legend stands to the right of it.
    """
    import numpy as np

    ax = axes_or_new(ax)
    for name, values in curves.items():
        total = np.concatenate(([0.0], np.cumsum(values)))
        steps = np.arange(1, len(values) + 1)
        first = np.maximum(steps - SMOOTHING, 0)
        ax.plot(steps, (total[steps] - total[first]) / (steps - first), label=name, linewidth=1)
    ax.set_yscale("log")
    ax.set_xlabel("Step")
    ax.set_ylabel(f"Loss, mean of {SMOOTHING} steps")
    ax.tick_params(color=INK)
    if curves:
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0))
    return ax
