"""The command `tradeoff`: what FPGAs give networks, over lanes, ports, precision and pixels."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from experiments.shared.options import Out, numbers
from experiments.shared.output import csv, image, write_files
from stomp_flim.cli.commands import names_of
from stomp_flim.cli.lists import AsJson
from stomp_flim.cli.study import resolved
from stomp_flim.files import output_folder

if TYPE_CHECKING:
    import pandas as pd

    from experiments.tradeoff.answer import Pair
    from experiments.tradeoff.sweep import TradeoffSweep


def tradeoff(
    out: Out,
    device: Annotated[
        list[str] | None,
        typer.Option(
            "--device",
            help="FPGA, by name or as FILE.toml, or all that are shipped; repeatable. Default: "
            "xc7k410t.",
            autocompletion=names_of("devices"),
        ),
    ] = None,
    network: Annotated[
        list[str] | None,
        typer.Option(
            "--network",
            help="Network that is computed: workload as NAME or NAME:key=value, trained network by "
            "name, zoo for all of these, network file .toml or .onnx; repeatable. Default: "
            "seq2seqlite.",
            autocompletion=names_of("workloads"),
        ),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(help="Time steps of each stage. Default: those of the network.")
    ] = None,
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
    bits: Annotated[
        str | None,
        typer.Option(
            metavar="N,N,...",
            help="Bits of a weight. Default: those of a trained network or of a network file, else "
            "4,8,16.",
        ),
    ] = None,
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
    """Price accelerators of networks on FPGAs: latency, frame rate, DSP, RAM, and what limits.

    Writes tradeoff.csv with a row an accelerator, keeps_up.csv with those that keep up with the
    camera, answer.csv with a row for each network and FPGA, and a figure as tradeoff.png and
    tradeoff.svg.
    """
    from experiments.tradeoff.answer import answers, pairs, sentences
    from experiments.tradeoff.networks import devices_of, networks_of
    from hwmodels.platforms import load_fpga

    networks, devices = network or ["seq2seqlite"], device or ["xc7k410t"]
    resolved(network=networks, device=devices)
    found = pairs(
        networks_of(networks, steps),
        [load_fpga(name) for name in devices_of(devices)],
        _numbers("--bits", bits),
        lanes=_numbers("--lanes", lanes),
        ports=_numbers("--ports", ports),
        in_flight=_numbers("--in-flight", in_flight),
        units=_numbers("--units", units),
        pixels=pixels,
        frame_rate=frame_rate,
    )
    answer = answers(found)
    table = whole_table(found)
    files = write(found, table, answer, output_folder(out))
    if as_json:
        document = {
            "files": files,
            "answer": records(answer),
            "extrapolated": extrapolated(found),
            "rows": records(table),
        }
        print(json.dumps(document, indent=2))
        return
    if len(found) == 1:
        print_summary(table, found[0].sweep)
    else:
        print("\n".join(sentences(found, answer)))
    print("extrapolated, beyond what simulation and synthesis confirm:")
    for what in extrapolated(found):
        print(f"  {what}")
    print(f"written to {out}: {', '.join(files)}")


def extrapolated(found: Sequence[Pair]) -> list[str]:
    """Return what is extrapolated in the costs of any of the networks."""
    from hwmodels.costs.accelerator import extrapolations

    return list(dict.fromkeys(what for p in found for what in extrapolations(p.priced.network)))


def whole_table(found: Sequence[Pair]) -> pd.DataFrame:
    """Return the accelerators of all networks on all devices."""
    import pandas as pd

    tables = [pair.table for pair in found if pair.table is not None]
    return pd.concat(tables, ignore_index=True)


def records(table: pd.DataFrame) -> list[dict[Any, Any]]:
    """Return the rows of a table for JSON, which knows no NaN."""
    return table.astype(object).where(table.notna(), None).to_dict("records")


def keeping_up(table: pd.DataFrame) -> pd.DataFrame:
    """Return the designs of the Pareto front that keep up with the camera, fewest slices first."""
    rows = table[table["keeps_up"] & table["pareto"]]
    return rows.sort_values(["weight_bits", "dsp", "ram_blocks", "latency_seconds"])


def write(
    found: Sequence[Pair], table: pd.DataFrame, answer: pd.DataFrame, folder: Path
) -> list[str]:
    """Write tables and figure; return the names of the files."""
    from experiments.tradeoff import overview
    from experiments.tradeoff.figure import draw

    alone = len(found) == 1
    figure = draw(table, found[0].sweep) if alone else overview.draw(answer, found[0].sweep)
    tables = {"tradeoff": table, "keeps_up": keeping_up(table), "answer": answer}
    contents = {f"{name}.csv": csv(each) for name, each in tables.items()}
    contents |= {f"tradeoff.{kind}": image(figure, kind) for kind in ("png", "svg")}
    return write_files(contents, folder)


def print_summary(table: pd.DataFrame, sweep: TradeoffSweep) -> None:
    """Print the limit, the best accelerator with its account, and who keeps up."""
    from experiments.tradeoff.answer import fastest
    from hwmodels.costs.accelerator import is_confirmed
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
    best = fastest(table)
    print(
        f"best of {len(table):,}: {_rated(best)}; one unit more lacks {best['no_more_units_for']}"
    )
    print("  what stands between it and the limit, as factors of time:")
    account = sweep.design_of(best).account(int(best["units"]), sweep.pixels)
    for reason, factor in account.items():
        print(f"    {factor:.3f}  {reason}")
    alone = table[table["in_flight"] == 1]
    if not alone.empty:
        simulated = ", the unit that is simulated" * is_confirmed(network)
        print(f"best with one pixel a unit{simulated}: {_rated(fastest(alone))}")
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


def _rated(row: pd.Series[Any]) -> str:
    return (
        f"{row['frame_seconds']:.4g} s, {row['frames_per_second']:.4g} frames/s, "
        f"{row['over_limit'] - 1:.1%} above the limit\n  {_described(row)}"
    )


def _described(row: pd.Series[Any]) -> str:
    from experiments.tradeoff.answer import DESIGN

    return ", ".join(f"{name} {row[name]}" for name in DESIGN)


def _numbers(option: str, text: str | None) -> tuple[int, ...]:
    return () if text is None else numbers(option, text, int)
