"""Hypothesis strategies for chance: distributions, and workloads whose durations are random."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import strategies
from hypothesis import strategies as st

from stomp_flim.model.distributions import Empirical, Exponential, Normal
from stomp_flim.model.graph import TaskGraph
from stomp_flim.model.platform import Platform
from stomp_flim.model.task import Mode
from stomp_flim.model.workload import Job


@st.composite
def empirical(draw: st.DrawFn) -> Empirical:
    """Return a few samples, with or without weights."""
    samples = draw(st.lists(st.floats(0.1, 20), min_size=1, max_size=4))
    if draw(st.booleans()):
        return Empirical(samples)
    counts = draw(st.lists(st.integers(1, 5), min_size=len(samples), max_size=len(samples)))
    return Empirical(samples, [count / sum(counts) for count in counts])


distributions = st.one_of(
    st.builds(Normal, st.floats(0.1, 10), st.floats(0, 5)),
    st.builds(Exponential, st.floats(0.1, 10)),
    empirical(),
)
"""Short times, many of which are rounded or cut off at 1 cycle, so that ties occur."""


def with_chance(graph: TaskGraph, seed: int) -> TaskGraph:
    """Return a graph of whose modes about two of three are random, some of them pipelined."""
    random = np.random.default_rng(seed)

    def change(mode: Mode) -> Mode:
        kind = int(random.integers(4))
        if kind == 3:
            return mode
        chance = (
            Normal(mode.latency, float(random.random() * 4)),
            Exponential(mode.latency),
            Empirical([mode.latency + 0.4, 2 * mode.latency, 1], [0.5, 0.25, 0.25]),
        )[kind]
        changed = Mode(mode.demand, distribution=chance)
        return replace(changed, occupancy=int(random.integers(1, changed.latency + 1)))

    return graph.with_modes(change)


@st.composite
def with_chance_of(
    draw: st.DrawFn, scenes: st.SearchStrategy[tuple[list[Job], Platform]]
) -> tuple[list[Job], Platform]:
    """Return jobs of some scenes with random durations, and their platform."""
    jobs, platform = draw(scenes)
    seed = draw(strategies.seeds)
    graphs = {graph: with_chance(graph, seed) for graph in {job.graph for job in jobs}}
    return [replace(job, graph=graphs[job.graph]) for job in jobs], platform


def workloads() -> st.SearchStrategy[tuple[list[Job], Platform]]:
    """Return jobs with random durations, and a platform that can run them."""
    return with_chance_of(st.one_of(strategies.workloads(), strategies.dense_workloads()))
