"""The benchmark of the engines: its figures belong together. Speed itself is never asserted."""

from __future__ import annotations

import pytest

from stomp_flim.cli.bench import measure


def test_each_policy_is_measured_with_both_engines():
    """One row a policy; the ratio is that of the rates."""
    rows = measure(pixels=1, large=2)
    assert ["fifo", "hlfet", "affine"] == [row["policy"] for row in rows]
    for row in rows:
        rates = row["compiled_tasks_per_s"] / row["simpy_tasks_per_s"]
        assert rates == pytest.approx(row["ratio"], rel=0.02)
        assert 1e9 / row["compiled_tasks_per_s"] == pytest.approx(
            row["compiled_ns_per_task"], rel=0.02
        )
