"""Network files: what is written is read again, and what is wrong is named."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given
from recurrent.networks import networks

import hwmodels
from hwmodels.network import SEQ2SEQ, SEQ2SEQLITE
from hwmodels.network_file import read_network, write_network
from hwmodels.recurrent import DenseLayer, RecurrentLayer, RecurrentNetwork, Stage
from stomp_flim.errors import InputError

FLAT = """\
name = "mine"
cell = "lstm"
units = [8, 4]
inputs = 2
outputs = 3
encoder_steps = 20
decoder_steps = 10
dense = [{units = 6, activation = "relu"}]
bits = 6
"""
STAGED = """\
name = "mine"
form = "stages"

[[stages]]
name = "encoder"
steps = 5
inputs = 1
layers = [{cell = "gru", units = 8}, {units = 2}]
"""


def _written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


@given(networks())
@example(RecurrentNetwork.of(SEQ2SEQ))
@example(RecurrentNetwork("\x7f\"'\\\n", (Stage("é\t", 1, (RecurrentLayer("rnn", 1, 1),)),)))
def test_a_written_network_is_read_again(network: RecurrentNetwork) -> None:
    """Whatever its form and its name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.toml"
        write_network(network, path)
        assert network == read_network(path)


def test_a_usual_network_is_written_in_flat_keys(tmp_path: Path) -> None:
    """So that it can be read and changed by hand."""
    path = tmp_path / "lite.toml"
    write_network(RecurrentNetwork.of(SEQ2SEQLITE), path)
    assert "stages" not in path.read_text(encoding="utf-8")


def test_flat_keys_say_an_encoder_decoder(tmp_path: Path) -> None:
    """The decoder mirrors the encoder, reads nothing and continues its states."""
    network = read_network(_written(tmp_path, FLAT))
    above = RecurrentLayer("lstm", 8, 4)
    encoder = Stage("encoder", 20, (RecurrentLayer("lstm", 2, 8), above))
    dense = (DenseLayer(4, 6, "relu"), DenseLayer(6, 3))
    lower = RecurrentLayer("lstm", 0, 8)
    decoder = Stage("decoder", 10, (lower, above, *dense), "nothing", continues=True)
    assert RecurrentNetwork("mine", (encoder, decoder), 6) == network


@pytest.mark.parametrize(
    ("form", "per_step", "after"),
    [("sequence-to-one", 3, ["relu", "linear"]), ("sequence-to-sequence", 5, [])],
)
def test_flat_keys_say_a_single_stage(
    tmp_path: Path, form: str, per_step: int, after: list[str]
) -> None:
    """With its dense layers after the last step, or after each."""
    text = FLAT.replace("decoder_steps = 10", f'form = "{form}"')
    text = text.replace("[8, 4]", "8\nlayers = 3\nbidirectional = true")
    (stage,) = read_network(_written(tmp_path, text)).stages
    assert per_step == len(stage.layers)
    assert after == [layer.activation for layer in stage.after]
    assert [2, 16, 16] == [layer.inputs for layer in stage.recurrent]
    assert 3 == stage.outputs


@pytest.mark.parametrize(
    ("good", "old", "new", "message"),
    [
        (FLAT, "units = [8", "unit = [8", "unknown key 'unit'; did you mean 'units'"),
        (FLAT, "units = 6, act", "units = 6, axt", "unknown key 'dense.0.axtivation'; did you"),
        (FLAT, '"lstm"', '"ltsm"', "cell is 'ltsm', expected 'gru', 'gru-reset-after', 'lstm' or"),
        (FLAT, "inputs = 2", "inputs = 0", "inputs is 0, expected greater than or equal to 1"),
        (FLAT, "[8, 4]", "[8, -4]", "units.1 is -4, expected greater than or equal to 1"),
        (FLAT, "[8, 4]", "[]", "units is [], "),
        (FLAT, "[8, 4]", "1_000_000_000", "units.0 is 1000000000, expected less than or equal to"),
        (FLAT, "[8, 4]", "true", "units is True, "),
        (FLAT, "[8, 4]", "[8, 4]\nlayers = 3", "layers is 3, expected 2, one for each of units"),
        (FLAT, "decoder_steps = 10\n", "", "decoder_steps: missing, expected with form 'encoder-"),
        (FLAT, "bits = 6", 'form = "sequence-to-one"', "decoder_steps is 10, expected none with"),
        (FLAT, "bits = 6", 'form = "stage"', "form is 'stage', expected 'encoder-decoder', "),
        (FLAT, "bits = 6", "bits = 65", "bits is 65, expected less than or equal to 64"),
        (FLAT, 'name = "mine"\n', "", "name: missing"),
        (FLAT, '"mine"', "4", "name is 4, expected a valid string"),
        (STAGED, "[[stages]]", "[[stage]]", "unknown key 'stage'; did you mean 'stages'?"),
        (STAGED, "steps = 5", "step = 5", "unknown key 'stages.0.step'; did you mean 'steps'?"),
        (STAGED, "inputs = 1\n", "", "stages.0: inputs is None, expected a number where"),
        (STAGED, "inputs = 1", 'inputs = 1\nreads = "nothing"', "stages.0: inputs is 1, expected"),
        (STAGED, '{cell = "gru", ', "{bidirectional = true, ", "stages.0.layers.0: bidirectional"),
        (
            STAGED,
            'form = "stages"',
            'form = "stages"\ncell = "gru"',
            "cell is 'gru', expected none",
        ),
        (STAGED, "inputs = 1", 'reads = "previous"', "stages.0: reads 'previous', expected"),
        (STAGED, "inputs = 1", "inputs = 1\ncontinues = true", "network 'mine': stage 'encoder'"),
    ],
)
def test_a_wrong_file_is_one_clear_error(
    tmp_path: Path, good: str, old: str, new: str, message: str
) -> None:
    """It names the file, the key, the value and what was expected."""
    assert old in good
    path = _written(tmp_path, good.replace(old, new, 1))
    with pytest.raises(InputError, match=re.escape(f"{path}: {message}")):
        read_network(path)


def test_what_no_file_can_hold_is_not_written(tmp_path: Path) -> None:
    """A size beyond what is read, with its key."""
    layer = RecurrentLayer("rnn", 1, 10**6)
    path = tmp_path / "large.toml"
    with pytest.raises(InputError, match=r"large\.toml: cannot be written: stages\.0\.layers\.0"):
        write_network(RecurrentNetwork("n", (Stage("s", 1, (layer,)),)), path)
    assert not path.exists()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """By its path, when it is read and when its folder is not there to be written."""
    with pytest.raises(InputError, match=r"none\.toml: cannot be read"):
        read_network(tmp_path / "none.toml")
    with pytest.raises(InputError, match=r"lite\.toml: cannot be written"):
        write_network(RecurrentNetwork.of(SEQ2SEQLITE), tmp_path / "none" / "lite.toml")


def test_the_examples_of_the_page_are_networks(tmp_path: Path) -> None:
    """As a user would copy them."""
    page = Path(hwmodels.__file__).parents[1] / "docs/reference/network_files.md"
    examples = re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    shapes = [read_network(_written(tmp_path, text)).stages for text in examples]
    assert [[2, 3], [3, 2]] == [[len(stage.layers) for stage in stages] for stages in shapes]
