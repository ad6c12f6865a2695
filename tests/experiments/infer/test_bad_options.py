"""Options of the command `infer` with values that mean nothing: one error that says which."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.experiments.infer.command_runs import WIDTH_NS, image, refused, run, saved


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(
            (option, value)
            for option in ("--irf-width", "--period", "--pulses", "--gate", "--pixel-um")
            for value in ("0", "-1", "nan", "inf")
        ),
        *((option, "nan") for option in ("--min-photons", "--max-uncertainty", "--background")),
        *((option, "-1") for option in ("--min-photons", "--max-uncertainty", "--background")),
        *(("--window", value) for value in ("a:b", "5", "11:2", "nan:3", "1:2:3")),
        *(("--limits", value) for value in ("a:b", "1", "3:1", "nan:2", "-1:2", "0:inf")),
        *(("--lifetimes", value) for value in ("x", "0.6,-1", "0.6,0.6", "nan", "1,2,3,4", "")),
        *(("--components", value) for value in ("0", "4")),
    ],
)
def test_values_that_mean_nothing(tmp_path: Path, option: str, value: str) -> None:
    """The error names the option and the value, and nothing is written."""
    out = tmp_path / "lifetimes.npz"
    message = refused("--input", saved(tmp_path, image(side=2)), "--out", out, f"{option}={value}")
    assert option in message
    assert value in message
    assert ["image.npz"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize("option", ["--irf", "--reference", "--region", "--background"])
@pytest.mark.parametrize("content", [b"", b"\x93NUMPY no array", b"[1, 2]"])
def test_files_that_are_damaged(tmp_path: Path, option: str, content: bytes) -> None:
    """The error names the file."""
    (tmp_path / "bad.npy").write_bytes(content)
    dye = ("--reference-lifetime", 2) if option == "--reference" else ()
    file = saved(tmp_path, image(side=2))
    out = tmp_path / "lifetimes.npz"
    message = refused("--input", file, "--out", out, option, tmp_path / "bad.npy", *dye)
    assert message.startswith(str(tmp_path / "bad.npy"))
    assert not out.exists()


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.ones((3, 2)), "has the shape 3 x 2, expected 2 x 2 pixels"),
        (np.full((2, 2), np.nan), "expected finite numbers"),
        (np.array([["a", "b"], ["c", "d"]]), "expected"),
    ],
)
@pytest.mark.parametrize("option", ["--region", "--background"])
def test_planes_that_do_not_fit(
    tmp_path: Path, option: str, values: np.ndarray, reason: str
) -> None:
    """The error names the file and what was expected."""
    np.save(tmp_path / "plane.npy", values)
    message = refused("--input", saved(tmp_path, image(side=2)), option, tmp_path / "plane.npy")
    assert message.startswith(str(tmp_path / "plane.npy"))
    assert reason in message


@pytest.mark.parametrize("option", ["--irf", "--reference"])
def test_responses_without_a_pulse(tmp_path: Path, option: str) -> None:
    """A level histogram is no response."""
    np.savez(tmp_path / "flat.npz", counts=np.full((1, 1, 256), 50), bin_width_ns=WIDTH_NS)
    dye = ("--reference-lifetime", 2) if option == "--reference" else ()
    file = saved(tmp_path, image(side=2))
    message = refused("--input", file, option, tmp_path / "flat.npz", *dye)
    assert message.startswith(str(tmp_path / "flat.npz"))
    assert "shows no pulse" in message


@pytest.mark.parametrize("window", ["0:2", "5:", "3:12", "2.6:12"])
def test_windows_without_the_pulse(tmp_path: Path, window: str) -> None:
    """The pulse must lie in a window, and the error says where it lies."""
    message = refused("--input", saved(tmp_path, image()), "--window", window)
    assert f"window {window} ns, expected one with the rise of the light at 2." in message


def test_windows_with_the_pulse(tmp_path: Path) -> None:
    """What is left of a record is enough."""
    out = ("--out", tmp_path / "y.npz", "--no-figure")
    result = run("--input", saved(tmp_path, image(0.8)), "--window", "1.5:11", *out)
    assert 0 == result.exit_code, result.output
    found = np.load(tmp_path / "y.npz")
    assert abs(np.median(found["mean_lifetime_ns"][found["mask"]]) / 0.8 - 1) < 0.1


def test_gates_as_long_as_the_record(tmp_path: Path) -> None:
    """Such a gate tells no time."""
    message = refused("--input", saved(tmp_path, image()), "--gate", 50)
    assert "gate of 50 ns, expected less than the record's 12.5 ns" in message
