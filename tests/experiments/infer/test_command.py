"""The command `infer`: one file in, lifetimes out, bit-true, or one clear error."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import gru_vectors
import numpy as np
import pytest
import tifffile

from hwmodels.gru.kernel import infer as run_network
from hwmodels.gru.preprocess import preprocess
from hwmodels.gru.weights import seeded_weights, write_weights
from hwmodels.network import SEQ2SEQLITE, Network
from tests.experiments.infer.command_runs import refused, run
from workloads.flim import zoo
from workloads.flim.data.tpsf import synthetic_image
from workloads.flim.lifetimes.lifetimes import lifetimes

SIZE = 12


@pytest.fixture(scope="module")
def counts() -> np.ndarray:
    """Make a small image with dark and bright pixels on the network's time axis."""
    return np.asarray(synthetic_image(SIZE, seed=5).image.counts)


@pytest.fixture
def image(tmp_path: Path, counts: np.ndarray) -> Path:
    """Write the image."""
    np.savez(tmp_path / "image.npz", counts=counts, bin_width_ns=0.09)
    return tmp_path / "image.npz"


@pytest.fixture(scope="module")
def weights() -> dict[str, Any]:
    """Draw weights."""
    return dict(seeded_weights(SEQ2SEQLITE, 1))


def test_results_are_those_of_each_pixel(
    tmp_path: Path, image: Path, counts: np.ndarray, weights: dict[str, Any]
) -> None:
    """Outputs and lifetimes equal those of every bright pixel computed on its own."""
    write_weights(tmp_path / "w.npz", weights)

    result = run("--input", image, "--weights", tmp_path / "w.npz", "--out", tmp_path / "y.npz")

    assert result.exit_code == 0, result.output
    found = np.load(tmp_path / "y.npz")
    bright = counts.sum(axis=-1) >= 100
    assert 0 < bright.sum() < bright.size
    np.testing.assert_array_equal(bright, found["inferred"])
    np.testing.assert_array_equal(counts.sum(axis=-1), found["intensity"])
    for row, column in np.argwhere(bright):
        _, y = run_network(weights, preprocess(counts[row, column][None]))
        expected = lifetimes(y[0] * 2.0 ** -int(found["y_fraction_bits"]))
        np.testing.assert_array_equal(y[0], found["y"][row, column])
        assert expected.tau_ns[0] == found["lifetimes_ns"][row, column, 0]
        if 0 < expected.fraction < 1 and (expected.tau_ns > 0).all():
            order = np.argsort(expected.tau_ns[1:])
            np.testing.assert_array_equal(
                expected.tau_ns[1:][order], found["lifetimes_ns"][row, column, 1:]
            )
            assert expected.mean_ns == pytest.approx(found["mean_lifetime_ns"][row, column])
    for name in ("lifetimes_ns", "fraction", "mean_lifetime_ns"):
        assert np.isnan(found[name][~bright]).all()
    assert not found["y"][~bright].any()
    assert found["bin_width_ns"] == 0.09


def test_sequences_are_bit_true_through_the_command(tmp_path: Path) -> None:
    """Counts in, the outputs of the accelerator's equations out, integer for integer."""
    np.savez(tmp_path / "raw.npz", counts=gru_vectors.counts()[None], bin_width_ns=0.09)
    write_weights(tmp_path / "w.npz", gru_vectors.weights())

    files = {"--input": "raw.npz", "--weights": "w.npz", "--out": "y.npz"}
    result = run(*(word for option, name in files.items() for word in (option, tmp_path / name)))

    assert 0 == result.exit_code, result.output
    assert gru_vectors.OUTPUTS == gru_vectors.checksum(np.load(tmp_path / "y.npz")["y"][0])


def test_published_sequences_are_bit_true_through_the_command(
    tmp_path: Path, reference: Path
) -> None:
    """Counts in, the published accelerator's outputs out, integer for integer."""
    vectors = np.load(reference / "hls/vectors.npz")
    raw = vectors["raw"]
    np.savez(tmp_path / "raw.npz", counts=raw[None], bin_width_ns=0.09)

    weights = reference / "hls/student_weights_int8.npz"
    run("--input", tmp_path / "raw.npz", "--weights", weights, "--out", tmp_path / "y.npz")

    np.testing.assert_array_equal(vectors["y"][: len(raw)], np.load(tmp_path / "y.npz")["y"][0])


