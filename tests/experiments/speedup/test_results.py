"""Tests of the headlines of a sweep, the published figures among them."""

from __future__ import annotations

import pytest

from experiments.speedup.points import evaluate
from experiments.speedup.results import Results, points
from experiments.speedup.sweep import SpeedupSweep


@pytest.mark.parametrize(
    ("model", "pixels", "expected"), [("seq2seq", 64, 17.60), ("seq2seqlite", 256, 51.88)]
)
def test_published_graphs_give_the_published_speed_ups(
    model: str, pixels: int, expected: float
) -> None:
    """FIFO on the graphs with the published defects, stages summed, as measured with STOMP."""
    sweep = SpeedupSweep((model,), ("sum",), (pixels,), ("fifo",), as_published=True)
    results = Results(sweep, {point: evaluate(point) for point in points(sweep)})
    (headline,) = results.headlines("sum")
    assert expected == round(headline.best.speedup, 2)
    assert headline.best.speedup == headline.published_fifo.speedup
    assert headline.claim is not None
    assert pixels == headline.claim.pixels


def test_claims_are_repeated_only_where_they_can_be_compared() -> None:
    """The published graphs are simulated with the sum of the stages at the claim's pixels."""
    for stages, pixels, steps, repeated in [
        (("sum",), (1, 64), 1, True),
        (("encoder",), (1, 64), 1, False),
        (("sum",), (1, 32), 1, False),
        (("sum",), (1, 64), 2, False),
    ]:
        sweep = SpeedupSweep(("seq2seq",), stages, pixels, ("hlfet",), steps)
        assert repeated == any(point.as_published for point in points(sweep))


def test_points_come_with_the_most_work_first() -> None:
    """Long points at the end would leave processes without work."""
    work = [point.tasks for point in points(SpeedupSweep(pixels=(1, 64)))]
    assert sorted(work, reverse=True) == work


def test_the_best_is_the_largest_speed_up() -> None:
    """Over all policies and pixels of a model."""
    sweep = SpeedupSweep(("seq2seqlite",), ("encoder",), (1, 4), ("manual", "hlfet", "fifo"))
    results = Results(sweep, {point: evaluate(point) for point in points(sweep)})
    (headline,) = results.headlines("encoder")
    assert ("Seq2SeqLite", "hlfet", 4) == (
        headline.title,
        headline.best.policy,
        headline.best.pixels,
    )
    assert results.frame["speedup"].max() == headline.best.speedup
    assert headline.claim is None
