"""Shapes of recurrent networks: what fits together, and which are GRU encoder-decoders."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmodels.network import SEQ2SEQ, SEQ2SEQLITE, Cell, Network
from hwmodels.recurrent import DenseLayer, Layer, RecurrentLayer, RecurrentNetwork, Source, Stage
from stomp_flim.errors import InputError

SIZES = st.integers(1, 7)


@given(
    st.builds(
        Network, st.text("ab"), SIZES, SIZES, SIZES, SIZES, SIZES, st.sampled_from(get_args(Cell))
    )
)
def test_an_encoder_decoder_survives_as_recurrent_network(network: Network) -> None:
    """Its stages have the sizes of the published ones, and lead back to it."""
    general = RecurrentNetwork.of(network)
    encoder, decoder = general.stages
    assert [network.steps] * 2 == [encoder.steps, decoder.steps]
    assert network.layers == len(encoder.layers) == len(decoder.recurrent)
    assert (network.inputs, 0) == (encoder.layers[0].inputs, decoder.layers[0].inputs)
    assert network.outputs == decoder.outputs
    assert {network.cell} == {layer.cell for layer in (*encoder.recurrent, *decoder.recurrent)}
    assert network == general.encoder_decoder()


def _changed(network: RecurrentNetwork, stage: int, **changes: object) -> RecurrentNetwork:
    stages = list(network.stages)
    stages[stage] = replace(stages[stage], **changes)  # type: ignore[arg-type]
    return replace(network, stages=tuple(stages))


LITE = RecurrentNetwork.of(SEQ2SEQLITE)


def _layer(inputs: int = 1, units: int = 4, **more: bool) -> RecurrentLayer:
    return RecurrentLayer("lstm", inputs, units, **more)


def _stage(*layers: Layer, reads: Source = "input", continues: bool = False) -> Stage:
    return Stage("second", 5, layers, reads, continues)


FIRST = Stage("first", 5, (_layer(),))


@pytest.mark.parametrize(
    "other",
    [
        replace(LITE, stages=LITE.stages[:1]),
        _changed(LITE, 1, steps=3),
        _changed(LITE, 1, continues=False),
        LITE.with_steps(1, 2),
        _changed(LITE, 1, layers=LITE.stages[1].layers[:1]),
        _changed(LITE, 1, after=(DenseLayer(3, 2),)),
        _changed(LITE, 1, layers=(LITE.stages[1].layers[0], DenseLayer(32, 3, "relu"))),
        RecurrentNetwork(
            "n", (FIRST, Stage("s", 5, (_layer(0), DenseLayer(4, 3)), "nothing", True))
        ),
    ],
)
def test_what_differs_from_an_encoder_decoder_is_none(other: RecurrentNetwork) -> None:
    """In its steps, its start, its layers or the activation of its outputs."""
    assert other.encoder_decoder() is None


@given(st.lists(SIZES, min_size=2, max_size=2))
def test_steps_are_given_for_each_stage_or_for_all(steps: list[int]) -> None:
    """And nothing else changes."""
    assert steps == [stage.steps for stage in LITE.with_steps(*steps).stages]
    assert LITE == LITE.with_steps(*steps).with_steps(SEQ2SEQLITE.steps)
    assert LITE.with_steps(steps[0]) == LITE.with_steps(steps[0], steps[0])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RecurrentLayer("gur", 1, 4), "cell: unknown 'gur'; did you mean 'gru'?"),  # type: ignore[arg-type]
        (lambda: _layer(units=0), "lstm: units is 0, expected an integer >= 1"),
        (lambda: _layer(inputs=-1), "lstm: inputs is -1, expected an integer >= 0"),
        (lambda: _layer(units=True), "lstm: units is True, expected an integer >= 1"),
        (lambda: DenseLayer(0, 3), "dense: inputs is 0, expected an integer >= 1"),
        (lambda: DenseLayer(1, 3, "rleu"), "dense: activation: unknown 'rleu'; did you mean"),  # type: ignore[arg-type]
        (lambda: Stage("s", 0, (_layer(),)), "stage 's': steps is 0, expected an integer >= 1"),
        (lambda: Stage("s", 1, ()), "stage 's': no layers, expected at least one"),
        (lambda: _stage(_layer(), _layer(3)), "'second', layer 2: 3 inputs, expected 4, what"),
        (lambda: _stage(_layer(0)), "'second', layer 1: 0 inputs, expected at least 1, since"),
        (lambda: _stage(_layer(), reads="nothing"), "layer 1: 1 inputs, expected 0, since the"),
        (lambda: _stage(_layer(2), reads="output"), "layer 1: 2 inputs, expected 4, the outputs"),
        (
            lambda: _stage(_layer(8, bidirectional=True), reads="output"),
            "stage 'second': a bidirectional layer whose outputs are fed back",
        ),
        (lambda: RecurrentNetwork("n", ()), "network 'n': no stages"),
        (lambda: RecurrentNetwork("n", (FIRST, FIRST)), "stages first, first, expected different"),
        (lambda: RecurrentNetwork("n\0", (FIRST,)), "expected a name without NUL"),
        (lambda: RecurrentNetwork("n", (FIRST,), 0), "weight_bits is 0"),
        (
            lambda: RecurrentNetwork("n", (_stage(_layer(), continues=True),)),
            "network 'n': stage 'second' follows no other",
        ),
        (
            lambda: RecurrentNetwork("n", (FIRST, _stage(_layer(3), reads="previous"))),
            "network 'n', stage 'second', layer 1: 3 inputs, expected 4, the outputs of 'first'",
        ),
        (
            lambda: RecurrentNetwork("n", (FIRST, _stage(_layer(units=3), continues=True))),
            "continues with lstm of 3 units, expected those of 'first', lstm of 4 units",
        ),
        (lambda: LITE.with_steps(1, 2, 3), "3 numbers of steps, expected 1 or 2"),
    ],
)
def test_what_does_not_fit_together_is_one_clear_error(make: object, message: str) -> None:
    """It names the layer or the stage, what was found and what was expected."""
    with pytest.raises(InputError, match=re.escape(message)):
        make()  # type: ignore[operator]


def test_the_published_networks_are_different_shapes() -> None:
    """Names alone do not tell them apart."""
    assert RecurrentNetwork.of(SEQ2SEQ) != replace(LITE, name="seq2seq")


@pytest.mark.parametrize(
    ("layer", "found"),
    [
        (_layer(), "cell 'lstm'"),
        (RecurrentLayer("gru", 1, 4, bidirectional=True), "layers in both directions"),
        (RecurrentLayer("gru", 1, 4), "a network of another form"),
    ],
)
def test_what_knows_encoder_decoders_alone_refuses_others_by_name(
    layer: RecurrentLayer, found: str
) -> None:
    """In one error with the cell or the form; an encoder-decoder passes."""
    network = RecurrentNetwork("n", (Stage("s", 5, (layer,)),))
    message = f"network 'n': {found}, but the integer kernel knows only GRU encoder-decoders"
    with pytest.raises(InputError, match=message):
        network.require_encoder_decoder("the integer kernel")
    assert SEQ2SEQ == RecurrentNetwork.of(SEQ2SEQ).require_encoder_decoder("the integer kernel")
