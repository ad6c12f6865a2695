"""Whole accelerators: against the simulator, the physical limit and the published figures."""

from __future__ import annotations

from dataclasses import fields, replace
from math import prod

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from recurrent.networks import networks

import stomp_flim as sf
from hwmodels import devices
from hwmodels.cells.counts import network_counts
from hwmodels.costs.accelerator import Design, extrapolations, is_confirmed
from hwmodels.costs.blocks import gru_dsp, gru_step_cycles, lane_dsp, reset_wait
from hwmodels.costs.network import limit_seconds, multiply_accumulates
from hwmodels.costs.ram import LogicalMemory
from hwmodels.costs.recurrent_layer import step_cycles
from hwmodels.gru.arithmetic import SEQ2SEQLITE_8_BIT
from hwmodels.gru.fixedpoint import Format
from hwmodels.network import SEQ2SEQ, SEQ2SEQLITE, Network
from hwmodels.recurrent import CellName, DenseLayer, RecurrentLayer, RecurrentNetwork, Stage
from stomp_flim.errors import InputError

K410T = devices.xc7k410t
NETWORKS = st.builds(
    Network, st.just("n"), st.integers(1, 2), st.integers(1, 24), st.integers(1, 2),
    st.integers(1, 3), st.integers(1, 6),
)  # fmt: skip


@st.composite
def designs(draw: st.DrawFn) -> Design:
    """Accelerators of small networks on small and large devices."""
    network = draw(NETWORKS)
    device = draw(st.sampled_from([devices.xc7a35t, K410T, devices.lfe5u_85f]))
    lanes = draw(st.integers(1, network.hidden_units))
    assume(2 * lanes + 20 < device.dsp.count)
    numbers = [draw(st.integers(1, most)) for most in (8, 16, 5)]
    return Design(network, device, lanes, *numbers, multiplier_stages=draw(st.integers(0, 3)))


def test_the_published_network_and_its_physical_limit() -> None:
    """855,360 multiply-accumulates; 250,000 pixels on 1540 multipliers in no less than 0.625 s."""
    assert 855_360 == multiply_accumulates(SEQ2SEQLITE)
    assert "0.625" == f"{limit_seconds(SEQ2SEQLITE, 250_000, K410T):.3f}"


@given(designs(), st.integers(1, 5000))
def test_nothing_beats_the_physical_limit_and_the_account_explains_the_distance(
    design: Design, pixels: int
) -> None:
    """The factors of the account multiply to the time of a frame over its limit."""
    try:
        fit = design.fit
    except InputError:
        assume(False)
    for units in {1, fit.units}:
        assert design.dsp(units) <= design.device.dsp.count
        assert design.allocation(units).blocks <= design.device.block_ram.count
        cycles = design.frame_cycles(units, pixels)
        limit = pixels * multiply_accumulates(design.network) / design.device.dsp.count
        assert cycles >= limit
        assert cycles / limit == pytest.approx(prod(design.account(units, pixels).values()))


@st.composite
def general_designs(draw: st.DrawFn) -> Design:
    """Accelerators of any recurrent network."""
    network = draw(networks())
    assume(not any(stage.reads == "output" and len(stage.layers) > len(stage.recurrent)
                   for stage in network.stages))  # fmt: skip
    least = min(layer.units for stage in network.stages for layer in stage.recurrent)
    numbers = [draw(st.integers(1, most)) for most in (least, 8, 16, 5)]
    return Design(network, draw(st.sampled_from([K410T, devices.xczu9eg])), *numbers)


@given(general_designs(), st.integers(1, 5000))
def test_the_account_explains_the_distance_for_any_network(design: Design, pixels: int) -> None:
    """And nothing beats the limit of one product a multiplier and cycle."""
    network = RecurrentNetwork.of(design.network)
    assert network_counts(network).multiply_accumulates == multiply_accumulates(network)
    for units in {1, design.fit.units}:
        assert design.dsp(units) <= design.device.dsp.count
        assert design.allocation(units).blocks <= design.device.block_ram.count
        cycles = design.frame_cycles(units, pixels)
        limit = pixels * multiply_accumulates(network) / design.device.dsp.count
        assert cycles >= limit
        assert cycles / limit == pytest.approx(prod(design.account(units, pixels).values()))


