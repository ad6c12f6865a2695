"""What the command `infer` is told of instrument and outputs, and what it makes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import ptufile
import pytest
import tifffile

from tests.experiments.infer.command_runs import WIDTH_NS, image, refused, run, saved
from tests.workloads.flim.decay_simulator import simulate
from workloads.flim import zoo

TAILED = {"tail_ns": 0.2, "photons": 5000}


def medians(folder: Path, *arguments: object) -> tuple[float, float]:
    """Return the median lifetime that a run finds, and the share of valid pixels."""
    result = run(*arguments, "--out", folder / "y.npz", "--no-figure")
    assert 0 == result.exit_code, result.output
    found = np.load(folder / "y.npz")
    mask = found["mask"]
    return float(np.median(found["mean_lifetime_ns"][mask])), float(mask.mean())


@pytest.fixture(scope="module")
def tailed() -> Any:
    """Simulate pixels of 0.3 ns behind a response with a tail of 0.2 ns."""
    return simulate([(1.0, 0.3)], pixels=64, seed=2, **TAILED)


@pytest.mark.parametrize("shift", [0, 5])
def test_a_measured_response_makes_a_fit_right(tailed: Any, shift: int, tmp_path: Path) -> None:
    """With its tail, also where it was measured at another place of the record."""
    path = saved(tmp_path, tailed.counts.reshape(8, 8, -1))
    curve = np.roll(np.random.default_rng(0).poisson(1e5 * tailed.response), shift)
    np.savez(tmp_path / "irf.npz", counts=curve[None, None], bin_width_ns=WIDTH_NS)

    fit = ("--input", path, "--method", "poisson", "--irf", tmp_path / "irf.npz")
    median, valid = medians(tmp_path, *fit, "--components", 1)
    assert pytest.approx(0.3, rel=0.04) == median
    assert valid > 0.9


def test_the_network_is_the_one_for_what_is_known(tmp_path: Path) -> None:
    """Where none is named it reads the response, given or estimated, and a note says which."""
    path = saved(tmp_path, image(1.0, side=4))
    out = ("--out", tmp_path / "y.npz", "--no-figure", "--json")

    def told(*options: object) -> tuple[str, str]:
        result = run(*out, *options)
        return str(json.loads(result.stdout)["about"]), result.stderr

    field = f"network {zoo.FIELD_RESPONSE}, trained on 0.08 to 6 ns"
    for option, source in (((), "estimated"), (("--irf-width", 0.25), "given")):
        about, said = told("--input", path, *option)
        assert field == about
        assert (
            f"note: network {zoo.FIELD_RESPONSE}, which reads the response as it is {source}"
            in said
        )
    published = f"network {zoo.DEFAULT}, trained on 0.2 to 1.5 ns"
    for option in (("--input", path, "--network", zoo.DEFAULT), ()):
        about, said = told(*option)
        assert (published, False) == (about, "note: network" in said)


def test_a_reference_dye_gives_the_response(tailed: Any, tmp_path: Path) -> None:
    """Its known lifetime is taken out of it."""
    path = saved(tmp_path, tailed.counts.reshape(8, 8, -1))
    dye = simulate([(1.0, 1.5)], pixels=40, seed=3, **(TAILED | {"photons": 20_000}))
    reference = dye.counts.sum(axis=0)[None, None]
    np.savez(tmp_path / "dye.npz", counts=reference, bin_width_ns=WIDTH_NS)

    known = ("--reference", tmp_path / "dye.npz", "--reference-lifetime", 1.5)
    fit = ("--input", path, "--method", "poisson", "--components", 1)
    assert pytest.approx(0.3, rel=0.08) == medians(tmp_path, *fit, *known)[0]


def test_a_region_and_a_background_are_those_of_files(tmp_path: Path) -> None:
    """Pixels outside are flagged and make no decay; a background is taken as it is given."""
    inside = np.zeros((8, 8), bool)
    inside[:, :4] = True
    counts = np.where(inside[..., None], image(1.0), image(0.4, seed=5)) + 4
    np.save(tmp_path / "region.npy", inside.astype(np.uint8))
    tifffile.imwrite(tmp_path / "level.tif", np.full((8, 8), 4, np.float32))
    path = saved(tmp_path, counts)

    files = ("--region", tmp_path / "region.npy", "--background", tmp_path / "level.tif")
    median, valid = medians(tmp_path, "--input", path, *files, "--method", "poisson")
    assert pytest.approx(1.0, rel=0.05) == median
    assert 0.4 < valid <= 0.5
    found = np.load(tmp_path / "y.npz")
    assert (found["background"][inside] == 4).all()
    assert (found["flags"][~inside] & 256 > 0).all()
    message = refused("--input", path, "--region", tmp_path / "level.npy")
    assert "level.npy" in message


def test_several_inputs_make_a_folder_and_a_table(tmp_path: Path) -> None:
    """One that cannot be read stops no other, and is the error at the end."""
    for name, tau in (("a", 0.6), ("b", 1.1)):
        np.savez(tmp_path / f"{name}.npz", counts=image(tau), bin_width_ns=WIDTH_NS)
    (tmp_path / "c.npz").write_bytes(b"PK nothing")
    out = tmp_path / "out"

    message = refused("--input", tmp_path / "*.npz", "--out", out, "--no-figure")
    assert "c.npz" in message

    names = {path.name for path in out.iterdir()}
    assert {"a.npz", "b.npz", "summary.csv"} == names
    table = pd.read_csv(out / "summary.csv")
    np.testing.assert_allclose(table["median_ns"], [0.6, 1.1], rtol=0.08)


def test_inputs_of_one_name_are_refused(tmp_path: Path) -> None:
    """The results of one would replace those of the other."""
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        np.savez(tmp_path / folder / "a.npz", counts=image(), bin_width_ns=WIDTH_NS)
    message = refused("--input", tmp_path / "?" / "a.npz", "--out", tmp_path / "out")
    assert "would replace those of" in message
    assert not (tmp_path / "out").exists()


def test_every_output_is_written_and_replacing_is_said(tmp_path: Path) -> None:
    """Page, table, OME-TIFF, map and difference, and a second run says what it replaces."""
    path = saved(tmp_path, image([(0.5, 0.4), (0.5, 1.2)]))
    names = {"--page": "p.html", "--table": "t.csv", "--tiff": "m.ome.tif", "--out": "y.npz"}
    files = [word for option, name in names.items() for word in (option, tmp_path / name)]
    arguments = ("--input", path, "--compare", "phasor", "--show-flagged", *files)

    first, second = run(*arguments), run(*arguments)

    assert 0 == first.exit_code == second.exit_code, first.output
    assert "(replaced)" not in first.output
    assert 6 == second.output.count("(replaced)")
    assert {*names.values(), "y.png", "y-difference.png", "image.npz"} == {
        each.name for each in tmp_path.iterdir()
    }
    assert tifffile.TiffFile(tmp_path / "m.ome.tif").is_ome
    assert 64 == len(pd.read_csv(tmp_path / "t.csv"))
    assert "phasor" in first.output


def test_without_a_valid_pixel_all_is_still_written(tmp_path: Path) -> None:
    """The page, the figure and a JSON report without numbers that are none."""
    path = saved(tmp_path, image(4.0))
    page = ("--page", tmp_path / "p.html", "--out", tmp_path / "y.npz")
    result = run("--input", path, *page, "--json", "--network", zoo.DEFAULT)
    assert 0 == result.exit_code, result.output
    report = json.loads(result.stdout, parse_constant=pytest.fail)
    assert 0 == report["valid_pixels"]
    assert report["mean_lifetime_ns"] == {"q25": None, "median": None, "q75": None}


def test_frames_are_kept_as_images(tmp_path: Path) -> None:
    """Each is computed by itself and named by its number."""
    taus = (0.6, 1.2)
    frames = np.stack([image(tau, photons=600) for tau in taus])[..., None, :].astype(np.uint16)
    ptufile.imwrite(tmp_path / "a.ptu", frames, 12.5e-9, WIDTH_NS * 1e-9)

    out = tmp_path / "out"
    how = ("--frames", "all", "--no-figure", "--out", out)
    result = run("--input", tmp_path / "a.ptu", *how)

    assert 0 == result.exit_code, f"{result.output} {result.exception}"
    for number, tau in enumerate(taus):
        found = np.load(out / f"a-frame{number}.npz")
        assert pytest.approx(tau, rel=0.1) == np.median(found["mean_lifetime_ns"][found["mask"]])
