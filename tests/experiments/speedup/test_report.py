"""Tests of the page's parts; the page itself is tested with the command."""

from __future__ import annotations

import shlex

import pytest

from experiments.speedup.report import command_line, gap_text
from experiments.speedup.sweep import SpeedupSweep


def test_the_command_line_holds_what_differs_from_the_default() -> None:
    """It repeats the sweep; a policy file is named without its folder."""
    assert "stomp-flim speedup --out DIR" == command_line(SpeedupSweep())
    sweep = SpeedupSweep(
        ("seq2seq",),
        ("sum", "pipeline"),
        (8, 1),
        ("manual-lanes:lanes=4", "hlfet"),
        steps=3,
        as_published=True,
    )
    expected = [
        "stomp-flim",
        "speedup",
        *("--model", "seq2seq"),
        *("--stage", "sum", "--stage", "pipeline"),
        *("--pixels", "1,8"),
        *("--policy", "manual-lanes:lanes=4", "--policy", "hlfet"),
        *("--steps", "3"),
        "--as-published",
        *("--out", "DIR"),
    ]
    assert expected == shlex.split(command_line(sweep))


@pytest.mark.parametrize(
    ("gap", "expected"),
    [(0.0, "0%"), (1e-9, "<0.1%"), (0.00099, "<0.1%"), (0.0123, "1.2%"), (24.08, "2,408%")],
)
def test_only_a_proven_optimum_has_a_gap_of_zero(gap: float, expected: str) -> None:
    """Rounding never claims an optimum."""
    assert expected == gap_text(gap)
