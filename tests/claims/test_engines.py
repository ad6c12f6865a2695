"""The limits that the page on engines states."""

from __future__ import annotations

import pages
import pytest

from stomp_flim.engines.compiled import LONGEST_LATENCY
from stomp_flim.engines.compiled.engine import BINS, MOST_RECORDED
from stomp_flim.engines.compiled.tables import MOST_TASKS


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (LONGEST_LATENCY, "latencies up to 2^20 cycles"),
        (MOST_RECORDED, "keeps every execution, up to 2^25 tasks"),
        (MOST_TASKS, "runs up to 2^31 - 1 tasks"),
        (BINS, "at most 1024 bins"),
    ],
)
def test_limits(limit: int, said: str) -> None:
    """Each is the engine's own."""
    assert said in pages.words("engines.md")
    power = said.split(" to ")[-1].split()[0].removeprefix("2^")
    assert limit in (2 ** int(power) if power.isdigit() else 1024, 2**31 - 1)
