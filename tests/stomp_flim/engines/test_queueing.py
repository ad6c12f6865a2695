"""Queueing theory as oracle: recursions that hold job for job, and closed forms of the means."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from stomp_flim import Job, Mode, Platform, Run, Task, TaskGraph
from stomp_flim.chance.arrivals import poisson, renewal
from stomp_flim.engines.compiled.engine import CompiledEngine
from stomp_flim.engines.reference.engine import SimPyEngine
from stomp_flim.model.distributions import Distribution, Empirical, Exponential, Normal

ENGINES = {"simpy": SimPyEngine, "compiled": CompiledEngine}
SERVICE = 10_000
"""Mean service time in cycles: a clock so fine that rounding to cycles is no more than 1e-4."""


def queue(service: Mode) -> TaskGraph:
    """Return a graph of one task."""
    return TaskGraph.from_tasks([Task("customer", [service])], [])


def kiefer_wolfowitz(arrival: list[int], service: list[int], servers: int) -> list[int]:
    """Return the waiting times of a G/G/c queue by the recursion of its workload vector.

    W(n+1) = sort((W(n) + S(n) e1 - T(n))+), where the smallest workload is what customer n waits
    (Kiefer and Wolfowitz, Transactions of the American Mathematical Society 78, 1955).
    """
    workload = np.zeros(servers, np.int64)
    waits, last = [], arrival[0]
    for now, taken in zip(arrival, service, strict=True):
        workload = np.sort(np.maximum(workload - (now - last), 0))
        waits.append(int(workload[0]))
        workload[0] += taken
        last = now
    return waits


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("servers", [1, 3, 8])
@pytest.mark.parametrize(
    ("service", "between"),
    [
        (Exponential(100), Exponential(1)),
        (Normal(100, 60), Empirical([0.2, 0.5, 2.6], [0.4, 0.3, 0.3])),
    ],
    ids=["exponential", "general"],
)
def test_waiting_equals_the_recursion_job_for_job(engine, servers, service, between):
    """20,000 customers of a FIFO queue at load 0.95, on a clock so coarse that many coincide."""
    spacing = service.mean / between.mean / servers / 0.95
    scaled: Distribution = Exponential(spacing)
    if isinstance(between, Empirical):
        scaled = Empirical([value * spacing for value in between.samples], between.weights)
    jobs = renewal(queue(Mode({"server": 1}, distribution=service)), scaled, 20_000, seed=servers)
    run = Run(jobs, Platform({"server": servers}), seed=servers)
    schedule, instance = ENGINES[engine](run).run(), run.instance
    assert instance.durations is not None
    drawn = instance.durations.latency[:, 0].tolist()
    expected = kiefer_wolfowitz([job.arrival for job in jobs], drawn, servers)
    assert expected == schedule.by_record(schedule.start - schedule.ready).tolist()
    assert drawn == schedule.by_record(schedule.finish - schedule.start).tolist()
    assert max(expected) > 0


def erlang_response(servers: int, load: float) -> float:
    """Mean response of M/M/c in service times: 1 + C(c, a) / (c - a), Erlang's C formula."""
    offered = servers * load
    waits = offered**servers / math.factorial(servers) / (1 - load)
    idle = sum(offered**k / math.factorial(k) for k in range(servers))
    return 1 + waits / (idle + waits) / (servers - offered)


def deterministic_response(load: float) -> float:
    """Mean response of M/D/1 in service times, by Pollaczek and Khinchine."""
    return 1 + load / (2 * (1 - load))


def mean_response(servers: int, load: float, service: Mode, seed: int) -> float:
    """Mean response in service times of 9,000 customers, after 1,000 that let the queue form."""
    jobs: list[Job] = poisson(queue(service), SERVICE / servers / load, 10_000, seed)
    run = Run(jobs, Platform({"server": servers}), seed=seed)
    schedule = CompiledEngine(run).run()
    response = schedule.by_record(schedule.finish) - run.workload.arrival
    return float(response[1_000:].mean()) / SERVICE


@pytest.mark.parametrize(("load", "runs"), [(0.5, 12), (0.8, 30)])
@pytest.mark.parametrize("servers", [1, 3, 8, "deterministic"])
def test_response_times_are_those_of_the_closed_forms(servers, load, runs):
    """The closed form is in the 99% interval over seeds, and the interval is narrow.

    Each seed is one independent replication: its first 1,000 customers are left out, since the
    queue starts empty, and the mean response of the other 9,000 is one observation. The interval
    is Student's, with one degree of freedom less than runs: mean -+ t(0.995) s / sqrt(runs).
    Customers of a run are correlated, runs are not, and no two cases share a seed.
    """
    first_seed = 100 * (10 * (servers if isinstance(servers, int) else 0) + int(10 * load))
    if servers == "deterministic":
        servers, service, expected = 1, Mode({"server": 1}, SERVICE), deterministic_response(load)
    else:
        service = Mode({"server": 1}, distribution=Exponential(SERVICE))
        expected = erlang_response(servers, load)
    seeds = range(first_seed, first_seed + runs)
    observed = [mean_response(servers, load, service, seed) for seed in seeds]
    center = float(np.mean(observed))
    half = float(stats.t.ppf(0.995, runs - 1) * np.std(observed, ddof=1) / math.sqrt(runs))
    assert center - half <= expected <= center + half
    assert half < 0.05 * expected
