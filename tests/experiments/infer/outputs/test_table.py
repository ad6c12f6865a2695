"""Pixels as a table: what stands in the map stands in the row of its pixel."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from flim.lifetime_maps import lifetime_map

from experiments.infer.outputs.table import write
from stomp_flim import __version__
from stomp_flim.errors import InputError

READERS = {".csv": partial(pd.read_csv, float_precision="round_trip"), ".parquet": pd.read_parquet}
COLUMNS = [
    "row",
    "column",
    "counts",
    "background",
    "mean_ns",
    "uncertainty_ns",
    "tau_1",
    "share_1",
    "tau_2",
    "share_2",
    "chi_square",
    "flags",
    "reasons",
    "valid",
    "version",
]


@pytest.mark.parametrize("suffix", READERS)
def test_every_pixel_has_its_row(tmp_path: Path, suffix: str) -> None:
    """Values survive the file exactly, at their row and column."""
    found = lifetime_map()
    write(tmp_path / f"pixels{suffix}", found)

    pixels = READERS[suffix](tmp_path / f"pixels{suffix}")

    assert COLUMNS == list(pixels.columns)
    assert found.mean_ns.size == len(pixels)
    assert {__version__} == set(pixels["version"])
    at = pixels["row"], pixels["column"]
    assert len(pixels) == len(set(zip(*at, strict=True)))
    for column, expected in (
        ("counts", found.intensity),
        ("background", found.background),
        ("mean_ns", found.mean_ns),
        ("uncertainty_ns", found.uncertainty_ns),
        ("tau_2", found.tau_ns[..., 1]),
        ("share_1", found.share[..., 0]),
        ("chi_square", found.chi_square),
        ("flags", found.flags),
        ("valid", found.valid),
    ):
        np.testing.assert_array_equal(expected[at], pixels[column])


@pytest.mark.parametrize("suffix", READERS)
def test_flags_are_told_in_words(tmp_path: Path, suffix: str) -> None:
    """A pixel has all its reasons, and a valid one has none."""
    write(tmp_path / f"pixels{suffix}", lifetime_map())
    pixels = READERS[suffix](tmp_path / f"pixels{suffix}")
    reasons = pixels["reasons"].fillna("")
    assert ["too few photons", "background only;too uncertain"] == list(reasons[:2])
    assert ((reasons == "") == (pixels["flags"] == 0)).all()


@pytest.mark.parametrize("components", [0, 1, 3])
def test_there_are_as_many_columns_as_components(tmp_path: Path, components: int) -> None:
    """Also none, of methods that find one lifetime alone."""
    write(tmp_path / "pixels.csv", lifetime_map(components=components))
    columns = list(pd.read_csv(tmp_path / "pixels.csv").columns)
    named = [f"{what}_{k + 1}" for k in range(components) for what in ("tau", "share")]
    assert named == [c for c in columns if c.startswith(("tau_", "share_"))]


@pytest.mark.parametrize("suffix", READERS)
def test_equal_maps_are_equal_files(tmp_path: Path, suffix: str) -> None:
    """A run that is repeated writes the same bytes."""
    for name in "ab":
        write(tmp_path / f"{name}{suffix}", lifetime_map(1, 1, 3))
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


@pytest.mark.parametrize("suffix", READERS)
def test_what_cannot_be_written_is_one_error(tmp_path: Path, suffix: str) -> None:
    """It names the file."""
    with pytest.raises(InputError, match=rf"pixels\{suffix}: cannot be written: No such file"):
        write(tmp_path / f"none/pixels{suffix}", lifetime_map())
