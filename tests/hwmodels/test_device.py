"""Devices: what is shipped, and what a user's file may say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hwmodels import devices
from hwmodels.device import Device, load_device
from stomp_flim import plugins
from stomp_flim.errors import InputError

FILES = sorted(devices.FOLDER.glob("*.toml"))
GOOD = (devices.FOLDER / "xcku5p.toml").read_text(encoding="utf-8")


def _written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_device_is_registered_under_its_name(path: Path) -> None:
    """And its servers can be listed."""
    device = load_device(path)
    assert isinstance(device, Device)
    assert device.name.replace("-", "_") == path.stem
    registered = plugins.load("devices", device.name)
    assert device == registered.device
    assert registered().servers["DSP"] >= 1


def test_three_families_from_small_to_large() -> None:
    """At least eight FPGAs, whose multipliers differ in kind and more than 50 times in number."""
    shipped = [load_device(path) for path in FILES]
    assert len(shipped) >= 8
    assert {"DSP48E1", "DSP48E2", "MULT18X18D"} == {device.dsp.kind for device in shipped}
    counts = [device.dsp.count for device in shipped]
    assert max(counts) > 50 * min(counts)


def test_the_device_of_the_published_accelerator() -> None:
    """As in the data sheet, with the clock of the published designs."""
    device = devices.xc7k410t
    assert (1540, 25, 18) == (device.dsp.count, device.dsp.wide_bits, device.dsp.narrow_bits)
    assert 2 * 795 == device.block_ram.count
    assert (254_200, 508_400) == (device.logic.lut, device.logic.ff)
    assert 4.5 == device.clock.ns
    assert 18 * 1024 == device.block_ram.bits


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("lut = 216_960\n", "", "logic.lut: missing"),
        ("lut = 216_960", "lut = -5", "logic.lut is -5, expected greater than or equal to 1"),
        ("lut = 216_960", "lut = 1.5", "logic.lut is 1.5, expected a valid integer"),
        ("ns = 3.5", "ns = 0.0", "clock.ns is 0.0, expected greater than 0"),
        ("ns = 3.5", "ns = nan", "clock.ns is nan, expected a finite number"),
        ("wide_bits = 27", "wide_bit = 27", "unknown key 'dsp.wide_bit'; did you mean 'wide_bits'"),
        ("[dsp]", "[dps]", "unknown key 'dps'; did you mean 'dsp'?"),
        ("wide_bits = 27", "wide_bits = 9", "dsp: expected lower_bits <= narrow_bits <= wide_bits"),
        ("[[512, 36]]", "[[512]]", "block_ram.simple_shapes.0 is [512], "),
        ("ff = 433_920", "ff = ", "not TOML: Invalid value (at line 10, column 6)"),
        ("depth = 4096\n", "", "large_ram.depth: missing"),
        ("ns = 3.5", "ns = " + "[" * 10**5, "cannot be read: nested too deeply"),
        ("ns = 3.5", "ns = " + "9" * 5000, "not TOML: "),
        ("ns = 3.5", "ns = 1" + "0" * 400, "clock.ns is 10000"),
        ("ns = 3.5", "ns = 3.5\nns = 3.5", "not TOML: Cannot overwrite a value"),
    ],
)
def test_a_wrong_file_is_one_clear_error(tmp_path: Path, old: str, new: str, message: str) -> None:
    """It names the file, the key, the value and what was expected."""
    assert old in GOOD
    path = _written(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(InputError, match=re.escape(f"{path}: {message}")):
        load_device(path)


def test_a_figure_without_its_source_is_refused(tmp_path: Path) -> None:
    """Each section says where its figures stand."""
    text = re.sub(r"(\[dsp\].*?)\nsource = [^\n]*", r"\1", GOOD, count=1, flags=re.DOTALL)
    with pytest.raises(InputError, match=r"dsp\.source: missing"):
        load_device(_written(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """By its path."""
    with pytest.raises(InputError, match=r"none\.toml: cannot be read"):
        load_device(tmp_path / "none.toml")


def test_an_unknown_attribute_of_the_folder_is_no_device() -> None:
    """As of any module."""
    with pytest.raises(AttributeError, match="no device 'xc7k411t'"):
        _ = devices.xc7k411t


def test_the_example_of_the_documentation_is_a_device(tmp_path: Path) -> None:
    """As a user would copy it."""
    page = Path(devices.__file__).parents[2] / "docs/background/hardware.md"
    example = re.search(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    assert "mine" == load_device(_written(tmp_path, example[1])).name