def test_measured_image(tmp_path: Path, reference: Path) -> None:
    """The measured image gives lifetimes in every bright pixel, and says what it lacks."""
    with zipfile.ZipFile(reference / "flim/tcspc.sdt.zip") as archive:
        sdt = archive.extract("tcspc.sdt", tmp_path)
    weights, out = reference / "hls/student_weights_int8.npz", tmp_path / "y.npz"

    result = run("--input", sdt, "--weights", weights, "--out", out, "--no-figure", "--json")

    report = json.loads(result.stdout)
    found = np.load(out)
    assert (report["rows"], report["columns"], report["record_bins"]) == (128, 128, 256)
    assert report["counts"] == 224_606_420 / 4
    assert report["notes"] == ["each photon is 4 counts: all are divided by 4"]
    assert report["computed_pixels"] == (found["intensity"] >= 100).sum()
    assert report["valid_pixels"] == found["mask"].sum()
    assert np.isfinite(found["mean_lifetime_ns"][found["inferred"]]).all()
    # The peak is at 3.0 ns of the record; bin 47 is 1.27 ns later, so the first 14 bins are unseen.
    assert report["shift_ns"] == pytest.approx(47.5 * 0.09 - 61.5 * 50 / 4 / 256)


def test_defaults_need_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any file there is a synthetic image, and a trained network of the zoo."""
    monkeypatch.chdir(tmp_path)

    result = run()

    assert result.exit_code == 0, result.output
    assert "synthetic image (64 x 64 pixels, seed 0)" in result.stdout
    assert "network seq2seqlite-32, trained on 0.2 to 1.5 ns" in result.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lifetimes.npz", "lifetimes.png"]
    assert (tmp_path / "lifetimes.png").read_bytes().startswith(b"\x89PNG")


def test_results_are_reproducible(tmp_path: Path, image: Path) -> None:
    """Two runs write the same bytes in every array, provenance included."""
    for name in ("a", "b"):
        run("--input", image, "--out", tmp_path / f"{name}.npz", "--no-figure")
    first, second = np.load(tmp_path / "a.npz"), np.load(tmp_path / "b.npz")
    assert first.files == second.files
    for name in first.files:
        assert first[name].tobytes() == second[name].tobytes()


def test_provenance_names_the_content_of_the_input(tmp_path: Path, image: Path) -> None:
    """The checksum of the input is that of the system's own tool."""
    run("--input", image, "--out", tmp_path / "y.npz", "--no-figure", "--min-photons", 50)

    provenance = json.loads(str(np.load(tmp_path / "y.npz")["provenance"]))

    sums = subprocess.run(["sha256sum", image], capture_output=True, text=True, check=True)
    assert provenance["input_sha256"] == sums.stdout.split()[0]
    assert (provenance["input"], provenance["min_photons"]) == (str(image), 50)


def test_tiff_holds_the_same_numbers(tmp_path: Path, image: Path) -> None:
    """The pages of the TIFF are the arrays of the results, with a label each."""
    run("--input", image, "--out", tmp_path / "y.npz", "--no-figure", "--tiff", tmp_path / "y.tif")

    found = np.load(tmp_path / "y.npz")
    with tifffile.TiffFile(tmp_path / "y.tif") as file:
        pages, labels = file.asarray(), file.imagej_metadata["Labels"]
    for label, name in (
        ("mean lifetime (ns)", "mean_lifetime_ns"),
        ("uncertainty (ns)", "uncertainty_ns"),
        ("counts", "intensity"),
        ("flags", "flags"),
        ("mask", "mask"),
    ):
        page = [each.startswith(label) for each in labels].index(True)
        np.testing.assert_array_equal(np.float32(found[name]), pages[page])
    assert len(labels) == len(pages)


def test_pixel_binning_and_photons(tmp_path: Path, image: Path, counts: np.ndarray) -> None:
    """Blocks are summed before pixels are masked."""
    options = ("--pixel-binning", 3, "--min-photons", 30_000, "--no-figure")
    run("--input", image, "--out", tmp_path / "y.npz", *options)

    found = np.load(tmp_path / "y.npz")
    sums = counts.sum(axis=-1).reshape(SIZE // 3, 3, SIZE // 3, 3).sum(axis=(1, 3))
    np.testing.assert_array_equal(sums, found["intensity"])
    np.testing.assert_array_equal(sums >= 30_000, found["inferred"])


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.zeros((4, 4, 135)), "the brightest pixel holds 0.0 counts, expected at least 100"),
        (np.full((4, 4, 135), 0.5), "the brightest pixel holds 67.5 counts, expected at least 100"),
        (np.full((4, 4, 135), 9), "no pixel shows light above its background"),
        (np.full((4, 4, 135), np.nan), "NaN"),
        (np.full((4, 4, 135), -1), "a count is -1"),
        (np.ones((4, 4, 50)), "50 time bins and the file no bin width"),
        (np.ones((16, 135)), r"shape (16, 135), expected [rows, columns, time bins]"),
    ],
)
def test_images_without_a_lifetime(tmp_path: Path, bad: np.ndarray, message: str) -> None:
    """What has no lifetime is one error naming the file, and no file is written."""
    np.save(tmp_path / "bad.npy", bad)

    found = refused("--input", tmp_path / "bad.npy", "--out", tmp_path / "y.npz")

    assert found.startswith(f"{tmp_path / 'bad.npy'}: ")
    assert message in found
    assert [path.name for path in tmp_path.iterdir()] == ["bad.npy"]


