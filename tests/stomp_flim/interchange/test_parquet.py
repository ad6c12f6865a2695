"""Schedules as Parquet."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from strategies import workloads

import stomp_flim as sf
from stomp_flim.interchange import parquet


@pytest.mark.parametrize("rows", [2, 2**20])
def test_a_file_holds_the_rows_of_the_frame(tmp_path_factory, monkeypatch, rows):
    """In one row group or many, every column comes back."""
    monkeypatch.setattr(parquet, "ROWS", rows)
    path = tmp_path_factory.mktemp("parquet") / "schedule.parquet"

    @given(workloads())
    def check(scene):
        schedule = sf.simulate(*scene).schedule
        parquet.write_parquet(schedule, path)
        read = pd.read_parquet(path)
        read = read.sort_values(["job", "task", "server"], ignore_index=True)
        expected = schedule.to_frame()
        assert expected.columns.tolist() == read.columns.tolist()
        for column in expected:
            assert expected[column].tolist() == read[column].tolist()

    check()


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    """The error names the file."""
    graph = sf.TaskGraph.from_tasks([sf.Task("a", [sf.Mode({"DSP": 1}, 1)])], [])
    schedule = sf.simulate([sf.Job(graph)], sf.Platform({"DSP": 1})).schedule
    path = tmp_path / "missing" / "schedule.parquet"
    with pytest.raises(sf.InputError, match=r"schedule\.parquet"):
        parquet.write_parquet(schedule, path)
