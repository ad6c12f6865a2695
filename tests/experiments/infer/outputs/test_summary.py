"""The table of several inputs: numbers of the valid pixels, and why the others are not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from flim.lifetime_maps import lifetime_map
from rich.console import Console

from experiments.infer.outputs.summary import Entry, printed, table, write
from workloads.flim.lifetimes.quality.flags import Flag

FOUND = lifetime_map()
NONE = replace(FOUND, flags=np.full_like(FOUND.flags, Flag.OUT_OF_RANGE))
ENTRIES = [
    Entry("[a].sdt", 1, FOUND, ["the record ends early", "no period"]),
    Entry("b.ptu", None, NONE),
]


def test_quantiles_are_those_of_valid_pixels() -> None:
    """Neither flagged pixels nor pixels without a result count."""
    first, second = table(ENTRIES).to_dict("records")
    valid = (FOUND.flags == 0) & np.isfinite(FOUND.mean_ns)
    assert (30, int(valid.sum())) == (first["pixels"], first["valid"])
    for column, share in (("q25_ns", 0.25), ("median_ns", 0.5), ("q75_ns", 0.75)):
        assert np.quantile(FOUND.mean_ns[valid], share) == pytest.approx(first[column])
        assert np.isnan(second[column])
    assert np.median(FOUND.uncertainty_ns[valid]) == pytest.approx(first["median_uncertainty_ns"])
    assert 0 == second["valid"]


def test_flags_are_counted_each() -> None:
    """A column a flag, also for those that no pixel has; a pixel with two counts in both."""
    first, second = table(ENTRIES).to_dict("records")
    names = [f"flagged_{flag.name.lower()}" for flag in Flag if flag.name]
    assert names == [column for column in first if column.startswith("flagged_")]
    assert [1, 1, 1, 1, 1, 1, 1, 2, 1] == [first[name] for name in names]
    assert {"flagged_out_of_range": 30} == {name: second[name] for name in names if second[name]}


def test_the_file_holds_a_row_an_input(tmp_path: Path) -> None:
    """In the order given; a file without channels has none."""
    write(tmp_path / "summary.csv", ENTRIES)
    rows = pd.read_csv(tmp_path / "summary.csv")
    assert ["[a].sdt", "b.ptu"] == list(rows["file"])
    assert "version" == rows.columns[-1]
    assert [1, None] == [None if np.isnan(channel) else channel for channel in rows["channel"]]
    assert "the record ends early;no period" == rows["warnings"][0]


def test_the_text_says_the_same() -> None:
    """Names are not read as markup, and an image without a valid pixel has no lifetime."""
    console = Console(width=200)
    with console.capture() as capture:
        console.print(printed(ENTRIES))
    text = capture.get()
    for words in (
        "[a].sdt, channel 1",
        f"{int(FOUND.valid.sum())} of 30",
        f"{np.median(FOUND.mean_ns[FOUND.valid]):.3f}",
        "too uncertain: 2",
        "warning: no period",
        "0 of 30",
        "none to none",
        "outside the trained range: 30",
    ):
        assert words in text
