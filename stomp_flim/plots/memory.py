"""What a memory holds over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stomp_flim.errors import InputError, near_names
from stomp_flim.plots.style import FAINT, INK, axes_or_new, draw_steps
from stomp_flim.schedule import Schedule
from stomp_flim.schedule.storage import steps

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def memory_occupancy(
    schedule: Schedule,
    memory: str,
    ax: Axes | None = None,
    *,
    until: int | None = None,
    colour: str = FAINT,
    label: str | None = None,
    fill: bool = True,
) -> Axes:
    """Draw the bits that a memory holds over time, and its capacity.

    Parameters
    ----------
    schedule : Schedule
        What ran when.
    memory : str
        Which memory.
    ax : matplotlib axes, optional
        Where to draw; by default a new figure. Several schedules can be drawn on one.
    until : int, optional
        Where the time axis ends, in cycles; by default at the makespan.
    colour : str
        Colour of the line and of the area under it.
    label : str, optional
        For a legend.
    fill : bool
        Shade the area under the line.

    Returns
    -------
    matplotlib axes
        Cycles to the right, bits upwards; a dashed line where the memory is full.

    Raises
    ------
    InputError
        If no task writes the memory and the platform has none of this name.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> from stomp_flim.plots.memory import memory_occupancy
    >>> task = sf.Task("load", [sf.Mode({"DSP": 1}, 2)], buffer=sf.Buffer("BRAM", 5))
    >>> job = sf.Job(sf.TaskGraph.from_tasks([task], []))
    >>> result = sf.simulate([job] * 4, sf.Platform({"DSP": 4}, memories={"BRAM": 12}))
    >>> memory_occupancy(result.schedule, "BRAM").figure.savefig("memory.png")
    """
    stored = schedule.storage
    if memory not in stored.memories:
        raise InputError(f"unknown memory {memory!r}; {near_names(memory, stored.memories)}")
    ax = axes_or_new(ax)
    end = schedule.makespan if until is None else until
    held = steps(stored, stored.memories.index(memory))
    shown = held.time < end
    edges = np.concatenate([[0], held.time[shown], [end]])
    bits = np.concatenate([[0], held.bits[shown]])
    draw_steps(ax, bits, edges, colour=colour, label=label, fill=fill)
    capacity = schedule.platform.memories.get(memory)
    if capacity is not None:
        ax.axhline(capacity, color=INK, linestyle="--", linewidth=0.8)
        ax.annotate(
            "capacity",
            (1, capacity),
            (-2, 2),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            ha="right",
            fontsize="small",
        )
    ax.set_xlim(0, end)
    top = max(capacity or 0, int(bits.max(initial=0)), ax.get_ylim()[1] / 1.1)
    ax.set_ylim(0, 1.1 * top)
    ax.yaxis.set_major_formatter(_in_words)
    ax.set_xlabel("Time (cycles)")
    ax.set_ylabel(f"Bits held in {memory}")
    return ax


def _in_words(bits: float, _position: float = 0) -> str:
    """Return a number of bits as a label: 512, 36k, 1.5M."""
    for factor, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if bits >= factor:
            return f"{bits / factor:g}{unit}"
    return f"{bits:g}"
