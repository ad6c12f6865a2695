"""Free servers over time."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from policies.planners.timeline import Timeline

SERVERS, HORIZON = 3, 120


@given(
    st.lists(
        st.tuples(
            st.integers(0, 30), st.integers(1, 8), st.integers(1, SERVERS), st.integers(0, 2)
        ),
        max_size=12,
    )
)
def test_it_is_a_count_of_each_cycle(requests):
    """Searches find what a look at every cycle finds, as intervals are held and given back."""
    timeline, free = Timeline(SERVERS), np.full(HORIZON, SERVERS)
    held = []
    for after, duration, units, undone in requests:
        fits = [(free[t : t + duration] >= units).all() for t in range(HORIZON)]
        start = fits.index(True, after)
        assert start == timeline.earliest(after, duration, units)
        lacks = np.flatnonzero(free < units)
        assert (lacks[-1] + 1 if len(lacks) else 0) == timeline.free_for_good(units)
        timeline.hold(start, start + duration, units)
        free[start : start + duration] -= units
        held.append((start, start + duration, units))
        for begin, end, units_held in held[len(held) - undone :]:
            timeline.give_back(begin, end, units_held)
            free[begin:end] += units_held
        del held[len(held) - undone :]


def test_what_is_full_for_long_is_one_segment():
    """A search does not get slower with the tasks that it passes."""
    timeline = Timeline(1)
    for start in range(0, 1000, 2):
        timeline.hold(start, start + 2, 1)
    assert ([0, 1000], [0, 1]) == (timeline._time, timeline._free)
