"""The command `train`: from nothing to weights with a card, and clear refusals."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner, Result

from experiments.train.command import train
from hwmodels.gru.kernel import infer
from stomp_flim import __version__
from stomp_flim.cli.commands import CommandLine
from stomp_flim.errors import InputError
from workloads.flim import zoo
from workloads.flim.data.pixels import Recipe, batch
from workloads.flim.training.cards import write_entry
from workloads.flim.training.checkpoints import load
from workloads.flim.training.networks import EncoderDecoder


def run(*arguments: object) -> Result:
    """Run the command as the command line does."""
    app = CommandLine()
    app.command()(train)
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    try:
        return CliRunner().invoke(app, [str(argument) for argument in arguments])
    finally:
        torch.set_num_threads(before[0])
        torch.use_deterministic_algorithms(before[1])


def refused(*arguments: object) -> str:
    """Run the command, which must refuse its input, and return the message."""
    result = run(*arguments)
    assert isinstance(result.exception, InputError), result.output
    return str(result.exception)


def test_training_ends_in_weights_of_the_zoo(tmp_path: Path) -> None:
    """A student is taught, quantized and exported: its file computes what its checkpoint does."""
    arguments = ("--preset", "tiny", "--network", "seq2seqlite-4", "--out", tmp_path, "--jobs", 1)

    result = run(*arguments, "--json")

    assert result.exit_code == 0, result.output
    entry = zoo.read("seq2seqlite-4", tmp_path / "zoo")
    (card,) = json.loads(result.stdout)
    assert entry.card["sha256"] == card["sha256"]
    assert card["command"] == "stomp-flim train --preset tiny --network seq2seqlite-4 --seed 0"
    assert card["training"]["integer"]["teacher_weight"] > 0
    progress = load(tmp_path / "seq2seqlite-4-kd-seed0-seq2seqlite-8-bit.pt")[2]
    module = load(tmp_path / "seq2seqlite-4-kd-seed0-seq2seqlite-8-bit.pt")[0]
    x = batch(Recipe(), 20, 3, 0).inputs()
    codes = entry.specification.arithmetic.input.quantize(x)
    with torch.no_grad():
        expected = module(torch.from_numpy(x)).numpy() * 1024
    np.testing.assert_array_equal(expected, infer(entry.weights, codes, threads=1)[1])
    lines = (tmp_path / "losses.csv").read_text().splitlines()
    assert (
        f"seq2seqlite-4-kd-seed0-seq2seqlite-8-bit,2,{progress.losses[1]!r},{__version__}" in lines
    )
    assert (tmp_path / "losses.png").read_bytes().startswith(b"\x89PNG")

    checkpoints = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.pt")}
    assert run(*arguments).exit_code == 0  # again: nothing is trained twice
    assert checkpoints == {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.pt")}


def test_processes_change_no_weight(tmp_path: Path) -> None:
    """The teacher and the networks are shared by two processes: the same codes, in their order."""
    networks = (
        "seq2seqlite-4",
        "seq2seqlite-4-16bit",
        "seq2seqlite-3-wide",
        "seq2seqlite-3-field-response",
    )
    options = [option for name in networks for option in ("--network", name)]
    for jobs in (1, 2):
        result = run("--preset", "tiny", *options, "--out", tmp_path / str(jobs), "--jobs", jobs)
        assert result.exit_code == 0, result.output

    for name in networks:
        one, two = (zoo.read(name, tmp_path / str(jobs) / "zoo") for jobs in (1, 2))
        assert one.card["sha256"] == two.card["sha256"]
        assert one.card["held_out"] == two.card["held_out"]


def test_wide_student_has_no_teacher(tmp_path: Path) -> None:
    """Its card names the wide range of lifetimes; no teacher is trained for it."""
    result = run(
        "--preset", "tiny", "--network", "seq2seqlite-3-wide", "--out", tmp_path, "--jobs", 1
    )

    assert result.exit_code == 0, result.output
    training = zoo.read("seq2seqlite-3-wide", tmp_path / "zoo").card["training"]
    for plan in (training["real"], training["integer"]):
        assert plan["recipe"]["short_ns"] == plan["recipe"]["long_ns"] == [0.05, 3.0]
        assert plan["teacher_weight"] == 0
    assert not list(tmp_path.glob("*teacher*")) + list(tmp_path.glob("seq2seq-128*"))


def test_wrong_options(tmp_path: Path) -> None:
    """Names, sizes and numbers that mean nothing are refused before any training."""
    out = ("--out", tmp_path / "new")
    assert "--preset: 'zo'; did you mean 'zoo'?" in refused("--preset", "zo", *out)
    message = refused("--network", "seq2seqlite-0", *out)
    assert "network 'seq2seqlite-0', expected seq2seq-128, or seq2seqlite-N" in message
    assert "seq2seqlite-300" in refused("--network", "seq2seqlite-300", *out)
    assert "--seed: -1, expected a number >= 0" in refused("--seed", -1, *out)
    assert "--jobs: 0, expected an integer >= 1" in refused("--jobs", 0, *out)
    assert "--device: 'nowhere' cannot be used" in refused("--device", "nowhere", *out)
    assert not (tmp_path / "new").exists()


def test_only_quantized_networks_are_exported(tmp_path: Path) -> None:
    """A network that was trained in real numbers alone gets no card."""
    with pytest.raises(InputError, match="expected a quantization-aware training"):
        write_entry(tmp_path, "a", EncoderDecoder((4,)), training={}, command="none")
    assert not list(tmp_path.iterdir())
