"""Kinds of images that went wrong: each is right, flagged with a warning, or one clear error.

One of each kind runs by default, its variants with the slow tests.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import ptufile
import pytest
import tifffile

from tests.experiments.infer.command_runs import image, inferred, outcome, refused, saved
from tests.workloads.flim.data.reading.sdt_files import Block, sdt_file
from tests.workloads.flim.decay_simulator import expected_decay
from workloads.flim import zoo
from workloads.flim.lifetimes.classical.rapid import rapid_lifetimes

WIDE = ("--network", zoo.WIDE)
FIT = ("--method", "poisson")


def kinds(first: Any, *others: Any) -> Any:
    """Return values of which only the first one runs by default."""
    return [first, *(pytest.param(*_tuple(each), marks=pytest.mark.slow) for each in others)]


def _tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


@pytest.mark.parametrize(
    ("tau", "options", "period"),
    kinds(
        (2.5, (), 12.5), (2.0, (), None), (3.5, (), 12.5), (5.0, (), 25.0), (0.1, (), None),
        (4.0, WIDE, 12.5), (6.0, WIDE, 12.5), (2.5, ("--network", zoo.SIXTEEN_BITS), 12.5),
    ),
)  # fmt: skip
def test_lifetime_beyond_the_trained_range(
    tmp_path: Path, tau: float, options: tuple[str, ...], period: float | None
) -> None:
    """It is within 10%, or flagged with a warning that names the range."""
    found = inferred(tmp_path, image(tau, period_ns=period), *options)
    found.require_right_or_flagged(tau)
    if found.valid.mean() <= 0.05:
        assert "outside the range that the network was trained on" in found.warnings


@pytest.mark.parametrize(
    ("early", "late", "options"),
    kinds((1.9, 3.2, ()), (1.9, 3.2, WIDE), (1.4, 2.6, ()), (1.4, 2.6, WIDE), (1.2, 2.0, WIDE)),
)
def test_order_of_lifetimes(
    tmp_path: Path, early: float, late: float, options: tuple[str, ...]
) -> None:
    """Two lifetimes keep their ratio within 15%, or those that do not are flagged."""
    counts = np.concatenate([image(tau)[:4] for tau in (early, late)])
    found = inferred(tmp_path, counts, *options)
    rows = slice(None, 4), slice(4, None)
    if all(found.valid[each].mean() > 0.05 for each in rows):
        ratio = found.median_ns(rows[1]) / found.median_ns(rows[0])
        assert abs(ratio / (late / early) - 1) < 0.15
    else:
        assert "outside the range" in found.warnings


@pytest.mark.parametrize("tau", kinds(4.0, 3.0, 6.0, 9.0))
@pytest.mark.parametrize("network", kinds(zoo.DEFAULT, zoo.WIDE, zoo.SIXTEEN_BITS))
def test_no_valid_pixel_is_impossible(tmp_path: Path, tau: float, network: str) -> None:
    """No pixel whose lifetime is 0 or less, or a share outside of 0 to 1, is valid."""
    found = inferred(tmp_path, image(tau), "--network", network)
    valid = found.valid
    assert (found.arrays["mean_lifetime_ns"][valid] > 0).all()
    tau_ns, share = found.arrays["lifetimes_ns"][valid], found.arrays["share"][valid]
    assert ((tau_ns > 0) | np.isnan(tau_ns)).all()
    assert ((share >= 0) & (share <= 1) | np.isnan(share)).all()
    assert found.report["flagged_pixels"]


@pytest.mark.parametrize(
    ("photons", "columns"), kinds((1000, 4), (200, 4), (5000, 4), (20000, 2), (1000, 7))
)
def test_background_is_no_decay(tmp_path: Path, photons: int, columns: int) -> None:
    """Of pixels that hold background only 95% are masked; the others are right."""
    counts = image(0.8)
    dark = np.random.default_rng(3).poisson(photons / 256, (8, columns, 256))
    counts[:, 8 - columns :] = dark
    found = inferred(tmp_path, counts)
    assert found.valid[:, 8 - columns :].mean() <= 0.05
    found.require_right(0.8, where=np.s_[:, : 8 - columns])


@pytest.mark.parametrize(
    ("tau", "photons", "network"),
    kinds(
        (2.0, 60, zoo.DEFAULT), (2.0, 60, zoo.WIDE), (2.0, 30, zoo.WIDE), (0.8, 60, zoo.DEFAULT),
        (0.8, 100, zoo.WIDE), (2.0, 40, zoo.SIXTEEN_BITS),
    ),
)  # fmt: skip
def test_dim_pixels(tmp_path: Path, tau: float, photons: int, network: str) -> None:
    """They are within 15%, or a warning says how many photons the network was trained on."""
    counts = image(tau, photons=photons, side=12)
    found = inferred(tmp_path, counts, "--min-photons", 20, "--network", network)
    found.require_right_or_flagged(tau, within=0.15)
    if found.valid.mean() <= 0.05:
        assert "trained on 500 photons and more" in found.warnings


@pytest.mark.parametrize(
    ("dead", "background", "tau"),
    kinds(
        (((0, 12), (250, 256)), 0.3, 1.0), (((0, 25),), 0.3, 1.0), (((240, 256),), 0.2, 0.5),
        (((100, 106),), 0.1, 1.0), (((0, 5), (248, 256)), 0.3, 1.2), (((60, 61),), 0.0, 0.8),
        (((0, 3), (90, 93), (255, 256)), 0.3, 0.8),
    ),
)  # fmt: skip
def test_dead_bins(
    tmp_path: Path, dead: tuple[tuple[int, int], ...], background: float, tau: float
) -> None:
    """Bins that count nothing do not move lifetimes by 10%."""
    counts = image(tau, background=background)
    for first, end in dead:
        counts[..., first:end] = 0
    inferred(tmp_path, counts).require_right(tau)


@pytest.mark.parametrize(
    ("ceiling", "photons", "kind"),
    kinds((255, 12e3, "u1"), (255, 8e3, "u1"), (4095, 2e5, "u2"), (65535, 3e6, "u2")),
)
def test_saturation(tmp_path: Path, ceiling: int, photons: float, kind: str) -> None:
    """Counts at the ceiling of their type are flagged, and a warning says so."""
    counts = np.minimum(image(0.8, photons=photons), ceiling).astype(kind)
    found = inferred(tmp_path, counts)
    assert found.report["flagged_pixels"]["saturated"] >= 0.95 * 64
    assert "counts stand at a ceiling" in found.warnings


def test_saturated_pixels_do_not_change_the_others(tmp_path: Path) -> None:
    """The response is told by pixels that are not at the ceiling."""
    counts = image(0.8)
    counts[0] = np.minimum(image(0.8, photons=12e3)[0], 255)
    found = inferred(tmp_path, counts)
    assert not found.valid[0].any()
    found.require_right(0.8, where=np.s_[1:])


@pytest.mark.parametrize("place", kinds(200, 3, 30, 53, 55, 100, 255))
def test_stuck_bin_of_one_pixel(tmp_path: Path, place: int) -> None:
    """It does not move the others, wherever it lies."""
    counts = image(0.8)
    counts[2, 3, place] = 2_000_000
    found = inferred(tmp_path, counts)
    others = np.ones((8, 8), bool)
    others[2, 3] = False
    found.require_right(0.8, where=others)
    assert not found.warnings


@pytest.mark.parametrize(
    ("pixels", "place", "number"),
    kinds((1, 200, 20_000), (2, 100, 20_000), (3, 200, 500), (1, 3, 500), (1, 255, 20_000)),
)
def test_stuck_bin_of_many_pixels(tmp_path: Path, pixels: int, place: int, number: int) -> None:
    """A bin that holds the same in each, each second or third pixel is left out."""
    counts = image(0.8)
    counts[::pixels, :, place] = number
    found = inferred(tmp_path, counts)
    found.require_right(0.8)
    assert not found.warnings


@pytest.mark.parametrize("shift_ns", kinds(5.5, 2.0, -1.5))
def test_bright_pixel_at_another_time(tmp_path: Path, shift_ns: float) -> None:
    """One pixel of a thousandfold light, late or early, does not move the others."""
    counts = image(0.8, side=12)
    counts[4, 5] = image(0.8, side=1, photons=3e6, center_ns=2.5 + shift_ns)[0, 0]
    others = np.ones((12, 12), bool)
    others[4, 5] = False
    inferred(tmp_path, counts).require_right(0.8, where=others)


@pytest.mark.parametrize("side", kinds(160, 256))
@pytest.mark.parametrize("axis", [0, 1])
def test_time_is_another_axis(tmp_path: Path, side: int, axis: int) -> None:
    """An axis along the image is no decay: a warning or an error says so, and no pixel is valid."""
    down, right = np.mgrid[:side, : side // 4]
    cell = np.exp(-(((down / side - 0.5) / 0.3) ** 2) - (right / side * 4 - 0.5) ** 2 / 0.1) + 0.02
    shape = expected_decay([(1.0, 0.8)], width_ns=0.2, bins=64)[0]
    counts = np.random.default_rng(2).poisson(3000 * cell[..., None] * shape)
    counts = np.moveaxis(np.swapaxes(counts, 0, 1), -1, axis)  # rows are the longest, and last
    found = inferred(tmp_path, counts)
    assert "time axis" in found.warnings
    assert found.valid.mean() <= 0.05


@pytest.mark.parametrize("tau", kinds(0.8, 0.3, 2.0))
@pytest.mark.parametrize("background", kinds(0.0, 0.3))
def test_time_runs_backwards(tmp_path: Path, tau: float, background: float) -> None:
    """It is an error that names the time axis."""
    file = saved(tmp_path, image(tau, background=background)[..., ::-1])
    message = refused("--input", file, "--out", tmp_path / "y.npz")
    assert message.startswith(f"{file}: light rises slowly and falls at once")
    assert "time axis" in message


@pytest.mark.parametrize("kind", kinds("rising", "noise", "flat", "step", "bump"))
def test_no_decay_at_all(tmp_path: Path, kind: str) -> None:
    """Counts without a decay give no valid pixel, and are not passed over in silence."""
    time, random = np.arange(256), np.random.default_rng(0)
    mean = {
        "rising": np.linspace(1, 40, 256),
        "flat": np.full(256, 12.0),
        "step": np.where(time > 100, 20.0, 1.0),
        "bump": 1 + 40 * np.exp(-(((time - 128) / 40) ** 2)),
        "noise": random.uniform(0, 100, 256),
    }[kind]
    counts = random.poisson(mean, (8, 8, 256))
    if kind == "rising":
        assert "time axis" in refused("--input", saved(tmp_path, counts))
    else:
        inferred(tmp_path, counts).require_right_or_flagged(np.nan)


@pytest.mark.parametrize(
    ("distance", "height"), kinds((6.4, 1.0), (3.2, 1.0), (3.2, 0.3), (5.0, 0.2), (8.0, 0.5))
)
def test_two_pulses(tmp_path: Path, distance: float, height: float) -> None:
    """A second pulse in the record is a warning with its distance."""
    second = expected_decay([(1.0, 1.0)], center_ns=2.5 + distance)[0]
    more = np.random.default_rng(4).poisson(3000 * height * second, (8, 8, 256))
    found = inferred(tmp_path, image(1.0) + more)
    (said,) = [each for each in found.report["warnings"] if "second pulse" in each]
    assert abs(float(said.split(" ns")[0].split()[-1]) - distance) < 0.15


@pytest.mark.parametrize(
    ("fwhm", "tau"), kinds((0.05, 0.2), (0.05, 0.3), (0.05, 0.8), (0.1, 0.2), (0.4, 0.5), (0.6, 1))
)
def test_other_responses(tmp_path: Path, fwhm: float, tau: float) -> None:
    """A response that the network does not know: within 15%, or flagged; the fit is right."""
    counts = image(float(tau), fwhm_ns=fwhm)
    inferred(tmp_path, counts).require_right_or_flagged(tau, within=0.15)
    inferred(tmp_path, counts, "--irf-width", fwhm, *FIT).require_right(tau)


def gated(tau: float, gate: float, step: float) -> Any:
    """Draw an image whose bins are gates that overlap: counts [8, 8, 48]."""
    parts = 5
    fine, _ = expected_decay([(1.0, tau)], width_ns=step / parts, bins=64 * parts, center_ns=2.0)
    size = round(gate / step * parts)
    mean = np.array([fine[start : start + size].sum() for start in range(0, 48 * parts, parts)])
    return np.random.default_rng(0).poisson(3000 * mean / mean.sum(), (8, 8, 48))


@pytest.mark.parametrize(
    ("tau", "gate", "step"),
    kinds((0.5, 1.0, 0.25), (1.0, 1.0, 0.25), (2.5, 1.0, 0.25), (1, 2, 0.5)),
)
def test_gates(tmp_path: Path, tau: float, gate: float, step: float) -> None:
    """Gates wider than their step are flagged or right, and right where their width is given."""
    counts = gated(tau, gate, step)
    inferred(tmp_path, counts, width_ns=step).require_right_or_flagged(tau)
    fit = (*FIT, "--components", 1, "--gate", gate)
    inferred(tmp_path, counts, *fit, width_ns=step).require_right(tau)


@pytest.mark.parametrize("kind", kinds("f2", "f4", "f8", "u4"))
def test_types_of_numbers(tmp_path: Path, kind: str) -> None:
    """Counts are the same whatever type holds them, and their sum is finite."""
    counts = image(0.8, side=12)
    np.save(tmp_path / "image.npy", counts.astype(kind))
    found = outcome(tmp_path, tmp_path / "image.npy", "--bin-width", 12.5 / 256)
    assert found.report["counts"] == counts.sum()
    found.require_right(0.8)


@pytest.mark.parametrize("factor", kinds(4, 2, 7, 37.5, 0.37))
def test_scaled_counts(tmp_path: Path, factor: float) -> None:
    """Several counts a photon are found and divided out; scaled floats have the same lifetimes."""
    counts = image(0.8)
    found = inferred(tmp_path, (counts * factor).astype(np.float32))
    found.require_right(0.8)
    if factor == int(factor):
        assert found.report["counts"] == counts.sum()
        assert f"each photon is {factor:g} counts" in found.report["notes"][0]


def test_width_of_one_number(tmp_path: Path) -> None:
    """A width as an array of one number is that number; of two, one clear error."""
    counts = image(0.8)
    found = inferred(tmp_path, counts, width_ns=np.array([12.5 / 256]))
    assert found.report["record_bin_width_ns"] == 12.5 / 256
    found.require_right(0.8)
    message = refused("--input", saved(tmp_path, counts, width_ns=np.array([0.05, 0.05])))
    assert "bin_width_ns" in message


def test_tiff_with_axes_of_one(tmp_path: Path) -> None:
    """Axes of length one, as viewers write them, are passed over."""
    counts = np.moveaxis(image(0.8), -1, 0)[:, None, None].astype(np.uint16)
    tifffile.imwrite(tmp_path / "image.tif", counts, photometric="minisblack")
    found = outcome(tmp_path, tmp_path / "image.tif", "--bin-width", 12.5 / 256)
    found.require_right(0.8)


def test_blocks_have_time_bases_of_their_own(tmp_path: Path) -> None:
    """Each image of an SDT file is read with the range of its own measurement."""
    blocks = [
        Block(image(tau, width_ns=tac / 256, bins=256).astype("<u2"), tac_ns=tac)
        for tau, tac in ((0.6, 12.8), (1.2, 25.6))
    ]
    (tmp_path / "two.sdt").write_bytes(sdt_file(*blocks))
    for channel, tau in enumerate((0.6, 1.2)):
        known = ("--channel", channel, "--irf-width", 0.25)
        found = outcome(tmp_path, tmp_path / "two.sdt", *known)
        found.require_right(tau)


@pytest.mark.parametrize("kind", kinds("mcs", "fcs", "mcsta"))
def test_blocks_that_are_no_image(tmp_path: Path, kind: str) -> None:
    """The one image is read without a channel, and a note names what was left out."""
    other = Block(np.arange(1, 513, dtype="<u2"), tac_ns=1e9, kind=kind)
    counts = Block(image(0.6, width_ns=0.05, bins=256).astype("<u2"))
    (tmp_path / "mixed.sdt").write_bytes(sdt_file(other, counts))
    found = outcome(tmp_path, tmp_path / "mixed.sdt")
    found.require_right(0.6)
    assert "left out" in found.report["notes"][0]


def test_single_curve(tmp_path: Path) -> None:
    """One decay is an image of one pixel."""
    curve = image(0.6, side=1, photons=60_000, width_ns=0.05, bins=256)[0, 0]
    (tmp_path / "curve.sdt").write_bytes(sdt_file(Block(curve.astype("<u2"), kind="decay")))
    found = outcome(tmp_path, tmp_path / "curve.sdt")
    assert found.valid.shape == (1, 1)
    found.require_right(0.6)


def test_detectors_by_their_numbers(tmp_path: Path) -> None:
    """Channel 1 of a PTU file is its detector 1, also where detector 0 saw nothing."""
    each = [image(tau, width_ns=0.05, bins=256, photons=2000) for tau in (0.5, 1.2)]
    counts = np.stack([np.zeros_like(each[0]), *each], axis=2).astype(np.uint16)
    ptufile.imwrite(
        tmp_path / "three.ptu", counts[None], global_resolution=12.8e-9, tcspc_resolution=5e-11
    )
    for channel, tau in ((1, 0.5), (2, 1.2)):
        outcome(tmp_path, tmp_path / "three.ptu", "--channel", channel).require_right(tau)


@pytest.mark.parametrize("level", kinds(0, 3, 50))
def test_gates_of_equal_counts(level: int) -> None:
    """Two equal gates have no lifetime, and nearly equal ones none beyond reason."""
    random = np.random.default_rng(1)
    counts = np.concatenate([np.full((4, 135), level), random.poisson(level, (60, 135))])
    found = rapid_lifetimes(counts)
    assert not (found >= 1000).any()


@pytest.mark.parametrize("lifetimes", kinds("global", "0.6,2.4"))
def test_shares_of_shared_lifetimes(tmp_path: Path, lifetimes: str) -> None:
    """Lifetimes that all pixels share give shares to 0.03 at 1,000 photons."""
    share = np.random.default_rng(5).uniform(0.2, 0.8, (16, 16))
    counts = np.array(
        [
            image([(each, 0.6), (1 - each, 2.4)], side=1, photons=1000, seed=seed)[0, 0]
            for seed, each in enumerate(share.ravel())
        ]
    ).reshape(16, 16, -1)
    found = inferred(tmp_path, counts, *FIT, "--lifetimes", lifetimes)
    error = np.abs(found.arrays["fraction"] - share)[found.valid]
    assert np.median(error) < 0.03
    assert found.valid.mean() > 0.9
