"""TIFF files: whichever of their axes is the decay, and how wide its bins are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from stomp_flim.errors import InputError
from tests.workloads.flim.data.reading.writing import SHAPE, write
from workloads.flim.data.reading import read, read_frames

MODULO = """<?xml version="1.0" encoding="UTF-8"?>
<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0">
<Pixels ID="Pixels:0" DimensionOrder="{order}" Type="uint16" SizeX="7" SizeY="5" {sizes}>
<TiffData/></Pixels><AnnotationRef ID="Annotation:0"/></Image>
<StructuredAnnotations><XMLAnnotation ID="Annotation:0"
Namespace="openmicroscopy.org/omero/dimension/modulo"><Value>
<Modulo namespace="http://www.openmicroscopy.org/Schemas/Additions/2011-09">
{modulo}</Modulo></Value></XMLAnnotation></StructuredAnnotations></OME>"""


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


def test_colour_image_is_refused(tmp_path: Path) -> None:
    """A photograph is no stack of counts."""
    picture = np.zeros((135, 20, 3), dtype=np.uint8)
    tifffile.imwrite(tmp_path / "photo.tif", picture, photometric="rgb")
    with pytest.raises(InputError, match="a colour image"):
        read(tmp_path / "photo.tif")


def stack(counts: np.ndarray, *axes: int) -> np.ndarray:
    """Put time first, and axes of these lengths behind it, each with other counts."""
    first = np.moveaxis(counts, -1, 0).reshape(-1, *[1] * len(axes), *SHAPE[:2])
    return first + np.arange(np.prod(axes, dtype=int), dtype=np.uint16).reshape(*axes, 1, 1)


@pytest.mark.parametrize("axes", [(), (1,), (1, 1), (1, 1, 1)])
def test_axes_of_length_1_mean_nothing(
    tmp_path: Path, counts: np.ndarray, axes: tuple[int, ...]
) -> None:
    """Programs that know more dimensions than a file has leave them behind."""
    tifffile.imwrite(tmp_path / "a.tif", stack(counts, *axes), photometric="minisblack")
    np.testing.assert_array_equal(counts, read(tmp_path / "a.tif").counts)
    tifffile.imwrite(tmp_path / "b.tif", stack(counts, *axes)[None], photometric="minisblack")
    np.testing.assert_array_equal(counts, read(tmp_path / "b.tif").counts)


@pytest.mark.parametrize("shape", [(9, 1, 1), (9, 1, 4), (9, 4, 1)])
def test_an_image_may_have_one_row_or_column(tmp_path: Path, shape: tuple[int, ...]) -> None:
    """Pixels are pixels, however few."""
    counts = np.random.default_rng(1).poisson(4, shape).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", counts, photometric="minisblack", metadata={"axes": "TYX"})
    found = read(tmp_path / "a.tif", bin_width_ns=0.1).counts
    np.testing.assert_array_equal(np.moveaxis(counts, 0, -1), found)


@pytest.mark.parametrize(
    ("axes", "order"),
    [
        ("TCYX", (0, 1)),
        ("ZCYX", (0, 1)),
        ("CTYX", (1, 0)),
        (None, (0, 1)),  # no names: the longest
        (None, (1, 0)),
        ("HCYX", (0, 1)),
        ("HZYX", (0, 1)),
    ],
)
def test_channels_are_chosen(
    tmp_path: Path, counts: np.ndarray, axes: str | None, order: tuple[int, int]
) -> None:
    """Whatever stands beside time, rows and columns is never summed in silence."""
    two = stack(counts, 2).transpose(*order, 2, 3)
    metadata = None if axes is None else {"axes": axes}
    shaped = {} if metadata is None else {"metadata": metadata}
    tifffile.imwrite(tmp_path / "a.tif", two, photometric="minisblack", **shaped)
    for channel in range(2):
        found = read(tmp_path / "a.tif", channel=channel).counts
        np.testing.assert_array_equal(counts + channel, found)
    with pytest.raises(InputError, match="channel not given, expected 0 to 1"):
        read(tmp_path / "a.tif")


def test_hyperstacks_of_imagej(tmp_path: Path, counts: np.ndarray) -> None:
    """Time in T or Z, channels in C."""
    for axes in ("TCYX", "ZCYX", "TYX", "ZYX"):
        written = stack(counts, 2) if "C" in axes else stack(counts)
        tifffile.imwrite(tmp_path / "a.tif", written, imagej=True, metadata={"axes": axes})
        found = read(tmp_path / "a.tif", channel=0).counts
        np.testing.assert_array_equal(counts, found)


def test_which_axis_is_time_is_not_guessed(tmp_path: Path, counts: np.ndarray) -> None:
    """Of T and Z, or of two that are as long, the user says it."""
    ambiguous = stack(counts, 4)
    tifffile.imwrite(tmp_path / "a.tif", ambiguous, imagej=True, metadata={"axes": "TZYX"})
    with pytest.raises(InputError, match="do not say which one is the decay; name it"):
        read(tmp_path / "a.tif")
    found = read(tmp_path / "a.tif", time_axis="first", channel=3).counts
    np.testing.assert_array_equal(counts + 3, found)
    square = stack(counts[..., :4], 4)
    tifffile.imwrite(tmp_path / "b.tif", square, photometric="minisblack")
    with pytest.raises(InputError, match="do not say which one is the decay"):
        read(tmp_path / "b.tif", bin_width_ns=0.1)


@pytest.mark.parametrize("axes", ["THYX", "HYX", "CHYX"])
def test_lifetime_axes_of_ome_tiff(tmp_path: Path, counts: np.ndarray, axes: str) -> None:
    """As tifffile writes them, without a width."""
    written = stack(counts) if axes == "HYX" else np.stack([stack(counts), stack(counts)])
    path = tmp_path / "a.ome.tif"
    tifffile.imwrite(path, written, photometric="minisblack", metadata={"axes": axes})
    image = read(path, bin_width_ns=0.1, channel=0)
    np.testing.assert_array_equal((2 if axes == "THYX" else 1) * counts, image.counts)
    assert 0.1 == image.bin_width_ns
    if axes == "THYX":
        np.testing.assert_array_equal(counts, read(path, frames="1").counts)
        assert 2 == len(read_frames(path))


@pytest.mark.parametrize(
    ("modulo", "width_ns"),
    [
        ('<ModuloAlongT Type="lifetime" Start="0" Step="90" End="12060" Unit="ps"/>', 0.09),
        # A count of steps that rounding leaves one too high, were it not rounded itself.
        ('<ModuloAlongT Type="lifetime" Start="0" Step="0.09" End="12.06" Unit="ns"/>', 0.09),
        ('<ModuloAlongT Type="lifetime" Start="0" Step="0.1" End="13.4" Unit="ns"/>', 0.1),
        (
            '<ModuloAlongT Type="lifetime" Unit="ps">'
            + "".join(f"<Label>{50 * i}</Label>" for i in range(135))
            + "</ModuloAlongT>",
            0.05,
        ),
    ],
)
@pytest.mark.parametrize("repeats", [1, 2])
def test_the_modulo_annotation_gives_the_width(
    tmp_path: Path, counts: np.ndarray, modulo: str, width_ns: float, repeats: int
) -> None:
    """And which axis is time: bins vary faster than what repeats along T."""
    sizes = f'SizeC="1" SizeZ="1" SizeT="{135 * repeats}"'
    xml = MODULO.format(order="XYCZT", sizes=sizes, modulo=modulo)
    planes = np.concatenate([stack(counts) + i for i in range(repeats)]).astype(np.uint16)
    path = tmp_path / "a.ome.tif"
    with tifffile.TiffWriter(path) as file:
        file.write(planes, photometric="minisblack", description=xml.encode(), metadata=None)
    images = read_frames(path)
    assert repeats == len(images)
    for number, image in enumerate(images):
        np.testing.assert_array_equal(counts + number, image.counts)
        assert pytest.approx(width_ns) == image.bin_width_ns
    with pytest.raises(InputError, match="the file says"):
        read(path, bin_width_ns=2 * width_ns)


def test_an_annotation_that_does_not_fit_is_refused(tmp_path: Path, counts: np.ndarray) -> None:
    """More time bins than there are planes."""
    modulo = '<ModuloAlongT Type="lifetime" Start="0" Step="1" End="99" Unit="ps"/>'
    xml = MODULO.format(order="XYCZT", sizes='SizeC="1" SizeZ="1" SizeT="135"', modulo=modulo)
    with tifffile.TiffWriter(tmp_path / "a.ome.tif") as file:
        file.write(stack(counts), photometric="minisblack", description=xml.encode(), metadata=None)
    with pytest.raises(InputError, match=r"a\.ome\.tif: .*100 time bins along T, which has 135"):
        read(tmp_path / "a.ome.tif")


def test_of_several_series_the_decay_is_read(tmp_path: Path, counts: np.ndarray) -> None:
    """A picture beside it is left out with a note; two decays are an error that lists them."""
    decays = stack(counts)
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(counts.sum(-1).astype(np.uint16), photometric="minisblack")
        file.write(decays, photometric="minisblack")
    image = read(tmp_path / "a.tif")
    np.testing.assert_array_equal(counts, image.counts)
    assert ["series 0" in note for note in image.notes] == [True]
    with tifffile.TiffWriter(tmp_path / "b.tif") as file:
        file.write(decays, photometric="minisblack")
        file.write(decays[:, :4], photometric="minisblack")
    with pytest.raises(InputError, match=r"several series of decays \(series 0.*, series 1.*\)"):
        read(tmp_path / "b.tif")
