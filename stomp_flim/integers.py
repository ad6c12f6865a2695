"""Whole numbers as users give them: Python's and NumPy's, but no truth values."""

from __future__ import annotations

import numpy as np


def is_integer(value: object) -> bool:
    """Return whether a value is a whole number of Python's or NumPy's integer types."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
