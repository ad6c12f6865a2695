"""Columns that policies and plots receive: shared, and therefore read-only."""

from __future__ import annotations

from typing import Any, TypeVar

from numpy.typing import NDArray

Column = TypeVar("Column", bound=NDArray[Any])


def read_only(column: Column) -> Column:
    """Return the column, which nobody can write any more: who wants to change it must copy it."""
    column.setflags(write=False)
    return column
