"""Tests of what the figures have in common."""

from __future__ import annotations

import matplotlib as mpl

from stomp_flim.plots.style import marks, paper_style


def test_each_name_has_one_mark_and_seven_names_have_seven_colours_and_markers() -> None:
    """Lines can be told apart without colour, and a name that returns keeps its mark."""
    found = marks([*"abcdefg", "a"])
    assert list("abcdefg") == list(found)
    assert 7 == len({mark.colour for mark in found.values()})
    assert 7 == len({mark.marker for mark in found.values()})


def test_the_style_ends_with_its_context() -> None:
    """Figures of others keep their settings."""
    before = dict(mpl.rcParams)
    with paper_style():
        assert before != dict(mpl.rcParams)
    assert before == dict(mpl.rcParams)
