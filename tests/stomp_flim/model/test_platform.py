"""Platforms: servers with numbers, and what is no platform."""

import pickle

import pytest
from hypothesis import given
from strategies import platforms

from stomp_flim import InputError, Platform


def test_servers_are_numbered_through_all_types():
    """In the order given."""
    platform = Platform({"DSP": 128, "Shared mem": 64, "Const mem": 1})
    assert {"DSP": 0, "Shared mem": 128, "Const mem": 192} == platform.first_server


@given(platforms())
def test_a_platform_travels_to_another_process(platform):
    """Pickling keeps servers with their order, clock and name."""
    again = pickle.loads(pickle.dumps(platform))
    assert list(platform.servers.items()) == list(again.servers.items())
    assert (platform.clock_ns, platform.name) == (again.clock_ns, again.name)


def test_a_platform_cannot_be_changed():
    """Neither its servers nor through the mapping that it was made of."""
    counts = {"DSP": 1}
    platform = Platform(counts)
    counts["DSP"] = 2
    assert {"DSP": 1} == platform.servers
    with pytest.raises(TypeError):
        platform.servers["DSP"] = 2


@pytest.mark.parametrize("name", ["\ud800", "a\0b", 5])
def test_a_name_that_no_file_can_hold_is_refused(name):
    """Of a server type and of a memory."""
    with pytest.raises(InputError, match=r"server type .* expected a name"):
        Platform({name: 1})
    with pytest.raises(InputError, match=r"memory .* expected a name"):
        Platform({"DSP": 1}, memories={name: 1})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (({},), "platform 'platform' has no servers, expected at least one type"),
        (
            ({"DSP": 0},),
            "platform 'platform': 0 servers of type 'DSP', expected an integer from 1 to",
        ),
        (
            ({"DSP": 2.0},),
            "platform 'platform': 2.0 servers of type 'DSP', expected an integer from 1",
        ),
        (
            ({"DSP": 1}, 0.0),
            "platform 'platform': clock period 0.0 ns, expected a finite number > 0",
        ),
        (
            ({"DSP": 1}, float("nan")),
            "platform 'platform': clock period nan ns, expected a finite number > 0",
        ),
    ],
)
def test_a_wrong_platform_is_refused(arguments, message):
    """The figure and what was expected."""
    with pytest.raises(InputError) as error:
        Platform(*arguments)
    assert str(error.value).startswith(message)
