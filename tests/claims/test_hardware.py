"""The figures of the pages on devices, costs and Verilog."""

from __future__ import annotations

import pages
import pytest

import stomp_flim as sf
from experiments.tradeoff.answer import answers, pairs
from experiments.tradeoff.networks import ZOO, devices_of, networks_of
from experiments.tradeoff.sweep import TradeoffSweep
from hwmodels import devices
from hwmodels.costs.network import multiply_accumulates
from hwmodels.costs.servers import Tiling, platform
from hwmodels.device import load_device
from hwmodels.network import SEQ2SEQLITE
from hwmodels.platforms import ALL, load_fpga
from hwmodels.published.hls import LANE, LUT_OF_LANE, SINGLE_PIXEL, Lanes, most_lanes
from hwmodels.verilog import configurations as given
from workloads.tiles.graph import decompose_tiles

DEVICE = devices.xc7k410t
PAGE = pages.words("hardware.md")
TILES = pages.table("hardware.md", "xc7k410t, Seq2SeqLite, one step")


@pytest.mark.parametrize("column", [1, 2, 3], ids=TILES[0][1:])
def test_tiles(column: int) -> None:
    """Lanes, servers, tasks and makespans under HLFET at three granularities."""
    granularity = TILES[0][column]
    graph = decompose_tiles(SEQ2SEQLITE, DEVICE, granularity)
    servers = platform(DEVICE, SEQ2SEQLITE, granularity)
    makespans = [
        sf.simulate([sf.Job(graph)] * pixels, servers, "hlfet").makespan for pixels in (1, 64, 256)
    ]
    lanes, counts = Tiling(SEQ2SEQLITE, granularity).lanes, servers.servers.values()
    found = [lanes, " / ".join(map(str, counts)), len(graph), *makespans]
    assert list(map(str, found)) == [row[column] for row in TILES[1:]]


def test_the_devices() -> None:
    """As many as the page counts, in three families by their multipliers."""
    shipped = [load_device(path) for path in devices.FOLDER.glob("*.toml")]
    assert 11 == len(shipped)
    assert 3 == len({device.dsp.kind for device in shipped})
    assert "Eleven FPGAs of three families" in PAGE


def test_the_trade_off() -> None:
    """The limit, the best design, its account, and the best of the units that are simulated."""
    sweep = TradeoffSweep(SEQ2SEQLITE, DEVICE)
    table = sweep.table()
    best = table.loc[table["over_limit"].idxmin()]
    account = sweep.design_of(best).account(int(best["units"]), sweep.pixels)
    few = TradeoffSweep(SEQ2SEQLITE, DEVICE, pixels=250_000)
    over = {
        name: f"{100 * (factor - 1):.1f}%"
        for name, factor in {
            "best": best["over_limit"],
            "left": account["DSP slices left over"],
            "element-wise": account["DSP slices of element-wise products"],
            "dense": account["lanes of the dense layer, over its share"],
            "alone": table[table["in_flight"] == 1]["over_limit"].min(),
        }.items()
    }
    limit, rate = sweep.limit_seconds, 1 / sweep.limit_seconds
    assert (
        f"{multiply_accumulates(SEQ2SEQLITE):,} a pixel and {DEVICE.dsp.count} slices at "
        f"{DEVICE.clock.ns} ns give {limit:.3f} s for 512 x 512 pixels ({few.limit_seconds:.3f} s "
        f"for 250,000), {rate:.2f} frames a second. The best design takes {over['best']} more: "
        f"{over['left']} for slices that are left over (a unit of 33 does not fit in), "
        f"{over['element-wise']} for one element-wise multiplier beside 32 lanes, "
        f"{over['dense']} for the dense layer."
    ) in PAGE
    assert f"units is {over['alone']} above the limit" in PAGE


def test_the_published_accelerator() -> None:
    """Cycles, slices, frames and lanes, of which the look-up tables allow fewer."""
    four, eight = (Lanes(lanes).frame_seconds(250_000) for lanes in (4, 8))
    most, share = most_lanes(DEVICE)[0], Lanes(8).lut / DEVICE.logic.lut
    for said in (
        f"{SINGLE_PIXEL.inference_cycles():,} cycles and {SINGLE_PIXEL.dsp} slices for one pixel",
        f"{LANE.iteration_cycles():,} cycles from pixel to pixel in a lane",
        f"{four:.3f} s and {eight:.3f} s for a frame of 250,000 pixels on 4 and 8 lanes",
        f"Look-up tables stop it at {most} lanes on a xc7k410t",
        f"{LUT_OF_LANE:,} a lane); 8 lanes would take {share:.0%} of the device",
        f"({SINGLE_PIXEL.other_dsp} of the {SINGLE_PIXEL.dsp} slices, for example)",
    ):
        assert said in PAGE


def test_the_configurations_of_the_check() -> None:
    """How many set a constant of the cost model, and how many only check it."""
    groups = (given.CELLS, given.UNITS, given.MULTIPLIERS, given.MEMORIES, given.ELEMENT_WISE)
    setting, checking = ([len(g[role]) for g in groups] for role in (given.SETTING, given.CHECKING))
    cells, units, multipliers, memories, pipelines = setting
    assert (
        f"({cells} cells, {units} matrix-vector units, {multipliers} multipliers, {memories} "
        f"memories, {pipelines} element-wise pipeline) and those that only check it "
        f"({', '.join(map(str, checking))})"
    ) in pages.words("verilog.md")


def test_the_answer_to_ten_frames_a_second() -> None:
    """All trained networks on all FPGAs, as the command of the front page prices them."""
    front = " ".join((pages.REPOSITORY / "README.md").read_text(encoding="utf-8").split())
    command = "stomp-flim tradeoff --device all --network zoo --frame-rate 10 --out results/which"
    assert command in front
    networks = networks_of([ZOO])
    fpgas = [load_fpga(name) for name in devices_of([ALL])]
    table = answers(pairs(networks, fpgas, frame_rate=10.0, pixels=512 * 512))
    assert len(networks) * len(fpgas) == len(table)
    keeping = table[table["keeps_up"]].sort_values("dsp_slices")
    assert ["seq2seqlite-16"] == keeping["network"].unique().tolist()
    assert {8} == set(keeping["weight_bits"])
    first, second, third = (f"{row.device} with {row.dsp:,}" for row in keeping.itertuples())
    slices = [f"{count:,}" for count in keeping["dsp_slices"]]
    assert (
        f"on a {first} of its {slices[0]} DSP slices, a {second} of {slices[1]}, or a {third} of "
        f"{slices[2]}."
    ) in front
    others = table[table["network"] != "seq2seqlite-16"].sort_values("frames_per_second")
    best = others.dropna(subset="frames_per_second").iloc[-1]
    assert best["network"].startswith("seq2seqlite-32")
    assert (
        f"the fastest is `seq2seqlite-32` on a {best['device']}, with "
        f"{best['frames_per_second']:.2f} frames a second."
    ) in front
