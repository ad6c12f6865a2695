"""The tools that simulate and synthesize; without them tests are skipped, or fail where told to."""

from __future__ import annotations

import os
from collections.abc import Iterable

import pytest

from hwmodels.verilog.tools import SIMULATOR, missing_tools

REQUIRE = "STOMP_FLIM_REQUIRE_TOOLS"
"""Environment variable; where it is set, as in the project's own checks, nothing is skipped."""


@pytest.fixture(scope="session")
def simulator() -> None:
    """Make sure of Icarus Verilog."""
    _be_sure_of(set(missing_tools()).intersection(SIMULATOR))


@pytest.fixture(scope="session")
def synthesizer() -> None:
    """Make sure of Yosys."""
    _be_sure_of(set(missing_tools()).difference(SIMULATOR))


def _be_sure_of(missing: Iterable[str]) -> None:
    if missing := sorted(missing):
        (pytest.fail if os.environ.get(REQUIRE) else pytest.skip)(
            f"not found: {', '.join(missing)}; `make hardware-tools` installs what is missing"
        )
