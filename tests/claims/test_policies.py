"""The makespans of the page on policies."""

from __future__ import annotations

import re

import pages
import pytest

import stomp_flim as sf

TITLES = {
    "lookahead HEFT": "heft-lookahead",
    "random (seed 0)": "random:seed=0",
    "manual in 8 lanes": "manual-lanes:lanes=8",
    "least slack": "least-slack",
}
MAKESPANS = [
    (TITLES.get(title, title.lower()), int(makespan))
    for titles, makespan in pages.table("policies.md", "policy | makespan")[1:]
    for title in titles.split(", ")
]
JOBS = [sf.Job(sf.workload_graph("seq2seqlite", stage="encoder", steps=1))] * 64


@pytest.mark.parametrize(("policy", "makespan"), MAKESPANS)
def test_makespans(policy: str, makespan: int) -> None:
    """64 pixels of the Seq2SeqLite encoder, and the bound that no policy beats."""
    result = sf.simulate(JOBS, sf.device("published"), policy)
    assert makespan == result.makespan
    assert f"the bound is {result.lower_bound} cycles" in pages.words("policies.md")


def test_every_policy_with_a_price_is_there() -> None:
    """The tasks are those that the page counts."""
    stated = re.search(r"encoder \(([\d,]+) tasks, one step\)", pages.words("policies.md"))
    assert f"{64 * len(JOBS[0].graph):,}" == stated[1]
    assert 20 == len(MAKESPANS)
