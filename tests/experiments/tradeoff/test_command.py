"""The experiment `tradeoff`: what it writes, what it says, and what it refuses."""

from __future__ import annotations

import json
import re
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.backends.backend_agg import FigureCanvasAgg
from typer.testing import CliRunner

from experiments.tradeoff import overview
from experiments.tradeoff.answer import DESIGN, answers, pairs
from experiments.tradeoff.command import keeping_up, print_summary
from experiments.tradeoff.figure import draw
from experiments.tradeoff.networks import networks_of
from experiments.tradeoff.sweep import TradeoffSweep, pareto_front
from hwmodels import devices
from hwmodels.costs.recurrent_layer import full_lanes
from hwmodels.network import SEQ2SEQLITE
from hwmodels.platforms import fpga_names, load_fpga
from hwmodels.recurrent import RecurrentLayer, RecurrentNetwork, Stage
from stomp_flim.cli.app import app
from stomp_flim.errors import InputError
from workloads.flim import zoo

SMALL = ["--lanes", "8,32", "--bits", "8", "--in-flight", "1,2"]
"""Options of a sweep of a few designs."""


def _run(out: Path, *options: str) -> str:
    result = CliRunner().invoke(app, ["tradeoff", "--out", str(out), *options])
    assert result.exception is None, result.exception
    return result.stdout


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Return the accelerators of the published network on its device."""
    return TradeoffSweep(SEQ2SEQLITE, devices.xc7k410t).table()


def test_the_best_comes_within_a_tenth_of_the_physical_limit(table: pd.DataFrame) -> None:
    """And none beyond it, nor beyond the device."""
    assert 1 <= table["over_limit"].min() <= 1.1
    assert table["dsp"].max() <= 1540
    assert table["ram_blocks"].max() <= 1590


def test_weights_that_come_slowly_cost_frame_rate(table: pd.DataFrame) -> None:
    """All else equal, more ports are never slower, and fewer never take more slices."""
    same = ["weight_bits", "lanes", "in_flight", "units"]
    for _, rows in table.groupby(same):
        times = rows.sort_values("ports")["frame_seconds"].tolist()
        assert all(more <= fewer for fewer, more in pairwise(times))


def test_cameras_of_any_rate_are_judged_by_the_frame_rate(table: pd.DataFrame) -> None:
    """One frame a second is kept up with by some designs, and with the fewest units that do."""
    assert (table["keeps_up"] == (table["frames_per_second"] >= 1)).all()
    assert 0 < table["keeps_up"].sum() < len(table)
    one = TradeoffSweep(
        SEQ2SEQLITE, devices.xc7k410t, lanes=(32,), bits=(8,), in_flight=(2,)
    ).table()
    fewest = one.loc[one["keeps_up"], "units"].min()
    fewer = TradeoffSweep(
        SEQ2SEQLITE, devices.xc7k410t, lanes=(32,), bits=(8,), in_flight=(2,), units=(fewest - 1,)
    ).table()
    assert not fewer["keeps_up"].any()


@given(arrays(np.float64, st.tuples(st.integers(1, 12), st.integers(1, 3)),
              elements=st.integers(0, 4).map(float)))  # fmt: skip
def test_the_front_is_what_nothing_dominates(values: np.ndarray) -> None:
    """By the definition, pair by pair."""
    rows = values.tolist()
    expected = [
        not any(
            all(a <= b for a, b in zip(other, row, strict=True)) and other != row for other in rows
        )
        for row in rows
    ]
    assert expected == pareto_front(values).tolist()


def test_files_and_summary(tmp_path: Path) -> None:
    """A row an accelerator, those that keep up, the figure twice, and an account in words."""
    said = _run(tmp_path, *SMALL, "--frame-rate", "0.5", "--pixels", "250000")
    names = [
        "answer.csv",
        "keeps_up.csv",
        "study.toml",
        "tradeoff.csv",
        "tradeoff.png",
        "tradeoff.svg",
    ]
    assert names == sorted(path.name for path in tmp_path.iterdir())
    rows = pd.read_csv(tmp_path / "tradeoff.csv")
    keeping_up = pd.read_csv(tmp_path / "keeps_up.csv")
    assert set(rows["lanes"]) == {8, 32}
    assert len(keeping_up) == (rows["keeps_up"] & rows["pareto"]).sum() > 0
    assert "855,360 multiply-accumulates a pixel, 250,000 pixels on 1,540 DSP48E1 at 4.5 ns" in said
    assert "physical limit: 0.6249 s a frame" in said
    assert "one unit more lacks DSP" in said
    assert "0.5 frames/s of 250,000 pixels: " in said
    factors = [float(x) for x in re.findall(r"^    (\d+\.\d+)  ", said, flags=re.MULTILINE)]
    assert np.prod(factors) == pytest.approx(rows["over_limit"].min(), rel=0.01)


@pytest.mark.parametrize(
    ("frame_rate", "why"),
    [(100.0, "the physical limit is below that"), (1.5, "the physical limit would allow it")],
)
def test_a_camera_that_is_too_fast(
    capsys: pytest.CaptureFixture[str], frame_rate: float, why: str
) -> None:
    """Then the physical limit is named, or that it is not to blame."""
    sweep = TradeoffSweep(SEQ2SEQLITE, devices.xc7k410t, (8, 32), frame_rate=frame_rate)
    table = sweep.table()
    print_summary(table, sweep)
    assert re.search(
        rf"none keeps up, the best is \S+ times too slow; {why}", capsys.readouterr()[0]
    )
    assert keeping_up(table).empty


def test_a_device_of_ones_own_as_json(tmp_path: Path) -> None:
    """From a file; half the slices give at most half the frame rate."""
    text = (devices.FOLDER / "xc7k410t.toml").read_text(encoding="utf-8")
    mine = tmp_path / "mine.toml"
    mine.write_text(text.replace("count = 1_540", "count = 770").replace("xc7k410t", "mine"))
    rows = json.loads(_run(tmp_path / "out", *SMALL, "--json", "--device", str(mine)))["rows"]
    assert {"mine"} == {row["device"] for row in rows}
    full = TradeoffSweep(
        SEQ2SEQLITE, devices.xc7k410t, (8, 32), bits=(8,), in_flight=(1, 2)
    ).table()
    best = max(row["frames_per_second"] for row in rows)
    assert 0 < best <= 0.51 * full["frames_per_second"].max()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--lanes", "2000"], "lanes: 2000, which take 2,001 DSP48E1 in one unit, expected at"),
        (["--lanes", "8,x"], "--lanes: 'x', expected whole numbers with commas"),
        (["--in-flight", "0"], "--in-flight: 0, expected an integer >= 1"),
        (["--in-flight", "100000"], "one unit of 100000 pixels need"),
        (["--units", "5000"], "--units: 5000, none of which fits on device 'xc7k410t'"),
        (["--frame-rate", "0"], "--frame-rate: 0.0, expected a finite number > 0"),
        (["--pixels", "0"], "--pixels: 0, expected an integer >= 1"),
        (["--network", "seq2sec"], "unknown model 'seq2sec'; did you mean 'seq2seq'"),
        (["--device", "xc7k411t"], "unknown device 'xc7k411t'; did you mean 'xc7k410t'"),
        (["--device", "published"], "device 'published' is a number of servers without DSP"),
        (["--device", "none.toml"], "none.toml: cannot be read"),
        (["--device", "xcku5p", "--device", "xcku5p"], "device 'xcku5p' is given twice"),
        (["--network", "zoo", "--network", "seq2seqlite-16"], "'seq2seqlite-16' is given twice"),
        (["--network", "none.onnx"], "none.onnx: cannot be read"),
        (["--network", "none.stg"], "none.stg: cannot be read"),
        (["--steps", "0"], "--steps: 0, expected an integer >= 1"),
        (
            ["--device", "lfe5u-45f", "--network", "seq2seq", "--bits", "8"],
            "network 'seq2seq' on device 'lfe5u-45f': the shared memories alone need",
        ),
    ],
)
def test_what_cannot_be_is_an_error(tmp_path: Path, options: list[str], message: str) -> None:
    """It names the option or the resource, and nothing is written."""
    result = CliRunner().invoke(app, ["tradeoff", "--out", str(tmp_path / "out"), *options])
    assert isinstance(result.exception, InputError)
    assert message in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_nothing_is_clipped() -> None:
    """Every text lies within the figure, with and without the published lanes."""
    for device, network in (("xc7k410t", "seq2seqlite"), ("xc7a35t", "seq2seq")):
        sweep = TradeoffSweep(
            networks_of([network])[0].network,
            load_fpga(device),
            (1, 8),
            bits=(4,),
            in_flight=(1,),
            units=(1,),
        )
        figure = draw(sweep.table(), sweep)
        FigureCanvasAgg(figure).draw()
        box = figure.get_tightbbox()
        assert min(box.x0, box.y0) >= 0
        assert box.x1 <= figure.get_figwidth()
        assert box.y1 <= figure.get_figheight()
        (legend,) = figure.legends
        labels = [text.get_text() for text in legend.get_texts()]
        assert (device == "xc7k410t") == ("HLS lanes (calibrated)" in labels)


def test_lanes_that_rows_fill() -> None:
    """All divisors of three times the hidden units, up to those."""
    assert (1, 2, 3, 4, 6, 8, 12, 16, 24, 32) == full_lanes(SEQ2SEQLITE)


def test_several_networks_and_fpgas_are_one_table(tmp_path: Path) -> None:
    """A row for each pair; each accelerator is what it is alone."""
    words = ["--network", "seq2seqlite", "--network", "seq2seqlite-16"]
    words += ["--device", "xc7k410t", "--device", "xczu9eg", "--frame-rate", "10", *SMALL]
    said = _run(tmp_path, *words)
    answer = pd.read_csv(tmp_path / "answer.csv")
    rows = pd.read_csv(tmp_path / "tradeoff.csv")
    for row in answer.itertuples():
        mine = rows[(rows["network"] == row.network) & (rows["device"] == row.device)]
        (priced,) = networks_of([row.network])
        options = {"lanes": (8, 32), "in_flight": (1, 2), "frame_rate": 10.0, "bits": (8,)}
        if row.network == "seq2seqlite-16":  # which has no 32 rows
            assert mine.empty
            assert "lanes: 32, expected at most 16" in row.lacks
            continue
        alone = TradeoffSweep(priced.network, load_fpga(row.device), **options).table()
        assert alone["frame_seconds"].tolist() == pytest.approx(mine["frame_seconds"].tolist())
        assert row.keeps_up == alone["keeps_up"].any()
        assert row.fastest_frames_per_second == pytest.approx(alone["frames_per_second"].max())
    assert "10 frames/s of 262,144 pixels:" in said
    assert "  seq2seqlite: none; the fastest is xczu9eg with" in said


def test_an_answer_is_of_one_accelerator(tmp_path: Path) -> None:
    """The frame rate of a row is that of the design in the row, which need not be the fastest."""
    words = ["--network", "seq2seqlite-16", "--device", "xczu9eg", "--device", "xcvu9p"]
    _run(tmp_path, *words, "--frame-rate", "5", "--ports", "4")
    rows = pd.read_csv(tmp_path / "tradeoff.csv")
    for answer in pd.read_csv(tmp_path / "answer.csv").to_dict("records"):
        mine = rows[[*DESIGN, "device", "frames_per_second"]].to_dict("records")
        design = {name: answer[name] for name in (*DESIGN, "device", "frames_per_second")}
        assert any(design == pytest.approx(each) for each in mine)
        assert answer["frames_per_second"] >= 5
        assert answer["fastest_frames_per_second"] > answer["frames_per_second"]


def test_all_fpgas_and_the_zoo_are_names(tmp_path: Path) -> None:
    """Trained networks have the bits that they were trained with."""
    words = ["--device", "all", "--network", "zoo", "--in-flight", "2", "--lanes", "16"]
    rows = json.loads(_run(tmp_path, *words, "--ports", "4", "--units", "1", "--json"))
    found = {(row["network"], row["device"]) for row in rows["answer"]}
    assert set(product(zoo.names(), fpga_names())) == found
    assert {8} == {r["weight_bits"] for r in rows["rows"] if not r["network"].endswith("16bit")}
    assert {16} == {r["weight_bits"] for r in rows["rows"] if r["network"].endswith("16bit")}


def test_a_network_of_another_cell_and_other_steps(tmp_path: Path) -> None:
    """From a file, whose bits count; half the steps take half the time."""
    path = tmp_path / "net.toml"
    path.write_text(
        'name = "n"\ncell = "lstm"\nunits = 12\nencoder_steps = 8\nbits = 6\n'
        'form = "sequence-to-one"\noutputs = 2\n'
    )
    words = ["--network", str(path), "--lanes", "12", "--in-flight", "1", "--json"]
    whole, half = (
        json.loads(_run(tmp_path / str(n), *words, "--steps", str(n)))["rows"] for n in (8, 4)
    )
    assert {("net.toml", 6)} == {(row["network"], row["weight_bits"]) for row in whole}
    assert whole[0]["latency_seconds"] == pytest.approx(2 * half[0]["latency_seconds"])


def test_what_is_extrapolated_is_said(tmp_path: Path) -> None:
    """Of all networks once: alternating pixels for each, and cells without Verilog by name."""
    path = tmp_path / "net.toml"
    path.write_text('name = "n"\ncell = "rnn"\nunits = 4\nencoder_steps = 8\ndecoder_steps = 8\n')
    words = ["--network", str(path), "--lanes", "4", "--bits", "8", "--in-flight", "1"]
    alone = _run(tmp_path / "one", *words)
    assert "best with one pixel a unit: " in alone
    assert "\n  steps and slices of cell rnn: no Verilog of it is generated\n" in alone
    both = _run(tmp_path / "two", *words, "--network", "seq2seqlite", "--json")
    alternating, *others = json.loads(both)["extrapolated"]
    assert alternating.startswith("pixels that alternate")
    assert ["rnn", "sigmoid"] == [re.findall("rnn|sigmoid", other)[0] for other in others]


def test_a_network_without_recurrent_layers_is_refused(tmp_path: Path) -> None:
    """By the stage that has none."""
    path = tmp_path / "net.toml"
    stage = '[[stages]]\nname = "s"\nsteps = 2\ninputs = 1\nlayers = [{units = 3}]\n'
    path.write_text(f'name = "n"\nform = "stages"\n{stage}')
    words = ["tradeoff", "--out", str(tmp_path / "out"), "--network", str(path)]
    error = CliRunner().invoke(app, words).exception
    assert isinstance(error, InputError)
    assert "network 'n', stage 's': no recurrent layer, expected one" in str(error)


def test_lanes_of_other_cells_fill_their_rows() -> None:
    """Those that divide the rows of all layers, up to the units of the narrowest."""
    layers = (RecurrentLayer("lstm", 1, 6), RecurrentLayer("rnn", 6, 8))
    network = RecurrentNetwork("n", (Stage("encoder", 2, layers),))
    assert (1, 2, 4) == full_lanes(network)


def test_nothing_of_the_overview_is_clipped() -> None:
    """A mark for each network that fits on a device, and the camera."""
    fpgas = [load_fpga(name) for name in ("xc7a35t", "lfe5u-85f", "xcvu9p")]
    options = {"lanes": (8,), "ports": (1,), "in_flight": (1,), "units": (1,)}
    found = pairs(networks_of(["seq2seq", "seq2seqlite-16"]), fpgas, (8,), **options)
    figure = overview.draw(answers(found), found[0].sweep)
    FigureCanvasAgg(figure).draw()
    box = figure.get_tightbbox()
    assert min(box.x0, box.y0) >= 0
    assert box.x1 <= figure.get_figwidth()
    assert box.y1 <= figure.get_figheight()
    lines = {line.get_label(): len(line.get_xdata()) for line in figure.axes[0].lines}
    assert {"seq2seq": 2, "seq2seqlite-16": 3, "camera, 1/s": 2} == lines
