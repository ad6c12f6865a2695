"""What tables and figures call things."""

from __future__ import annotations

import pytest

from experiments.shared.labels import gap_text, policy_label


def test_policy_files_are_shown_without_their_folder() -> None:
    """Tables and figures hold no path of a machine."""
    assert "mine.py:best:weight=2" == policy_label("/home/someone/mine.py:best:weight=2")
    assert "manual-lanes:lanes=4" == policy_label("manual-lanes:lanes=4")


@pytest.mark.parametrize(
    ("gap", "expected"),
    [(0.0, "0%"), (1e-9, "<0.1%"), (0.00099, "<0.1%"), (0.0123, "1.2%"), (24.08, "2,408%")],
)
def test_only_a_proven_optimum_has_a_gap_of_zero(gap: float, expected: str) -> None:
    """Rounding never claims an optimum."""
    assert expected == gap_text(gap)
