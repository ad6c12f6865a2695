"""Cost of operations: laws, and agreement with the blocks that they are parts of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmodels import devices
from hwmodels.costs.operation import (
    Activation,
    Cost,
    ElementWise,
    Implementation,
    MatrixVector,
    Operation,
    Quantization,
    cost,
)
from stomp_flim.errors import InputError

DEVICE = devices.xc7k410t
SIZES = st.integers(1, 40)
OPERATIONS = st.one_of(
    st.builds(MatrixVector, SIZES, SIZES, SIZES, SIZES),
    st.builds(ElementWise, SIZES, SIZES, SIZES),
    st.builds(Activation, SIZES),
    st.builds(Quantization, SIZES),
)
IMPLEMENTATIONS = st.builds(
    Implementation, st.integers(1, 8), st.integers(1, 4), st.just(1), st.integers(1, 4)
)


@given(OPERATIONS, IMPLEMENTATIONS)
def test_more_of_anything_never_costs_time(operation: Operation, how: Implementation) -> None:
    """Lanes and shorter intervals; an operation's hardware is free when its result is there."""
    found = cost(operation, how, DEVICE)
    assert 1 <= found.interval <= found.latency
    faster = Implementation(how.lanes + 1, how.interval, 1, how.multiplier_stages)
    assert cost(operation, faster, DEVICE).latency <= found.latency
    assert cost(operation, faster, DEVICE).dsp >= found.dsp
    slower = Implementation(how.lanes, how.interval + 1, 1, how.multiplier_stages)
    assert cost(operation, slower, DEVICE).latency >= found.latency
    assert cost(operation, slower, DEVICE).interval > found.interval


@given(SIZES, SIZES, st.integers(1, 8))
def test_a_tile_keeps_its_lanes_for_its_products(rows: int, columns: int, lanes: int) -> None:
    """And takes no time beyond its columns and the stages of a multiplier."""
    found = cost(
        MatrixVector(rows, columns, 8, 8), Implementation(lanes, multiplier_stages=3), DEVICE
    )
    assert found.interval == columns * sum(1 for _ in range(0, rows, lanes))
    assert found.latency == found.interval + 2
    assert found.dsp == lanes


def test_packing_halves_the_slices_where_a_slice_holds_two_products() -> None:
    """And is refused where it does not."""
    tile = MatrixVector(32, 8, 8, 8)
    assert [32, 16] == [cost(tile, Implementation(32, packing=n), DEVICE).dsp for n in (1, 2)]
    assert 4 == cost(tile, Implementation(7, packing=2), DEVICE).dsp
    message = "packing: 2 products of 8 x 24 bits in one DSP48E1, expected 1"
    with pytest.raises(InputError, match=message):
        cost(MatrixVector(32, 8, 8, 24), Implementation(32, packing=2), DEVICE)


@pytest.mark.parametrize(
    ("operation", "how", "latency", "interval", "dsp"),
    [
        (ElementWise(10, 8, 8), Implementation(4, 3, 1, 5), 2 * 3 + 5, 9, 4),
        (ElementWise(10, 8, 8), Implementation(4, 3, 1, 2), 9, 9, 4),  # the next comes no earlier
        (ElementWise(1, 8, 8), Implementation(1), 1, 1, 1),
        (ElementWise(9, 25, 25), Implementation(3), 3, 3, 6),  # two slices a product
        (Activation(10), Implementation(4), 2 + 2, 3, 0),
        (Quantization(8), Implementation(4, 2), 2 + 2, 4, 0),
        (MatrixVector(10, 7, 8, 8), Implementation(4, 2, 1, 3), 3 * 7 * 2 + 2, 42, 4),
        (MatrixVector(2, 1, 25, 25), Implementation(2), 1, 1, 4),
    ],
)
def test_known_costs(
    operation: Operation, how: Implementation, latency: int, interval: int, dsp: int
) -> None:
    """Groups of elements one interval apart, and then the depth of the pipeline."""
    assert Cost(latency, interval, dsp) == cost(operation, how, DEVICE)


def test_what_takes_no_slice_need_not_say_so() -> None:
    """As activations and quantizations."""
    assert 0 == Cost(3, 2).dsp


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MatrixVector(0, 1, 8, 8), "rows is 0, expected an integer >= 1"),
        (lambda: Implementation(lanes=-2), "lanes is -2, expected an integer >= 1"),
        (lambda: Activation(1.5), r"elements is 1\.5, expected an integer >= 1"),
        (lambda: cost("add", Implementation(1), DEVICE), "'add' is not an operation with a cost"),
    ],
)
def test_what_cannot_be_priced_is_an_error(make: object, message: str) -> None:
    """With the figure and what was expected."""
    with pytest.raises(InputError, match=message):
        make()
