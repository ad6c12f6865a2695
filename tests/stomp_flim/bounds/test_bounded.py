"""A makespan is never shown beside a bound above it."""

from typing import ClassVar

import pytest

import stomp_flim as sf
from stomp_flim.bounds import largest_bound
from stomp_flim.bounds.bounded import Bounded


class Shown(Bounded):
    """A makespan and its bounds."""

    makespan = 0
    bounds: ClassVar[dict[str, int]] = {}

    def __init__(self, makespan, bounds):
        self.makespan, self.bounds = makespan, bounds


def test_the_largest_bound_is_taken():
    """Up to the makespan itself."""
    assert 5 == largest_bound(5, {"a": 3, "b": 5})
    assert 5 == largest_bound(6, {"a": 5, "b": 3})


def test_the_gap_is_a_fraction_of_the_largest_bound():
    """None is left where the makespan is that bound, and only there it is proven."""
    for makespan, gap, proven in ((5, 0.0, True), (8, 0.6, False)):
        result = Shown(makespan, {"a": 5, "b": 3})
        assert (5, proven) == (result.lower_bound, result.proven)
        assert gap == pytest.approx(result.gap)


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
