"""FPGAs, a file each: ``hwmodels.devices.xc7k410t`` is the device of ``xc7k410t.toml``."""

from __future__ import annotations

from pathlib import Path

from hwmodels.device import Device, load_device

FOLDER = Path(__file__).parent


def __getattr__(name: str) -> Device:
    """Return the device that is described in this folder, by the name of its file.

    Raises
    ------
    AttributeError
        If there is no such file.
    """
    path = FOLDER / f"{name}.toml"
    if not path.is_file():
        raise AttributeError(f"no device {name!r} in {FOLDER}")
    return load_device(path)
