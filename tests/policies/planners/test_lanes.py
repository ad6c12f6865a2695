"""Lanes: shares of a platform."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import platforms

from policies.planners.manual import split
from stomp_flim import InputError, Platform


@given(platforms(max_count=20), st.data())
def test_lanes_share_out_every_server_evenly(platform, data):
    """Each server belongs to one lane; shares of a type differ by one server at most."""
    lanes = split(platform, data.draw(st.integers(1, min(platform.servers.values()))))
    servers = np.concatenate([lane.server for lane in lanes])
    assert list(range(sum(platform.servers.values()))) == sorted(servers.tolist())
    for server_type, first in platform.first_server.items():
        shares = [lane.platform.servers[server_type] for lane in lanes]
        assert platform.servers[server_type] == sum(shares)
        assert max(shares) - min(shares) <= 1
        own = range(first, first + platform.servers[server_type])
        for lane, share in zip(lanes, shares, strict=True):
            begin = lane.platform.first_server[server_type]
            numbers = lane.server[begin : begin + share].tolist()
            assert set(numbers) <= set(own)
            assert numbers == list(range(numbers[0], numbers[0] + share))
    assert all(platform.clock_ns == lane.platform.clock_ns for lane in lanes)


def test_too_many_lanes_are_refused():
    """The scarcest type is named."""
    with pytest.raises(InputError) as error:
        split(Platform({"DSP": 8, "memory": 3}, name="small"), 4)
    assert (
        "platform 'small' has 3 servers of type 'memory', expected at least one for each of 4 lanes"
    ) == str(error.value)
