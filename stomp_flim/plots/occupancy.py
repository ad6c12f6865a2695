"""How many servers of a type are busy over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stomp_flim.errors import InputError, near_names
from stomp_flim.plots.style import FAINT, axes_or_new, draw_steps
from stomp_flim.schedule import Schedule
from stomp_flim.schedule.metrics import Metrics

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray


def occupancy(
    schedule: Schedule,
    server_type: str,
    ax: Axes | None = None,
    *,
    until: int | None = None,
    bin_cycles: int = 1,
    colour: str = FAINT,
    label: str | None = None,
    fill: bool = True,
) -> Axes:
    """Draw the busy servers of one type over time, the mean of each bin as a step.

    Parameters
    ----------
    schedule : Schedule
        What ran when.
    server_type : str
        Which servers are counted.
    ax : matplotlib axes, optional
        Where to draw; by default a new figure. Several schedules can be drawn on one.
    until : int, optional
        Where the time axis ends, in cycles; by default at the makespan.
    bin_cycles : int
        Width of a bin in cycles.
    colour : str
        Colour of the line and of the area under it.
    label : str, optional
        For a legend.
    fill : bool
        Shade the area under the line.

    Returns
    -------
    matplotlib axes
        Cycles to the right, servers upwards to all that there are.

    Raises
    ------
    InputError
        If the platform has no such server type.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> platform = sf.device("published")
    >>> result = sf.simulate([sf.Job(graph)] * 4, platform, "hlfet")
    >>> from stomp_flim.plots.occupancy import occupancy
    >>> ax = occupancy(result.schedule, "DSP")
    >>> ax.figure.savefig("occupancy.png")
    """
    servers = schedule.platform.servers
    if server_type not in servers:
        raise InputError(f"unknown server type {server_type!r}; {near_names(server_type, servers)}")
    ax = axes_or_new(ax)
    end = schedule.makespan if until is None else until
    edges = np.arange(0, end + bin_cycles, bin_cycles)
    busy = busy_servers(schedule, server_type, edges)
    draw_steps(ax, busy, edges, colour=colour, label=label, fill=fill)
    ax.set_xlim(0, end)
    ax.set_ylim(0, servers[server_type] * 1.05)
    ax.set_yticks([0, servers[server_type]])
    ax.set_xlabel("Time (cycles)")
    ax.set_ylabel(f"Busy {server_type} servers")
    return ax


def busy_servers(
    schedule: Schedule, server_type: str, edges: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Return the mean number of busy servers between consecutive edges.

    Parameters
    ----------
    schedule : Schedule
        What ran when.
    server_type : str
        Which servers are counted.
    edges : int[bins + 1]
        Ascending times in cycles.

    Returns
    -------
    float64[bins]
        Server-cycles held in each bin over its width.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> platform = sf.device("published")
    >>> result = sf.simulate([sf.Job(graph)] * 4, platform, "hlfet")
    >>> import numpy as np
    >>> from stomp_flim.plots.occupancy import busy_servers
    >>> busy_servers(result.schedule, "DSP", np.array([0, result.makespan])).round(2)
    array([2.46])
    """
    steps = Metrics(schedule).occupancy
    steps = steps[steps["server_type"] == server_type]
    if steps.empty:
        return np.zeros(len(edges) - 1)
    time, busy = steps["time"].to_numpy(), steps["busy"].to_numpy()
    # The integral of a step function is linear between its steps, so interpolation is exact.
    held = np.concatenate([[0], np.cumsum(busy[:-1] * np.diff(time))])
    mean: NDArray[np.float64] = np.diff(np.interp(edges, time, held)) / np.diff(edges)
    return mean
