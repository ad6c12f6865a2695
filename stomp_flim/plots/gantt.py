"""Gantt chart of a schedule: who holds which server when, readable with hundreds of servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stomp_flim.plots.occupancy import occupancy
from stomp_flim.plots.style import FAINT, INK, paper_style
from stomp_flim.schedule import Schedule

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PolyCollection
    from matplotlib.figure import Figure, SubFigure

_ROW_INCHES = 0.01
_LEAST_INCHES = 0.5
_PROFILE_INCHES = 0.3
_FEW_BARS = 400
"""Up to here bars are set apart by white edges; more of them would only see the edges."""
_MOST_PANELS = 8
_MOST_BARS = 50_000
"""In a chart for a notebook: a second to draw."""


def gantt(
    schedule: Schedule,
    figure: Figure | SubFigure | None = None,
    *,
    until: int | None = None,
    job_label: str = "Job",
) -> Figure | SubFigure:
    """Draw a panel for each server type: a row for each server, bars coloured by job.

    Above each panel stands a profile of the busy servers. A task that holds several servers is
    drawn on each of them, from its start until they are released. Server types that the schedule
    never uses have no panel.

    Parameters
    ----------
    schedule : Schedule
        What ran when and where.
    figure : matplotlib figure or subfigure, optional
        Where to draw; by default a new figure, as high as the servers need.
    until : int, optional
        Where the time axis ends, in cycles, so that several charts share one scale; by default at
        the makespan.
    job_label : str
        What a job is, for the colour bar.

    Returns
    -------
    matplotlib figure or subfigure
        The one drawn on.

    Examples
    --------
    >>> import stomp_flim as sf
    >>> graph = sf.workload_graph("seq2seqlite", stage="postprocess")
    >>> platform = sf.device("published")
    >>> result = sf.simulate([sf.Job(graph)] * 4, platform, "hlfet")
    >>> from stomp_flim.plots.gantt import gantt
    >>> gantt(result.schedule).savefig("gantt.png")
    """
    end = schedule.makespan if until is None else until
    servers = schedule.platform.servers
    used = [name for name, busy in schedule.busy.items() if busy]
    inches = [max(_LEAST_INCHES, _ROW_INCHES * servers[name]) for name in used]
    if figure is None:
        import matplotlib.pyplot as plt

        height = sum(inches) + (_PROFILE_INCHES + 0.5) * len(used) + 0.4
        figure = plt.figure(figsize=(9, height), layout="constrained")
    axes = figure.subplots(
        len(used), squeeze=False, sharex=True, gridspec_kw={"height_ratios": inches}
    )[:, 0]
    colours = _job_colours(len(schedule.workload))
    for name, ax, height in zip(used, axes, inches, strict=True):
        profile = ax.inset_axes((0, 1.02, 1, _PROFILE_INCHES / height), sharex=ax)
        _draw_profile(profile, schedule, name, end)
        bars = _draw_bars(ax, schedule, name)
        bars.set(cmap=colours, clim=(0, max(len(schedule.workload) - 1, 1)))
        ax.axvline(schedule.makespan, color=INK, linewidth=0.6)
        if ax is axes[0]:
            _label_makespan(profile, schedule.makespan, end)
    axes[-1].set_xlabel("Time (cycles)")
    axes[-1].set_xlim(0, end)
    if len(schedule.workload) > 1:
        bar = figure.colorbar(bars, ax=axes, aspect=60, fraction=0.02, pad=0.01)
        bar.set_label(job_label)
        bar.outline.set_visible(False)
    return figure


def small_gantt(schedule: Schedule) -> Figure | None:
    """Return a chart for a notebook, or None where bars or server types are too many to see."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    used = sum(map(bool, schedule.busy.values()))
    if used > _MOST_PANELS or len(schedule.server) > _MOST_BARS:
        return None
    with paper_style(), mpl.rc_context({"text.parse_math": False}):  # a name may hold a dollar
        figure = Figure(figsize=(7, 0.4 + 1.1 * used), layout="constrained")
        gantt(schedule, figure)
    return figure


def _job_colours(jobs: int) -> object:
    """Dark to light, ending before the yellow that white paper swallows."""
    import matplotlib as mpl
    from matplotlib.colors import ListedColormap

    return ListedColormap(mpl.colormaps["viridis"](np.linspace(0, 0.9, min(max(jobs, 2), 256))))


def _draw_profile(ax: Axes, schedule: Schedule, server_type: str, end: int) -> None:
    servers = schedule.platform.servers[server_type]
    occupancy(schedule, server_type, ax, until=end, colour=FAINT)
    share = schedule.busy[server_type] / (servers * schedule.makespan)
    ax.set_title(f"{server_type}: {servers} servers, {share:.0%} busy", loc="left", pad=3)
    ax.set(xlabel="", ylabel="Busy", yticks=[servers])  # 0 would meet the first server's row
    ax.tick_params(axis="x", bottom=False, labelbottom=False)


def _draw_bars(ax: Axes, schedule: Schedule, server_type: str) -> PolyCollection:
    from matplotlib.collections import PolyCollection

    number = list(schedule.platform.servers).index(server_type)
    held = np.flatnonzero(schedule.server_type_number == number)
    execution = schedule.holder[held]
    row = schedule.server[held] - schedule.platform.first_server[server_type]
    left, right = schedule.start[execution], schedule.released[execution]
    corners = np.empty((len(held), 4, 2))
    corners[:, :, 0] = np.column_stack([left, left, right, right])
    corners[:, :, 1] = row[:, None] + np.array([0, 1, 1, 0])
    few = len(held) <= _FEW_BARS
    bars = PolyCollection(
        corners,  # type: ignore[arg-type]  # an array [bars, 4, 2] is the fast way in
        array=schedule.job[execution],
        edgecolors="white" if few else "none",
        linewidths=0.5,
        antialiaseds=few,
        rasterized=not few,
    )
    ax.add_collection(bars)
    servers = schedule.platform.servers[server_type]
    ax.set_ylim(servers, 0)
    ax.set_yticks([0.5, servers - 0.5], ["0", str(servers - 1)])
    ax.set_ylabel("Server")
    ax.grid(visible=False)
    return bars


def _label_makespan(ax: Axes, makespan: int, end: int) -> None:
    beyond = makespan > end
    ax.annotate(
        f"goes on to {makespan:,} →" if beyond else f"makespan {makespan:,}",
        (min(makespan, end), 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, 3),
        textcoords="offset points",
        horizontalalignment="right" if makespan > 0.8 * end else "left",
        annotation_clip=False,
    )
