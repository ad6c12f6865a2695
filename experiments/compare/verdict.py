"""The verdict of a comparison in words: who wins where, by how much, and how far from the bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from experiments.shared.labels import gap_text
from stomp_flim.model.shown import counted

if TYPE_CHECKING:
    import pandas as pd


def verdict(rows: pd.DataFrame) -> str:
    """Return who wins on one graph.

    A policy wins at a number of pixels if no other one is shorter. The leader wins most often, of
    equal ones the one that is closest to the bound on average.

    Parameters
    ----------
    rows : DataFrame
        One row a policy and number of pixels: columns pixels, policy, makespan, lower_bound.

    Returns
    -------
    str
        Sentences that name the leader, where others win, the leader's gap to the lower bound, and
        how much longer the other policies are than the shortest.
    """
    names = list(dict.fromkeys(rows["policy"]))
    makespan = rows.pivot_table("makespan", "pixels", "policy").sort_index()[names]
    bound = rows.drop_duplicates("pixels").set_index("pixels")["lower_bound"].sort_index()
    gap = makespan.div(bound, axis=0) - 1
    behind = makespan.div(makespan.min(axis=1), axis=0) - 1
    leader = min(names, key=lambda name: (-(behind[name] == 0).sum(), gap[name].mean()))
    equal = [name for name in names if (makespan[name] == makespan[leader]).all()]
    others = sorted((n for n in names if n not in equal), key=lambda name: behind[name].mean())
    sentences = []
    if len(names) > 1:
        sentences.append(_winner(behind, leader, equal))
    sentences.append(_distance(gap[leader], leader))
    if others:
        parts = [_spread(behind[name], name) for name in others]
        sentences.append(f"Longer than the shortest: {'; '.join(parts)}.")
    return " ".join(sentences)


def _winner(behind: pd.DataFrame, leader: str, equal: list[str]) -> str:
    """Say where the leader wins and who wins where it does not."""
    wins = behind == 0
    points = len(wins)
    where = f"{points} numbers of pixels" if points > 1 else "the number of pixels"
    if len(equal) == len(behind.columns):
        return f"{_listed(equal)} are equally long at all of {where}."
    won = wins[leader].sum()
    text = f"{leader} wins at {'all' if won == points else won} of {where}"
    if len(equal) > 1:
        text += f", and so does {_listed([name for name in equal if name != leader])}"
    alone = int((wins[leader] & (wins.sum(axis=1) == len(equal))).sum())
    if alone:
        text += f", at {'all' if alone == points else alone} of them shorter than all others"
    for name in behind.columns:
        pixels = [pixel for pixel in wins.index if wins[name][pixel] and not wins[leader][pixel]]
        if pixels:
            lead = gap_text(behind[leader][pixels].max())
            *most, last = pixels
            counts = _listed([*(f"{pixel:,}" for pixel in most), counted(last, "pixel")])
            text += f"; {name} wins at {counts}, where {leader} is up to {lead} longer"
    return f"{text}."


def _distance(gap: pd.Series[float], leader: str) -> str:
    if (gap == 0).all():
        return f"{leader} reaches the lower bound everywhere: it is optimal."
    text = (
        f"{leader} is {gap_text(gap.mean())} above the lower bound on average and "
        f"{gap_text(gap.max())} at most, at {_largest(gap)}"
    )
    optimal = int((gap == 0).sum())
    return f"{text}, and reaches it at {optimal} of {len(gap)}." if optimal else f"{text}."


def _spread(behind: pd.Series[float], name: str) -> str:
    return (
        f"{name} by {gap_text(behind.mean())} on average and {gap_text(behind.max())} at most, at "
        f"{_largest(behind)}"
    )


def _largest(gaps: pd.Series[float]) -> str:
    """Return the number of pixels with the largest gap, in words."""
    where: Any = gaps.idxmax()
    return counted(where, "pixel")


def _listed(words: list[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
