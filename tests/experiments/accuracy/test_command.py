"""The accuracy experiment: tables, pairs, lifetimes and the page, on networks of no training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from experiments.accuracy import report, tables
from experiments.accuracy.command import accuracy
from experiments.accuracy.distillation import distillation_rows
from experiments.accuracy.lifetimes import classical_methods, lifetime_rows, network_methods
from experiments.accuracy.measured import compare, fitted_response
from experiments.accuracy.published import MEASURES, published
from experiments.accuracy.state_bits import state_rows
from stomp_flim.cli.commands import CommandLine
from stomp_flim.errors import InputError
from workloads.flim import zoo
from workloads.flim.data.irf import modeled_irfs
from workloads.flim.data.pixels import WIDE, Recipe, batch
from workloads.flim.data.tpsf import decay, expected_counts, synthetic_image
from workloads.flim.training.networks import EncoderDecoder
from workloads.flim.training.recipe.entries import Student

torch.set_num_threads(1)  # threads that wait for each other in small steps are slow


class Untrained:
    """Small networks in place of the trained ones, and a note of what was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def real(self, student: Student) -> EncoderDecoder:
        """Return a network in real numbers."""
        self.asked.append((student.units, student.distilled, student.seed, None))
        return EncoderDecoder((4,) * len(student.units), seed=student.seed)

    def integer(self, student: Student, arithmetic: Any) -> EncoderDecoder:
        """Return a network in integers."""
        self.asked.append((student.units, student.distilled, student.seed, arithmetic.name))
        seed = student.seed + student.distilled
        return EncoderDecoder((4,) * len(student.units), arithmetic=arithmetic, seed=seed)


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """Measure untrained networks and two classical methods on a few pixels."""
    pixels, training = batch(Recipe(), 3, 1, 0), Untrained()
    quick = ("rapid determination", "phasor")
    methods = {name: classical_methods()[name] for name in quick}
    return {
        "asked": training.asked,
        "preset": "tiny",
        "table_steps": 1,
        "pixels": 3,
        "pair_pixels": 7680,
        "tables": list(tables.rows(training, pixels)),  # type: ignore[arg-type]
        "distillation": distillation_rows(training, 3),  # type: ignore[arg-type]
        "state_bits": state_rows(training, 3),  # type: ignore[arg-type]
        "zoo": [{"network": "n", **dict.fromkeys((*MEASURES, "pooled_rmse", "pooled_r2"), 0.5)}],
        "lifetimes": [
            row
            for recipe in (Recipe(), WIDE)
            for row in lifetime_rows(methods, 40, recipe, photons=(300.0, 1e5))
        ],
    }


def test_every_cell_of_the_paper_has_ours_beside_it(found: dict[str, Any]) -> None:
    """Tables 1 to 3 in all columns, PTQ with both scales, each with the printed figure."""
    rows = found["tables"]
    cells = {(r["table"], r["bits"], r["variant"], r["column"], r["measure"]) for r in rows}

    assert len(cells) == len(rows) == 4 * (6 + 2 * 2 * 6 + 2 * 5)
    assert {r["variant"] for r in rows if r["table"] == 2} == {
        "PTQ, printed scale",
        "PTQ, signed scale",
    }
    for row in rows:
        assert np.isfinite([row["mean"], row["deviation"]]).all()
        key = row["table"], row["bits"], row["column"], row["measure"]
        assert row["published"] == published(*key)
    assert published(3, 8, "32x32 KD", "rmse") == 0.01
    assert published(2, 16, "16x16", "dtw") == 0.48


def test_columns_are_networks_of_their_size(found: dict[str, Any]) -> None:
    """Seq2Seq has both sizes as layers, Seq2SeqLite one; KD alone has the teacher."""
    asked = set(found["asked"])
    assert ((64, 16), False, 0, None) in asked
    assert ((128,), False, 0, "plain-16-bit") in asked
    assert ((16,), True, 0, "seq2seqlite-8-bit") in asked
    assert {seed for units, taught, seed, _ in asked if units == (32,) and taught} == set(range(5))


