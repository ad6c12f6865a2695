"""SDT files: each block with its own time base, and images told from what is none."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
import sdtfile
from hypothesis import given
from hypothesis import strategies as st
from sdtfile.sdtfile import MEASURE_INFO, record_dtype

from stomp_flim.errors import InputError
from tests.workloads.flim.data.reading.sdt_files import KINDS, Block, sdt_file
from workloads.flim.data.measured import MeasuredImage
from workloads.flim.data.reading import read

RNG = np.random.default_rng(5)
IMAGE = RNG.poisson(3, (4, 6, 64)).astype("<u2")
OTHER = RNG.poisson(5, (3, 2, 32)).astype("<u4")
TRACE = np.arange(100, dtype="<u2")
DECAYS = ("decay", "page", "image")


def made(folder: Path, *blocks: Block, channel: int | None = None) -> MeasuredImage:
    """Read what was made of blocks."""
    path = folder / "made.sdt"
    path.write_bytes(sdt_file(*blocks))
    return read(path, channel=channel)


@pytest.fixture(scope="module")
def sdt(reference: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the measured image."""
    folder = tmp_path_factory.mktemp("sdt")
    with zipfile.ZipFile(reference / "flim/tcspc.sdt.zip") as archive:
        return Path(archive.extract("tcspc.sdt", folder))


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

    with pytest.raises(InputError, match=r"truncated: .*4194304"):
        read(cut)


def _overwrite_measure_info(sdt: Path, content: bytearray, field: str, value: int) -> None:
    with sdtfile.SdtFile(sdt) as file:
        start = int(file.header.meas_desc_block_offs)
        length = int(file.header.meas_desc_block_length)
    dtype, offset = record_dtype(MEASURE_INFO, length).fields[field][:2]
    np.frombuffer(content, dtype, count=1, offset=start + offset)[0] = value


@given(st.lists(st.tuples(st.sampled_from([6.4, 12.8, 25.0]), st.integers(1, 4)), max_size=4))
def test_each_image_has_its_own_time_base(
    tmp_path_factory: pytest.TempPathFactory, bases: list[tuple[float, int]]
) -> None:
    """Range, gain and number of bins are those of the block's own measurement."""
    folder = tmp_path_factory.mktemp("sdt")
    bases = [(12.8, 1), *bases]
    arrays = [IMAGE, OTHER] * 3
    blocks = [Block(array, *base) for array, base in zip(arrays, bases, strict=False)]
    for number, block in enumerate(blocks):
        image = made(folder, *blocks, channel=number if len(blocks) > 1 else None)
        assert pytest.approx(block.tac_ns / block.gain / image.bins, rel=1e-6) == image.bin_width_ns
        np.testing.assert_array_equal(block.counts, image.counts)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - set(DECAYS)))
@pytest.mark.parametrize("before", [True, False])
def test_what_is_no_decay_is_left_out(tmp_path: Path, kind: str, before: bool) -> None:
    """A trace over seconds is no image and counts as no channel; a note names it."""
    blocks = [Block(TRACE, 1e6, kind=kind), Block(IMAGE)]
    image = made(tmp_path, *blocks[:: 1 if before else -1])
    np.testing.assert_array_equal(IMAGE, image.counts)
    assert 1 == len(image.notes)
    assert "left out" in image.notes[0]


@pytest.mark.parametrize("kind", ["image of mcs", "intensities", "lifetimes"])
def test_an_image_of_something_else_is_left_out(tmp_path: Path, kind: str) -> None:
    """Though it has the shape of an image of decays."""
    image = made(tmp_path, Block(IMAGE[::-1].copy(), kind=kind), Block(IMAGE))
    np.testing.assert_array_equal(IMAGE, image.counts)


def test_channels_count_images(tmp_path: Path) -> None:
    """Not traces and curves between them."""
    blocks = (
        Block(TRACE, kind="mcs"), Block(IMAGE), Block(IMAGE[0, 0], kind="decay"), Block(OTHER),
    )  # fmt: skip
    np.testing.assert_array_equal(OTHER, made(tmp_path, *blocks, channel=1).counts)
    with pytest.raises(InputError, match="channel not given, expected 0 to 1"):
        made(tmp_path, *blocks)


@pytest.mark.parametrize("kind", DECAYS)
def test_a_single_curve_is_one_pixel(tmp_path: Path, kind: str) -> None:
    """Of a file without an image, however its block is called."""
    image = made(tmp_path, Block(TRACE, kind="fcs"), Block(IMAGE[0, 0], kind=kind))
    np.testing.assert_array_equal(IMAGE[:1, :1], image.counts)
    assert pytest.approx(0.2) == image.bin_width_ns


def test_several_curves_are_chosen_as_images_are(tmp_path: Path) -> None:
    """By their number in the file."""
    blocks = [Block(IMAGE[0, column], kind="decay") for column in range(3)]
    np.testing.assert_array_equal(IMAGE[:1, 2:3], made(tmp_path, *blocks, channel=2).counts)


def test_curves_of_one_block_are_a_row(tmp_path: Path) -> None:
    """A measurement along a line, or at several times."""
    curves = IMAGE[1]
    np.testing.assert_array_equal(curves[None], made(tmp_path, Block(curves, kind="page")).counts)


def test_routed_channels_of_one_block_are_images(tmp_path: Path) -> None:
    """One after the other, as the scanner's routing leaves them."""
    two = np.stack([IMAGE, IMAGE + 1]).astype("<u2")
    info = {"scan_x": 6, "scan_y": 4, "scan_rx": 2}
    path = tmp_path / "made.sdt"
    path.write_bytes(sdt_file(Block(two.reshape(-1, 64), kind="image", info=info)))
    np.testing.assert_array_equal(IMAGE + 1, read(path, channel=1).counts)


def test_without_any_decay_it_is_refused(tmp_path: Path) -> None:
    """The error says what is there."""
    with pytest.raises(InputError, match=r"trace over seconds .MCS., expected an image of decays"):
        made(tmp_path, Block(TRACE, kind="mcs"))


@pytest.mark.parametrize(
    ("low", "high", "divider", "expected"),
    [
        (8e7, 8.002e7, 1, pytest.approx(1e9 / 8.001e7, rel=1e-6)),
        (8e7, 8e7, 0, pytest.approx(12.5, rel=1e-6)),
        (0.0, 0.0, 1, None),  # was not counted
        (4e7, 8e7, 1, None),  # not steady
        (8e7, 8e7, 4, None),  # of every fourth pulse, or of each?
        (8e7, np.inf, 1, None),
        (np.nan, np.nan, 1, None),
    ],
)
def test_a_period_is_known_where_the_rate_is(
    tmp_path: Path, low: float, high: float, divider: int, expected: object
) -> None:
    """A rate that was counted, steady, and is not that of a divider."""
    stop = {"min_sync_rate": low, "max_sync_rate": high}
    block = Block(IMAGE, info={"syn_fd": divider}, stop=stop)
    assert expected == made(tmp_path, block).period_ns


def test_compressed_blocks_are_read(tmp_path: Path) -> None:
    """As newer programs write them."""
    image = made(tmp_path, Block(IMAGE, compressed=True))
    np.testing.assert_array_equal(IMAGE, image.counts)
