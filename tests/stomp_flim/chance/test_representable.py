"""No sum of times leaves 63 bits in silence."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stomp_flim as sf
from stomp_flim.chance.arrivals import renewal
from stomp_flim.model.distributions import Distribution


class Constant(Distribution):
    """Always the same number of cycles, whatever it says its mean is."""

    def __init__(self, cycles: float, mean: float = 1.0) -> None:
        self.cycles, self._mean = cycles, mean

    @property
    def mean(self) -> float:
        """What it claims."""
        return self._mean

    def sample(self, generator: np.random.Generator, size: int) -> np.ndarray:
        """All equal."""
        return np.full(size, self.cycles)


def jobs(mode: sf.Mode, number: int) -> list[sf.Job]:
    """Jobs of one task."""
    return [sf.Job(sf.TaskGraph.from_tasks([sf.Task("task", [mode])], []))] * number


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 61), st.integers(1, 64), st.integers(1, 8), st.booleans())
def test_what_was_drawn_is_exact_or_refused(exponent, number, units, random):
    """Means say nothing of what is drawn: the busy time is that of the draws, or there is none."""
    latency, platform = 2**exponent, sf.Platform({"server": units})
    demand = {"server": units}
    mode = sf.Mode(demand, distribution=Constant(latency)) if random else sf.Mode(demand, latency)
    work = number * latency * units
    if work * (1 + 1e-6) >= 2**63:
        with pytest.raises(sf.InputError, match="add up to"):
            sf.simulate(jobs(mode, number), platform, engine="simpy")
        return
    result = sf.simulate(jobs(mode, number), platform, engine="simpy")
    assert {"server": work} == result.schedule.busy
    assert number * latency == result.makespan == result.lower_bound


def test_lower_bounds_are_as_careful_as_a_run():
    """They are a door of their own."""
    workload = sf.Workload(jobs(sf.Mode({"server": 1}, 2**62), 2))
    with pytest.raises(sf.InputError, match="add up to"):
        sf.bounds.lower_bounds(workload, sf.Platform({"server": 1}))


def test_times_that_are_no_times_are_refused():
    """A distribution of a user's own may sample what no clock shows."""
    graph = jobs(sf.Mode({"server": 1}, 1), 1)[0].graph
    with pytest.raises(sf.InputError, match="the last job arrives at nan"):
        renewal(graph, Constant(float("nan")), 3)


@pytest.mark.parametrize("cost", [{"cycles": 10**15 - 1}, {"interval": 10**15 - 1}])
def test_decisions_that_take_for_ever_are_refused(cost):
    """Time is counted in 63 bits."""
    with pytest.raises(sf.InputError, match="expected a run of less than 2\\^62 cycles"):
        sf.Run(
            jobs(sf.Mode({"server": 1}, 1), 5000),
            sf.Platform({"server": 1}),
            decision=sf.DecisionCost(**cost),
        )


@pytest.mark.parametrize("field", ["arrival", "priority", "deadline"])
def test_columns_of_jobs_are_of_63_bits(field):
    """A number that no column holds is no Python error on the way."""
    graph = jobs(sf.Mode({"server": 1}, 1), 1)[0].graph
    with pytest.raises(sf.InputError, match=f"a job has {field} .* and below 2"):
        sf.Job(graph, **{field: 10**400})
