"""How each plot looks, as an image: ``make baselines`` draws them anew after a wanted change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.testing.compare import compare_images
from pictures import DPI, picture, textless

import stomp_flim.plots
from stomp_flim import Buffer, Job, Mode, Platform, Task, TaskGraph, simulate
from stomp_flim.plots.frame_rate import frame_rate
from stomp_flim.plots.gantt import gantt
from stomp_flim.plots.latency import latency
from stomp_flim.plots.memory import memory_occupancy
from stomp_flim.plots.occupancy import occupancy
from stomp_flim.plots.over_bound import over_bound
from stomp_flim.plots.speedup import Claim, speedup
from stomp_flim.plots.style import paper_style
from stomp_flim.plots.tradeoff import tradeoff
from stomp_flim.schedule import Schedule

HERE = Path(__file__).parent
PLOTS = {path.stem for path in Path(stomp_flim.plots.__file__).parent.glob("[!_]*.py")} - {"style"}


def drawn(draw: Callable[[Axes], object]) -> Figure:
    """Return a figure with one plot."""
    with paper_style():
        figure = Figure(figsize=(4.5, 3), layout="constrained")
        draw(figure.subplots())
    return textless(figure)


def schedule() -> Schedule:
    """Four jobs of a fork and a join, on three servers and two ports, with a memory."""
    ports, servers = [Mode({"port": 1}, 3)], [Mode({"DSP": 1}, 6, 2), Mode({"DSP": 2}, 3)]
    tasks = [
        Task("read", ports, buffer=Buffer("BRAM", 2000)),
        *(Task(f"multiply {i}", servers, buffer=Buffer("BRAM", 500)) for i in range(3)),
        Task("write", ports),
    ]
    edges = [(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)]
    graph = TaskGraph.from_tasks(tasks, edges)
    platform = Platform({"DSP": 3, "port": 2}, memories={"BRAM": 12_000})
    jobs = [Job(graph, arrival=arrival) for arrival in (0, 0, 4, 30)]
    return simulate(jobs, platform, "hlfet", engine="simpy").schedule


def policies() -> pd.DataFrame:
    """Three policies at four numbers of pixels; each step is that of a line of its own."""
    rows = [
        (policy, pixels, 10 * pixels // speed + 5, 5 + pixels)
        for policy, speed in (("manual", 1), ("fifo", 3), ("phase", 7))
        for pixels in (1, 4, 16, 64)
    ]
    frame = pd.DataFrame(rows, columns=["policy", "pixels", "makespan", "lower_bound"])
    frame["manual_makespan"] = 15 * frame["pixels"]
    frame["gap"] = frame["makespan"] / frame["lower_bound"] - 1
    return frame.assign(speedup=frame["manual_makespan"] / frame["makespan"])


@picture
def test_gantt() -> Figure:
    """A bar a task, coloured by job, under the busy servers of each type."""
    with paper_style():
        figure = gantt(schedule(), Figure(figsize=(6, 4), layout="constrained"))
    return textless(figure)


@picture
def test_occupancy() -> Figure:
    """Steps with the area under them, up to the number of servers."""
    return drawn(lambda ax: occupancy(schedule(), "DSP", ax))


@picture
def test_memory() -> Figure:
    """Steps with the area under them, below a dashed capacity."""
    return drawn(lambda ax: memory_occupancy(schedule(), "BRAM", ax))


@picture
def test_speedup() -> Figure:
    """A line a policy, what no policy reaches in grey, and a ring for a claim."""
    return drawn(lambda ax: speedup(policies(), ax, claims=[Claim(16, 9.0, "a paper")]))


@picture
def test_latency() -> Figure:
    """A line a policy, and what no policy reaches in grey."""
    return drawn(lambda ax: latency(policies(), 4.5, ax))


@picture
def test_over_bound() -> Figure:
    """A line a policy over the bound."""
    return drawn(lambda ax: over_bound(policies(), ax))


@picture
def test_frame_rate() -> Figure:
    """A line a policy and mode, with bars where a rate is estimated."""
    rows = [
        (policy, mode, slots, cycles // slots + 900, 400, error)
        for policy, cycles in (("fifo", 9000), ("hlfet", 6000))
        for mode, error in (("free-running", 0.1), ("lock-step", 0.0))
        for slots in (1, 4, 16)
    ]
    columns = ["policy", "mode", "slots", "cycles", "lower_bound", "error"]
    frame = pd.DataFrame(rows, columns=columns)
    return drawn(lambda ax: frame_rate(frame.assign(seconds=frame["cycles"] / 1000), ax))


@picture
def test_tradeoff() -> Figure:
    """Designs by what they wait for, and the stairs of the best."""
    frame = pd.DataFrame(
        {
            "slices": [3, 1, 2, 2, 4],
            "frames_per_second": [7.0, 5.0, 3.0, 8.0, 9.0],
            "waits_for": ["ports", "ports", "lanes", "lanes", "ports"],
            "pareto": [False, True, False, True, True],
        }
    )
    return drawn(lambda ax: tradeoff(frame, "slices", ax))


def test_every_plot_has_its_picture() -> None:
    """A new module of plots without one would go unseen."""
    assert {f"test_{name}" for name in PLOTS} == {
        path.stem for path in (HERE / "baseline").glob("*.png")
    }


@pytest.mark.parametrize("change", ["none", "colour", "value"])
def test_a_changed_picture_is_seen(change: str, tmp_path: Path) -> None:
    """The tolerance lets neither a line that moved by 3% pass nor one of another colour."""
    frame = policies()
    if change == "value":
        frame.loc[frame["policy"] == "phase", "speedup"] *= 1.03
    figure = drawn(lambda ax: speedup(frame, ax, claims=[Claim(16, 9.0, "a paper")]))
    if change == "colour":
        figure.axes[0].lines[0].set_color("black")
    path = tmp_path / "changed.png"
    figure.savefig(path, dpi=DPI)
    baseline, tolerance = HERE / "baseline/test_speedup.png", picture.kwargs["tolerance"]
    difference = compare_images(str(baseline), str(path), tolerance)
    assert (change == "none") == (difference is None), difference
