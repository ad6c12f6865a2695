"""Tests of the Gantt chart."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from hypothesis import given, settings
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from strategies import workloads

from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate
from stomp_flim.plots.gantt import gantt


def _charts(figure: Figure) -> dict[str, Axes]:
    """Return the panels with bars by the server type that the profile above names."""
    charts = [ax for ax in figure.axes if any(isinstance(c, PolyCollection) for c in _bars(ax))]
    return {ax.child_axes[0].get_title(loc="left").partition(":")[0]: ax for ax in charts}


def _bars(ax: Axes) -> list[PolyCollection]:
    return [c for c in ax.collections if isinstance(c, PolyCollection) and ax.child_axes]


@given(workloads(max_jobs=3, max_tasks=5))
@settings(max_examples=12, deadline=None)
def test_every_held_server_has_its_bar(drawn: tuple[list[Job], Platform]) -> None:
    """Bars are the rows of the record: server, start, release and job, on the right panel."""
    jobs, platform = drawn
    schedule = simulate(jobs, platform).schedule
    figure = Figure(layout="constrained")
    gantt(schedule, figure)
    charts = _charts(figure)
    frame = schedule.to_frame()
    for server_type, first in platform.first_server.items():
        rows = frame[frame["server_type"] == server_type]
        expected = sorted(
            zip(rows["server"] - first, rows["start"], rows["released"], rows["job"], strict=True)
        )
        if not expected:
            assert server_type not in charts
            continue
        (bars,) = _bars(charts[server_type])
        actual = []
        for path, job in zip(bars.get_paths(), bars.get_array(), strict=True):
            (left, top), (right, bottom) = path.vertices.min(axis=0), path.vertices.max(axis=0)
            assert top + 1 == bottom
            actual.append((top, left, right, job))
        assert expected == sorted(actual)


def test_hundreds_of_servers_have_a_pixel_row_each() -> None:
    """A figure of its own is high enough for a row of pixels a server, and axes are labelled."""
    platform = Platform({"DSP": 300, "port": 200})
    tasks = [Task("a", [Mode({"DSP": 1, "port": 1}, 3)])]
    schedule = simulate([Job(TaskGraph.from_tasks(tasks, []))] * 150, platform).schedule
    figure = gantt(schedule, job_label="Pixel")
    figure.draw_without_rendering()
    for name, ax in _charts(figure).items():
        assert platform.servers[name] <= ax.get_window_extent().height
        assert "Server" == ax.get_ylabel()
    labels = [ax.get_xlabel() for ax in figure.axes] + [ax.get_ylabel() for ax in figure.axes]
    assert {"Time (cycles)", "Pixel"} <= set(labels)
    plt.close(figure)


def test_a_schedule_longer_than_the_axis_says_so() -> None:
    """Charts with a common end cut what is longer and name its makespan."""
    graph = TaskGraph.from_tasks([Task("a", [Mode({"DSP": 1}, 5)])], [])
    schedule = simulate([Job(graph)] * 4, Platform({"DSP": 1})).schedule
    texts = {}
    for until in (10, 30):
        figure = Figure(layout="constrained")
        gantt(schedule, figure, until=until)
        (ax,) = _charts(figure).values()
        assert (0, until) == ax.get_xlim()
        texts[until] = [text.get_text() for text in ax.child_axes[0].texts]
    assert {10: ["goes on to 20 →"], 30: ["makespan 20"]} == texts


def test_equal_schedules_give_equal_pictures() -> None:
    """Nothing in a chart depends on the moment it is drawn."""
    graph = TaskGraph.from_tasks([Task("a", [Mode({"DSP": 1}, 5)])], [])
    pictures = []
    for _ in range(2):
        figure = Figure(layout="constrained")
        gantt(simulate([Job(graph)] * 4, Platform({"DSP": 2})).schedule, figure)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        pictures.append(np.asarray(canvas.buffer_rgba()).copy())
    np.testing.assert_array_equal(*pictures)
