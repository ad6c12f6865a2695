"""The command `speedup`: automated against manual scheduling, as table, figure and page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from experiments.shared.options import (
    AsPublished,
    Devices,
    DurationsOf,
    Format,
    Jobs,
    Models,
    Out,
    PixelCounts,
    ServerType,
    Stages,
    Steps,
    numbers,
    policies_option,
)
from experiments.shared.output import csv, image, resumable, write_files
from stomp_flim.bounds.requested import SECONDS, RequestedBounds
from stomp_flim.cli.bound_options import Bounds, BoundSeconds
from stomp_flim.cli.lists import AsJson
from stomp_flim.cli.platform_options import ClockNs, Memories, Servers
from stomp_flim.cli.study import resolved
from stomp_flim.files import output_folder
from stomp_flim.model.shown import counted

if TYPE_CHECKING:
    import pandas as pd

    from experiments.speedup.results import Results

JOURNAL = "speedup.journal"


def speedup(
    out: Out,
    model: Models = None,
    stage: Stages = None,
    pixels: PixelCounts = "1,2,4,8,16,32,64,128,256",
    steps: Steps = None,
    policy: Annotated[
        list[str] | None,
        policies_option("Policy", "manual, manual-lanes, fifo, hlfet and phase"),
    ] = None,
    device: Devices = None,
    as_published: AsPublished = False,
    durations: DurationsOf = None,
    servers: Servers = None,
    memory: Memories = None,
    clock_ns: ClockNs = None,
    format: Format = None,
    server_type: ServerType = None,
    bound: Bounds = None,
    bound_seconds: BoundSeconds = SECONDS,
    jobs: Jobs = None,
    as_json: AsJson = False,
) -> None:
    """Compare automated with manual scheduling: speed-up, latency and bounds over pixels.

    Without --model, of seq2seq and seq2seqlite; without --stage, of all stages but the pipeline.
    Writes speedup.csv, the figure as speedup.png and speedup.svg, and report.html. Finished points
    are kept in speedup.journal: the same command goes on where an interrupted one was. With --bound
    also bounds.csv, which says which bound holds where.
    """
    from experiments.shared.choices import chosen, setup_of, tell
    from experiments.shared.processes import process_count
    from experiments.speedup import sweep as defaults
    from experiments.speedup.bounds import bound_all, bounds_table, tightened
    from experiments.speedup.points import evaluate_all
    from experiments.speedup.results import Results, points

    setup = setup_of(durations, servers, memory, clock_ns, format, server_type)
    run, setup = chosen(model or defaults.DEFAULT_MODELS, device, setup, steps)
    sweep = defaults.SpeedupSweep(
        models=run.models,
        stages=tuple(stage or defaults.default_stages(run.stages, defaults.DEFAULT_STAGES)),
        pixels=numbers("--pixels", pixels, int),
        policies=tuple(policy or defaults.DEFAULT_POLICIES),
        steps=steps,
        devices=run.devices,
        as_published=as_published,
        setup=setup,
        requested=RequestedBounds(tuple(bound or ()), bound_seconds),
    )
    processes = process_count(jobs)
    if policy is None:
        sweep, left_out = sweep.with_policies_that_run()
        tell(left_out)
    else:
        sweep.check_device()
    resolved(**sweep.options)
    tell(sweep.remarks)
    folder = output_folder(out)
    with resumable():
        outcomes = evaluate_all(points(sweep), folder / JOURNAL, processes)
        found = bound_all(sweep, folder / JOURNAL, processes)
        results = Results(sweep, tightened(outcomes, sweep, found))
        files = write(results, folder, bounds_table(sweep, found) if found else None)
    if as_json:
        rows = results.frame.to_dict("records")
        print(json.dumps({"files": files, "remarks": sweep.remarks, "rows": rows}, indent=2))
    else:
        _print_summary(results)
        print(f"written to {out}: {', '.join(files)}")


def write(results: Results, folder: Path, bounds: pd.DataFrame | None = None) -> list[str]:
    """Write tables, figures and page; return the names of the files."""
    from experiments.speedup.figure import draw
    from experiments.speedup.report import render
    from experiments.speedup.schedules import example

    contents = {"speedup.csv": csv(results.frame)}
    if bounds is not None:
        contents["bounds.csv"] = csv(bounds)
    figures = {}
    for number, stage in enumerate(results.sweep.headline_stages):
        name = f"speedup-{stage}" if number else "speedup"
        figure = draw(results, stage)
        contents[f"{name}.png"] = image(figure, "png")
        figures[stage] = contents[f"{name}.svg"] = image(figure, "svg")
    contents["report.html"] = render(results, figures, example(results.sweep), bounds).encode()
    return write_files(contents, folder)


def _print_summary(results: Results) -> None:
    for line in results.sweep.provisions:
        print(line)
    for headline in results.headlines(results.sweep.headline_stages[0]):
        best, claim = headline.best, headline.claim
        print(
            f"{headline.title}, {best.stage}: {best.speedup:.2f}x over one pixel at a time with "
            f"{best.policy} at {counted(best.pixels, 'pixel')}, {best.gap:.1%} above the lower "
            "bound"
        )
        if claim is not None:
            print(
                f"  at {claim.pixels} pixels: {headline.best_at_claim.speedup:.2f}x with "
                f"{headline.best_at_claim.policy}; {headline.published_fifo.speedup:.2f}x with "
                f"fifo on the published graphs, {claim.speedup:.1f}x claimed by {claim.source}"
            )
