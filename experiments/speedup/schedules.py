"""The schedules that the page shows: one point of the sweep under each policy, as Gantt charts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from experiments.shared.labels import policy_label
from experiments.speedup.points import MANUAL, SpeedupPoint
from experiments.speedup.sweep import SpeedupSweep
from stomp_flim.plots.gantt import gantt
from stomp_flim.plots.occupancy import occupancy
from stomp_flim.plots.style import marks, paper_style
from stomp_flim.schedule import Schedule

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PIXELS = 64
_BINS = 200
_MOST_STRETCH = 2


@dataclass(frozen=True)
class Example:
    """One point under several policies.

    Attributes
    ----------
    point : SpeedupPoint
        The graph and the number of pixels; its policy is the first.
    schedules : dict of str to Schedule
        One for each policy, by its label.
    """

    point: SpeedupPoint
    schedules: dict[str, Schedule]

    @property
    def common_end(self) -> int:
        """Where the common time axis of the charts ends, in cycles.

        It holds each schedule that takes at most twice as long as the shortest.
        """
        makespans = [schedule.makespan for schedule in self.schedules.values()]
        shown = [m for m in makespans if m <= _MOST_STRETCH * min(makespans)]
        return round(1.02 * max(shown)) + 1


def example(sweep: SpeedupSweep) -> Example:
    """Simulate the smallest graph of the sweep at up to 64 pixels under each of its policies.

    One pixel at a time is left out unless it is the only policy: its chart would show one pixel.
    """
    stages = sweep.simulated_stages
    stage = "encoder" if "encoder" in stages else stages[0]
    pixels = max((p for p in sweep.pixels if p <= _PIXELS), default=sweep.pixels[0])
    policies = [policy for policy in sweep.policies if policy != MANUAL] or [MANUAL]
    point = min(
        (sweep.point(case, stage, pixels, policies[0]) for case in sweep.cases),
        key=lambda candidate: len(candidate.graph),
    )
    return Example(
        point,
        {policy_label(policy): replace(point, policy=policy).schedule() for policy in policies},
    )


def draw_occupancy(shown: Example, sweep: SpeedupSweep) -> Figure:
    """Draw the busy servers over the whole time: a row a policy, a column a server type."""
    from matplotlib.figure import Figure

    schedules = shown.schedules
    used = [name for name, busy in next(iter(schedules.values())).busy.items() if busy]
    end = max(schedule.makespan for schedule in schedules.values())
    colours = marks(policy_label(policy) for policy in sweep.policies)
    with paper_style():
        rows = len(schedules)
        figure = Figure(figsize=(9, 1.45 * rows + 0.3), layout="constrained")
        axes = figure.subplots(rows, len(used), squeeze=False, sharex=True, sharey="col")
        for row, (policy, schedule) in zip(axes, schedules.items(), strict=True):
            for ax, name in zip(row, used, strict=True):
                occupancy(
                    schedule,
                    name,
                    ax,
                    until=end,
                    bin_cycles=-(-end // _BINS),
                    colour=colours[policy].colour,
                )
                ax.set(xlabel="", ylabel=f"{name} busy")
            row[0].set_title(f"{policy}: {schedule.makespan:,} cycles")
        figure.supxlabel("Time (cycles)", fontsize=8)
    return figure


def draw_charts(shown: Example) -> dict[str, Figure]:
    """Draw a Gantt chart for each policy, on a common time axis."""
    from matplotlib.figure import Figure

    charts = {}
    with paper_style():
        for policy, schedule in shown.schedules.items():
            rows = sum(schedule.platform.servers.values())
            figure = Figure(figsize=(9, 2.4 + 0.01 * rows), layout="constrained")
            gantt(schedule, figure, until=shown.common_end, job_label="Pixel")
            charts[policy] = figure
    return charts
