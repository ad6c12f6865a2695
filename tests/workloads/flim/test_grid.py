"""On conditions of the grid wrong lifetimes are told, and right ones are shown."""

from __future__ import annotations

import pytest

from tests.workloads.flim.grid import Condition, conditions, outcomes
from workloads.flim import zoo

SHORT, LONG = Condition("decay", [(1.0, 0.1)]), Condition("decay", [(1.0, 4.0)])
TAILED = Condition("response", [(1.0, 0.3)], {"tail_ns": 0.2})
DIM = Condition("photons", [(0.5, 0.2), (0.5, 1.0)], {"photons": 200, "background": 0.2})
QUICK = [(SHORT, True), (LONG, True), (TAILED, True), (DIM, True), (LONG, False), (DIM, False)]
SAMPLE = conditions()[5::10]


@pytest.mark.parametrize(("condition", "known"), QUICK)
def test_errors_are_told(condition: Condition, known: bool) -> None:
    """Where a network is wrong pixels are flagged or covered, and where it is right shown."""
    for found in outcomes(condition, [zoo.DEFAULT, zoo.WIDE], known=known):
        assert not found.violation, found


@pytest.mark.slow
@pytest.mark.parametrize(("known", "share"), [(True, 1 / 30), (False, 1 / 15)])
def test_errors_are_told_on_a_tenth_of_the_grid(known: bool, share: float) -> None:
    """Few are wrong and not told, or right and flagged; more where the response is not measured.

    A tail of the response cannot then be told from a component, nor a width far below a bin's.
    """
    names = [zoo.DEFAULT, zoo.WIDE, zoo.SIXTEEN_BITS]
    found = [each for condition in SAMPLE for each in outcomes(condition, names, known=known)]

    bad = [each for each in found if each.violation]
    assert len(bad) <= share * len(found), bad
