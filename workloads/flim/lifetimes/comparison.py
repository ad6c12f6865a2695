"""Two maps of lifetimes of the same pixels: how far they agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stomp_flim.errors import InputError

Quartiles = tuple[float, float, float]


@dataclass(frozen=True)
class Comparison:
    """What two maps have in common; NaN where too few pixels have both.

    Parameters
    ----------
    pixels : int
        Pixels with a lifetime in both.
    median_ratio : float
        Median over pixels of the second lifetime divided by the first.
    first_ns, second_ns : (float, float, float)
        Lower quartile, median and upper quartile of each map, over those pixels.
    rank_correlation : float
        Spearman's: 1 where both order the pixels alike; NaN where one is the same everywhere.
    """

    pixels: int
    median_ratio: float
    first_ns: Quartiles
    second_ns: Quartiles
    rank_correlation: float


def compare(
    first_ns: npt.ArrayLike, second_ns: npt.ArrayLike, where: npt.ArrayLike = True
) -> Comparison:
    """Compare two maps of lifetimes.

    Parameters
    ----------
    first_ns, second_ns : array [...]
        Lifetimes in ns; NaN where there is none.
    where : bool array [...], optional
        Pixels to look at.

    Raises
    ------
    InputError
        If the shapes differ.

    Examples
    --------
    >>> from workloads.flim.lifetimes.comparison import compare
    >>> found = compare([[1.0, 2.0], [3.0, float("nan")]], [[1.1, 2.2], [3.3, 4.0]])
    >>> found.pixels, round(found.median_ratio, 3), found.first_ns, round(found.rank_correlation, 3)
    (3, 1.1, (1.5, 2.0, 2.5), 1.0)
    """
    first, second = (np.asarray(lifetimes, dtype=np.float64) for lifetimes in (first_ns, second_ns))
    chosen = np.asarray(where, dtype=bool)
    if first.shape != second.shape or chosen.shape not in ((), first.shape):
        raise InputError(
            f"maps of the shapes {first.shape} and {second.shape} in pixels of the shape "
            f"{chosen.shape}, expected equal ones"
        )
    both = chosen & np.isfinite(first) & np.isfinite(second) & (first > 0)
    one, other = first[both], second[both]
    return Comparison(
        one.size,
        float(np.median(other / one)) if one.size else np.nan,
        _quartiles(one),
        _quartiles(other),
        rank_correlation(one, other),
    )


def rank_correlation(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]) -> float:
    """Return Spearman's rank correlation of two samples, equal values with their mean rank."""
    import pandas as pd

    one, other = (pd.Series(sample).rank().to_numpy() for sample in (first, second))
    if not len(first) or np.ptp(one) == 0 or np.ptp(other) == 0:
        return np.nan
    return float(np.corrcoef(one, other)[0, 1])


def _quartiles(lifetimes: npt.NDArray[np.float64]) -> Quartiles:
    if not lifetimes.size:
        return np.nan, np.nan, np.nan
    low, middle, high = np.quantile(lifetimes, (0.25, 0.5, 0.75)).tolist()
    return low, middle, high
