"""PTU files: detectors by their own numbers, frames, rows in the order of time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import ptufile
import pytest

from stomp_flim.errors import InputError
from tests.workloads.flim.data.reading.other_files import phu_file
from tests.workloads.flim.data.reading.writing import SHAPE, WIDTH_NS, write
from workloads.flim.data.reading import read, read_frames

SYNC_S = 12.5e-9


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
    ptufile.imwrite(tmp_path / "image.ptu", frames[..., None, :], 12.5e-9, 90e-12)

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


@pytest.fixture
def detectors(tmp_path: Path, counts: np.ndarray) -> Path:
    """Write an image of four detectors, of which the first and the third count nothing."""
    four = np.stack([0 * counts, counts, 0 * counts, 2 * counts], axis=2)
    ptufile.imwrite(tmp_path / "four.ptu", four, SYNC_S, 90e-12)
    return tmp_path / "four.ptu"


def test_detectors_have_their_own_numbers(detectors: Path, counts: np.ndarray) -> None:
    """A number is not the place among those that have counted."""
    np.testing.assert_array_equal(counts, read(detectors, channel=1).counts[..., : SHAPE[2]])
    np.testing.assert_array_equal(2 * counts, read(detectors, channel=3).counts[..., : SHAPE[2]])
    for empty in (0, 2):
        with pytest.raises(InputError, match=f"channel {empty}, expected 1 or 3"):
            read(detectors, channel=empty)
    with pytest.raises(InputError, match="channel not given, expected 1 or 3"):
        read(detectors)


def test_the_only_detector_that_counts_needs_no_name(tmp_path: Path, counts: np.ndarray) -> None:
    """Whatever its number."""
    ptufile.imwrite(tmp_path / "a.ptu", np.stack([0 * counts, counts], 2), SYNC_S, 90e-12)
    np.testing.assert_array_equal(counts, read(tmp_path / "a.ptu").counts[..., : SHAPE[2]])


def test_no_photons_are_an_error(tmp_path: Path, counts: np.ndarray) -> None:
    """There is nothing to say about them."""
    ptufile.imwrite(tmp_path / "dark.ptu", 0 * counts, SYNC_S, 90e-12, pixel_time=1e-5)
    with pytest.raises(InputError, match=r"dark\.ptu: no photons"):
        read(tmp_path / "dark.ptu")


def test_rows_are_in_the_order_of_time(tmp_path: Path) -> None:
    """The first photons of the records are those of the first row, from its first pixel on."""
    image = np.zeros((3, 4, 135), np.uint16)
    for pixel in range(12):  # each pixel has counted in a bin of its own
        image[divmod(pixel, 4)][10 * pixel + 1] = pixel + 1
    path = write(tmp_path / "a.ptu", image)
    np.testing.assert_array_equal(image, read(path).counts[..., :135])
    with ptufile.PtuFile(path) as file:
        records = file.decode_records()
    delays = records["dtime"][records["channel"] >= 0]
    order = [bin_ // 10 for bin_ in delays.tolist()]
    assert sorted(order) == order
    assert set(range(12)) == set(order)


def test_lines_that_were_passed_backwards_are_turned(tmp_path: Path, counts: np.ndarray) -> None:
    """Of a bidirectional scan every second row, and no others."""
    path = write(tmp_path / "a.ptu", counts)
    content = path.read_bytes()
    flag = content.index(b"ImgHdr_BiDirect") + 40  # a tag: name of 32 bytes, index, type, value
    path.write_bytes(content[:flag] + b"\xff" * 8 + content[flag + 8 :])
    found = read(path).counts[..., : SHAPE[2]]
    np.testing.assert_array_equal(counts[::2], found[::2])
    np.testing.assert_array_equal(counts[1::2, ::-1], found[1::2])


def test_the_laser_period_and_its_pulses_are_known(tmp_path: Path, counts: np.ndarray) -> None:
    """From the period of the time tags and the time of a pixel, over all frames."""
    frames = np.stack([counts] * 3)
    ptufile.imwrite(tmp_path / "a.ptu", frames[..., None, :], SYNC_S, 90e-12, pixel_time=1e-5)
    image = read(tmp_path / "a.ptu")
    assert pytest.approx(12.5) == image.period_ns
    assert 3 * 800 == image.pulses
    assert 800 == read(tmp_path / "a.ptu", frames="1").pulses


def test_a_rate_that_contradicts_the_period_leaves_it_open(
    tmp_path: Path, counts: np.ndarray
) -> None:
    """A note says so."""
    path = write(tmp_path / "a.ptu", counts)
    content = bytearray(path.read_bytes())
    rate = content.index(b"TTResult_SyncRate") + 40
    content[rate : rate + 8] = (40_000_000).to_bytes(8, "little")
    path.write_bytes(content)
    image = read(path)
    assert image.period_ns is None
    assert ["period" in note for note in image.notes] == [True]


def test_frames_are_summed_chosen_or_kept(tmp_path: Path) -> None:
    """The sum is the sum of frames that are kept, and a range that of its own."""
    frames = np.random.default_rng(2).poisson(2, (5, 3, 4, 100)).astype(np.uint16)
    ptufile.imwrite(tmp_path / "a.ptu", frames[..., None, :], SYNC_S, 90e-12)
    path = tmp_path / "a.ptu"
    kept = [image.counts[..., :100] for image in read_frames(path)]
    np.testing.assert_array_equal(frames, kept)
    for word, expected in (("sum", frames), ("3", frames[3:4]), ("1:4", frames[1:4])):
        np.testing.assert_array_equal(expected.sum(0), read(path, frames=word).counts[..., :100])
    assert 2 == len(read_frames(path, frames="2:4"))
    with pytest.raises(InputError, match="frames '5', expected 'sum', a number from 0 to 4"):
        read(path, frames="5")


@pytest.mark.parametrize("width_s", [90e-12, 4e-12])
def test_a_point_is_one_pixel(tmp_path: Path, width_s: float) -> None:
    """All photons of its detector, in bins no finer than those of an image."""
    counts = np.random.default_rng(4).poisson(3, (1, 1, 1001)).astype(np.uint16)
    counts = counts[..., : int(12.5e-9 / width_s)]
    ptufile.imwrite(tmp_path / "image.ptu", counts, SYNC_S, width_s)
    content = bytearray((tmp_path / "image.ptu").read_bytes())
    for tag, value in ((b"Measurement_SubMode", 1), (b"ImgHdr_Dimensions", 1)):
        at = content.index(tag) + 40
        content[at : at + 8] = value.to_bytes(8, "little")
    (tmp_path / "point.ptu").write_bytes(content)
    image = read(tmp_path / "image.ptu")
    point = read(tmp_path / "point.ptu")
    np.testing.assert_array_equal(image.counts, point.counts)
    assert (image.bin_width_ns, image.period_ns) == (point.bin_width_ns, point.period_ns)
    assert counts.sum() == point.counts.sum()


def test_curves_are_pixels_with_a_time_base_of_their_own(tmp_path: Path) -> None:
    """Of a PHU file, as responses are kept: counts, resolution and rate of each curve."""
    curves = [np.arange(40), np.arange(7, 97)]
    path = tmp_path / "a.phu"
    path.write_bytes(phu_file([(curves[0], 8e-12, 80_000_000), (curves[1], 32e-12, 0)]))
    first, second = read(path, channel=0), read(path, channel=1)
    for curve, image in zip(curves, (first, second), strict=True):
        np.testing.assert_array_equal(curve[None, None], image.counts)
    assert (0.008, 12.5) == (pytest.approx(first.bin_width_ns), first.period_ns)
    assert (0.032, None) == (pytest.approx(second.bin_width_ns), second.period_ns)
    with pytest.raises(InputError, match="channel not given, expected 0 to 1"):
        read(path)
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(InputError, match="truncated: 89 bins of a curve, expected 90"):
        read(path)
