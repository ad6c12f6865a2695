"""Methods agree on files of the formats that instruments write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import ptufile
import pytest
import tifffile
from scipy.stats import spearmanr

from tests.experiments.infer.command_runs import Outcome, image, outcome
from tests.workloads.flim.data.reading.sdt_files import Block, sdt_file

SIDE, WIDTH_NS = 8, 0.05
TRUTH_NS = np.linspace(0.6, 1.4, SIDE * SIDE).reshape(SIDE, SIDE)


@pytest.fixture(scope="module")
def counts() -> Any:
    """Draw a sample whose lifetimes rise from 0.6 to 1.4 ns: 8,000 photons a pixel."""
    how = {"side": 1, "photons": 8000, "width_ns": WIDTH_NS, "bins": 256, "period_ns": 12.8}
    pixels = [image(float(tau), seed=seed, **how) for seed, tau in enumerate(TRUTH_NS.ravel())]
    return np.concatenate(pixels).reshape(SIDE, SIDE, -1).astype("<u2")


def write_sdt(path: Path, counts: Any) -> None:
    """Write the image as Becker & Hickl do."""
    path.write_bytes(sdt_file(Block(counts, tac_ns=256 * WIDTH_NS)))


def write_ptu(path: Path, counts: Any) -> None:
    """Write the image as PicoQuant do."""
    ptufile.imwrite(path, counts, global_resolution=12.8e-9, tcspc_resolution=WIDTH_NS * 1e-9)


def write_tiff(path: Path, counts: Any) -> None:
    """Write the image with time first."""
    tifffile.imwrite(path, np.moveaxis(counts, -1, 0), photometric="minisblack")


@pytest.mark.parametrize(
    ("suffix", "write", "options"),
    [
        (".sdt", write_sdt, ()),
        (".ptu", write_ptu, ()),
        (".tif", write_tiff, ("--bin-width", WIDTH_NS)),
    ],
)
def test_network_fit_and_phasor_agree(
    tmp_path: Path,
    counts: Any,
    suffix: str,
    write: Callable[[Path, Any], None],
    options: tuple[object, ...],
) -> None:
    """Medians within 5% of each other and of the truth, and ranks correlated by 0.8 and more."""
    file = tmp_path / f"sample{suffix}"
    write(file, counts)

    def by(method: str) -> Outcome:
        period = ("--period", 12.8)
        return outcome(tmp_path, file, "--method", method, *period, *options)

    found = {method: by(method) for method in ("network", "poisson", "phasor")}
    maps = {method: each.arrays["mean_lifetime_ns"] for method, each in found.items()}
    assert all(each.valid.mean() > 0.8 for each in found.values())
    for first, second in (("network", "poisson"), ("network", "phasor"), ("poisson", "phasor")):
        both = found[first].valid & found[second].valid
        assert abs(np.median(maps[first][both] / maps[second][both]) - 1) < 0.05
        assert spearmanr(maps[first][both], maps[second][both]).statistic > 0.8
    for method, each in found.items():
        assert abs(np.median((maps[method] / TRUTH_NS)[each.valid]) - 1) < 0.05
