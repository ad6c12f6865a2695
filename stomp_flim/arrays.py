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


def is_integer(value: object) -> bool:
    """Return whether a value is a whole number of Python's or NumPy's, and no truth value."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
