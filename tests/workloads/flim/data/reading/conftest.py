"""What tests of readers share."""

from __future__ import annotations

import numpy as np
import pytest

from tests.workloads.flim.data.reading.writing import example_counts


@pytest.fixture
def counts() -> np.ndarray:
    """Make a small image with different numbers of rows, columns and bins."""
    return example_counts()