def test_no_photons_with_a_threshold_of_zero(tmp_path: Path) -> None:
    """A threshold of 0 still computes no pixel without light."""
    np.save(tmp_path / "dark.npy", np.zeros((4, 4, 135)))
    message = refused("--input", tmp_path / "dark.npy", "--min-photons", 0)
    assert "dark.npy: the brightest pixel holds 0.0 counts, expected at least 1" in message


def test_weights_that_do_not_fit(tmp_path: Path, image: Path, weights: dict[str, Any]) -> None:
    """Weights of another network, with a wrong shape or from another file are named."""
    out = ("--input", image, "--out", tmp_path / "y.npz")
    write_weights(tmp_path / "two.npz", seeded_weights(Network("n", 1, 8, outputs=2), 0))
    assert "two.npz: a network of 1 input(s) and 2 output(s), expected 1 input, or 2" in refused(
        *out, "--weights", tmp_path / "two.npz"
    )
    np.savez(tmp_path / "short.npz", **{**weights, "sencgru_bias_z": np.zeros(7, np.int8)})
    message = refused(*out, "--weights", tmp_path / "short.npz")
    assert "short.npz: array 'sencgru_bias_z' has shape (7,), expected (32,)" in message
    assert "array" in refused(*out, "--weights", image)
    assert not (tmp_path / "y.npz").exists()


def test_networks_of_the_zoo_by_name(tmp_path: Path, image: Path) -> None:
    """A name gives what its file gives; an unknown one, or both, are refused."""
    out = ("--out", tmp_path / "y.npz", "--no-figure")
    given = ("--input", image, *out)
    run(*given, "--network", "seq2seqlite-16")
    by_name = np.load(tmp_path / "y.npz")["y"]
    weights = zoo.FOLDER / "seq2seqlite-16.npz"
    run(*given, "--weights", weights)

    np.testing.assert_array_equal(by_name, np.load(tmp_path / "y.npz")["y"])
    run(*given, "--network", zoo.SIXTEEN_BITS)
    assert np.load(tmp_path / "y.npz")["y_fraction_bits"] == 14
    assert "trained network 'seq2seqlite-15': did you mean" in refused(
        *given, "--network", "seq2seqlite-15"
    )
    message = refused(*given, "--weights", weights, "--network", "seq2seqlite-16")
    assert "expected one of them" in message


def test_outputs_that_cannot_be_written(tmp_path: Path, image: Path) -> None:
    """Wrong suffixes, missing folders and overwritten inputs are errors before any work."""
    given = ("--input", image)
    assert "y.csv: suffix '.csv', expected .npz" in refused(*given, "--out", "y.csv")
    assert "suffix '.gif', expected .png" in refused(*given, "--figure", "y.gif")
    assert "suffix '.png', expected .tif" in refused(*given, "--tiff", "y.png")
    assert "cannot be written" in refused(*given, "--out", tmp_path / "absent" / "y.npz")
    before = image.read_bytes()
    assert "would be overwritten" in refused(*given, "--out", image)
    assert image.read_bytes() == before


def test_interrupted_run_leaves_nothing_behind(tmp_path: Path, counts: np.ndarray) -> None:
    """Ctrl-C ends a long run soon, and no file is there, not even a temporary one."""
    np.save(tmp_path / "large.npy", np.tile(np.maximum(counts, 1), (40, 40, 1)))
    out = tmp_path / "out"
    out.mkdir()
    program = (
        "import typer; from experiments.infer.command import infer; app = typer.Typer();"
        "app.command()(infer); app()"
    )
    command = [sys.executable, "-c", program, "--input", tmp_path / "large.npy", "--out"]
    with subprocess.Popen(
        [*command, out / "y.npz"], stderr=subprocess.PIPE, env=os.environ, cwd=Path.cwd()
    ) as process:
        while not any(out.iterdir()):  # its temporary files say that the work has begun
            assert process.poll() is None, process.stderr and process.stderr.read()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)

    assert process.returncode != 0
    assert list(out.iterdir()) == []