@given(st.sampled_from(("gru-reset-after", "lstm", "rnn")), st.integers(1, 24), st.data())
def test_the_simulator_finds_the_time_of_one_stage(
    cell: CellName, units: int, data: st.DataObject
) -> None:
    """All pixels of a unit are jobs whose steps follow each other."""
    lanes, in_flight, steps = (data.draw(st.integers(1, most)) for most in (units, 5, 6))
    layer = RecurrentLayer(cell, 2, units)
    network = RecurrentNetwork("n", (Stage("s", steps, (layer,)),))
    design = Design(network, K410T, lanes, ports=10**6, in_flight=in_flight)
    busy, latency = step_cycles(layer, lanes)
    tasks = [sf.Task("step", [sf.Mode({"lanes": 1}, latency, busy)])] * steps
    graph = sf.TaskGraph.from_tasks(tasks, [(i, i + 1) for i in range(steps - 1)])
    jobs = [sf.Job(graph)] * in_flight
    makespan = sf.simulate(jobs, sf.Platform({"lanes": 1}), "fifo", "simpy").makespan
    assert in_flight * steps * busy <= makespan <= design.pixel_cycles + latency


def test_memories_of_a_network_of_everything() -> None:
    """States of the widest stage, the sequence between layers, what is read and given out."""
    layers = (RecurrentLayer("lstm", 2, 8, bidirectional=True), RecurrentLayer("gru", 16, 4))
    first = Stage("first", 10, layers, after=(DenseLayer(4, 6, "relu"), DenseLayer(6, 5)))
    second = Stage("second", 3, (RecurrentLayer("rnn", 5, 4),), "previous")
    design = Design(RecurrentNetwork("n", (first, second)), K410T, lanes=2, ports=1)
    depths = {memory.name: memory.depth for memory in design.pixel_memories}
    assert depths == {
        "quantized state": 2 * 8 + 4,
        "other states": 2 * 8,
        "i.activate of lstm": 8,
        "f.activate of lstm": 8,
        "z.activate of gru": 4,
        "r.reset of gru": 4,
        "wide state": 8,
        "sequences between layers": 10 * 16,
        "dense outputs": 6,
        "input": 10 * 2 + 5,
        "output": 3 * 4,
    }
    words = 2 * (4 * 8 // 2) * 10 + (3 * 4 // 2) * 20 + (4 // 2) * 9
    shared = {memory.name: (memory.depth, memory.width) for memory in design.shared_memories}
    assert shared == {"weights": (words, 16), "dense weights": (4 * 6 + 6 * 5, 8)}


def test_stages_of_different_lengths_come_one_after_the_other() -> None:
    """As if each were a network of its own."""
    layers = RecurrentLayer("gru", 2, 8), RecurrentLayer("rnn", 2, 6)
    stages = [Stage(f"{n}", n, (layer,)) for n, layer in zip((3, 9), layers, strict=True)]
    both, *each = (
        Design(RecurrentNetwork("n", tuple(some)), K410T, lanes=4, ports=8, in_flight=3)
        for some in (stages, stages[:1], stages[1:])
    )
    assert both.pixel_cycles == sum(design.pixel_cycles for design in each)
    with pytest.raises(InputError, match="lanes: 7, expected at most 6, the hidden units of 'n'"):
        replace(both, lanes=7)


def test_layers_after_the_last_step_have_the_time_of_a_pixel() -> None:
    """200 products of each of 5 pixels, in 7 units."""
    stage = Stage("s", 4, (RecurrentLayer("rnn", 2, 4),), after=(DenseLayer(4, 50),))
    design = Design(RecurrentNetwork("n", (stage,)), K410T, lanes=2, ports=8, in_flight=5)
    assert -(-7 * 5 * 200 // design.pixel_cycles) == design.dense_lanes(7)
    outputs = [memory.depth for memory in design.pixel_memories if memory.name == "output"]
    assert outputs == [50]


@pytest.mark.parametrize("others", [0, 1])
def test_what_no_verilog_confirms_is_named(others: int) -> None:
    """Also where it is one layer of several."""
    one = RecurrentLayer("lstm", 4, 2, bidirectional=True)
    layers = (one, *[RecurrentLayer("gru", 4, 4)] * others)
    network = RecurrentNetwork("n", (Stage("s", 3, layers),))
    found = extrapolations(network)
    assert "steps and slices of cell lstm: no Verilog of it is generated" in found
    assert "two directions of a layer: one after the other on the same unit" in found
    assert not is_confirmed(network)


def test_two_sequences_stand_between_bidirectional_layers() -> None:
    """One that is read and one that is written, whichever are the longest."""
    sizes = [(2, 3), (6, 7), (14, 5), (10, 2)]
    layers = tuple(RecurrentLayer("gru", n, units, bidirectional=True) for n, units in sizes)
    design = Design(RecurrentNetwork("n", (Stage("s", 9, layers),)), K410T, lanes=2, ports=8)
    depths = {memory.name: memory.depth for memory in design.pixel_memories}
    assert 9 * (14 + 10) == depths["sequences between layers"]


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        (Stage("s", 2, (DenseLayer(1, 1),)), "network 'n', stage 's': no recurrent layer, exp"),
        (
            Stage("s", 2, (RecurrentLayer("rnn", 2, 4), DenseLayer(4, 2)), "output"),
            "network 'n', stage 's': outputs of a dense layer are fed back, expected",
        ),
    ],
)
def test_what_has_no_account_is_refused_by_name(stage: Stage, message: str) -> None:
    """The stage, and why."""
    with pytest.raises(InputError, match=message):
        Design(RecurrentNetwork("n", (stage,)), K410T, lanes=1, ports=1)