def test_groups_hold_every_training_once() -> None:
    """Trainings that begin alike are in one group, so that no two processes do the same."""
    groups = tables.groups()
    studies = [study for group in groups for study in group]

    assert len(studies) == len(set(studies)) == 6 + 10
    starts = [{(s.units, s.distilled, s.seed) for s in group} for group in groups]
    assert all(len(start) == 1 for start in starts)
    assert len(set.union(*starts)) == len(groups)


def test_lifetimes_of_all_methods_on_the_same_pixels(found: dict[str, Any]) -> None:
    """One row a range, method and number of photons, which help where noise is the limit."""
    rows = {
        (row["lifetimes"], row["method"], row["photons"]): row["median_error"]
        for row in found["lifetimes"]
    }

    assert len(rows) == 8
    assert max(rows.values()) < 0.5
    for lifetimes in ("0.2 to 1.5 ns", "0.05 to 3 ns"):
        rapid = lifetimes, "rapid determination"
        assert rows[*rapid, 1e5] < 0.5 * rows[*rapid, 300.0]


def test_networks_are_compared_on_what_they_are_for() -> None:
    """The wide student on the wide range, others on the narrow one, those for the field on none."""
    wide, narrow = network_methods(WIDE), network_methods(Recipe())

    assert list(wide) == [zoo.WIDE]
    published = [name for name in zoo.names() if zoo.FIELD not in name]
    assert sorted([*wide, *narrow]) == published


def test_page_shows_all_of_it(found: dict[str, Any]) -> None:
    """Every table, ours and theirs, and the files that go with the page."""
    page = "\n".join(report.page(found))
    for heading in (*report.HEADINGS.values(), "Distillation", "Mean lifetime"):
        assert heading in page
    assert page.count("<br>0.138 |") == 1  # 8 bits, 32x32 alone: a figure printed once
    files = report.files(found)
    assert files["tables.csv"].decode().count("\n") == len(found["tables"]) + 1
    report.figure(found["lifetimes"])


def test_response_is_found_in_the_sum_of_all_pixels() -> None:
    """Centre and width of a response, and the decay, from one bright TPSF."""
    irf = modeled_irfs(4.1, 0.24)
    counts = expected_counts(decay(0.6, 2.5, 0.5), irf, 1e7, 100.0)

    center, width, tau1, tau2, fraction = fitted_response(counts)

    assert center == pytest.approx(4.1, abs=5e-3)
    assert width == pytest.approx(0.24, rel=2e-2)
    assert (tau1, tau2, fraction) == pytest.approx((0.6, 2.5, 0.5), rel=2e-2)


def test_image_within_the_range_of_lifetimes(tmp_path: Path) -> None:
    """Where the truth is known, network and fits agree in rank, and in level."""
    made = synthetic_image(48)
    np.save(tmp_path / "image.npy", made.image.counts)

    found = compare(tmp_path / "image.npy", networks=(zoo.DEFAULT,), pixels=80)

    assert 60 <= found["pixels"] <= 80  # without dark ones
    for method in ("least squares", "Poisson fit", "Poisson fit, lifetimes of the sum"):
        assert found["spearman"][zoo.DEFAULT][method] >= 0.9
    network, fit = (found["quartiles_ns"][m] for m in (zoo.DEFAULT, "Poisson fit"))
    np.testing.assert_allclose(network, fit, rtol=0.1)
    page = "\n".join(report.measured([found]))
    assert f"image.npy, {found['pixels']} bright pixels (binning 1)" in page


def test_wrong_options(tmp_path: Path) -> None:
    """Nothing is trained or written before the options are known to be right."""
    app = CommandLine()
    app.command()(accuracy)
    for arguments, message in (
        (("--pixels", "0"), "--pixels: 0, expected an integer >= 1"),
        (("--preset", "huge"), "--preset: 'huge'"),
        (("--jobs", "0"), "--jobs: 0"),
        (("--image", str(tmp_path / "missing.sdt")), "missing.sdt"),
    ):
        result = CliRunner().invoke(app, ["--out", str(tmp_path / "new"), *arguments])
        assert isinstance(result.exception, InputError)
        assert message in str(result.exception)
    assert not (tmp_path / "new").exists()
