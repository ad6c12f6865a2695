"""Tests of what a sweep compares and of its table."""

from __future__ import annotations

from itertools import product
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.speedup.points import SpeedupOutcome
from experiments.speedup.sweep import SUMMED, SpeedupSweep
from stomp_flim import InputError

COLUMNS = [
    "model",
    "device",
    "stage",
    "steps",
    "pixels",
    "policy",
    "makespan",
    "lower_bound",
    "gap",
    "manual_makespan",
    "speedup",
    "durations",
    "servers",
    "clock_ns",
    "lanes",
    "multipliers",
    "exceeds_device",
]


@st.composite
def _tables(draw: st.DrawFn) -> pd.DataFrame:
    """Tables of sweeps over arbitrary outcomes."""
    stages = draw(st.lists(st.sampled_from([*SUMMED, "sum", "pipeline"]), min_size=1, unique=True))
    policies = draw(st.permutations(["manual", "fifo", "hlfet"]))
    pixels = draw(st.lists(st.integers(1, 9), min_size=1, max_size=3, unique=True))
    sweep = SpeedupSweep(("seq2seqlite", "seq2seq"), tuple(stages), tuple(pixels), tuple(policies))
    bounds = st.integers(1, 1000)
    outcomes = {}
    for point in sweep.points():
        bound = draw(bounds)
        outcomes[point] = SpeedupOutcome(bound + draw(st.integers(0, 1000)), bound)
    return sweep.table(outcomes)


@given(_tables())
def test_rows_are_consistent(frame: pd.DataFrame) -> None:
    """Columns are those of the contract; speed-up and gap follow from the cycles."""
    assert COLUMNS == list(frame.columns)
    for row in frame.itertuples():
        assert row.makespan / row.lower_bound - 1 == row.gap
        assert row.manual_makespan / row.makespan == row.speedup
        assert row.speedup <= row.manual_makespan / row.lower_bound


@given(_tables())
def test_sums_add_the_stages(frame: pd.DataFrame) -> None:
    """A row of stage `sum` holds the sums of its three stages, where they are in the table."""
    if not {*SUMMED, "sum"} <= set(frame["stage"]):
        return
    key = ["model", "pixels", "policy"]
    cycles = ["makespan", "lower_bound", "manual_makespan"]
    expected = frame[frame["stage"].isin(SUMMED)].groupby(key)[cycles].sum()
    actual = frame[frame["stage"] == "sum"].set_index(key)[cycles].sort_index()
    pd.testing.assert_frame_equal(expected, actual)


@given(_tables())
def test_fifo_at_one_pixel_is_the_baseline(frame: pd.DataFrame) -> None:
    """Its speed-up is 1, and the baseline of more pixels is a multiple of it."""
    one = frame[(frame["policy"] == "fifo") & (frame["pixels"] == 1)]
    assert all(one["speedup"] == 1)
    for row in one.itertuples():
        same = frame[(frame["model"] == row.model) & (frame["stage"] == row.stage)]
        assert (row.makespan * same["pixels"]).tolist() == same["manual_makespan"].tolist()


def test_rows_come_in_the_order_asked_for() -> None:
    """Models, stages and policies keep their order; pixels ascend."""
    sweep = SpeedupSweep(("seq2seqlite", "seq2seq"), ("sum", "decoder"), (4, 1), ("hlfet", "fifo"))
    frame = sweep.table({point: SpeedupOutcome(2, 1) for point in sweep.points()})
    expected = list(product(sweep.models, sweep.stages, (1, 4), sweep.policies))
    columns = ["model", "stage", "pixels", "policy"]
    assert expected == list(frame[columns].itertuples(index=False, name=None))


def test_only_what_is_needed_is_simulated() -> None:
    """The sum needs its stages and never the pipeline; the baseline needs FIFO at one pixel."""
    sweep = SpeedupSweep(("seq2seq",), ("sum",), (2,), ("hlfet",))
    found = {(point.stage, point.pixels, point.policy) for point in sweep.points()}
    expected = {(s, *rest) for s in SUMMED for rest in [(1, "fifo"), (2, "hlfet")]}
    assert expected == found
    assert 6 == len(sweep.points())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"models": ("seq2sek",)}, "unknown model 'seq2sek'; did you mean 'seq2seq'"),
        ({"stages": ("summ",)}, "unknown stage 'summ'; did you mean 'sum'"),
        ({"policies": ("hlfett",)}, "unknown policy 'hlfett'; did you mean 'hlfet'"),
        ({"devices": ("publishd",)}, "unknown device 'publishd'; did you mean 'published'"),
        ({"pixels": (4, 0)}, "--pixels: 0, expected an integer >= 1"),
        ({"pixels": (-2,)}, "--pixels: -2, expected an integer >= 1"),
        ({"pixels": (2, 2)}, "number of pixels 2 is given twice"),
        ({"pixels": ()}, "no number of pixels given"),
        ({"models": ("seq2seq", "seq2seq")}, "model 'seq2seq' is given twice"),
        ({"stages": ("sum", "sum")}, "stage 'sum' is given twice"),
        ({"policies": ("fifo", "fifo")}, "policy 'fifo' is given twice"),
        ({"policies": ("no/where.py:f",)}, "no/where.py: no such policy file"),
    ],
)
def test_bad_input_is_one_clear_error(change: dict[str, Any], message: str) -> None:
    """What is wrong is named, with near names where there are some."""
    with pytest.raises(InputError, match=message):
        SpeedupSweep(**change)


def test_what_the_device_cannot_run_is_found_before_the_sweep() -> None:
    """Too many lanes, zero steps and a stage that was not published are errors of the check."""
    for change, message in [
        ({"policies": ("manual-lanes:lanes=129",)}, "at least one for each of 129 lanes"),
        ({"steps": 0}, "--steps: 0, expected an integer >= 1"),
        ({"stages": ("pipeline",), "as_published": True}, "'pipeline' was not published"),
    ]:
        with pytest.raises(InputError, match=message):
            SpeedupSweep(**change).check_device()