@given(designs())
def test_the_simulator_finds_the_time_of_alternating_pixels(design: Design) -> None:
    """A step keeps the lanes for its columns and takes until its state; the pixels take turns.

    All pixels of a unit are jobs; every other one begins with the steps of the decoder. First come,
    first served is no slower than the closed form, up to the start and the end of a run, and none
    is faster than the work of the lanes.
    """
    design = replace(design, network=replace(design.network, layers=1, steps=6), ports=10**6)
    hidden, lanes, stages = design.network.hidden_units, design.lanes, design.multiplier_stages
    modes = []
    for inputs in (design.network.inputs, 0):
        passes = -(-3 * hidden // lanes)
        busy = passes * (hidden + inputs) + reset_wait(hidden, lanes, stages, inputs)
        latency = gru_step_cycles(hidden, lanes, stages, inputs)
        modes.append([sf.Mode({"lanes": 1}, latency, busy)])
    graphs = []
    for first, second in (modes, modes[::-1]):
        tasks = [sf.Task("step", m) for m in [*[first] * 6, *[second] * 6]]
        graphs.append(sf.TaskGraph.from_tasks(tasks, [(i, i + 1) for i in range(11)]))
    jobs = [sf.Job(graphs[pixel % 2]) for pixel in range(design.in_flight)]
    makespan = sf.simulate(jobs, sf.Platform({"lanes": 1}), "fifo", "simpy").makespan
    slack = sum(mode[0].latency for mode in modes)
    work = 6 * design.in_flight * sum(mode[0].occupancy for mode in modes)
    assert work <= makespan <= design.pixel_cycles + slack


def test_one_pixel_alone_takes_its_steps_one_after_the_other() -> None:
    """33 and 32 columns, three passes of 32 lanes, 32 sums and 9 cycles; more with slow weights."""
    design = Design(SEQ2SEQLITE, K410T, lanes=32, ports=8)
    assert 135 * (3 * 33 + 41 + 3 * 32 + 41) == design.pixel_cycles
    assert "pixels in flight" == design.waits_for()
    two = replace(design, in_flight=2)
    assert (135 * 2 * 3 * 65, "multipliers") == (two.pixel_cycles, two.waits_for())
    assert 135 * 3 * 3 * 65 == replace(design, in_flight=3).pixel_cycles
    slow = replace(two, ports=2)
    assert (4, "weight ports") == (slow.interval, slow.waits_for())
    assert 4 * two.pixel_cycles == slow.pixel_cycles


def test_the_slices_are_those_of_the_units_and_the_dense_layer() -> None:
    """Of 96 products for each decoder in flight, in the time of a round."""
    design = Design(SEQ2SEQLITE, K410T, lanes=32, ports=8, in_flight=2)
    dense = -(-45 * 96 // (3 * 65))
    assert dense == design.dense_lanes(45)
    assert 45 * gru_dsp(32, K410T.dsp) + dense == design.dsp(45) <= 1540 < design.dsp(46)
    assert (45, 90, "DSP") == (design.fit.units, design.fit.pixels, design.fit.limit)


def with_slices(count: int, lanes: int) -> Design:
    """Make a design on a device with so many slices."""
    dsp = K410T.dsp.model_copy(update={"count": count})
    return Design(SEQ2SEQLITE, K410T.model_copy(update={"dsp": dsp}), lanes, ports=8)


@pytest.mark.parametrize("lanes", [1, 8, 32])
def test_one_unit_needs_its_slices_and_those_of_its_dense_layer(lanes: int) -> None:
    """Not one more, and what is lacking is named."""
    unit, both = gru_dsp(lanes, K410T.dsp), Design(SEQ2SEQLITE, K410T, lanes, ports=8).dsp(1)
    assert 1 == with_slices(both, lanes).fit.units
    for count in (unit, both - 1):
        with pytest.raises(InputError, match=f"which take {both} DSP48E1 with the dense layer"):
            with_slices(count, lanes)
    with pytest.raises(InputError, match=f"which take {unit} DSP48E1 in one unit"):
        with_slices(unit - 1, lanes)


def test_the_dense_layer_keeps_up_with_the_round_of_more_decoders() -> None:
    """An odd pixel is in the decoder every other round; wide weights take two slices a lane."""
    alone = Design(SEQ2SEQLITE, K410T, lanes=32, ports=8)
    assert -(-45 * 96 // (3 * 32 + 41)) == alone.dense_lanes(45)
    three = replace(alone, in_flight=3)
    assert -(-45 * 96 * 2 // (3 * (33 + 32 + 32))) == three.dense_lanes(45)
    wide = replace(alone, lanes=8, ports=99, weight_bits=19)
    assert 2 == lane_dsp(K410T.dsp, 19)
    assert 4 * gru_dsp(8, K410T.dsp, 19) + 2 * wide.dense_lanes(4) == wide.dsp(4)


@given(designs())
def test_more_pixels_in_flight_help_only_where_the_lanes_wait(design: Design) -> None:
    """Else what a pixel takes is the time for which it keeps the lanes."""
    many = replace(design, in_flight=64)
    by_lanes = many.pixel_cycles * design.in_flight
    assert by_lanes <= 64 * design.pixel_cycles
    waits = by_lanes < 64 * design.pixel_cycles
    limit = "weight ports" if design.interval > 1 else "multipliers"
    assert ("pixels in flight" if waits else limit) == design.waits_for()


def test_memories_hold_the_weights_once_and_each_pixels_states_and_sequences() -> None:
    """In the widths of the published arithmetic."""
    names = [field.name for field in fields(SEQ2SEQLITE_8_BIT)]
    formats = {name: getattr(SEQ2SEQLITE_8_BIT, name) for name in names}
    bits = {name: value.bits for name, value in formats.items() if isinstance(value, Format)}
    network = Network("n", layers=2, hidden_units=6, inputs=5, outputs=4, steps=7)
    design = Design(network, K410T, lanes=3, ports=8)
    assert bits["weight"] == design.weight_bits
    columns = (5 + 6) + (6 + 6) + (0 + 6) + (6 + 6)
    assert design.shared_memories == [
        LogicalMemory("weights", columns * 3 * 6 // 3, 3 * 8, reads=1, writes=0),
        LogicalMemory("dense weights", 4 * 6, 8, reads=1, writes=0),
    ]
    assert design.pixel_memories == [
        LogicalMemory("quantized state", 2 * 6, bits["state"], reads=2, writes=1),
        LogicalMemory("z.activate of gru", 6, bits["gate"], reads=1, writes=1),
        LogicalMemory("r.reset of gru", 6, bits["reset_product"], reads=1, writes=1),
        LogicalMemory("wide state", 6, bits["hidden"], reads=1, writes=1),
        LogicalMemory("input", 7 * 5, bits["input"], reads=1, writes=1),
        LogicalMemory("output", 7 * 4, bits["output"], reads=1, writes=1),
    ]


def test_ports_limit_where_small_memories_take_blocks_of_their_own() -> None:
    """Units of one lane need few slices each, but as many blocks as large ones."""
    assert "RAM ports" == Design(SEQ2SEQLITE, K410T, lanes=1, ports=1).fit.limit


@pytest.mark.parametrize(
    ("network", "device", "numbers", "message"),
    [
        (SEQ2SEQLITE, K410T, (2000, 1), "lanes: 2000, which take 2,001 DSP48E1 in one unit, exp"),
        (SEQ2SEQLITE, K410T, (33, 1), "lanes: 33, expected at most 32, the hidden units of"),
        (SEQ2SEQLITE, K410T, (8, 0), "ports is 0, expected an integer >= 1"),
        (SEQ2SEQLITE, K410T, (8, 1, 8, -1), "in_flight is -1, expected an integer >= 1"),
        (SEQ2SEQ, devices.xc7a35t, (8, 1, 8),
         "network 'seq2seq' on device 'xc7a35t': the shared memories alone need 1"),
        (SEQ2SEQLITE, devices.xc7a35t, (8, 1, 8, 500),
         "network 'seq2seqlite' on device 'xc7a35t': one unit of 500 pixels need"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_an_error(
    network: Network, device: object, numbers: tuple[int, ...], message: str
) -> None:
    """Lanes beyond the slices, a network beyond the memory: what it takes and what there is."""
    with pytest.raises(InputError, match=message):
        _ = Design(network, device, *numbers).fit
