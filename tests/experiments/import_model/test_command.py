"""The command `import`: from a file to a network file with weights, run and compared."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from experiments.import_model.command import import_model
from hwmodels.cells.weights import check_weights
from hwmodels.gru.weights import network_of
from hwmodels.network_file import read_network
from stomp_flim.cli.commands import CommandLine
from stomp_flim.errors import InputError
from tests.workloads.imported import models
from tests.workloads.imported.building import by_onnxruntime, saved
from workloads.imported import model


def run(*arguments):
    """Run the command as the command line does."""
    app = CommandLine()
    app.command()(import_model)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def published(tmp_path):
    """Return a model of the published form, its inputs and what onnxruntime makes of them."""
    made, shapes = models.published(1, 8, 9)
    x = np.random.default_rng(1).normal(size=shapes["x"]).astype(np.float32)
    np.savez(tmp_path / "x.npz", x=x)
    np.savez(tmp_path / "y.npz", **by_onnxruntime(made, {"x": x}))
    return saved(made, tmp_path, "net.onnx")


def test_a_network_file_and_weights(published, tmp_path):
    """They belong together, and the text says what was understood."""
    result = run(published, "--out", tmp_path / "out")
    assert 0 == result.exit_code, result.output
    network = read_network(tmp_path / "out/network.toml")
    assert "net" == network.name
    assert 9 == network.encoder_decoder().steps
    with np.load(tmp_path / "out/weights.npz") as weights:
        check_weights(dict(weights), network)
    for words in ("reset before the product", "units 8", "9 steps, reads nothing", "parameters"):
        assert words in result.output


def test_given_inputs_are_run_and_compared(published, tmp_path):
    """Outputs of the framework that agree give status 0; the report is kept."""
    result = run(
        published, "--out", tmp_path / "out", "--inputs", tmp_path / "x.npz",
        "--compare", tmp_path / "y.npz", "--json",
    )  # fmt: skip
    assert 0 == result.exit_code, result.output
    report = json.loads(result.output)
    assert report["compared"]["agrees"]
    kept = json.loads((tmp_path / "out/understood.json").read_text())
    assert report["stages"] == kept["stages"]
    with np.load(tmp_path / "out/outputs.npz") as found, np.load(tmp_path / "y.npz") as expected:
        np.testing.assert_allclose(found["y"], expected["y"], atol=1e-5)


def test_a_difference_is_named_and_is_status_1(published, tmp_path):
    """The reset on the other side, as PyTorch's exporter once wrote it."""
    changed, _ = models.published(1, 8, 9)
    for node in changed.graph.node:
        if node.op_type == "GRU":
            node.attribute.add(name="linear_before_reset", i=1, type=2)
    wrong = saved(changed, tmp_path, "wrong.onnx")
    result = run(
        wrong, "--out", tmp_path / "out", "--inputs", tmp_path / "x.npz",
        "--compare", tmp_path / "y.npz",
    )  # fmt: skip
    assert 1 == result.exit_code
    assert "y differs" in result.output
    assert "other side of the matrix product" in result.output


def test_integers_for_the_kernel(published, tmp_path):
    """They are the weights of a network, and their error is told."""
    result = run(
        published, "--out", tmp_path / "out", "--inputs", tmp_path / "x.npz", "--quantize", 10,
        "--json",
    )  # fmt: skip
    assert 0 == result.exit_code, result.output
    integers = json.loads(result.output)["integers"]
    assert 0 < integers["errors"]["outputs"]["relative"] < 0.1
    with np.load(tmp_path / "out/kernel.npz") as weights:
        assert 9 == network_of(dict(weights), 9).steps


