"""Which device keeps up with a camera, for each network: one row for each pair of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from experiments.tradeoff.networks import Priced
from experiments.tradeoff.sweep import TradeoffSweep
from hwmodels.device import Device
from stomp_flim.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

DESIGN = ["weight_bits", "lanes", "ports", "in_flight", "units", "dsp", "ram_blocks"]
"""Columns that say a design."""


@dataclass(frozen=True)
class Pair:
    """A network on a device.

    Attributes
    ----------
    priced : Priced
        The network, with the bits of its weights.
    sweep : TradeoffSweep
        Its accelerators on the device.
    table : DataFrame, optional
        Of them; None where none fits.
    why : str
        What it lacks where none fits.
    """

    priced: Priced
    sweep: TradeoffSweep
    table: pd.DataFrame | None
    why: str = ""


def pairs(
    priced: Sequence[Priced],
    devices: Sequence[Device],
    bits: tuple[int, ...] = (),
    **options: Any,
) -> list[Pair]:
    """Price each network on each device.

    Equal networks under different names are priced once.

    Parameters
    ----------
    priced : sequence of Priced
        The networks.
    devices : sequence of Device
        The devices.
    bits : tuple of int
        Bits of a weight, by default those of each network.
    **options
        All else that `TradeoffSweep` takes.

    Raises
    ------
    InputError
        If an option is out of its range, or no accelerator of any network fits on any device.
    """
    found: list[Pair] = []
    known: dict[object, Pair] = {}
    for one in priced:
        shape = replace(one.network, name="", weight_bits=8)
        for device in devices:
            widths = bits or one.bits
            sweep = TradeoffSweep(one.network, device, bits=widths, **options)
            same = known.get((shape, widths, device.name))
            if same is not None:
                table = None if same.table is None else same.table.assign(network=one.name)
                found.append(Pair(one, sweep, table, same.why))
                continue
            try:
                pair = Pair(one, sweep, sweep.table().assign(network=one.name))
            except InputError as error:
                pair = Pair(one, sweep, None, str(error))
            known[shape, widths, device.name] = pair
            found.append(pair)
    if all(pair.table is None for pair in found):
        raise InputError(found[0].why)
    return found


def answers(found: Sequence[Pair]) -> pd.DataFrame:
    """Return a row for each network and device.

    Returns
    -------
    DataFrame
        Columns network, device, clock_ns, dsp_slices (that the device has), keeps_up,
        fastest_frames_per_second (of the fastest accelerator), too_slow (how many times, where none
        keeps up); frames_per_second and the columns of a design, all of one accelerator: of the
        one that keeps up with the fewest slices, else of the fastest; and lacks (why none fits).
    """
    import pandas as pd

    return pd.DataFrame([_answer(pair) for pair in found]).astype(dict.fromkeys(DESIGN, "Int64"))


def _answer(pair: Pair) -> dict[str, Any]:
    device = pair.sweep.device
    row: dict[str, Any] = {"network": pair.priced.name, "device": device.name}
    row |= {"clock_ns": device.clock.ns, "dsp_slices": device.dsp.count}
    figures = ("fastest_frames_per_second", "too_slow", "frames_per_second", *DESIGN)
    if pair.table is None:
        return {**row, "keeps_up": False, **dict.fromkeys(figures), "lacks": pair.why}
    best = fastest(pair.table)
    keeping = pair.table[pair.table["keeps_up"]]
    rate = float(best["frames_per_second"])
    shown = best
    if not keeping.empty:
        by = ["dsp", "ram_blocks", "latency_seconds"]
        shown = keeping.sort_values(by, kind="stable").iloc[0]
    short = None if not keeping.empty else pair.sweep.frame_rate / rate
    design = {name: int(shown[name]) for name in DESIGN}
    row |= {"keeps_up": not keeping.empty, "fastest_frames_per_second": rate, "too_slow": short}
    return {**row, "frames_per_second": float(shown["frames_per_second"]), **design, "lacks": ""}


def fastest(table: pd.DataFrame) -> pd.Series[Any]:
    """Return the fastest design; of equal ones that of the longest weights, then the cheapest."""
    by = ["frame_seconds", "weight_bits", "dsp", "ram_blocks"]
    return table.sort_values(by, ascending=[True, False, True, True]).iloc[0]


def sentences(found: Sequence[Pair], table: pd.DataFrame) -> Iterator[str]:
    """Yield for each network which devices keep up, the one with the fewest slices first."""
    sweep = found[0].sweep
    yield f"{sweep.frame_rate:g} frames/s of {sweep.pixels:,} pixels:"
    kinds = {pair.sweep.device.name: pair.sweep.device.dsp.kind for pair in found}
    for network, rows in table.groupby("network", sort=False):
        keeping = rows[rows["keeps_up"]].sort_values(["dsp_slices", "device"])
        if not keeping.empty:
            parts = [
                f"{row.device} with {row.dsp:,.0f} of {row.dsp_slices:,} {kinds[str(row.device)]}"
                for row in keeping.itertuples()
            ]
            yield f"  {network}: {', '.join(parts)}"
            continue
        fitting = rows[rows["frames_per_second"].notna()]
        if fitting.empty:
            yield f"  {network}: fits on none"
            continue
        best = next(fitting.sort_values("frames_per_second", ascending=False).itertuples())
        yield (
            f"  {network}: none; the fastest is {best.device} with {best.frames_per_second:.4g} "
            f"frames/s, {best.too_slow:.3g} times too slow"
        )
