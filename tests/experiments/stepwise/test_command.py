"""The command `stepwise`: all steps of a network by one step and multiplication."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper, save
from typer.testing import CliRunner

from hwmodels import devices
from hwmodels.network import SEQ2SEQLITE
from hwmodels.network_file import write_network
from hwmodels.recurrent import DenseLayer, RecurrentLayer, RecurrentNetwork, Stage
from stomp_flim.cli.app import app
from stomp_flim.errors import InputError
from workloads.tiles.graph import decompose_tiles
from workloads.tiles.stepwise import stepwise


def test_a_network_of_a_file_is_counted_and_scheduled(tmp_path: Path) -> None:
    """As in Python, on the servers of the device; the text says what they stand for."""
    layer = RecurrentLayer("lstm", 1, 8, bidirectional=True)
    stage = Stage("encoder", 20, (layer,), after=(DenseLayer(16, 2),))
    network = RecurrentNetwork("mine", (stage,), weight_bits=4)
    write_network(network, tmp_path / "mine.toml")
    words = ["stepwise", "--model", str(tmp_path / "mine.toml"), "--device", "xczu9eg"]
    words += ["--pixels", "3", "--policy", "fifo"]
    text = CliRunner().invoke(app, words).stdout
    found = stepwise(network, devices.xczu9eg, pixels=3, policy="fifo")
    assert text.startswith(f"{found}\nlanes per server 8, ")
    document = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert json.loads(json.dumps(found.facts)) == document
    assert found.repeated == document["exact"]["repeated"]


def test_a_registered_workload_is_counted_as_its_graph() -> None:
    """Of one stage, with as many steps as are asked for."""
    words = ["stepwise", "--model", "seq2seqlite", "--stage", "decoder", "--steps", "4", "--json"]
    document = json.loads(CliRunner().invoke(app, words).stdout)
    graph = decompose_tiles(SEQ2SEQLITE, devices.xc7k410t, stage="decoder", steps=4)
    exact = document["exact"]
    assert (len(graph), graph.critical_path) == (exact["tasks"], exact["critical_path"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--model", "seq2seqlight"], "unknown model 'seq2seqlight'; did you mean 'seq2seqlite'"),
        (["--model", "dag.stg"], "dag.stg: a task graph, expected a network"),
        (["--model", "seq2seqlite", "--device", "published"], "is a number of servers without DSP"),
        (["--model", "seq2seqlite", "--stage", "sum"], "seq2seqlite: unknown stage 'sum'"),
        (["--model", "seq2seqlite", "--pixels", "0"], "--pixels: 0, expected an integer >= 1"),
        (["--model", "seq2seqlite", "--steps", "0"], "--steps: 0, expected an integer >= 1"),
        (["--model", "seq2seqlite", "--policy", "fio"], "unknown policy 'fio'"),
    ],
)
def test_a_wrong_option_is_one_clear_error(
    words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what was found and what was expected."""
    monkeypatch.chdir(tmp_path)
    Path("dag.stg").write_text("1\n0 0 0\n1 2 1 0\n2 0 1 1\n", encoding="utf-8")
    error = CliRunner().invoke(app, ["stepwise", *words]).exception
    assert isinstance(error, InputError)
    assert message in str(error)


def test_steps_close_what_a_file_leaves_open(tmp_path: Path) -> None:
    """A GRU of two units from ONNX, whose time axis has a name in place of a size."""
    weights = [
        numpy_helper.from_array(np.ones(shape, np.float32), name)
        for name, shape in {"W": (1, 6, 1), "R": (1, 6, 2)}.items()
    ]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ("steps", 1, 1))
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ("steps", 1, 1, 2))
    node = helper.make_node("GRU", ["x", "W", "R"], ["y"], hidden_size=2)
    graph = helper.make_graph([node], "open", [x], [y], weights)
    opset = [helper.make_opsetid("", 14)]
    save(helper.make_model(graph, opset_imports=opset), tmp_path / "open.onnx")
    words = ["stepwise", "--model", str(tmp_path / "open.onnx"), "--steps", "7", "--json"]
    document = json.loads(CliRunner().invoke(app, words).stdout)
    step = RecurrentNetwork("n", (Stage("s", 7, (RecurrentLayer("gru", 1, 2),)),))
    assert stepwise(step, devices.xc7k410t).tasks == document["exact"]["tasks"]
