"""The verdict of a comparison."""

import pandas as pd
import pytest

from experiments.compare.verdict import verdict


def table(bounds, **makespans):
    """Return the table of policies over 1, 2, 4, ... pixels."""
    return pd.DataFrame(
        [
            {"pixels": 2**place, "policy": policy, "makespan": makespan, "lower_bound": bound}
            for policy, column in makespans.items()
            for place, (makespan, bound) in enumerate(zip(column, bounds, strict=True))
        ]
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            table([100, 100, 200], mine=[100, 110, 210], heft=[100, 120, 205]),
            "mine wins at 2 of 3 numbers of pixels, at 1 of them shorter than all others; heft "
            "wins at 4 pixels, where mine is up to 2.4% longer. "
            "mine is 5.0% above the lower bound on average and 10.0% at most, at 2 pixels, and "
            "reaches it at 1 of 3. "
            "Longer than the shortest: heft by 3.0% on average and 9.1% at most, at 2 pixels.",
        ),
        (
            table([100, 100], slow=[300, 400], fast=[100, 100]),
            "fast wins at all of 2 numbers of pixels, at all of them shorter than all others. "
            "fast reaches the lower bound everywhere: it is optimal. "
            "Longer than the shortest: slow by 250% on average and 300% at most, at 2 pixels.",
        ),
        (
            table([100, 1000], a=[101, 1000], b=[101, 1000]),
            "a and b are equally long at all of 2 numbers of pixels. "
            "a is 0.5% above the lower bound on average and 1.0% at most, at 1 pixel, and reaches "
            "it at 1 of 2.",
        ),
        (
            table([100, 100], a=[101, 102], b=[105, 102], c=[101, 102]),
            "a wins at all of 2 numbers of pixels, and so does c, at 1 of them shorter than all "
            "others. a is 1.5% above the lower bound on average and 2.0% at most, at 2 pixels. "
            "Longer than the shortest: b by 2.0% on average and 4.0% at most, at 1 pixel.",
        ),
        (
            table([100], alone=[110]),
            "alone is 10.0% above the lower bound on average and 10.0% at most, at 1 pixel.",
        ),
    ],
    ids=["each wins somewhere", "optimal", "equal", "two of three are equal", "one policy"],
)
def test_it_says_who_wins_where_and_by_how_much(rows, expected):
    """Worked out by hand."""
    assert expected == verdict(rows)


def test_the_order_of_rows_does_not_matter():
    """Only that of the policies names equal ones."""
    rows = table([100, 100, 200], mine=[100, 110, 210], heft=[100, 120, 205])
    shuffled = rows.sort_values(["pixels", "makespan"], ascending=False)
    assert verdict(rows) == verdict(shuffled)
