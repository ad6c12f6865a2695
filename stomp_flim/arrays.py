"""Arrays and whole numbers as they are handed around."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int32]
Cycles = NDArray[np.int64]
Column = TypeVar("Column", bound=NDArray[Any])


def read_only(column: Column) -> Column:
    """Return the column, which nobody can write any more: who wants to change it must copy it."""
    column.setflags(write=False)
    return column


def gathered(offset: Cycles, values: Column, entries: Cycles) -> tuple[Cycles, Column]:
    """Return entries of different lengths in another order.

    Parameters
    ----------
    offset : int64[n + 1]
        Entry i holds ``values[offset[i]:offset[i + 1]]``.
    values : array
        Of all entries, one after another.
    entries : int64[m]
        Which entries are wanted, in which order.

    Returns
    -------
    offset, values : int64[m + 1], array
        Of these entries.

    Examples
    --------
    >>> import numpy as np
    >>> from stomp_flim.arrays import gathered
    >>> gathered(np.array([0, 1, 3]), np.array([7, 8, 9]), np.array([1, 0, 1]))
    (array([0, 2, 3, 5]), array([8, 9, 7, 8, 9]))
    """
    counts = np.diff(offset)[entries]
    begin = np.concatenate([[0], np.cumsum(counts)])
    place = np.repeat(offset[entries] - begin[:-1], counts) + np.arange(begin[-1])
    return begin, values[place]


def is_integer(value: object) -> bool:
    """Return whether a value is a whole number of Python's or NumPy's, and no truth value."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
