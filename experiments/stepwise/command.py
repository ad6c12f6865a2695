"""The command `stepwise`: all steps of a network by one step and multiplication."""

from __future__ import annotations

import json
from typing import Annotated, Literal

import typer

from stomp_flim.cli.commands import names_of
from stomp_flim.cli.lists import AsJson


def stepwise(
    model: Annotated[
        str,
        typer.Option(
            "--model",
            autocompletion=names_of("workloads"),
            help="Network: a workload as NAME or NAME:key=value, a trained one by name, or a file "
            "of a network.",
        ),
    ],
    device: Annotated[
        str,
        typer.Option(help="FPGA by name or data sheet .toml.", autocompletion=names_of("devices")),
    ] = "xc7k410t",
    stage: Annotated[
        str, typer.Option(help="Stage by its name, or pipeline for all of them.")
    ] = "pipeline",
    steps: Annotated[
        int | None, typer.Option(help="Steps of each stage. Default: those of the network.")
    ] = None,
    pixels: Annotated[int, typer.Option(help="Pixels in parallel.")] = 1,
    policy: Annotated[
        str,
        typer.Option(help="Ranker, as NAME or FILE.py:NAME.", autocompletion=names_of("policies")),
    ] = "hlfet",
    granularity: Annotated[
        Literal["scalar", "row", "gate"],
        typer.Option(help="Size of a tile: a weight, a row, or the matrix of a gate."),
    ] = "row",
    as_json: AsJson = False,
) -> None:
    """Count and schedule a network whose graph is too large to be made.

    Prints tasks, edges, work, critical path, lower bound and makespans of all steps, each with
    whether it is exact or extrapolated.
    """
    from experiments.shared.options import MOST_STEPS, require_positive
    from hwmodels.platforms import load_fpga, provide
    from stomp_flim.errors import InputError
    from workloads.models import load_model
    from workloads.tiles import stepwise as tiles

    require_positive("--pixels", pixels)
    if steps is not None:
        require_positive("--steps", steps, most=MOST_STEPS)
    network = load_model(model, steps=steps).network
    if network is None:
        raise InputError(f"--model {model}: a task graph, expected a network")
    provision = provide(device, network, granularity, network.weight_bits)
    found = tiles.stepwise(
        network,
        load_fpga(device),
        granularity,
        stage,
        steps=steps,
        pixels=pixels,
        policy=policy,
        platform=provision.platform,
    )
    if as_json:
        print(json.dumps(found.facts, indent=2))
    else:
        print(found)
        print(provision)
