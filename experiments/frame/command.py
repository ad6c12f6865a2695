"""The command `frame`: how many frames a second, as table and figure."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from experiments.shared.options import (
    Devices,
    DurationsOf,
    Format,
    Jobs,
    Out,
    ServerType,
    numbers,
    policies_option,
)
from experiments.shared.output import csv, image, resumable, write_files
from stomp_flim.cli.commands import names_of
from stomp_flim.cli.lists import AsJson
from stomp_flim.cli.platform_options import ClockNs, Memories, Servers
from stomp_flim.cli.study import resolved
from stomp_flim.files import output_folder
from stomp_flim.model.shown import counted

if TYPE_CHECKING:
    import pandas as pd

    from experiments.frame.sweep import FrameSweep


class ModeName(StrEnum):
    """How pixels take slots, see `stomp_flim.frame`."""

    FREE_RUNNING = "free-running"
    LOCK_STEP = "lock-step"


JOURNAL = "frame.journal"


def frame(
    out: Out,
    model: Annotated[
        str,
        typer.Option(
            autocompletion=names_of("workloads"),
            help="Workload as NAME or NAME:key=value, trained network by name, network file .toml, "
            "or file of a task graph; all of it is run.",
        ),
    ] = "seq2seqlite",
    steps: Annotated[
        int | None,
        typer.Option(help="Time steps of encoder and decoder. Default: those of the network."),
    ] = None,
    pixels: Annotated[int, typer.Option(help="Pixels of a frame.")] = 512 * 512,
    slots: Annotated[
        str, typer.Option(metavar="N,N,...", help="Pixels in flight.")
    ] = "1,2,4,8,16,32,64",
    policy: Annotated[
        list[str] | None,
        policies_option("Ranker or planner of tables", "fifo, hlfet and modulo"),
    ] = None,
    mode: Annotated[
        list[ModeName] | None,
        typer.Option("--mode", help="How pixels take slots; repeatable. Default: both."),
    ] = None,
    device: Devices = None,
    durations: DurationsOf = None,
    servers: Servers = None,
    memory: Memories = None,
    clock_ns: ClockNs = None,
    format: Format = None,
    server_type: ServerType = None,
    scale: Annotated[
        str, typer.Option(metavar="N,N,...", help="Multiples of the servers of each device.")
    ] = "1",
    camera: Annotated[
        str,
        typer.Option(
            metavar="RATE,RATE,...", help="Frames a second to be marked; examples, of no camera."
        ),
    ] = "1,10,25,100",
    error: Annotated[
        float, typer.Option(help="Relative error with which an extrapolation is content.")
    ] = 1e-3,
    most_tasks: Annotated[
        int, typer.Option(help="Tasks to simulate at most for a free-running frame.")
    ] = 10**9,
    jobs: Jobs = None,
    as_json: AsJson = False,
) -> None:
    """Time a whole frame: rate over slots, policies and platforms, against camera and hardware.

    Writes frame.csv, marks.csv, and the figure as frame.png and frame.svg. Finished points are
    kept in frame.journal: the same command goes on where an interrupted one was.
    """
    from experiments.frame import points
    from experiments.frame import sweep as defaults
    from experiments.shared.choices import chosen, setup_of, tell
    from experiments.shared.processes import process_count
    from experiments.shared.sweep import run_all

    setup = setup_of(durations, servers, memory, clock_ns, format, server_type)
    run, setup = chosen([model], device, setup, steps)
    sweep = defaults.FrameSweep(
        model=model,
        steps=steps,
        pixels=pixels,
        devices=run.devices,
        scales=numbers("--scale", scale, int),
        policies=tuple(policy or defaults.DEFAULT_POLICIES),
        modes=tuple(each.value for each in mode or ModeName),
        slots=numbers("--slots", slots, int),
        camera=numbers("--camera", camera, float),
        error=error,
        most_tasks=most_tasks,
        setup=setup,
    )
    resolved(policy=sweep.policies, mode=sweep.modes, device=sweep.devices)
    processes = process_count(jobs)
    tell(sweep.remarks)
    folder = output_folder(out)
    with resumable():
        outcomes = run_all(
            sweep.points(),
            folder / JOURNAL,
            processes,
            points.evaluate,
            points.to_entry,
            points.from_entry,
        )
        table = sweep.table(outcomes)
        files = write(table, sweep, folder)
    if as_json:
        document = {"files": files, "remarks": sweep.remarks, "rows": table.to_dict("records")}
        print(json.dumps(document, indent=2))
    else:
        _print_summary(table, sweep)
        print(f"written to {out}: {', '.join(files)}")


def write(table: pd.DataFrame, sweep: FrameSweep, folder: Path) -> list[str]:
    """Write tables and figure; return the names of the files."""
    from experiments.frame.figure import draw
    from experiments.frame.sweep import marks_table

    figure = draw(table, sweep)
    contents = {
        "frame.csv": csv(table),
        "marks.csv": csv(marks_table(sweep.marks())),
        "frame.png": image(figure, "png"),
        "frame.svg": image(figure, "svg"),
    }
    return write_files(contents, folder)


def _print_summary(table: pd.DataFrame, sweep: FrameSweep) -> None:
    for line in sweep.provisions:
        print(line)
    rows: Any
    for _, rows in table.groupby(["platform", "mode"], sort=False):
        best = max(rows.itertuples(), key=lambda row: row.frames_per_second)
        sure = f"± {best.error:.2%}" if best.error else "exact"
        print(
            f"{best.platform}, {best.mode}: {best.frames_per_second:.4g} frames/s "
            f"({best.seconds:.4g} s, {sure}) with {best.policy} in "
            f"{counted(best.slots, 'slot')}, "
            f"{best.gap:.1%} above the lower bound"
        )
    for mark in sweep.marks():
        print(f"  {mark.name}: {mark.frames_per_second:.4g} frames/s")
