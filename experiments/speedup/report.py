"""The page of the experiment `speedup`: one HTML file that needs nothing beside it."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import fields
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.shared.cases import Case, Setup, shown_name
from experiments.shared.labels import gap_text, policy_label
from experiments.shared.output import image
from experiments.shared.page import Picture, page
from experiments.speedup.figure import servers_and_clock, stage_title
from experiments.speedup.results import Results, claims
from experiments.speedup.schedules import Example, draw_charts, draw_occupancy
from experiments.speedup.sweep import SUM, SpeedupSweep
from stomp_flim import plugins
from stomp_flim.bounds import lower_bound
from stomp_flim.cli.study import current_study
from stomp_flim.model.shown import counted
from stomp_flim.policy.loading import parse

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_LIBRARIES = ("stomp-flim", "simpy", "numpy", "matplotlib")


def render(
    results: Results, figures: Mapping[str, bytes], shown: Example, bounds: pd.DataFrame | None
) -> str:
    """Return the page.

    Parameters
    ----------
    results : Results
        The table and the headlines.
    figures : mapping of str to bytes
        SVG of the figure of each headline stage.
    shown : Example
        The schedules to be drawn.
    bounds : DataFrame, optional
        Which bound holds where, if some were asked for; see `experiments.speedup.bounds`.
    """
    sweep, point = results.sweep, shown.point
    stage = sweep.headline_stages[0]
    return page(
        Path(__file__).with_name("templates") / "speedup.html",
        gap=gap_text,
        sweep=sweep,
        devices=list(_devices(sweep)),
        vector_units=any("DSP" in case.platform.servers for case in sweep.cases),
        stands_for=[(sweep.title(case), str(case.provision)) for case in sweep.cases],
        remarks=sweep.remarks,
        cycles=list(dict.fromkeys(f"{case.platform.clock_ns:g}" for case in sweep.cases)),
        stage_title=stage_title(stage, sweep.cases),
        summed=SUM in sweep.stages,
        headlines=results.headlines(stage),
        models=list(_summaries(sweep)),
        figures=[
            (
                stage_title(name, sweep.cases),
                Picture.of(svg, "svg", _figure_text(results, name)),
                any(claims(sweep, case, name) for case in sweep.cases),
            )
            for name, svg in figures.items()
        ],
        example=shown,
        example_title=_graph_title(sweep, point.case, point.stage),
        example_bound=lower_bound(point.workload, point.platform),
        occupancy=_png(
            draw_occupancy(shown, sweep),
            "Busy servers over time, a row for each policy and a column for each server type.",
        ),
        charts={
            policy: _png(chart, _chart_text(shown, policy))
            for policy, chart in draw_charts(shown).items()
        },
        labels=[policy_label(policy) for policy in sweep.policies],
        tables=list(_tables(results)),
        bounds=[] if bounds is None else list(bounds.itertuples(index=False)),
        policies={policy_label(policy): _summary(policy) for policy in sweep.policies},
        graphs=list(_graphs(sweep)),
        server_types=_server_types(sweep),
        versions=[f"{name} {version(name)}" for name in _LIBRARIES],
        python=platform.python_version(),
        command=command_line(sweep),
        study=current_study(),
    )


def command_line(sweep: SpeedupSweep) -> str:
    """Return the command that repeats a sweep, without the paths of this machine."""
    repeatable = {"models": "--model", "stages": "--stage", "policies": "--policy"}
    repeatable["devices"] = "--device"
    words = ["stomp-flim", "speedup"]
    for field in fields(sweep):
        value = getattr(sweep, field.name)
        if value == field.default:
            continue
        if field.name in repeatable:
            label = policy_label if field.name == "policies" else shown_name
            words += [w for item in value for w in (repeatable[field.name], label(item))]
        elif field.name == "pixels":
            words += ["--pixels", ",".join(map(str, value))]
        elif field.name == "as_published":
            words += ["--as-published"]
        elif field.name == "steps" and {value} == {case.steps(None) for case in sweep.cases}:
            continue  # said by a study, though it is what would be taken anyway
        elif field.name == "setup":
            words += setup_words(value)
        elif field.name == "requested":
            words += [word for name in value.names for word in ("--bound", name.value)]
            words += ["--bound-seconds", f"{value.seconds:g}"]
        else:
            words += [f"--{field.name}", str(value)]
    return shlex.join([*words, "--out", "DIR"])


def setup_words(setup: Setup) -> list[str]:
    """Return the options that say a setup."""
    changes, words = setup.changes, []
    for option, counts in (("--servers", changes.servers), ("--memory", changes.memories)):
        if counts:
            words += [option, ",".join(f"{name}={count}" for name, count in counts)]
    for option, value in (
        ("--durations", setup.durations),
        ("--clock-ns", changes.clock_ns),
        ("--format", setup.format),
        ("--server-type", setup.server_type),
    ):
        if value is not None:
            words += [option, str(value)]
    return words


def _devices(sweep: SpeedupSweep) -> Iterator[str]:
    """Yield each different device with its servers and where the durations come from."""
    lines = (
        f"device “{case.device_name}”: {servers_and_clock(case.platform)}; "
        f"{case.durations} durations"
        for case in sweep.cases
    )
    yield from dict.fromkeys(lines)


def _summaries(sweep: SpeedupSweep) -> Iterator[str]:
    """Yield what the registered workloads say of themselves."""
    for model in sweep.models:
        name = model.partition(":")[0]
        if name in plugins.registered("workloads"):
            yield plugins.summary(plugins.load("workloads", name))


def _tables(results: Results) -> Iterator[tuple[str, list[Any]]]:
    """Caption and lines of each table; a line holds pixels, bound, shortest makespan and rows."""
    for case, stage in product(results.sweep.cases, results.sweep.stages):
        lines = []
        for pixels, of_pixels in results.rows(case, stage).groupby("pixels"):
            rows: list[Any] = list(of_pixels.itertuples())
            lines.append((pixels, rows[0].lower_bound, min(row.makespan for row in rows), rows))
        yield f"{results.sweep.title(case)}: {stage_title(stage, [case])}", lines


def _server_types(sweep: SpeedupSweep) -> list[str]:
    return list(dict.fromkeys(name for case in sweep.cases for name in case.platform.servers))


def _graphs(sweep: SpeedupSweep) -> Iterator[dict[str, Any]]:
    """Size, work on each server type and longest path of each graph."""
    for case, stage in product(sweep.cases, sweep.simulated_stages):
        graph = case.graph(stage, case.steps(sweep.steps))
        yield {
            "name": _graph_title(sweep, case, stage),
            "tasks": len(graph),
            "edges": len(graph.edges),
            "work": [graph.work(name) for name in _server_types(sweep)],
            "critical_path": graph.critical_path,
        }


def _graph_title(sweep: SpeedupSweep, case: Case, stage: str) -> str:
    return f"{sweep.title(case)}, {stage_title(stage, [case]).partition(':')[0].lower()}"


def _summary(policy: str) -> str:
    """First line of a policy's documentation."""
    implementation = parse(policy).implementation
    return plugins.summary(getattr(implementation, "func", implementation))


def _figure_text(results: Results, stage: str) -> str:
    parts = [
        f"{h.title}: best {h.best.speedup:.1f} times at {counted(h.best.pixels, 'pixel')} with "
        f"{h.best.policy}"
        for h in results.headlines(stage)
    ]
    return f"Speed-up and latency over the number of pixels. {'; '.join(parts)}."


def _chart_text(shown: Example, policy: str) -> str:
    schedule = shown.schedules[policy]
    servers = schedule.platform.servers
    shares = [
        f"{name} {busy / (servers[name] * schedule.makespan):.0%}"
        for name, busy in schedule.busy.items()
    ]
    return (
        f"Gantt chart under {policy}: makespan {schedule.makespan} cycles; servers busy: "
        f"{', '.join(shares)}."
    )


def _png(figure: Figure, alternative: str) -> Picture:
    return Picture.of(image(figure, "png"), "png", alternative)
