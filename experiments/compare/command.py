"""The command `compare`: policies against each other and the bound, with a verdict."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

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
from stomp_flim.cli.lists import AsJson
from stomp_flim.cli.platform_options import ClockNs, Memories, Servers
from stomp_flim.cli.study import resolved
from stomp_flim.files import output_folder

if TYPE_CHECKING:
    import pandas as pd

    from experiments.compare.sweep import Comparison

JOURNAL = "compare.journal"


def compare(
    out: Out,
    policy: Annotated[
        list[str] | None,
        policies_option("Policy", "fifo, hlfet and phase"),
    ] = None,
    model: Models = None,
    stage: Stages = None,
    pixels: PixelCounts = "1,2,4,8,16,32,64,128,256",
    steps: Steps = None,
    device: Devices = None,
    as_published: AsPublished = False,
    durations: DurationsOf = None,
    servers: Servers = None,
    memory: Memories = None,
    clock_ns: ClockNs = None,
    format: Format = None,
    server_type: ServerType = None,
    decision_cycles: Annotated[
        int, typer.Option(help="Cycles that a scheduler takes for each task that it starts.")
    ] = 0,
    decision_interval: Annotated[
        int, typer.Option(help="Cycles between two rounds of a scheduler, at least.")
    ] = 0,
    jobs: Jobs = None,
    as_json: AsJson = False,
) -> None:
    """Compare policies: makespan over the lower bound, and who wins where by how much.

    Without --model and --stage, on the encoder of seq2seqlite. Writes compare.csv, verdict.txt, and
    the figure as compare.png and compare.svg. Finished points are kept in compare.journal: the same
    command goes on where an interrupted one was.
    """
    from experiments.compare import sweep as defaults
    from experiments.shared.choices import chosen, setup_of, tell
    from experiments.shared.processes import process_count
    from experiments.speedup.points import evaluate_all
    from experiments.speedup.sweep import default_stages
    from stomp_flim.policy.decision_cost import DecisionCost

    setup = setup_of(durations, servers, memory, clock_ns, format, server_type)
    run, setup = chosen(model or defaults.DEFAULT_MODELS, device, setup, steps)
    comparison = defaults.Comparison(
        models=run.models,
        stages=tuple(stage or default_stages(run.stages, defaults.DEFAULT_STAGES)),
        pixels=numbers("--pixels", pixels, int),
        policies=tuple(policy or defaults.DEFAULT_POLICIES),
        steps=steps,
        devices=run.devices,
        as_published=as_published,
        setup=setup,
        decision=DecisionCost(decision_cycles, decision_interval),
    )
    resolved(**comparison.options)
    processes = process_count(jobs)
    comparison.check_device()
    tell(comparison.remarks)
    folder = output_folder(out)
    with resumable():
        points = sorted(comparison.points(), key=lambda point: -point.tasks)
        table = comparison.table(evaluate_all(points, folder / JOURNAL, processes))
        sentences = verdicts(table, comparison)
        files = write(table, sentences, comparison, folder)
    if as_json:
        document = {"files": files, "remarks": comparison.remarks, "verdict": sentences}
        print(json.dumps({**document, "rows": table.to_dict("records")}, indent=2))
    else:
        for line in comparison.provisions:
            print(line)
        _print_tables(table)
        print("\n".join(sentences))
        print(f"written to {out}: {', '.join(files)}")


def verdicts(table: pd.DataFrame, comparison: Comparison) -> list[str]:
    """Return the verdict on each graph."""
    from experiments.compare.verdict import verdict
    from experiments.speedup.results import rows_of

    return [
        f"{comparison.title(case)}, {stage}: {verdict(rows_of(table, case, stage))}"
        for case, stage in product(comparison.cases, comparison.stages)
    ]


def write(
    table: pd.DataFrame, sentences: list[str], comparison: Comparison, folder: Path
) -> list[str]:
    """Write table, verdict and figure; return the names of the files."""
    from experiments.compare.figure import draw

    figure = draw(table, comparison)
    contents = {
        "compare.csv": csv(table),
        "verdict.txt": "".join(f"{sentence}\n" for sentence in sentences).encode(),
        "compare.png": image(figure, "png"),
        "compare.svg": image(figure, "svg"),
    }
    return write_files(contents, folder)


def _print_tables(table: pd.DataFrame) -> None:
    """Print a table a graph: makespans with their gaps, the shortest ones bold."""
    from rich.table import Table

    from experiments.shared.labels import gap_text
    from stomp_flim.cli.lists import print_table

    for (model, device, stage), rows in table.groupby(["model", "device", "stage"], sort=False):
        printed = Table(box=None, header_style="bold", pad_edge=False)
        for column in ("pixels", "bound", *dict.fromkeys(rows["policy"])):
            printed.add_column(column, justify="right", no_wrap=True)
        for pixels, of_pixels in rows.groupby("pixels"):
            line: list[Any] = list(of_pixels.itertuples())
            shortest = min(row.makespan for row in line)
            cells = [f"{row.makespan:,} (+{gap_text(row.gap)})" for row in line]
            printed.add_row(
                f"{pixels:,}",
                f"{line[0].lower_bound:,}",
                *(
                    f"[bold]{cell}[/bold]" if row.makespan == shortest else cell
                    for cell, row in zip(cells, line, strict=True)
                ),
            )
        print(f"{model} on {device}, {stage}: makespan in cycles, and its gap to the lower bound")
        print_table(printed, whole=True)  # rather a long line than a cut number
