"""Histograms in the files of other programs, read by libraries of the extra `flim`.

SimFCS and PicoQuant write arrays with little or nothing beside them; FLIM LABS writes JSON.
"""

from __future__ import annotations

import importlib
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from stomp_flim.errors import InputError
from stomp_flim.interchange.numpy_files import MOST_BYTES
from workloads.flim.data.reading.part import Part


def library(path: Path, name: str) -> Any:
    """Import a library that is needed for a file.

    Raises
    ------
    InputError
        If it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InputError(
            f"{path}: is read by the package {name.partition('.')[0]} ({error}): "
            "pip install 'stomp-flim[flim]'"
        ) from error


def parts_simfcs(path: Path) -> list[Part]:
    """Return the histograms of SimFCS: 256 x 256 pixels, packed or not.

    Raises
    ------
    InputError
        If `lfdfiles` is not installed, or it is larger than can be read.
    Exception
        Whatever lfdfiles raises at damage.
    """
    lfdfiles = library(path, "lfdfiles")
    is_packed, size = path.suffix.lower() == ".bhz", path.stat().st_size
    if is_packed:
        with zipfile.ZipFile(path) as archive:
            size = archive.infolist()[0].file_size
    if size > MOST_BYTES:
        raise InputError(f"{path}: announces {size:,} bytes, expected at most {MOST_BYTES:,}")
    form = lfdfiles.SimfcsBhz if is_packed else lfdfiles.SimfcsBh
    with form(path, validate=False) as file:
        counts = np.moveaxis(file.asarray(), 0, -1)
    return [Part("histograms", counts.shape, lambda _: counts, channel=0)]


def parts_picoquant(path: Path) -> list[Part]:
    """Return the histograms that PicoQuant's SymPhoTime exports.

    Raises
    ------
    InputError
        If `phasorpy` is not installed.
    Exception
        Whatever phasorpy raises at damage.
    """
    signal = library(path, "phasorpy.io").signal_from_pqbin(path)
    width_ns = float(signal.attrs["tcspc_resolution"])
    counts = signal.values
    return [Part("histograms", counts.shape, lambda _: counts, channel=0, bin_width_ns=width_ns)]


def parts_flimlabs(path: Path) -> list[Part]:
    """Return the histograms of FLIM LABS, a channel that was recorded after the other.

    Raises
    ------
    InputError
        If `phasorpy` is not installed.
    Exception
        Whatever phasorpy raises at damage.
    """
    signal = library(path, "phasorpy.io").signal_from_flimlabs_json(
        path, channel=None, dtype=np.uint32
    )
    header = signal.attrs["flimlabs_header"]
    period_ns = float(header["laser_period_ns"])
    numbers = [number for number, is_recorded in enumerate(header["channels"]) if is_recorded]
    images = signal.values.reshape(len(numbers), *signal.shape[-3:])
    return [
        Part(
            "image",
            image.shape,
            lambda _, image=image: image,  # type: ignore[misc]
            channel=number,
            bin_width_ns=period_ns / image.shape[-1],
            period_ns=period_ns,
        )
        for number, image in zip(numbers, images, strict=True)
    ]
