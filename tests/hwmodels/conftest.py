"""Fixtures of the hardware models' tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import gru_equations
import numpy as np
import pytest

Equations = Callable[[Mapping[str, np.ndarray], np.ndarray], gru_equations.Results]


@pytest.fixture(scope="session")
def equations() -> Equations:
    """Compute encoder states and outputs of one layer: weights, x[pixels, steps, inputs]."""
    return gru_equations.infer
