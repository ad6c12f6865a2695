"""The published HLS accelerator against its own reports."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from hwmodels import devices
from hwmodels.published.hls import LANE, SINGLE_PIXEL, Lanes, lane_speedup, most_lanes
from stomp_flim.errors import InputError

REPORTED = [
    (4, 6_684_312_502, "30.079", 732, 163_186, 8),
    (8, 3_342_156_252, "15.040", 1464, 326_282, 16),
]
"""Lanes, cycles and seconds of a frame, DSP slices, look-up tables and RAM blocks."""


def test_every_part_has_the_cycles_and_slices_of_its_report() -> None:
    """Loop and function of gates, candidate and dense layer, and the cells."""
    lane = SINGLE_PIXEL
    parts = [lane.encoder.gates, lane.encoder.candidate, lane.decoder.gates,
             lane.decoder.candidate, lane.dense]  # fmt: skip
    assert [166, 169, 165, 168, 47] == [part.cycles for part in parts]
    assert [168, 171, 167, 170, 49] == [part.function_cycles for part in parts]
    assert [15, 2, 14, 3, 2] == [part.dsp for part in parts]
    assert (364, 362) == (lane.encoder.cycles, lane.decoder.cycles)
    assert (50, 49) == (lane.encoder.dsp, lane.decoder.dsp)


def test_one_pixel_and_a_lane() -> None:
    """135 + 135 steps."""
    assert (110_297, 183) == (SINGLE_PIXEL.inference_cycles(), SINGLE_PIXEL.dsp)
    assert 106_382 == LANE.inference_cycles()
    assert 106_949 == LANE.iteration_cycles()
    assert (183, 2) == (LANE.dsp, LANE.bram18)


def test_frames_of_the_published_lanes() -> None:
    """Cycles and seconds of 250,000 pixels, and the resources, as the reports print them."""
    pixels = 250_000
    found = [
        (n, Lanes(n).frame_cycles(pixels), f"{Lanes(n).frame_seconds(pixels):.3f}", Lanes(n).dsp,
         Lanes(n).lut, Lanes(n).bram18) for n in (4, 8)
    ]  # fmt: skip
    assert REPORTED == found


def test_frames_equal_the_synthesis_reports(reference: Path) -> None:
    """Cycles exactly, times to the printed digits, and all resources but flip-flops."""
    with (reference / "hls/csynth.csv").open(encoding="utf-8") as file:
        rows = {row["design"]: row for row in csv.DictReader(file)}
    single = rows["single_pixel"]
    assert int(single["cycles"]) == SINGLE_PIXEL.inference_cycles()
    assert int(single["dsp"]) == SINGLE_PIXEL.dsp
    assert single["time_s"] == f"{SINGLE_PIXEL.inference_cycles() * 4.5e-9:.6f}"
    for count in (4, 8):
        row, lanes = rows[f"streaming_{count}_lanes"], Lanes(count)
        pixels = int(row["pixels"])
        assert int(row["interval"]) == lanes.frame_cycles(pixels)
        assert row["time_s"] == f"{lanes.frame_seconds(pixels):.3f}"
        assert [int(row[name]) for name in ("dsp", "lut", "bram18")] == [
            lanes.dsp, lanes.lut, lanes.bram18
        ]  # fmt: skip


def test_look_up_tables_stop_the_seventh_lane() -> None:
    """Of the device it was made for; slices would stop the ninth, and a small device holds none."""
    assert (6, ["LUT"]) == most_lanes(devices.xc7k410t)
    assert ["LUT"] == Lanes(8).limits(devices.xc7k410t)
    assert ["LUT", "DSP"] == Lanes(9).limits(devices.xc7k410t)
    assert (0, ["LUT", "DSP"]) == most_lanes(devices.xc7a35t)


def test_lanes_are_whole() -> None:
    """Seven pixels take six lanes as long as twelve."""
    assert [1, 6, 3.5, 6] == [lane_speedup(pixels, min(pixels, 6)) for pixels in (1, 6, 7, 12)]
    with pytest.raises(InputError, match="0 HLS lanes, expected at least 1"):
        Lanes(0)
