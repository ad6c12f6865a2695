"""Tests of the page's parts; the page itself is tested with the command."""

from __future__ import annotations

import shlex

from experiments.speedup.report import command_line
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
