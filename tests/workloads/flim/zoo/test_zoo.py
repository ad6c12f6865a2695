"""The shipped networks: whole, what their cards say, and good on pixels they have not seen."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from hwmodels.gru.arithmetic import PLAIN_16_BIT, SEQ2SEQLITE_8_BIT
from hwmodels.gru.state_bits import with_state_bits
from stomp_flim.errors import InputError
from workloads.flim import zoo
from workloads.flim.data.field import FIELD
from workloads.flim.data.pixels import WIDE, PixelRecipe, Recipe
from workloads.flim.lifetimes.classical.rapid import rapid_lifetimes
from workloads.flim.lifetimes.decay_metrics import decay_errors, median_relative_error
from workloads.flim.lifetimes.lifetimes import lifetimes
from workloads.flim.training.evaluation import held_out, outputs
from workloads.flim.training.recipe.entries import STORED_16_BIT, zoo_entry
from workloads.flim.training.recipe.presets import preset
from workloads.flim.training.recipe.trainings import ZooTraining

NAMES = [
    "seq2seq-128",
    "seq2seqlite-16",
    "seq2seqlite-32",
    "seq2seqlite-32-16bit",
    "seq2seqlite-32-field",
    "seq2seqlite-32-field-response",
    "seq2seqlite-32-state16",
    "seq2seqlite-32-wide",
]


def test_the_zoo_is_what_the_documentation_says() -> None:
    """The teacher and its students are shipped, and others, among them those named in the code."""
    assert NAMES == zoo.names()
    assert zoo.read(zoo.DEFAULT).lifetimes_ns == (0.2, 1.5)
    assert zoo.read(zoo.WIDE).lifetimes_ns == (0.05, 3.0)
    assert zoo.read(zoo.FIELD).lifetimes_ns == (0.08, 6.0)
    assert zoo.read(zoo.FIELD_RESPONSE).specification.network.inputs == 2
    assert zoo.read(zoo.STATE_16).specification.arithmetic == STORED_16_BIT
    assert zoo.read(zoo.SIXTEEN_BITS).specification.arithmetic is PLAIN_16_BIT


@pytest.mark.parametrize("name", NAMES)
def test_weights_belong_to_their_card(name: str) -> None:
    """Shapes, arithmetic and checksum are the card's; it says data, recipe, date and command."""
    entry = zoo.read(name)

    assert entry.specification.network.name == name
    assert entry.card["command"].startswith("stomp-flim train ")
    assert {"date", "held_out", "training", "parameters"} <= entry.card.keys()
    trained = ZooTraining(Path(), preset("zoo")).plans(zoo_entry(name))
    assert entry.card["training"] == json.loads(json.dumps(trained))
    # The decoder's first layer reads no input: its kernel is in the file, but no parameter.
    network = entry.specification.network
    unused = 3 * network.hidden_units * network.inputs
    assert entry.card["parameters"] == sum(a.size for a in entry.weights.values()) - unused


@pytest.mark.parametrize("units", ["1", "32", "254"])
@pytest.mark.parametrize("kind", ["", "-wide", "-field", "-field-response"])
@pytest.mark.parametrize("suffix", ["", "-16bit", "-state16"])
def test_a_name_says_what_is_trained(units: str, kind: str, suffix: str) -> None:
    """Each stands for one network of that name; what stores 16 bits anyway has no other."""
    name = f"seq2seqlite-{units}{kind}{suffix}"
    if kind and suffix == "-state16":
        with pytest.raises(InputError, match="or -state16 alone"):
            zoo_entry(name)
        return

    entry = zoo_entry(name)

    assert name == entry.name
    published = SEQ2SEQLITE_8_BIT if not kind else STORED_16_BIT
    expected = {"": published, "-16bit": PLAIN_16_BIT, "-state16": STORED_16_BIT}[suffix]
    assert expected == entry.arithmetic


def test_a_card_may_name_bits_of_the_state(tmp_path: Path) -> None:
    """A network is read in the arithmetic of its card, whose name says all of it."""
    arithmetic = with_state_bits(SEQ2SEQLITE_8_BIT, 8, 12)
    shutil.copy(zoo.FOLDER / "seq2seqlite-16.npz", tmp_path)
    card = (zoo.FOLDER / "seq2seqlite-16.toml").read_text("utf-8")
    named = f'arithmetic = "{SEQ2SEQLITE_8_BIT.name}"'
    assert 1 == card.count(named)
    card = card.replace(named, f'arithmetic = "{arithmetic.name}"')
    (tmp_path / "seq2seqlite-16.toml").write_text(card, "utf-8")

    assert arithmetic == zoo.read("seq2seqlite-16", tmp_path).specification.arithmetic


def test_student_finds_decays_and_lifetimes() -> None:
    """On held-out pixels the default student keeps what was published for such a student."""
    entry = zoo.read("seq2seqlite-32")
    pixels = held_out(400)

    errors = decay_errors(outputs(entry.weights, pixels)[..., 0], pixels.targets()[..., 0])

    assert errors.pooled_rmse <= 0.02
    assert errors.pooled_r2 >= 0.98
    assert entry.card["reduction_from_teacher"] >= 0.978


@pytest.mark.parametrize(
    ("name", "recipe"),
    [
        ("seq2seqlite-16", Recipe()),
        ("seq2seqlite-32", Recipe()),
        ("seq2seqlite-32-state16", Recipe()),
        ("seq2seqlite-32-16bit", Recipe()),
        ("seq2seqlite-32-wide", WIDE),
        ("seq2seqlite-32-field", FIELD),
        ("seq2seqlite-32-field-response", FIELD),
    ],
)
def test_lifetimes_are_better_than_rapid_determination(name: str, recipe: PixelRecipe) -> None:
    """At 1,000 photons, on the same held-out pixels."""
    entry = zoo.read(name)
    pixels = held_out(400, photons=1000.0, recipe=recipe)

    arithmetic = entry.specification.arithmetic
    found = lifetimes(outputs(entry.weights, pixels, arithmetic)).mean_ns

    error = median_relative_error(found, pixels.mean_ns)
    assert error < median_relative_error(rapid_lifetimes(pixels.counts), pixels.mean_ns)


def test_changed_weights_are_noticed(tmp_path: Path) -> None:
    """A file that is not the one of its card is refused by its checksum."""
    for name in ("seq2seqlite-16", "seq2seqlite-32"):
        for suffix in (".npz", ".toml"):
            shutil.copy(zoo.FOLDER / f"{name}{suffix}", tmp_path)
    source = tmp_path / "seq2seqlite-16.npz"
    with np.load(source) as file:
        arrays = dict(file)
    arrays["sdec_dense_bias"] = arrays["sdec_dense_bias"] ^ 1
    np.savez(source, **arrays)
    with pytest.raises(InputError, match=r"seq2seqlite-16\.npz: checksum .*, expected that of"):
        zoo.read("seq2seqlite-16", tmp_path)

    shutil.copy(tmp_path / "seq2seqlite-32.npz", source)
    with pytest.raises(InputError, match=r"seq2seqlite-16\.npz: array .* has shape"):
        zoo.read("seq2seqlite-16", tmp_path)


def test_names_and_cards_that_are_not_there(tmp_path: Path) -> None:
    """An unknown name lists what there is; a broken card is named."""
    with pytest.raises(InputError, match="trained network 'seq2seqlite-23': did you mean"):
        zoo.read("seq2seqlite-23")
    (tmp_path / "a.toml").write_text("name = 3")
    with pytest.raises(InputError, match=r"a\.toml: is not the card of a trained network"):
        zoo.read("a", tmp_path)
