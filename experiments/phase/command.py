"""The command `phase`: how far the project's own policy is from the bounds, point by point."""

from __future__ import annotations

import json
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from experiments.shared.options import Jobs, Out, require_distinct
from experiments.shared.output import csv, resumable, write_files
from stomp_flim.cli.lists import AsJson
from stomp_flim.cli.study import resolved
from stomp_flim.errors import InputError
from stomp_flim.files import output_folder

if TYPE_CHECKING:
    import pandas as pd


class SetName(StrEnum):
    """Which points; see `experiments.phase.sets`."""

    PUBLISHED = "published"
    BETWEEN = "between"
    STEPS = "steps"
    PIPELINES = "pipelines"
    HELD_OUT = "held-out"
    SPEEDUP = "speedup"
    SHAPES = "shapes"


JOURNAL = "phase.journal"


def phase(
    out: Out,
    which: Annotated[
        list[SetName] | None,
        typer.Option("--set", help="Set of points; repeatable. Default: published and speedup."),
    ] = None,
    start_counts: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            help="For the bound of start counts of a point, if no gap is <= 1%.",
        ),
    ] = 0.0,
    jobs: Jobs = None,
    as_json: AsJson = False,
) -> None:
    """Measure how far the policy `phase` is from the lower bounds, beside HLFET and FIFO.

    Where it is more than 1% above, the planner forward-backward is measured too, and with time for
    the bound of start counts the planner start-counts where that one is.
    Writes phase.csv with a row a point and, for the set speedup, speedup.csv. Finished points are
    kept in phase.journal: the same command goes on where an interrupted one was.
    """
    from experiments.phase.points import evaluate, from_entry, to_entry
    from experiments.phase.report import points_table, speedups, summary
    from experiments.phase.sets import SETS
    from experiments.shared.processes import process_count
    from experiments.shared.sweep import run_all

    names = [name.value for name in which or (SetName.PUBLISHED, SetName.SPEEDUP)]
    require_distinct("set", names)
    resolved(which=names)
    if not 0 <= start_counts < float("inf"):
        raise InputError(f"--start-counts: {start_counts}, expected a finite number >= 0")
    processes = process_count(jobs)
    folder = output_folder(out)
    with resumable():
        sets = {
            name: [replace(point, start_counts=start_counts) for point in SETS[name]()]
            for name in names
        }
        points = sorted(
            dict.fromkeys(point for of_set in sets.values() for point in of_set),
            key=lambda point: -point.tasks,
        )
        outcomes = run_all(points, folder / JOURNAL, processes, evaluate, to_entry, from_entry)
        tables = {"phase": points_table(sets, outcomes)}
        if "speedup" in sets:
            tables["speedup"] = speedups(sets["speedup"], outcomes)
        lines = {
            name: summary({point: outcomes[point] for point in of_set})
            for name, of_set in sets.items()
        }
        contents = {f"{name}.csv": csv(table) for name, table in tables.items()}
        files = write_files(contents, folder)
    if as_json:
        rows = {name: table.to_dict("records") for name, table in tables.items()}
        print(json.dumps({"files": files, "summary": lines, **rows}, indent=2))
        return
    for name, line in lines.items():
        print(f"{name}: {line}")
    if "speedup" in tables:
        _print_speedups(tables["speedup"])
    print(f"written to {out}: {', '.join(files)}")


def _print_speedups(table: pd.DataFrame) -> None:
    print("speed-up over one pixel at a time under FIFO, and the most that any schedule can have:")
    for network, pixels, form, _, _, speedup, at_most, *_ in table.itertuples(index=False):
        print(f"  {network}, {pixels} pixels, {form}: {speedup:.2f} of {at_most:.2f}")
