"""Measured images: read whole or refused with one clear error."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import ptufile
import pytest
import sdtfile
import tifffile
from sdtfile.sdtfile import MEASURE_INFO, record_dtype

from stomp_flim.errors import InputError
from workloads.flim.data.measured import MeasuredImage, bin_pixels, read

SHAPE = (5, 7, 135)
WIDTH_NS = 0.09


@pytest.fixture
def counts() -> np.ndarray:
    """Make a small image with different numbers of rows, columns and bins."""
    return np.random.default_rng(3).poisson(4, SHAPE).astype(np.uint16)


@pytest.fixture(scope="module")
def sdt(reference: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the measured image."""
    folder = tmp_path_factory.mktemp("sdt")
    with zipfile.ZipFile(reference / "flim/tcspc.sdt.zip") as archive:
        return Path(archive.extract("tcspc.sdt", folder))


def write(path: Path, counts: np.ndarray) -> Path:
    """Write an image in the format of the suffix."""
    if path.suffix == ".npy":
        np.save(path, counts)
    elif path.suffix == ".npz":
        np.savez(path, counts=counts, bin_width_ns=WIDTH_NS)
    elif path.suffix == ".ptu":
        ptufile.imwrite(path, counts, global_resolution=12.5e-9, tcspc_resolution=WIDTH_NS * 1e-9)
    else:
        tifffile.imwrite(path, np.moveaxis(counts, -1, 0), photometric="minisblack")
    return path


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


def test_ptu_keeps_every_photon_and_the_whole_period(tmp_path: Path, counts: np.ndarray) -> None:
    """The record reaches to the end of the laser period, behind the last bin with photons."""
    image = read(write(tmp_path / "image.ptu", counts))

    assert int(12.5 / WIDTH_NS) == image.bins
    np.testing.assert_array_equal(counts, image.counts[..., : SHAPE[2]])
    assert counts.sum() == image.counts.sum()
    assert pytest.approx(WIDTH_NS) == image.bin_width_ns


def test_ptu_sums_frames_beyond_16_bits(tmp_path: Path) -> None:
    """Frames add up to more than 65,535 counts in a bin without wrapping."""
    frames = np.full((2, 1, 1, 20), 40_000, dtype=np.uint16)
    ptufile.imwrite(tmp_path / "image.ptu", frames, 12.5e-9, 90e-12, has_frames=True)

    image = read(tmp_path / "image.ptu")

    assert image.counts[0, 0, :20].tolist() == [80_000] * 20


def test_ptu_sums_delays_too_fine_for_the_network(tmp_path: Path) -> None:
    """Bins of 4 ps are summed to bins of at most a quarter of the network's, none lost."""
    fine = np.random.default_rng(1).poisson(1, (2, 3, 500)).astype(np.uint16)
    ptufile.imwrite(tmp_path / "image.ptu", fine, 12.5e-9, 4e-12)

    image = read(tmp_path / "image.ptu")

    assert pytest.approx(0.020) == image.bin_width_ns
    np.testing.assert_array_equal(fine.reshape(2, 3, 100, 5).sum(-1), image.counts[..., :100])


def test_ptu_with_several_channels_needs_a_choice(tmp_path: Path, counts: np.ndarray) -> None:
    """A channel is read only when it is named, and an unknown one is refused."""
    two = np.stack([counts, 2 * counts], axis=2)
    ptufile.imwrite(tmp_path / "image.ptu", two, 12.5e-9, 90e-12)

    second = read(tmp_path / "image.ptu", channel=1)
    np.testing.assert_array_equal(2 * counts, second.counts[..., : SHAPE[2]])
    with pytest.raises(InputError, match="channel not given, expected 0 to 1"):
        read(tmp_path / "image.ptu")
    with pytest.raises(InputError, match="channel 2, expected 0 to 1"):
        read(tmp_path / "image.ptu", channel=2)


def test_sdt_of_a_measurement(sdt: Path) -> None:
    """The measured image has the pixels, bins and photons that its publisher states."""
    image = read(sdt)

    assert (image.shape, image.bins) == ((128, 128), 256)
    assert image.counts.sum() == 224_606_420
    # 50 ns over a gain of 4 and 256 channels, from the file's own measurement block.
    assert pytest.approx(50 / 4 / 256, rel=1e-7) == image.bin_width_ns


def test_sdt_equals_its_raw_bytes(sdt: Path) -> None:
    """Pixels are in row order: the 16-bit words of the file, nothing turned or swapped."""
    words = np.frombuffer(sdt.read_bytes()[-128 * 128 * 256 * 2 :], dtype="<u2")

    np.testing.assert_array_equal(words.reshape(128, 128, 256), read(sdt).counts)


@pytest.mark.parametrize("kept", [1, 20, 60, 500, 5300, 5400, 1_000_000, 5370 + 256 * 7, -2])
def test_truncated_sdt_is_refused(sdt: Path, tmp_path: Path, kept: int) -> None:
    """Wherever the file is cut, also at whole pixels, there is one error and no image."""
    cut = tmp_path / "cut.sdt"
    cut.write_bytes(sdt.read_bytes()[:kept])

    with pytest.raises(InputError, match=r"cut\.sdt: (damaged|truncated|expected)"):
        read(cut)


