"""Longest processing time first."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stomp_flim import Job, Mode, Platform, Task, TaskGraph, simulate


def makespan(latencies, servers):
    """Simulate independent tasks on equal servers."""
    graph = TaskGraph.from_tasks([Task("t", [Mode({"DSP": 1}, n)]) for n in latencies], [])
    return simulate([Job(graph)], Platform({"DSP": servers}), "lpt").makespan


@pytest.mark.parametrize("servers", [2, 3, 4])
def test_grahams_worst_case(servers):
    """Tasks of 2m-1, 2m-1, ..., m+1, m+1, m, m, m take 4m-1; the best is 3m."""
    latencies = [n for n in range(2 * servers - 1, servers, -1) for _ in range(2)] + [servers] * 3
    assert 4 * servers - 1 == makespan(latencies, servers)


@settings(max_examples=40)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(1, 3))
def test_grahams_bound(latencies, servers):
    """At most 4/3 - 1/(3m) of the best of all assignments."""
    best = min(
        max(
            sum(n for n, server in zip(latencies, assignment, strict=True) if server == s)
            for s in range(servers)
        )
        for assignment in product(range(servers), repeat=len(latencies))
    )
    assert best <= makespan(latencies, servers) <= (4 / 3 - 1 / (3 * servers)) * best
