"""Outcomes of a frame in a journal."""

import copy
import json

import pytest

from experiments.frame.points import FramePoint, from_entry, to_entry
from stomp_flim.frame import FrameTime
from stomp_flim.frame.recurrence import Period

POINT = FramePoint("m", 1, 8, "d", 1, "fifo", "free-running", 4, 0.01, 10**6)
EXACT = FrameTime(90, "recurrence", 0.0, 4, Period(1, 2, 20))
ROUGH = FrameTime(90, "extrapolation", 0.1, 4)


@pytest.mark.parametrize("outcome", [(EXACT, 80), (EXACT, 90), (ROUGH, 95)])
def test_what_is_written_is_read_back(outcome):
    """Through JSON; what is extrapolated may be below the bound by its error."""
    assert outcome == from_entry(json.loads(json.dumps(to_entry(POINT, outcome))))


@pytest.mark.parametrize(
    "change",
    [
        {"lower_bound": 91},
        {"lower_bound": 0},
        {"lower_bound": True},
        {"time": {}},
        {"time": {"cycles": 90, "method": "recurrence", "error": 0.0, "simulated": 4}},
        {"cycles": -5},
        {"cycles": 90.5},
        {"cycles": 10**400},
        {"cycles": float("nan")},
        {"error": float("inf")},
        {"method": "guess"},
        {"period": {}},
        {"period": {"begin": 1, "jobs": 0, "cycles": 20}},
        {"unknown": 1},
    ],
)
def test_what_was_edited_or_is_of_another_version_is_none(change):
    """It is timed again."""
    entry = copy.deepcopy(to_entry(POINT, (EXACT, 80)))
    for key, value in change.items():
        (entry if key in entry else entry["time"])[key] = value
    assert from_entry(entry) is None
