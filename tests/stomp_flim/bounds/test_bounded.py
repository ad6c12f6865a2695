"""A makespan is never shown beside a bound above it."""

import pytest

import stomp_flim as sf
from stomp_flim.bounds import largest_bound


def test_the_largest_bound_is_taken():
    """Up to the makespan itself."""
    assert 5 == largest_bound(5, {"a": 3, "b": 5})


def test_a_bound_above_the_makespan_is_an_error():
    """One of the two is wrong, and it is named."""
    with pytest.raises(sf.ScheduleError, match=r"makespan is 5 cycles and its lower bound 6 \(b\)"):
        largest_bound(5, {"a": 3, "b": 6})


def test_a_policy_that_breaks_into_the_graph_shows_no_figure():
    """Demands that it makes larger raise the bound above what was simulated before."""
    mode = sf.Mode({"server": 1}, 10)
    graph = sf.TaskGraph.from_tasks([sf.Task("task", [mode])], [])
    result = sf.simulate([sf.Job(graph)] * 2, sf.Platform({"server": 2}))
    object.__setattr__(mode, "demand", {"server": 2})
    with pytest.raises(sf.ScheduleError, match="a policy has changed what it was given"):
        str(result)


def test_demands_cannot_be_changed_in_place():
    """They are part of the world of all policies."""
    mode = sf.Mode({"server": 1}, 10)
    with pytest.raises(TypeError):
        mode.demand["server"] = 2
