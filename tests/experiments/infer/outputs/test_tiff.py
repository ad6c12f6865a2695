"""Maps as TIFF: planes that other programs find by name."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
import tifffile
from flim.lifetime_maps import lifetime_map

from experiments.infer.outputs.tiff import is_ome, write
from stomp_flim.errors import InputError

NAMES = [
    "mean lifetime (ns)",
    "uncertainty (ns)",
    "lifetime 1 (ns)",
    "share 1",
    "lifetime 2 (ns)",
    "share 2",
    "background (counts a bin)",
    "counts",
    "reduced chi-square",
    "flags",
    "mask",
]
SHAPES = [(6, 5), (1, 1), (4, 3), (3, 4)]  # three or four columns are no colours


@pytest.mark.parametrize("ome", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_planes_have_names_and_axes(tmp_path: Path, shape: tuple[int, int], ome: bool) -> None:
    """A reader finds each quantity by its name, in float32, on the axes of the image."""
    found = lifetime_map(*shape)

    write(tmp_path / "map.tif", found, ome=ome)

    with tifffile.TiffFile(tmp_path / "map.tif") as file:
        assert (ome, not ome) == (file.is_ome, file.is_imagej)
        series = file.series[0]
        axes = [a for a, size in zip(series.axes, series.shape, strict=True) if size > 1]
        planes = file.asarray().reshape(-1, *shape)
        if ome:
            channels = ET.fromstring(file.ome_metadata or "").iterfind(".//{*}Channel")
            names = [channel.get("Name") for channel in channels]
        else:
            names = (file.imagej_metadata or {})["Labels"]
    sizes = zip("CYX", (len(NAMES), *shape), strict=True)
    assert ([a for a, size in sizes if size > 1], NAMES) == (axes, names)
    assert np.float32 == planes.dtype
    of = dict(zip(names, planes, strict=True))
    for name, expected in (
        ("mean lifetime (ns)", found.mean_ns),
        ("uncertainty (ns)", found.uncertainty_ns),
        ("lifetime 2 (ns)", found.tau_ns[..., 1]),
        ("share 1", found.share[..., 0]),
        ("background (counts a bin)", found.background),
        ("reduced chi-square", found.chi_square),
    ):
        np.testing.assert_array_equal(expected.astype(np.float32), of[name])
    for name, whole in (("counts", found.intensity), ("flags", found.flags), ("mask", found.valid)):
        np.testing.assert_array_equal(whole, of[name])


def test_the_size_of_a_pixel_is_kept(tmp_path: Path) -> None:
    """ImageJ and OME readers draw scale bars from it."""
    write(tmp_path / "map.tif", lifetime_map(), pixel_um=0.25)
    write(tmp_path / "map.ome.tif", lifetime_map(), ome=True, pixel_um=0.25)

    with tifffile.TiffFile(tmp_path / "map.tif") as file:
        assert "um" == (file.imagej_metadata or {})["unit"]
        numerator, denominator = file.pages.first.tags["XResolution"].value
        assert 4 == numerator / denominator
    with tifffile.TiffFile(tmp_path / "map.ome.tif") as file:
        pixels = ET.fromstring(file.ome_metadata or "").find(".//{*}Pixels")
    assert pixels is not None
    for axis in "XY":
        size, unit = pixels.get(f"PhysicalSize{axis}"), pixels.get(f"PhysicalSize{axis}Unit")
        assert ("0.25", "\N{MICRO SIGN}m") == (size, unit)


@pytest.mark.parametrize("ome", [False, True])
def test_equal_maps_are_equal_files(tmp_path: Path, ome: bool) -> None:
    """No date and no random identifier; another map is another file."""
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write(tmp_path / f"{name}.tif", lifetime_map(seed=seed), ome=ome)
    a, b, c = ((tmp_path / f"{name}.tif").read_bytes() for name in "abc")
    assert a == b != c


def test_the_lifetime_of_a_phasor_is_called_so(tmp_path: Path) -> None:
    """It is no amplitude-weighted mean."""
    write(tmp_path / "map.tif", lifetime_map(components=0, method="phasor"))
    with tifffile.TiffFile(tmp_path / "map.tif") as file:
        labels = (file.imagej_metadata or {})["Labels"]
    assert ["phase lifetime (ns)", *NAMES[1:2], *NAMES[6:]] == labels


def test_names_say_which_tiff_is_meant() -> None:
    """OME-TIFF ends in .ome.tif or .ome.tiff, whatever the case."""
    names = ("a.ome.tif", "a.OME.TIFF", "a.tif", "ome.tif", "a.home.tif", "a.ome.png")
    assert [True, True, False, False, False, False] == [is_ome(Path(name)) for name in names]


def test_what_cannot_be_written_is_one_error(tmp_path: Path) -> None:
    """It names the file."""
    with pytest.raises(InputError, match=r"map\.tif: cannot be written: No such file"):
        write(tmp_path / "none/map.tif", lifetime_map())