def test_truncated_sdt_block_without_an_image_shape_is_refused(sdt: Path, tmp_path: Path) -> None:
    """A block that lost half of its pixels is refused though it can still be cut into decays."""
    content = bytearray(sdt.read_bytes()[: 5370 + 2 * 256 * 64 * 128])
    for name in ("scan_x", "scan_y"):  # without them the reader takes any number of decays
        _overwrite_measure_info(sdt, content, name, 0)
    cut = tmp_path / "cut.sdt"
    cut.write_bytes(content)

    with pytest.raises(InputError, match="truncated: a data block has 4194304 bytes"):
        read(cut)


def _overwrite_measure_info(sdt: Path, content: bytearray, field: str, value: int) -> None:
    with sdtfile.SdtFile(sdt) as file:
        start = int(file.header.meas_desc_block_offs)
        length = int(file.header.meas_desc_block_length)
    dtype, offset = record_dtype(MEASURE_INFO, length).fields[field][:2]
    np.frombuffer(content, dtype, count=1, offset=start + offset)[0] = value


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


def test_truncated_compressed_tiff_is_refused(tmp_path: Path, counts: np.ndarray) -> None:
    """Compressed pages without a description of the stack are missed when they are gone."""
    whole = tmp_path / "whole.tif"
    with tifffile.TiffWriter(whole) as file:
        for page in np.moveaxis(counts, -1, 0):
            file.write(page, compression="zlib", metadata=None)
    assert read(whole).counts.shape == SHAPE
    cut = tmp_path / "cut.tif"
    content = whole.read_bytes()
    for kept in range(len(content) // 8, len(content), len(content) // 8):
        cut.write_bytes(content[:kept])
        with pytest.raises(InputError, match=r"cut\.tif"):
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


def test_a_page_with_fewer_strips_than_its_size_announces_is_refused(tmp_path: Path) -> None:
    """A height of a million in place of 5 makes 250,000 strips, of which the file holds one."""
    path = write(tmp_path / "image.tif", np.ones((5, 7, 135), np.uint16))
    content = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as file:
        offsets = [page.tags["ImageLength"].offset for page in file.pages]
        rows = [page.tags["RowsPerStrip"].offset for page in file.pages]
    for offset in offsets:
        content[offset + 2 : offset + 12] = b"\x04\0\x01\0\0\0" + (10**6).to_bytes(4, "little")
    for offset in rows:
        content[offset + 2 : offset + 12] = b"\x04\0\x01\0\0\0\x04\0\0\0"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"announces .* strips or tiles and has 1"):
        read(path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0])
def test_one_bad_count_among_many(value: float) -> None:
    """A single bad count is found wherever it is."""
    counts = np.ones(SHAPE)
    counts[-1, -1, -1] = value
    with pytest.raises(InputError):
        MeasuredImage(counts, WIDTH_NS, "here")


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


def test_colour_image_is_refused(tmp_path: Path) -> None:
    """A photograph is no stack of counts."""
    picture = np.zeros((135, 20, 3), dtype=np.uint8)
    tifffile.imwrite(tmp_path / "photo.tif", picture, photometric="rgb")
    with pytest.raises(InputError, match="a colour image"):
        read(tmp_path / "photo.tif")


def test_image_is_read_only(counts: np.ndarray) -> None:
    """Nobody changes the counts of an image by accident."""
    image = MeasuredImage(counts, WIDTH_NS, "here")
    with pytest.raises(ValueError, match="read-only"):
        image.counts[0, 0, 0] = 1


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_pixel_binning_sums_blocks(counts: np.ndarray, size: int) -> None:
    """Each new pixel is the sum of its block, and edges that fill no block are dropped."""
    binned = bin_pixels(MeasuredImage(counts, WIDTH_NS, "here"), size)

    rows, columns = SHAPE[0] // size, SHAPE[1] // size
    assert (rows, columns) == binned.shape
    for row, column in np.ndindex(rows, columns):
        block = counts[row * size : (row + 1) * size, column * size : (column + 1) * size]
        expected: Any = sum(block.reshape(-1, SHAPE[2]).astype(int))
        assert expected.tolist() == binned.counts[row, column].tolist()


def test_pixel_binning_does_not_overflow() -> None:
    """Sums beyond the type of the counts are kept."""
    full = MeasuredImage(np.full((2, 2, 135), 65_535, dtype=np.uint16), WIDTH_NS, "here")
    assert bin_pixels(full, 2).counts.max() == 4 * 65_535


@pytest.mark.parametrize("size", [0, -1, 6])
def test_pixel_binning_out_of_range(counts: np.ndarray, size: int) -> None:
    """A block must be of a pixel at least and fit into the image."""
    with pytest.raises(InputError, match=f"pixel binning {size}, expected 1 to 5"):
        bin_pixels(MeasuredImage(counts, WIDTH_NS, "here"), size)
