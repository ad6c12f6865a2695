"""Files of other programs: histograms read, photons that nobody unpacks said to be there."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from stomp_flim.errors import InputError
from tests.workloads.flim.data.reading.other_files import flimlabs_file, lif_file, picoquant_file
from workloads.flim.data.reading import contents, read

RNG = np.random.default_rng(6)
COUNTS = RNG.poisson(3, (3, 4, 256)).astype(np.uint32)


def test_simfcs(tmp_path: Path) -> None:
    """Time first, 256 x 256 pixels of floats, also packed; the width is the user's."""
    planes = RNG.poisson(2, (4, 256, 256)).astype("<f4")
    (tmp_path / "a.b&h").write_bytes(planes.tobytes())
    with zipfile.ZipFile(tmp_path / "b.bhz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("b.b&h", planes.tobytes())
    for name in ("a.b&h", "b.bhz"):
        image = read(tmp_path / name, bin_width_ns=0.05)
        np.testing.assert_array_equal(np.moveaxis(planes, 0, -1), image.counts)
        with pytest.raises(InputError, match="4 time bins and the file no bin width"):
            read(tmp_path / name)
    for name in ("a.b&h", "b.bhz"):
        (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-100])
        with pytest.raises(InputError, match="damaged or truncated"):
            read(tmp_path / name, bin_width_ns=0.05)


def test_picoquant(tmp_path: Path) -> None:
    """Rows, columns and bins as its header says, with their width."""
    content = picoquant_file(COUNTS, 0.05)
    (tmp_path / "a.bin").write_bytes(content)
    image = read(tmp_path / "a.bin")
    np.testing.assert_array_equal(COUNTS, image.counts)
    assert pytest.approx(0.05) == image.bin_width_ns
    (tmp_path / "a.bin").write_bytes(content[:-1])
    with pytest.raises(InputError, match=r"a\.bin: damaged or truncated"):
        read(tmp_path / "a.bin")


def test_flimlabs(tmp_path: Path) -> None:
    """Channels by their own numbers, 256 bins over the laser's period."""
    path = tmp_path / "a.json"
    path.write_bytes(flimlabs_file({1: COUNTS, 3: 100_000 * COUNTS}, 8, 25.6))
    image = read(path, channel=3)
    np.testing.assert_array_equal(100_000 * COUNTS, image.counts)
    np.testing.assert_array_equal(COUNTS, read(path, channel=1).counts)
    assert (0.1, 25.6) == (pytest.approx(image.bin_width_ns), image.period_ns)
    with pytest.raises(InputError, match="channel not given, expected 1 or 3"):
        read(path)
    path.write_bytes(flimlabs_file({2: COUNTS}, 3, 12.8))
    np.testing.assert_array_equal(COUNTS, read(path).counts)
    path.write_text('{"another": "document"}')
    with pytest.raises(InputError, match=r"a\.json: damaged or truncated: .*not a FLIM LABS"):
        read(path)


def test_leica(tmp_path: Path) -> None:
    """What is there is told, with the laser and the bins, and what to do."""
    path = tmp_path / "a.lif"
    path.write_bytes(lif_file("cells"))
    photons, picture = contents(path).entries
    assert (128, 6, 4) == (photons.shape[-1], *photons.shape[-2::-1])
    assert (12.5, 0.097) == (photons.period_ns, pytest.approx(photons.bin_width_ns))
    assert "'overview' (YX)" in picture.kind
    for entry in (photons, picture):
        assert not entry.is_read
        assert entry.counts is None
    with pytest.raises(
        InputError, match=r"a\.lif: photons 'cells' .* expected the PTU file"
    ) as error:
        read(path)
    assert 1 == len(str(error.value).splitlines())


@pytest.mark.parametrize(
    ("name", "content", "package"),
    [
        ("a.lif", lif_file("a"), "liffile"),
        ("a.b&h", bytes(262144), "lfdfiles"),
        ("a.bin", picoquant_file(COUNTS, 0.05), "phasorpy"),
        ("a.json", flimlabs_file({0: COUNTS}, 1, 12.8), "phasorpy"),
    ],
)
def test_a_missing_library_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes, package: str
) -> None:
    """With the command that installs it."""
    for module in (package, f"{package}.io"):
        monkeypatch.setitem(sys.modules, module, None)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=rf"package {package} .*: pip install 'stomp-flim.flim.'"):
        read(tmp_path / name, bin_width_ns=0.1)
