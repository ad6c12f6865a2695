"""Tests of single points of the experiment `speedup`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from experiments.speedup.points import SpeedupPoint, evaluate, from_entry, to_entry
from stomp_flim import InputError, PolicyError

POINT = SpeedupPoint("seq2seqlite", "postprocess", 1, False, "published", 3, "fifo")


@pytest.mark.parametrize("pixels", [1, 2, 5])
@pytest.mark.parametrize("stage", ["encoder", "decoder", "postprocess"])
def test_manual_multiplied_out_is_manual_simulated(stage: str, pixels: int) -> None:
    """One pixel's makespan times the pixels is what the whole schedule takes."""
    point = replace(POINT, stage=stage, pixels=pixels, policy="manual")
    assert point.schedule().makespan == evaluate(point).makespan


@pytest.mark.parametrize("policy", ["manual", "manual-lanes", "fifo", "hlfet"])
def test_no_makespan_is_below_its_bound(policy: str) -> None:
    """The bound holds for every policy and all numbers of pixels."""
    for pixels in (1, 8, 150):
        outcome = evaluate(replace(POINT, pixels=pixels, policy=policy))
        assert outcome.lower_bound <= outcome.makespan


def test_an_outcome_survives_the_journal() -> None:
    """What is read is what was written; anything else is no outcome."""
    outcome = evaluate(POINT)
    assert outcome == from_entry(to_entry(POINT, outcome))
    for damaged in (None, {}, {"makespan": 3}, {"makespan": "3", "lower_bound": 2}):
        assert from_entry(damaged) is None
    for makespan, bound in ((-5, -5), (-5, 1), (3, 4), (0, 0), (3, 0), (3.5, 2), (True, True)):
        assert from_entry({"makespan": makespan, "lower_bound": bound}) is None


def test_the_key_depends_on_all_that_the_outcome_depends_on() -> None:
    """Points whose outcomes may differ have other keys; equal ones have one key."""
    others = [
        replace(POINT, pixels=4),
        replace(POINT, policy="hlfet"),
        replace(POINT, policy="manual-lanes:lanes=2"),
        replace(POINT, stage="encoder"),
        replace(POINT, steps=2),
        replace(POINT, model="seq2seq"),  # the same tasks, under a name that a policy can read
    ]
    keys = {point.key() for point in [POINT, *others]}
    assert 1 + len(others) == len(keys)
    assert POINT.key() == replace(POINT).key()


def test_the_key_of_a_policy_file_depends_on_its_content(tmp_path: Path) -> None:
    """A changed policy is simulated again."""
    keys = set()
    for number in range(2):
        path = tmp_path / str(number) / "mine.py"
        path.parent.mkdir()
        path.write_text(f"def mine(graph, platform, jobs):\n    return [{number}] * len(graph)\n")
        keys.add(replace(POINT, policy=f"{path}:mine").key())
    assert 2 == len(keys)


def test_errors_name_the_point(tmp_path: Path) -> None:
    """A policy that breaks its contract is named with the graph and the pixels."""
    path = tmp_path / "bad.py"
    path.write_text("def bad(graph, platform, jobs):\n    return [0]\n")
    with pytest.raises(PolicyError, match=r"seq2seqlite postprocess, 3 pixels, policy '.*bad'"):
        evaluate(replace(POINT, policy=f"{path}:bad"))
    with pytest.raises(InputError, match=r"policy 'manual-lanes:lanes=500'.*500 lanes"):
        evaluate(replace(POINT, policy="manual-lanes:lanes=500"))
