"""``python -m hwmodels.verilog``: writes a GRU cell in Verilog to a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT
from hwmodels.gru.state_bits import arithmetic_named
from hwmodels.gru.weights import read_weights, seeded_weights
from hwmodels.network import Network
from hwmodels.verilog.design import MemoryStyle
from hwmodels.verilog.generator import generate, write
from stomp_flim.cli.commands import CommandLine, run
from stomp_flim.errors import InputError


def verilog(
    out: Annotated[Path, typer.Option(help="Folder for the files; it is created.")],
    weights: Annotated[
        Path | None, typer.Option(help="Weights (.npz); default: drawn from --seed.")
    ] = None,
    hidden: Annotated[int, typer.Option(help="Units of a network without --weights.")] = 32,
    seed: Annotated[int, typer.Option(help="Seed of a network without --weights.")] = 0,
    lanes: Annotated[int, typer.Option(help="Multipliers, at most one a unit.")] = 8,
    stage: Annotated[
        Literal["encoder", "decoder"], typer.Option(help="Part of the network.")
    ] = "encoder",
    layer: Annotated[int, typer.Option(help="Layer of the stage, from 0.")] = 0,
    multiplier_stages: Annotated[
        int, typer.Option(help="Registers of a lane's multiplier beyond three.")
    ] = 0,
    state_memory: Annotated[
        MemoryStyle, typer.Option(help="Memory for states, gates and reset products.")
    ] = MemoryStyle.DISTRIBUTED,
    arithmetic: Annotated[
        str,
        typer.Option(
            help="Its formats: seq2seqlite-8-bit or plain-16-bit, alone or with bits of the state "
            "for products and memory, as in 'seq2seqlite-8-bit with state 8/12'."
        ),
    ] = SEQ2SEQLITE_8_BIT.name,
) -> None:
    """Write a GRU cell in Verilog, with its weights."""
    if seed < 0:
        raise InputError(f"--seed: {seed}, expected at least 0")
    formats = arithmetic_named(arithmetic)
    arrays = (
        seeded_weights(Network("seeded", layers=1, hidden_units=hidden), seed, formats)
        if weights is None
        else read_weights(weights, formats)
    )
    files = generate(
        arrays,
        lanes=lanes,
        stage=stage,
        layer=layer,
        multiplier_stages=multiplier_stages,
        state_memory=state_memory,
        arithmetic=formats,
    )
    for path in write(files, out):
        print(path)


def main() -> None:
    """Run the command; an error is one line and the exit status 2."""
    command = CommandLine()
    command.command()(verilog)
    run(command)


if __name__ == "__main__":
    main()
