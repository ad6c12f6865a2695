"""Random recurrent networks, small enough to be computed by hand-written loops."""

from __future__ import annotations

from hypothesis import strategies as st

from hwmodels.recurrent import DenseLayer, Layer, RecurrentLayer, RecurrentNetwork, Source, Stage

SIZES = st.integers(1, 4)
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)
CELLS = st.sampled_from(("gru", "gru-reset-after", "lstm", "rnn"))
ACTIVATIONS = st.sampled_from(("linear", "relu", "sigmoid", "tanh", "hard-sigmoid", "hard-tanh"))


@st.composite
def stages(draw: st.DrawFn, name: str, before: Stage | None = None) -> Stage:
    """Return a stage of up to three layers, which may read or continue the one before."""
    continues = before is not None and bool(before.recurrent) and draw(st.booleans())
    sources: list[Source] = ["input", "nothing", "output"]
    reads = draw(st.sampled_from(sources + ["previous"] * (before is not None)))
    one_way = reads == "output"
    assert before is not None or not continues
    if continues and before is not None:
        kinds = [(layer.cell, layer.units, layer.bidirectional) for layer in before.recurrent]
        if one_way and any(both for _, _, both in kinds):
            reads, one_way = "input", False
    else:
        number = draw(st.integers(1, 3))
        both = st.just(False) if one_way else st.booleans()
        kinds = [draw(st.tuples(CELLS, SIZES, both)) for _ in range(number)]
    dense = draw(st.lists(st.tuples(SIZES, ACTIVATIONS), max_size=2))
    outputs = dense[-1][0] if dense else kinds[-1][1] * (1 + kinds[-1][2])
    inputs = {
        "input": draw(SIZES),
        "nothing": 0,
        "previous": before.outputs if before is not None else 0,
        "output": outputs,
    }[reads]
    layers: list[Layer] = []
    for cell, units, in_both in kinds:
        activations = (draw(ACTIVATIONS), draw(ACTIVATIONS)) if draw(st.booleans()) else ()
        layers.append(RecurrentLayer(cell, inputs, units, in_both, *activations))
        inputs = layers[-1].outputs
    for units, activation in dense:
        layers.append(DenseLayer(inputs, units, activation))
        inputs = units
    after: list[DenseLayer] = []
    for units, activation in draw(st.lists(st.tuples(SIZES, ACTIVATIONS), max_size=2)):
        after.append(DenseLayer(inputs, units, activation))
        inputs = units
    return Stage(name, draw(SIZES), tuple(layers), reads, continues, tuple(after))


@st.composite
def networks(draw: st.DrawFn) -> RecurrentNetwork:
    """Return a network of one or two stages."""
    first = draw(stages("encoder"))
    second = draw(st.none() | stages("decoder", first))
    both = (first,) if second is None else (first, second)
    return RecurrentNetwork(draw(NAMES), both, draw(st.integers(1, 16)))