def test_integers_may_store_more_of_the_state(published, tmp_path):
    """The formats say so, and the error is less than with states as short as products read them."""
    arguments = (
        published, "--out", tmp_path / "out", "--inputs", tmp_path / "x.npz", "--json",
        "--quantize", 6,
    )  # fmt: skip
    short, long = (
        json.loads(run(*arguments, *more).output)["integers"]
        for more in ((), ("--stored-bits", 12))
    )
    assert "blend_state" not in short["formats"]
    assert long["formats"]["blend_state"].startswith("12 bits")
    assert long["formats"]["state"] == short["formats"]["state"]
    assert long["errors"]["states"]["rmse"] < short["errors"]["states"]["rmse"]
    refused = run(*arguments, "--stored-bits", 5).exception
    assert "stored is 5, expected an integer from 6 to 20" == str(refused)


def test_what_is_no_network_is_run_all_the_same(tmp_path):
    """Outputs are written, a network file is not, and the status says so."""
    made, _ = models.elementwise()
    result = run(saved(made, tmp_path), "--out", tmp_path / "out", "--steps", 3)
    assert 1 == result.exit_code
    assert "no place" in result.output
    assert {"inputs.npz", "outputs.npz", "understood.json"} == {
        path.name for path in (tmp_path / "out").iterdir()
    }


def test_cells_that_do_not_give_the_outputs_are_no_network(published, tmp_path, monkeypatch):
    """The status says so, and neither a network nor its weights are written."""

    def wrong(document, steps):
        found = right(document, steps)
        found.stages[-1].layers[-1].kernel = found.stages[-1].layers[-1].kernel + 0.1
        return found

    right = model.recognise
    monkeypatch.setattr(model, "recognise", wrong)
    result = run(published, "--out", tmp_path / "out")
    assert 1 == result.exit_code
    assert "do not give y: they are off by " in result.output
    assert "network   none" in result.output
    assert {"inputs.npz", "outputs.npz", "understood.json"} == {
        path.name for path in (tmp_path / "out").iterdir()
    }


def test_outputs_of_another_shape_are_told_by_their_shapes(published, tmp_path):
    """Batch and time swapped: there is no difference that could be told, in JSON neither."""
    with np.load(tmp_path / "y.npz") as y:
        np.savez(tmp_path / "swapped.npz", y=y["y"].swapaxes(0, 1))
        shape = list(y["y"].shape)
    arguments = (
        published, "--out", tmp_path / "out", "--inputs", tmp_path / "x.npz",
        "--compare", tmp_path / "swapped.npz",
    )  # fmt: skip
    turned = [shape[1], shape[0], *shape[2:]]
    result = run(*arguments)
    assert 1 == result.exit_code
    assert f"compared  y differs: shape {shape}, in your framework {turned}" in result.output
    assert "batch and time are swapped in its outputs" in result.output
    compared = json.loads(run(*arguments, "--json").output, parse_constant=pytest.fail)["compared"]
    assert {"y": None} == compared["errors"]
    assert {"y": [shape, turned]} == compared["shapes"]


def test_what_is_written_is_the_same_in_every_folder(published, tmp_path):
    """Byte by byte, wherever model and output lie."""
    (tmp_path / "other").mkdir()
    copy = tmp_path / "other/net.onnx"
    copy.write_bytes(published.read_bytes())
    for model_file, out in ((published, "one"), (copy, "other/two")):
        assert 0 == run(model_file, "--out", tmp_path / out).exit_code
    one, two = (
        {path.name: path.read_bytes() for path in (tmp_path / out).iterdir()}
        for out in ("one", "other/two")
    )
    assert one == two
    assert set(one) == set(json.loads(one["understood.json"])["written"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--compare", "y.npz"), "without --inputs"),
        (("--quantize", "8"), "without --calibration"),
        (("--stored-bits", "12"), "--stored-bits 12 without --quantize"),
        (("--tolerance", "2"), "between 0 and 1"),
        (("--inputs", "none.npz"), "No such file"),
        (("--steps", "8"), "steps is 8, expected 9"),
    ],
)
def test_wrong_options_leave_nothing_behind(arguments, message, published, tmp_path):
    """One clear error, before anything is written."""
    result = run(published, "--out", tmp_path / "out", *arguments)
    assert isinstance(result.exception, InputError) or 2 == result.exit_code
    assert message in str(result.exception) + result.output
    assert not (tmp_path / "out").exists()
