"""Which frames are meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stomp_flim.errors import InputError
from workloads.flim.data.reading.frames import frame_range


@given(st.integers(1, 50), st.data())
def test_frames_are_those_of_a_slice(count: int, data: st.DataObject) -> None:
    """As Python's own slices count them, wherever a slice of this kind is not empty."""
    first = data.draw(st.integers(0, count - 1))
    end = data.draw(st.integers(first + 1, count))
    frames = range(count)
    assert frames[first : first + 1] == frame_range(str(first), count, "a.ptu")
    assert frames[first:end] == frame_range(f"{first}:{end}", count, "a.ptu")
    assert frames[first:] == frame_range(f"{first}:", count, "a.ptu")
    assert frames[:end] == frame_range(f":{end}", count, "a.ptu")
    for word in (None, "sum", "all", ":"):
        assert frames == frame_range(word, count, "a.ptu")


@pytest.mark.parametrize(
    "word", ["5", "0:6", "3:3", "4:2", "-1", "1.5", "", "a", "1:2:3", "٣", "9" * 400]
)
def test_no_frames_of_the_file(word: str) -> None:
    """The error says which there are."""
    with pytest.raises(InputError, match=r"a.ptu: frames .*, expected 'sum', a number from 0 to 4"):
        frame_range(word, 5, "a.ptu")
