"""Images from files of any format: read whole or refused with one clear error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from stomp_flim.errors import InputError
from tests.workloads.flim.data.reading.writing import SHAPE, WIDTH_NS, write
from workloads.flim.data.reading import read, read_frames


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".tif", ".tiff", ".NPY"])
def test_read_returns_what_was_written(tmp_path: Path, counts: np.ndarray, suffix: str) -> None:
    """Every count is at its row, column and bin, with the width of the bins."""
    path = write(tmp_path / f"image{suffix.lower()}", counts)
    path = path.rename(path.with_suffix(suffix))

    image = read(path)

    np.testing.assert_array_equal(counts, image.counts)
    assert (SHAPE[:2], SHAPE[2]) == (image.shape, image.bins)
    assert pytest.approx(WIDTH_NS, rel=1e-12) == image.bin_width_ns
    assert str(path) == image.source


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".ptu", ".tif"])
@pytest.mark.parametrize("kept", [0.0, 0.01, 0.3, 0.5, 0.9, 0.999])
def test_truncated_file_is_refused(
    tmp_path: Path, counts: np.ndarray, suffix: str, kept: float
) -> None:
    """Wherever a file is cut there is one error that names it, never an image."""
    whole = write(tmp_path / f"whole{suffix}", counts).read_bytes()
    cut = tmp_path / f"cut{suffix}"
    cut.write_bytes(whole[: int(kept * len(whole))])

    with pytest.raises(InputError, match="cut"):
        read(cut)


@pytest.mark.parametrize(
    ("claimed", "actual"),
    [
        (claimed, actual)
        for claimed in (".npy", ".npz", ".ptu", ".tif", ".sdt")
        for actual in (".npy", ".npz", ".ptu", ".tif", ".txt")
        if claimed != actual
    ],
)
def test_file_that_is_not_what_its_name_says(
    tmp_path: Path, counts: np.ndarray, claimed: str, actual: str
) -> None:
    """The content must agree with the suffix, and the error says what the content is."""
    path = tmp_path / f"image{actual}"
    if actual == ".txt":
        path.write_text("decay of pixel 1\n" * 20)
    else:
        write(path, counts)
    path = path.rename(path.with_suffix(claimed))

    with pytest.raises(InputError, match=r"image\.\w+: expected .+, as its name says, found .+"):
        read(path)


@pytest.mark.parametrize("name", ["image.sdt.zip", "image", "image.csv"])
def test_unknown_suffix(tmp_path: Path, name: str) -> None:
    """An unknown suffix is an error that lists suffixes."""
    (tmp_path / name).write_bytes(b"PK\x03\x04")
    with pytest.raises(InputError, match=r"unknown suffix .*\.(npz|sdt)"):
        read(tmp_path / name)


def test_missing_file(tmp_path: Path) -> None:
    """A missing file and a folder are named with the reason."""
    with pytest.raises(InputError, match=r"absent\.npy: cannot be read: No such file"):
        read(tmp_path / "absent.npy")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.ones((5, 135)), r"shape \(5, 135\), expected \[rows, columns, time bins\]"),
        (np.ones((2, 3, 4, 135)), "expected .rows, columns, time bins."),
        (np.ones((0, 3, 135)), "expected .rows, columns, time bins."),
        (np.ones((2, 3, 1)), "1 time bin, expected a histogram"),
        (np.ones((2, 3, 135), dtype=complex), "type complex128, expected integers or floats"),
        (np.ones((2, 3, 135), dtype=bool), "type bool, expected integers or floats"),
        (np.full((2, 3, 135), -1), "a count is -1, expected none below 0"),
        (np.full((2, 3, 135), np.nan), "NaN or infinity"),
        (np.full((2, 3, 135), np.inf), "NaN or infinity"),
    ],
)
def test_counts_that_are_none(tmp_path: Path, bad: np.ndarray, message: str) -> None:
    """Arrays that are not counts of an image are refused with what was found and expected."""
    np.savez(tmp_path / "bad.npz", counts=bad, bin_width_ns=WIDTH_NS)
    with pytest.raises(InputError, match=rf"bad\.npz: .*{message}"):
        read(tmp_path / "bad.npz")


@pytest.mark.parametrize("shape", [(), (135,), (3, 135), (1, 2, 3, 135)])
def test_an_array_of_other_dimensions_is_no_image(tmp_path: Path, shape: tuple[int, ...]) -> None:
    """Also a single number, which has no axis to look at."""
    np.save(tmp_path / "bad.npy", np.ones(shape))
    with pytest.raises(InputError, match=r"bad\.npy: counts have the shape \("):
        read(tmp_path / "bad.npy")


@pytest.mark.parametrize("width", [np.ones(2), np.array("0.09"), np.array([0.09j])])
def test_a_width_in_the_file_is_one_number(tmp_path: Path, width: np.ndarray) -> None:
    """Neither several nor text."""
    np.savez(tmp_path / "bad.npz", counts=np.ones(SHAPE), bin_width_ns=width)
    with pytest.raises(InputError, match=r"bad\.npz: 'bin_width_ns' is .*, expected one number"):
        read(tmp_path / "bad.npz")


def test_bin_width_comes_from_one_place(tmp_path: Path, counts: np.ndarray) -> None:
    """Without a width only 135 bins are known; a width that contradicts the file is refused."""
    other = write(tmp_path / "other.npy", counts[..., :100])
    with pytest.raises(InputError, match="100 time bins and the file no bin width"):
        read(other)
    assert read(other, bin_width_ns=0.1).bin_width_ns == 0.1
    known = write(tmp_path / "known.npz", counts)
    assert read(known, bin_width_ns=WIDTH_NS).bin_width_ns == WIDTH_NS
    with pytest.raises(InputError, match=r"given as 0\.1 ns, the file says 0\.09 ns"):
        read(known, bin_width_ns=0.1)


@pytest.mark.parametrize("width", [0.0, -0.09, 48.8, np.nan, np.inf])
def test_bin_width_that_is_none(tmp_path: Path, counts: np.ndarray, width: float) -> None:
    """A width that is not a width in ns (such as one in ps) is refused."""
    path = write(tmp_path / "image.npy", counts)
    with pytest.raises(InputError, match="bin width"):
        read(path, bin_width_ns=width)


def test_npz_without_counts_lists_what_it_holds(tmp_path: Path) -> None:
    """An archive without the array of counts is refused with the names of its arrays."""
    np.savez(tmp_path / "weights.npz", kernel=np.ones(3), bias=np.ones(3))
    with pytest.raises(InputError, match="no array 'counts', found kernel, bias"):
        read(tmp_path / "weights.npz")


def test_pickled_arrays_are_refused(tmp_path: Path) -> None:
    """An array of Python objects, which could run code, is never unpickled."""
    np.save(tmp_path / "objects.npy", np.array([[[{}]]], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match=r"objects\.npy"):
        read(tmp_path / "objects.npy")


def test_time_axis(tmp_path: Path, counts: np.ndarray) -> None:
    """The time axis follows the format's rule, the file's axes, or the argument, in that order."""
    np.save(tmp_path / "first.npy", np.moveaxis(counts, -1, 0))
    np.testing.assert_array_equal(counts, read(tmp_path / "first.npy", time_axis="first").counts)
    tifffile.imwrite(tmp_path / "plain.tif", counts, photometric="minisblack")
    np.testing.assert_array_equal(counts, read(tmp_path / "plain.tif", time_axis="last").counts)
    metadata = {"axes": "YXT"}
    tifffile.imwrite(tmp_path / "named.tif", counts, photometric="minisblack", metadata=metadata)
    np.testing.assert_array_equal(counts, read(tmp_path / "named.tif").counts)


def test_a_time_axis_is_not_for_formats_that_have_theirs(
    tmp_path: Path, counts: np.ndarray
) -> None:
    """It would scramble pixels and time."""
    path = write(tmp_path / "image.ptu", counts)
    with pytest.raises(InputError, match="time axis 'first', expected none: a PicoQuant PTU file"):
        read(path, time_axis="first")
    assert read(path, time_axis="last").shape == SHAPE[:2]


@pytest.mark.parametrize("value", [12.5, np.array([12.5])])
def test_numbers_beside_the_counts_may_have_an_axis(
    tmp_path: Path, counts: np.ndarray, value: float | np.ndarray
) -> None:
    """As MATLAB and NumPy's own indexing leave them."""
    np.savez(tmp_path / "a.npz", counts=counts, bin_width_ns=[WIDTH_NS], period_ns=value)
    image = read(tmp_path / "a.npz")
    assert (WIDTH_NS, 12.5) == (image.bin_width_ns, image.period_ns)


def test_a_period_in_the_file_is_one_number(tmp_path: Path, counts: np.ndarray) -> None:
    """The error names its key."""
    np.savez(tmp_path / "a.npz", counts=counts, bin_width_ns=WIDTH_NS, period_ns=[1.0, 2.0])
    with pytest.raises(InputError, match=r"'period_ns' is float64 of the shape \(2,\), expected"):
        read(tmp_path / "a.npz")


def test_an_array_is_one_frame_and_one_channel(tmp_path: Path, counts: np.ndarray) -> None:
    """Which may be named, and no other."""
    path = write(tmp_path / "image.npy", counts)
    np.testing.assert_array_equal(counts, read(path, frames="0", channel=0).counts)
    assert 1 == len(read_frames(path))
    with pytest.raises(InputError, match="frames '1', expected 'sum', a number from 0 to 0"):
        read(path, frames="1")
    with pytest.raises(InputError, match="channel 1, expected 0"):
        read(path, channel=1)
    with pytest.raises(InputError, match="'all' make several images"):
        read(path, frames="all")
