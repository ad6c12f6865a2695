"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

# Machines are shared, and the first example of a test may be the first to import a library, or to
# compile. The examples are the same on every run, so that a change is judged by what it changes:
# `make fuzz` and `--hypothesis-profile=new` look for new ones.
settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("new", deadline=None)
settings.load_profile("same")

# A shell that starts the tests in the background makes them, and all they start, deaf to Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def reference() -> Path:
    """Folder of the published reference data, which is not part of the repository."""
    folder = Path(os.environ.get("STOMP_FLIM_REFERENCE", REPOSITORY / "../shared/reference"))
    if not folder.is_dir():
        pytest.skip(f"reference data not found in {folder} (set STOMP_FLIM_REFERENCE)")
    return folder.resolve()
