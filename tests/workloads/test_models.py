"""Models by one text: registered workloads, trained networks, and files."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import stomp_flim as sf
from hwmodels import devices
from hwmodels.network import SEQ2SEQ, SEQ2SEQLITE, Network
from stomp_flim.errors import InputError
from stomp_flim.interchange import dot, wfformat
from workloads.flim import zoo
from workloads.models import load_model, model_digest
from workloads.published.decomposition import decompose
from workloads.tiles.graph import decompose_tiles

CHAIN = sf.TaskGraph.from_tasks(
    [sf.Task("a", [sf.Mode({"core": 1}, 5)]), sf.Task("b", [sf.Mode({"core": 1}, 3)])], [(0, 1)]
)
NETWORK = """\
name = "mine"
cell = "{cell}"
layers = 2
units = 24
encoder_steps = 10
decoder_steps = 7
outputs = 1
"""


def same(one: sf.TaskGraph, other: sf.TaskGraph) -> bool:
    """Return whether two graphs have the same tasks, modes and edges."""
    first, second = (
        [
            graph.task_names,
            [graph.modes(task) for task in range(len(graph))],
            graph.edges.tolist(),
        ]
        for graph in (one, other)
    )
    return first == second


@pytest.mark.parametrize("network", [SEQ2SEQ, SEQ2SEQLITE], ids=lambda network: network.name)
@pytest.mark.parametrize("stage", ["encoder", "decoder", "postprocess", "pipeline"])
def test_a_registered_workload_is_what_it_is_in_python(network: Network, stage: str) -> None:
    """With its network, and with durations from either source."""
    model = load_model(network.name)
    assert same(sf.workload_graph(network.name, stage=stage, steps=2), model.graph(stage, 2))
    assert model.network is not None
    assert network == model.network.encoder_decoder()
    assert ("published", "derived") == model.durations
    if stage == "postprocess":
        assert stage not in model.stages_with("derived")
    else:
        derived = decompose_tiles(network, devices.xczu9eg, "row", stage, 2)
        assert same(derived, model.graph(stage, 2, "derived", devices.xczu9eg))


def test_parameters_are_sizes_of_the_network() -> None:
    """The graph is that of a network of these sizes."""
    model = load_model("seq2seqlite:units=48,layers=3,outputs=1")
    shape = Network("seq2seqlite:units=48,layers=3,outputs=1", 3, 48, outputs=1)
    assert model.network is not None
    assert shape == model.network.encoder_decoder()
    assert same(decompose(shape, "pipeline", 2), model.graph("pipeline", 2))
    assert "Seq2SeqLite (units=48,layers=3,outputs=1)" == model.title
    as_python = sf.workload_graph("seq2seqlite", stage="encoder", units=48, layers=3, outputs=1)
    assert same(as_python, model.graph("encoder"))


def test_parameters_of_other_workloads_are_typed_too() -> None:
    """The granularity is that of the servers."""
    model = load_model("seq2seqlite-derived:granularity=gate")
    assert ("gate", ("derived",)) == (model.granularity, model.durations)
    assert len(model.graph("encoder")) < len(load_model("seq2seqlite-derived").graph("encoder"))


@pytest.mark.parametrize("name", zoo.names())
def test_trained_networks_are_models(name: str) -> None:
    """By their names, with the bits of their weights."""
    model, found = load_model(name), zoo.read(name).specification
    assert model.network is not None
    assert found.network == model.network.encoder_decoder()
    assert found.arithmetic.weight.bits == model.network.weight_bits
    assert same(decompose(found.network, "encoder", 1), model.graph("encoder"))


def test_network_files(tmp_path: Path) -> None:
    """A GRU encoder-decoder has published and derived durations, another cell the latter alone."""
    path = tmp_path / "net.toml"
    path.write_text(NETWORK.format(cell="lstm"))
    model = load_model(str(path))
    assert ("net.toml", "mine", ("derived",)) == (model.name, model.title, model.durations)
    assert ("encoder", "decoder", "pipeline") == model.stages
    assert "10+7" == model.steps
    whole, one = model.graph("pipeline", None), model.graph("pipeline", 1)
    assert len(one) < len(whole) <= 10 * len(one)
    with pytest.raises(InputError, match=r"net\.toml: no published durations of this model; those"):
        model.graph("encoder", 1, "published")
    path.write_text(NETWORK.format(cell="gru").replace("decoder_steps = 7", "decoder_steps = 10"))
    model = load_model(str(path))
    assert ("published", "derived") == model.durations
    assert same(
        decompose(Network("mine", 2, 24, outputs=1), "encoder", 3), model.graph("encoder", 3)
    )


def test_the_reset_after_the_product_has_derived_durations_alone(tmp_path: Path) -> None:
    """The published decomposition does not know it, the one in tiles does."""
    path = tmp_path / "net.toml"
    text = NETWORK.format(cell="gru-reset-after")
    path.write_text(text.replace("decoder_steps = 7", "decoder_steps = 10"))
    model = load_model(str(path))
    assert ("derived",) == model.durations
    assert len(model.graph("pipeline", 2)) > 2 * len(model.graph("encoder", 1))


def test_onnx_files(tmp_path: Path) -> None:
    """A network as it is recognised, with the steps that the file leaves open."""
    onnx = pytest.importorskip("onnx")
    tensor, make = onnx.TensorProto.FLOAT, onnx.helper
    random = np.random.default_rng(0)
    weights = {"W": (1, 4 * 8, 1), "R": (1, 4 * 8, 8)}
    arrays = [
        onnx.numpy_helper.from_array(random.standard_normal(shape).astype(np.float32), name)
        for name, shape in weights.items()
    ]
    node = make.make_node("LSTM", ["x", "W", "R"], ["y"], hidden_size=8)
    x = make.make_tensor_value_info("x", tensor, ["time", 1, 1])
    y = make.make_tensor_value_info("y", tensor, ["time", 1, 1, 8])
    path = tmp_path / "lstm.onnx"
    onnx.save(make.make_model(make.make_graph([node], "g", [x], [y], arrays)), path)
    model = load_model(str(path), steps=6)
    assert ("lstm.onnx", ("derived",), "6") == (model.name, model.durations, model.steps)
    assert model.network is not None
    assert ["lstm"] == [layer.cell for layer in model.network.stages[0].recurrent]
    whole = decompose_tiles(model.network, devices.xc7k410t, "row", "pipeline", None)
    assert same(whole, model.graph("pipeline", None))
    with pytest.raises(InputError, match=r"lstm\.onnx.*--steps"):
        load_model(str(path))


def test_graph_files(tmp_path: Path) -> None:
    """One stage, no network, and the servers that the file brings."""
    path = tmp_path / "g.json"
    wfformat.write_graph(CHAIN, path, sf.Platform({"core": 2}))
    model = load_model(str(path))
    assert (("whole",), None, (), "") == (model.stages, model.network, model.durations, model.steps)
    assert model.platform is not None
    assert {"core": 2} == dict(model.platform.servers)
    assert 8 == model.graph("whole", 7).critical_path
    other = tmp_path / "g.data"
    dot.write_graph(CHAIN, other)
    assert None is load_model(str(other), "dot").platform


def test_a_digest_follows_the_content_of_files(tmp_path: Path) -> None:
    """Of all files of a model; that of a name is always the same."""
    path = tmp_path / "g.dot"
    found = []
    for latency in (1, 2, 1):
        path.write_text(f"digraph {{ a [latency={latency}] }}")
        found.append(model_digest(str(path)))
    assert found[0] == found[2] != found[1]
    assert model_digest("seq2seq") == model_digest("seq2seqlite-16")
    (tmp_path / "s.graphml").write_text("x")
    tables = []
    for text in ("one", "two"):
        (tmp_path / "s.txt").write_text(text)
        tables.append(model_digest(str(tmp_path / "s.graphml")))
    assert tables[0] != tables[1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seq2sec", "unknown model 'seq2sec'; did you mean 'seq2seq'"),
        ("seq2seqlite-61", "unknown model 'seq2seqlite-61'; did you mean 'seq2seqlite-16'"),
        ("seq2seqlite-16:units=3", "'seq2seqlite-16:units=3': a trained network, which has no par"),
        (
            "seq2seqlite:unit=48",
            "'seq2seqlite:unit=48': unknown parameter 'unit'; did you mean 'un",
        ),
        ("seq2seqlite:units=many", "units is 'many': input should be a valid integer"),
        ("seq2seqlite:units=0", ": units is 0, expected an integer >= 1"),
        ("seq2seqlite:units=4,units=5", "units is given twice, expected once"),
        ("seq2seqlite:stage=encoder", "unknown parameter 'stage'"),
        ("seq2seqlite-derived:granularity=rows", "granularity is 'rows': input should be"),
        ("none.toml", "none.toml: cannot be read"),
        ("none.stg", "none.stg: cannot be read"),
    ],
)
def test_what_is_no_model_is_one_clear_error(text: str, message: str) -> None:
    """It names the text and what was expected."""
    with pytest.raises(InputError, match=re.escape(message)):
        load_model(text).graph("pipeline")


def test_a_file_of_no_known_format_is_told_apart_from_a_wrong_name(tmp_path: Path) -> None:
    """By that it is there."""
    path = tmp_path / "g.xyz"
    path.write_text("")
    with pytest.raises(InputError, match="its name does not tell the format"):
        load_model(str(path))


def test_other_sizes_have_no_published_defects() -> None:
    """They were never published."""
    with pytest.raises(InputError, match="units=8 with the defects of the published graphs"):
        sf.workload_graph("seq2seqlite", stage="encoder", units=8, as_published=True)
