"""The command `tradeoff`: what an FPGA gives a network, over lanes, ports, precision and pixels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from experiments.shared.options import Out, numbers
from experiments.shared.output import image, write_files
from stomp_flim.cli.commands import names_of
from stomp_flim.cli.lists import AsJson
from stomp_flim.files import output_folder

if TYPE_CHECKING:
    import pandas as pd

    from experiments.tradeoff.sweep import TradeoffSweep

_SHOWN = ["weight_bits", "lanes", "ports", "in_flight", "units", "dsp", "ram_blocks"]


def tradeoff(
    out: Out,
    device: Annotated[
        str,
        typer.Option(
            help="FPGA, by name or as FILE.toml; stomp-flim devices lists them.",
            autocompletion=names_of("devices"),
        ),
    ] = "xc7k410t",
    network: Annotated[
        Literal["seq2seq", "seq2seqlite"], typer.Option(help="Network that is computed.")
    ] = "seq2seqlite",
    frame_rate: Annotated[
        float, typer.Option("--frame-rate", help="Frames a second of the camera.")
    ] = 1.0,
    pixels: Annotated[int, typer.Option(help="Pixels of a frame.")] = 512 * 512,
    lanes: Annotated[
        str | None,
        typer.Option(
            metavar="N,N,...",
            help="Lanes of a unit. Default: all that the rows of the gates fill.",
        ),
    ] = None,
    ports: Annotated[
        str | None,
        typer.Option(
            metavar="N,N,...",
            help="RAM blocks read for weights in a cycle, at most what the lanes take. Default: "
            "powers of two.",
        ),
    ] = None,
    bits: Annotated[str, typer.Option(metavar="N,N,...", help="Bits of a weight.")] = "4,8,16",
    in_flight: Annotated[
        str,
        typer.Option("--in-flight", metavar="N,N,...", help="Pixels that a unit alternates with."),
    ] = "1,2,3,4,6",
    units: Annotated[
        str | None,
        typer.Option(
            metavar="N,N,...", help="Units. Default: powers of two, and as many as fit or keep up."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Price accelerators of a network on an FPGA: latency, frame rate, DSP, RAM, and what limits.

    Writes tradeoff.csv with a row an accelerator, keeps_up.csv with those that keep up with the
    camera, and the figure as tradeoff.png and tradeoff.svg.
    """
    from experiments.tradeoff.sweep import TradeoffSweep, device_of, network_of

    sweep = TradeoffSweep(
        network_of(network),
        device_of(device),
        lanes=_numbers("--lanes", lanes),
        ports=_numbers("--ports", ports),
        bits=_numbers("--bits", bits),
        in_flight=_numbers("--in-flight", in_flight),
        units=_numbers("--units", units),
        pixels=pixels,
        frame_rate=frame_rate,
    )
    table = sweep.table()
    files = write(table, sweep, output_folder(out))
    if as_json:
        print(json.dumps({"files": files, "rows": table.to_dict("records")}, indent=2))
    else:
        print_summary(table, sweep)
        print(f"written to {out}: {', '.join(files)}")


def keeping_up(table: pd.DataFrame) -> pd.DataFrame:
    """Return the designs of the Pareto front that keep up with the camera, fewest slices first."""
    rows = table[table["keeps_up"] & table["pareto"]]
    return rows.sort_values(["weight_bits", "dsp", "ram_blocks", "latency_seconds"])


def write(table: pd.DataFrame, sweep: TradeoffSweep, folder: Path) -> list[str]:
    """Write tables and figure; return the names of the files."""
    from experiments.tradeoff.figure import draw

    figure = draw(table, sweep)
    contents = {
        "tradeoff.csv": table.to_csv(index=False, lineterminator="\n").encode(),
        "keeps_up.csv": keeping_up(table).to_csv(index=False, lineterminator="\n").encode(),
        "tradeoff.png": image(figure, "png"),
        "tradeoff.svg": image(figure, "svg"),
    }
    return write_files(contents, folder)


def print_summary(table: pd.DataFrame, sweep: TradeoffSweep) -> None:
    """Print the limit, the best accelerator with its account, and who keeps up."""
    from hwmodels.costs.network import multiply_accumulates

    device, network = sweep.device, sweep.network
    print(
        f"{network.name} on {device.name}: {multiply_accumulates(network):,} multiply-accumulates "
        f"a pixel, {sweep.pixels:,} pixels on {device.dsp.count:,} {device.dsp.kind} at "
        f"{device.clock.ns:g} ns"
    )
    print(
        f"physical limit: {sweep.limit_seconds:.4g} s a frame, "
        f"{1 / sweep.limit_seconds:.4g} frames/s"
    )
    best = _fastest(table)
    print(
        f"best of {len(table):,}: {_rated(best)}; one unit more lacks {best['no_more_units_for']}"
    )
    print("  what stands between it and the limit, as factors of time:")
    account = sweep.design_of(best).account(int(best["units"]), sweep.pixels)
    for reason, factor in account.items():
        print(f"    {factor:.3f}  {reason}")
    alone = table[table["in_flight"] == 1]
    if not alone.empty:
        print(f"best with one pixel a unit, the unit that is simulated: {_rated(_fastest(alone))}")
    print_keeping_up(table, sweep)


def print_keeping_up(table: pd.DataFrame, sweep: TradeoffSweep) -> None:
    """Print, for each number of weight bits, the cheapest designs that keep up with the camera."""
    rows = keeping_up(table)
    rate = f"{sweep.frame_rate:g} frames/s of {sweep.pixels:,} pixels"
    if rows.empty:
        short = sweep.frame_rate * table["frame_seconds"].min()
        why = (
            "the physical limit is below that, whatever the design"
            if sweep.frame_rate * sweep.limit_seconds > 1
            else "the physical limit would allow it"
        )
        print(f"{rate}: none keeps up, the best is {short:.3g} times too slow; {why}")
        return
    print(f"{rate}: {int(table['keeps_up'].sum()):,} keep up; with the fewest slices:")
    for _, group in rows.groupby("weight_bits"):
        for _, row in group.head(2).iterrows():
            print(
                f"  {_described(row)}; "
                f"{row['frames_per_second']:.4g} frames/s, {1e3 * row['latency_seconds']:.3g} ms"
            )


def _fastest(table: pd.DataFrame) -> pd.Series[Any]:
    """Return the fastest design; of equal ones that of the longest weights, then the cheapest."""
    by = ["frame_seconds", "weight_bits", "dsp", "ram_blocks"]
    return table.sort_values(by, ascending=[True, False, True, True]).iloc[0]


def _rated(row: pd.Series[Any]) -> str:
    return (
        f"{row['frame_seconds']:.4g} s, {row['frames_per_second']:.4g} frames/s, "
        f"{row['over_limit'] - 1:.1%} above the limit\n  {_described(row)}"
    )


def _described(row: pd.Series[Any]) -> str:
    return ", ".join(f"{name} {row[name]}" for name in _SHOWN)


def _numbers(option: str, text: str | None) -> tuple[int, ...]:
    return () if text is None else numbers(option, text, int)
